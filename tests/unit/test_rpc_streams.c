/* test_rpc_streams.c - streams of all shapes over real TLS: flow, ends, back-pressure, drain. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/log.h"
#include "tests/support/rpc_echo.h"

#include "base/base.h"

enum { DRAIN_ROUNDS = 20 };

typedef Google__Protobuf__Any Any;

static struct pki pki;
static struct pki_identity server_id, client_id;
static struct rpc_server *server;
static struct talk_client client;

static int pki_set(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_WARNING);
    pki_init(&pki);
    pki_issue(&pki, "office", "server", "DNS:localhost", 30, &server_id);
    pki_issue(&pki, "office", "clerk", "URI:hotline://110101001/backend/desk", 30, &client_id);
    return 0;
}

static int pki_strike(void **state)
{
    (void)state;
    pki_release(&pki);
    return 0;
}

static struct rpc_limits limits(void)
{
    struct rpc_limits l = rpc_limits_default;

    l.stream_queue_messages_max = 32;
    l.stream_queue_bytes_max = 16 * 1024;
    l.streams_max = 8;
    return l;
}

static int stage_set(void **state)
{
    struct rpc_limits l = limits();
    int port;

    (void)state;
    server = echo_start(&server_id, &l, 2, &port);
    talk_client_init(&client, port, &client_id, client_id.ca);
    return 0;
}

static int stage_strike(void **state)
{
    (void)state;
    talk_client_release(&client);
    rpc_server_drain(server, 1000);
    rpc_server_free(server);
    return 0;
}

static void watch(struct talk *talk, const char *what, const char *value)
{
    Any request = echo_any(what, value);

    talk_begin(talk, &client, "/test.Echo/Watch", 0, NULL, NULL);
    (void)talk_write(talk, &request.base); /* whoever is shed may be told before it is written */
    talk_half_close(talk);
}

/* Reads one message, tells whether there was one. */
static bool read_one(struct talk *talk)
{
    ProtobufCMessage *message = talk_read(talk, &google__protobuf__any__descriptor);

    if (message)
        protobuf_c_message_free_unpacked(message, NULL);
    return message != NULL;
}

static void a_server_stream_sends_all_and_ends_well(void **state)
{
    struct talk talk;
    int n = 0;

    (void)state;
    watch(&talk, "count", "100");
    while (read_one(&talk))
        n++;
    assert_int_equal(n, 100);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
    assert_int_equal(echo_count(ECHO_OPENED), 1);
}

static void a_refused_stream_is_gone_exactly_once(void **state)
{
    struct talk talk;
    char reason[64];

    (void)state;
    watch(&talk, "refuse", "");
    assert_int_equal(talk_end(&talk), GRPC_STATUS_UNAVAILABLE);
    assert_string_equal(talk_reason(&talk, reason), "STORAGE_UNAVAILABLE");
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
    assert_int_equal(echo_count(ECHO_GONE), 1);
}

static void a_stream_with_garbage_for_a_request_never_opens(void **state)
{
    struct talk talk;
    char reason[64];

    (void)state;
    talk_begin(&talk, &client, "/test.Echo/Watch", 0, NULL, NULL);
    (void)talk_write_bytes(&talk, slice_text("\xff\xff\xff"));
    assert_int_equal(talk_end(&talk), GRPC_STATUS_INVALID_ARGUMENT);
    assert_string_equal(talk_reason(&talk, reason), "REQUEST_UNREADABLE");
    talk_release(&talk);
    assert_int_equal(echo_count(ECHO_OPENED), 0);
    assert_int_equal(echo_count(ECHO_GONE), 0);
}

static void a_client_stream_is_answered_after_its_half_close(void **state)
{
    Any part = echo_any("part", "four");
    ProtobufCMessage *answer;
    struct talk talk;

    (void)state;
    talk_begin(&talk, &client, "/test.Echo/Gather", 0, NULL, NULL);
    for (int i = 0; i < 50; i++)
        assert_true(talk_write(&talk, &part.base));
    talk_half_close(&talk);
    answer = talk_read(&talk, &google__protobuf__any__descriptor);
    assert_string_equal(((Any *)answer)->type_url, "50 messages, 200 bytes");
    protobuf_c_message_free_unpacked(answer, NULL);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
}

static void an_empty_client_stream_is_answered_too(void **state)
{
    ProtobufCMessage *answer;
    struct talk talk;

    (void)state;
    talk_begin(&talk, &client, "/test.Echo/Gather", 0, NULL, NULL);
    talk_half_close(&talk);
    answer = talk_read(&talk, &google__protobuf__any__descriptor);
    assert_string_equal(((Any *)answer)->type_url, "0 messages, 0 bytes");
    protobuf_c_message_free_unpacked(answer, NULL);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
}

static void a_bidi_stream_goes_back_and_forth(void **state)
{
    Any part = echo_any("hello", "x");
    struct talk talk;

    (void)state;
    talk_begin(&talk, &client, "/test.Echo/Chat", 0, NULL, NULL);
    for (int i = 0; i < 50; i++) {
        assert_true(talk_write(&talk, &part.base));
        assert_true(read_one(&talk));
    }
    talk_half_close(&talk);
    assert_false(read_one(&talk));
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
    assert_int_equal(echo_count(ECHO_HALF_CLOSED), 1);
}

static void a_bidi_stream_may_be_refused_in_the_middle(void **state)
{
    Any part = echo_any("hello", "x"), bad = echo_any("refuse", "");
    struct talk talk;

    (void)state;
    talk_begin(&talk, &client, "/test.Echo/Chat", 0, NULL, NULL);
    assert_true(talk_write(&talk, &part.base));
    assert_true(read_one(&talk));
    assert_true(talk_write(&talk, &bad.base));
    assert_int_equal(talk_end(&talk), GRPC_STATUS_UNAVAILABLE);
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
}

/* The client does not read: the queue fills, is full exactly as often as it was written down to
 * half again, and what was refused is sent later, once. */
static void a_slow_reader_fills_the_queue_and_gets_everything(void **state)
{
    struct talk talk;
    int n = 0;

    (void)state;
    watch(&talk, "count", "3000");
    echo_wait(ECHO_FULL, 1);
    while (read_one(&talk))
        n++;
    assert_int_equal(n, 3000);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_wait(ECHO_GONE, 1);
    assert_int_equal(echo_count(ECHO_FULL), echo_count(ECHO_WRITABLE));
}

/* A chatterbox who never reads is not read either, so its own writes come to a halt. */
static void a_writer_that_does_not_read_is_held_back(void **state)
{
    static char text[8192];
    Any part = echo_any("hello", text);
    uint8_t packed[9000];
    struct talk talk;
    int n = 0;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    part = echo_any("hello", text);
    talk_begin(&talk, &client, "/test.Echo/Chat", 0, NULL, NULL);
    do {
        talk_write_start(&talk, slice_of(packed, google__protobuf__any__pack(&part, packed)));
        n++;
    } while (talk_written(&talk, 500) && n < 20000);
    assert_true(n < 20000); /* it came to a halt */
    assert_int_equal(echo_count(ECHO_FULL), 0);
    for (int i = 0; i < n; i++)
        assert_true(read_one(&talk));
    assert_true(talk_written(&talk, TALK_PATIENCE_MS));
    talk_half_close(&talk);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
}

static void a_cancelled_watcher_is_gone(void **state)
{
    struct talk talk;

    (void)state;
    watch(&talk, "stay", "");
    assert_true(read_one(&talk));
    talk_cancel(&talk);
    echo_wait(ECHO_GONE, 1);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_CANCELLED);
    talk_release(&talk);
}

static void a_watcher_cancelled_in_full_flight_is_gone(void **state)
{
    struct talk talk;

    (void)state;
    watch(&talk, "count", "1000000");
    echo_wait(ECHO_FULL, 1);
    talk_cancel(&talk);
    echo_wait(ECHO_GONE, 1);
    talk_release(&talk);
}

static void streams_beyond_the_limit_are_shed(void **state)
{
    struct talk talks[40];
    int n = 0, shed = 0;

    (void)state;
    /* two lanes of 8: one of the first 17 must be shed, wherever they go */
    while (n < 17) {
        watch(&talks[n], "stay", "");
        shed += read_one(&talks[n]) ? 0 : 1;
        n++;
    }
    assert_true(shed >= 1);
    for (int i = 0; i < n; i++)
        talk_release(&talks[i]);
    echo_wait(ECHO_GONE, n - shed);
}

/* drain ------------------------------------------------------------------------------------------ */

static void *drain(void *grace_ms)
{
    rpc_server_drain(server, *(int *)grace_ms);
    return NULL;
}

/* A server with a watcher, one in full flight that does not read, and a held call; on every other
 * round the held call lets go only after everything was cancelled. */
static void drain_round(int round)
{
    struct talk stay, flight, held, mute, late;
    struct rpc_limits l = limits();
    Any request = echo_any("hold", "");
    bool patient = round % 2 == 0;
    int port, grace_ms = patient ? TALK_PATIENCE_MS : 0;
    pthread_t thread;
    char reason[64];

    l.stream_linger_ms = 50;
    server = echo_start(&server_id, &l, 1 + round / 2 % 2, &port);
    talk_client_init(&client, port, &client_id, client_id.ca);
    watch(&stay, "stay", "");
    assert_true(read_one(&stay));
    watch(&flight, "count", "1000000");
    echo_wait(ECHO_FULL, 1);
    talk_begin(&mute, &client, "/test.Echo/Watch", 0, NULL, NULL); /* never says what to watch */
    talk_begin(&held, &client, "/test.Echo/Say", 0, NULL, NULL);
    assert_true(talk_write(&held, &request.base));
    echo_wait(ECHO_HELD, 1);
    rpc_server_set_serving(server, NULL, false);
    assert_int_equal(pthread_create(&thread, NULL, drain, &grace_ms), 0);
    assert_int_equal(talk_end(&stay), GRPC_STATUS_UNAVAILABLE);
    assert_int_equal(talk_end(&mute), GRPC_STATUS_UNAVAILABLE);
    if (patient)
        assert_string_equal(talk_reason(&stay, reason), "SERVER_DRAINING");
    else
        assert_int_equal(talk_end(&held), GRPC_STATUS_UNAVAILABLE);
    echo_let_go();
    if (patient)
        assert_int_equal(talk_end(&held), GRPC_STATUS_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(echo_count(ECHO_GONE), 2);
    talk_begin(&late, &client, "/test.Echo/Say", 0, NULL, NULL);
    assert_int_equal(talk_end(&late), GRPC_STATUS_UNAVAILABLE);
    talk_release(&late);
    talk_release(&held);
    talk_release(&mute);
    talk_release(&stay);
    talk_release(&flight);
    talk_client_release(&client);
    rpc_server_free(server);
}

static void draining_ends_everything_and_leaks_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < DRAIN_ROUNDS; i++)
        drain_round(i);
}

static void a_server_that_never_started_is_freed(void **state)
{
    struct rpc_certificates certificates = pki_files(&server_id);
    struct rpc_server *unstarted;
    int port;

    (void)state;
    assert_int_equal(rpc_server_create(&rpc_limits_default, 2, &unstarted), 0);
    assert_int_equal(rpc_server_listen(unstarted, "127.0.0.1:0", &certificates, &port), 0);
    rpc_server_set_serving(unstarted, NULL, true);
    assert_null(rpc_server_free(unstarted));
    assert_null(rpc_server_free(NULL));
}

int main(void)
{
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_set, stage_strike)
    const struct CMUnitTest tests[] = {
        ON_STAGE(a_server_stream_sends_all_and_ends_well),
        ON_STAGE(a_refused_stream_is_gone_exactly_once),
        ON_STAGE(a_stream_with_garbage_for_a_request_never_opens),
        ON_STAGE(a_client_stream_is_answered_after_its_half_close),
        ON_STAGE(an_empty_client_stream_is_answered_too),
        ON_STAGE(a_bidi_stream_goes_back_and_forth),
        ON_STAGE(a_bidi_stream_may_be_refused_in_the_middle),
        ON_STAGE(a_slow_reader_fills_the_queue_and_gets_everything),
        ON_STAGE(a_writer_that_does_not_read_is_held_back),
        ON_STAGE(a_cancelled_watcher_is_gone),
        ON_STAGE(a_watcher_cancelled_in_full_flight_is_gone),
        ON_STAGE(streams_beyond_the_limit_are_shed),
        cmocka_unit_test(draining_ends_everything_and_leaks_nothing),
        cmocka_unit_test(a_server_that_never_started_is_freed),
    };

    return cmocka_run_group_tests(tests, pki_set, pki_strike);
}
