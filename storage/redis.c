/*
 * redis.c - what the Redis we stand on is like, and the mark of a database.
 *
 * Asked with plain commands over a connection of its own. CONFIG may be forbidden by an ACL; then
 * what INFO does not tell (appendfsync) counts as the weaker answer, never as the stronger.
 */
#include "storage/redis.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "storage/answer.h"
#include "storage/keys.h"

#include "base/base.h"

enum { RETRY_MS = 10, WORDS_MAX = 8 };

/* Asks words up to the first NULL. 0 and the answer, or what is the trouble. */
static int ask_words(struct redis_tool *tool, const char *const words[WORDS_MAX],
                     const struct answer **ret_answer)
{
    struct slice arguments[WORDS_MAX];
    const struct answer *answer;
    size_t n = 0;
    int r;

    for (; n < WORDS_MAX && words[n]; n++)
        arguments[n] = slice_text(words[n]);
    answer = redis_tool_ask(tool, arguments, n);
    if (!answer)
        return -ENOTCONN;
    r = answer_trouble(answer);
    if (r == 0)
        *ret_answer = answer;
    return r;
}

#define WORDS(...) ((const char *const[WORDS_MAX]){ __VA_ARGS__ })

static bool bytes_are(const struct answer *answer, const char *text)
{
    return slice_equal(answer_bytes(answer), slice_text(text));
}

/* inspection ---------------------------------------------------------------------------------- */

/* The value of "name:value\r\n" in INFO's text, copied; "" when there is none. */
static void info_value(struct slice info, const char *name, char *value, size_t size)
{
    size_t name_size = strlen(name), n = 0;
    const char *at = (const char *)info.data, *end = at + info.size;

    value[0] = '\0';
    while (at && at < end) {
        const char *line_end = memchr(at, '\r', (size_t)(end - at));

        if (!line_end)
            return;
        if ((size_t)(line_end - at) > name_size && memcmp(at, name, name_size) == 0 &&
            at[name_size] == ':') {
            for (at += name_size + 1; at < line_end && n + 1 < size; at++)
                value[n++] = *at;
            value[n] = '\0';
            return;
        }
        at = line_end + 2;
    }
}

static int inspect_info(struct redis_tool *tool, struct redis_report *report)
{
    const struct answer *answer;
    char value[32];
    int r;

    r = ask_words(tool, WORDS("INFO"), &answer);
    if (r < 0)
        return r;
    info_value(answer_bytes(answer), "loading", value, sizeof(value));
    if (strcmp(value, "1") == 0)
        return -EAGAIN;
    info_value(answer_bytes(answer), "redis_version", report->version, sizeof(report->version));
    info_value(answer_bytes(answer), "aof_enabled", value, sizeof(value));
    report->aof_on = strcmp(value, "1") == 0;
    info_value(answer_bytes(answer), "maxmemory_policy", value, sizeof(value));
    report->noeviction = strcmp(value, "noeviction") == 0;
    return 0;
}

static int inspect_appendfsync(struct redis_tool *tool, struct redis_report *report)
{
    const struct answer *answer;
    int r = ask_words(tool, WORDS("CONFIG", "GET", "appendfsync"), &answer);

    if (r == -EACCES || r == -EPROTO)
        return 0; /* an ACL, or a renamed CONFIG: stays false */
    if (r < 0)
        return r;
    report->aof_always =
        report->aof_on && answer_count(answer) == 2 && bytes_are(answer_at(answer, 1), "always");
    return 0;
}

static int inspect_time(struct redis_tool *tool, struct redis_report *report)
{
    const struct answer *answer;
    int64_t before_ms = system_time_ms(), redis_ms;
    int r = ask_words(tool, WORDS("TIME"), &answer);

    if (r < 0)
        return r;
    if (answer_count(answer) != 2)
        return -EPROTO;
    redis_ms =
        answer_integer(answer_at(answer, 0)) * 1000 + answer_integer(answer_at(answer, 1)) / 1000;
    report->time_skew_ms = redis_ms - (before_ms + system_time_ms()) / 2;
    return 0;
}

static int inspect_mark(struct redis_tool *tool, struct redis_report *report)
{
    const struct answer *answer;
    int r = ask_words(tool, WORDS("HGET", KEY_DATABASE, "clock"), &answer);

    if (r < 0)
        return r;
    report->empty = answer_kind(answer) == ANSWER_NIL;
    report->manual_clock = !report->empty && bytes_are(answer, "manual");
    if (!report->manual_clock)
        return 0;
    r = ask_words(tool, WORDS("GET", KEY_CLOCK), &answer);
    if (r == 0)
        report->manual_ms = answer_integer(answer);
    return r;
}

static int inspect_once(const struct link_options *options, struct redis_report *report)
{
    struct redis_tool *tool = NULL;
    int r;

    *report = (struct redis_report){ .aof_on = false };
    r = redis_tool_open(options, &tool);
    if (r == 0)
        r = inspect_info(tool, report);
    if (r == 0)
        r = inspect_appendfsync(tool, report);
    if (r == 0)
        r = inspect_time(tool, report);
    if (r == 0)
        r = inspect_mark(tool, report);
    redis_tool_close(tool);
    return r;
}

int redis_inspect(const struct link_options *options, int wait_ms, struct redis_report *ret_report)
{
    const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
    int64_t until_ms = machine_ms() + wait_ms;
    struct redis_report report;
    int r;

    for (;;) {
        r = inspect_once(options, &report);
        if (r != -EAGAIN && r != -ENOTCONN)
            break;
        if (machine_ms() >= until_ms)
            return r == -EAGAIN ? -ETIMEDOUT : r;
        nanosleep(&pause, NULL);
    }
    if (r == 0)
        *ret_report = report;
    return r;
}

/* the mark ------------------------------------------------------------------------------------ */

/* The first server's word holds: HSETNX decides between two that start at once. */
static int mark_with(struct redis_tool *tool, bool manual, int64_t manual_ms)
{
    const char *clock = manual ? "manual" : "real";
    const struct answer *answer;
    char now[24], start[24];
    int r;

    snprintf(now, sizeof(now), "%" PRId64, system_time_ms());
    snprintf(start, sizeof(start), "%" PRId64, manual_ms);
    r = ask_words(tool, WORDS("HSETNX", KEY_DATABASE, "clock", clock), &answer);
    if (r == 0)
        r = ask_words(tool, WORDS("HGET", KEY_DATABASE, "clock"), &answer);
    if (r < 0)
        return r;
    if (!bytes_are(answer, clock))
        return -EEXIST;
    r = ask_words(tool, WORDS("HSETNX", KEY_DATABASE, "format", "1"), &answer);
    if (r == 0)
        r = ask_words(tool, WORDS("HSETNX", KEY_DATABASE, "created_ms", now), &answer);
    if (r == 0 && manual)
        r = ask_words(tool, WORDS("SETNX", KEY_CLOCK, start), &answer);
    return r;
}

int redis_mark(const struct link_options *options, bool manual, int64_t manual_ms)
{
    struct redis_tool *tool = NULL;
    int r = redis_tool_open(options, &tool);

    if (r == 0)
        r = mark_with(tool, manual, manual_ms);
    redis_tool_close(tool);
    return r;
}
