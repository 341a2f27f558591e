/*
 * process.h - everything a running hotlined holds, and the steps by which main.c builds it and
 * takes it down. Each step either succeeds or has logged why not and what to do.
 */
#ifndef HOTLINE_PROCESS_H
#define HOTLINE_PROCESS_H

#include "base/arena.h"
#include "base/clock.h"
#include "events/hub.h"
#include "jobs/deadlines.h"
#include "jobs/manual_clock.h"
#include "jobs/metrics_page.h"
#include "options.h"
#include "rpc/rpc.h"
#include "rpc/watchdog.h"
#include "service/field_rules.h"
#include "service/office.h"
#include "storage/redis.h"

enum { PROCESS_LANES_MAX = 32, PROCESS_FILES_MIN = 16384 };

/* Paths of the files in --certs and --keys. */
struct process_files {
    char ca[512], certificate[512], key[512], probe_certificate[512], probe_key[512];
    char blind_index[512], page_token[512];
};

struct process {
    struct options options;
    struct process_files files;
    struct embedded_redis *redis;
    struct redis_address address;
    struct office_clock clock;
    struct arena arena; /* rules and calendars */
    struct rules *rules;
    struct calendar_year *years;
    size_t n_years;
    struct field_rules *field_rules;
    struct office_settings settings;
    struct rpc_server *server;
    int port;
    int lanes;
    struct office *offices[PROCESS_LANES_MAX];
    struct deadlines *deadlines[OPTION_SUBDISTRICTS_MAX];
    struct clock_follower *follower;
    struct hub *hub;
    struct watchdog *watchdog;
    struct metrics_page *metrics;
};

/* before any thread exists */
void process_block_signals(void);
int process_check_limits(void);
int process_start_redis(struct process *process);
/* durability, time skew, clock mark; registers the subdistricts */
int process_check_redis(struct process *process);
/* --check and --rebuild: the exit code */
int process_run_tool(struct process *process);
/* keys, rules, calendars */
int process_read_files(struct process *process);
/* lanes, services, port */
int process_create_server(struct process *process);
int process_start(struct process *process);
/* Blocks until SIGTERM or SIGINT; SIGHUP reloads certificates. */
void process_wait(struct process *process);
/* Health turns NOT_SERVING first, calls drain, Redis goes last. */
void process_stop(struct process *process);

#endif
