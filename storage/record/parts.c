/*
 * parts.c - the parts that orders and history entries share, to the store schema and back.
 * Field by field, nothing else: what a value means is said in order.h and store.proto.
 */
#include "storage/record/codec.h"

#include "base/base.h"

/* --- actor ------------------------------------------------------------------------------------ */

/* Nobody (no role, no id) is not written at all. */
Store__Actor *actor_to_store(const struct actor *actor, struct scratch *s)
{
    Store__Actor *to;

    if (actor->role == ROLE_UNSPECIFIED && actor->id[0] == '\0')
        return NULL;
    to = SCRATCH_NEW(s, Store__Actor);
    if (!to)
        return NULL;
    store__actor__init(to);
    to->role = actor->role;
    to->id = actor->id;
    return to;
}

bool actor_of_store(const Store__Actor *from, struct actor *to)
{
    if (!from)
        return true;
    to->role = (enum role)from->role;
    return from->role < ROLE_MAX && TEXT_OF_STORE(to->id, from->id);
}

/* --- clock ------------------------------------------------------------------------------------ */

static void length_to_store(const struct clock *clock, Store__Clock *to)
{
    switch (clock->length.unit) {
    case LENGTH_WORKING_DAYS:
        to->length_case = STORE__CLOCK__LENGTH_WORKING_DAYS;
        to->working_days = clock->length.amount;
        break;
    case LENGTH_WORKING_MINUTES:
        to->length_case = STORE__CLOCK__LENGTH_WORKING_MINUTES;
        to->working_minutes = clock->length.amount;
        break;
    case LENGTH_NATURAL_MINUTES:
        to->length_case = STORE__CLOCK__LENGTH_NATURAL_MINUTES;
        to->natural_minutes = clock->length.amount;
        break;
    case LENGTH_UNSPECIFIED:
        break;
    }
}

static void length_of_store(const Store__Clock *from, struct clock *to)
{
    switch (from->length_case) {
    case STORE__CLOCK__LENGTH_WORKING_DAYS:
        to->length.unit = LENGTH_WORKING_DAYS;
        to->length.amount = from->working_days;
        break;
    case STORE__CLOCK__LENGTH_WORKING_MINUTES:
        to->length.unit = LENGTH_WORKING_MINUTES;
        to->length.amount = from->working_minutes;
        break;
    case STORE__CLOCK__LENGTH_NATURAL_MINUTES:
        to->length.unit = LENGTH_NATURAL_MINUTES;
        to->length.amount = from->natural_minutes;
        break;
    default:
        break;
    }
}

Store__Clock *clock_to_store(enum clock_kind kind, const struct clock *clock, int64_t base_ms,
                             struct scratch *s)
{
    Store__Clock *to = SCRATCH_NEW(s, Store__Clock);

    if (!to)
        return NULL;
    store__clock__init(to);
    to->kind = kind;
    to->status = clock->status;
    to->restarts = clock->stamp - 1;
    to->start = away_of(clock->start_ms, base_ms);
    to->due = away_of(clock->due_ms, clock->start_ms);
    to->stopped = away_of(clock->stopped_ms, clock->start_ms);
    to->wake = away_of(clock->wake_ms, clock->start_ms);
    to->calendar_version = clock->calendar_version;
    length_to_store(clock, to);
    to->rungs_fired = clock->rungs_fired;
    to->rung = away_of(clock->rung_ms, clock->start_ms);
    to->rung_acknowledged = clock->rung_acknowledged;
    to->overdue = away_of(clock->overdue_ms, clock->start_ms);
    to->provisional_from = clock->provisional_from;
    return to;
}

bool clock_of_store(const Store__Clock *from, int64_t base_ms, enum clock_kind *ret_kind,
                    struct clock *to)
{
    *ret_kind = (enum clock_kind)from->kind;
    to->status = (enum clock_status)from->status;
    to->stamp = from->restarts + 1;
    to->calendar_version = from->calendar_version;
    length_of_store(from, to);
    to->rungs_fired = (uint8_t)from->rungs_fired;
    to->rung_acknowledged = from->rung_acknowledged;
    to->provisional_from = from->provisional_from;
    return from->kind > CLOCK_UNSPECIFIED && from->kind < CLOCK_MAX &&
           from->status <= CLOCK_STATUS_SUPERSEDED && from->rungs_fired <= UINT8_MAX &&
           instant_of(from->start, base_ms, &to->start_ms) &&
           instant_of(from->due, to->start_ms, &to->due_ms) &&
           instant_of(from->stopped, to->start_ms, &to->stopped_ms) &&
           instant_of(from->wake, to->start_ms, &to->wake_ms) &&
           instant_of(from->rung, to->start_ms, &to->rung_ms) &&
           instant_of(from->overdue, to->start_ms, &to->overdue_ms);
}

/* --- intake ----------------------------------------------------------------------------------- */

Store__Intake *intake_to_store(const struct order *order, struct scratch *s)
{
    Store__Intake *to = SCRATCH_NEW(s, Store__Intake);
    ProtobufCBinaryData *phones =
        order->n_phones ? scratch_alloc(s, sizeof(*phones) * order->n_phones) : NULL;

    if (s->failed)
        return NULL;
    must(order->n_phones <= PHONES_MAX);
    store__intake__init(to);
    to->received_ms = order->received_ms;
    to->recorded = away_of(order->recorded_ms, order->received_ms);
    to->district_number = order->district_number;
    to->city_number = order->city_number;
    to->channel = order->channel;
    to->category = order->category;
    to->matter_code = order->matter_code;
    to->area_unit = order->area_unit;
    to->grid = order->grid;
    to->urgent = order->urgent;
    to->confidential = order->confidential;
    to->major = order->major;
    to->multi_department = order->multi_department;
    for (size_t i = 0; i < order->n_phones; i++)
        phones[i] =
            (ProtobufCBinaryData){ .len = BLIND_INDEX_BYTES, .data = (uint8_t *)order->phones[i] };
    to->phones = phones;
    to->n_phones = order->n_phones;
    to->intake_digest = bytes_to_store(order->intake_digest, sizeof(order->intake_digest));
    to->rules_version = order->rules_version;
    return to;
}

static bool phones_of_store(const Store__Intake *from, struct order *to)
{
    if (from->n_phones > PHONES_MAX)
        return false;
    for (size_t i = 0; i < from->n_phones; i++) {
        if (from->phones[i].len != BLIND_INDEX_BYTES)
            return false;
        memcpy(to->phones[i], from->phones[i].data, BLIND_INDEX_BYTES);
    }
    to->n_phones = from->n_phones;
    return true;
}

bool intake_of_store(const Store__Intake *from, struct order *to)
{
    to->received_ms = from->received_ms;
    to->channel = from->channel;
    to->category = (enum request_category)from->category;
    to->urgent = from->urgent;
    to->confidential = from->confidential;
    to->major = from->major;
    to->multi_department = from->multi_department;
    to->rules_version = from->rules_version;
    return instant_is_sane(from->received_ms) && from->category <= CATEGORY_SUGGESTION &&
           instant_of(from->recorded, from->received_ms, &to->recorded_ms) &&
           TEXT_OF_STORE(to->district_number, from->district_number) &&
           TEXT_OF_STORE(to->city_number, from->city_number) &&
           TEXT_OF_STORE(to->matter_code, from->matter_code) &&
           TEXT_OF_STORE(to->area_unit, from->area_unit) && TEXT_OF_STORE(to->grid, from->grid) &&
           phones_of_store(from, to) &&
           bytes_of_store(to->intake_digest, sizeof(to->intake_digest), &from->intake_digest);
}

/* --- assignment ------------------------------------------------------------------------------- */

static bool limit_is_known(uint32_t limit)
{
    return limit == LIMIT_UNSPECIFIED || limit == LIMIT_ONE_DAY || limit == LIMIT_FIVE_DAYS ||
           limit == LIMIT_TEN_DAYS;
}

Store__Assignment *assignment_to_store(const struct assignment *assignment, int64_t base_ms,
                                       struct scratch *s)
{
    Store__Assignment *to = SCRATCH_NEW(s, Store__Assignment);
    const char **informed = assignment->n_informed
                                ? scratch_alloc(s, sizeof(*informed) * assignment->n_informed)
                                : NULL;

    if (s->failed)
        return NULL;
    must(assignment->n_informed <= INFORMED_MAX);
    store__assignment__init(to);
    to->number = assignment->number;
    to->mode = assignment->mode;
    to->main_unit = assignment->main_unit;
    for (size_t i = 0; i < assignment->n_informed; i++)
        informed[i] = assignment->informed[i];
    to->informed = informed;
    to->n_informed = assignment->n_informed;
    to->limit = assignment->limit;
    to->delivered = away_of(assignment->delivered_ms, base_ms);
    to->taken = away_of(assignment->taken_ms, base_ms);
    to->taken_by = actor_to_store(&assignment->taken_by, s);
    to->text = assignment->text;
    return to;
}

bool assignment_of_store(const Store__Assignment *from, int64_t base_ms, struct assignment *to)
{
    to->number = from->number;
    to->mode = (enum dispatch_mode)from->mode;
    to->limit = (enum limit_class)from->limit;
    to->text = from->text;
    if (from->n_informed > INFORMED_MAX)
        return false;
    for (size_t i = 0; i < from->n_informed; i++) {
        if (!TEXT_OF_STORE(to->informed[i], from->informed[i]))
            return false;
    }
    to->n_informed = from->n_informed;
    return from->mode <= DISPATCH_MODE_DESIGNATED && limit_is_known(from->limit) &&
           TEXT_OF_STORE(to->main_unit, from->main_unit) &&
           instant_of(from->delivered, base_ms, &to->delivered_ms) &&
           instant_of(from->taken, base_ms, &to->taken_ms) &&
           actor_of_store(from->taken_by, &to->taken_by);
}

/* --- contact ---------------------------------------------------------------------------------- */

Store__Contact *contact_to_store(const struct contact *contact, int64_t base_ms, struct scratch *s)
{
    Store__Contact *to = SCRATCH_NEW(s, Store__Contact);

    if (!to)
        return NULL;
    store__contact__init(to);
    to->at = away_of(contact->at_ms, base_ms);
    to->channel = contact->channel;
    to->line = contact->line;
    to->result = contact->result;
    to->by_unit = contact->by_unit;
    to->by = actor_to_store(&contact->by, s);
    to->text = contact->text;
    return to;
}

bool contact_of_store(const Store__Contact *from, int64_t base_ms, struct contact *to)
{
    to->channel = from->channel;
    to->line = from->line;
    to->result = (enum contact_result)from->result;
    to->by_unit = from->by_unit;
    to->text = from->text;
    return from->result <= CONTACT_RESULT_WAIVED && instant_of(from->at, base_ms, &to->at_ms) &&
           actor_of_store(from->by, &to->by);
}

/* --- reply ------------------------------------------------------------------------------------ */

bool reasons_of_store(const uint32_t *from, size_t n_from, uint32_t to[REASONS_MAX], size_t *ret_n)
{
    if (n_from > REASONS_MAX)
        return false;
    if (n_from > 0)
        memcpy(to, from, sizeof(*from) * n_from);
    *ret_n = n_from;
    return true;
}

Store__Reply *reply_to_store(const struct reply *reply, int64_t base_ms, struct scratch *s)
{
    Store__Reply *to = SCRATCH_NEW(s, Store__Reply);

    if (!to)
        return NULL;
    must(reply->n_reasons <= REASONS_MAX);
    store__reply__init(to);
    to->number = reply->number;
    to->submitted = away_of(reply->submitted_ms, base_ms);
    to->author = actor_to_store(&reply->author, s);
    to->result = reply->result;
    to->basis = reply->basis;
    to->answer_channel = reply->answer_channel;
    to->answered = away_of(reply->answered_ms, base_ms);
    to->plan_day = reply->plan_day;
    to->text = reply->text;
    to->reviewed = away_of(reply->reviewed_ms, base_ms);
    to->reviewer = actor_to_store(&reply->reviewer, s);
    to->accepted = reply->accepted;
    to->late = reply->late;
    to->reasons = (uint32_t *)reply->reasons;
    to->n_reasons = reply->n_reasons;
    to->review_text = reply->review_text;
    return to;
}

bool reply_of_store(const Store__Reply *from, int64_t base_ms, struct reply *to)
{
    to->number = from->number;
    to->result = (enum result_type)from->result;
    to->basis = (enum handling_basis)from->basis;
    to->answer_channel = from->answer_channel;
    to->plan_day = from->plan_day;
    to->text = from->text;
    to->accepted = from->accepted;
    to->late = from->late;
    to->review_text = from->review_text;
    return from->result <= RESULT_OBJECTIVELY_IMPOSSIBLE && from->basis <= BASIS_PROCEDURAL &&
           instant_of(from->submitted, base_ms, &to->submitted_ms) &&
           instant_of(from->answered, base_ms, &to->answered_ms) &&
           instant_of(from->reviewed, base_ms, &to->reviewed_ms) &&
           actor_of_store(from->author, &to->author) &&
           actor_of_store(from->reviewer, &to->reviewer) &&
           reasons_of_store(from->reasons, from->n_reasons, to->reasons, &to->n_reasons);
}

/* --- visit ------------------------------------------------------------------------------------ */

Store__Visit *visit_to_store(const struct visit *visit, int64_t base_ms, struct scratch *s)
{
    Store__Visit *to = SCRATCH_NEW(s, Store__Visit);

    if (!to)
        return NULL;
    store__visit__init(to);
    to->at = away_of(visit->at_ms, base_ms);
    to->channel = visit->channel;
    to->result = visit->result;
    to->outcome = visit->outcome;
    to->by = actor_to_store(&visit->by, s);
    to->contacted = visit->contacted;
    to->informed = visit->informed;
    to->solved = visit->solved;
    to->explained = visit->explained;
    to->attitude = visit->attitude;
    to->handling = visit->handling;
    to->understanding = visit->understanding;
    to->bad_attitude = visit->bad_attitude;
    to->text = visit->text;
    return to;
}

bool visit_of_store(const Store__Visit *from, int64_t base_ms, struct visit *to)
{
    to->channel = from->channel;
    to->result = (enum contact_result)from->result;
    to->outcome = (enum visit_outcome)from->outcome;
    to->contacted = from->contacted;
    to->informed = from->informed;
    to->solved = from->solved;
    to->explained = from->explained;
    to->attitude = from->attitude;
    to->handling = from->handling;
    to->understanding = from->understanding;
    to->bad_attitude = from->bad_attitude;
    to->text = from->text;
    return from->result <= CONTACT_RESULT_WAIVED && from->outcome < VISIT_OUTCOME_MAX &&
           instant_of(from->at, base_ms, &to->at_ms) && actor_of_store(from->by, &to->by);
}
