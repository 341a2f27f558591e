/*
 * watch_reminders.c - WatchReminders: reminders as they are raised, from a cursor on.
 *
 * A watcher at an old cursor reads the stream itself until it has caught up with what its lane has
 * heard; then it is live. Both happen on the lane's loop thread, so nothing falls between. Every
 * ten quiet seconds a progress message moves the cursor on, and the caller's rights are looked at
 * again. A watcher that does not keep up is ended with WATCH_LAGGED and its cursor: it resumes
 * there and loses nothing.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "events/hub.h"
#include "service/desk_deadline.h"
#include "service/page_token.h"
#include "service/resource_name.h"
#include "service/stream_walk.h"
#include "service/view_base.h"
#include "service/view_reminder.h"

#include "base/base.h"

enum {
    PROGRESS_MS = 10000,
    HUB_WAIT_MS = 50,
    CATCH_UP_COUNT = 128,
    CATCH_UP_BYTES_MAX = 8 * 1024 * 1024,
    MESSAGE_BYTES_MAX = 256 * 1024,
};

struct reminder_watch {
    struct stream_walk walk; /* first */
    struct hub_lane *lane;
    struct hub_listener listener;
    struct loop_timer timer; /* catching up: ask again; live: progress */
    struct storage_ask ask;
    char unit[UNIT_CODE_BYTES];
    uint64_t sent; /* everything up to this sequence was sent */
    bool created, live;
};

static void watch_catch_up(struct reminder_watch *watch);

/* sending ------------------------------------------------------------------------------------- */

/* False: the stream was ended, or is gone. */
static bool watch_push(struct reminder_watch *watch, Hotline__V1__WatchRemindersResponse *message)
{
    struct arena *a = &watch->walk.arena;
    struct refusal *lagged;
    char cursor[CURSOR_BYTES];

    switch (rpc_stream_push(watch->walk.stream, &message->base)) {
    case RPC_PUSHED:
        return true;
    case RPC_GONE:
        return false;
    case RPC_FULL:
        break;
    }
    cursor_format(watch->sent, cursor);
    lagged = refusal_new(a, FAULT_WATCH_LAGGED);
    refusal_fact(lagged, "cursor", arena_strdup(a, cursor));
    hub_leave(&watch->listener);
    stream_walk_end(&watch->walk, lagged);
    return false;
}

static bool watch_send_created(struct reminder_watch *watch)
{
    char cursor[CURSOR_BYTES];
    Hotline__V1__WatchCreated created = HOTLINE__V1__WATCH_CREATED__INIT;
    Hotline__V1__WatchRemindersResponse message = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__INIT;

    cursor_format(watch->sent, cursor);
    created.cursor = cursor;
    message.message_case = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_CREATED;
    message.created = &created;
    watch->created = true;
    return watch_push(watch, &message);
}

static bool watch_send_progress(struct reminder_watch *watch)
{
    char cursor[CURSOR_BYTES];
    int64_t now = office_now_ms(watch->walk.errand.office);
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__WatchProgress progress = HOTLINE__V1__WATCH_PROGRESS__INIT;
    Hotline__V1__WatchRemindersResponse message = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__INIT;

    cursor_format(watch->sent, cursor);
    time.seconds = now / 1000;
    time.nanos = (int32_t)(now % 1000) * 1000000;
    progress.cursor = cursor;
    progress.server_time = &time;
    message.message_case = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_PROGRESS;
    message.progress = &progress;
    return watch_push(watch, &message);
}

static bool watch_send_reminder(struct reminder_watch *watch, const struct reminder *reminder)
{
    struct errand *errand = &watch->walk.errand;
    char cursor[CURSOR_BYTES];
    struct arena a;
    bool sent = false;
    Hotline__V1__WatchReminder told = HOTLINE__V1__WATCH_REMINDER__INIT;
    Hotline__V1__WatchRemindersResponse message = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__INIT;

    if (watch->unit[0] && strcmp(watch->unit, reminder->main_unit) != 0)
        return true;
    if (!reminder_is_for(reminder, &errand->principal, errand->snapshot->rules))
        return true;
    arena_init(&a, MESSAGE_BYTES_MAX);
    cursor_format(reminder->sequence, cursor);
    told.cursor = cursor;
    told.reminder = view_reminder(reminder, errand->snapshot, &a);
    message.message_case = HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER;
    message.reminder = &told;
    if (told.reminder)
        sent = watch_push(watch, &message);
    else
        stream_walk_end(&watch->walk, refusal_new(&watch->walk.arena, FAULT_TOO_LARGE));
    arena_release(&a);
    return sent;
}

/* live ---------------------------------------------------------------------------------------- */

static void watch_rest(struct reminder_watch *watch, int64_t ms)
{
    loop_timer_set(rpc_stream_loop(watch->walk.stream), &watch->timer, ms);
}

static void watch_heard(struct hub_listener *listener, const struct hub_batch *batch)
{
    struct reminder_watch *watch = CONTAINER_OF(listener, struct reminder_watch, listener);
    bool told = false;

    for (size_t i = 0; i < batch->n_reminders; i++) {
        const struct reminder *reminder = &batch->reminders[i];

        if (reminder->sequence <= watch->sent)
            continue;
        if (!watch_send_reminder(watch, reminder))
            return;
        told = true;
    }
    if (batch->last > watch->sent)
        watch->sent = batch->last;
    if (told)
        watch_rest(watch, PROGRESS_MS);
}

static void watch_go_live(struct reminder_watch *watch)
{
    watch->live = true;
    if (!watch->created && !watch_send_created(watch))
        return;
    hub_listen(watch->lane, &watch->listener);
    watch_rest(watch, PROGRESS_MS);
}

/* catching up --------------------------------------------------------------------------------- */

static uint64_t entry_sequence(const struct answer *entry)
{
    char text[32] = "";
    struct slice id = answer_bytes(answer_at(entry, 0));

    if (id.size < sizeof(text))
        memcpy(text, id.data, id.size);
    return strtoull(text, NULL, 10);
}

static bool watch_take_entry(struct reminder_watch *watch, const struct answer *entry)
{
    struct reminder reminders[CLOCK_MAX];
    struct arena a;
    uint64_t sequence = entry_sequence(entry);
    bool going = true;
    int count;

    arena_init(&a, CATCH_UP_BYTES_MAX);
    count = reminders_of_entry(sequence, answer_bytes(answer_at(answer_at(entry, 1), 1)), &a,
                               reminders);
    arena_release(&a);
    for (int i = 0; going && i < count; i++)
        going = watch_send_reminder(watch, &reminders[i]);
    if (going)
        watch->sent = sequence;
    return going;
}

static void watch_refuse_trimmed(struct reminder_watch *watch, uint64_t oldest)
{
    struct arena *a = &watch->walk.arena;
    char cursor[CURSOR_BYTES];
    struct refusal *refusal = refusal_new(a, FAULT_CURSOR_TRIMMED);

    cursor_format(oldest - 1, cursor);
    stream_walk_end(&watch->walk, refusal_fact(refusal, "oldest_cursor", arena_strdup(a, cursor)));
}

static void watch_caught(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct reminder_watch *watch = CONTAINER_OF(ask, struct reminder_watch, ask);
    size_t count = status == 0 ? answer_count(answer) : 0;
    uint64_t oldest;

    if (!stream_walk_resume(&watch->walk))
        return;
    if (status < 0) {
        stream_walk_end(&watch->walk, refusal_new(&watch->walk.arena, FAULT_STORAGE_UNAVAILABLE));
        return;
    }
    oldest = count > 0 ? entry_sequence(answer_at(answer, 0))
                       : hub_heard(watch->lane, watch->walk.errand.subdistrict) + 1;
    if (oldest > watch->sent + 1) {
        watch_refuse_trimmed(watch, oldest);
        return;
    }
    if (!watch->created && !watch_send_created(watch))
        return;
    for (size_t i = 0; i < count; i++)
        if (!watch_take_entry(watch, answer_at(answer, i)))
            return;
    watch_catch_up(watch);
}

/* Reads on until the lane's place is reached. */
static void watch_catch_up(struct reminder_watch *watch)
{
    struct errand *errand = &watch->walk.errand;
    struct key key = key_of(KEY_EVENTS, errand->subdistrict, "");
    uint64_t heard = hub_heard(watch->lane, errand->subdistrict);
    char from[32], count[8];
    int r;

    if (heard == UINT64_MAX) { /* the hub does not know the end yet */
        watch_rest(watch, HUB_WAIT_MS);
        return;
    }
    if (watch->sent == UINT64_MAX) /* no cursor: from now */
        watch->sent = heard;
    if (watch->sent >= heard) {
        watch_go_live(watch);
        return;
    }
    (void)snprintf(from, sizeof(from), "(%llu-0", (unsigned long long)watch->sent);
    (void)snprintf(count, sizeof(count), "%d", CATCH_UP_COUNT);
    const struct slice arguments[] = {
        slice_text("XRANGE"), key_slice(&key),     slice_text(from),
        slice_text("+"),      slice_text("COUNT"), slice_text(count),
    };
    watch->ask = (struct storage_ask){ .done = watch_caught };
    stream_walk_wait(&watch->walk);
    r = link_ask(office_link(errand->office), &watch->ask, arguments, COUNT_OF(arguments));
    if (r < 0)
        watch_caught(&watch->ask, r, NULL);
}

static void watch_timer(struct loop_timer *timer)
{
    struct reminder_watch *watch = CONTAINER_OF(timer, struct reminder_watch, timer);

    if (!watch->live)
        watch_catch_up(watch);
    else if (stream_walk_renew(&watch->walk) && watch_send_progress(watch))
        watch_rest(watch, PROGRESS_MS);
}

/* life ---------------------------------------------------------------------------------------- */

static void watch_begin(struct stream_walk *walk)
{
    struct reminder_watch *watch = CONTAINER_OF(walk, struct reminder_watch, walk);
    struct errand *errand = &walk->errand;
    const Hotline__V1__WatchRemindersRequest *ask = (const void *)errand->request;

    watch->lane = hub_lane(desk_deadline_hub(), rpc_stream_lane(walk->stream));
    watch->sent = UINT64_MAX;
    if (ask->after[0] && !cursor_parse(ask->after, &watch->sent)) {
        stream_walk_end(walk, refusal_new(errand->arena, FAULT_CURSOR_INVALID));
        return;
    }
    if (ask->unit[0] &&
        !resource_id(ask->unit, errand->subdistrict, "units", watch->unit, sizeof(watch->unit))) {
        stream_walk_end(walk, errand_field(errand, "unit", "须为本街道的单位",
                                           "must be a unit of this subdistrict"));
        return;
    }
    memcpy(watch->listener.subdistrict, errand->subdistrict, sizeof(errand->subdistrict));
    watch_catch_up(watch);
}

static const struct refusal *watch_opened(struct rpc_stream *stream,
                                          const ProtobufCMessage *request)
{
    struct reminder_watch *watch = memory_alloc(sizeof(*watch));

    if (!watch)
        return refusal_new(rpc_stream_arena(stream), FAULT_TOO_LARGE);
    watch->walk.begin = watch_begin;
    watch->listener.heard = watch_heard;
    watch->timer.fire = watch_timer;
    return stream_walk_open(&watch->walk, stream, request);
}

static void watch_gone(struct rpc_stream *stream)
{
    struct reminder_watch *watch = rpc_stream_user(stream);

    if (!watch)
        return;
    hub_leave(&watch->listener);
    loop_timer_cancel(rpc_stream_loop(stream), &watch->timer);
    stream_walk_gone(stream);
}

const struct rpc_stream_ops watch_reminders_ops = {
    .opened = watch_opened,
    .gone = watch_gone,
};
const struct road_row watch_reminders_row = {
    .method = "WatchReminders",
    .permission = MAY_REMINDERS,
    .load = LOAD_NOTHING,
    .walk = stream_walk_admitted,
};
