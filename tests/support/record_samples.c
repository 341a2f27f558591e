/* record_samples.c - see record_samples.h. */
#include "tests/support/record_samples.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "domain/civil.h"

#include "base/base.h"

/* --- dice ------------------------------------------------------------------------------------- */

struct dice dice_new(void)
{
    const char *given = getenv("HOTLINE_SEED");
    struct dice dice;

    if (given)
        dice.state = strtoull(given, NULL, 0);
    else
        must(random_bytes(&dice.state, sizeof(dice.state)) == 0);
    printf("HOTLINE_SEED=%#llx\n", (unsigned long long)dice.state);
    return dice;
}

/* splitmix64 */
static uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t dice_roll(struct dice *dice, uint32_t below)
{
    return (uint32_t)(dice_next(dice) % below);
}

static bool dice_coin(struct dice *dice)
{
    return dice_roll(dice, 2) == 1;
}

/* Small, middle or any. */
static uint32_t dice_number(struct dice *dice)
{
    uint64_t value = dice_next(dice);

    return dice_coin(dice) ? (uint32_t)(value % 8) : (uint32_t)value;
}

/* Never, near the base (also before it), or anywhere. */
static int64_t dice_instant(struct dice *dice, int64_t base_ms)
{
    switch (dice_roll(dice, 4)) {
    case 0:
        return 0;
    case 1:
        return base_ms + (int64_t)dice_roll(dice, 3) - 1;
    case 2:
        return base_ms + (int64_t)dice_roll(dice, UINT32_MAX) - INT64_C(1000000000);
    default:
        return 1 + (int64_t)(dice_next(dice) % UINT64_C(253402300799999));
    }
}

static int64_t dice_base(struct dice *dice)
{
    return INT64_C(1767196800000) + (int64_t)dice_roll(dice, UINT32_MAX);
}

static void dice_bytes(struct dice *dice, uint8_t *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(dice_next(dice) >> 8);
}

void dice_text(struct dice *dice, char *to, size_t size)
{
    size_t left = dice_coin(dice) ? size - 1 : dice_roll(dice, (uint32_t)size);
    size_t n = 0;

    memset(to, 0, size);
    while (left > 0) {
        if (left >= 3 && dice_coin(dice)) {
            memcpy(to + n, "\xe5\x8d\x95", 3); /* 单 */
            n += 3;
            left -= 3;
        } else {
            to[n++] = (char)('!' + dice_roll(dice, 94));
            left--;
        }
    }
}

void dice_code(struct dice *dice, char *to, size_t size)
{
    size_t n = 1 + dice_roll(dice, (uint32_t)size - 1);

    memset(to, 0, size);
    for (size_t i = 0; i < n; i++)
        to[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[dice_roll(dice, 36)];
}

/* --- a typical order -------------------------------------------------------------------------- */

#define TEXT_SET(array, text) (void)snprintf((array), sizeof(array), "%s", (text))

static void start_clock(struct order *order, enum clock_kind kind, int64_t start_ms,
                        struct clock clock)
{
    clock.stamp = 1;
    clock.start_ms = start_ms;
    clock.calendar_version = 3;
    if (clock.status == CLOCK_STATUS_RUNNING)
        clock.wake_ms = clock.due_ms - 8 * 60 * MINUTE_MS;
    order->clocks[kind] = clock;
}

#define MET(at_ms) .status = CLOCK_STATUS_MET, .stopped_ms = (at_ms)
#define RUNS .status = CLOCK_STATUS_RUNNING
#define WORKING_DAYS(n) .length = { LENGTH_WORKING_DAYS, (n) }
#define WORKING_MINUTES(n) .length = { LENGTH_WORKING_MINUTES, (n) }

void sample_dispatched_order(struct order *ret_order)
{
    /* Wednesday 2026-07-15, 09:12:40.123 */
    const int64_t received = INT64_C(1784077960123), minute = MINUTE_MS;
    const int64_t midnight = civil_day_start_ms(civil_day_of(received));
    struct order order;

    memset(&order, 0, sizeof(order));
    TEXT_SET(order.id, "0CYV7K3M9Q2XABCD");
    order.state = ORDER_STATE_DISPATCHED;
    TEXT_SET(order.district_number, "BS2026071500001");
    TEXT_SET(order.city_number, "SH12345-20260715-000123");
    order.channel = 1;
    order.category = CATEGORY_HELP;
    TEXT_SET(order.matter_code, "0203-11");
    TEXT_SET(order.area_unit, "U31");
    TEXT_SET(order.grid, "310113-07");
    order.received_ms = received;
    order.recorded_ms = received + 1873;
    for (size_t i = 0; i < BLIND_INDEX_BYTES; i++)
        order.phones[0][i] = (uint8_t)(17 * i + 1);
    order.n_phones = 1;
    for (size_t i = 0; i < sizeof(order.intake_digest); i++)
        order.intake_digest[i] = (uint8_t)(11 * i + 3);
    order.assignment = (struct assignment){ .number = 1,
                                            .mode = DISPATCH_MODE_STATUTORY,
                                            .main_unit = "U09",
                                            .limit = LIMIT_FIVE_DAYS,
                                            .delivered_ms = received + 47 * minute + 400,
                                            .text = 3 };
    order.contacts[0] = (struct contact){ .at_ms = received + 21 * minute + 7,
                                          .channel = 1,
                                          .line = 1,
                                          .result = CONTACT_RESULT_REACHED,
                                          .by = { ROLE_OFFICE_CLERK, "clerk-02" },
                                          .text = 2 };
    order.n_contacts = 1;
    start_clock(&order, CLOCK_ACCEPT, received,
                (struct clock){ MET(received + 11 * minute + 77), WORKING_MINUTES(120),
                                .due_ms = received + 120 * minute });
    start_clock(&order, CLOCK_CONTACT, received,
                (struct clock){ MET(received + 21 * minute + 7), WORKING_DAYS(1),
                                .due_ms = midnight + 2 * DAY_MS });
    start_clock(&order, CLOCK_ORDER, received,
                (struct clock){ RUNS, WORKING_DAYS(10), .due_ms = midnight + 15 * DAY_MS });
    start_clock(&order, CLOCK_DISPATCH, received + 11 * minute + 77,
                (struct clock){ MET(received + 47 * minute + 400), WORKING_MINUTES(240),
                                .due_ms = received + 251 * minute });
    start_clock(&order, CLOCK_TAKE, received + 47 * minute + 400,
                (struct clock){ RUNS, WORKING_MINUTES(240), .due_ms = received + 287 * minute,
                                .rungs_fired = 1, .rung_ms = received + 47 * minute + 400 });
    start_clock(&order, CLOCK_HANDLE, received + 47 * minute + 400,
                (struct clock){ RUNS, WORKING_DAYS(5), .due_ms = midnight + 8 * DAY_MS,
                                .rungs_fired = 1, .rung_ms = received + 47 * minute + 400 });
    start_clock(&order, CLOCK_EXTENSION_WINDOW, received + 47 * minute + 400,
                (struct clock){ RUNS, WORKING_DAYS(3), .due_ms = midnight + 6 * DAY_MS });
    order.texts = 3;
    order.events = 4;
    order.last_event_ms = received + 47 * minute + 400;
    order.rules_version = 1;
    for (size_t i = 0; i < sizeof(order.chain); i++)
        order.chain[i] = (uint8_t)(5 * i + 9);
    *ret_order = order;
}

void sample_typical_order(struct order *ret_order)
{
    int64_t taken_ms;

    sample_dispatched_order(ret_order);
    taken_ms = ret_order->received_ms + 93 * MINUTE_MS + 250;
    ret_order->state = ORDER_STATE_HANDLING;
    ret_order->assignment.taken_ms = taken_ms;
    ret_order->assignment.taken_by = (struct actor){ ROLE_SPECIALIST, "spec-09-1" };
    ret_order->clocks[CLOCK_TAKE].status = CLOCK_STATUS_MET;
    ret_order->clocks[CLOCK_TAKE].stopped_ms = taken_ms;
    ret_order->clocks[CLOCK_TAKE].wake_ms = 0;
    ret_order->events = 5;
    ret_order->last_event_ms = taken_ms;
}

/* --- random ones ------------------------------------------------------------------------------ */

void sample_actor(struct dice *dice, struct actor *ret_actor)
{
    memset(ret_actor, 0, sizeof(*ret_actor));
    ret_actor->role = dice_roll(dice, ROLE_MAX);
    dice_text(dice, ret_actor->id, sizeof(ret_actor->id));
}

static void sample_clock(struct dice *dice, int64_t base_ms, struct clock *clock)
{
    memset(clock, 0, sizeof(*clock));
    clock->status = 1 + dice_roll(dice, CLOCK_STATUS_SUPERSEDED);
    clock->stamp = dice_coin(dice) ? 1 : dice_number(dice);
    clock->start_ms = dice_instant(dice, base_ms);
    clock->due_ms = dice_instant(dice, base_ms);
    clock->stopped_ms = dice_instant(dice, base_ms);
    clock->overdue_ms = dice_instant(dice, base_ms);
    clock->wake_ms = dice_instant(dice, base_ms);
    clock->provisional_from = (int32_t)dice_number(dice);
    clock->calendar_version = dice_number(dice);
    clock->length.unit = dice_roll(dice, LENGTH_NATURAL_MINUTES + 1);
    clock->length.amount = clock->length.unit ? (int32_t)dice_number(dice) : 0;
    clock->rungs_fired = (uint8_t)dice_roll(dice, 256);
    clock->rung_ms = dice_instant(dice, base_ms);
    clock->rung_acknowledged = dice_coin(dice);
}

static void sample_contact(struct dice *dice, int64_t base_ms, struct contact *contact)
{
    memset(contact, 0, sizeof(*contact));
    contact->at_ms = dice_instant(dice, base_ms);
    contact->channel = dice_number(dice);
    contact->line = dice_number(dice);
    contact->result = dice_roll(dice, CONTACT_RESULT_WAIVED + 1);
    contact->by_unit = dice_coin(dice);
    sample_actor(dice, &contact->by);
    contact->text = dice_number(dice);
}

static void sample_reasons(struct dice *dice, uint32_t reasons[REASONS_MAX], size_t *n)
{
    *n = dice_roll(dice, REASONS_MAX + 1);
    for (size_t i = 0; i < *n; i++)
        reasons[i] = dice_number(dice);
}

static void sample_reply(struct dice *dice, int64_t base_ms, struct reply *reply)
{
    memset(reply, 0, sizeof(*reply));
    reply->number = dice_number(dice);
    reply->submitted_ms = dice_instant(dice, base_ms);
    sample_actor(dice, &reply->author);
    reply->result = dice_roll(dice, RESULT_OBJECTIVELY_IMPOSSIBLE + 1);
    reply->basis = dice_roll(dice, BASIS_PROCEDURAL + 1);
    reply->answer_channel = dice_number(dice);
    reply->answered_ms = dice_instant(dice, base_ms);
    reply->plan_day = (int32_t)dice_number(dice);
    reply->text = dice_number(dice);
    reply->reviewed_ms = dice_instant(dice, base_ms);
    sample_actor(dice, &reply->reviewer);
    reply->accepted = dice_coin(dice);
    reply->late = dice_coin(dice);
    sample_reasons(dice, reply->reasons, &reply->n_reasons);
    reply->review_text = dice_number(dice);
}

static void sample_visit(struct dice *dice, int64_t base_ms, struct visit *visit)
{
    memset(visit, 0, sizeof(*visit));
    visit->at_ms = dice_instant(dice, base_ms);
    visit->channel = dice_number(dice);
    visit->result = dice_roll(dice, CONTACT_RESULT_WAIVED + 1);
    visit->outcome = dice_roll(dice, VISIT_OUTCOME_MAX);
    sample_actor(dice, &visit->by);
    visit->contacted = dice_number(dice);
    visit->informed = dice_number(dice);
    visit->solved = dice_number(dice);
    visit->explained = dice_number(dice);
    visit->attitude = dice_number(dice);
    visit->handling = dice_number(dice);
    visit->understanding = dice_number(dice);
    visit->bad_attitude = dice_coin(dice);
    visit->text = dice_number(dice);
}

static void sample_assignment(struct dice *dice, int64_t base_ms, struct assignment *assignment)
{
    static const enum limit_class limits[] = { LIMIT_UNSPECIFIED, LIMIT_ONE_DAY, LIMIT_FIVE_DAYS,
                                               LIMIT_TEN_DAYS };

    memset(assignment, 0, sizeof(*assignment));
    assignment->number = 1 + dice_roll(dice, 1000);
    assignment->mode = dice_roll(dice, DISPATCH_MODE_DESIGNATED + 1);
    dice_code(dice, assignment->main_unit, sizeof(assignment->main_unit));
    assignment->n_informed = dice_roll(dice, INFORMED_MAX + 1);
    for (size_t i = 0; i < assignment->n_informed; i++) {
        if (dice_coin(dice))
            dice_code(dice, assignment->informed[i], 3); /* some of them twice */
        else
            dice_code(dice, assignment->informed[i], UNIT_CODE_BYTES);
    }
    assignment->limit = limits[dice_roll(dice, COUNT_OF(limits))];
    assignment->delivered_ms = dice_instant(dice, base_ms);
    assignment->taken_ms = dice_instant(dice, base_ms);
    sample_actor(dice, &assignment->taken_by);
    assignment->text = dice_number(dice);
}

static void sample_intake(struct dice *dice, int64_t received_ms, struct order *order)
{
    order->received_ms = received_ms;
    order->recorded_ms = dice_instant(dice, received_ms);
    dice_text(dice, order->district_number, sizeof(order->district_number));
    dice_text(dice, order->city_number, sizeof(order->city_number));
    order->channel = dice_number(dice);
    order->category = dice_roll(dice, CATEGORY_SUGGESTION + 1);
    dice_text(dice, order->matter_code, sizeof(order->matter_code));
    dice_text(dice, order->area_unit, sizeof(order->area_unit));
    dice_text(dice, order->grid, sizeof(order->grid));
    order->urgent = dice_coin(dice);
    order->confidential = dice_coin(dice);
    order->major = dice_coin(dice);
    order->multi_department = dice_coin(dice);
    order->n_phones = dice_roll(dice, PHONES_MAX + 1);
    for (size_t i = 0; i < order->n_phones; i++)
        dice_bytes(dice, order->phones[i], BLIND_INDEX_BYTES);
    if (order->n_phones == PHONES_MAX && dice_coin(dice))
        memcpy(order->phones[2], order->phones[0], BLIND_INDEX_BYTES);
    if (dice_coin(dice))
        dice_bytes(dice, order->intake_digest, sizeof(order->intake_digest));
    order->rules_version = dice_number(dice);
}

void sample_order(struct dice *dice, struct order *ret_order)
{
    int64_t base_ms = dice_base(dice);
    struct order *order = ret_order;

    memset(order, 0, sizeof(*order));
    dice_code(dice, order->id, sizeof(order->id));
    order->state = 1 + dice_roll(dice, ORDER_STATE_MAX - 1);
    sample_intake(dice, base_ms, order);
    order->amendments = dice_number(dice);
    if (dice_coin(dice))
        sample_assignment(dice, base_ms, &order->assignment);
    for (size_t kind = 1; kind < CLOCK_MAX; kind++) {
        if (dice_coin(dice))
            sample_clock(dice, base_ms, &order->clocks[kind]);
    }
    order->n_contacts = dice_roll(dice, CONTACTS_MAX + 1);
    for (size_t i = 0; i < order->n_contacts; i++)
        sample_contact(dice, base_ms, &order->contacts[i]);
    order->n_replies = dice_roll(dice, REPLIES_MAX + 1);
    for (size_t i = 0; i < order->n_replies; i++)
        sample_reply(dice, base_ms, &order->replies[i]);
    order->n_visits = dice_roll(dice, VISITS_MAX + 1);
    for (size_t i = 0; i < order->n_visits; i++)
        sample_visit(dice, base_ms, &order->visits[i]);
    order->progress_count = dice_number(dice);
    order->progress_ms = dice_instant(dice, base_ms);
    order->replies_rejected = dice_number(dice);
    order->visit_done = dice_coin(dice);
    order->submitted_ms = dice_instant(dice, base_ms);
    dice_text(dice, order->closing_number, sizeof(order->closing_number));
    order->closed_ms = dice_instant(dice, base_ms);
    order->texts = dice_number(dice);
    order->events = dice_number(dice);
    order->last_event_ms = dice_instant(dice, base_ms);
    dice_bytes(dice, order->chain, sizeof(order->chain));
}

static void sample_body(struct dice *dice, const char *id, struct event *event)
{
    union event_body *body = &event->body;

    switch (event->command) {
    case COMMAND_RECEIVE_ORDER:
    case COMMAND_AMEND_ORDER: /* the same member of the union but for its name */
        sample_intake(dice, dice_base(dice), &body->received);
        (void)snprintf(body->received.id, sizeof(body->received.id), "%s", id);
        break;
    case COMMAND_ACCEPT_ORDER:
        body->accepted.category = dice_roll(dice, CATEGORY_SUGGESTION + 1);
        dice_text(dice, body->accepted.matter_code, sizeof(body->accepted.matter_code));
        body->accepted.urgent = dice_coin(dice);
        body->accepted.confidential = dice_coin(dice);
        body->accepted.major = dice_coin(dice);
        body->accepted.multi_department = dice_coin(dice);
        break;
    case COMMAND_DISPATCH_ORDER:
        sample_assignment(dice, event->at_ms, &body->dispatched);
        break;
    case COMMAND_RECORD_CONTACT:
        sample_contact(dice, event->at_ms, &body->contacted);
        break;
    case COMMAND_SUBMIT_REPLY:
        sample_reply(dice, event->at_ms, &body->replied);
        break;
    case COMMAND_REJECT_REPLY:
        sample_reasons(dice, body->rejected.reasons, &body->rejected.n_reasons);
        break;
    case COMMAND_RECORD_VISIT_ATTEMPT:
    case COMMAND_RECORD_VISIT:
        sample_visit(dice, event->at_ms, &body->visited);
        break;
    case COMMAND_RECORD_CLOSING:
        dice_text(dice, body->closed.number, sizeof(body->closed.number));
        break;
    default:
        break;
    }
}

void sample_entry(struct dice *dice, enum command_kind command, struct history_entry *ret_entry)
{
    struct history_entry *entry = ret_entry;
    struct event *event = &entry->event;

    memset(entry, 0, sizeof(*entry));
    dice_code(dice, entry->order_id, sizeof(entry->order_id));
    entry->order_version = dice_number(dice);
    event->command = command;
    event->row = dice_roll(dice, 43);
    event->at_ms = dice_base(dice);
    sample_actor(dice, &event->actor);
    event->from = dice_roll(dice, ORDER_STATE_MAX);
    event->to = dice_roll(dice, ORDER_STATE_MAX);
    event->n_clocks = dice_roll(dice, CLOCK_MAX + 1);
    for (size_t i = 0; i < event->n_clocks; i++) {
        event->clocks[i].kind = 1 + dice_roll(dice, CLOCK_MAX - 1);
        sample_clock(dice, event->at_ms, &event->clocks[i].after);
    }
    event->text = dice_number(dice);
    event->visit_done = dice_coin(dice);
    sample_body(dice, entry->order_id, event);
    if (dice_coin(dice))
        dice_bytes(dice, entry->text_digest.bytes, DIGEST_BYTES);
    dice_code(dice, entry->main_unit, sizeof(entry->main_unit));
    dice_text(dice, entry->district_number, sizeof(entry->district_number));
    entry->urgent = dice_coin(dice);
}
