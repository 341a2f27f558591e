/*
 * rpc_stream.c - streams of all shapes, as objects of their lane's loop thread.
 *
 * The CQ thread only forwards: each operation is also a loop job, posted when it completes. So
 * everything below the first section runs on the loop thread, and `due` (how many operations are
 * out) needs no lock. The close operation is out until the call is over for the caller, so due
 * reaches zero exactly once, after everything else: then comes gone(), and the memory goes.
 *
 * One write is in flight at most; the next is started by its completion (gRPC refuses a second
 * one, but only if the first has not completed inline: a bug that hides).
 */
#include <grpc/byte_buffer.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rpc/rpc_queue.h"
#include "rpc/rpc_state.h"
#include "rpc/rpc_wire.h"

#include "base/base.h"

struct rpc_stream_op {
    struct rpc_op op;
    struct loop_job job;
    struct rpc_stream *stream;
    bool out, ok;
};

struct rpc_stream {
    struct rpc_call *call;
    const struct rpc_stream_ops *ops;
    enum rpc_shape shape;
    void *user;
    struct rpc_stream *next, **at; /* the lane's list */
    int due;
    bool opened; /* opened() was called: gone() is owed */
    bool ready;  /* opened() is over: operations may start */
    bool ended;  /* rpc_stream_end(): a status will be sent after the queue */
    bool broken; /* nothing can be sent or is wanted any more */
    bool headers_sent, half_closed, was_full;
    struct rpc_stream_op close, headers, read, write, status;
    struct rpc_queue queue;
    struct rpc_status last;
    struct loop_timer linger;
    struct loop_job open_job;
    struct arena message_arena;
};

/* the CQ thread -------------------------------------------------------------------------------- */

static void op_forward(struct rpc_op *op, bool ok)
{
    struct rpc_stream_op *stream_op = CONTAINER_OF(op, struct rpc_stream_op, op);

    stream_op->ok = ok;
    loop_post(stream_op->stream->call->lane->loop, &stream_op->job);
}

static void op_init(struct rpc_stream *stream, struct rpc_stream_op *op,
                    void (*run)(struct loop_job *job))
{
    op->op.done = op_forward;
    op->job.run = run;
    op->stream = stream;
}

static void stream_open(struct loop_job *job);
static void stream_closed(struct loop_job *job);
static void stream_headers_sent(struct loop_job *job);
static void stream_read(struct loop_job *job);
static void stream_written(struct loop_job *job);
static void stream_status_sent(struct loop_job *job);
static void stream_lingered(struct loop_timer *timer);

bool rpc_stream_open(struct rpc_call *call)
{
    const struct rpc_limits *limits = &call->lane->server->limits;
    struct rpc_stream *stream = memory_alloc(sizeof(*stream));

    if (!stream)
        return false;
    stream->call = call;
    stream->ops = call->entry->method->stream;
    stream->shape = call->entry->method->shape;
    op_init(stream, &stream->close, stream_closed);
    op_init(stream, &stream->headers, stream_headers_sent);
    op_init(stream, &stream->read, stream_read);
    op_init(stream, &stream->write, stream_written);
    op_init(stream, &stream->status, stream_status_sent);
    rpc_queue_init(&stream->queue, (size_t)limits->stream_queue_messages_max,
                   limits->stream_queue_bytes_max);
    rpc_status_init(&stream->last, NULL, NULL);
    stream->linger.fire = stream_lingered;
    stream->open_job.run = stream_open;
    arena_init(&stream->message_arena, limits->arena_bytes_max);
    loop_post(call->lane->loop, &stream->open_job);
    return true;
}

/* operations, on the loop thread from here on ---------------------------------------------------- */

static void op_start(struct rpc_stream_op *op, const grpc_op *ops, size_t n_ops)
{
    must(!op->out);
    op->out = true;
    op->stream->due++;
    rpc_op_start(op->stream->call->core, ops, n_ops, &op->op);
}

static struct rpc_stream *op_back(struct loop_job *job, bool *ret_ok)
{
    struct rpc_stream_op *op = CONTAINER_OF(job, struct rpc_stream_op, job);

    must(op->out && op->stream->due > 0);
    op->out = false;
    op->stream->due--;
    *ret_ok = op->ok;
    return op->stream;
}

static void start_headers(struct rpc_stream *stream)
{
    grpc_op op = { .op = GRPC_OP_SEND_INITIAL_METADATA };

    stream->headers_sent = true;
    op_start(&stream->headers, &op, 1);
}

/* While more waits behind it, gRPC need not hurry with this one: fewer, fuller packets. */
static void start_write(struct rpc_stream *stream)
{
    grpc_byte_buffer *buffer = rpc_queue_next(&stream->queue);
    grpc_op op = { .op = GRPC_OP_SEND_MESSAGE,
                   .flags = stream->queue.count > 0 ? GRPC_WRITE_BUFFER_HINT : 0 };

    op.data.send_message.send_message = buffer;
    op_start(&stream->write, &op, 1);
    grpc_byte_buffer_destroy(buffer);
}

static void start_status(struct rpc_stream *stream)
{
    grpc_op ops[2] = { { .op = GRPC_OP_SEND_INITIAL_METADATA } };
    size_t n_ops = stream->headers_sent ? 0 : 1;

    stream->headers_sent = true;
    ops[n_ops++] = rpc_status_op(&stream->last);
    stream->broken = true; /* nothing comes after it */
    op_start(&stream->status, ops, n_ops);
}

static void start_read(struct rpc_stream *stream)
{
    grpc_op op = rpc_call_read_op(stream->call);

    op_start(&stream->read, &op, 1);
}

static bool wants_message(const struct rpc_stream *stream)
{
    return (stream->shape == RPC_BIDI || stream->shape == RPC_CLIENT_STREAM) &&
           !stream->half_closed && !stream->ended && !stream->read.out &&
           rpc_queue_is_low(&stream->queue);
}

/* Starts whatever may be started now. */
static void stream_push_on(struct rpc_stream *stream)
{
    if (!stream->ready || stream->broken)
        return;
    if (!stream->write.out && stream->queue.count > 0)
        start_write(stream);
    else if (!stream->write.out && stream->ended)
        start_status(stream);
    if (!stream->broken && wants_message(stream))
        start_read(stream);
}

/* the end -------------------------------------------------------------------------------------- */

static void stream_vanish(struct rpc_stream *stream)
{
    struct rpc_call *call = stream->call;
    struct rpc_lane *lane = call->lane;

    if (stream->opened)
        stream->ops->gone(stream);
    *stream->at = stream->next;
    if (stream->next)
        stream->next->at = stream->at;
    loop_timer_cancel(lane->loop, &stream->linger);
    rpc_queue_release(&stream->queue);
    rpc_status_release(&stream->last);
    arena_release(&stream->message_arena);
    call->abandoned = !stream->ended;
    rpc_call_settle(call);
    memory_free(call);
    memory_free(stream);
    rpc_lane_over(lane);
}

/* Every job of a stream ends here. */
static void stream_turn(struct rpc_stream *stream)
{
    stream_push_on(stream);
    if (stream->due == 0)
        stream_vanish(stream);
}

static void stream_refuse(struct rpc_stream *stream, enum fault_id fault)
{
    struct refusal refusal = { .fault = fault_of(fault) };

    rpc_stream_end(stream, &refusal);
}

/* The client did not read what was queued before the end. */
static void stream_lingered(struct loop_timer *timer)
{
    struct rpc_stream *stream = CONTAINER_OF(timer, struct rpc_stream, linger);

    (void)grpc_call_cancel_with_status(stream->call->core, GRPC_STATUS_CANCELLED,
                                       "the client did not read to the end", NULL);
}

void rpc_streams_drain(struct loop_job *job)
{
    struct rpc_lane *lane = CONTAINER_OF(job, struct rpc_lane, drain_job);

    lane->streams_end = true;
    for (struct rpc_stream *stream = lane->streams; stream; stream = stream->next)
        stream_refuse(stream, FAULT_SERVER_DRAINING);
}

/* completions ------------------------------------------------------------------------------------ */

static void stream_opened(struct rpc_stream *stream, const ProtobufCMessage *request)
{
    const struct refusal *refusal;

    stream->opened = true;
    refusal = stream->ops->opened(stream, request);
    if (refusal)
        rpc_stream_end(stream, refusal);
    else
        start_headers(stream);
    stream->ready = true;
}

static void stream_open(struct loop_job *job)
{
    struct rpc_stream *stream = CONTAINER_OF(job, struct rpc_stream, open_job);
    struct rpc_lane *lane = stream->call->lane;
    grpc_op op = rpc_call_close_op(stream->call);

    stream->next = lane->streams;
    stream->at = &lane->streams;
    if (stream->next)
        stream->next->at = &stream->next;
    lane->streams = stream;
    op_start(&stream->close, &op, 1);
    if (lane->streams_end)
        stream_refuse(stream, FAULT_SERVER_DRAINING);
    else if (stream->shape == RPC_SERVER_STREAM)
        start_read(stream);
    else
        stream_opened(stream, NULL);
    stream_turn(stream);
}

static void stream_closed(struct loop_job *job)
{
    bool ok;
    struct rpc_stream *stream = op_back(job, &ok);

    stream->broken = true;
    rpc_queue_release(&stream->queue);
    if (stream->call->core_cancelled)
        atomic_store_explicit(&stream->call->cancelled, true, memory_order_relaxed);
    stream_turn(stream);
}

static void stream_headers_sent(struct loop_job *job)
{
    bool ok;

    stream_turn(op_back(job, &ok)); /* not ok: the close follows */
}

/* The request of a server stream. */
static void take_request(struct rpc_stream *stream, grpc_byte_buffer *buffer)
{
    struct rpc_call *call = stream->call;
    const struct refusal *refusal = NULL;
    ProtobufCMessage *request =
        rpc_wire_unpack(&call->arena, call->entry->input,
                        call->lane->server->limits.message_bytes_max, buffer, &refusal);

    if (request)
        stream_opened(stream, request);
    else
        rpc_stream_end(stream, refusal);
}

static void take_message(struct rpc_stream *stream, grpc_byte_buffer *buffer)
{
    struct rpc_call *call = stream->call;
    const struct refusal *refusal = NULL;
    ProtobufCMessage *message =
        rpc_wire_unpack(&stream->message_arena, call->entry->input,
                        call->lane->server->limits.message_bytes_max, buffer, &refusal);

    if (message)
        refusal = stream->ops->message(stream, message);
    if (refusal)
        rpc_stream_end(stream, refusal);
    arena_release(&stream->message_arena);
}

static void stream_read(struct loop_job *job)
{
    bool ok;
    struct rpc_stream *stream = op_back(job, &ok);
    grpc_byte_buffer *buffer = stream->call->received;
    bool failed = !ok || (!buffer && grpc_call_failed_before_recv_message(stream->call->core));

    stream->call->received = NULL;
    if (!buffer)
        stream->half_closed = true; /* after a failure the close follows */
    if (failed || stream->ended || stream->broken)
        ; /* nobody wants to know any more */
    else if (stream->shape == RPC_SERVER_STREAM)
        take_request(stream, buffer);
    else if (buffer)
        take_message(stream, buffer);
    else
        stream->ops->half_closed(stream);
    grpc_byte_buffer_destroy(buffer);
    stream_turn(stream);
}

static void stream_written(struct loop_job *job)
{
    bool ok;
    struct rpc_stream *stream = op_back(job, &ok);

    if (!ok) {
        stream->broken = true; /* the close follows */
        rpc_queue_release(&stream->queue);
    } else if (stream->was_full && rpc_queue_is_low(&stream->queue) && !stream->ended &&
               !stream->broken) {
        stream->was_full = false;
        if (stream->ops->writable)
            stream->ops->writable(stream);
    }
    stream_turn(stream);
}

static void stream_status_sent(struct loop_job *job)
{
    bool ok;

    stream_turn(op_back(job, &ok));
}

/* what a handler may do ------------------------------------------------------------------------- */

enum rpc_push rpc_stream_push(struct rpc_stream *stream, const ProtobufCMessage *message)
{
    size_t bytes;

    if (stream->broken || stream->ended)
        return RPC_GONE;
    bytes = protobuf_c_message_get_packed_size(message);
    if (!rpc_queue_takes(&stream->queue, bytes)) {
        stream->was_full = true;
        return RPC_FULL;
    }
    rpc_queue_add(&stream->queue, rpc_wire_pack(message, bytes));
    stream_push_on(stream);
    return RPC_PUSHED;
}

void rpc_stream_end(struct rpc_stream *stream, const struct refusal *refusal)
{
    struct rpc_call *call = stream->call;

    if (stream->ended || stream->broken)
        return;
    stream->ended = true;
    if (!stream->opened)
        stream->ready = true; /* there will be no opened() to wait for */
    call->answered = true;
    call->answered_us = machine_us();
    call->fault = refusal ? refusal->fault : NULL;
    rpc_status_init(&stream->last, refusal, call->trace);
    loop_timer_set(call->lane->loop, &stream->linger, call->lane->server->limits.stream_linger_ms);
    stream_push_on(stream);
}

struct rpc_lane *rpc_stream_home(const struct rpc_stream *stream)
{
    return stream->call->lane;
}

struct arena *rpc_stream_arena(struct rpc_stream *stream)
{
    return &stream->call->arena;
}

struct loop *rpc_stream_loop(const struct rpc_stream *stream)
{
    return stream->call->lane->loop;
}

int rpc_stream_lane(const struct rpc_stream *stream)
{
    return stream->call->lane->index;
}

const void *rpc_stream_row(const struct rpc_stream *stream)
{
    return stream->call->entry->method->row;
}

const struct rpc_peer *rpc_stream_peer(const struct rpc_stream *stream)
{
    return stream->call->peer;
}

const char *rpc_stream_trace(const struct rpc_stream *stream)
{
    return stream->call->trace;
}

struct slice rpc_stream_metadata(const struct rpc_stream *stream, const char *key)
{
    return rpc_call_metadata(stream->call, key);
}

void rpc_stream_set_user(struct rpc_stream *stream, void *user)
{
    stream->user = user;
}

void *rpc_stream_user(const struct rpc_stream *stream)
{
    return stream->user;
}
