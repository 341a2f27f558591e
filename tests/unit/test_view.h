/*
 * test_view.h - one order that walks from desk to desk as on the road, without Redis and gRPC.
 *
 * A step takes a request through its row (ask, check), decides, applies, and keeps words and
 * history as a commit would. Who includes this file defines its tests with cmocka.
 */
#ifndef HOTLINE_TESTS_UNIT_TEST_VIEW_H
#define HOTLINE_TESTS_UNIT_TEST_VIEW_H

#include "tests/unit/test_view_office.h"
#include "tests/unit/test_view_requests.h"

/* who asks ------------------------------------------------------------------------------------ */

static inline struct principal somebody(enum role role)
{
    struct principal who = { .kind = PRINCIPAL_BACKEND, .id = "app1", .roles = ROLES(role) };
    const char *person = ROLES(role) & ROLES_OFFICE ? "chen" : "lin";

    if (role == ROLE_DISTRICT_SYNC) {
        who.kind = PRINCIPAL_DISTRICT;
        memcpy(who.id, "hub", 4);
        return who;
    }
    memcpy(who.person, person, strlen(person) + 1);
    who.standing.roles = ROLES(role);
    if (ROLES(role) & (ROLES_UNIT | ROLES(ROLE_GRID_WORKER))) {
        who.standing.units[0] = "U01";
        who.standing.unit_roles[0] = ROLES(role);
        who.standing.n_units = 1;
    }
    return who;
}

/* steps --------------------------------------------------------------------------------------- */

static inline const struct road_row *desk_row(const char *method)
{
    static const struct rpc_service *const desks[] = {
        &desk_intake, &desk_dispatch, &desk_handling, &desk_review, &desk_return_visit, &desk_order,
    };

    for (size_t i = 0; i < COUNT_OF(desks); i++)
        for (size_t j = 0; j < desks[i]->n_methods; j++)
            if (strcmp(desks[i]->methods[j].name, method) == 0)
                return desks[i]->methods[j].row;
    fail_msg("no desk has %s", method);
    return NULL;
}

/* An errand that has been loaded. */
static inline struct errand *errand_for(struct desk_office *o, const char *method,
                                        const void *request, enum role role)
{
    struct errand *errand = ARENA_NEW(&o->arena, struct errand);
    struct order *before = arena_copy(&o->arena, &o->order, sizeof(o->order));
    struct slice identity = o->identity;
    uint8_t *stored = identity.data ? arena_alloc(&o->arena, identity.size + 8) : NULL;

    if (stored) /* a record in Redis: eight bytes of version in front */
        memcpy(stored + 8, identity.data, identity.size);
    errand->office = o->office;
    errand->row = desk_row(method);
    errand->request = request;
    errand->arena = &o->arena;
    errand->snapshot = o->snapshot;
    errand->principal = somebody(role);
    errand->now_ms = o->now_ms;
    errand->before = before;
    errand->after = arena_copy(&o->arena, before, sizeof(*before));
    errand->identity_bytes = slice_of(stored, stored ? identity.size + 8 : 0);
    errand->texts = o->texts;
    errand->n_texts = o->n_texts;
    errand->history = o->history;
    errand->n_history = o->n_history;
    errand->relation = relation_to(&errand->principal, before);
    memcpy(errand->subdistrict, CODE, sizeof(CODE));
    memcpy(errand->resource, o->order.id, sizeof(o->order.id));
    return errand;
}

/* What ask and check say. */
static inline const struct refusal *step_ask(struct errand *errand)
{
    const struct refusal *refusal = errand->row->ask(errand, errand->request, &errand->command);
    enum role role = ROLE_UNSPECIFIED;

    for (int i = 1; i < ROLE_MAX && !role; i++)
        if (errand->principal.roles & ROLES(i))
            role = (enum role)i;
    errand->command.actor = principal_actor(&errand->principal, role);
    errand->command.has_text = errand->row->brings_text;
    if (!refusal && errand->row->check)
        refusal = errand->row->check(errand, &errand->command);
    return refusal;
}

static inline void keep_step(struct desk_office *o, struct errand *errand)
{
    struct history_entry *entry = ARENA_NEW(&o->arena, struct history_entry);
    struct text_record record = {
        .number = errand->event.text,
        .salt = { 9, 9, (uint8_t)errand->event.text },
        .command = errand->event.command,
        .at_ms = errand->event.at_ms,
        .by = errand->event.actor,
    };

    if (record.number) {
        record.words = words_of(record.command, errand->request, &o->arena);
        text_digest(&record, &entry->text_digest);
        o->texts[o->n_texts++] = text_pack(&record, &o->arena);
    }
    entry->event = errand->event;
    entry->order_version = errand->after->version;
    memcpy(entry->order_id, errand->after->id, sizeof(entry->order_id));
    memcpy(entry->main_unit, errand->after->assignment.main_unit, sizeof(entry->main_unit));
    o->history[o->n_history++] = history_pack(entry, errand->after->chain, &o->arena);
    o->order = *errand->after;
}

static inline const struct refusal *step_decide(struct desk_office *o, struct errand *errand)
{
    struct situation situation = { errand->before, &o->rules, o->calendar, o->now_ms };
    const struct refusal *refusal = decide(&situation, &errand->command, &o->arena, &errand->event);

    if (refusal)
        return refusal;
    *errand->after = *errand->before;
    order_apply(errand->after, &errand->event);
    errand->after->version++;
    return NULL;
}

/* One command from its request to the store; the errand, ready to be viewed. */
static inline struct errand *step(struct desk_office *o, const char *method, const void *request,
                                  enum role role)
{
    struct errand *errand = errand_for(o, method, request, role);
    const struct refusal *refusal = step_ask(errand);

    if (!refusal && errand->row->load == LOAD_DELIVERY && o->order.state)
        errand->command.kind = COMMAND_AMEND_ORDER;
    if (!refusal)
        refusal = step_decide(o, errand);
    if (refusal)
        fail_msg("%s: %s %s", method, refusal->fault->reason,
                 refusal->n_fields ? refusal->fields[0].field : "");
    keep_step(o, errand);
    if (errand->row->load == LOAD_DELIVERY)
        assert_int_equal(intake_identity(request, &o->arena, &o->identity), 0);
    o->now_ms += 60000;
    return errand;
}

/* The timer comes round. */
static inline void step_timer(struct desk_office *o, int64_t at_ms)
{
    struct errand *errand = errand_for(o, "TakeOrder", NULL, ROLE_TIMER);

    o->now_ms = at_ms;
    errand->command = (struct command){ .kind = COMMAND_FIRE_TIMER,
                                        .actor = { .role = ROLE_TIMER, .id = "timer" } };
    if (step_decide(o, errand))
        fail_msg("the timer was refused");
    keep_step(o, errand);
}

/* On along the main path, from wherever the order stands, up to a state. */
static inline void walk_to(struct desk_office *o, enum order_state state)
{
    static const struct {
        uint32_t when;
        enum command_kind kind;
        enum role role;
    } path[] = {
        { IN(UNSPECIFIED), COMMAND_RECEIVE_ORDER, ROLE_DISTRICT_SYNC },
        { IN(RECEIVED), COMMAND_ACCEPT_ORDER, ROLE_OFFICE_CLERK },
        { IN(ACCEPTED), COMMAND_DISPATCH_ORDER, ROLE_OFFICE_CLERK },
        { IN(DISPATCHED), COMMAND_TAKE_ORDER, ROLE_SPECIALIST },
        { IN(HANDLING) | IN(REPLY_REJECTED), COMMAND_SUBMIT_REPLY, ROLE_SPECIALIST },
        { IN(REPLIED), COMMAND_ACCEPT_REPLY, ROLE_OFFICE_CLERK },
        { IN(REVIEWED), COMMAND_RECORD_VISIT, ROLE_OFFICE_CLERK },
        { IN(REVIEWED), COMMAND_SUBMIT_CLOSING, ROLE_OFFICE_CLERK },
        { IN(SUBMITTED), COMMAND_RECORD_CLOSING, ROLE_DISTRICT_SYNC },
    };

    for (size_t i = 0; i < COUNT_OF(path) && o->order.state != state; i++)
        if (path[i].when & 1u << o->order.state)
            step(o, commands[path[i].kind].name, a_request(o, path[i].kind), path[i].role);
    assert_int_equal(o->order.state, state);
}

/* views --------------------------------------------------------------------------------------- */

static inline struct order_view view_for(const struct desk_office *o, enum relation relation,
                                         bool full)
{
    return (struct order_view){
        .order = &o->order,
        .subdistrict = CODE,
        .directory = &o->snapshot->directory,
        .calendar = o->calendar,
        .rules = &o->rules,
        .now_ms = o->now_ms,
        .relation = relation,
        .full = full,
        .texts = o->texts,
        .n_texts = o->n_texts,
        .identity = o->identity,
    };
}

static inline struct timeline_view timeline_for(const struct desk_office *o, enum relation relation)
{
    return (struct timeline_view){
        .subdistrict = CODE,
        .directory = &o->snapshot->directory,
        .calendar = o->calendar,
        .rules = &o->rules,
        .relation = relation,
        .history = o->history,
        .n_history = o->n_history,
        .texts = o->texts,
        .n_texts = o->n_texts,
    };
}

static inline Hotline__V1__Clock *clock_of(const Hotline__V1__Order *order, enum clock_kind kind)
{
    for (size_t i = 0; i < order->n_clocks; i++)
        if ((int)order->clocks[i]->kind == (int)kind)
            return order->clocks[i];
    return NULL;
}

#endif
