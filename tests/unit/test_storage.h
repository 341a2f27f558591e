/*
 * test_storage.h - what the storage tests share: an embedded Redis in a temporary directory, a
 * loop on its own thread with a link, and calls that wait for their answer.
 *
 * assert_*() only on the test's thread (cmocka jumps out of the test); must() on the loop's.
 */
#ifndef HOTLINE_TESTS_STORAGE_H
#define HOTLINE_TESTS_STORAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "storage/commit.h"
#include "storage/link.h"
#include "storage/redis.h"

#include "base/base.h"

enum { PATIENCE_MS = 30000 }; /* a test that waits longer has failed */

/* --- directories and processes ------------------------------------------------------------------ */

struct place {
    char path[64];
};

static inline void place_make(struct place *place)
{
    snprintf(place->path, sizeof(place->path), "/tmp/hotline-test-XXXXXX");
    assert_non_null(mkdtemp(place->path));
}

static inline int place_remove_one(const char *path, const struct stat *st, int type,
                                   struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void place_remove(const struct place *place)
{
    nftw(place->path, place_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Waits until a process, not necessarily a child, is gone. */
static inline void process_await_end(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = { .fd = fd, .events = POLLIN };

    if (fd < 0)
        return; /* gone already */
    assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
    close(fd);
}

/* --- a waiting connection ------------------------------------------------------------------------ */

static inline struct redis_tool *tool_at(const char *socket)
{
    struct link_options options = { .unix_path = socket, .command_timeout_ms = PATIENCE_MS };
    struct redis_report report;
    struct redis_tool *tool = NULL;

    assert_int_equal(redis_inspect(&options, PATIENCE_MS, &report), 0);
    assert_int_equal(redis_tool_open(&options, &tool), 0);
    return tool;
}

/* Asks words up to NULL; the answer is never NULL. */
static inline const struct answer *tool_ask(struct redis_tool *tool, ...)
{
    struct slice words[16];
    const struct answer *answer;
    const char *word;
    size_t n = 0;
    va_list list;

    va_start(list, tool);
    while (n < COUNT_OF(words) && (word = va_arg(list, const char *)))
        words[n++] = slice_text(word);
    va_end(list);
    answer = redis_tool_ask(tool, words, n);
    assert_non_null(answer);
    return answer;
}

#define ASK_INTEGER(...) answer_integer(tool_ask(__VA_ARGS__, NULL))

static inline void assert_slice(struct slice got, const char *expected)
{
    assert_non_null(got.data);
    assert_int_equal(got.size, strlen(expected));
    assert_memory_equal(got.data, expected, got.size);
}

/* The number behind "name:" in INFO. */
static inline int64_t info_number(struct redis_tool *tool, const char *name)
{
    struct slice info = answer_bytes(tool_ask(tool, "INFO", NULL));
    char text[16384], line[64];
    const char *at;

    assert_true(info.size < sizeof(text));
    memcpy(text, info.data, info.size);
    text[info.size] = '\0';
    snprintf(line, sizeof(line), "\n%s:", name);
    at = strstr(text, line);
    assert_non_null(at);
    return strtoll(at + strlen(line), NULL, 10);
}

static inline pid_t redis_pid(struct redis_tool *tool)
{
    return (pid_t)info_number(tool, "process_id");
}

/* --- a loop on its own thread -------------------------------------------------------------------- */

struct lane {
    struct loop *loop;
    struct storage_link *link;
    pthread_t thread;
};

static inline void *lane_run(void *lane)
{
    loop_run(((struct lane *)lane)->loop);
    return NULL;
}

static inline void lane_open(struct lane *lane, const struct link_options *options)
{
    assert_int_equal(loop_create(&lane->loop), 0);
    assert_int_equal(storage_link_create(lane->loop, options, &lane->link), 0);
    assert_int_equal(pthread_create(&lane->thread, NULL, lane_run, lane), 0);
}

static inline void lane_stop(struct lane *lane)
{
    loop_stop(lane->loop);
    pthread_join(lane->thread, NULL);
}

static inline void lane_close(struct lane *lane)
{
    lane_stop(lane);
    storage_link_free(lane->link);
    loop_free(lane->loop);
}

/* --- a commit that waits -------------------------------------------------------------------------- */

struct commit_call {
    struct loop_job job;
    struct commit_ask ask;
    struct result_ask look;
    struct lane *lane;
    const struct commit *commit;
    bool only_look;
    int status;
    struct commit_outcome outcome;
    uint8_t result[COMMIT_RESULT_BYTES_MAX];
    sem_t answered;
};

static inline void call_answered(struct commit_call *call, int status,
                                 const struct commit_outcome *outcome)
{
    call->status = status;
    if (status == 0) {
        call->outcome = *outcome;
        must(outcome->result.size <= sizeof(call->result));
        if (outcome->result.size)
            memcpy(call->result, outcome->result.data, outcome->result.size);
        if (outcome->result.data)
            call->outcome.result.data = call->result;
    }
    sem_post(&call->answered);
}

static inline void call_commit_done(struct commit_ask *ask, int status,
                                    const struct commit_outcome *outcome)
{
    call_answered(CONTAINER_OF(ask, struct commit_call, ask), status, outcome);
}

static inline void call_look_done(struct result_ask *ask, int status,
                                  const struct commit_outcome *outcome)
{
    call_answered(CONTAINER_OF(ask, struct commit_call, look), status, outcome);
}

static inline void call_run(struct loop_job *job)
{
    struct commit_call *call = CONTAINER_OF(job, struct commit_call, job);
    const struct commit *c = call->commit;
    int r;

    call->ask.done = call_commit_done;
    call->look.done = call_look_done;
    if (call->only_look)
        r = result_ask(call->lane->link, &call->look, c->subdistrict, c->request_key,
                       c->body_digest, c->results_month);
    else
        r = commit_ask(call->lane->link, &call->ask, c);
    must(r == 0);
}

static inline void call_wait(struct commit_call *call)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    while (sem_timedwait(&call->answered, &until) < 0)
        assert_int_equal(errno, EINTR);
}

static inline void call_do(struct commit_call *call, struct lane *lane, const struct commit *commit,
                           bool only_look)
{
    memset(call, 0, sizeof(*call));
    call->job.run = call_run;
    call->lane = lane;
    call->commit = commit;
    call->only_look = only_look;
    sem_init(&call->answered, 0, 0);
    loop_post(lane->loop, &call->job);
    call_wait(call);
    sem_destroy(&call->answered);
}

/* --- Redis, link and tool together ---------------------------------------------------------------- */

struct store {
    struct place place;
    struct embedded_redis *redis;
    struct lane lane;
    struct redis_tool *tool;
    struct commit_call call; /* the last one */
};

static inline void store_open(struct store *store)
{
    struct embedded_redis_options options = { .directory = store->place.path };
    struct link_options link = { .reconnect_ms_max = 50 };

    place_make(&store->place);
    assert_int_equal(embedded_redis_start(&options, &store->redis), 0);
    link.unix_path = embedded_redis_socket(store->redis);
    lane_open(&store->lane, &link);
    store->tool = tool_at(link.unix_path);
}

static inline void store_close(struct store *store)
{
    lane_close(&store->lane);
    redis_tool_close(store->tool);
    embedded_redis_stop(store->redis);
    place_remove(&store->place);
}

/* Commits and waits; the verdict. */
static inline enum commit_verdict store_commit(struct store *store, const struct commit *commit)
{
    call_do(&store->call, &store->lane, commit, false);
    assert_int_equal(store->call.status, 0);
    return store->call.outcome.verdict;
}

static inline int store_trouble(struct store *store, const struct commit *commit)
{
    call_do(&store->call, &store->lane, commit, false);
    return store->call.status;
}

static inline enum commit_verdict store_look(struct store *store, const struct commit *commit)
{
    call_do(&store->call, &store->lane, commit, true);
    assert_int_equal(store->call.status, 0);
    return store->call.outcome.verdict;
}

#endif
