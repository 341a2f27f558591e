/*
 * test_domain_sequences.c - every sequence of up to five commands, from every state.
 *
 * The office is walked exhaustively: from each kind of order below, every action of the list at
 * every step. A refused action leaves the order as it was, so its sequences are those without it.
 * After every step the invariants of order.h must hold.
 */
#include "domain_world.h"

enum { DEPTH = 5 };

/* actions: a command with payload, or time that passes ------------------------------------------ */

/* clang-format off */
enum action {
    RECEIVE, AMEND_URGENT, ACCEPT, DISPATCH_1, DISPATCH_5, TAKE, REACH, CALL_IN_VAIN, UNIT_REACHES,
    PROGRESS, REPLY, REVIEW_ACCEPT, REVIEW_REJECT, VISIT, VISIT_IN_VAIN, VISIT_DECLINED, SUBMIT,
    CLOSE, ACKNOWLEDGE, HALF_A_DAY, TO_NEXT_WAKE, PAST_ALL_LIMITS, ACTIONS,
};

static const char *const action_names[ACTIONS] = {
    "RECEIVE", "AMEND_URGENT", "ACCEPT", "DISPATCH_1", "DISPATCH_5", "TAKE", "REACH",
    "CALL_IN_VAIN", "UNIT_REACHES", "PROGRESS", "REPLY", "REVIEW_ACCEPT", "REVIEW_REJECT", "VISIT",
    "VISIT_IN_VAIN", "VISIT_DECLINED", "SUBMIT", "CLOSE", "ACKNOWLEDGE", "HALF_A_DAY",
    "TO_NEXT_WAKE", "PAST_ALL_LIMITS",
};
/* clang-format on */

static struct command ask_amend_urgent(const struct world *w)
{
    struct command command = ask_receive(w);

    command.kind = COMMAND_AMEND_ORDER;
    command.intake.urgent = true;
    return command;
}

/* Padding counts too: what was not touched is byte for byte the same. */
static bool is_same(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

/* The first reminder that is open, or one that does not exist. */
static struct command ask_acknowledge_any(const struct world *w)
{
    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &w->order.clocks[kind];

        if (clock->rungs_fired && !clock->rung_acknowledged)
            return ask_acknowledge((enum clock_kind)kind, clock->stamp,
                                   (uint8_t)(clock->rungs_fired - 1));
    }
    return ask_acknowledge(CLOCK_ACCEPT, 99, 0);
}

/* clang-format off */
static struct command command_of(const struct world *w, enum action action)
{
    switch (action) {
    case RECEIVE: return ask_receive(w);
    case AMEND_URGENT: return ask_amend_urgent(w);
    case ACCEPT: return ask(COMMAND_ACCEPT_ORDER, CLERK);
    case DISPATCH_1: return ask_dispatch(LIMIT_ONE_DAY);
    case DISPATCH_5: return ask_dispatch(LIMIT_FIVE_DAYS);
    case TAKE: return ask(COMMAND_TAKE_ORDER, SPECIALIST);
    case REACH: return ask_contact(w, CLERK, CONTACT_RESULT_REACHED);
    case CALL_IN_VAIN: return ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER);
    case UNIT_REACHES: return ask_contact(w, GRID, CONTACT_RESULT_REACHED);
    case PROGRESS: return ask(COMMAND_RECORD_PROGRESS, SPECIALIST);
    case REPLY: return ask_reply(w);
    case REVIEW_ACCEPT: return ask(COMMAND_ACCEPT_REPLY, CLERK);
    case REVIEW_REJECT: return ask_reject();
    case VISIT: return ask_visit(w, VISIT_OUTCOME_SATISFIED);
    case VISIT_IN_VAIN: return ask_attempt(w, CONTACT_RESULT_NO_ANSWER);
    case VISIT_DECLINED: return ask_attempt(w, CONTACT_RESULT_REFUSED);
    case SUBMIT: return ask(COMMAND_SUBMIT_CLOSING, CLERK);
    case CLOSE: return ask_closing(w);
    case ACKNOWLEDGE: return ask_acknowledge_any(w);
    default: return ask(COMMAND_FIRE_TIMER, TIMER);
    }
}
/* clang-format on */

/* When the action takes place; -1: it cannot. */
static int64_t instant_of(const struct world *w, enum action action)
{
    int64_t wake_ms = order_wake_ms(&w->order);

    if (action == HALF_A_DAY)
        return w->now_ms + 12 * 60 * MINUTE_MS;
    if (action == PAST_ALL_LIMITS)
        return w->now_ms + 21 * DAY_MS;
    if (action != TO_NEXT_WAKE)
        return w->now_ms;
    return wake_ms == 0 ? -1 : wake_ms > w->now_ms ? wake_ms : w->now_ms;
}

/* invariants ------------------------------------------------------------------------------------ */

struct walk {
    struct world *world;
    enum action path[DEPTH];
    size_t depth;
    size_t steps, refusals;
    bool event_was_timer;
};

static _Noreturn void broken(const struct walk *walk, const char *what)
{
    for (size_t i = 0; i < walk->depth; i++)
        print_error("%s ", action_names[walk->path[i]]);
    print_error("-> %s\n", states[walk->world->order.state].name);
    fail_msg("%s", what);
    abort();
}

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            broken(walk, #condition);                                                              \
    } while (0)

static void check_clocks(const struct walk *walk, const struct order *order)
{
    const struct state_row *row = &states[order->state];

    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &order->clocks[kind];
        uint32_t bit = 1u << kind;

        if (clock->status == CLOCK_STATUS_RUNNING) {
            HOLDS(row->runs & bit);
        } else {
            HOLDS(clock->wake_ms == 0);
        }
        if (clock->status == CLOCK_STATUS_PAUSED)
            HOLDS(row->holds & bit);
        HOLDS((clock->status == CLOCK_STATUS_UNSPECIFIED) == (clock->stamp == 0));
        HOLDS(!clock->overdue_ms || clocks[kind].hardness == CLOCK_HARD);
        HOLDS(!clock->overdue_ms || clock->overdue_ms >= clock->due_ms);
        HOLDS(!clock->overdue_ms || !clock->provisional_from);
        HOLDS(clock->status < CLOCK_STATUS_MET || clock->stopped_ms >= clock->start_ms);
        HOLDS(clock->rungs_fired <= walk->world->rules.clocks[kind].ladder.n_rungs);
        HOLDS((clock->rung_ms != 0) == (clock->rungs_fired != 0));
    }
    HOLDS(!row->final || order_wake_ms(order) == 0);
    if (walk->event_was_timer)
        HOLDS(order_wake_ms(order) == 0 || order_wake_ms(order) > order->last_event_ms);
    HOLDS(!(order->clocks[CLOCK_FIX].overdue_ms && order->clocks[CLOCK_HANDLE].overdue_ms));
}

static void check_change(const struct walk *walk, const struct order *before,
                         const struct order *after, const struct event *event)
{
    uint32_t listed = 0;

    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *was = &before->clocks[kind], *is = &after->clocks[kind];

        HOLDS(is->stamp == was->stamp || is->stamp == was->stamp + 1);
        HOLDS(is->stamp != was->stamp || !was->overdue_ms || is->overdue_ms == was->overdue_ms);
        HOLDS(is->stamp != was->stamp || is->rungs_fired >= was->rungs_fired);
        HOLDS(is->stamp != was->stamp || is->due_ms == was->due_ms);
        HOLDS(!is->overdue_ms || is->overdue_ms == was->overdue_ms ||
              is->overdue_ms == event->at_ms);
        HOLDS(!is->rung_ms || is->rung_ms == was->rung_ms || is->rung_ms == event->at_ms);
    }
    for (size_t i = 0; i < event->n_clocks; i++) {
        HOLDS(!(listed & 1u << event->clocks[i].kind) ||
              event->clocks[i - 1].after.status == CLOCK_STATUS_SUPERSEDED);
        listed |= 1u << event->clocks[i].kind;
    }
    for (int kind = 1; kind < CLOCK_MAX; kind++)
        HOLDS(listed & 1u << kind ||
              is_same(&before->clocks[kind], &after->clocks[kind], sizeof(struct clock)));
    HOLDS(after->events == before->events + 1);
    HOLDS(event->to == after->state && event->from == before->state);
}

/* A hard clock that ran until this event and was stopped or held past its due instant is marked,
 * whoever came first: the command or the timer. */
static void check_misses(const struct walk *walk, const struct order *before,
                         const struct event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++) {
        enum clock_kind kind = event->clocks[i].kind;
        const struct clock *is = &event->clocks[i].after;
        bool ran = before->clocks[kind].status == CLOCK_STATUS_RUNNING;

        if (clocks[kind].hardness != CLOCK_HARD || !ran || is->status == CLOCK_STATUS_RUNNING)
            continue;
        if (event->at_ms < is->due_ms || is->provisional_from)
            continue;
        HOLDS(is->overdue_ms || (kind == CLOCK_FIX && before->clocks[CLOCK_HANDLE].overdue_ms));
    }
}

/* walking --------------------------------------------------------------------------------------- */

static void walk_on(struct walk *walk);

static void step(struct walk *walk, enum action action)
{
    struct world *w = walk->world;
    const struct order before = w->order;
    const int64_t now_ms = w->now_ms, then_ms = instant_of(w, action);
    struct situation situation;
    struct command command;
    struct event event;
    const struct refusal *refusal;
    struct arena arena;

    if (then_ms < 0)
        return;
    w->now_ms = then_ms;
    walk->path[walk->depth++] = action;
    command = command_of(w, action);
    situation = situation_of(w);
    arena_init(&arena, 1 << 16);
    refusal = decide(&situation, &command, &arena, &event);
    walk->steps++;
    HOLDS(is_same(&before, &w->order, sizeof(before))); /* decide is pure */
    if (refusal) {
        HOLDS(fault_of(refusal->fault->id) == refusal->fault && refusal->n_facts >= 3);
        walk->refusals++;
    } else {
        order_apply(&w->order, &event);
        walk->event_was_timer = command.kind == COMMAND_FIRE_TIMER;
        check_clocks(walk, &w->order);
        check_change(walk, &before, &w->order, &event);
        check_misses(walk, &before, &event);
        if (walk->depth < DEPTH)
            walk_on(walk);
    }
    arena_release(&arena);
    w->order = before;
    w->now_ms = now_ms;
    walk->depth--;
}

static void walk_on(struct walk *walk)
{
    for (int action = 0; action < ACTIONS; action++)
        step(walk, (enum action)action);
}

/* The same order twice: as decided, and replayed from its events alone. */
static void go_and_replay(struct world *w, const enum action *path, size_t n)
{
    struct order replayed = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct command command;

        w->now_ms = instant_of(w, path[i]);
        command = command_of(w, path[i]);
        give(w, command);
        order_apply(&replayed, &w->event);
        assert_memory_equal(&replayed, &w->order, sizeof(replayed));
    }
}

static void walk_from(void **state, bool visit_first, const enum action *path, size_t n)
{
    struct world *w = *state;
    struct walk walk = { .world = w };

    w->rules.visit_before_submit = visit_first;
    go_and_replay(w, path, n);
    walk_on(&walk);
    print_message("%zu steps, %zu refused\n", walk.steps, walk.refusals);
}
#define WALK(state, visit_first, ...)                                                              \
    walk_from((state), (visit_first), (enum action[]){ __VA_ARGS__ },                              \
              COUNT_OF(((enum action[]){ __VA_ARGS__ })))

static void from_nothing(void **state)
{
    struct world *w = *state;
    struct walk walk = { .world = w };

    walk_on(&walk);
    print_message("%zu steps, %zu refused\n", walk.steps, walk.refusals);
}

static void from_an_accepted_order(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT);
}

static void from_an_order_being_handled(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT, DISPATCH_5, TAKE);
}

static void from_a_reply_in_time_reviewed_late(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT, REACH, DISPATCH_1, TAKE, REPLY, PAST_ALL_LIMITS);
}

static void from_a_reply_on_the_fix_day(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT, DISPATCH_1, TAKE, PAST_ALL_LIMITS, REPLY, REVIEW_REJECT,
         REPLY);
}

static void from_an_accepted_reply(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT, DISPATCH_5, TAKE, REPLY, REVIEW_ACCEPT);
}

static void from_an_accepted_reply_to_be_submitted_first(void **state)
{
    WALK(state, false, RECEIVE, ACCEPT, DISPATCH_5, TAKE, REPLY, REVIEW_ACCEPT);
}

static void from_a_closing_before_the_visit(void **state)
{
    WALK(state, false, RECEIVE, ACCEPT, DISPATCH_5, TAKE, REPLY, REVIEW_ACCEPT, VISIT_IN_VAIN,
         SUBMIT, CLOSE);
}

static void from_a_closed_order(void **state)
{
    WALK(state, true, RECEIVE, ACCEPT, DISPATCH_5, TAKE, REPLY, REVIEW_ACCEPT, VISIT, SUBMIT,
         CLOSE);
}

static void from_a_limit_in_a_year_without_notice(void **state)
{
    struct world *w = *state;

    w->now_ms = at("2026-12-30 16:00");
    WALK(state, true, RECEIVE, ACCEPT, DISPATCH_5, TAKE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(from_nothing),
        OPEN_WORLD(from_an_accepted_order),
        OPEN_WORLD(from_an_order_being_handled),
        OPEN_WORLD(from_a_reply_in_time_reviewed_late),
        OPEN_WORLD(from_a_reply_on_the_fix_day),
        OPEN_WORLD(from_an_accepted_reply),
        OPEN_WORLD(from_an_accepted_reply_to_be_submitted_first),
        OPEN_WORLD(from_a_closing_before_the_visit),
        OPEN_WORLD(from_a_closed_order),
        OPEN_WORLD(from_a_limit_in_a_year_without_notice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
