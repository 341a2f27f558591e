/* test_rpc_services.c - health, reflection, certificates that change, the watchdog at peace. */
#include <errno.h>
#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1alpha/reflection.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/memory.h"
#include "rpc/watchdog.h"
#include "tests/support/rpc_capture.h"
#include "tests/support/rpc_echo.h"

#include "base/base.h"

typedef Grpc__Health__V1__HealthCheckRequest HealthRequest;
typedef Grpc__Health__V1__HealthCheckResponse HealthResponse;
typedef Grpc__Reflection__V1alpha__ServerReflectionRequest Question;
typedef Grpc__Reflection__V1alpha__ServerReflectionResponse Reply;

#define STATUS(name) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##name

static struct pki pki;
static struct pki_identity server_id, client_id;
static struct rpc_server *server;
static struct talk_client client;
static int port;

static int stage_set(void **state)
{
    (void)state;
    pki_init(&pki);
    pki_issue(&pki, "office", "server", "DNS:localhost", 30, &server_id);
    pki_issue(&pki, "office", "clerk", "URI:hotline://110101001/backend/desk", 30, &client_id);
    server = echo_start(&server_id, &rpc_limits_default, 2, &port);
    talk_client_init(&client, port, &client_id, client_id.ca);
    return 0;
}

static int stage_strike(void **state)
{
    (void)state;
    talk_client_release(&client);
    rpc_server_drain(server, 1000);
    rpc_server_free(server);
    pki_release(&pki);
    return 0;
}

/* health ----------------------------------------------------------------------------------------- */

static HealthRequest about(const char *service)
{
    HealthRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;

    request.service = (char *)(uintptr_t)service;
    return request;
}

static int checked(const char *service, grpc_status_code *ret_code)
{
    HealthRequest request = about(service);
    ProtobufCMessage *answer;
    struct talk talk;
    int state = -1;

    talk_unary(&talk, &client, "/grpc.health.v1.Health/Check", &request.base,
               &grpc__health__v1__health_check_response__descriptor, &answer);
    *ret_code = talk.status;
    if (answer) {
        state = (int)((HealthResponse *)answer)->status;
        protobuf_c_message_free_unpacked(answer, NULL);
    }
    talk_release(&talk);
    return state;
}

static void check_knows_the_server_and_its_services(void **state)
{
    grpc_status_code code;

    (void)state;
    assert_int_equal(checked("", &code), STATUS(SERVING));
    assert_int_equal(checked("test.Echo", &code), STATUS(SERVING));
    rpc_server_set_serving(server, "test.Echo", false);
    assert_int_equal(checked("test.Echo", &code), STATUS(NOT_SERVING));
    assert_int_equal(checked("", &code), STATUS(SERVING));
    rpc_server_set_serving(server, NULL, true);
    assert_int_equal(checked("nobody", &code), -1);
    assert_int_equal(code, GRPC_STATUS_NOT_FOUND);
}

static int watched(struct talk *talk)
{
    HealthResponse *answer =
        (HealthResponse *)talk_read(talk, &grpc__health__v1__health_check_response__descriptor);
    int status = answer ? (int)answer->status : -1;

    if (answer)
        grpc__health__v1__health_check_response__free_unpacked(answer, NULL);
    return status;
}

static void a_watch_is_told_every_change(void **state)
{
    HealthRequest request = about("test.Echo"), unknown = about("nobody");
    struct talk talk, lost;

    (void)state;
    talk_begin(&talk, &client, "/grpc.health.v1.Health/Watch", 0, NULL, NULL);
    assert_true(talk_write(&talk, &request.base));
    talk_half_close(&talk);
    assert_int_equal(watched(&talk), STATUS(SERVING));
    rpc_server_set_serving(server, "test.Echo", false);
    assert_int_equal(watched(&talk), STATUS(NOT_SERVING));
    rpc_server_set_serving(server, "test.Echo", false); /* no change, nothing told */
    rpc_server_set_serving(server, NULL, true);
    assert_int_equal(watched(&talk), STATUS(SERVING));
    talk_begin(&lost, &client, "/grpc.health.v1.Health/Watch", 0, NULL, NULL);
    assert_true(talk_write(&lost, &unknown.base));
    assert_int_equal(watched(&lost), STATUS(SERVICE_UNKNOWN));
    talk_release(&lost);
    talk_release(&talk);
}

/* reflection -------------------------------------------------------------------------------------- */

static Reply *ask(struct talk *talk, const Question *question)
{
    assert_true(talk_write(talk, &question->base));
    return (Reply *)talk_read(talk,
                              &grpc__reflection__v1alpha__server_reflection_response__descriptor);
}

static void drop(Reply *reply)
{
    grpc__reflection__v1alpha__server_reflection_response__free_unpacked(reply, NULL);
}

static void reflection_answers_on(const char *path)
{
    Question question = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__INIT;
    struct talk talk;
    Reply *reply;

    talk_begin(&talk, &client, path, 0, NULL, NULL);
    question.message_request_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES;
    question.list_services = (char *)(uintptr_t) "";
    reply = ask(&talk, &question);
    assert_int_equal(reply->list_services_response->n_service, 4);
    assert_string_equal(reply->list_services_response->service[0]->name, "test.Echo");
    drop(reply);
    question.message_request_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL;
    question.file_containing_symbol = (char *)(uintptr_t) "grpc.health.v1.Health.Check";
    reply = ask(&talk, &question);
    assert_int_equal(reply->file_descriptor_response->n_file_descriptor_proto, 1);
    drop(reply);
    question.file_containing_symbol = (char *)(uintptr_t) "no.such.Thing";
    reply = ask(&talk, &question);
    assert_int_equal(reply->error_response->error_code, GRPC_STATUS_NOT_FOUND);
    drop(reply);
    question.message_request_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME;
    question.file_by_filename = (char *)(uintptr_t) "grpc/health/v1/health.proto";
    reply = ask(&talk, &question);
    assert_non_null(reply->file_descriptor_response);
    assert_string_equal(reply->original_request->file_by_filename, question.file_by_filename);
    drop(reply);
    talk_half_close(&talk);
    assert_int_equal(talk_end(&talk), GRPC_STATUS_OK);
    talk_release(&talk);
}

static void reflection_is_served_under_both_names(void **state)
{
    (void)state;
    reflection_answers_on("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
    reflection_answers_on("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
}

/* certificates ------------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to, mode_t mode)
{
    char *text = pki_text(from);
    FILE *f = fopen(to, "we");

    must(f && fputs(text, f) >= 0 && fclose(f) == 0);
    must(chmod(to, mode) == 0);
    free(text);
}

static void expect_connection(const char *ca_path, bool ok)
{
    struct talk_client fresh;
    HealthRequest request = about("");
    struct talk talk;

    talk_client_init(&fresh, port, &client_id, ca_path);
    talk_unary(&talk, &fresh, "/grpc.health.v1.Health/Check", &request.base,
               &grpc__health__v1__health_check_response__descriptor, NULL);
    assert_int_equal(talk.status, ok ? GRPC_STATUS_OK : GRPC_STATUS_UNAVAILABLE);
    talk_release(&talk);
    talk_client_release(&fresh);
}

/* The server's files are replaced by ones of the foreign CA: new handshakes get the new ones,
 * the connection that is open goes on. Bad files change nothing. */
static void new_certificates_serve_new_handshakes(void **state)
{
    struct pki_identity other;
    char foreign_ca[PKI_PATH_BYTES], backup[PKI_PATH_BYTES], backup_key[PKI_PATH_BYTES];

    (void)state;
    (void)snprintf(foreign_ca, sizeof(foreign_ca), "%.200s/foreign-ca.crt", pki.folder);
    (void)snprintf(backup, sizeof(backup), "%.200s/backup.crt", pki.folder);
    (void)snprintf(backup_key, sizeof(backup_key), "%.200s/backup.key", pki.folder);
    copy_file(server_id.certificate, backup, 0644);
    copy_file(server_id.key, backup_key, 0600);
    pki_issue(&pki, "foreign", "other", "DNS:localhost", 30, &other);

    copy_file(other.certificate, server_id.certificate, 0644); /* its key is not there yet */
    assert_int_equal(rpc_server_reload_certificates(server), -EINVAL);
    expect_connection(client_id.ca, true);
    copy_file(other.key, server_id.key, 0644); /* for all to read */
    assert_int_equal(rpc_server_reload_certificates(server), -EACCES);
    expect_connection(client_id.ca, true);
    must(chmod(server_id.key, 0640) == 0);
    assert_int_equal(rpc_server_reload_certificates(server), 0);
    expect_connection(client_id.ca, false);
    expect_connection(foreign_ca, true);
    echo_say(&client, "echo", "an old connection lives on");

    copy_file(backup, server_id.certificate, 0644);
    copy_file(backup_key, server_id.key, 0600);
    assert_int_equal(rpc_server_reload_certificates(server), 0);
    expect_connection(client_id.ca, true);
}

static void a_port_in_use_and_bad_files_are_told_apart(void **state)
{
    struct rpc_certificates good = pki_files(&server_id), bad = good;
    struct rpc_server *second;
    char address[64];
    int unused;

    (void)state;
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    assert_int_equal(rpc_server_create(&rpc_limits_default, 1, &second), 0);
    assert_int_equal(rpc_server_listen(second, address, &good, &unused), -EADDRINUSE);
    bad.ca_path = "/nonexistent";
    assert_int_equal(rpc_server_listen(second, "127.0.0.1:0", &bad, &unused), -EINVAL);
    bad = good;
    bad.key_path = "/nonexistent";
    assert_int_equal(rpc_server_listen(second, "127.0.0.1:0", &bad, &unused), -EACCES);
    bad = good;
    bad.certificate_path = good.key_path;
    assert_int_equal(rpc_server_listen(second, "127.0.0.1:0", &bad, &unused), -EINVAL);
    assert_null(rpc_server_free(second));
}

static void senseless_limits_are_refused(void **state)
{
    struct rpc_limits limits = rpc_limits_default;
    struct rpc_server *none;

    (void)state;
    assert_int_equal(rpc_server_create(&limits, 0, &none), -EINVAL);
    limits.message_bytes_max = 0;
    assert_int_equal(rpc_server_create(&limits, 1, &none), -EINVAL);
}

/* A whole server, up to serving; 0 or what failed. */
static int build(const struct rpc_service *service, struct slice descriptors)
{
    struct rpc_certificates certificates = pki_files(&server_id);
    struct rpc_server *one;
    int unused, r = rpc_server_create(&rpc_limits_default, 2, &one);

    if (r < 0)
        return r;
    r = rpc_server_add(one, service);
    if (r == 0)
        r = rpc_server_add_health(one);
    if (r == 0)
        r = rpc_server_reflect(one, descriptors);
    if (r == 0)
        r = rpc_server_listen(one, "127.0.0.1:0", &certificates, &unused);
    if (r == 0)
        r = rpc_server_start(one);
    rpc_server_free(one);
    return r;
}

static void nothing(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)call;
    (void)request;
}

static void building_survives_every_failed_allocation(void **state)
{
    const struct rpc_method rows[] = {
        { .name = "Say", .unary = nothing },
        { .name = "Watch", .unary = nothing },
        { .name = "Gather", .unary = nothing },
        { .name = "Chat", .unary = nothing },
    };
    const struct rpc_service service = { .descriptor = &echo_descriptor,
                                         .methods = rows,
                                         .n_methods = COUNT_OF(rows) };
    struct slice descriptors = echo_descriptors();
    uint64_t n = 0, made;
    int r;

    (void)state;
    do {
        memory_fail_at(++n);
        r = build(&service, descriptors);
        made = memory_count();
        memory_fail_at(0);
        assert_true(r == 0 || r == -ENOMEM);
    } while (made >= n && n < 2000);
    assert_in_range(n, 20, 1999);
    assert_int_equal(r, 0);
}

/* watchdog ----------------------------------------------------------------------------------------- */

static void note_checks(const struct rpc_method_stats *stats, void *user)
{
    if (strcmp(stats->method, "Check") == 0)
        *(uint64_t *)user = stats->calls;
}

/* It asks, is answered, and leaves us alone; a refused probe certificate is only a warning. */
static void a_watchdog_is_content_with_any_answer(void **state)
{
    struct watchdog_options options = {
        .server_name = "localhost",
        .certificates = pki_files(&client_id),
        .period_ms = 20,
        .timeout_ms = 5000,
        .failures_max = 1,
    };
    uint64_t before = 0, after = 0;
    struct pki_identity stranger;
    struct watchdog *dog;
    char address[64];

    (void)state;
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    options.address = address;
    rpc_server_stats(server, note_checks, &before);
    assert_int_equal(watchdog_create(&options, &dog), 0);
    do
        rpc_server_stats(server, note_checks, &after);
    while (after < before + 2);
    assert_null(watchdog_free(dog));
    assert_null(watchdog_free(NULL));

    pki_issue(&pki, "foreign", "stranger", "URI:hotline://110101001/backend/desk", 30, &stranger);
    options.certificates = pki_files(&stranger);
    capture_begin();
    assert_int_equal(watchdog_create(&options, &dog), 0);
    capture_wait("event=probe_failed");
    capture_wait("event=probe_failed"); /* it lived on after the first */
    capture_end();
    watchdog_free(dog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_knows_the_server_and_its_services),
        cmocka_unit_test(a_watch_is_told_every_change),
        cmocka_unit_test(reflection_is_served_under_both_names),
        cmocka_unit_test(new_certificates_serve_new_handshakes),
        cmocka_unit_test(a_port_in_use_and_bad_files_are_told_apart),
        cmocka_unit_test(senseless_limits_are_refused),
        cmocka_unit_test(building_survives_every_failed_allocation),
        cmocka_unit_test(a_watchdog_is_content_with_any_answer),
    };

    return cmocka_run_group_tests(tests, stage_set, stage_strike);
}
