/*
 * test_client_calls.c - libhotline against a server that says what the test wants: what is
 * repeated and what is not, request ids, persons, deadlines, streams that break and come back.
 * The transport is real: TLS, HTTP/2, this house's own rpc layer.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/loop.h"
#include "libhotline/hotline.h"
#include "rpc/rpc.h"
#include "tests/support/rpc_pki.h"

#include "base/base.h"

enum { SCRIPT_MAX = 8, LATE_MS = 700, ID_BYTES = 64, PERSON_BYTES = 64 };

/* What the server answers to the next calls of TakeOrder. */
enum turn { ANSWER = 0, UNAVAILABLE, REFUSE, BAD_FIELDS, LATE };

static struct {
    pthread_mutex_t mutex;
    enum turn script[SCRIPT_MAX];
    int n_calls;
    char ids[SCRIPT_MAX][ID_BYTES], persons[SCRIPT_MAX][PERSON_BYTES];
    int n_watches;
    char afters[SCRIPT_MAX][ID_BYTES];
} fake = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct pki pki;
static struct pki_identity server_id, client_id, stranger_id;
static struct rpc_server *server;
static char target[32];

/* the server --------------------------------------------------------------------------------- */

static void answer(struct rpc_call *call)
{
    Hotline__V1__TakeOrderResponse response = HOTLINE__V1__TAKE_ORDER_RESPONSE__INIT;

    response.cursor = "c9";
    rpc_call_answer(call, &response.base);
}

static struct {
    struct loop_job job;
    struct loop_timer timer;
    struct rpc_call *call;
} late;

static void late_fire(struct loop_timer *timer)
{
    (void)timer;
    answer(late.call);
}

static void late_run(struct loop_job *job)
{
    (void)job;
    late.timer.fire = late_fire;
    loop_timer_set(rpc_call_loop(late.call), &late.timer, LATE_MS);
}

static void refuse(struct rpc_call *call, enum turn turn)
{
    struct arena *a = rpc_call_arena(call);
    struct refusal *refusal = refusal_new(a, turn == UNAVAILABLE ? FAULT_STORAGE_UNAVAILABLE
                                             : turn == REFUSE    ? FAULT_WRONG_STATE
                                                                 : FAULT_REQUEST_INVALID);

    refusal->retry_after_ms = 20;
    if (turn == REFUSE) {
        refusal_fact(refusal, "state", "CLOSED");
        refusal_fact(refusal, "state_zh", "已结案");
    }
    if (turn == BAD_FIELDS)
        refusal_field(refusal, "name", "不是工单名", "is no order name");
    rpc_call_refuse(call, refusal);
}

static void take_order(struct rpc_call *call, const ProtobufCMessage *request)
{
    const Hotline__V1__TakeOrderRequest *ask = (const void *)request;
    struct slice person = rpc_call_metadata(call, "hotline-person");
    enum turn turn;
    int n;

    pthread_mutex_lock(&fake.mutex);
    n = fake.n_calls++;
    turn = n < SCRIPT_MAX ? fake.script[n] : ANSWER;
    if (n < SCRIPT_MAX) {
        snprintf(fake.ids[n], ID_BYTES, "%s", ask->request_id);
        snprintf(fake.persons[n], PERSON_BYTES, "%.*s", (int)person.size,
                 person.data ? (const char *)person.data : "");
    }
    pthread_mutex_unlock(&fake.mutex);
    if (turn == LATE) {
        late.call = call;
        late.job.run = late_run;
        loop_post(rpc_call_loop(call), &late.job);
    } else if (turn == ANSWER) {
        answer(call);
    } else {
        refuse(call, turn);
    }
}

static void not_wanted(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    rpc_call_refuse(call, refusal_new(rpc_call_arena(call), FAULT_METHOD_UNKNOWN));
}

static const struct refusal *due_opened(struct rpc_stream *stream, const ProtobufCMessage *request)
{
    (void)request;
    for (int i = 0; i < 3; i++) {
        Hotline__V1__ListDueResponse page = HOTLINE__V1__LIST_DUE_RESPONSE__INIT;
        Hotline__V1__DueRow row = HOTLINE__V1__DUE_ROW__INIT, *rows[] = { &row };

        page.n_rows = 1;
        page.rows = rows;
        assert_int_equal(rpc_stream_push(stream, &page.base), RPC_PUSHED);
    }
    rpc_stream_end(stream, NULL);
    return NULL;
}

static void push_reminder(struct rpc_stream *stream, const char *cursor)
{
    Hotline__V1__WatchRemindersResponse message = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__INIT;
    Hotline__V1__WatchReminder reminder = HOTLINE__V1__WATCH_REMINDER__INIT;

    reminder.cursor = (char *)(uintptr_t)cursor;
    message.message_case = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER;
    message.reminder = &reminder;
    assert_int_equal(rpc_stream_push(stream, &message.base), RPC_PUSHED);
}

/* The first connection gives c1 and breaks, the second c2 and breaks, the third stays. */
static const struct refusal *watch_opened(struct rpc_stream *stream,
                                          const ProtobufCMessage *request)
{
    const Hotline__V1__WatchRemindersRequest *ask = (const void *)request;
    int n;

    pthread_mutex_lock(&fake.mutex);
    n = fake.n_watches++;
    if (n < SCRIPT_MAX)
        snprintf(fake.afters[n], ID_BYTES, "%s", ask->after);
    pthread_mutex_unlock(&fake.mutex);
    push_reminder(stream, n == 0 ? "c1" : n == 1 ? "c2" : "c3");
    if (n < 2)
        rpc_stream_end(stream, refusal_new(rpc_stream_arena(stream), FAULT_SERVER_DRAINING));
    return NULL;
}

static void nothing(struct rpc_stream *stream)
{
    (void)stream;
}

static const struct rpc_stream_ops due_ops = { .opened = due_opened, .gone = nothing };
static const struct rpc_stream_ops watch_ops = { .opened = watch_opened, .gone = nothing };

static const struct rpc_method handling[] = {
    { .name = "TakeOrder", .shape = RPC_UNARY, .unary = take_order },
    { .name = "RecordContact", .shape = RPC_UNARY, .unary = not_wanted },
    { .name = "RecordProgress", .shape = RPC_UNARY, .unary = not_wanted },
    { .name = "SubmitReply", .shape = RPC_UNARY, .unary = not_wanted },
};
static const struct rpc_method deadline[] = {
    { .name = "ListDue", .shape = RPC_SERVER_STREAM, .stream = &due_ops },
    { .name = "ExplainDeadline", .shape = RPC_UNARY, .unary = not_wanted },
    { .name = "WatchReminders", .shape = RPC_SERVER_STREAM, .stream = &watch_ops },
    { .name = "ListReminders", .shape = RPC_UNARY, .unary = not_wanted },
    { .name = "AcknowledgeReminder", .shape = RPC_UNARY, .unary = not_wanted },
};

static int stage_set(void **state)
{
    const struct rpc_service services[] = {
        { &hotline__v1__handling_service__descriptor, handling, COUNT_OF(handling) },
        { &hotline__v1__deadline_service__descriptor, deadline, COUNT_OF(deadline) },
    };
    struct rpc_certificates files;
    int port;

    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    hotline_transport_log(false);
    pki_init(&pki);
    pki_issue(&pki, "office", "server", "DNS:localhost", 30, &server_id);
    pki_issue(&pki, "office", "backend", "URI:hotline://310113003/backend/app", 30, &client_id);
    pki_issue(&pki, "foreign", "stranger", "URI:hotline://310113003/backend/app", 30, &stranger_id);
    files = pki_files(&server_id);
    assert_int_equal(rpc_server_create(&rpc_limits_default, 1, &server), 0);
    for (size_t i = 0; i < COUNT_OF(services); i++)
        assert_int_equal(rpc_server_add(server, &services[i]), 0);
    assert_int_equal(rpc_server_add_health(server), 0);
    assert_int_equal(rpc_server_listen(server, "127.0.0.1:0", &files, &port), 0);
    assert_int_equal(rpc_server_start(server), 0);
    rpc_server_set_serving(server, NULL, true);
    snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    return 0;
}

static int stage_strike(void **state)
{
    (void)state;
    rpc_server_drain(server, 2000);
    rpc_server_free(server);
    pki_release(&pki);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    pthread_mutex_lock(&fake.mutex);
    memset(fake.script, 0, sizeof(fake.script));
    fake.n_calls = fake.n_watches = 0;
    pthread_mutex_unlock(&fake.mutex);
    return 0;
}

/* the client --------------------------------------------------------------------------------- */

static struct hotline *connect_to(const char *address, const struct pki_identity *identity,
                                  const char *person, int64_t call_ms_max)
{
    struct hotline_options options = { .target = address,
                                       .server_name = "localhost",
                                       .ca_path = server_id.ca,
                                       .certificate_path = identity->certificate,
                                       .key_path = identity->key,
                                       .person = person,
                                       .call_ms_max = call_ms_max };
    struct hotline *h = NULL;

    assert_int_equal(hotline_create(&options, &h, NULL), 0);
    return h;
}

static int take(struct hotline *h, const char *request_id, struct hotline_error *error)
{
    Hotline__V1__TakeOrderRequest ask = HOTLINE__V1__TAKE_ORDER_REQUEST__INIT;
    Hotline__V1__TakeOrderResponse *response = NULL;
    int r;

    ask.name = "subdistricts/310113003/orders/0123456789ABCDEF";
    ask.request_id = (char *)(uintptr_t)request_id;
    r = hotline_take_order(h, &ask, &response, error);
    if (r == 0)
        assert_string_equal(response->cursor, "c9");
    else
        assert_null(response);
    hotline_message_free(response);
    return r;
}

static void an_unavailable_command_is_repeated_with_its_request_id(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);

    (void)state;
    fake.script[0] = fake.script[1] = UNAVAILABLE;
    assert_int_equal(take(h, "", NULL), 0);
    assert_int_equal(fake.n_calls, 3);
    assert_int_equal(strlen(fake.ids[0]), 36);
    assert_int_equal(fake.ids[0][14], '4');
    assert_string_equal(fake.ids[0], fake.ids[1]);
    assert_string_equal(fake.ids[0], fake.ids[2]);
    assert_int_equal(take(h, "", NULL), 0);
    assert_string_not_equal(fake.ids[0], fake.ids[3]);
    hotline_free(h);
}

static void a_given_request_id_is_sent_as_it_is(void **state)
{
    static const char id[] = "0b2f1a52-6f5e-4c0e-9d0e-0123456789ab";
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);

    (void)state;
    assert_int_equal(take(h, id, NULL), 0);
    assert_string_equal(fake.ids[0], id);
    hotline_free(h);
}

static void a_refusal_is_not_repeated_and_says_why(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);
    struct hotline_error error = { 0 };

    (void)state;
    fake.script[0] = REFUSE;
    assert_int_equal(take(h, "", &error), -EBUSY);
    assert_int_equal(fake.n_calls, 1);
    assert_int_equal(error.status, STATUS_FAILED_PRECONDITION);
    assert_string_equal(error.reason, "WRONG_STATE");
    assert_string_equal(error.message_zh, fault_of(FAULT_WRONG_STATE)->zh);
    assert_string_equal(error.message_en, fault_of(FAULT_WRONG_STATE)->en);
    assert_string_equal(error.article, fault_of(FAULT_WRONG_STATE)->article);
    assert_string_equal(hotline_error_fact(&error, "state"), "CLOSED");
    assert_string_equal(error.request_id, fake.ids[0]);
    hotline_error_release(&error);
    hotline_free(h);
}

static void wrong_fields_are_named(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);
    struct hotline_error error = { 0 };

    (void)state;
    fake.script[0] = BAD_FIELDS;
    assert_int_equal(take(h, "", &error), -EINVAL);
    assert_int_equal(error.n_fields, 1);
    assert_string_equal(error.fields[0].field, "name");
    assert_string_equal(error.fields[0].description, "不是工单名 / is no order name");
    hotline_error_release(&error);
    hotline_free(h);
}

static void the_acting_person_belongs_to_the_handle(void **state)
{
    struct hotline *clerk = connect_to(target, &client_id, "clerk", 5000), *head = NULL;

    (void)state;
    assert_int_equal(hotline_derive(clerk, "head", 0, &head), 0);
    assert_int_equal(take(clerk, "", NULL), 0);
    assert_int_equal(take(head, "", NULL), 0);
    assert_string_equal(fake.persons[0], "clerk");
    assert_string_equal(fake.persons[1], "head");
    hotline_free(clerk); /* the connection lives as long as the last handle */
    assert_int_equal(take(head, "", NULL), 0);
    hotline_free(head);
    assert_int_equal(hotline_derive(NULL, "a person", 0, &head), -EINVAL);
}

static void a_command_without_an_answer_has_an_unknown_outcome(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, LATE_MS / 3);
    struct hotline_error error = { 0 };

    (void)state;
    fake.script[0] = LATE;
    assert_int_equal(take(h, "", &error), -EINPROGRESS);
    assert_string_equal(error.request_id, fake.ids[0]);
    hotline_error_release(&error);
    hotline_free(h);
}

static void a_server_that_says_unavailable_is_tried_until_the_time_is_up(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 400);
    struct hotline_error error = { 0 };

    (void)state;
    for (int i = 0; i < SCRIPT_MAX; i++)
        fake.script[i] = UNAVAILABLE;
    assert_int_equal(take(h, "", &error), -EHOSTUNREACH); /* the server says nothing was done */
    assert_string_equal(error.reason, "STORAGE_UNAVAILABLE");
    assert_true(fake.n_calls > 1);
    hotline_error_release(&error);
    hotline_free(h);
}

static void who_reaches_nobody_is_told_so_within_the_time(void **state)
{
    struct hotline *h = connect_to("127.0.0.1:1", &client_id, NULL, 500);
    struct hotline_error error = { 0 };
    int64_t begun_ms = machine_ms();

    (void)state;
    assert_int_equal(take(h, "", &error), -EHOSTUNREACH);
    assert_in_range(machine_ms() - begun_ms, 0, 1500);
    assert_int_equal(error.status, STATUS_UNAVAILABLE);
    assert_true(*error.message_zh && *error.message_en);
    hotline_error_release(&error);
    hotline_free(h);
}

static void a_foreign_certificate_reaches_nobody(void **state)
{
    struct hotline *h = connect_to(target, &stranger_id, NULL, 500);

    (void)state;
    assert_int_equal(take(h, "", NULL), -EHOSTUNREACH);
    assert_int_equal(fake.n_calls, 0);
    hotline_free(h);
}

static void files_that_are_no_certificates_are_refused(void **state)
{
    struct hotline_options options = { .target = target,
                                       .ca_path = "/dev/null",
                                       .certificate_path = client_id.certificate,
                                       .key_path = client_id.key };
    struct hotline_error error = { 0 };
    struct hotline *h = NULL;

    (void)state;
    assert_int_equal(hotline_create(&options, &h, &error), -EBADMSG);
    assert_non_null(strstr(error.message_en, "/dev/null"));
    options.ca_path = "/nowhere/ca.pem";
    assert_int_equal(hotline_create(&options, &h, &error), -ENOENT);
    assert_null(h);
    hotline_error_release(&error);
}

static void health_is_asked(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 2000);
    bool serving = false;

    (void)state;
    assert_int_equal(hotline_check_health(h, "", &serving, NULL), 0);
    assert_true(serving);
    rpc_server_set_serving(server, NULL, false);
    assert_int_equal(hotline_check_health(h, "", &serving, NULL), 0);
    assert_false(serving);
    rpc_server_set_serving(server, NULL, true);
    hotline_free(h);
}

/* gRPC drives a connection only while somebody waits on one of its queues: a client that merely
 * sleeps between its tries never finishes the handshake with a server that is back. */
static void a_server_that_comes_back_is_found_again(void **state)
{
    const struct rpc_service service = { &hotline__v1__handling_service__descriptor, handling,
                                         COUNT_OF(handling) };
    struct rpc_certificates files = pki_files(&server_id);
    struct rpc_server *other;
    struct hotline *h = NULL, *patient = NULL;
    char address[32];
    int port = 0;

    (void)state;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(rpc_server_create(&rpc_limits_default, 1, &other), 0);
        assert_int_equal(rpc_server_add(other, &service), 0);
        snprintf(address, sizeof(address), "127.0.0.1:%d", round ? port : 0);
        assert_int_equal(rpc_server_listen(other, address, &files, &port), 0);
        assert_int_equal(rpc_server_start(other), 0);
        if (round == 0) {
            snprintf(address, sizeof(address), "127.0.0.1:%d", port);
            h = connect_to(address, &client_id, NULL, 300);
            assert_int_equal(hotline_derive(h, NULL, 4000, &patient), 0);
        }
        assert_int_equal(take(patient, "", NULL), 0);
        rpc_server_drain(other, 1000);
        rpc_server_free(other);
        assert_int_not_equal(take(h, "", NULL), 0);
    }
    hotline_free(patient);
    hotline_free(h);
}

/* streams ------------------------------------------------------------------------------------ */

static int count_rows(void *user, const Hotline__V1__ListDueResponse *message)
{
    int *left = user;

    assert_int_equal(message->n_rows, 1);
    return --*left == 0 ? 7 : 0;
}

static void a_list_ends_by_itself_or_when_the_reader_has_enough(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);
    Hotline__V1__ListDueRequest ask = HOTLINE__V1__LIST_DUE_REQUEST__INIT;
    int left = 100;

    (void)state;
    assert_int_equal(hotline_list_due(h, &ask, count_rows, &left, NULL), 0);
    assert_int_equal(left, 97);
    left = 2;
    assert_int_equal(hotline_list_due(h, &ask, count_rows, &left, NULL), 7);
    hotline_free(h);
}

struct cursors {
    char text[SCRIPT_MAX][ID_BYTES];
    int n, enough;
    struct hotline *interrupt; /* at the end, instead of returning non-zero */
};

static int note_cursor(void *user, const Hotline__V1__WatchRemindersResponse *message)
{
    struct cursors *cursors = user;

    snprintf(cursors->text[cursors->n++], ID_BYTES, "%s", message->reminder->cursor);
    if (cursors->n < cursors->enough)
        return 0;
    if (cursors->interrupt)
        hotline_interrupt(cursors->interrupt);
    return cursors->interrupt ? 0 : 5;
}

static void a_broken_watch_goes_on_after_the_last_cursor(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);
    Hotline__V1__WatchRemindersRequest ask = HOTLINE__V1__WATCH_REMINDERS_REQUEST__INIT;
    struct cursors cursors = { .enough = 3 };

    (void)state;
    ask.after = "c0";
    assert_int_equal(hotline_watch_reminders(h, &ask, note_cursor, &cursors, NULL), 5);
    assert_int_equal(fake.n_watches, 3);
    assert_string_equal(fake.afters[0], "c0");
    assert_string_equal(fake.afters[1], "c1");
    assert_string_equal(fake.afters[2], "c2");
    assert_string_equal(cursors.text[2], "c3");
    hotline_free(h);
}

static void a_watch_can_be_interrupted_and_its_handle_stays_so(void **state)
{
    struct hotline *h = connect_to(target, &client_id, NULL, 5000);
    Hotline__V1__WatchRemindersRequest ask = HOTLINE__V1__WATCH_REMINDERS_REQUEST__INIT;
    struct cursors cursors = { .enough = 3, .interrupt = h };

    (void)state;
    assert_int_equal(hotline_watch_reminders(h, &ask, note_cursor, &cursors, NULL), -ECANCELED);
    assert_int_equal(take(h, "", NULL), -ECANCELED);
    hotline_free(h);
}

static void a_silent_watch_comes_back(void **state)
{
    struct hotline_options options = { .target = target,
                                       .server_name = "localhost",
                                       .ca_path = server_id.ca,
                                       .certificate_path = client_id.certificate,
                                       .key_path = client_id.key,
                                       .silence_ms_max = 100 };
    Hotline__V1__WatchRemindersRequest ask = HOTLINE__V1__WATCH_REMINDERS_REQUEST__INIT;
    struct cursors cursors = { .enough = 5 };
    struct hotline *h = NULL;

    (void)state;
    assert_int_equal(hotline_create(&options, &h, NULL), 0);
    assert_int_equal(hotline_watch_reminders(h, &ask, note_cursor, &cursors, NULL), 5);
    assert_int_equal(fake.n_watches, 5); /* the third and fourth fell silent */
    hotline_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_unavailable_command_is_repeated_with_its_request_id, begin),
        cmocka_unit_test_setup(a_given_request_id_is_sent_as_it_is, begin),
        cmocka_unit_test_setup(a_refusal_is_not_repeated_and_says_why, begin),
        cmocka_unit_test_setup(wrong_fields_are_named, begin),
        cmocka_unit_test_setup(the_acting_person_belongs_to_the_handle, begin),
        cmocka_unit_test_setup(a_command_without_an_answer_has_an_unknown_outcome, begin),
        cmocka_unit_test_setup(a_server_that_says_unavailable_is_tried_until_the_time_is_up, begin),
        cmocka_unit_test_setup(who_reaches_nobody_is_told_so_within_the_time, begin),
        cmocka_unit_test_setup(a_foreign_certificate_reaches_nobody, begin),
        cmocka_unit_test_setup(files_that_are_no_certificates_are_refused, begin),
        cmocka_unit_test_setup(health_is_asked, begin),
        cmocka_unit_test_setup(a_server_that_comes_back_is_found_again, begin),
        cmocka_unit_test_setup(a_list_ends_by_itself_or_when_the_reader_has_enough, begin),
        cmocka_unit_test_setup(a_broken_watch_goes_on_after_the_last_cursor, begin),
        cmocka_unit_test_setup(a_watch_can_be_interrupted_and_its_handle_stays_so, begin),
        cmocka_unit_test_setup(a_silent_watch_comes_back, begin),
    };

    return cmocka_run_group_tests(tests, stage_set, stage_strike);
}
