/*
 * order_codec.c - struct order <-> the bytes of its fact record.
 *
 * An older release may write a record that a newer one extended (two releases on one Redis during
 * an upgrade, or a step back). What it does not know must survive, at every depth: unknown fields
 * of the stored bytes are hung onto the counterpart of the message they were found in. A walk over
 * the stored bytes first finds out whether there is any, because usually there is none.
 */
#include "storage/record/record.h"

#include <errno.h>

#include "base/arena.h"
#include "storage/record/codec.h"

#include "base/base.h"

/* --- packing ---------------------------------------------------------------------------------- */

static void clocks_to_store(const struct order *order, Store__Order *to, struct scratch *s)
{
    to->clocks = SCRATCH_LIST(s, Store__Clock, CLOCK_MAX);
    for (size_t kind = 1; kind < CLOCK_MAX && to->clocks; kind++) {
        if (order->clocks[kind].status != CLOCK_STATUS_UNSPECIFIED)
            to->clocks[to->n_clocks++] =
                clock_to_store((enum clock_kind)kind, &order->clocks[kind], order->received_ms, s);
    }
}

/* Contacts, replies and visits. */
static void lists_to_store(const struct order *order, Store__Order *to, struct scratch *s)
{
    int64_t base_ms = order->received_ms;

    must(order->n_contacts <= CONTACTS_MAX && order->n_replies <= REPLIES_MAX &&
         order->n_visits <= VISITS_MAX);
    to->contacts = SCRATCH_LIST(s, Store__Contact, order->n_contacts);
    to->replies = SCRATCH_LIST(s, Store__Reply, order->n_replies);
    to->visits = SCRATCH_LIST(s, Store__Visit, order->n_visits);
    if (s->failed)
        return;
    for (size_t i = 0; i < order->n_contacts; i++)
        to->contacts[i] = contact_to_store(&order->contacts[i], base_ms, s);
    for (size_t i = 0; i < order->n_replies; i++)
        to->replies[i] = reply_to_store(&order->replies[i], base_ms, s);
    for (size_t i = 0; i < order->n_visits; i++)
        to->visits[i] = visit_to_store(&order->visits[i], base_ms, s);
    to->n_contacts = order->n_contacts;
    to->n_replies = order->n_replies;
    to->n_visits = order->n_visits;
}

/* scratch.failed: without memory, the message is not to be packed. */
static void order_to_store(const struct order *order, Store__Order *to, struct scratch *s)
{
    int64_t base_ms = order->received_ms;

    store__order__init(to);
    to->id = order->id;
    to->intake = intake_to_store(order, s);
    to->state = order->state;
    if (order->assignment.number > 0)
        to->assignment = assignment_to_store(&order->assignment, base_ms, s);
    clocks_to_store(order, to, s);
    lists_to_store(order, to, s);
    to->texts = order->texts;
    to->events = order->events;
    to->last_event = away_of(order->last_event_ms, base_ms);
    to->chain = bytes_to_store(order->chain, sizeof(order->chain));
    to->progress_count = order->progress_count;
    to->progress = away_of(order->progress_ms, base_ms);
    to->visit_done = order->visit_done;
    to->amendments = order->amendments;
    to->replies_rejected = order->replies_rejected;
    to->submitted = away_of(order->submitted_ms, base_ms);
    to->closing_number = order->closing_number;
    to->closed = away_of(order->closed_ms, base_ms);
}

/* --- unknown fields --------------------------------------------------------------------------- */

/* protobuf-c reads a field number zero that is spelt in two bytes, but not the one byte it writes:
 * kept, it would make the record unreadable. No release writes one. */
static void keep(ProtobufCMessage *to, const ProtobufCMessage *stored)
{
    for (unsigned i = 0; i < stored->n_unknown_fields; i++) {
        if (stored->unknown_fields[i].tag == 0)
            return;
    }
    to->n_unknown_fields = stored->n_unknown_fields;
    to->unknown_fields = stored->unknown_fields;
}

static void keep_actor(Store__Actor *to, const Store__Actor *stored)
{
    if (to && stored)
        keep(&to->base, &stored->base);
}

static void keep_clocks(Store__Order *to, const Store__Order *stored)
{
    for (size_t i = 0; i < to->n_clocks; i++) {
        for (size_t j = 0; j < stored->n_clocks; j++) {
            if (to->clocks[i]->kind == stored->clocks[j]->kind)
                keep(&to->clocks[i]->base, &stored->clocks[j]->base);
        }
    }
}

static void keep_contacts(Store__Order *to, const Store__Order *stored)
{
    for (size_t i = 0; i < to->n_contacts; i++) {
        for (size_t j = 0; j < stored->n_contacts; j++) {
            if (to->contacts[i]->at != stored->contacts[j]->at)
                continue;
            keep(&to->contacts[i]->base, &stored->contacts[j]->base);
            keep_actor(to->contacts[i]->by, stored->contacts[j]->by);
        }
    }
}

static void keep_replies(Store__Order *to, const Store__Order *stored)
{
    for (size_t i = 0; i < to->n_replies; i++) {
        for (size_t j = 0; j < stored->n_replies; j++) {
            if (to->replies[i]->number != stored->replies[j]->number)
                continue;
            keep(&to->replies[i]->base, &stored->replies[j]->base);
            keep_actor(to->replies[i]->author, stored->replies[j]->author);
            keep_actor(to->replies[i]->reviewer, stored->replies[j]->reviewer);
        }
    }
}

static void keep_visits(Store__Order *to, const Store__Order *stored)
{
    for (size_t i = 0; i < to->n_visits; i++) {
        for (size_t j = 0; j < stored->n_visits; j++) {
            if (to->visits[i]->at != stored->visits[j]->at)
                continue;
            keep(&to->visits[i]->base, &stored->visits[j]->base);
            keep_actor(to->visits[i]->by, stored->visits[j]->by);
        }
    }
}

/* Counterparts are found by what names them: the kind of a clock, the number of a reply or of the
 * dispatch, the instant of a contact or visit. What an event dropped from the order drops its
 * unknown fields too. */
static void keep_unknown(Store__Order *to, struct slice bytes, struct scratch *s)
{
    ProtobufCMessage *message;
    const Store__Order *stored;

    if (message_is_known(&store__order__descriptor, bytes) ||
        message_unpack(&store__order__descriptor, bytes, s, &message) < 0)
        return;
    stored = (const Store__Order *)message;
    keep(&to->base, &stored->base);
    if (stored->intake)
        keep(&to->intake->base, &stored->intake->base);
    if (to->assignment && stored->assignment &&
        to->assignment->number == stored->assignment->number) {
        keep(&to->assignment->base, &stored->assignment->base);
        keep_actor(to->assignment->taken_by, stored->assignment->taken_by);
    }
    keep_clocks(to, stored);
    keep_contacts(to, stored);
    keep_replies(to, stored);
    keep_visits(to, stored);
}

struct slice order_pack(const struct order *order, struct slice stored, struct arena *a)
{
    struct scratch s;
    Store__Order message;

    scratch_init(&s, a);
    order_to_store(order, &message, &s);
    if (!s.failed)
        keep_unknown(&message, stored, &s);
    if (s.failed)
        return (struct slice){ 0 };
    return message_pack(&message.base, a);
}

/* --- unpacking -------------------------------------------------------------------------------- */

static bool clocks_of_store(const Store__Order *from, struct order *to)
{
    for (size_t i = 0; i < from->n_clocks; i++) {
        struct clock clock = { 0 };
        enum clock_kind kind;

        if (!clock_of_store(from->clocks[i], to->received_ms, &kind, &clock) ||
            clock.status == CLOCK_STATUS_UNSPECIFIED ||
            to->clocks[kind].status != CLOCK_STATUS_UNSPECIFIED)
            return false;
        to->clocks[kind] = clock;
    }
    return true;
}

static bool lists_of_store(const Store__Order *from, struct order *to)
{
    int64_t base_ms = to->received_ms;

    if (from->n_contacts > CONTACTS_MAX || from->n_replies > REPLIES_MAX ||
        from->n_visits > VISITS_MAX)
        return false;
    for (size_t i = 0; i < from->n_contacts; i++) {
        if (!contact_of_store(from->contacts[i], base_ms, &to->contacts[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_replies; i++) {
        if (!reply_of_store(from->replies[i], base_ms, &to->replies[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_visits; i++) {
        if (!visit_of_store(from->visits[i], base_ms, &to->visits[i]))
            return false;
    }
    to->n_contacts = from->n_contacts;
    to->n_replies = from->n_replies;
    to->n_visits = from->n_visits;
    return true;
}

/* to: zeroed. */
static bool order_of_store(const Store__Order *from, struct order *to)
{
    if (from->id[0] == '\0' || !TEXT_OF_STORE(to->id, from->id) || !from->intake ||
        !intake_of_store(from->intake, to) || from->state == ORDER_STATE_UNSPECIFIED ||
        from->state >= ORDER_STATE_MAX)
        return false;
    to->state = (enum order_state)from->state;
    to->texts = from->texts;
    to->events = from->events;
    to->progress_count = from->progress_count;
    to->visit_done = from->visit_done;
    to->amendments = from->amendments;
    to->replies_rejected = from->replies_rejected;
    return (!from->assignment ||
            assignment_of_store(from->assignment, to->received_ms, &to->assignment)) &&
           clocks_of_store(from, to) && lists_of_store(from, to) &&
           instant_of(from->last_event, to->received_ms, &to->last_event_ms) &&
           bytes_of_store(to->chain, sizeof(to->chain), &from->chain) &&
           instant_of(from->progress, to->received_ms, &to->progress_ms) &&
           instant_of(from->submitted, to->received_ms, &to->submitted_ms) &&
           TEXT_OF_STORE(to->closing_number, from->closing_number) &&
           instant_of(from->closed, to->received_ms, &to->closed_ms);
}

int order_unpack(struct slice bytes, struct arena *a, struct order *ret_order)
{
    struct scratch s;
    ProtobufCMessage *message;
    int r;

    scratch_init(&s, a);
    r = message_unpack(&store__order__descriptor, bytes, &s, &message);
    if (r < 0)
        return r;
    memset(ret_order, 0, sizeof(*ret_order)); /* in place: the struct is large */
    return order_of_store((const Store__Order *)message, ret_order) ? 0 : -EBADMSG;
}
