/*
 * desk_calendar.c - CalendarService: which days are working days, counting them, loading a year.
 */
#include <stdio.h>
#include <string.h>

#include "domain/civil.h"
#include "hotline/v1/calendar.pb-c.h"
#include "service/calendar_rules.h"
#include "service/desks_admin.h"
#include "service/explain.h"
#include "service/view_base.h"
#include "storage/record/record.h"

#include "base/base.h"

/* years --------------------------------------------------------------------------------------- */

static uint32_t working_days_in(const struct calendar *calendar, int32_t year)
{
    uint32_t n = 0;
    int32_t day = 0, next = 0;

    if (!civil_from(year, 1, 1, &day) || !civil_from(year + 1, 1, 1, &next))
        return 0;
    for (; day < next; day++)
        n += calendar_day_at(calendar, day).working;
    return n;
}

static char **show_dates(const int32_t *days, size_t n_days, struct arena *a)
{
    char **dates = ARENA_ARRAY(a, char *, n_days + 1);

    for (size_t i = 0; dates && i < n_days; i++)
        dates[i] = view_date(days[i], a);
    return dates;
}

/* A year as it counts in this calendar; texts point into it. NULL without memory. */
static Hotline__V1__CalendarYear *show_year(struct errand *errand, const struct calendar *calendar,
                                            const struct calendar_year *year)
{
    struct arena *a = errand->arena;
    Hotline__V1__CalendarYear *shown = view_new(a, &hotline__v1__calendar_year__descriptor);
    struct digest digest;

    if (!shown)
        return NULL;
    calendar_year_digest(year, &digest);
    shown->name =
        view_name(errand->subdistrict, "calendars", view_number("", (uint64_t)year->year, a), a);
    shown->year = (uint32_t)year->year;
    shown->status = (Hotline__V1__CalendarStatus)year->status;
    shown->document_number = view_text(year->document);
    shown->source_url = view_text(year->source);
    shown->off_dates = show_dates(year->off, year->n_off, a);
    shown->n_off_dates = shown->off_dates ? year->n_off : 0;
    shown->work_dates = show_dates(year->work, year->n_work, a);
    shown->n_work_dates = shown->work_dates ? year->n_work : 0;
    shown->note = view_text(year->note);
    shown->version = year->version;
    shown->working_day_count = working_days_in(calendar, year->year);
    shown->digest = view_digest(digest.bytes, a);
    shown->etag = view_number("v", year->version, a);
    shown->loaded_by =
        view_actor(errand->subdistrict, &errand->snapshot->directory, &year->loaded_by, "", a);
    shown->load_time = view_time(year->loaded_ms, a);
    return shown;
}

/* reading ------------------------------------------------------------------------------------- */

static bool wants_year(const Hotline__V1__GetCalendarRequest *ask, int32_t year)
{
    for (size_t i = 0; i < ask->n_years; i++)
        if ((int32_t)ask->years[i] == year)
            return true;
    return ask->n_years == 0;
}

/* A year asked for that is not loaded. */
static const struct refusal *missing_year(struct errand *errand,
                                          const Hotline__V1__GetCalendarRequest *ask)
{
    struct refusal *refusal = NULL;

    for (size_t i = 0; i < ask->n_years; i++) {
        if (calendar_year_of(errand->snapshot->calendar, (int32_t)ask->years[i]))
            continue;
        if (!refusal)
            refusal = refusal_new(errand->arena, FAULT_CALENDAR_NOT_FOUND);
        refusal_field(refusal, arena_printf(errand->arena, "years[%zu]", i), "该年度尚未入库",
                      "is not loaded");
    }
    return refusal;
}

static const struct refusal *read_calendar(struct errand *errand, ProtobufCMessage **ret_response)
{
    const Hotline__V1__GetCalendarRequest *ask = (const void *)errand->request;
    const struct calendar *calendar = errand->snapshot->calendar;
    Hotline__V1__GetCalendarResponse *response =
        view_new(errand->arena, &hotline__v1__get_calendar_response__descriptor);
    const struct refusal *refusal = missing_year(errand, ask);

    if (refusal)
        return refusal;
    if (response)
        response->years =
            ARENA_ARRAY(errand->arena, Hotline__V1__CalendarYear *, CALENDAR_YEARS_MAX);
    if (!response || !response->years)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    for (int32_t year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++) {
        const struct calendar_year *loaded = calendar_year_of(calendar, year);

        if (loaded && wants_year(ask, year))
            response->years[response->n_years++] = show_year(errand, calendar, loaded);
    }
    response->valid_from_date = view_date(calendar_first_day(calendar), errand->arena);
    response->valid_through_date = view_date(calendar_valid_through(calendar), errand->arena);
    if (errand->arena->failed)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    *ret_response = &response->base;
    return NULL;
}

static const struct refusal *read_working_days(struct errand *errand,
                                               ProtobufCMessage **ret_response)
{
    const Hotline__V1__AddWorkingDaysRequest *ask = (const void *)errand->request;
    struct arena *a = errand->arena;
    Hotline__V1__AddWorkingDaysResponse *response =
        view_new(a, &hotline__v1__add_working_days_response__descriptor);
    struct count count = {
        .calendar = errand->snapshot->calendar,
        .rules = errand->snapshot->rules,
        .start_ms = view_ms(ask->start_time),
        .unit = LENGTH_WORKING_DAYS,
        .amount = (int32_t)ask->working_days,
    };
    struct counted counted;

    if (!calendar_add_working_days(count.calendar, count.rules, count.start_ms, count.amount,
                                   &counted))
        return refusal_new(a, FAULT_YEAR_UNSUPPORTED);
    if (!response)
        return refusal_new(a, FAULT_TOO_LARGE);
    count.due_ms = counted.due_ms;
    response->due_time = view_time(counted.due_ms, a);
    response->last_date = view_date(counted.last_day, a);
    response->days = explain_days(&count, a, &response->n_days);
    response->provisional = counted.provisional;
    if (counted.provisional)
        response->provisional_from_date = view_date(counted.provisional_from, a);
    response->calendar_version =
        view_calendar_version(count.calendar, civil_day_of(count.start_ms), counted.last_day, a);
    *ret_response = &response->base;
    return NULL;
}

/* loading a year ------------------------------------------------------------------------------ */

/* "2026"; 0 for anything else, which no year's content can match. */
static int32_t year_named(const char *id)
{
    int32_t year = 0;

    if (strlen(id) != 4 || strspn(id, "0123456789") != 4)
        return 0;
    for (size_t i = 0; i < 4; i++)
        year = year * 10 + (id[i] - '0');
    return year;
}

static struct calendar_put put_of(const struct errand *errand)
{
    enum role role = ROLE_UNSPECIFIED;

    (void)may_on(&errand->principal, errand->row->permission, errand->before, &role);
    return (struct calendar_put){
        .years = errand->snapshot->years,
        .n_years = errand->snapshot->n_years,
        .calendar = errand->snapshot->calendar,
        .year = year_named(errand->resource),
        .actor = principal_actor(&errand->principal, role),
        .now_ms = errand->now_ms,
        .arena = errand->arena,
    };
}

/* The years that are stored, and this one behind them. Years shipped with the software come first
 * in the snapshot and are not stored. */
static struct slice pack_with(const struct errand *errand, const struct calendar_year *year)
{
    const struct snapshot *snapshot = errand->snapshot;
    size_t n_shipped = office_settings(errand->office)->n_shipped_years;
    size_t n = snapshot->n_years - n_shipped;
    struct calendar_year *years = ARENA_ARRAY(errand->arena, struct calendar_year, n + 1);

    if (!years)
        return (struct slice){ 0 };
    memcpy(years, snapshot->years + n_shipped, n * sizeof(*years));
    years[n] = *year;
    return calendar_pack(years, n + 1, calendar_version(snapshot->calendar) + 1, errand->arena);
}

static const struct refusal *change_year(struct errand *errand, const ProtobufCMessage *request,
                                         struct snapshot_change *ret_change)
{
    const struct calendar_put put = put_of(errand);
    struct snapshot_change change = {
        .record = KEY_CALENDAR,
        .expected_version = errand->snapshot->calendar_record,
    };
    const struct refusal *refusal;
    struct calendar_year year;
    bool changes;

    refusal = calendar_year_put(&put, (const void *)request, &year, &changes);
    if (refusal)
        return refusal;
    if (changes) {
        change.bytes = pack_with(errand, &year);
        if (!change.bytes.data)
            return refusal_new(errand->arena, FAULT_TOO_LARGE);
    }
    (void)snprintf(change.result.resource, sizeof(change.result.resource), "%s", errand->resource);
    change.result.version = year.version;
    *ret_change = change;
    return NULL;
}

/* What would be stored, as it would count. NULL without memory. */
static Hotline__V1__CalendarYear *show_asked_year(struct errand *errand)
{
    const struct calendar_put put = put_of(errand);
    struct calendar_year *years = ARENA_ARRAY(errand->arena, struct calendar_year, put.n_years + 1);
    Hotline__V1__CalendarYear *shown;
    struct calendar *calendar;
    bool changes;

    if (!years || calendar_year_put(&put, (const void *)errand->request, years, &changes))
        return NULL;
    memcpy(years + 1, put.years, put.n_years * sizeof(*years));
    calendar = calendar_create(years, put.n_years + 1, calendar_version(put.calendar) + 1);
    if (!calendar)
        return NULL;
    shown = show_year(errand, calendar, years);
    calendar_free(calendar);
    return shown;
}

static ProtobufCMessage *view_year(struct errand *errand)
{
    const struct calendar *calendar = errand->snapshot->calendar;
    const struct calendar_year *year = calendar_year_of(calendar, year_named(errand->resource));
    const Hotline__V1__PutCalendarYearRequest *ask = (const void *)errand->request;
    Hotline__V1__PutCalendarYearResponse *response =
        view_new(errand->arena, &hotline__v1__put_calendar_year_response__descriptor);

    if (!response)
        return NULL;
    if (ask->validate_only)
        response->calendar_year = show_asked_year(errand);
    else if (year)
        response->calendar_year = show_year(errand, calendar, year);
    response->replayed = errand->replayed;
    return response->calendar_year ? &response->base : NULL;
}

/* the desk ------------------------------------------------------------------------------------ */

static const struct road_row get_calendar = {
    .method = "GetCalendar", /* 查看日历 */
    .permission = MAY_READ_CALENDAR,
    .load = LOAD_NOTHING,
    .read = read_calendar,
};
static const struct road_row add_working_days = {
    .method = "AddWorkingDays", /* 计算工作日 */
    .permission = MAY_READ_CALENDAR,
    .load = LOAD_NOTHING,
    .read = read_working_days,
};
static const struct road_row put_calendar_year = {
    .method = "PutCalendarYear", /* 录入年度日历 */
    .permission = MAY_WRITE_CALENDAR,
    .load = LOAD_NOTHING,
    .collection = "calendars",
    .change = change_year,
    .view = view_year,
};

static const struct rpc_method methods[] = {
    { .name = "GetCalendar", .shape = RPC_UNARY, .unary = road_serve, .row = &get_calendar },
    { .name = "AddWorkingDays", .shape = RPC_UNARY, .unary = road_serve, .row = &add_working_days },
    { .name = "PutCalendarYear",
      .shape = RPC_UNARY,
      .unary = road_serve,
      .row = &put_calendar_year },
};

const struct rpc_service desk_calendar = {
    .descriptor = &hotline__v1__calendar_service__descriptor,
    .methods = methods,
    .n_methods = COUNT_OF(methods),
};
