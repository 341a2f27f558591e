/* Addresses, the start-up check, the mark, and the supervisor under kill -9. */
#include "tests/unit/test_storage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"

/* --- addresses ----------------------------------------------------------------------------------------- */

#define X4 "xxxx"
#define X100 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4 X4

static void an_address_is_read_or_explained(void **state)
{
    static const struct {
        const char *text, *path, *host, *user, *password;
        int port;
        const char *why; /* part of the explanation; NULL = it is good */
    } rows[] = {
        { .text = "unix:/run/redis.sock", .path = "/run/redis.sock" },
        { .text = "unix:/" X100 "xxxxxx", .path = "/" X100 "xxxxxx" },
        { .text = "redis://127.0.0.1:6379", .host = "127.0.0.1", .port = 6379 },
        { .text = "redis://127.8.9.10:1", .host = "127.8.9.10", .port = 1 },
        { .text = "redis://localhost:65535", .host = "localhost", .port = 65535 },
        { .text = "redis://[::1]:6380", .host = "::1", .port = 6380 },
        { .text = "redis://:secret@localhost:1",
          .host = "localhost",
          .password = "secret",
          .port = 1 },
        { .text = "redis://desk:s%3Ae%40c@[::1]:1",
          .host = "::1",
          .user = "desk",
          .password = "s:e@c",
          .port = 1 },
        { .text = "redis://desk:a@b:c@localhost:1",
          .host = "localhost",
          .user = "desk",
          .password = "a@b:c",
          .port = 1 },
        { .text = "redis://desk@localhost:1",
          .host = "localhost",
          .user = "desk",
          .password = "",
          .port = 1 },
        { .text = "", .why = "unix:/path or redis://" },
        { .text = "/run/redis.sock", .why = "unix:/path or redis://" },
        { .text = "rediss://localhost:1", .why = "unix:/path or redis://" },
        { .text = "unix:redis.sock", .why = "absolute path" },
        { .text = "unix:/" X100 "xxxxxxx", .why = "107 bytes" },
        { .text = "redis://localhost", .why = "port" },
        { .text = "redis://localhost:", .why = "port" },
        { .text = "redis://localhost:0", .why = "port" },
        { .text = "redis://localhost:65536", .why = "port" },
        { .text = "redis://localhost:99999999999999999999", .why = "port" },
        { .text = "redis://localhost:1/0", .why = "port" },
        { .text = "redis://[::1]", .why = "port" },
        { .text = "redis://[::1:6379", .why = "port" },
        { .text = "redis://10.0.0.1:6379", .why = "plain text" },
        { .text = "redis://127.0.0.1.example.org:6379", .why = "plain text" },
        { .text = "redis://redis.example.org:6379", .why = "plain text" },
        { .text = "redis://[fe80::1]:6379", .why = "plain text" },
        { .text = "redis://:6379", .why = "plain text" },
        { .text = "redis://a:%4@localhost:1", .why = "hex digits" },
        { .text = "redis://a:%zz@localhost:1", .why = "hex digits" },
        { .text = "redis://a:%00@localhost:1", .why = "hex digits" },
        { .text = "redis://a:" X100 X100 X100 X100 "@localhost:1", .why = "400 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct redis_address address;
        const char *why = NULL;
        int r = redis_address_parse(rows[i].text, &address, &why);
        const struct link_options *o = &address.options;

        if (rows[i].why) {
            assert_int_equal(r, -EINVAL);
            assert_non_null(strstr(why, rows[i].why));
            continue;
        }
        assert_int_equal(r, 0);
        assert_string_equal(o->unix_path ? o->unix_path : "-", rows[i].path ? rows[i].path : "-");
        assert_string_equal(o->host ? o->host : "-", rows[i].host ? rows[i].host : "-");
        assert_string_equal(o->user ? o->user : "-", rows[i].user ? rows[i].user : "-");
        assert_string_equal(o->password ? o->password : "-",
                            rows[i].password ? rows[i].password : "-");
        assert_int_equal(o->port, rows[i].port);
    }
}

/* --- the start-up check -------------------------------------------------------------------------------- */

static void the_embedded_redis_is_as_safe_as_promised(void **state)
{
    for (int everysec = 0; everysec < 2; everysec++) {
        struct place place;
        struct embedded_redis *redis = NULL;
        struct embedded_redis_options options = { .directory = place.path, .everysec = everysec };
        struct link_options link = { .command_timeout_ms = 1000 };
        struct redis_report report;
        struct stat st;

        (void)state;
        place_make(&place);
        assert_int_equal(embedded_redis_start(&options, &redis), 0);
        link.unix_path = embedded_redis_socket(redis);
        assert_int_equal(redis_inspect(&link, PATIENCE_MS, &report), 0);
        assert_true(report.aof_on && report.noeviction && report.empty && !report.manual_clock);
        assert_int_equal(report.aof_always, !everysec);
        assert_in_range(report.time_skew_ms + 100, 0, 200);
        assert_true(report.version[0] >= '6');
        assert_int_equal(stat(link.unix_path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        embedded_redis_stop(redis);
        place_remove(&place);
    }
}

static void a_database_is_marked_once(void **state)
{
    struct store store;
    struct link_options link = { .command_timeout_ms = 1000 };
    struct redis_report report;

    (void)state;
    store_open(&store);
    link.unix_path = embedded_redis_socket(store.redis);
    assert_int_equal(redis_mark(&link, true, 1700000000000), 0);
    assert_int_equal(redis_mark(&link, true, 5), 0); /* again: the time stays */
    assert_int_equal(redis_mark(&link, false, 0), -EEXIST);
    assert_int_equal(redis_inspect(&link, 0, &report), 0);
    assert_true(report.manual_clock && !report.empty);
    assert_int_equal(report.manual_ms, 1700000000000);

    tool_ask(store.tool, "FLUSHALL", NULL);
    assert_int_equal(redis_mark(&link, false, 0), 0);
    assert_int_equal(redis_mark(&link, true, 5), -EEXIST);
    assert_int_equal(redis_inspect(&link, 0, &report), 0);
    assert_true(!report.manual_clock && !report.empty);
    store_close(&store);
}

static void passwords_and_acl_users_are_used(void **state)
{
    static const struct {
        const char *user, *password;
        int inspected, committed;
    } rows[] = {
        { NULL, NULL, -EACCES, -EACCES },
        { NULL, "wrong", -EACCES, -EACCES },
        { NULL, "secret", 0, 0 },
        { "desk", "desk's", 0, 0 }, /* may not CONFIG: counts as not always */
        { "desk", "secret", -EACCES, -EACCES },
        { "reader", "reader's", 0, -EACCES }, /* may not write */
    };
    struct store store;
    uint8_t request[REQUEST_KEY_BYTES] = { 0 };

    (void)state;
    store_open(&store);
    tool_ask(store.tool, "ACL", "SETUSER", "desk", "on", ">desk's", "~h{*", "~hotline:*", "+@all",
             "-config", NULL);
    tool_ask(store.tool, "ACL", "SETUSER", "reader", "on", ">reader's", "~*", "+@read", "+info",
             "+time", NULL);
    tool_ask(store.tool, "CONFIG", "SET", "requirepass", "secret", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct link_options link = { .unix_path = embedded_redis_socket(store.redis),
                                     .user = rows[i].user,
                                     .password = rows[i].password };
        struct commit commit = { .subdistrict = "1",
                                 .request_key = slice_of(request, sizeof(request)),
                                 .body_digest = slice_of(request, BODY_DIGEST_BYTES),
                                 .results_month = 202403 };
        struct redis_report report;
        struct lane lane;

        assert_int_equal(redis_inspect(&link, 0, &report), rows[i].inspected);
        if (rows[i].user && rows[i].inspected == 0)
            assert_false(report.aof_always);
        lane_open(&lane, &link);
        call_do(&store.call, &lane, &commit, false);
        assert_int_equal(store.call.status, rows[i].committed);
        lane_close(&lane);
    }
    store_close(&store);
}

static void nobody_listening_is_told_after_the_wait(void **state)
{
    struct link_options link = { .unix_path = "/nowhere", .command_timeout_ms = 1000 };
    struct redis_report report = { .manual_ms = 7 };

    (void)state;
    assert_int_equal(redis_inspect(&link, 50, &report), -ENOTCONN);
    assert_int_equal(report.manual_ms, 7); /* untouched on failure */
    assert_int_equal(redis_mark(&link, false, 0), -ENOTCONN);
}

/* --- the supervisor ------------------------------------------------------------------------------------ */

static void what_was_written_is_there_after_a_restart(void **state)
{
    struct place place;
    struct embedded_redis_options options = { .directory = place.path };

    (void)state;
    place_make(&place);
    for (int start = 0; start < 2; start++) {
        struct embedded_redis *redis = NULL;
        struct redis_tool *tool;

        assert_int_equal(embedded_redis_start(&options, &redis), 0);
        tool = tool_at(embedded_redis_socket(redis));
        assert_int_equal(ASK_INTEGER(tool, "INCR", "starts"), start + 1);
        redis_tool_close(tool);
        assert_null(embedded_redis_stop(redis));
    }
    place_remove(&place);
}

static void a_directory_has_one_owner(void **state)
{
    struct embedded_redis *other = NULL;
    struct embedded_redis_options options;
    struct store store;

    (void)state;
    store_open(&store);
    options = (struct embedded_redis_options){ .directory = store.place.path };
    assert_int_equal(embedded_redis_start(&options, &other), -EALREADY);
    assert_null(other);
    store_close(&store);
}

static void a_missing_program_or_directory_is_told(void **state)
{
    static const struct {
        const char *directory, *program;
        int status;
    } rows[] = {
        { "/tmp", "no-such-redis-server", -ENOENT },
        { "/tmp", "/no/such/redis-server", -ENOENT },
        { "/no/such/parent/directory", NULL, -ENOENT },
        { "/dev/null", NULL, -ENOTDIR },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct embedded_redis_options options = { .directory = rows[i].directory,
                                                  .program = rows[i].program };
        struct embedded_redis *redis = NULL;

        assert_int_equal(embedded_redis_start(&options, &redis), rows[i].status);
        assert_null(redis);
    }
}

/* A socket path beyond 107 bytes: reached through the directory's descriptor. */
static void a_deep_directory_works_too(void **state)
{
    struct place place;
    char deep[512];
    struct embedded_redis_options options = { .directory = deep };
    struct embedded_redis *redis = NULL;
    struct redis_tool *tool;

    (void)state;
    place_make(&place);
    snprintf(deep, sizeof(deep), "%s/%s", place.path, X100 X100);
    assert_int_equal(embedded_redis_start(&options, &redis), 0);
    assert_true(strlen(embedded_redis_socket(redis)) < 108);
    tool = tool_at(embedded_redis_socket(redis));
    assert_int_equal(ASK_INTEGER(tool, "INCR", "n"), 1);
    redis_tool_close(tool);
    embedded_redis_stop(redis);
    place_remove(&place);
}

static void a_killed_redis_is_started_again(void **state)
{
    struct store store;

    (void)state;
    store_open(&store);
    for (int i = 1; i <= 3; i++) {
        pid_t pid = redis_pid(store.tool);

        assert_int_equal(ASK_INTEGER(store.tool, "INCR", "kills"), i);
        assert_int_equal(kill(pid, SIGKILL), 0);
        redis_tool_close(store.tool);
        store.tool = tool_at(embedded_redis_socket(store.redis));
        assert_int_not_equal(redis_pid(store.tool), pid);
        assert_int_equal(ASK_INTEGER(store.tool, "GET", "kills"), i);
    }
    store_close(&store);
}

/* The child is hotlined: it starts Redis, says so, and is killed. */
static void a_killed_server_leaves_no_orphan(void **state)
{
    struct place place;
    struct embedded_redis_options options = { .directory = place.path };
    struct link_options link = { .command_timeout_ms = PATIENCE_MS };
    struct redis_report report;
    struct embedded_redis *redis = NULL;
    struct redis_tool *tool;
    char socket[108];
    int up[2];
    pid_t server, redis_process;

    (void)state;
    place_make(&place);
    assert_int_equal(pipe(up), 0);
    server = fork();
    if (server == 0) {
        int r = embedded_redis_start(&options, &redis);

        must(r == 0 && write(up[1], &r, sizeof(r)) == sizeof(r));
        for (;;)
            pause();
    }
    assert_int_equal(read(up[0], &(int){ 0 }, sizeof(int)), sizeof(int));
    close(up[0]);
    close(up[1]);
    snprintf(socket, sizeof(socket), "%s/redis.sock", place.path);
    tool = tool_at(socket);
    redis_process = redis_pid(tool);
    redis_tool_close(tool);

    assert_int_equal(kill(server, SIGKILL), 0);
    assert_int_equal(waitpid(server, NULL, 0), server);
    /* The next server starts at once and waits until the directory is free. */
    assert_int_equal(embedded_redis_start(&options, &redis), 0);
    assert_int_equal(kill(redis_process, 0), -1);
    assert_int_equal(errno, ESRCH);
    link.unix_path = embedded_redis_socket(redis);
    assert_int_equal(redis_inspect(&link, PATIENCE_MS, &report), 0);
    embedded_redis_stop(redis);
    place_remove(&place);
}

static pid_t parent_of(pid_t pid)
{
    char path[64], text[512] = "";
    FILE *file;
    const char *at;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    at = strrchr(text, ')'); /* "pid (name) state parent ..." */
    assert_non_null(at);
    return (pid_t)strtol(at + 4, NULL, 10);
}

/* Without its supervisor Redis ends too, cleanly; and the directory is free again. */
static void a_killed_supervisor_takes_redis_with_it(void **state)
{
    struct embedded_redis *redis = NULL;
    struct embedded_redis_options options;
    struct store store;
    pid_t redis_process, supervisor;

    (void)state;
    store_open(&store);
    options = (struct embedded_redis_options){ .directory = store.place.path };
    redis_process = redis_pid(store.tool);
    supervisor = parent_of(redis_process);
    assert_int_equal(kill(supervisor, SIGKILL), 0);
    process_await_end(redis_process);
    store.redis = embedded_redis_stop(store.redis);
    assert_int_equal(embedded_redis_start(&options, &redis), 0);
    redis_tool_close(store.tool);
    store.tool = tool_at(embedded_redis_socket(redis));
    store.redis = redis;
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read_or_explained),
        cmocka_unit_test(the_embedded_redis_is_as_safe_as_promised),
        cmocka_unit_test(a_database_is_marked_once),
        cmocka_unit_test(passwords_and_acl_users_are_used),
        cmocka_unit_test(nobody_listening_is_told_after_the_wait),
        cmocka_unit_test(what_was_written_is_there_after_a_restart),
        cmocka_unit_test(a_directory_has_one_owner),
        cmocka_unit_test(a_missing_program_or_directory_is_told),
        cmocka_unit_test(a_deep_directory_works_too),
        cmocka_unit_test(a_killed_redis_is_started_again),
        cmocka_unit_test(a_killed_server_leaves_no_orphan),
        cmocka_unit_test(a_killed_supervisor_takes_redis_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
