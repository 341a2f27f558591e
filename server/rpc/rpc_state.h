/*
 * rpc_state.h - the inside of a server: lanes, the method table, one call, one operation.
 *
 * Private to server/rpc. Who may touch what:
 * - rpc_server and its table are constant once started, but for `phase` and the health states;
 * - a lane's peer cache, free list, random state and `armed` belong to its CQ thread, its stream
 *   list to its loop thread; the counters are atomic;
 * - a unary call belongs to its CQ thread, from the hand-over to the answer to the loop thread,
 *   and from the answer on to the CQ thread again. A stream belongs to the loop thread.
 *
 * An rpc_op is what gRPC hands back as a tag. Each is embedded in its call, so that at most one
 * of each kind is in flight, and nothing is allocated for it.
 */
#ifndef HOTLINE_RPC_RPC_STATE_H
#define HOTLINE_RPC_RPC_STATE_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/loop.h"
#include "rpc/rpc.h"
#include "rpc/rpc_peer.h"
#include "rpc/rpc_trace.h"

struct health;
struct reflection;
struct rpc_stream;
struct rpc_tls;

/* gRPC hands memory from thread to thread where TSan cannot see it. */
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define RPC_HANDED_OVER(address) __tsan_release(address)
#define RPC_TAKEN_OVER(address) __tsan_acquire(address)
#else
#define RPC_HANDED_OVER(address) ((void)(address))
#define RPC_TAKEN_OVER(address) ((void)(address))
#endif

enum {
    RPC_ARMED = 256, /* calls posted per CQ: more than these queue up unseen inside gRPC */
    RPC_FREE_CALLS_MAX = 512,
    RPC_LISTENERS_MAX = 4,
    RPC_SERVICES_MAX = 64,
};

/* operations ---------------------------------------------------------------------------------- */

struct rpc_op {
    void (*done)(struct rpc_op *op, bool ok); /* on the CQ thread */
};

/* Starts a batch whose completion is op->done(). The call must not be touched afterwards by a
 * thread that does not own the completion: it may be over before this returns. */
void rpc_op_start(grpc_call *call, const grpc_op *ops, size_t n_ops, struct rpc_op *op);

/* the method table ---------------------------------------------------------------------------- */

struct rpc_entry {
    const char *path; /* "/package.Service/Method" */
    size_t path_size;
    size_t index; /* of its counters */
    const char *service;
    const struct rpc_method *method;
    const ProtobufCMessageDescriptor *input;
};

struct rpc_table {
    struct rpc_entry *entries; /* sorted by path once started; [n_entries] is the unknown method */
    size_t n_entries;
};

int rpc_table_add(struct rpc_table *table, struct arena *a, const struct rpc_service *service);
void rpc_table_sort(struct rpc_table *table);
/* Never NULL: the entry without a method when there is none of this path. */
const struct rpc_entry *rpc_table_find(const struct rpc_table *table, struct slice path);
void rpc_table_release(struct rpc_table *table);

/* counters ------------------------------------------------------------------------------------ */

struct rpc_counters {
    _Atomic uint64_t latency[RPC_LATENCY_BUCKETS];
    _Atomic uint64_t latency_us_sum;
    _Atomic uint64_t outcomes[FAULT_MAX + 1];
};

/* lanes --------------------------------------------------------------------------------------- */

struct rpc_lane {
    struct rpc_server *server;
    int index;
    grpc_completion_queue *cq;
    struct loop *loop;
    pthread_t cq_thread, loop_thread;
    bool cq_runs, loop_runs;

    /* CQ thread */
    int armed;
    struct rpc_call *free_calls;
    int n_free_calls;
    struct rpc_random random;
    struct rpc_peers peers;
    int64_t shed_logged_ms;
    uint64_t shed_unlogged;

    /* loop thread */
    struct rpc_stream *streams;
    bool streams_end; /* draining: every stream ends, none opens */
    struct loop_job drain_job, health_job;

    /* any thread */
    _Atomic int64_t calls_in_flight, streams_open;
    _Atomic int64_t live; /* accepted and not yet settled: what the drain waits for */
    _Atomic uint64_t calls_shed;
    _Atomic bool health_posted;
    struct rpc_counters *counters; /* [n_entries + 1] */
    struct rpc_op shutdown;
};

/* the server ---------------------------------------------------------------------------------- */

enum rpc_phase { RPC_BUILDING, RPC_RUNNING, RPC_DRAINING, RPC_STOPPED };

struct rpc_server {
    struct rpc_limits limits;
    grpc_server *core;
    _Atomic int phase; /* enum rpc_phase */
    struct arena arena;
    struct rpc_table table;
    const ProtobufCServiceDescriptor *services[RPC_SERVICES_MAX];
    size_t n_services;
    struct rpc_tls *listeners[RPC_LISTENERS_MAX];
    size_t n_listeners;
    struct health *health;
    struct reflection *reflection;

    /* rpc_server_drain() waits here, for rpc_lane_over() and the shutdown tags */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int lanes_shut; /* guarded by lock: lanes whose shutdown tag came back */

    int n_lanes;
    struct rpc_lane lanes[];
};

int rpc_lane_init(struct rpc_lane *lane, struct rpc_server *server, int index);
void rpc_lane_release(struct rpc_lane *lane);
/* Arms and starts both threads. On failure what runs is stopped by rpc_lane_join(). */
int rpc_lane_start(struct rpc_lane *lane);
/* An accepted call is settled; any thread. */
void rpc_lane_over(struct rpc_lane *lane);
/* Takes what completions there are, waiting 10 ms for the first: for a lane without a thread. */
void rpc_lane_pump(struct rpc_lane *lane);
/* The queue is shut down: waits for both threads. */
void rpc_lane_join(struct rpc_lane *lane);
/* CQ thread: posts until RPC_ARMED calls wait for callers. */
void rpc_lane_arm(struct rpc_lane *lane);

/* one call ------------------------------------------------------------------------------------ */

struct rpc_call {
    struct rpc_lane *lane;
    const struct rpc_entry *entry;
    grpc_call *core;
    const struct rpc_peer *peer;
    grpc_byte_buffer *received;
    _Atomic int64_t *counted; /* the lane's number of admitted ones that it is part of, or NULL */
    int strands;              /* CQ thread: what is still to come back: the close, the road */
    int core_cancelled;       /* written by gRPC with the close */
    _Atomic bool cancelled;
    bool answered;
    bool abandoned;            /* never answered: the caller went away first */
    const struct fault *fault; /* of the answer; NULL = OK */
    int64_t accepted_us, answered_us;
    struct rpc_op accept, close, read, answer;
    char trace[RPC_TRACE_BYTES];
    grpc_call_details details;
    grpc_metadata_array metadata;
    struct arena arena;
    struct rpc_call *next_free;
};

/* CQ thread: a fresh call object, or NULL without memory. */
struct rpc_call *rpc_call_take(struct rpc_lane *lane);
/* CQ thread: keeps the object for the next caller. */
void rpc_call_give(struct rpc_call *call);
/* CQ thread, end of the lane: frees what is kept. */
void rpc_calls_release(struct rpc_lane *lane);
/* Counts, logs and releases what the call held; the object itself stays. The owner's thread. */
void rpc_call_settle(struct rpc_call *call);
/* The operation that asks for the next message into call->received. */
grpc_op rpc_call_read_op(struct rpc_call *call);
/* The operation that reports the end of the call into call->core_cancelled. */
grpc_op rpc_call_close_op(struct rpc_call *call);

/* Makes a stream of an admitted call and hands it to the loop thread; false without memory, and
 * the call stays the CQ thread's. */
bool rpc_stream_open(struct rpc_call *call);
struct rpc_lane *rpc_stream_home(const struct rpc_stream *stream);
/* Loop thread, as a lane's drain_job: ends every stream with SERVER_DRAINING. */
void rpc_streams_drain(struct loop_job *job);

#endif
