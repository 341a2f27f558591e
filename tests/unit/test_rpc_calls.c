/* test_rpc_calls.c - unary calls over real TLS: answers, refusals, limits, cancellation. */
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

#define SAY "/test.Echo/Say"

struct stage {
    struct pki pki;
    struct pki_identity server_id, client_id;
    struct rpc_server *server;
    struct talk_client client;
    int port;
};

static struct stage stage;

static struct rpc_limits small_limits(void)
{
    struct rpc_limits limits = rpc_limits_default;

    limits.message_bytes_max = 64 * 1024;
    limits.arena_bytes_max = 256 * 1024;
    limits.calls_in_flight_max = 4;
    return limits;
}

static int stage_set(void **state)
{
    struct rpc_limits limits = small_limits();

    (void)state;
    pki_init(&stage.pki);
    pki_issue(&stage.pki, "office", "server", "DNS:localhost", 30, &stage.server_id);
    pki_issue(&stage.pki, "office", "clerk", "URI:hotline://110101001/backend/desk", 30,
              &stage.client_id);
    stage.server = echo_start(&stage.server_id, &limits, 1, &stage.port);
    talk_client_init(&stage.client, stage.port, &stage.client_id, stage.client_id.ca);
    return 0;
}

static int stage_strike(void **state)
{
    (void)state;
    talk_client_release(&stage.client);
    rpc_server_drain(stage.server, 1000);
    rpc_server_free(stage.server);
    pki_release(&stage.pki);
    return 0;
}

/* A unary call whose status and reason are expected; a talk for the details. */
static void expect_refusal(struct talk *talk, const char *method, const char *what,
                           const char *value, grpc_status_code status, const char *reason)
{
    Google__Protobuf__Any request = echo_any(what, value);
    char found[64];

    talk_unary(talk, &stage.client, method, &request.base, &google__protobuf__any__descriptor,
               NULL);
    assert_int_equal(talk->status, status);
    assert_string_equal(talk_reason(talk, found), reason);
}

static void a_call_is_answered_from_the_queue_thread(void **state)
{
    (void)state;
    echo_say(&stage.client, "echo", "你好");
}

static void a_call_is_answered_from_the_loop_thread(void **state)
{
    (void)state;
    echo_say(&stage.client, "loop", "你好");
}

static void a_handler_sees_metadata_trace_peer_and_deadline(void **state)
{
    Google__Protobuf__Any request = echo_any("echo", "x");
    ProtobufCMessage *answer;
    struct echo_seen seen;
    struct talk talk;

    (void)state;
    talk_begin(&talk, &stage.client, SAY, 5000, "x-test", "some value");
    assert_true(talk_write(&talk, &request.base));
    answer = talk_read(&talk, &google__protobuf__any__descriptor);
    protobuf_c_message_free_unpacked(answer, NULL);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_seen(&seen);
    assert_string_equal(seen.metadata, "some value");
    assert_string_equal(seen.uri, "hotline://110101001/backend/desk");
    assert_int_equal(strlen(seen.trace), 32);
    assert_in_range(seen.deadline_in_ms, 1, 5100);
}

static void a_traceparent_is_carried_and_no_deadline_is_for_ever(void **state)
{
    Google__Protobuf__Any request = echo_any("echo", "x");
    ProtobufCMessage *answer;
    struct echo_seen seen;
    struct talk talk;

    (void)state;
    talk_begin(&talk, &stage.client, SAY, 0, "traceparent",
               "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_true(talk_write(&talk, &request.base));
    answer = talk_read(&talk, &google__protobuf__any__descriptor);
    protobuf_c_message_free_unpacked(answer, NULL);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
    echo_seen(&seen);
    assert_string_equal(seen.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(seen.deadline_in_ms == INT64_MAX);
}

static void a_refusal_carries_all_its_details(void **state)
{
    Google__Rpc__BadRequest *bad;
    Google__Rpc__RetryInfo *retry;
    Google__Rpc__RequestInfo *info;
    Google__Rpc__LocalizedMessage *text;
    struct echo_seen seen;
    struct talk talk;

    (void)state;
    expect_refusal(&talk, SAY, "refuse", "", GRPC_STATUS_UNAVAILABLE, "STORAGE_UNAVAILABLE");
    assert_string_equal(talk.text, fault_of(FAULT_STORAGE_UNAVAILABLE)->en);
    bad = (Google__Rpc__BadRequest *)talk_detail(&talk, &google__rpc__bad_request__descriptor);
    assert_string_equal(bad->field_violations[0]->field, "reasons");
    assert_string_equal(bad->field_violations[0]->description, "须填写 / is required");
    google__rpc__bad_request__free_unpacked(bad, NULL);
    retry = (Google__Rpc__RetryInfo *)talk_detail(&talk, &google__rpc__retry_info__descriptor);
    assert_int_equal(retry->retry_delay->seconds, 2);
    assert_int_equal(retry->retry_delay->nanos, 500000000);
    google__rpc__retry_info__free_unpacked(retry, NULL);
    text = (Google__Rpc__LocalizedMessage *)talk_detail(
        &talk, &google__rpc__localized_message__descriptor);
    assert_string_equal(text->locale, "zh-CN");
    google__rpc__localized_message__free_unpacked(text, NULL);
    info = (Google__Rpc__RequestInfo *)talk_detail(&talk, &google__rpc__request_info__descriptor);
    echo_seen(&seen);
    assert_string_equal(info->request_id, seen.trace);
    google__rpc__request_info__free_unpacked(info, NULL);
    talk_release(&talk);
}

static void an_unknown_method_is_unimplemented(void **state)
{
    struct talk talk;

    (void)state;
    expect_refusal(&talk, "/test.Echo/Shout", "echo", "", GRPC_STATUS_UNIMPLEMENTED,
                   "METHOD_UNKNOWN");
    talk_release(&talk);
    expect_refusal(&talk, "/nobody.Knows/It", "echo", "", GRPC_STATUS_UNIMPLEMENTED,
                   "METHOD_UNKNOWN");
    talk_release(&talk);
}

static void expect_bytes_refused(struct slice bytes, const char *reason, const char *field)
{
    Google__Rpc__BadRequest *bad;
    struct talk talk;
    char found[64];

    talk_begin(&talk, &stage.client, SAY, 0, NULL, NULL);
    (void)talk_write_bytes(&talk, bytes);
    talk_half_close(&talk);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_INVALID_ARGUMENT);
    assert_string_equal(talk_reason(&talk, found), reason);
    bad = (Google__Rpc__BadRequest *)talk_detail(&talk, &google__rpc__bad_request__descriptor);
    assert_int_equal(bad != NULL, field != NULL);
    if (bad) {
        assert_string_equal(bad->field_violations[0]->field, field);
        google__rpc__bad_request__free_unpacked(bad, NULL);
    }
    talk_release(&talk);
}

static void garbage_is_unreadable(void **state)
{
    (void)state;
    expect_bytes_refused(slice_text("\xff\xff\xff\xff garbage"), "REQUEST_UNREADABLE", NULL);
}

static void text_that_is_no_utf8_is_refused_by_name(void **state)
{
    (void)state;
    expect_bytes_refused(slice_text("\x0a\x02\xc3\x28"), "REQUEST_INVALID", "type_url");
}

static void a_nul_inside_text_is_refused_by_name(void **state)
{
    (void)state;
    expect_bytes_refused(slice_of("\x0a\x03"
                                  "a\0b",
                                  5),
                         "REQUEST_INVALID", "type_url");
}

static void a_call_without_a_message_is_unreadable(void **state)
{
    struct talk talk;
    char found[64];

    (void)state;
    talk_begin(&talk, &stage.client, SAY, 0, NULL, NULL);
    talk_half_close(&talk);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_INVALID_ARGUMENT);
    assert_string_equal(talk_reason(&talk, found), "REQUEST_UNREADABLE");
    talk_release(&talk);
}

/* A little too large: refused by us, with the limit. Far too large: by gRPC, before it is read. */
static void an_oversize_request_is_exhausting(void **state)
{
    static char large[400 * 1024];
    Google__Rpc__ErrorInfo *info;
    struct talk talk;

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    large[100 * 1024] = 0;
    expect_refusal(&talk, SAY, "echo", large, GRPC_STATUS_RESOURCE_EXHAUSTED, "TOO_LARGE");
    info = (Google__Rpc__ErrorInfo *)talk_detail(&talk, &google__rpc__error_info__descriptor);
    assert_string_equal(info->metadata[0]->key, "bytes_max");
    assert_string_equal(info->metadata[0]->value, "65536");
    google__rpc__error_info__free_unpacked(info, NULL);
    talk_release(&talk);
    large[100 * 1024] = 'x';
    expect_refusal(&talk, SAY, "echo", large, GRPC_STATUS_RESOURCE_EXHAUSTED, "");
    talk_release(&talk);
    echo_say(&stage.client, "echo", "still fine");
}

static void an_answer_beyond_the_limit_is_too_large(void **state)
{
    struct talk talk;

    (void)state;
    expect_refusal(&talk, SAY, "large", "262200", GRPC_STATUS_RESOURCE_EXHAUSTED, "TOO_LARGE");
    talk_release(&talk);
    expect_refusal(&talk, SAY, "overflow", "", GRPC_STATUS_RESOURCE_EXHAUSTED, "TOO_LARGE");
    talk_release(&talk);
}

static void hold(struct talk *talk, int deadline_ms)
{
    Google__Protobuf__Any request = echo_any("hold", "");

    talk_begin(talk, &stage.client, SAY, deadline_ms, NULL, NULL);
    assert_true(talk_write(talk, &request.base));
    talk_half_close(talk);
}

static void calls_beyond_the_limit_are_shed_at_once(void **state)
{
    struct rpc_lane_stats before, after;
    Google__Rpc__RetryInfo *retry;
    struct talk held[4], talk;

    (void)state;
    echo_reset();
    rpc_server_lane_stats(stage.server, 0, &before);
    for (int i = 0; i < 4; i++)
        hold(&held[i], 0);
    echo_wait(ECHO_HELD, 4);
    expect_refusal(&talk, SAY, "echo", "", GRPC_STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_CALLS");
    retry = (Google__Rpc__RetryInfo *)talk_detail(&talk, &google__rpc__retry_info__descriptor);
    assert_non_null(retry);
    google__rpc__retry_info__free_unpacked(retry, NULL);
    talk_release(&talk);
    rpc_server_lane_stats(stage.server, 0, &after);
    assert_int_equal(after.calls_in_flight, 4);
    assert_int_equal(after.calls_shed, before.calls_shed + 1);
    echo_let_go();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(talk_end(&held[i]), GRPC_STATUS_OK);
        talk_release(&held[i]);
    }
}

static void a_cancelled_call_is_seen_by_its_handler(void **state)
{
    struct talk talk;

    (void)state;
    echo_reset();
    hold(&talk, 0);
    echo_wait(ECHO_HELD, 1);
    talk_cancel(&talk);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_CANCELLED);
    talk_release(&talk);
    echo_say(&stage.client, "echo", "the cancellation is on the wire before this");
    echo_let_go();
    echo_wait(ECHO_CANCELLED_SEEN, 1);
}

static void a_deadline_ends_the_call_for_both(void **state)
{
    struct talk talk;

    (void)state;
    echo_reset();
    hold(&talk, 300);
    echo_wait(ECHO_HELD, 1);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_DEADLINE_EXCEEDED);
    talk_release(&talk);
    echo_let_go();
    echo_say(&stage.client, "echo", "and the server goes on");
}

static void note_echo(const struct rpc_method_stats *stats, void *user)
{
    if (strcmp(stats->service, "test.Echo") == 0 && strcmp(stats->method, "Say") == 0) {
        struct rpc_method_stats *ret = user;
        static uint64_t outcomes[FAULT_MAX + 1];

        memcpy(outcomes, stats->outcomes, sizeof(outcomes));
        *ret = *stats;
        ret->outcomes = outcomes;
    }
}

static void every_call_is_counted_once(void **state)
{
    struct rpc_method_stats before = { 0 }, after = { 0 };
    uint64_t ok, sum = 0;
    struct talk talk;

    (void)state;
    rpc_server_stats(stage.server, note_echo, &before);
    ok = before.outcomes[FAULT_NONE];
    for (int i = 0; i < 10; i++)
        echo_say(&stage.client, "echo", "x");
    expect_refusal(&talk, SAY, "refuse", "", GRPC_STATUS_UNAVAILABLE, "STORAGE_UNAVAILABLE");
    talk_release(&talk);
    /* A call is counted when its last completion is back, on a thread of its own: one more call
     * on the same queue comes after all of them. */
    echo_say(&stage.client, "echo", "x");
    echo_say(&stage.client, "echo", "x");
    rpc_server_stats(stage.server, note_echo, &after);
    assert_in_range(after.outcomes[FAULT_NONE], ok + 10, ok + 12);
    assert_true(after.outcomes[FAULT_STORAGE_UNAVAILABLE] >= 1);
    for (size_t i = 0; i < RPC_LATENCY_BUCKETS; i++)
        sum += after.latency[i];
    assert_in_range(sum, 11, after.calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered_from_the_queue_thread),
        cmocka_unit_test(a_call_is_answered_from_the_loop_thread),
        cmocka_unit_test(a_handler_sees_metadata_trace_peer_and_deadline),
        cmocka_unit_test(a_traceparent_is_carried_and_no_deadline_is_for_ever),
        cmocka_unit_test(a_refusal_carries_all_its_details),
        cmocka_unit_test(an_unknown_method_is_unimplemented),
        cmocka_unit_test(garbage_is_unreadable),
        cmocka_unit_test(text_that_is_no_utf8_is_refused_by_name),
        cmocka_unit_test(a_nul_inside_text_is_refused_by_name),
        cmocka_unit_test(a_call_without_a_message_is_unreadable),
        cmocka_unit_test(an_oversize_request_is_exhausting),
        cmocka_unit_test(an_answer_beyond_the_limit_is_too_large),
        cmocka_unit_test(calls_beyond_the_limit_are_shed_at_once),
        cmocka_unit_test(a_cancelled_call_is_seen_by_its_handler),
        cmocka_unit_test(a_deadline_ends_the_call_for_both),
        cmocka_unit_test(every_call_is_counted_once),
    };

    return cmocka_run_group_tests(tests, stage_set, stage_strike);
}
