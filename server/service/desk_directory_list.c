/*
 * desk_directory_list.c - the four lists of the directory, page by page.
 *
 * A list is an array of the snapshot, sorted by the entries' first member (code or id); a page
 * begins behind the name its token carries. What a list is, is a struct listing; how it becomes a
 * page is written once.
 */
#include <stddef.h>
#include <string.h>

#include "service/desk_directory.h"
#include "service/directory_rules.h"
#include "service/page_token.h"
#include "service/resource_name.h"
#include "service/view_base.h"

#include "base/base.h"

enum { PAGE_ROWS_DEFAULT = 50, PAGE_ROWS_MAX = 200 };

/* Entries begin with their name. */
_Static_assert(offsetof(struct unit, code) == 0, "the name is the first member");
_Static_assert(offsetof(struct staff_member, id) == 0, "the name is the first member");
_Static_assert(offsetof(struct appointment, id) == 0, "the name is the first member");
_Static_assert(offsetof(struct portfolio, id) == 0, "the name is the first member");

struct listing {
    const void *entries;
    size_t n, size; /* number of entries, bytes of one */
    bool (*matches)(struct errand *errand, const void *entry);
    void *(*show)(struct errand *errand, const void *entry);
    uint32_t page_size;
    const char *page_token;
    /* the page */
    void **rows;
    size_t n_rows;
    char *next_page_token;
};

static const struct refusal *page_fill(struct errand *errand, struct listing *list,
                                       const struct page_position *behind,
                                       struct page_binding *binding)
{
    size_t rows_max = list->page_size ? list->page_size : PAGE_ROWS_DEFAULT;
    struct page_position last = { 0 };

    if (rows_max > PAGE_ROWS_MAX)
        rows_max = PAGE_ROWS_MAX;
    list->rows = ARENA_ARRAY(errand->arena, void *, rows_max);
    list->next_page_token = view_text(NULL);
    for (size_t i = 0; list->rows && i < list->n; i++) {
        const char *entry = (const char *)list->entries + i * list->size;

        if (strcmp(entry, behind->member) <= 0 || !list->matches(errand, entry))
            continue;
        if (list->n_rows == rows_max) {
            list->next_page_token = arena_alloc(errand->arena, PAGE_TOKEN_BYTES);
            if (list->next_page_token)
                page_token_seal(binding, &last, list->next_page_token);
            break;
        }
        list->rows[list->n_rows] = list->show(errand, entry);
        if (!list->rows[list->n_rows++])
            break;
        memcpy(last.member, entry, strlen(entry) + 1);
    }
    return errand->arena->failed ? refusal_new(errand->arena, FAULT_TOO_LARGE) : NULL;
}

static const struct refusal *list_page(struct errand *errand, struct listing *list)
{
    struct page_binding binding = {
        .key = &office_settings(errand->office)->page_token_key,
        .subdistrict = errand->subdistrict,
    };
    struct page_position behind = { 0 };

    if (!page_query_of(errand->request, errand->arena, &binding.query))
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    if (list->page_token[0] && !page_token_open(&binding, list->page_token, &behind))
        return refusal_new(errand->arena, FAULT_PAGE_TOKEN_INVALID);
    return page_fill(errand, list, &behind, &binding);
}

/* Does a filter's resource name mean this id? An empty filter means all. */
static bool names(const struct errand *errand, const char *filter, const char *collection,
                  const char *id)
{
    char named[PERSON_ID_BYTES];

    return !filter[0] ||
           (resource_id(filter, errand->subdistrict, collection, named, sizeof(named)) &&
            strcmp(named, id) == 0);
}

/* units --------------------------------------------------------------------------------------- */

static bool unit_matches(struct errand *errand, const void *entry)
{
    const Hotline__V1__ListUnitsRequest *ask = (const void *)errand->request;
    const struct unit *unit = entry;

    return (ask->kind == HOTLINE__V1__UNIT_KIND__UNIT_KIND_UNSPECIFIED ||
            (int)ask->kind == (int)unit->kind) &&
           (ask->include_ended || interval_is_open(unit->until_ms, errand->now_ms));
}

static void *unit_row(struct errand *errand, const void *entry)
{
    return show_unit(errand, entry);
}

const struct refusal *list_units(struct errand *errand, ProtobufCMessage **ret_response)
{
    const Hotline__V1__ListUnitsRequest *ask = (const void *)errand->request;
    Hotline__V1__ListUnitsResponse *response =
        view_new(errand->arena, &hotline__v1__list_units_response__descriptor);
    struct listing list = {
        .entries = errand->snapshot->directory.units,
        .n = errand->snapshot->directory.n_units,
        .size = sizeof(struct unit),
        .matches = unit_matches,
        .show = unit_row,
        .page_size = ask->page_size,
        .page_token = ask->page_token,
    };
    const struct refusal *refusal = list_page(errand, &list);

    if (refusal)
        return refusal;
    response->units = (Hotline__V1__Unit **)list.rows;
    response->n_units = list.n_rows;
    response->next_page_token = list.next_page_token;
    *ret_response = &response->base;
    return NULL;
}

/* staff --------------------------------------------------------------------------------------- */

static bool staff_matches(struct errand *errand, const void *entry)
{
    const Hotline__V1__ListStaffMembersRequest *ask = (const void *)errand->request;
    const struct staff_member *member = entry;

    return ask->include_ended || interval_is_open(member->until_ms, errand->now_ms);
}

static void *staff_row(struct errand *errand, const void *entry)
{
    return show_staff(errand, entry);
}

const struct refusal *list_staff(struct errand *errand, ProtobufCMessage **ret_response)
{
    const Hotline__V1__ListStaffMembersRequest *ask = (const void *)errand->request;
    Hotline__V1__ListStaffMembersResponse *response =
        view_new(errand->arena, &hotline__v1__list_staff_members_response__descriptor);
    struct listing list = {
        .entries = errand->snapshot->directory.staff,
        .n = errand->snapshot->directory.n_staff,
        .size = sizeof(struct staff_member),
        .matches = staff_matches,
        .show = staff_row,
        .page_size = ask->page_size,
        .page_token = ask->page_token,
    };
    const struct refusal *refusal = list_page(errand, &list);

    if (refusal)
        return refusal;
    response->staff_members = (Hotline__V1__StaffMember **)list.rows;
    response->n_staff_members = list.n_rows;
    response->next_page_token = list.next_page_token;
    *ret_response = &response->base;
    return NULL;
}

/* appointments -------------------------------------------------------------------------------- */

static int64_t asked_instant(const struct errand *errand, const Google__Protobuf__Timestamp *at)
{
    return at ? view_ms(at) : errand->now_ms;
}

static bool appointment_matches(struct errand *errand, const void *entry)
{
    const Hotline__V1__ListAppointmentsRequest *ask = (const void *)errand->request;
    const struct appointment *appointment = entry;

    return names(errand, ask->staff, "staff", appointment->staff) &&
           names(errand, ask->unit, "units", appointment->unit) &&
           (ask->role == HOTLINE__V1__ROLE__ROLE_UNSPECIFIED ||
            (int)ask->role == (int)appointment->role) &&
           (ask->include_ended || interval_holds(appointment->from_ms, appointment->until_ms,
                                                 asked_instant(errand, ask->valid_at_time)));
}

static void *appointment_row(struct errand *errand, const void *entry)
{
    return show_appointment(errand, entry);
}

const struct refusal *list_appointments(struct errand *errand, ProtobufCMessage **ret_response)
{
    const Hotline__V1__ListAppointmentsRequest *ask = (const void *)errand->request;
    Hotline__V1__ListAppointmentsResponse *response =
        view_new(errand->arena, &hotline__v1__list_appointments_response__descriptor);
    struct listing list = {
        .entries = errand->snapshot->directory.appointments,
        .n = errand->snapshot->directory.n_appointments,
        .size = sizeof(struct appointment),
        .matches = appointment_matches,
        .show = appointment_row,
        .page_size = ask->page_size,
        .page_token = ask->page_token,
    };
    const struct refusal *refusal = list_page(errand, &list);

    if (refusal)
        return refusal;
    response->appointments = (Hotline__V1__Appointment **)list.rows;
    response->n_appointments = list.n_rows;
    response->next_page_token = list.next_page_token;
    *ret_response = &response->base;
    return NULL;
}

/* portfolios ---------------------------------------------------------------------------------- */

static bool portfolio_matches(struct errand *errand, const void *entry)
{
    const Hotline__V1__ListPortfoliosRequest *ask = (const void *)errand->request;
    const struct portfolio *portfolio = entry;
    bool holds = !ask->unit[0];

    for (size_t i = 0; i < portfolio->n_units && !holds; i++)
        holds = names(errand, ask->unit, "units", portfolio->units[i]);
    return holds && names(errand, ask->leader, "staff", portfolio->leader) &&
           (ask->include_ended || interval_holds(portfolio->from_ms, portfolio->until_ms,
                                                 asked_instant(errand, ask->valid_at_time)));
}

static void *portfolio_row(struct errand *errand, const void *entry)
{
    return show_portfolio(errand, entry);
}

const struct refusal *list_portfolios(struct errand *errand, ProtobufCMessage **ret_response)
{
    const Hotline__V1__ListPortfoliosRequest *ask = (const void *)errand->request;
    Hotline__V1__ListPortfoliosResponse *response =
        view_new(errand->arena, &hotline__v1__list_portfolios_response__descriptor);
    struct listing list = {
        .entries = errand->snapshot->directory.portfolios,
        .n = errand->snapshot->directory.n_portfolios,
        .size = sizeof(struct portfolio),
        .matches = portfolio_matches,
        .show = portfolio_row,
        .page_size = ask->page_size,
        .page_token = ask->page_token,
    };
    const struct refusal *refusal = list_page(errand, &list);

    if (refusal)
        return refusal;
    response->portfolios = (Hotline__V1__Portfolio **)list.rows;
    response->n_portfolios = list.n_rows;
    response->next_page_token = list.next_page_token;
    *ret_response = &response->base;
    return NULL;
}
