/*
 * rpc_call.c - one unary call's life, and the objects that calls live in.
 *
 * A call has two strands. The close strand is one operation, out from the start: gRPC completes
 * it when the call is over for the caller (answered, cancelled, deadline, connection lost). The
 * road strand is the request being read, then the handler, then the answer being sent; it is
 * always exactly one of these. When both have come back, which is always seen by the CQ thread,
 * nobody can still touch the call, and it is settled and kept for the next caller. So a unary
 * call needs neither lock nor reference count, though its answer may come from the loop thread.
 */
#include <ctype.h>
#include <grpc/byte_buffer.h>
#include <grpc/support/time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "rpc/rpc_state.h"
#include "rpc/rpc_wire.h"

#include "base/base.h"

enum { PATH_BYTES_MAX = 96 };

void rpc_op_start(grpc_call *call, const grpc_op *ops, size_t n_ops, struct rpc_op *op)
{
    RPC_HANDED_OVER(op);
    must(grpc_call_start_batch(call, ops, n_ops, op, NULL) == GRPC_CALL_OK);
}

/* the end -------------------------------------------------------------------------------------- */

static void call_count(const struct rpc_call *call)
{
    struct rpc_counters *counters = &call->lane->counters[call->entry->index];
    int64_t us = call->answered_us - call->accepted_us;
    size_t outcome = call->abandoned ? FAULT_MAX : call->fault ? call->fault->id : FAULT_NONE;
    size_t bucket = 0;

    atomic_fetch_add_explicit(&counters->outcomes[outcome], 1, memory_order_relaxed);
    if (!call->answered || !call->entry->method || call->entry->method->shape != RPC_UNARY)
        return;
    while (bucket < RPC_LATENCY_BUCKETS - 1 && us > (int64_t)64 << bucket)
        bucket++;
    atomic_fetch_add_explicit(&counters->latency[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->latency_us_sum, (uint64_t)us, memory_order_relaxed);
}

/* The path as the caller wrote it, with nothing in it that could pass for more than a path. */
static void path_text(const grpc_slice *path, char text[PATH_BYTES_MAX])
{
    size_t size = GRPC_SLICE_LENGTH(*path);

    if (size > PATH_BYTES_MAX - 1)
        size = PATH_BYTES_MAX - 1;
    memcpy(text, GRPC_SLICE_START_PTR(*path), size);
    text[size] = 0;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("/._", text[i]))
            text[i] = '?';
}

/* Refusals at INFO, everything else at DEBUG; shed calls are summed up by the lane instead. */
static void call_log(const struct rpc_call *call)
{
    const struct fault *fault = call->fault;
    enum log_level level = fault && !call->abandoned ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
    char path[PATH_BYTES_MAX];

    if (level < log_level_now() || (fault && fault->id == FAULT_TOO_MANY_CALLS && !call->counted))
        return;
    path_text(&call->details.method, path);
    log_event(level,
              call->abandoned ? "call_abandoned"
              : fault         ? "call_refused"
                              : "call_answered",
              "method=%s reason=%s us=%lld trace=%s", path, fault ? fault->reason : "OK",
              (long long)((call->answered ? call->answered_us : machine_us()) - call->accepted_us),
              call->trace);
}

void rpc_call_settle(struct rpc_call *call)
{
    call_count(call);
    call_log(call);
    if (call->counted)
        atomic_fetch_sub_explicit(call->counted, 1, memory_order_relaxed);
    rpc_peer_unref(call->peer);
    grpc_byte_buffer_destroy(call->received);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    arena_release(&call->arena);
    grpc_call_unref(call->core);
}

static void strand_over(struct rpc_call *call)
{
    struct rpc_lane *lane = call->lane; /* outlives the call */

    must(call->strands > 0);
    if (--call->strands > 0)
        return;
    rpc_call_settle(call);
    rpc_call_give(call);
    rpc_lane_over(lane);
}

/* the beginning -------------------------------------------------------------------------------- */

static void call_trace(struct rpc_call *call)
{
    struct slice header = rpc_call_metadata(call, "traceparent");

    if (!header.data || !rpc_trace_parse(header, call->trace))
        rpc_trace_make(&call->lane->random, call->trace);
}

/* A line a second at most, however many callers there are. */
static void log_shed(struct rpc_lane *lane)
{
    int64_t now = machine_ms();

    atomic_fetch_add_explicit(&lane->calls_shed, 1, memory_order_relaxed);
    lane->shed_unlogged++;
    if (now - lane->shed_logged_ms < 1000)
        return;
    log_event(LOG_LEVEL_WARNING, "calls_shed", "lane=%d calls=%llu in_flight=%lld streams=%lld",
              lane->index, (unsigned long long)lane->shed_unlogged,
              (long long)atomic_load(&lane->calls_in_flight),
              (long long)atomic_load(&lane->streams_open));
    lane->shed_logged_ms = now;
    lane->shed_unlogged = 0;
}

/* Takes a place among those in flight, or fills the refusal. The wait proposed to the shed is
 * spread, so that they do not come back together. */
static bool call_admit(struct rpc_call *call, bool stream, struct refusal *refusal)
{
    struct rpc_lane *lane = call->lane;
    const struct rpc_limits *limits = &lane->server->limits;
    _Atomic int64_t *counter = stream ? &lane->streams_open : &lane->calls_in_flight;
    int64_t max = stream ? limits->streams_max : limits->calls_in_flight_max;

    if (atomic_fetch_add_explicit(counter, 1, memory_order_relaxed) < max) {
        call->counted = counter;
        return true;
    }
    atomic_fetch_sub_explicit(counter, 1, memory_order_relaxed);
    log_shed(lane);
    refusal->fault = fault_of(FAULT_TOO_MANY_CALLS);
    refusal->retry_after_ms = 500 + (int64_t)(rpc_random_next(&lane->random) % 1000);
    return false;
}

static void call_begin(struct rpc_call *call)
{
    const grpc_slice *path = &call->details.method;
    struct rpc_lane *lane = call->lane;
    struct refusal refusal = { 0 };
    grpc_op op;
    bool stream, admitted;

    call->accepted_us = machine_us();
    call_trace(call);
    call->entry = rpc_table_find(&lane->server->table,
                                 slice_of(GRPC_SLICE_START_PTR(*path), GRPC_SLICE_LENGTH(*path)));
    stream = call->entry->method && call->entry->method->shape != RPC_UNARY;
    admitted = call_admit(call, stream, &refusal);
    if (admitted && !call->entry->method)
        refusal.fault = fault_of(FAULT_METHOD_UNKNOWN);
    if (admitted && !refusal.fault)
        call->peer = rpc_peers_find(&lane->peers, call->core);
    if (admitted && stream) {
        if (rpc_stream_open(call))
            return;
        refusal.fault = fault_of(FAULT_TOO_MANY_CALLS); /* no memory for it */
    }
    call->strands = 2;
    op = rpc_call_close_op(call);
    rpc_op_start(call->core, &op, 1, &call->close);
    if (refusal.fault) {
        rpc_call_refuse(call, &refusal);
        return;
    }
    op = rpc_call_read_op(call);
    rpc_op_start(call->core, &op, 1, &call->read);
}

/* completions, on the CQ thread ------------------------------------------------------------------ */

static void call_accepted(struct rpc_op *op, bool ok)
{
    struct rpc_call *call = CONTAINER_OF(op, struct rpc_call, accept);
    struct rpc_lane *lane = call->lane;

    lane->armed--;
    if (!ok) { /* the server is draining: nobody came */
        grpc_metadata_array_destroy(&call->metadata);
        grpc_call_details_destroy(&call->details);
        rpc_call_give(call);
        return;
    }
    atomic_fetch_add(&lane->live, 1);
    rpc_lane_arm(lane); /* first of all: callers must never find nobody waiting */
    call_begin(call);
}

static void call_closed(struct rpc_op *op, bool ok)
{
    struct rpc_call *call = CONTAINER_OF(op, struct rpc_call, close);

    (void)ok; /* always true */
    if (call->core_cancelled)
        atomic_store_explicit(&call->cancelled, true, memory_order_relaxed);
    strand_over(call);
}

static void call_read(struct rpc_op *op, bool ok)
{
    struct rpc_call *call = CONTAINER_OF(op, struct rpc_call, read);
    const struct rpc_limits *limits = &call->lane->server->limits;
    const struct refusal *refusal = NULL;
    ProtobufCMessage *request;

    if (!call->received && (!ok || grpc_call_failed_before_recv_message(call->core))) {
        call->abandoned = true; /* cancelled, or gRPC has refused it already */
        strand_over(call);
        return;
    }
    request = rpc_wire_unpack(&call->arena, call->entry->input, limits->message_bytes_max,
                              call->received, &refusal);
    grpc_byte_buffer_destroy(call->received);
    call->received = NULL;
    if (request)
        call->entry->method->unary(call, request);
    else
        rpc_call_refuse(call, refusal);
}

static void call_answered(struct rpc_op *op, bool ok)
{
    (void)ok; /* false: the caller was gone already, which is not our trouble */
    strand_over(CONTAINER_OF(op, struct rpc_call, answer));
}

/* the answer: CQ thread or loop thread ----------------------------------------------------------- */

/* After the batch is started the call may be gone at any moment. */
static void call_send(struct rpc_call *call, const struct refusal *refusal,
                      grpc_byte_buffer *message)
{
    grpc_op ops[3] = { { .op = GRPC_OP_SEND_INITIAL_METADATA }, { .op = GRPC_OP_SEND_MESSAGE } };
    struct rpc_status status;
    size_t n_ops = 1;

    must(!call->answered);
    call->answered = true;
    call->fault = refusal ? refusal->fault : NULL;
    call->answered_us = machine_us();
    rpc_status_init(&status, refusal, call->trace);
    if (message)
        ops[n_ops++].data.send_message.send_message = message;
    ops[n_ops++] = rpc_status_op(&status);
    rpc_op_start(call->core, ops, n_ops, &call->answer);
    rpc_status_release(&status);
}

void rpc_call_answer(struct rpc_call *call, const ProtobufCMessage *response)
{
    struct refusal too_large = { .fault = fault_of(FAULT_TOO_LARGE) };
    grpc_byte_buffer *message;
    size_t size = call->arena.failed ? SIZE_MAX : protobuf_c_message_get_packed_size(response);

    if (size > call->lane->server->limits.arena_bytes_max) {
        call_send(call, &too_large, NULL);
        return;
    }
    message = rpc_wire_pack(response, size);
    call_send(call, NULL, message);
    grpc_byte_buffer_destroy(message);
}

void rpc_call_refuse(struct rpc_call *call, const struct refusal *refusal)
{
    must(refusal && refusal->fault);
    call_send(call, refusal, NULL);
}

/* objects ------------------------------------------------------------------------------------- */

struct rpc_call *rpc_call_take(struct rpc_lane *lane)
{
    struct rpc_call *call = lane->free_calls;

    if (call) {
        lane->free_calls = call->next_free;
        lane->n_free_calls--;
        *call = (struct rpc_call){ 0 };
    } else {
        call = memory_alloc(sizeof(*call));
        if (!call)
            return NULL;
    }
    call->lane = lane;
    call->accept.done = call_accepted;
    call->close.done = call_closed;
    call->read.done = call_read;
    call->answer.done = call_answered;
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    arena_init(&call->arena, lane->server->limits.arena_bytes_max);
    return call;
}

void rpc_call_give(struct rpc_call *call)
{
    struct rpc_lane *lane = call->lane;

    if (lane->n_free_calls == RPC_FREE_CALLS_MAX) {
        memory_free(call);
        return;
    }
    call->next_free = lane->free_calls;
    lane->free_calls = call;
    lane->n_free_calls++;
}

void rpc_calls_release(struct rpc_lane *lane)
{
    while (lane->free_calls) {
        struct rpc_call *call = lane->free_calls;

        lane->free_calls = call->next_free;
        memory_free(call);
    }
    lane->n_free_calls = 0;
}

/* what a handler may ask ------------------------------------------------------------------------- */

grpc_op rpc_call_read_op(struct rpc_call *call)
{
    grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

    op.data.recv_message.recv_message = &call->received;
    return op;
}

grpc_op rpc_call_close_op(struct rpc_call *call)
{
    grpc_op op = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER };

    op.data.recv_close_on_server.cancelled = &call->core_cancelled;
    return op;
}

struct arena *rpc_call_arena(struct rpc_call *call)
{
    return &call->arena;
}

struct loop *rpc_call_loop(const struct rpc_call *call)
{
    return call->lane->loop;
}

int rpc_call_lane(const struct rpc_call *call)
{
    return call->lane->index;
}

const void *rpc_call_row(const struct rpc_call *call)
{
    return call->entry->method->row;
}

const struct rpc_peer *rpc_call_peer(const struct rpc_call *call)
{
    return call->peer;
}

struct slice rpc_call_metadata(const struct rpc_call *call, const char *key)
{
    size_t size = strlen(key);

    for (size_t i = 0; i < call->metadata.count; i++) {
        const grpc_metadata *one = &call->metadata.metadata[i];

        if (GRPC_SLICE_LENGTH(one->key) == size &&
            memcmp(GRPC_SLICE_START_PTR(one->key), key, size) == 0)
            return slice_of(GRPC_SLICE_START_PTR(one->value), GRPC_SLICE_LENGTH(one->value));
    }
    return (struct slice){ 0 };
}

int64_t rpc_call_deadline_ms(const struct rpc_call *call)
{
    gpr_timespec at = call->details.deadline;

    if (gpr_time_cmp(at, gpr_inf_future(at.clock_type)) == 0)
        return INT64_MAX;
    at = gpr_convert_clock_type(at, GPR_CLOCK_MONOTONIC); /* the clock of machine_ms() */
    return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

bool rpc_call_cancelled(const struct rpc_call *call)
{
    return atomic_load_explicit(&call->cancelled, memory_order_relaxed);
}

const char *rpc_call_trace(const struct rpc_call *call)
{
    return call->trace;
}
