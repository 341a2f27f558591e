/*
 * desk_order.c - reading orders: one with all its parts, its history, and what can be done now.
 * (The list of orders is a row of desks_admin.h.) Nothing here changes an order.
 */
#include "service/desks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "domain/tables.h"
#include "hotline/v1/order_service.pb-c.h"
#include "service/desks_admin.h"
#include "service/page_token.h"
#include "service/view_base.h"
#include "service/view_timeline.h"

#include "base/base.h"

/* GetOrder ------------------------------------------------------------------------------------ */

static const struct refusal *get_order(struct errand *errand, ProtobufCMessage **ret_response)
{
    Hotline__V1__GetOrderResponse *response =
        view_new(errand->arena, &hotline__v1__get_order_response__descriptor);

    if (!response)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    response->order = desk_order_view(errand);
    if (!response->order)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    *ret_response = &response->base;
    return NULL;
}

/* GetTimeline --------------------------------------------------------------------------------- */

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 200 };

/* Where a page begins: behind so many events. The history only grows, so the place stays. */
struct page {
    struct page_binding binding;
    struct page_position position;
    size_t first, size;
};

static bool page_open(const struct errand *errand, const Hotline__V1__GetTimelineRequest *ask,
                      struct page *page)
{
    *page = (struct page){
        .binding.key = &office_settings(errand->office)->page_token_key,
        .binding.subdistrict = errand->subdistrict,
        .size = ask->page_size ? ask->page_size : PAGE_SIZE_DEFAULT,
    };
    if (page->size > PAGE_SIZE_MAX)
        page->size = PAGE_SIZE_MAX;
    if (!page_query_of(&ask->base, errand->arena, &page->binding.query))
        return false;
    if (!ask->page_token[0])
        return true;
    if (!page_token_open(&page->binding, ask->page_token, &page->position) ||
        page->position.score < 0 || page->position.score > (double)UINT32_MAX)
        return false;
    page->first = (size_t)page->position.score;
    return true;
}

static char *page_next(struct errand *errand, struct page *page, size_t shown)
{
    char text[PAGE_TOKEN_BYTES];

    if (page->first + shown >= errand->n_history)
        return view_text(NULL);
    page->position.score = (double)(page->first + shown);
    (void)snprintf(page->position.member, sizeof(page->position.member), "%s", errand->resource);
    page_token_seal(&page->binding, &page->position, text);
    return view_text(arena_strdup(errand->arena, text));
}

static const struct refusal *get_timeline(struct errand *errand, ProtobufCMessage **ret_response)
{
    struct arena *a = errand->arena;
    struct timeline_view view = {
        .subdistrict = errand->subdistrict,
        .directory = &errand->snapshot->directory,
        .calendar = errand->snapshot->calendar,
        .rules = errand->snapshot->rules,
        .relation = errand->relation,
        .history = errand->history,
        .n_history = errand->n_history,
        .texts = errand->texts,
        .n_texts = errand->n_texts,
    };
    Hotline__V1__GetTimelineResponse *response =
        view_new(a, &hotline__v1__get_timeline_response__descriptor);
    struct page page;
    int r;

    if (!page_open(errand, (const void *)errand->request, &page))
        return refusal_new(a, a->failed ? FAULT_TOO_LARGE : FAULT_PAGE_TOKEN_INVALID);
    if (response)
        response->events = ARENA_ARRAY(a, Hotline__V1__TimelineEvent *, page.size);
    if (!response || !response->events)
        return refusal_new(a, FAULT_TOO_LARGE);
    r = view_timeline(&view, page.first, page.size, a, response->events, &response->n_events);
    if (r < 0)
        return refusal_new(a, r == -ENOMEM ? FAULT_TOO_LARGE : FAULT_INTERNAL);
    response->next_page_token = page_next(errand, &page, response->n_events);
    *ret_response = &response->base;
    return NULL;
}

/* ListAvailableCommands ----------------------------------------------------------------------- */

/* The caller's roles as far as they count for this order: a unit's roles only of its main unit. */
static uint32_t roles_on(const struct principal *principal, const struct order *order)
{
    const struct standing *standing = &principal->standing;
    uint32_t roles = principal->roles & ~(ROLES_UNIT | ROLES(ROLE_GRID_WORKER));

    for (size_t i = 0; i < standing->n_units; i++)
        if (strcmp(standing->units[i], order->assignment.main_unit) == 0)
            roles |= standing->unit_roles[i];
    return roles;
}

/* The row a command would follow now, for what is told of it; any role will do. */
static const struct lifecycle_row *row_of(enum order_state state, enum command_kind kind)
{
    const struct lifecycle_row *elsewhere = NULL;

    for (size_t i = 0; i < lifecycle_rows; i++) {
        if (lifecycle[i].command != kind)
            continue;
        if (lifecycle[i].when & 1u << state)
            return &lifecycle[i];
        if (!elsewhere)
            elsewhere = &lifecycle[i];
    }
    return elsewhere;
}

/* "hotline.v1.HandlingService/TakeOrder"; NULL for what is no method of an order's desk. */
static char *method_of(const char *command, struct arena *a)
{
    static const struct rpc_service *const desks[] = {
        &desk_intake, &desk_dispatch, &desk_handling, &desk_review, &desk_return_visit,
    };

    for (size_t i = 0; i < COUNT_OF(desks); i++)
        for (size_t j = 0; j < desks[i]->n_methods; j++)
            if (strcmp(desks[i]->methods[j].name, command) == 0)
                return arena_printf(a, "%s/%s", desks[i]->descriptor->name, command);
    return NULL;
}

static void show_roles(uint32_t roles, Hotline__V1__AvailableCommand *shown, struct arena *a)
{
    shown->roles = arena_alloc(a, ROLE_MAX * sizeof(*shown->roles));
    for (int role = 1; shown->roles && role < ROLE_TIMER; role++)
        if (roles & ROLES(role))
            shown->roles[shown->n_roles++] = (Hotline__V1__Role)role;
}

/* Roles that may do it now, or, when the state forbids it, in some other. */
static uint32_t roles_for(enum order_state state, enum command_kind kind)
{
    uint32_t now = lifecycle_roles(1u << state, kind);

    return now ? now : lifecycle_roles(UINT32_MAX, kind);
}

static Hotline__V1__AvailableCommand *show_command(const struct available_command *available,
                                                   enum order_state state, char *method,
                                                   struct arena *a)
{
    const struct command_row *command = &commands[available->kind];
    const struct lifecycle_row *row = row_of(state, available->kind);
    const struct refusal *refusal = available->refusal;
    Hotline__V1__AvailableCommand *shown = view_new(a, &hotline__v1__available_command__descriptor);

    if (!shown)
        return NULL;
    shown->method = method;
    shown->command = view_text(command->name);
    shown->label_zh = view_text(command->zh);
    shown->label_en = view_text(command->en);
    shown->article = view_text(row ? row->article : NULL);
    if (row && row->number)
        shown->transition = view_number(row->number < 10 ? "T0" : "T", row->number, a);
    shown->allowed = available->allowed;
    show_roles(roles_for(state, available->kind), shown, a);
    if (available->allowed || !refusal)
        return shown;
    shown->refusal = view_text(refusal->fault->reason);
    shown->refusal_zh = view_text(refusal->fault->zh);
    shown->refusal_en = view_text(refusal->fault->en);
    return shown;
}

/* Commands that are allowed, or those that are not. */
static void show_commands(const struct available_command *available, size_t count, bool allowed,
                          struct errand *errand, Hotline__V1__ListAvailableCommandsResponse *shown)
{
    for (size_t i = 0; i < count; i++) {
        char *method = method_of(commands[available[i].kind].name, errand->arena);
        Hotline__V1__AvailableCommand *command;

        if (available[i].allowed != allowed || !method)
            continue;
        command = show_command(&available[i], errand->after->state, method, errand->arena);
        if (command)
            shown->commands[shown->n_commands++] = command;
    }
}

static const struct refusal *list_available_commands(struct errand *errand,
                                                     ProtobufCMessage **ret_response)
{
    struct arena *a = errand->arena;
    const struct order *order = errand->after;
    struct situation situation = {
        .order = order,
        .rules = errand->snapshot->rules,
        .calendar = errand->snapshot->calendar,
        .now_ms = errand->now_ms,
    };
    struct available_command available[COMMAND_MAX];
    size_t count =
        available_commands(&situation, roles_on(&errand->principal, order), a, available);
    Hotline__V1__ListAvailableCommandsResponse *response =
        view_new(a, &hotline__v1__list_available_commands_response__descriptor);

    if (response)
        response->commands = ARENA_ARRAY(a, Hotline__V1__AvailableCommand *, COMMAND_MAX);
    if (!response || !response->commands)
        return refusal_new(a, FAULT_TOO_LARGE);
    show_commands(available, count, true, errand, response);
    show_commands(available, count, false, errand, response);
    response->state = (Hotline__V1__OrderState)order->state;
    response->etag = view_number("v", order->version, a);
    if (a->failed)
        return refusal_new(a, FAULT_TOO_LARGE);
    *ret_response = &response->base;
    return NULL;
}

/* clang-format off */
static const struct rpc_method order_desk[] = {
    /*         method                   what the caller sees     who may ask     what is read */
    ORDER_READ("GetOrder",              get_order,               MAY_READ_ORDER, TEXTS),
    ORDER_READ("GetTimeline",           get_timeline,            MAY_READ_ORDER, HISTORY),
    ORDER_READ("ListAvailableCommands", list_available_commands, MAY_READ_ORDER, FACTS),
    { "ListOrders", RPC_UNARY, road_serve, NULL, &list_orders_row },
};
/* clang-format on */

const struct rpc_service desk_order = DESK(hotline__v1__order_service__descriptor, order_desk);
