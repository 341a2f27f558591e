/*
 * list_due.c - ListDue: running clocks by due instant, a hundred a message.
 *
 * The stream reads a piece of the due index, loads the orders of that piece, sends one message and
 * goes on when it was queued; a slow reader holds one piece in memory, not the list. The place in
 * the index is (instant, how many of that instant were read): thousands of clocks end at one
 * midnight.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "hotline/v1/deadline.pb-c.h"
#include "service/desk_deadline.h"
#include "service/order_fetch.h"
#include "service/resource_name.h"
#include "service/stream_walk.h"
#include "service/view_base.h"
#include "service/view_clock.h"
#include "storage/record/index.h"

#include "base/base.h"

enum { PIECE_BYTES_MAX = 8 * 1024 * 1024 };

struct due_walk {
    struct stream_walk walk; /* first */
    char unit[UNIT_CODE_BYTES];
    uint32_t kinds;             /* clocks wanted; 0 = all */
    int64_t from_ms, before_ms; /* before 0 = no end */
    int64_t at_ms;              /* place: this instant ... */
    uint64_t behind;            /* ... behind so many of it */
    struct storage_ask ask;
    struct arena piece;
    struct order_fetch fetch;
    struct clock_member members[ORDER_FETCH_MAX];
    Hotline__V1__ListDueResponse *waiting; /* packed and refused: the queue was full */
    bool last;
};

static void due_read(struct due_walk *due);

static void due_trouble(struct due_walk *due, int status)
{
    enum fault_id fault = status == -ENOMEM ? FAULT_TOO_LARGE : FAULT_STORAGE_UNAVAILABLE;

    stream_walk_end(&due->walk, refusal_new(due->walk.errand.arena, fault));
}

/* Sends the piece; reads the next one when it was queued. */
static void due_send(struct due_walk *due)
{
    Hotline__V1__ListDueResponse *message = due->waiting;

    if (message->n_rows > 0) {
        enum rpc_push pushed = rpc_stream_push(due->walk.stream, &message->base);

        if (pushed != RPC_PUSHED)
            return; /* full: writable() tries again; gone: gone() follows */
    }
    due->waiting = NULL;
    arena_release(&due->piece);
    if (due->last)
        stream_walk_end(&due->walk, NULL);
    else
        due_read(due);
}

static Hotline__V1__DueRow *due_row(struct due_walk *due, const struct order *order,
                                    const struct clock_member *member)
{
    const struct errand *errand = &due->walk.errand;
    const struct snapshot *snapshot = errand->snapshot;
    Hotline__V1__DueRow *row = view_new(&due->piece, &hotline__v1__due_row__descriptor);
    struct order_view view = {
        .order = order,
        .subdistrict = errand->subdistrict,
        .directory = &snapshot->directory,
        .calendar = snapshot->calendar,
        .rules = snapshot->rules,
        .now_ms = errand->now_ms,
        .relation = relation_to(&errand->principal, order),
    };

    if (!row)
        return NULL;
    row->order = view_name(errand->subdistrict, "orders", order->id, &due->piece);
    row->district_number = arena_strdup(&due->piece, order->district_number);
    row->unit = view_name(errand->subdistrict, "units", order->assignment.main_unit, &due->piece);
    row->clock = view_clock(&view, member->clock, &due->piece);
    row->state = (Hotline__V1__OrderState)order->state;
    row->urgent = order->urgent;
    return row;
}

/* A row may be stale: the index was read before the record. */
static bool due_wanted(const struct due_walk *due, const struct order *order,
                       const struct clock_member *member)
{
    const struct errand *errand = &due->walk.errand;
    const struct clock *clock;

    if (!order || (due->kinds && !(due->kinds & (1u << member->clock))))
        return false;
    if (due->unit[0] && strcmp(order->assignment.main_unit, due->unit) != 0)
        return false;
    clock = &order->clocks[member->clock];
    return clock->status == CLOCK_STATUS_RUNNING && clock->stamp == member->stamp &&
           may_on(&errand->principal, errand->row->permission, order, NULL);
}

static void due_fetched(struct order_fetch *fetch, int status)
{
    struct due_walk *due = CONTAINER_OF(fetch, struct due_walk, fetch);
    Hotline__V1__ListDueResponse *message;

    if (!stream_walk_resume(&due->walk))
        return;
    message =
        status < 0 ? NULL : view_new(&due->piece, &hotline__v1__list_due_response__descriptor);
    if (message)
        message->rows = ARENA_ARRAY(&due->piece, Hotline__V1__DueRow *, fetch->count);
    for (size_t i = 0; message && i < fetch->count; i++)
        if (due_wanted(due, fetch->orders[i], &due->members[i]))
            message->rows[message->n_rows++] = due_row(due, fetch->orders[i], &due->members[i]);
    if (!message || due->piece.failed) {
        arena_release(&due->piece);
        due_trouble(due, status < 0 ? status : -ENOMEM);
        return;
    }
    due->waiting = message;
    due_send(due);
}

/* Members and scores of a piece of the index. */
static void due_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct due_walk *due = CONTAINER_OF(ask, struct due_walk, ask);
    size_t count = status == 0 ? answer_count(answer) / 2 : 0;

    if (!stream_walk_resume(&due->walk))
        return;
    if (status < 0 || count == 0) {
        if (status < 0)
            due_trouble(due, status);
        else
            stream_walk_end(&due->walk, NULL);
        return;
    }
    arena_init(&due->piece, PIECE_BYTES_MAX);
    due->fetch.count = 0;
    due->last = count < ORDER_FETCH_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t at_ms = answer_integer(answer_at(answer, 2 * i + 1));
        struct clock_member *member = &due->members[due->fetch.count];

        due->behind = at_ms == due->at_ms ? due->behind + 1 : 1;
        due->at_ms = at_ms;
        if (!clock_member_parse(answer_bytes(answer_at(answer, 2 * i)), member))
            continue;
        memcpy(due->fetch.ids[due->fetch.count++], member->order_id, ORDER_ID_BYTES);
    }
    stream_walk_wait(&due->walk);
    order_fetch_send(&due->fetch);
}

static void due_read(struct due_walk *due)
{
    struct errand *errand = &due->walk.errand;
    struct key key = key_of(KEY_DUE, errand->subdistrict, "");
    char from[24], before[26] = "+inf", behind[24], count[8];
    int r;

    (void)snprintf(from, sizeof(from), "%lld", (long long)due->at_ms);
    if (due->before_ms)
        (void)snprintf(before, sizeof(before), "(%lld", (long long)due->before_ms);
    (void)snprintf(behind, sizeof(behind), "%llu", (unsigned long long)due->behind);
    (void)snprintf(count, sizeof(count), "%d", ORDER_FETCH_MAX);
    const struct slice arguments[] = {
        slice_text("ZRANGE"), key_slice(&key),       slice_text(from),
        slice_text(before),   slice_text("BYSCORE"), slice_text("LIMIT"),
        slice_text(behind),   slice_text(count),     slice_text("WITHSCORES"),
    };
    due->ask = (struct storage_ask){ .done = due_arrived };
    stream_walk_wait(&due->walk);
    r = link_ask(office_link(errand->office), &due->ask, arguments, COUNT_OF(arguments));
    if (r < 0)
        due_arrived(&due->ask, r, NULL);
}

/* The caller may: reads the request and begins. */
static void due_begin(struct stream_walk *walk)
{
    struct due_walk *due = CONTAINER_OF(walk, struct due_walk, walk);
    struct errand *errand = &walk->errand;
    const Hotline__V1__ListDueRequest *ask = (const void *)errand->request;

    if (ask->unit[0] &&
        !resource_id(ask->unit, errand->subdistrict, "units", due->unit, sizeof(due->unit))) {
        stream_walk_end(&due->walk, errand_field(errand, "unit", "须为本街道的单位",
                                                 "must be a unit of this subdistrict"));
        return;
    }
    for (size_t i = 0; i < ask->n_kinds; i++)
        due->kinds |= 1u << ask->kinds[i];
    due->from_ms = view_ms(ask->due_from_time);
    due->before_ms = view_ms(ask->due_before_time);
    due->at_ms = due->from_ms;
    due->fetch.office = errand->office;
    due->fetch.subdistrict = errand->subdistrict;
    due->fetch.arena = &due->piece;
    due->fetch.done = due_fetched;
    due_read(due);
}

static void due_release(struct stream_walk *walk)
{
    arena_release(&CONTAINER_OF(walk, struct due_walk, walk)->piece);
}

static const struct refusal *due_opened(struct rpc_stream *stream, const ProtobufCMessage *request)
{
    struct due_walk *due = memory_alloc(sizeof(*due));

    if (!due)
        return refusal_new(rpc_stream_arena(stream), FAULT_TOO_LARGE);
    due->walk.begin = due_begin;
    due->walk.release = due_release;
    return stream_walk_open(&due->walk, stream, request);
}

static void due_writable(struct rpc_stream *stream)
{
    struct due_walk *due = rpc_stream_user(stream);

    if (due && due->waiting)
        due_send(due);
}

const struct rpc_stream_ops list_due_ops = {
    .opened = due_opened,
    .writable = due_writable,
    .gone = stream_walk_gone,
};
const struct road_row list_due_row = {
    .method = "ListDue",
    .permission = MAY_LIST_ORDERS,
    .load = LOAD_NOTHING,
    .walk = stream_walk_admitted,
};
