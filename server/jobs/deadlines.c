/*
 * deadlines.c - look at the wake index, fire a batch, look again.
 *
 * While a batch was full the next look starts at a random place of what is due: two servers then
 * rarely work on the same orders. When a look finds nothing, or no command got anywhere, the timer
 * rests for a period: a fault can never make it spin.
 */
#include "jobs/deadlines.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "service/road.h"

#include "base/base.h"

enum {
    BATCH = 128,
    SPREAD = 8, /* places at which a look may start */
    PERIOD_MS = 100,
    COUNT_MS = 5000,
    FIRE_DEADLINE_MS = 5000,
    FIRE_BYTES_MAX = 256 * 1024,
};

/* One order being fired. */
struct firing {
    struct deadlines *owner;
    struct errand errand;
    struct arena arena;
};

struct deadlines {
    struct office *office;
    char subdistrict[SUBDISTRICT_BYTES_MAX];
    struct loop_timer timer;
    struct loop_job begin;
    struct storage_ask look;
    bool was_full;
    int under_way, got_on;
    struct loop_timer count_timer;
    struct storage_ask count, count_due;
    /* read by other threads */
    _Atomic uint64_t fired, lost, troubled;
    _Atomic int64_t lag_ms, running, past_due;
    struct firing firings[BATCH];
};

static const struct road_row timer_row = {
    .method = "FireTimer",
    .load = LOAD_ORDER,
    .collection = "orders",
    .ask = NULL,
};

static void deadlines_look(struct deadlines *deadlines);

static void deadlines_rest(struct deadlines *deadlines)
{
    deadlines->was_full = false;
    loop_timer_set(office_loop(deadlines->office), &deadlines->timer, PERIOD_MS);
}

/* The last of a batch has come back. */
static void deadlines_batch_done(struct deadlines *deadlines)
{
    if (deadlines->was_full && deadlines->got_on > 0)
        deadlines_look(deadlines);
    else
        deadlines_rest(deadlines);
}

static void firing_done(struct errand *errand)
{
    struct firing *firing = CONTAINER_OF(errand, struct firing, errand);
    struct deadlines *deadlines = firing->owner;

    if (errand->refusal && errand->refusal->fault->status == STATUS_UNAVAILABLE)
        deadlines->troubled++;
    else if (errand->refusal)
        log_event(LOG_LEVEL_ERROR, "timer_refused", "subdistrict=%s order=%s reason=%s",
                  deadlines->subdistrict, errand->resource, errand->refusal->fault->reason);
    else if (errand->sequence)
        deadlines->fired++;
    else
        deadlines->lost++;
    if (!errand->refusal)
        deadlines->got_on++;
    arena_release(&firing->arena);
    if (--deadlines->under_way == 0)
        deadlines_batch_done(deadlines);
}

static void deadlines_fire(struct deadlines *deadlines, struct firing *firing, struct slice id)
{
    struct errand *errand = &firing->errand;

    firing->owner = deadlines;
    arena_init(&firing->arena, FIRE_BYTES_MAX);
    memset(errand, 0, sizeof(*errand));
    errand->office = deadlines->office;
    errand->row = &timer_row;
    errand->deadline_ms = machine_ms() + FIRE_DEADLINE_MS;
    errand->arena = &firing->arena;
    errand->done = firing_done;
    errand->command.kind = COMMAND_FIRE_TIMER;
    memcpy(errand->subdistrict, deadlines->subdistrict, sizeof(deadlines->subdistrict));
    (void)snprintf(errand->resource, sizeof(errand->resource), "%.*s", (int)id.size,
                   (const char *)id.data);
    road_run(errand);
}

/* What is due: order ids, and their instants (WITHSCORES). */
static void deadlines_seen(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct deadlines *deadlines = CONTAINER_OF(ask, struct deadlines, look);
    size_t count = status == 0 ? answer_count(answer) / 2 : 0;

    if (count == 0) {
        deadlines_rest(deadlines);
        return;
    }
    deadlines->lag_ms = office_now_ms(deadlines->office) - answer_integer(answer_at(answer, 1));
    deadlines->was_full = count == BATCH;
    deadlines->got_on = 0;
    deadlines->under_way = (int)count; /* before the first: an errand may be done at once */
    for (size_t i = 0; i < count; i++)
        deadlines_fire(deadlines, &deadlines->firings[i], answer_bytes(answer_at(answer, 2 * i)));
}

static void deadlines_look(struct deadlines *deadlines)
{
    char now[24], offset[24], limit[24];
    struct key wake = key_of(KEY_WAKE, deadlines->subdistrict, "");
    uint8_t dice = 0;
    int r;

    if (deadlines->was_full)
        (void)random_bytes(&dice, 1);
    (void)snprintf(now, sizeof(now), "%lld", (long long)office_now_ms(deadlines->office));
    (void)snprintf(offset, sizeof(offset), "%d", dice % SPREAD * BATCH);
    (void)snprintf(limit, sizeof(limit), "%d", BATCH);
    const struct slice arguments[] = {
        slice_text("ZRANGE"), key_slice(&wake),      slice_text("-inf"),
        slice_text(now),      slice_text("BYSCORE"), slice_text("LIMIT"),
        slice_text(offset),   slice_text(limit),     slice_text("WITHSCORES"),
    };
    deadlines->look = (struct storage_ask){ .done = deadlines_seen };
    r = link_ask(office_link(deadlines->office), &deadlines->look, arguments, COUNT_OF(arguments));
    if (r < 0)
        deadlines_rest(deadlines);
}

static void deadlines_timer(struct loop_timer *timer)
{
    deadlines_look(CONTAINER_OF(timer, struct deadlines, timer));
}

/* counting, for the metrics ------------------------------------------------------------------- */

static void deadlines_counted(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct deadlines *deadlines = CONTAINER_OF(ask, struct deadlines, count);

    if (status == 0)
        deadlines->running = answer_integer(answer);
}

static void deadlines_counted_due(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct deadlines *deadlines = CONTAINER_OF(ask, struct deadlines, count_due);

    if (status == 0)
        deadlines->past_due = answer_integer(answer);
    if (status != -ECANCELED)
        loop_timer_set(office_loop(deadlines->office), &deadlines->count_timer, COUNT_MS);
}

static void deadlines_count(struct loop_timer *timer)
{
    struct deadlines *deadlines = CONTAINER_OF(timer, struct deadlines, count_timer);
    struct storage_link *link = office_link(deadlines->office);
    struct key due = key_of(KEY_DUE, deadlines->subdistrict, "");
    char now[24];

    (void)snprintf(now, sizeof(now), "%lld", (long long)office_now_ms(deadlines->office));
    const struct slice all[] = { slice_text("ZCARD"), key_slice(&due) };
    const struct slice past[] = { slice_text("ZCOUNT"), key_slice(&due), slice_text("-inf"),
                                  slice_text(now) };

    deadlines->count = (struct storage_ask){ .done = deadlines_counted };
    deadlines->count_due = (struct storage_ask){ .done = deadlines_counted_due };
    (void)link_ask(link, &deadlines->count, all, COUNT_OF(all));
    if (link_ask(link, &deadlines->count_due, past, COUNT_OF(past)) < 0)
        loop_timer_set(office_loop(deadlines->office), &deadlines->count_timer, COUNT_MS);
}

/* life cycle ---------------------------------------------------------------------------------- */

static void deadlines_begin(struct loop_job *job)
{
    struct deadlines *deadlines = CONTAINER_OF(job, struct deadlines, begin);

    deadlines_look(deadlines);
    deadlines_count(&deadlines->count_timer);
}

int deadlines_create(struct office *office, const char *subdistrict,
                     struct deadlines **ret_deadlines)
{
    struct deadlines *deadlines = memory_alloc(sizeof(*deadlines));

    if (!deadlines)
        return -ENOMEM;
    must(strlen(subdistrict) < sizeof(deadlines->subdistrict));
    memcpy(deadlines->subdistrict, subdistrict, strlen(subdistrict) + 1);
    deadlines->office = office;
    deadlines->timer.fire = deadlines_timer;
    deadlines->count_timer.fire = deadlines_count;
    deadlines->begin.run = deadlines_begin;
    loop_post(office_loop(office), &deadlines->begin);
    *ret_deadlines = deadlines;
    return 0;
}

struct deadlines *deadlines_free(struct deadlines *deadlines)
{
    return memory_free(deadlines);
}

void deadlines_stats(const struct deadlines *deadlines, struct deadlines_stats *ret_stats)
{
    *ret_stats = (struct deadlines_stats){
        .fired = deadlines->fired,
        .lost = deadlines->lost,
        .troubled = deadlines->troubled,
        .lag_ms = deadlines->lag_ms,
        .running = deadlines->running,
        .past_due = deadlines->past_due,
    };
}
