/*
 * demo.c - hotline demo: a subdistrict's year on an empty test database, every step checked.
 *
 * The whole in order: connect, load the directory, watch, follow the diary, compare, say goodbye.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/demo.h"
#include "cli/moment.h"
#include "cli/special.h"

#include "base/base.h"

enum { PATH_BYTES = 4096 };

static void heading(const struct demo *demo, const char *zh, const char *en)
{
    printf("\n== %s\n", say(demo->session, zh, en));
}

/* The clock must not have passed the first sample: on any other database this would be noise. */
static int connect_all(struct demo *demo)
{
    Hotline__Test__V1__GetClockRequest ask = HOTLINE__TEST__V1__GET_CLOCK_REQUEST__INIT;
    Hotline__Test__V1__GetClockResponse *answer = NULL;
    struct session *session = demo->session;
    struct hotline *backend;
    int r = session_link(session, CERTIFICATE_ADMIN, &demo->admin);

    if (r == 0)
        r = session_link(session, CERTIFICATE_DISTRICT, &demo->district);
    if (r == 0)
        r = session_link(session, CERTIFICATE_BACKEND, &backend);
    if (r == 0)
        r = hotline_get_clock(demo->admin, &ask, &answer, &session->error);
    if (r < 0)
        return r;
    demo->now_ms = moment_ms(answer->now_time);
    hotline_message_free(answer);
    printf("%s %s\n", say(session, "手动时钟", "manual clock"),
           moment_text_ms(&session->arena, demo->now_ms));
    if (demo->now_ms > demo->samples[0].received_ms) {
        fprintf(
            stderr, "hotline: %s\n",
            say(session, "时钟已过首个样例，演示需要新的测试库(./dev up)",
                "the clock has passed the first sample; a new test database is needed (./dev up)"));
        return -EILSEQ;
    }
    return 0;
}

static int show(struct demo *demo)
{
    int r;

    heading(demo, "机构人员: 24 个单位、热线办、分管领导",
            "directory: 24 units, the office, a leader in charge");
    r = directory_load(demo);
    if (r < 0)
        return r;
    printf("%zu %s\n", demo->n_calls, say(demo->session, "项已录入", "entries put"));
    r = watcher_start(&demo->watcher, demo->session, person(demo, "head"));
    if (r < 0) {
        fprintf(stderr, "%s\n", say(demo->session, "订阅提醒未成功", "the watch did not open"));
        return -EILSEQ;
    }
    heading(demo, "工单: 随收件时间推进时钟", "orders: the clock follows their receipt");
    r = diary_follow(demo);
    if (r < 0)
        return r;
    heading(demo, "时限: 与样例预期逐项比对", "deadlines: compared with what the samples expect");
    return table_compare(demo);
}

/* A path as one types it from here. */
static const char *from_here(struct session *session, const char *path)
{
    char here[PATH_BYTES];
    size_t size;

    if (!getcwd(here, sizeof(here)))
        return path;
    size = strlen(here);
    return strncmp(path, here, size) == 0 && path[size] == '/'
               ? arena_strdup(&session->arena, path + size + 1)
               : path;
}

static void goodbye(const struct demo *demo)
{
    static const char *const worth_trying[] = {
        "--person head due",
        "--person clerk order show BS2026030900004",
        "--person clerk order timeline BS2026030900004",
        "--person head explain BS2026092400032 handle",
        "--person spec-u06 order take BS2026081900025",
    };
    struct session *session = demo->session;
    const char *certs = from_here(session, session->certs);
    const char *program = from_here(session, program_invocation_name);
    struct session plain;

    session_init(&plain); /* what need not be said because it is the default */
    printf("\n%s\n", say(session, "五条值得一试的命令:", "Five commands worth trying:"));
    for (size_t i = 0; i < COUNT_OF(worth_trying); i++) {
        printf("  %s%s ", strchr(program, '/') ? "" : "./", program);
        if (strcmp(session->server, plain.server) != 0)
            printf("--server %s ", session->server);
        if (strcmp(certs, plain.certs) != 0)
            printf("--certs %s ", certs);
        puts(worth_trying[i]);
    }
    session_release(&plain);
}

static void people_free(struct demo *demo)
{
    for (size_t i = 0; i < demo->n_persons; i++)
        hotline_free(demo->persons[i].h);
}

enum outcome run_demo(struct session *session, const struct command *command,
                      const struct given *given)
{
    struct demo demo = { .session = session };
    int64_t begun_ms = machine_ms();
    int r = samples_read(&demo, given_value(given, command, "--samples"));

    if (r < 0)
        return OUTCOME_USAGE;
    r = connect_all(&demo);
    if (r == 0)
        r = show(&demo);
    watcher_stop(&demo.watcher);
    if (r == 0)
        printf("\n%zu %s, %zu %s, %zu %s, %.1f s\n", demo.n_calls, say(session, "次调用", "calls"),
               demo.n_checks, say(session, "项检查全部一致", "checks, all as expected"),
               demo.watcher.n_seen, say(session, "条提醒", "reminders"),
               (double)(machine_ms() - begun_ms) / 1000);
    else
        fprintf(stderr, "\n%s\n", say(session, "演示未通过", "the demonstration failed"));
    if (demo.n_differences > 0)
        fprintf(stderr, "%s: %zu\n", say(session, "与预期不一致的项", "differences"),
                demo.n_differences);
    people_free(&demo);
    if (r == 0)
        goodbye(&demo);
    return r == 0 ? OUTCOME_OK : r == -EILSEQ ? OUTCOME_REFUSED : session_failed(session, r);
}
