/*
 * decide.c - the rulebook's answer to one command: find the row, ask its guards, write the event.
 *
 * Who comes before when, and when before what: a role that may never do this is told so; then the
 * state; then the guards of the row in its order. The event is applied to a copy of the order by
 * the same order_apply() that the store uses, and the clocks turn on that copy.
 */
#include "domain/decide.h"

#include <string.h>

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/clockwork.h"
#include "domain/guards.h"
#include "domain/refuse.h"
#include "domain/tables.h"

#include "base/base.h"

/* what the event says ------------------------------------------------------------------------- */

static void write_received(const struct situation *situation, const struct command *command,
                           struct event *event)
{
    struct order *received = &event->body.received;

    *received = command->intake;
    received->rules_version = situation->rules->version;
    /* The district's clock may run ahead of ours; nothing is delivered after it arrived. */
    if (received->received_ms > event->at_ms)
        received->received_ms = event->at_ms;
}

/* The district may change what it sent, not what the office decided: once accepted, the
 * classification stands, and a flag can be raised but not lowered from outside. */
static void write_amended(const struct situation *situation, const struct command *command,
                          struct event *event)
{
    const struct order *order = situation->order;
    struct order *amended = &event->body.amended;

    *amended = command->intake;
    amended->major = order->major;
    amended->multi_department = order->multi_department;
    if (order->state == ORDER_STATE_RECEIVED)
        return;
    amended->category = order->category;
    memcpy(amended->matter_code, order->matter_code, sizeof(amended->matter_code));
    amended->urgent |= order->urgent;
    amended->confidential |= order->confidential;
}

/* The citizen's wish for confidentiality and the district's urgency are not taken back here. */
static void write_accepted(const struct situation *situation, const struct command *command,
                           struct event *event)
{
    const struct order *order = situation->order;
    const char *matter =
        command->accept.matter_code[0] ? command->accept.matter_code : order->matter_code;

    event->body.accepted.category =
        command->accept.category ? command->accept.category : order->category;
    memcpy(event->body.accepted.matter_code, matter, MATTER_CODE_BYTES);
    event->body.accepted.urgent = command->accept.urgent || order->urgent;
    event->body.accepted.confidential = command->accept.confidential || order->confidential;
    event->body.accepted.major = command->accept.major || order->major;
    event->body.accepted.multi_department =
        command->accept.multi_department || order->multi_department;
}

static void write_dispatched(const struct situation *situation, const struct command *command,
                             struct event *event)
{
    struct assignment *dispatched = &event->body.dispatched;

    must(command->dispatch.n_informed <= INFORMED_MAX);
    dispatched->number = situation->order->assignment.number + 1;
    dispatched->mode = command->dispatch.mode;
    memcpy(dispatched->main_unit, command->dispatch.main_unit, sizeof(dispatched->main_unit));
    memcpy(dispatched->informed, command->dispatch.informed, sizeof(dispatched->informed));
    dispatched->n_informed = command->dispatch.n_informed;
    dispatched->limit = command->dispatch.limit;
    dispatched->delivered_ms = event->at_ms; /* A3: into the unit's inbox, opened or not */
    dispatched->text = event->text;
}

static void write_contacted(const struct command *command, struct event *event)
{
    event->body.contacted = command->contact;
    event->body.contacted.by = command->actor;
    event->body.contacted.by_unit = !(ROLES(command->actor.role) & ROLES_OFFICE);
    event->body.contacted.text = event->text;
}

/* A19: the limit that runs decides; a limit that was missed and marked stays missed. Provisional
 * limits blame nobody. */
static bool is_late(const struct order *order, int64_t now_ms)
{
    const struct clock *handle = &order->clocks[CLOCK_HANDLE], *fix = &order->clocks[CLOCK_FIX];
    const struct clock *limit = fix->status == CLOCK_STATUS_RUNNING ? fix : handle;

    return handle->overdue_ms || (now_ms >= limit->due_ms && !limit->provisional_from);
}

static void write_replied(const struct situation *situation, const struct command *command,
                          struct event *event)
{
    const struct reply *last = order_last_reply(situation->order);
    struct reply *replied = &event->body.replied;

    *replied = (struct reply){
        .number = last ? last->number + 1 : 1,
        .submitted_ms = event->at_ms,
        .author = command->actor,
        .result = command->reply.result,
        .basis = command->reply.basis,
        .answer_channel = command->reply.answer_channel,
        .answered_ms = command->reply.answered_ms,
        .plan_day = command->reply.result == RESULT_HAS_PLAN ? command->reply.plan_day : 0,
        .text = event->text,
        .late = is_late(situation->order, event->at_ms),
    };
}

static void write_rejected(const struct command *command, struct event *event)
{
    must(command->reject.n_reasons <= REASONS_MAX);
    memcpy(event->body.rejected.reasons, command->reject.reasons,
           command->reject.n_reasons * sizeof(command->reject.reasons[0]));
    event->body.rejected.n_reasons = command->reject.n_reasons;
}

static enum visit_outcome outcome_of_attempt(enum contact_result result, bool ends_the_visit)
{
    if (!ends_the_visit)
        return VISIT_OUTCOME_UNSPECIFIED;
    return is_unanswered(result) ? VISIT_OUTCOME_NOT_REACHED : VISIT_OUTCOME_WAIVED;
}

static void write_visited(const struct command *command, const struct lifecycle_row *row,
                          struct event *event)
{
    struct visit *visited = &event->body.visited;

    event->visit_done = row->meet & CLK(VISIT);
    *visited = command->visit;
    visited->by = command->actor;
    visited->text = event->text;
    if (command->kind == COMMAND_RECORD_VISIT)
        visited->result = CONTACT_RESULT_REACHED;
    else
        visited->outcome = outcome_of_attempt(command->visit.result, event->visit_done);
}

static void write_body(const struct situation *situation, const struct command *command,
                       const struct lifecycle_row *row, struct event *event)
{
    switch (command->kind) {
    case COMMAND_RECEIVE_ORDER:
        write_received(situation, command, event);
        break;
    case COMMAND_AMEND_ORDER:
        write_amended(situation, command, event);
        break;
    case COMMAND_ACCEPT_ORDER:
        write_accepted(situation, command, event);
        break;
    case COMMAND_DISPATCH_ORDER:
        write_dispatched(situation, command, event);
        break;
    case COMMAND_RECORD_CONTACT:
        write_contacted(command, event);
        break;
    case COMMAND_SUBMIT_REPLY:
        write_replied(situation, command, event);
        break;
    case COMMAND_REJECT_REPLY:
        write_rejected(command, event);
        break;
    case COMMAND_RECORD_VISIT_ATTEMPT:
    case COMMAND_RECORD_VISIT:
        write_visited(command, row, event);
        break;
    case COMMAND_RECORD_CLOSING:
        memcpy(event->body.closed.number, command->closing.number, NUMBER_BYTES);
        break;
    default: /* what happened is said by the command itself */
        break;
    }
}

/* deciding ------------------------------------------------------------------------------------ */

static const struct refusal *refuse_role(const struct situation *situation,
                                         const struct command *command, uint32_t may,
                                         struct arena *a)
{
    struct refusal *refusal =
        refuse_with_help(situation, FAULT_PERMISSION_DENIED, article_of(command->kind),
                         ROLES(command->actor.role), a);
    const char *names = "";

    for (int role = 1; role < ROLE_MAX; role++)
        if (may & ROLES(role))
            names = list_with(names, ",", role_names[role].name, a);
    return refusal_fact(refusal, "allowed_roles", names);
}

/* No row: is it the role, or the state? */
static const struct refusal *refuse_row(const struct situation *situation,
                                        const struct command *command, struct arena *a)
{
    uint32_t role = ROLES(command->actor.role), may = lifecycle_roles(UINT32_MAX, command->kind);

    if (may && !(may & role))
        return refuse_role(situation, command, may, a);
    return refuse_with_help(situation, FAULT_WRONG_STATE, article_of(command->kind), role, a);
}

static const struct refusal *refuse_guard(const struct situation *situation,
                                          const struct command *command, const struct guard *guard,
                                          struct arena *a)
{
    struct refusal *refusal = refuse_with_help(situation, guard->fault, article_of(command->kind),
                                               ROLES(command->actor.role), a);

    if (guard->field)
        refusal_field(refusal, guard->field, fault_of(guard->fault)->zh,
                      fault_of(guard->fault)->en);
    if (guard->explain)
        guard->explain(situation, command, a, refusal);
    return refusal;
}

static const struct refusal *refuse_year(const struct situation *situation,
                                         const struct command *command, struct arena *a)
{
    struct refusal *refusal =
        refuse(situation, FAULT_YEAR_UNSUPPORTED, article_of(command->kind), a);
    int64_t first_ms = civil_day_start_ms(calendar_first_day(situation->calendar));

    return refusal_fact(refusal, "not_before", instant_text(first_ms, a));
}

/* Time never runs backwards in an order, even when two servers' clocks differ a little. */
static struct situation at_or_after_last_event(const struct situation *situation)
{
    struct situation now = *situation;

    if (now.now_ms < now.order->last_event_ms)
        now.now_ms = now.order->last_event_ms;
    return now;
}

static void write_event(const struct situation *situation, const struct command *command,
                        const struct lifecycle_row *row, struct event *event)
{
    const struct order *order = situation->order;

    memset(event, 0, sizeof(*event));
    event->command = command->kind;
    event->row = row->number;
    event->at_ms = situation->now_ms;
    event->actor = command->actor;
    event->from = order->state;
    event->to = row->then == ORDER_STATE_UNSPECIFIED ? order->state : row->then;
    event->text = command->has_text ? order->texts + 1 : 0;
    write_body(situation, command, row, event);
}

const struct refusal *decide(const struct situation *situation, const struct command *command,
                             struct arena *a, struct event *ret_event)
{
    const struct situation now = at_or_after_last_event(situation);
    struct situation then = now;
    const struct lifecycle_row *row = lifecycle_find(&now, command);
    const struct guard *broken;
    struct order after;
    struct event event;

    if (!row)
        return refuse_row(&now, command, a);
    broken = guard_broken(&now, command, row, true);
    if (broken)
        return refuse_guard(&now, command, broken, a);
    write_event(&now, command, row, &event);
    after = *now.order;
    order_apply(&after, &event);
    then.order = &after;
    if (!clockwork_turn(&then, command, row, after.urgent != now.order->urgent, &after, &event))
        return refuse_year(&now, command, a);
    *ret_event = event;
    return NULL;
}

bool timer_has_work(const struct situation *situation)
{
    int64_t wake_ms = order_wake_ms(situation->order);

    return wake_ms != 0 && wake_ms <= at_or_after_last_event(situation).now_ms;
}
