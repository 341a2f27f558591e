/*
 * loop.c - epoll, a list of timers, and a lock-free stack of posted jobs.
 *
 * Jobs are pushed on a stack by any thread and taken all at once and turned round by the loop, so
 * that jobs of one thread keep their order. `asleep` says whether a post must write the eventfd.
 * Timers are few (a dozen per lane), so a sorted list is the simplest thing that is fast enough.
 */
#include "base/loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

#include "base/base.h"

enum { EVENTS_A_TURN = 64 };

struct loop {
    int epoll_fd, wake_fd;
    _Atomic(struct loop_job *) posted;
    _Atomic bool asleep, stopping;
    struct loop_timer *timers; /* soonest first */
    struct loop_hook *hooks;
    struct epoll_event events[EVENTS_A_TURN];
    int n_events; /* of the turn under way, for loop_watch_remove() */
};

/* life cycle ---------------------------------------------------------------------------------- */

int loop_create(struct loop **ret_loop)
{
    struct epoll_event wake = { .events = EPOLLIN };
    struct loop *loop = memory_alloc(sizeof(*loop));
    int r;

    if (!loop)
        return -ENOMEM;
    loop->wake_fd = -1;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0)
        loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) < 0) {
        r = -errno;
        loop_free(loop);
        return r;
    }
    *ret_loop = loop;
    return 0;
}

struct loop *loop_free(struct loop *loop)
{
    if (!loop)
        return NULL;
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    return memory_free(loop);
}

static void loop_wake(struct loop *loop)
{
    uint64_t one = 1;

    if (write(loop->wake_fd, &one, sizeof(one)) < 0)
        must(errno == EAGAIN); /* the counter is full: it is awake anyway */
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    loop_wake(loop);
}

/* hand-over ----------------------------------------------------------------------------------- */

void loop_post(struct loop *loop, struct loop_job *job)
{
    struct loop_job *top = atomic_load(&loop->posted);

    do
        job->next = top;
    while (!atomic_compare_exchange_weak(&loop->posted, &top, job));
    if (atomic_exchange(&loop->asleep, false))
        loop_wake(loop);
}

static bool loop_run_jobs(struct loop *loop)
{
    struct loop_job *stack = atomic_exchange(&loop->posted, NULL), *queue = NULL;

    if (!stack)
        return false;
    while (stack) {
        struct loop_job *job = stack;

        stack = job->next;
        job->next = queue;
        queue = job;
    }
    while (queue) {
        struct loop_job *job = queue;

        queue = job->next; /* before run(): the job may be posted again or freed by it */
        job->run(job);
    }
    return true;
}

/* descriptors --------------------------------------------------------------------------------- */

int loop_watch_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

int loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0 ? -errno : 0;
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = 0; i < loop->n_events; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL; /* its memory may go during this turn */
}

static void loop_run_ready(struct loop *loop)
{
    for (int i = 0; i < loop->n_events; i++) {
        struct loop_watch *watch = loop->events[i].data.ptr;

        if (watch)
            watch->ready(watch, loop->events[i].events);
    }
    loop->n_events = 0;
}

/* timers -------------------------------------------------------------------------------------- */

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    struct loop_timer **at = &loop->timers;

    if (!timer->at_ms)
        return;
    while (*at != timer) {
        must(*at);
        at = &(*at)->next;
    }
    *at = timer->next;
    timer->at_ms = 0;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t after_ms)
{
    struct loop_timer **at = &loop->timers;

    loop_timer_cancel(loop, timer);
    timer->at_ms = machine_ms() + (after_ms > 0 ? after_ms : 0);
    while (*at && (*at)->at_ms <= timer->at_ms)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static void loop_run_timers(struct loop *loop)
{
    int64_t now = machine_ms();

    while (loop->timers && loop->timers->at_ms <= now) {
        struct loop_timer *timer = loop->timers;

        loop->timers = timer->next;
        timer->at_ms = 0;
        timer->fire(timer);
    }
}

/* Milliseconds until the next timer; -1 for none. */
static int loop_patience_ms(const struct loop *loop)
{
    int64_t left;

    if (!loop->timers)
        return -1;
    left = loop->timers->at_ms - machine_ms();
    if (left < 0)
        return 0;
    return left > 60000 ? 60000 : (int)left;
}

/* turns --------------------------------------------------------------------------------------- */

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
    hook->next = loop->hooks;
    loop->hooks = hook;
}

/* Waits for something to do. A job posted after `asleep` was set wakes us through the eventfd; one
 * posted before is seen by the second look. */
static void loop_wait(struct loop *loop)
{
    int patience = loop_patience_ms(loop), n;

    atomic_store(&loop->asleep, true);
    if (atomic_load(&loop->posted) || atomic_load(&loop->stopping))
        patience = 0;
    n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_A_TURN, patience);
    atomic_store(&loop->asleep, false);
    loop->n_events = 0;
    for (int i = 0; i < n; i++) {
        if (!loop->events[i].data.ptr) {
            uint64_t count;

            (void)!read(loop->wake_fd, &count, sizeof(count));
            continue;
        }
        loop->events[loop->n_events++] = loop->events[i];
    }
}

void loop_run(struct loop *loop)
{
    bool stopping;

    do {
        stopping = atomic_load(&loop->stopping);
        if (!stopping)
            loop_wait(loop);
        loop_run_jobs(loop);
        loop_run_ready(loop);
        loop_run_timers(loop);
        for (struct loop_hook *hook = loop->hooks; hook; hook = hook->next)
            hook->turn(hook);
    } while (!stopping || atomic_load(&loop->posted));
}
