/* subject.c - child processes with their own data directories. */
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"
#include "procs.h"
#include "storage/redis.h"
#include "world.h"

#include "base/base.h"

static int free_port(void)
{
    static int next = 0;

    if (!next)
        next = 20000 + (int)(getpid() % 10000);
    return next++;
}

static void subject_name(const struct settings *settings, struct subject *subject, const char *name)
{
    (void)snprintf(subject->address, sizeof(subject->address), "127.0.0.1:%d", free_port());
    (void)snprintf(subject->data, PATH_BYTES, "%.400s/%s%s", settings->directory, name,
                   settings->everysec ? "-everysec" : "");
    (void)snprintf(subject->log, PATH_BYTES, "%.400s/%s.log", settings->directory, name);
    must(mkdir(subject->data, 0700) == 0 || errno == EEXIST);
}

static size_t request_nothing(void *user, uint64_t number, uint8_t *buffer, size_t bytes)
{
    (void)user;
    (void)number;
    (void)buffer;
    (void)bytes;
    return 0;
}

/* Until Health.Check answers; the call itself waits for the connection. */
static void subject_await(const struct settings *settings, struct subject *subject)
{
    struct world world = { .certificates = settings->certificates };
    char ca[PATH_BYTES];
    const struct load_call call = { .method = "/grpc.health.v1.Health/Check",
                                    .request = request_nothing };
    const struct load_plan plan = { .calls = 1, .outstanding = 1 };
    int64_t end = machine_ms() + 60000;

    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", settings->certificates);
    world.target.address = subject->address;
    world.target.ca_path = ca;
    while (machine_ms() < end) {
        struct load_client *client = world_caller(&world, "probe", NULL, 1);
        struct load_result result;
        int r = load_run(client, &call, &plan, &result);

        load_client_free(client);
        if (r == 0)
            break;
        (void)usleep(50000);
    }
}

void subject_start_bare(const struct settings *settings, struct subject *subject)
{
    char *argv[] = { (char *)settings->program,
                     (char *)"--bare",
                     subject->address,
                     (char *)settings->certificates,
                     subject->data,
                     settings->everysec ? (char *)"everysec" : NULL,
                     NULL };

    subject_name(settings, subject, "bare");
    subject->pid = proc_start(argv, subject->log);
    subject_await(settings, subject);
    subject->redis = proc_find_redis(subject->pid);
    must(subject->redis);
}

/* manual_from NULL: real time. */
static void start_hotlined(const struct settings *settings, const char *name,
                           const struct subject *first, const char *manual_from,
                           struct subject *subject)
{
    char redis[PATH_BYTES + 32] = "unix:";
    char *argv[20] = { (char *)settings->hotlined,
                       (char *)"--listen",
                       subject->address,
                       (char *)"--certs",
                       (char *)settings->certificates,
                       (char *)"--keys",
                       (char *)settings->keys,
                       (char *)"--metrics",
                       (char *)"",
                       (char *)"--no-watchdog" };
    size_t n = 10;

    subject_name(settings, subject, name);
    if (first)
        subject_socket(first, redis + 5);
    argv[n++] = first ? (char *)"--redis" : (char *)"--data";
    argv[n++] = first ? redis : subject->data;
    if (settings->everysec)
        argv[n++] = (char *)"--everysec";
    if (manual_from) {
        argv[n++] = (char *)"--manual-clock";
        argv[n++] = (char *)manual_from;
    }
    subject->pid = proc_start(argv, subject->log);
    subject_await(settings, subject);
    subject->redis = first ? 0 : proc_find_redis(subject->pid);
}

void subject_start_road(const struct settings *settings, const char *name,
                        const struct subject *first, struct subject *subject)
{
    start_hotlined(settings, name, first, NULL, subject);
}

void subject_start_manual(const struct settings *settings, const char *name,
                          const struct subject *first, const char *from, struct subject *subject)
{
    start_hotlined(settings, name, first, from, subject);
}

void subject_stop(struct subject *subject)
{
    proc_stop(subject->pid);
    subject->pid = 0;
}

void subject_socket(const struct subject *subject, char path[PATH_BYTES + 16])
{
    (void)snprintf(path, PATH_BYTES + 16, "%s/redis.sock", subject->data);
}

int64_t subject_redis_bytes(const struct subject *subject)
{
    char socket[PATH_BYTES + 16];
    struct link_options options = { .unix_path = socket, .command_timeout_ms = 5000 };
    struct redis_tool *tool = NULL;
    const struct slice arguments[] = { slice_text("INFO"), slice_text("memory") };
    int64_t bytes = 0;
    const struct answer *answer;

    subject_socket(subject, socket);
    if (redis_tool_open(&options, &tool) < 0)
        return 0;
    answer = redis_tool_ask(tool, arguments, COUNT_OF(arguments));
    if (answer) {
        struct slice text = answer_bytes(answer);
        const char *at = memmem(text.data, text.size, "used_memory:", 12);

        bytes = at ? strtoll(at + 12, NULL, 10) : 0;
    }
    redis_tool_close(tool);
    return bytes;
}
