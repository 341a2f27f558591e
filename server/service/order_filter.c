/* order_filter.c - reading the filter, choosing indexes, checking a record. */
#include "service/order_filter.h"

#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "domain/tables.h"
#include "service/resource_name.h"
#include "service/view_base.h"

#include "base/base.h"

/* reading ------------------------------------------------------------------------------------- */

struct findings {
    struct arena *arena;
    struct refusal *refusal; /* NULL while nothing is wrong */
};

static void wrong(struct findings *findings, const char *field, const char *zh, const char *en)
{
    if (!findings->refusal)
        findings->refusal = refusal_new(findings->arena, FAULT_REQUEST_INVALID);
    refusal_field(findings->refusal, field, zh, en);
}

/* An end that is given lies after its beginning, so it is never 0, which means no end. */
static int64_t take_end(struct findings *findings, const char *field,
                        const Google__Protobuf__Timestamp *end, int64_t from_ms)
{
    int64_t end_ms = view_ms(end);

    if (end && end_ms <= from_ms)
        wrong(findings, field, "须晚于起始时间", "must lie after the beginning");
    return end_ms;
}

const struct refusal *order_filter_of(const Hotline__V1__OrderFilter *said, const char *subdistrict,
                                      struct arena *a, struct order_filter *ret_filter)
{
    struct findings findings = { .arena = a };
    struct order_filter filter = { 0 };

    if (!said) {
        *ret_filter = filter;
        return NULL;
    }
    for (size_t i = 0; i < said->n_states; i++)
        filter.states |= 1u << said->states[i];
    if (said->unit[0] &&
        !resource_id(said->unit, subdistrict, "units", filter.unit, sizeof(filter.unit)))
        wrong(&findings, "filter.unit", "须为本街道的单位", "must be a unit of this subdistrict");
    if (said->district_number[0])
        filter.district_number = said->district_number;
    filter.limit = (enum limit_class)said->limit_class;
    filter.clock = (uint32_t)said->clock_kind;
    filter.urgent_only = said->urgent_only;
    filter.due_from_ms = view_ms(said->due_from_time);
    filter.due_before_ms =
        take_end(&findings, "filter.due_before_time", said->due_before_time, filter.due_from_ms);
    filter.received_from_ms = view_ms(said->received_from_time);
    filter.received_before_ms = take_end(&findings, "filter.received_before_time",
                                         said->received_before_time, filter.received_from_ms);
    if ((said->due_from_time || said->due_before_time) && !filter.clock)
        wrong(&findings, "filter.clock_kind", "按到期时间筛选须指明时限种类",
              "a due range needs the kind of clock");
    if (!findings.refusal)
        *ret_filter = filter;
    return findings.refusal;
}

/* checking ------------------------------------------------------------------------------------ */

static bool lies_in(int64_t at_ms, int64_t from_ms, int64_t before_ms)
{
    return from_ms <= at_ms && (before_ms == 0 || at_ms < before_ms);
}

static bool clock_matches(const struct order_filter *filter, const struct order *order)
{
    const struct clock *clock;

    if (filter->clock == CLOCK_UNSPECIFIED)
        return true;
    if (filter->clock >= CLOCK_MAX)
        return false; /* of a later release: runs nowhere */
    clock = &order->clocks[filter->clock];
    return clock->status == CLOCK_STATUS_RUNNING &&
           lies_in(clock->due_ms, filter->due_from_ms, filter->due_before_ms);
}

bool order_filter_matches(const struct order_filter *filter, const struct order *order)
{
    return (!filter->states || (filter->states & (1u << order->state))) &&
           (!filter->open_only || order_is_open(order)) &&
           (!filter->district_number ||
            strcmp(filter->district_number, order->district_number) == 0) &&
           (!filter->unit[0] || strcmp(filter->unit, order->assignment.main_unit) == 0) &&
           (filter->limit == LIMIT_UNSPECIFIED || filter->limit == order->assignment.limit) &&
           (!filter->urgent_only || order->urgent) &&
           lies_in(order->received_ms, filter->received_from_ms, filter->received_before_ms) &&
           clock_matches(filter, order);
}

/* whose orders -------------------------------------------------------------------------------- */

static bool is_named(const struct order_confines *confines, const char *unit)
{
    for (size_t i = 0; i < confines->n_units; i++)
        if (strcmp(confines->units[i], unit) == 0)
            return true;
    return false;
}

static void confines_add(struct order_confines *confines, const char *unit)
{
    if (!is_named(confines, unit))
        confines->units[confines->n_units++] = unit;
}

void order_confines_of(const struct principal *principal, enum permission permission,
                       struct order_confines *ret_confines)
{
    const struct permission_row *row = &permissions[permission];
    const struct standing *standing = &principal->standing;

    *ret_confines = (struct order_confines){ .none = may_always(principal, permission) };
    if (ret_confines->none)
        return;
    for (size_t i = 0; i < standing->n_units; i++)
        if (standing->unit_roles[i] & (row->own_unit | row->informed))
            confines_add(ret_confines, standing->units[i]);
    for (size_t i = 0; i < standing->n_led && (principal->roles & row->portfolio); i++)
        confines_add(ret_confines, standing->led[i]);
}

/* choosing indexes ---------------------------------------------------------------------------- */

static uint32_t final_states(void)
{
    uint32_t found = 0;

    for (int state = 1; state < ORDER_STATE_MAX; state++)
        if (states[state].final)
            found |= 1u << state;
    return found;
}

static void add_states(struct order_plan *plan, const char *subdistrict, uint32_t wanted)
{
    for (int state = 1; state < ORDER_STATE_MAX; state++)
        if (wanted & (1u << state))
            plan->sources[plan->n_sources++] = key_of_number(KEY_STATE, subdistrict, state);
}

/* The indexes of the units in question: the one asked for, or all through which the caller sees.
 * A unit that is not his is looked for among the orders of his own, which inform him. */
static size_t unit_indexes(const struct order_filter *filter, const struct order_confines *confines,
                           const char *subdistrict, struct key *keys)
{
    if (filter->unit[0] && (confines->none || is_named(confines, filter->unit))) {
        keys[0] = key_of(KEY_UNIT, subdistrict, filter->unit);
        return 1;
    }
    for (size_t i = 0; i < confines->n_units; i++)
        keys[i] = key_of(KEY_UNIT, subdistrict, confines->units[i]);
    return confines->n_units;
}

static void plan_by_due(const struct order_filter *filter, const struct order_confines *confines,
                        const char *subdistrict, struct order_plan *plan)
{
    plan->by_due = true;
    plan->from_ms = filter->due_from_ms;
    plan->before_ms = filter->due_before_ms;
    if (filter->clock >= CLOCK_MAX)
        return;
    plan->sources[plan->n_sources++] = key_of(KEY_DUE, subdistrict, "");
    if (filter->open_only)
        plan->n_sieve = unit_indexes(filter, confines, subdistrict, plan->sieve);
}

static void plan_by_receipt(const struct order_filter *filter,
                            const struct order_confines *confines, const char *subdistrict,
                            struct order_plan *plan)
{
    uint32_t final = filter->states & final_states(), open = filter->states & ~final;

    plan->from_ms = filter->received_from_ms;
    plan->before_ms = filter->received_before_ms;
    add_states(plan, subdistrict, final);
    if (final && !open)
        return;
    if (filter->unit[0] || !confines->none)
        plan->n_sources +=
            unit_indexes(filter, confines, subdistrict, plan->sources + plan->n_sources);
    else if (filter->urgent_only)
        plan->sources[plan->n_sources++] = key_of(KEY_URGENT, subdistrict, "");
    else if (open)
        add_states(plan, subdistrict, open);
    else
        plan->sources[plan->n_sources++] = key_of(KEY_ALL, subdistrict, "");
}

void order_plan_make(struct order_filter *filter, const struct order_confines *confines,
                     const char *subdistrict, struct order_plan *ret_plan)
{
    ret_plan->by_number = filter->district_number != NULL;
    ret_plan->by_due = false;
    ret_plan->n_sources = ret_plan->n_sieve = 0;
    ret_plan->from_ms = ret_plan->before_ms = 0;
    if (ret_plan->by_number || (!confines->none && confines->n_units == 0))
        return;
    /* Where no final state is asked for, indexes of open orders serve. */
    filter->open_only = filter->states ? !(filter->states & final_states())
                                       : filter->unit[0] || filter->urgent_only || !confines->none;
    if (filter->clock)
        plan_by_due(filter, confines, subdistrict, ret_plan);
    else
        plan_by_receipt(filter, confines, subdistrict, ret_plan);
}
