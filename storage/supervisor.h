/*
 * supervisor.h - the process between hotlined and its embedded Redis. Private to storage.
 *
 * Invariants: Redis lives no longer than hotlined (the life pipe closes however hotlined ends) and
 * no longer than the supervisor (parent-death signal); two Redis never share a directory (each
 * holds the lock it inherited until it is gone, even when supervisor and hotlined were killed).
 */
#ifndef HOTLINE_STORAGE_SUPERVISOR_H
#define HOTLINE_STORAGE_SUPERVISOR_H

#include <stdbool.h>

/* Names in the data directory. */
#define SUPERVISOR_SOCKET "redis.sock"
#define SUPERVISOR_OWNER_LOCK "supervisor.lock" /* held by hotlined */
#define SUPERVISOR_REDIS_LOCK "redis.lock"      /* held by supervisor and Redis */

struct supervisor_task {
    const char *program; /* path of redis-server */
    bool everysec;
    int directory_fd;
    int life_fd;   /* read end; end of file = hotlined is gone or wants to stop */
    int report_fd; /* one int is written: 0 once Redis was started, or the trouble */
};

/* Runs in the forked child. */
_Noreturn void supervisor_run(const struct supervisor_task *task);

#endif
