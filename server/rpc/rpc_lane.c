/* rpc_lane.c - a lane's two threads: one takes completions, one runs the loop. */
#include <errno.h>
#include <grpc/support/time.h>
#include <signal.h>
#include <stdio.h>

#include "base/memory.h"
#include "rpc/health.h"
#include "rpc/rpc_state.h"

#include "base/base.h"

enum { THREAD_NAME_BYTES = 16 };

void rpc_lane_arm(struct rpc_lane *lane)
{
    struct rpc_server *server = lane->server;

    while (lane->armed < RPC_ARMED && atomic_load(&server->phase) == RPC_RUNNING) {
        struct rpc_call *call = rpc_call_take(lane);

        if (!call)
            return; /* no memory now: the next caller tries again */
        lane->armed++;
        RPC_HANDED_OVER(&call->accept);
        must(grpc_server_request_call(server->core, &call->core, &call->details, &call->metadata,
                                      lane->cq, lane->cq, &call->accept) == GRPC_CALL_OK);
    }
}

void rpc_lane_over(struct rpc_lane *lane)
{
    struct rpc_server *server = lane->server;

    if (atomic_fetch_sub(&lane->live, 1) > 1 || atomic_load(&server->phase) < RPC_DRAINING)
        return;
    pthread_mutex_lock(&server->lock);
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static void lane_shut(struct rpc_op *op, bool ok)
{
    struct rpc_server *server = CONTAINER_OF(op, struct rpc_lane, shutdown)->server;

    (void)ok;
    pthread_mutex_lock(&server->lock);
    server->lanes_shut++;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* One completion; false when there was none in time, or never will be. */
static bool lane_take_completion(struct rpc_lane *lane, gpr_timespec deadline)
{
    grpc_event event = grpc_completion_queue_next(lane->cq, deadline, NULL);
    struct rpc_op *op = event.tag;

    if (event.type != GRPC_OP_COMPLETE)
        return false;
    RPC_TAKEN_OVER(op);
    op->done(op, event.success != 0);
    return true;
}

static void *lane_take_completions(void *argument)
{
    while (lane_take_completion(argument, gpr_inf_future(GPR_CLOCK_MONOTONIC)))
        ;
    return NULL;
}

void rpc_lane_pump(struct rpc_lane *lane)
{
    gpr_timespec soon =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(10, GPR_TIMESPAN));

    while (lane_take_completion(lane, soon))
        soon = gpr_time_0(GPR_CLOCK_MONOTONIC);
}

static void *lane_run_loop(void *argument)
{
    struct rpc_lane *lane = argument;

    loop_run(lane->loop);
    return NULL;
}

int rpc_lane_init(struct rpc_lane *lane, struct rpc_server *server, int index)
{
    int r;

    lane->server = server;
    lane->index = index;
    lane->shutdown.done = lane_shut;
    lane->drain_job.run = rpc_streams_drain;
    lane->health_job.run = health_tell_watchers;
    r = rpc_random_init(&lane->random);
    if (r < 0)
        return r;
    lane->cq = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(server->core, lane->cq, NULL);
    return loop_create(&lane->loop);
}

void rpc_lane_release(struct rpc_lane *lane)
{
    rpc_calls_release(lane);
    rpc_peers_release(&lane->peers);
    lane->loop = loop_free(lane->loop);
    lane->counters = memory_free(lane->counters);
}

/* Signals are main's business: our threads take none. */
static int thread_start(pthread_t *thread, void *(*run)(void *), struct rpc_lane *lane,
                        const char *kind)
{
    char name[THREAD_NAME_BYTES];
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(thread, NULL, run, lane);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r)
        return -r;
    (void)snprintf(name, sizeof(name), "%s-%d", kind, lane->index);
    (void)pthread_setname_np(*thread, name);
    return 0;
}

int rpc_lane_start(struct rpc_lane *lane)
{
    int r;

    rpc_lane_arm(lane);
    r = thread_start(&lane->loop_thread, lane_run_loop, lane, "loop");
    if (r < 0)
        return r;
    lane->loop_runs = true;
    r = thread_start(&lane->cq_thread, lane_take_completions, lane, "calls");
    lane->cq_runs = r == 0;
    return r;
}

void rpc_lane_join(struct rpc_lane *lane)
{
    if (lane->cq_runs)
        must(pthread_join(lane->cq_thread, NULL) == 0);
    else if (lane->cq)
        (void)lane_take_completions(lane); /* never started: what is posted must come back */
    lane->cq_runs = false;
    if (lane->loop_runs) {
        loop_stop(lane->loop); /* after the queue: its last completions are jobs for the loop */
        must(pthread_join(lane->loop_thread, NULL) == 0);
    }
    lane->loop_runs = false;
}
