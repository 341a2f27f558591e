/*
 * loop.h - one thread's event loop: file descriptors, timers, jobs posted by other threads.
 *
 * Invariants: every callback runs on the loop's thread, one at a time, with no lock held. A turn
 * is: jobs posted, descriptors ready, timers due, then the turn hooks (which flush what the turn
 * gathered: the Redis link writes once a turn). Posting is lock-free and wakes the loop only when
 * it sleeps, so a burst of hand-overs costs one system call.
 */
#ifndef HOTLINE_BASE_LOOP_H
#define HOTLINE_BASE_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Embedded in what is handed over. Posted again only after run() was called. */
struct loop_job {
    void (*run)(struct loop_job *job);
    struct loop_job *next; /* private */
};

/* A descriptor watched. `events` and what ready() gets are EPOLL* bits. */
struct loop_watch {
    int fd;
    void (*ready)(struct loop_watch *watch, uint32_t events);
};

struct loop_timer {
    void (*fire)(struct loop_timer *timer);
    int64_t at_ms;           /* private: machine time; 0 = not set */
    struct loop_timer *next; /* private */
};

/* Called at the end of every turn. */
struct loop_hook {
    void (*turn)(struct loop_hook *hook);
    struct loop_hook *next; /* private */
};

/* life cycle */
int loop_create(struct loop **ret_loop);
struct loop *loop_free(struct loop *loop);
/* Runs until loop_stop(); jobs posted before it are still run. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* any thread */

/* hand-over, any thread; jobs of one thread keep their order */
void loop_post(struct loop *loop, struct loop_job *job);

/* descriptors, timers, hooks: the loop's thread, or before loop_run() */
int loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
int loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_remove(struct loop *loop, struct loop_watch *watch);
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_ms);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);
void loop_hook_add(struct loop *loop, struct loop_hook *hook);

#endif
