/*
 * clockwork.c - clocks belong to states: entering one ends what it neither runs nor holds.
 *
 * A clock that is stopped or held is settled first, so a miss is marked even when the command
 * comes before the timer; a clock that starts or runs on after a pause is ticked in the same
 * commit, so its first reminder is recorded together with its cause.
 */
#include "domain/clockwork.h"

#include "domain/ladder.h"

#include "base/base.h"

struct turn {
    const struct situation *situation; /* of the order after, at now */
    const struct command *command;
    struct order *after;
    struct event *event;
    bool tick_all; /* the timer's turn, or the office hours do not bind any more */
};

static bool is_active(enum clock_status status)
{
    return status == CLOCK_STATUS_RUNNING || status == CLOCK_STATUS_PAUSED;
}

enum clock_fate clock_fate_of(const struct lifecycle_row *row, enum clock_kind kind,
                              enum clock_status status)
{
    const struct state_row *entered = &states[row->then];
    uint32_t clock = 1u << kind;
    bool active = is_active(status);

    if (row->start & clock) {
        must(!active); /* the table linter proves it for every way through the table */
        return FATE_START;
    }
    if (row->restart & clock)
        return FATE_RESTART;
    if (!active)
        return FATE_UNTOUCHED;
    if (row->meet & clock)
        return FATE_MEET;
    if (row->pause & clock)
        return FATE_HOLD;
    if (row->resume & clock)
        return FATE_RUN;
    if (row->then == ORDER_STATE_UNSPECIFIED)
        return FATE_UNTOUCHED;
    if (entered->runs & clock)
        return FATE_RUN;
    return entered->holds & clock ? FATE_HOLD : FATE_VOID;
}

static void record(const struct turn *turn, enum clock_kind kind)
{
    struct event *event = turn->event;

    must(event->n_clocks < COUNT_OF(event->clocks));
    event->clocks[event->n_clocks++] =
        (struct clock_change){ .kind = kind, .after = turn->after->clocks[kind] };
}

static void stop(const struct turn *turn, enum clock_kind kind, enum clock_status status,
                 int64_t stopped_ms)
{
    struct clock *clock = &turn->after->clocks[kind];

    clock_settle(turn->situation, kind, clock);
    clock->status = status;
    clock->stopped_ms = stopped_ms;
    clock->wake_ms = 0;
    record(turn, kind);
}

static void hold(const struct turn *turn, enum clock_kind kind)
{
    struct clock *clock = &turn->after->clocks[kind];

    if (clock->status == CLOCK_STATUS_PAUSED)
        return;
    clock_settle(turn->situation, kind, clock);
    clock->status = CLOCK_STATUS_PAUSED;
    clock->wake_ms = 0;
    record(turn, kind);
}

static void run_on(const struct turn *turn, enum clock_kind kind)
{
    struct clock *clock = &turn->after->clocks[kind];
    bool resumed = clock->status == CLOCK_STATUS_PAUSED;
    bool changed = resumed;

    clock->status = CLOCK_STATUS_RUNNING;
    if (resumed || turn->tick_all)
        changed |= clock_tick(turn->situation, kind, clock);
    if (changed)
        record(turn, kind);
}

/* First contact and the order count from the district's delivery (article 8(1)); whatever else
 * starts counts from what just happened. */
static int64_t start_instant(const struct turn *turn, enum clock_kind kind)
{
    if (kind == CLOCK_CONTACT || kind == CLOCK_ORDER)
        return turn->after->received_ms;
    return turn->event->at_ms;
}

static bool start(const struct turn *turn, enum clock_kind kind)
{
    struct clock *clock = &turn->after->clocks[kind];
    enum limit_class limit = turn->after->assignment.limit;

    if (!clock_is_set(turn->situation->rules, kind, limit))
        return true; /* a class without an extension window */
    if (!clock_start(turn->situation, kind, limit, start_instant(turn, kind), clock))
        return false;
    (void)clock_tick(turn->situation, kind, clock);
    record(turn, kind);
    return true;
}

static bool restart(const struct turn *turn, enum clock_kind kind)
{
    if (is_active(turn->after->clocks[kind].status))
        stop(turn, kind, CLOCK_STATUS_SUPERSEDED, turn->event->at_ms);
    return start(turn, kind);
}

/* "In time" is judged at the submission: the unit does not pay for a slow review (T26). */
static int64_t met_instant(const struct turn *turn, enum clock_kind kind)
{
    if (turn->event->command == COMMAND_ACCEPT_REPLY && (kind == CLOCK_HANDLE || kind == CLOCK_FIX))
        return order_last_reply(turn->after)->submitted_ms;
    return turn->event->at_ms; /* as recorded, whatever a contact says of its own time */
}

static void leave(const struct turn *turn, enum clock_kind kind)
{
    struct clock *clock = &turn->after->clocks[kind];

    if (turn->tick_all && clock->status == CLOCK_STATUS_RUNNING)
        run_on(turn, kind);
    if (turn->event->command == COMMAND_ACKNOWLEDGE_REMINDER &&
        turn->command->acknowledge.clock == kind) {
        clock->rung_acknowledged = true;
        record(turn, kind);
    }
}

static bool turn_one(const struct turn *turn, const struct lifecycle_row *row, enum clock_kind kind)
{
    switch (clock_fate_of(row, kind, turn->after->clocks[kind].status)) {
    case FATE_START:
        return start(turn, kind);
    case FATE_RESTART:
        return restart(turn, kind);
    case FATE_RUN:
        run_on(turn, kind);
        break;
    case FATE_HOLD:
        hold(turn, kind);
        break;
    case FATE_MEET:
        stop(turn, kind, CLOCK_STATUS_MET, met_instant(turn, kind));
        break;
    case FATE_VOID:
        stop(turn, kind, CLOCK_STATUS_VOID, turn->event->at_ms);
        break;
    default: /* FATE_UNTOUCHED */
        leave(turn, kind);
        break;
    }
    return true;
}

bool clockwork_turn(const struct situation *situation, const struct command *command,
                    const struct lifecycle_row *row, bool urgency_changed, struct order *after,
                    struct event *event)
{
    const struct turn turn = {
        .situation = situation,
        .command = command,
        .after = after,
        .event = event,
        .tick_all = urgency_changed || event->command == COMMAND_FIRE_TIMER,
    };

    must(situation->order == after);
    for (int kind = 1; kind < CLOCK_MAX; kind++)
        if (!turn_one(&turn, row, (enum clock_kind)kind))
            return false;
    return true;
}
