/*
 * process_redis.c - the steps that concern Redis: start the embedded one, see that it keeps its
 * promises, mark the database, check and rebuild.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "process.h"
#include "storage/record/check.h"

#include "base/base.h"

enum { REDIS_WAIT_MS = 120000, SKEW_MS_MAX = 2000 };

/* When descriptors run out, the listener of gRPC 1.51 dies for good: refuse a low limit. */
int process_check_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    if (limit.rlim_cur < PROCESS_FILES_MIN && limit.rlim_max >= PROCESS_FILES_MIN) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= PROCESS_FILES_MIN)
        return 0;
    log_event(LOG_LEVEL_ERROR, "too_few_descriptors",
              "limit=%llu needed=%d do=\"raise it: LimitNOFILE= in the unit, or ulimit -n\"",
              (unsigned long long)limit.rlim_cur, PROCESS_FILES_MIN);
    return -EMFILE;
}

int process_start_redis(struct process *process)
{
    const struct options *o = &process->options;
    struct embedded_redis_options embedded = { .directory = o->data, .everysec = o->everysec };
    const char *why = "";
    int r;

    if (o->redis) {
        r = redis_address_parse(o->redis, &process->address, &why);
        if (r < 0)
            log_event(LOG_LEVEL_ERROR, "redis_address_refused", "do=\"%s\"", why);
        return r;
    }
    r = embedded_redis_start(&embedded, &process->redis);
    if (r == -EALREADY)
        why = "another hotlined holds this directory: stop it, or use another --data";
    else if (r == -ENOENT)
        why = "redis-server is not installed: apt-get install redis-server, or use --redis";
    else if (r < 0)
        why = "see whether the directory exists and may be written; or use --redis";
    if (r < 0) {
        log_event(LOG_LEVEL_ERROR, "redis_not_started", "data=%s errno=%d do=\"%s\"", o->data, -r,
                  why);
        return r;
    }
    process->address.options = (struct link_options){
        .unix_path = embedded_redis_socket(process->redis),
        .command_timeout_ms = 5000,
        .reconnect_ms_max = 1000,
    };
    return 0;
}

static void report_log(const struct redis_report *report)
{
    bool weak = !report->aof_on || !report->aof_always || !report->noeviction;

    log_event(weak ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, weak ? "redis_is_weak" : "redis_ready",
              "version=%s appendonly=%d always=%d noeviction=%d skew_ms=%lld%s", report->version,
              report->aof_on, report->aof_always, report->noeviction,
              (long long)report->time_skew_ms,
              weak ? " meaning=\"acknowledged writes may be lost; set appendonly yes, appendfsync "
                     "always, maxmemory-policy noeviction\""
                   : "");
}

/* The manual clock is a property of the database: a marked one refuses real time, and the other
 * way round. */
static int process_agree_on_clock(struct process *process, const struct redis_report *report)
{
    const struct options *o = &process->options;
    int r;

    if (o->mode == MODE_SERVE && !report->empty && report->manual_clock != o->manual_clock) {
        log_event(LOG_LEVEL_ERROR, "clock_refused", "do=\"%s\"",
                  report->manual_clock
                      ? "this database is marked for a manual clock: start with --manual-clock"
                      : "this database runs on real time: start without --manual-clock");
        return -EEXIST;
    }
    if (report->empty && o->mode == MODE_SERVE) {
        r = redis_mark(&process->address.options, o->manual_clock, o->manual_ms);
        if (r < 0) {
            log_event(LOG_LEVEL_ERROR, "database_not_marked", "errno=%d", -r);
            return r;
        }
    }
    process->clock.manual = o->mode == MODE_SERVE ? o->manual_clock : report->manual_clock;
    if (process->clock.manual)
        office_clock_follow(&process->clock, report->empty ? o->manual_ms : report->manual_ms);
    return 0;
}

static int process_register_subdistricts(struct process *process)
{
    struct redis_tool *tool = NULL;
    int r = redis_tool_open(&process->address.options, &tool);

    for (int i = 0; r == 0 && i < process->options.n_subdistricts; i++) {
        const struct slice arguments[] = {
            slice_text("SADD"),
            slice_text(KEY_REGISTRY),
            slice_text(process->options.subdistricts[i]),
        };

        if (!redis_tool_ask(tool, arguments, COUNT_OF(arguments)))
            r = -ENOTCONN;
    }
    redis_tool_close(tool);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "subdistricts_not_registered", "errno=%d", -r);
    return r;
}

int process_check_redis(struct process *process)
{
    struct redis_report report;
    int r = redis_inspect(&process->address.options, REDIS_WAIT_MS, &report);

    if (r < 0) {
        log_event(LOG_LEVEL_ERROR, "redis_unusable", "errno=%d do=\"%s\"", -r,
                  r == -EACCES ? "password or ACL user is wrong"
                               : "see whether Redis runs at this address and finished loading");
        return r;
    }
    report_log(&report);
    if (!process->options.manual_clock && !report.manual_clock &&
        llabs(report.time_skew_ms) > SKEW_MS_MAX) {
        log_event(LOG_LEVEL_ERROR, "clock_skew",
                  "skew_ms=%lld do=\"set both machines' clocks (NTP)\"",
                  (long long)report.time_skew_ms);
        return -ETIME;
    }
    r = process_agree_on_clock(process, &report);
    if (r == 0 && process->options.mode == MODE_SERVE)
        r = process_register_subdistricts(process);
    return r;
}

static void tool_say(void *user, const char *text)
{
    (void)user;
    printf("%s\n", text);
    (void)fflush(stdout);
}

int process_run_tool(struct process *process)
{
    bool rebuild = process->options.mode == MODE_REBUILD;
    struct redis_tool *tool = NULL;
    struct check_report report = { 0 };
    int r = redis_tool_open(&process->address.options, &tool);

    if (r == 0)
        r = rebuild ? storage_rebuild(tool, tool_say, NULL, &report)
                    : storage_check(tool, tool_say, NULL, &report);
    redis_tool_close(tool);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "tool_failed", "errno=%d", -r);
    printf("orders %llu, history %llu, texts %llu, index entries %llu, events %llu, faults %llu\n",
           (unsigned long long)report.orders, (unsigned long long)report.history_entries,
           (unsigned long long)report.texts, (unsigned long long)report.index_entries,
           (unsigned long long)report.events, (unsigned long long)report.faults);
    return r == 0 && report.faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
