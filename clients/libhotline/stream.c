/*
 * stream.c - what the server streams: ListDue once, WatchReminders for as long as it is wanted.
 *
 * One stream is one call on its own completion queue: a batch that sends the request, then a read
 * at a time, then the status. The watch puts the cursor of the last message it handed out into
 * the next request. A watch that hears nothing for silence_ms_max (the server says something every
 * 10 seconds) is on a dead connection and comes back on a new one.
 */
#include <errno.h>
#include <string.h>

#include <grpc/grpc.h>
#include <grpc/support/time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "libhotline/internal.h"

#include "base/base.h"

typedef int each_fn(void *user, const ProtobufCMessage *message);

/* What one stream needs. */
struct stream {
    struct hotline *h;
    const struct hotline_method *method;
    struct exchange exchange;
    int64_t silence_ms_max; /* 0 = may be silent until its deadline */
};

/* Tags; their addresses are what counts. */
static const char opened, read_one, ended;

static void *tag(const char *which)
{
    return (void *)(uintptr_t)which;
}

static bool wait_for(struct stream *stream, const char *which, gpr_timespec until)
{
    return grpc_completion_queue_pluck(stream->exchange.queue, tag(which), until, NULL).type ==
           GRPC_OP_COMPLETE;
}

static void stream_send(struct stream *stream, const struct request *request)
{
    grpc_byte_buffer *sent = request_buffer(request);
    grpc_metadata person;
    grpc_op ops[] = {
        { .op = GRPC_OP_SEND_INITIAL_METADATA,
          .data.send_initial_metadata = { .count = call_metadata(stream->h, &person),
                                          .metadata = &person } },
        { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = sent },
        { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
        { .op = GRPC_OP_RECV_INITIAL_METADATA,
          .data.recv_initial_metadata.recv_initial_metadata = &stream->exchange.initial },
    };
    grpc_op last = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
                     .data.recv_status_on_client = {
                         .trailing_metadata = &stream->exchange.trailing,
                         .status = &stream->exchange.status,
                         .status_details = &stream->exchange.message } };

    must(grpc_call_start_batch(stream->exchange.call, &last, 1, tag(&ended), NULL) == GRPC_CALL_OK);
    must(grpc_call_start_batch(stream->exchange.call, ops, COUNT_OF(ops), tag(&opened), NULL) ==
         GRPC_CALL_OK);
    grpc_byte_buffer_destroy(sent); /* its bytes went with the batch */
}

/* The next message; NULL when there is none any more. */
static grpc_byte_buffer *stream_read(struct stream *stream)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC), until = forever;
    grpc_byte_buffer *buffer = NULL;
    grpc_op op = { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &buffer };

    must(grpc_call_start_batch(stream->exchange.call, &op, 1, tag(&read_one), NULL) ==
         GRPC_CALL_OK);
    if (stream->silence_ms_max > 0)
        until = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                             gpr_time_from_millis(stream->silence_ms_max, GPR_TIMESPAN));
    if (!wait_for(stream, &read_one, until)) {
        grpc_call_cancel_with_status(stream->exchange.call, GRPC_STATUS_UNAVAILABLE,
                                     "nothing heard from the server", NULL);
        must(wait_for(stream, &read_one, forever));
    }
    return buffer;
}

/* Messages until each() says stop (returned as *ret_stop) or the stream ends. */
static int stream_follow(struct stream *stream, each_fn *each, void *user, int *ret_stop)
{
    grpc_byte_buffer *buffer;
    int r = 0;

    while (r == 0 && *ret_stop == 0 && (buffer = stream_read(stream))) {
        ProtobufCMessage *message = answer_unpack(stream->method->answer, buffer);

        if (message)
            *ret_stop = each(user, message);
        else
            r = -EBADMSG;
        hotline_message_free(message);
    }
    if (r < 0 || *ret_stop != 0)
        grpc_call_cancel(stream->exchange.call, NULL);
    return r;
}

/* Runs one stream to its end. */
static int stream_run(struct stream *stream, const ProtobufCMessage *ask, each_fn *each, void *user,
                      struct hotline_error *error)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    bool bounded = stream->silence_ms_max == 0;
    struct running running;
    struct request request;
    int r = request_pack(ask, &request, error), stop = 0;

    if (r < 0)
        return r;
    exchange_open(stream->h, stream->method->path,
                  bounded ? machine_ms() + stream->h->call_ms_max : INT64_MAX, &stream->exchange);
    running = (struct running){ .call = stream->exchange.call };
    if (running_add(stream->h, &running)) {
        stream_send(stream, &request);
        r = stream_follow(stream, each, user, &stop);
        wait_for(stream, &opened, forever);
        wait_for(stream, &ended, forever);
        running_remove(stream->h, &running);
    }
    if (r < 0)
        error_local(error, r, "服务的应答无法解读", "the server's answer cannot be read");
    else
        r = stop ? stop : exchange_error(&stream->exchange, "", error);
    exchange_close(&stream->exchange);
    request_release(&request);
    return r;
}

/* ListDue -------------------------------------------------------------------------------------- */

struct due_reader {
    hotline_due_fn *each;
    void *user;
};

static int due_each(void *user, const ProtobufCMessage *message)
{
    struct due_reader *reader = user;

    return reader->each(reader->user, (const Hotline__V1__ListDueResponse *)message);
}

int hotline_list_due(struct hotline *h, const Hotline__V1__ListDueRequest *ask,
                     hotline_due_fn *each, void *user, struct hotline_error *error)
{
    struct due_reader reader = { .each = each, .user = user };
    struct stream stream = { .h = h, .method = hotline_method_of("ListDue") };

    return stream_run(&stream, &ask->base, due_each, &reader, error);
}

/* WatchReminders ------------------------------------------------------------------------------- */

enum { CURSOR_BYTES = 129 };

struct watch {
    hotline_reminder_fn *each;
    void *user;
    char after[CURSOR_BYTES];
    bool heard; /* this connection has delivered something */
};

static const char *cursor_of(const Hotline__V1__WatchRemindersResponse *message)
{
    switch (message->message_case) {
    case HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_CREATED:
        return message->created->cursor;
    case HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER:
        return message->reminder->cursor;
    case HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_PROGRESS:
        return message->progress->cursor;
    default:
        return "";
    }
}

/* The cursor moves only after the message was handed out: what breaks off is given again. */
static int watch_each(void *user, const ProtobufCMessage *base)
{
    const Hotline__V1__WatchRemindersResponse *message =
        (const Hotline__V1__WatchRemindersResponse *)base;
    const char *cursor = cursor_of(message);
    struct watch *watch = user;
    int stop = watch->each(watch->user, message);

    watch->heard = true;
    if (*cursor && strlen(cursor) < sizeof(watch->after))
        memcpy(watch->after, cursor, strlen(cursor) + 1);
    return stop;
}

int hotline_watch_reminders(struct hotline *h, const Hotline__V1__WatchRemindersRequest *ask,
                            hotline_reminder_fn *each, void *user, struct hotline_error *error)
{
    struct hotline_error own = { 0 }, *say = error ? error : &own;
    struct watch watch = { .each = each, .user = user };
    Hotline__V1__WatchRemindersRequest next = *ask;
    int64_t paused_ms = 0;
    int r;

    do {
        struct stream stream = { .h = h,
                                 .method = hotline_method_of("WatchReminders"),
                                 .silence_ms_max = h->silence_ms_max };

        if (watch.after[0])
            next.after = watch.after;
        watch.heard = false;
        r = stream_run(&stream, &next.base, watch_each, &watch, say);
        if (r == 0) /* ended without a reason: a server that stops */
            say->status = GRPC_STATUS_UNAVAILABLE;
        else if (r != -EHOSTUNREACH)
            break;
        paused_ms = backoff_after(watch.heard ? 0 : paused_ms, say);
        r = -ECANCELED;
    } while (pause_ms(h, paused_ms));
    if (!error)
        hotline_error_release(&own);
    return r;
}
