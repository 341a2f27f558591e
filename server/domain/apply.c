/*
 * apply.c - the order after an event. The only writer of orders: a stored order and the replay of
 * its history cannot disagree, because both come from here. No rule is asked and nothing is
 * counted; an event that happened is a fact.
 */
#include "domain/event.h"

#include <string.h>

#include "base/base.h"

/* The newest parts are kept in the order; older ones stand in the history. Makes room for one. */
#define MAKE_ROOM(list, n)                                                                         \
    do {                                                                                           \
        if ((n) == COUNT_OF(list))                                                                 \
            memmove((list), (list) + 1, (--(n)) * sizeof((list)[0]));                              \
    } while (0)

static void apply_intake(struct order *order, const struct order *intake)
{
    memcpy(order->city_number, intake->city_number, sizeof(order->city_number));
    order->channel = intake->channel;
    order->category = intake->category;
    memcpy(order->matter_code, intake->matter_code, sizeof(order->matter_code));
    memcpy(order->area_unit, intake->area_unit, sizeof(order->area_unit));
    memcpy(order->grid, intake->grid, sizeof(order->grid));
    order->urgent = intake->urgent;
    order->confidential = intake->confidential;
    order->major = intake->major;
    order->multi_department = intake->multi_department;
    memcpy(order->phones, intake->phones, sizeof(order->phones));
    order->n_phones = intake->n_phones;
    memcpy(order->intake_digest, intake->intake_digest, sizeof(order->intake_digest));
}

static void apply_received(struct order *order, const struct event *event)
{
    const struct order *intake = &event->body.received;

    memcpy(order->id, intake->id, sizeof(order->id));
    memcpy(order->district_number, intake->district_number, sizeof(order->district_number));
    order->received_ms = intake->received_ms;
    order->recorded_ms = event->at_ms;
    order->rules_version = intake->rules_version;
    apply_intake(order, intake);
}

static void apply_accepted(struct order *order, const struct event *event)
{
    order->category = event->body.accepted.category;
    memcpy(order->matter_code, event->body.accepted.matter_code, sizeof(order->matter_code));
    order->urgent = event->body.accepted.urgent;
    order->confidential = event->body.accepted.confidential;
    order->major = event->body.accepted.major;
    order->multi_department = event->body.accepted.multi_department;
}

static void apply_contact(struct order *order, const struct event *event)
{
    MAKE_ROOM(order->contacts, order->n_contacts);
    order->contacts[order->n_contacts++] = event->body.contacted;
}

static void apply_reply(struct order *order, const struct event *event)
{
    MAKE_ROOM(order->replies, order->n_replies);
    order->replies[order->n_replies++] = event->body.replied;
}

static void apply_review(struct order *order, const struct event *event, bool accepted)
{
    struct reply *reply;

    must(order->n_replies > 0);
    reply = &order->replies[order->n_replies - 1];
    reply->reviewed_ms = event->at_ms;
    reply->reviewer = event->actor;
    reply->accepted = accepted;
    reply->review_text = event->text;
    if (accepted)
        return;
    memcpy(reply->reasons, event->body.rejected.reasons, sizeof(reply->reasons));
    reply->n_reasons = event->body.rejected.n_reasons;
    order->replies_rejected++;
}

static void apply_visit(struct order *order, const struct event *event)
{
    MAKE_ROOM(order->visits, order->n_visits);
    order->visits[order->n_visits++] = event->body.visited;
    order->visit_done = event->visit_done; /* nobody is visited after the end of a round */
}

static void apply_body(struct order *order, const struct event *event)
{
    switch (event->command) {
    case COMMAND_RECEIVE_ORDER:
        apply_received(order, event);
        break;
    case COMMAND_AMEND_ORDER:
        apply_intake(order, &event->body.amended);
        order->amendments++;
        break;
    case COMMAND_ACCEPT_ORDER:
        apply_accepted(order, event);
        break;
    case COMMAND_DISPATCH_ORDER:
        order->assignment = event->body.dispatched;
        break;
    case COMMAND_TAKE_ORDER:
        order->assignment.taken_ms = event->at_ms;
        order->assignment.taken_by = event->actor;
        break;
    case COMMAND_RECORD_CONTACT:
        apply_contact(order, event);
        break;
    case COMMAND_RECORD_PROGRESS:
        order->progress_count++;
        order->progress_ms = event->at_ms;
        break;
    case COMMAND_SUBMIT_REPLY:
        apply_reply(order, event);
        break;
    case COMMAND_ACCEPT_REPLY:
    case COMMAND_REJECT_REPLY:
        apply_review(order, event, event->command == COMMAND_ACCEPT_REPLY);
        break;
    case COMMAND_RECORD_VISIT_ATTEMPT:
    case COMMAND_RECORD_VISIT:
        apply_visit(order, event);
        break;
    case COMMAND_SUBMIT_CLOSING:
        order->submitted_ms = event->at_ms;
        break;
    case COMMAND_RECORD_CLOSING:
        memcpy(order->closing_number, event->body.closed.number, sizeof(order->closing_number));
        order->closed_ms = event->at_ms;
        break;
    default: /* ACKNOWLEDGE_REMINDER, FIRE_TIMER: clocks only */
        break;
    }
}

void order_apply(struct order *order, const struct event *event)
{
    must(event->at_ms >= order->last_event_ms && event->from == order->state);
    apply_body(order, event);
    for (size_t i = 0; i < event->n_clocks; i++)
        order->clocks[event->clocks[i].kind] = event->clocks[i].after;
    order->state = event->to;
    if (event->text)
        order->texts = event->text;
    order->events++;
    order->last_event_ms = event->at_ms;
}
