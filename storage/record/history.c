/*
 * history.c - what happened, as an entry of the order's history and of the event stream, and the
 * hash chain over the history.
 *
 * An entry holds everything that order_apply() needs, and instead of the text it brought only the
 * text's salted digest. Entries are written once and never again, so no unknown fields are kept.
 */
#include "storage/record/record.h"

#include <errno.h>

#include "base/arena.h"
#include "storage/record/codec.h"

#include "base/base.h"

void history_chain(uint8_t chain[32], struct slice entry)
{
    struct slice parts[] = { slice_of(chain, DIGEST_BYTES), entry };
    struct digest head;

    digest_of(parts, COUNT_OF(parts), &head);
    memcpy(chain, head.bytes, DIGEST_BYTES);
}

/* --- packing ---------------------------------------------------------------------------------- */

static Store__Accepted *accepted_to_store(const union event_body *body, struct scratch *s)
{
    Store__Accepted *to = SCRATCH_NEW(s, Store__Accepted);

    if (!to)
        return NULL;
    store__accepted__init(to);
    to->category = body->accepted.category;
    to->matter_code = body->accepted.matter_code;
    to->urgent = body->accepted.urgent;
    to->confidential = body->accepted.confidential;
    to->major = body->accepted.major;
    to->multi_department = body->accepted.multi_department;
    return to;
}

static Store__Rejected *rejected_to_store(const union event_body *body, struct scratch *s)
{
    Store__Rejected *to = SCRATCH_NEW(s, Store__Rejected);

    if (!to)
        return NULL;
    must(body->rejected.n_reasons <= REASONS_MAX);
    store__rejected__init(to);
    to->reasons = (uint32_t *)body->rejected.reasons;
    to->n_reasons = body->rejected.n_reasons;
    return to;
}

static Store__Closed *closed_to_store(const union event_body *body, struct scratch *s)
{
    Store__Closed *to = SCRATCH_NEW(s, Store__Closed);

    if (!to)
        return NULL;
    store__closed__init(to);
    to->number = body->closed.number;
    return to;
}

/* Which member of the body a command uses. */
static Store__HistoryEntry__BodyCase body_case_of(enum command_kind command)
{
    static const Store__HistoryEntry__BodyCase cases[COMMAND_MAX] = {
        [COMMAND_RECEIVE_ORDER] = STORE__HISTORY_ENTRY__BODY_RECEIVED,
        [COMMAND_AMEND_ORDER] = STORE__HISTORY_ENTRY__BODY_AMENDED,
        [COMMAND_ACCEPT_ORDER] = STORE__HISTORY_ENTRY__BODY_ACCEPTED,
        [COMMAND_DISPATCH_ORDER] = STORE__HISTORY_ENTRY__BODY_DISPATCHED,
        [COMMAND_RECORD_CONTACT] = STORE__HISTORY_ENTRY__BODY_CONTACTED,
        [COMMAND_SUBMIT_REPLY] = STORE__HISTORY_ENTRY__BODY_REPLIED,
        [COMMAND_REJECT_REPLY] = STORE__HISTORY_ENTRY__BODY_REJECTED,
        [COMMAND_RECORD_VISIT_ATTEMPT] = STORE__HISTORY_ENTRY__BODY_VISITED,
        [COMMAND_RECORD_VISIT] = STORE__HISTORY_ENTRY__BODY_VISITED,
        [COMMAND_RECORD_CLOSING] = STORE__HISTORY_ENTRY__BODY_CLOSED,
    };

    return cases[command];
}

static void body_to_store(const struct event *event, Store__HistoryEntry *to, struct scratch *s)
{
    const union event_body *body = &event->body;

    to->body_case = body_case_of(event->command);
    switch (to->body_case) {
    case STORE__HISTORY_ENTRY__BODY_RECEIVED:
        to->received = intake_to_store(&body->received, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_AMENDED:
        to->amended = intake_to_store(&body->amended, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_ACCEPTED:
        to->accepted = accepted_to_store(body, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_DISPATCHED:
        to->dispatched = assignment_to_store(&body->dispatched, event->at_ms, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_CONTACTED:
        to->contacted = contact_to_store(&body->contacted, event->at_ms, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_REPLIED:
        to->replied = reply_to_store(&body->replied, event->at_ms, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_REJECTED:
        to->rejected = rejected_to_store(body, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_VISITED:
        to->visited = visit_to_store(&body->visited, event->at_ms, s);
        break;
    case STORE__HISTORY_ENTRY__BODY_CLOSED:
        to->closed = closed_to_store(body, s);
        break;
    default:
        break;
    }
}

static void changes_to_store(const struct event *event, Store__HistoryEntry *to, struct scratch *s)
{
    must(event->n_clocks <= CLOCK_MAX);
    to->clocks = SCRATCH_LIST(s, Store__Clock, event->n_clocks);
    if (!to->clocks)
        return;
    for (size_t i = 0; i < event->n_clocks; i++)
        to->clocks[i] =
            clock_to_store(event->clocks[i].kind, &event->clocks[i].after, event->at_ms, s);
    to->n_clocks = event->n_clocks;
}

struct slice history_pack(const struct history_entry *entry, uint8_t chain[32], struct arena *a)
{
    const struct event *event = &entry->event;
    struct scratch s;
    Store__HistoryEntry to;
    struct slice bytes;

    must(event->command > COMMAND_UNSPECIFIED && event->command < COMMAND_MAX);
    scratch_init(&s, a);
    store__history_entry__init(&to);
    to.order_id = entry->order_id;
    to.order_version = entry->order_version;
    to.at_ms = event->at_ms;
    to.command = event->command;
    to.row = event->row;
    to.actor = actor_to_store(&event->actor, &s);
    to.from = event->from;
    to.to = event->to;
    changes_to_store(event, &to, &s);
    to.main_unit = entry->main_unit;
    to.urgent = entry->urgent;
    to.district_number = entry->district_number;
    to.text = event->text;
    to.text_digest = bytes_to_store(entry->text_digest.bytes, DIGEST_BYTES);
    to.visit_done = event->visit_done;
    body_to_store(event, &to, &s);
    if (s.failed)
        return (struct slice){ 0 };
    bytes = message_pack(&to.base, a);
    if (bytes.data)
        history_chain(chain, bytes);
    return bytes;
}

/* --- unpacking -------------------------------------------------------------------------------- */

static bool accepted_of_store(const Store__Accepted *from, union event_body *to)
{
    to->accepted.category = (enum request_category)from->category;
    to->accepted.urgent = from->urgent;
    to->accepted.confidential = from->confidential;
    to->accepted.major = from->major;
    to->accepted.multi_department = from->multi_department;
    return from->category <= CATEGORY_SUGGESTION &&
           TEXT_OF_STORE(to->accepted.matter_code, from->matter_code);
}

static bool body_of_store(const Store__HistoryEntry *from, struct event *event)
{
    union event_body *to = &event->body;

    if (from->body_case != body_case_of(event->command))
        return false;
    switch (from->body_case) {
    case STORE__HISTORY_ENTRY__BODY_RECEIVED:
        return intake_of_store(from->received, &to->received) &&
               TEXT_OF_STORE(to->received.id, from->order_id);
    case STORE__HISTORY_ENTRY__BODY_AMENDED:
        return intake_of_store(from->amended, &to->amended) &&
               TEXT_OF_STORE(to->amended.id, from->order_id);
    case STORE__HISTORY_ENTRY__BODY_ACCEPTED:
        return accepted_of_store(from->accepted, to);
    case STORE__HISTORY_ENTRY__BODY_DISPATCHED:
        return assignment_of_store(from->dispatched, event->at_ms, &to->dispatched);
    case STORE__HISTORY_ENTRY__BODY_CONTACTED:
        return contact_of_store(from->contacted, event->at_ms, &to->contacted);
    case STORE__HISTORY_ENTRY__BODY_REPLIED:
        return reply_of_store(from->replied, event->at_ms, &to->replied);
    case STORE__HISTORY_ENTRY__BODY_REJECTED:
        return reasons_of_store(from->rejected->reasons, from->rejected->n_reasons,
                                to->rejected.reasons, &to->rejected.n_reasons);
    case STORE__HISTORY_ENTRY__BODY_VISITED:
        return visit_of_store(from->visited, event->at_ms, &to->visited);
    case STORE__HISTORY_ENTRY__BODY_CLOSED:
        return TEXT_OF_STORE(to->closed.number, from->closed->number);
    default:
        return true;
    }
}

static bool changes_of_store(const Store__HistoryEntry *from, struct event *event)
{
    if (from->n_clocks > CLOCK_MAX)
        return false;
    for (size_t i = 0; i < from->n_clocks; i++) {
        struct clock_change *change = &event->clocks[i];

        if (!clock_of_store(from->clocks[i], event->at_ms, &change->kind, &change->after))
            return false;
    }
    event->n_clocks = from->n_clocks;
    return true;
}

/* to: zeroed. */
static bool entry_of_store(const Store__HistoryEntry *from, struct history_entry *to)
{
    struct event *event = &to->event;

    if (from->command == COMMAND_UNSPECIFIED || from->command >= COMMAND_MAX ||
        from->from >= ORDER_STATE_MAX || from->to >= ORDER_STATE_MAX ||
        !instant_is_sane(from->at_ms))
        return false;
    to->order_version = from->order_version;
    to->urgent = from->urgent;
    event->command = (enum command_kind)from->command;
    event->row = from->row;
    event->at_ms = from->at_ms;
    event->from = (enum order_state)from->from;
    event->to = (enum order_state)from->to;
    event->text = from->text;
    event->visit_done = from->visit_done;
    return TEXT_OF_STORE(to->order_id, from->order_id) &&
           actor_of_store(from->actor, &event->actor) && changes_of_store(from, event) &&
           TEXT_OF_STORE(to->main_unit, from->main_unit) &&
           TEXT_OF_STORE(to->district_number, from->district_number) &&
           bytes_of_store(to->text_digest.bytes, DIGEST_BYTES, &from->text_digest) &&
           body_of_store(from, event);
}

int history_unpack(struct slice bytes, struct arena *a, struct history_entry *ret_entry)
{
    struct scratch s;
    struct history_entry entry = { 0 };
    ProtobufCMessage *message;
    int r;

    scratch_init(&s, a);
    r = message_unpack(&store__history_entry__descriptor, bytes, &s, &message);
    if (r < 0)
        return r;
    if (!entry_of_store((const Store__HistoryEntry *)message, &entry))
        return -EBADMSG;
    *ret_entry = entry;
    return 0;
}
