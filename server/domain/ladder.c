/*
 * ladder.c - when a clock is due, when it reminds, and when its miss is marked.
 *
 * Every instant is computed from the clock and the rules when it is needed; the clock stores only
 * how far the ladder has been climbed and when to look again. So rules and calendar may change
 * under a running clock, an outage costs nothing but the late rungs, and the same tick on two
 * servers decides the same. A rung never rings outside office hours, whether it was due there or
 * is late; the overdue mark does not wait (DOMAIN 2.5).
 */
#include "domain/ladder.h"

#include "domain/civil.h"
#include "domain/tables.h"

#include "base/base.h"

static const int64_t never = INT64_MAX;

/* start --------------------------------------------------------------------------------------- */

static struct length length_of(const struct rules *rules, enum clock_kind kind,
                               enum limit_class limit)
{
    const struct clock_rules *clock = &rules->clocks[kind];

    return clocks[kind].by_class ? clock->by_class[limit_class_index(limit)] : clock->length;
}

bool clock_is_set(const struct rules *rules, enum clock_kind kind, enum limit_class limit)
{
    return length_of(rules, kind, limit).amount > 0;
}

bool clock_start(const struct situation *situation, enum clock_kind kind, enum limit_class limit,
                 int64_t from_ms, struct clock *clock)
{
    const struct calendar *calendar = situation->calendar;
    struct length length = length_of(situation->rules, kind, limit);
    struct counted counted = { 0 };

    must(length.amount > 0);
    if (civil_day_of(from_ms) < calendar_first_day(calendar))
        return false;
    if (length.unit == LENGTH_WORKING_DAYS)
        (void)calendar_add_working_days(calendar, situation->rules, from_ms, length.amount,
                                        &counted);
    else if (length.unit == LENGTH_WORKING_MINUTES)
        (void)calendar_add_working_minutes(calendar, situation->rules, from_ms, length.amount,
                                           &counted);
    else
        counted.due_ms = from_ms + length.amount * MINUTE_MS;
    *clock = (struct clock){
        .status = CLOCK_STATUS_RUNNING,
        .stamp = clock->stamp + 1,
        .start_ms = from_ms,
        .due_ms = counted.due_ms,
        .provisional_from = counted.provisional ? counted.provisional_from : 0,
        .calendar_version = calendar_version(calendar),
        .length = { .unit = length.unit, .amount = length.amount },
    };
    return true;
}

/* rungs --------------------------------------------------------------------------------------- */

/* The instant at which `minutes` working minutes of the clock are used. */
static int64_t after_minutes(const struct situation *situation, const struct clock *clock,
                             int32_t minutes)
{
    struct counted counted;

    if (!calendar_add_working_minutes(situation->calendar, situation->rules, clock->start_ms,
                                      minutes, &counted))
        return clock->start_ms; /* its year is loaded no more */
    return counted.due_ms;
}

static int64_t half_instant(const struct situation *situation, const struct clock *clock)
{
    if (clock->length.unit == LENGTH_NATURAL_MINUTES)
        return clock->start_ms + (clock->due_ms - clock->start_ms) / 2;
    return after_minutes(situation, clock,
                         calendar_working_minutes(situation->calendar, situation->rules,
                                                  clock->start_ms, clock->due_ms) /
                             2);
}

static int64_t last_day_instant(const struct clock *clock, int32_t minute)
{
    return civil_day_start_ms(civil_day_of(clock->due_ms - 1)) + minute * MINUTE_MS;
}

static int64_t before_due_instant(const struct situation *situation, const struct clock *clock,
                                  int32_t before)
{
    int32_t minutes = calendar_working_minutes(situation->calendar, situation->rules,
                                               clock->start_ms, clock->due_ms);

    return minutes <= before ? clock->start_ms : after_minutes(situation, clock, minutes - before);
}

/* Counted from the last day, not from the midnight after it, which is another civil day. */
static int64_t after_due_instant(const struct situation *situation, const struct clock *clock,
                                 int32_t days)
{
    struct counted counted;

    if (!calendar_add_working_days(situation->calendar, situation->rules, clock->due_ms - 1, days,
                                   &counted))
        return clock->due_ms; /* its year is loaded no more */
    return counted.due_ms;
}

/* Where the rung falls before it is moved into office hours. */
static int64_t plain_instant(const struct situation *situation, const struct clock *clock,
                             const struct rung *rung)
{
    switch (rung->at) {
    case RUNG_ARMED:
        return clock->start_ms;
    case RUNG_HALF:
        return half_instant(situation, clock);
    case RUNG_LAST_DAY:
        return last_day_instant(clock, rung->amount);
    case RUNG_BEFORE_DUE:
        return before_due_instant(situation, clock, rung->amount);
    case RUNG_DUE: /* a provisional clock may remind, never blame */
        return clock->provisional_from ? never : clock->due_ms;
    case RUNG_AFTER_DUE:
        return clock->provisional_from ? never : after_due_instant(situation, clock, rung->amount);
    default:
        return never;
    }
}

int64_t rung_instant(const struct situation *situation, enum clock_kind kind,
                     const struct clock *clock, size_t number)
{
    const struct ladder *ladder = &situation->rules->clocks[kind].ladder;
    int64_t instant;

    if (clocks[kind].hardness == CLOCK_WINDOW || number >= ladder->n_rungs)
        return never;
    instant = plain_instant(situation, clock, &ladder->rungs[number]);
    if (instant == never || situation->order->urgent)
        return instant;
    return calendar_next_opening(situation->calendar, situation->rules, instant);
}

/* tick ---------------------------------------------------------------------------------------- */

/* A19: who missed the limit and then the fix day has missed one limit. */
static bool can_be_overdue(const struct order *order, enum clock_kind kind,
                           const struct clock *clock)
{
    if (clocks[kind].hardness != CLOCK_HARD || clock->provisional_from || clock->overdue_ms)
        return false;
    return kind != CLOCK_FIX || !order->clocks[CLOCK_HANDLE].overdue_ms;
}

void clock_settle(const struct situation *situation, enum clock_kind kind, struct clock *clock)
{
    if (clock->status == CLOCK_STATUS_RUNNING && situation->now_ms >= clock->due_ms &&
        can_be_overdue(situation->order, kind, clock))
        clock->overdue_ms = situation->now_ms;
}

static bool may_ring_now(const struct situation *situation)
{
    return situation->order->urgent ||
           calendar_next_opening(situation->calendar, situation->rules, situation->now_ms) ==
               situation->now_ms;
}

/* Fires the newest rung that is due; those before it are behind us, rung or not: whoever was away
 * is told once, and what is true now. */
static void clock_climb(const struct situation *situation, const int64_t instants[RUNGS_MAX],
                        struct clock *clock)
{
    if (!may_ring_now(situation))
        return;
    for (size_t number = RUNGS_MAX; number > clock->rungs_fired; number--) {
        if (instants[number - 1] > situation->now_ms)
            continue;
        clock->rungs_fired = (uint8_t)number;
        clock->rung_ms = situation->now_ms;
        clock->rung_acknowledged = false;
    }
}

static int64_t clock_next_wake(const struct situation *situation, enum clock_kind kind,
                               const int64_t instants[RUNGS_MAX], const struct clock *clock)
{
    int64_t earliest = can_be_overdue(situation->order, kind, clock) ? clock->due_ms : never;

    for (size_t number = clock->rungs_fired; number < RUNGS_MAX; number++) {
        int64_t instant = instants[number];

        if (instant <= situation->now_ms) /* due, but the office is closed */
            instant =
                calendar_next_opening(situation->calendar, situation->rules, situation->now_ms);
        if (instant < earliest)
            earliest = instant;
    }
    return earliest == never ? 0 : earliest;
}

bool clock_tick(const struct situation *situation, enum clock_kind kind, struct clock *clock)
{
    const struct clock before = *clock;
    int64_t instants[RUNGS_MAX];

    must(clock->status == CLOCK_STATUS_RUNNING);
    for (size_t number = 0; number < RUNGS_MAX; number++)
        instants[number] =
            number < clock->rungs_fired ? never : rung_instant(situation, kind, clock, number);
    clock_settle(situation, kind, clock);
    clock_climb(situation, instants, clock);
    clock->wake_ms = clock_next_wake(situation, kind, instants, clock);
    return clock->overdue_ms != before.overdue_ms || clock->rungs_fired != before.rungs_fired ||
           clock->wake_ms != before.wake_ms;
}
