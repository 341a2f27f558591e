/*
 * redis.h - which Redis we stand on: the embedded one that we start and supervise, or the
 * office's own; and whether it is safe enough to promise that nothing acknowledged is lost.
 */
#ifndef HOTLINE_STORAGE_REDIS_H
#define HOTLINE_STORAGE_REDIS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "storage/link.h"

/* --- the embedded Redis ----------------------------------------------------------------------
 * A small supervisor process, forked before grpc_init, locks the data directory, starts
 * redis-server on a Unix socket in it (appendonly yes, appendfsync always or everysec, noeviction,
 * no TCP port), restarts it when it dies, and ends it when we die (also by kill -9). */
struct embedded_redis;

struct embedded_redis_options {
    const char *directory; /* kept: appendonlydir, redis.log, redis.sock, supervisor.lock */
    const char *program;   /* NULL: redis-server from PATH */
    bool everysec;         /* may lose about one second of acknowledged writes; default false */
};

/* Forks the supervisor; call it before any thread exists.
 * -EALREADY: another process holds the directory. -ENOENT: no redis-server. */
int embedded_redis_start(const struct embedded_redis_options *options,
                         struct embedded_redis **ret_redis);
/* Path of its Unix socket; valid as long as the object. */
const char *embedded_redis_socket(const struct embedded_redis *redis);
/* Shuts Redis down cleanly (waits for it) and ends the supervisor. Accepts NULL. */
struct embedded_redis *embedded_redis_stop(struct embedded_redis *redis);

/* --- an address --------------------------------------------------------------------------------
 * "unix:/path", "redis://[user[:password]@]host:port"; redis:// only to loopback (plain text).
 * -EINVAL with a message in ret_why that says what is allowed. Strings live in `storage`. */
struct redis_address {
    struct link_options options;
    char storage[512];
};
int redis_address_parse(const char *text, struct redis_address *ret_address, const char **ret_why);

/* --- start-up check (blocking, own short connection) ------------------------------------------- */
struct redis_report {
    bool aof_on, aof_always, noeviction;
    char version[32];
    int64_t time_skew_ms; /* Redis TIME minus ours */
    bool manual_clock;    /* the database is marked */
    bool empty;           /* no database mark yet */
    int64_t manual_ms;    /* when manual */
};
/* Waits up to wait_ms while Redis is starting or loading (progress is the caller's to print).
 * -ETIMEDOUT, -EACCES, -ENOTCONN. */
int redis_inspect(const struct link_options *options, int wait_ms, struct redis_report *ret_report);
/* Marks an empty database: clock real or manual, starting at manual_ms. -EEXIST when it is marked
 * the other way. Idempotent. */
int redis_mark(const struct link_options *options, bool manual, int64_t manual_ms);

/* --- a blocking connection for tools (check, rebuild, tests): one command at a time ------------- */
struct redis_tool;
int redis_tool_open(const struct link_options *options, struct redis_tool **ret_tool);
struct redis_tool *redis_tool_close(struct redis_tool *tool);
/* The answer is valid until the next call. NULL when the connection broke. */
const struct answer *redis_tool_ask(struct redis_tool *tool, const struct slice *arguments,
                                    size_t n_arguments);

#endif
