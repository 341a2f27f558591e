/*
 * view_clock.c - clocks of the domain as Clock messages.
 *
 * "Overdue" is computed at reading and not taken from the OVERDUE event alone: the event may come
 * seconds late, and a provisional due instant must never blame anybody.
 */
#include "service/view_clock.h"

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/tables.h"
#include "service/view_base.h"

#include "base/base.h"

enum { MINUTES_AN_HOUR = 60 };

int32_t clock_last_day(const struct clock *clock)
{
    return civil_day_of(clock->due_ms - 1);
}

bool clock_is_overdue(enum clock_kind kind, const struct clock *clock, int64_t held_ms,
                      int64_t now_ms)
{
    if (clocks[kind].hardness != CLOCK_HARD || clock->provisional_from || !clock->due_ms)
        return false;
    if (clock->overdue_ms)
        return true;
    switch (clock->status) {
    case CLOCK_STATUS_RUNNING:
        return now_ms >= clock->due_ms;
    case CLOCK_STATUS_PAUSED:
        return held_ms >= clock->due_ms;
    case CLOCK_STATUS_MET:
        return clock->stopped_ms >= clock->due_ms;
    case CLOCK_STATUS_UNSPECIFIED:
    case CLOCK_STATUS_VOID:
    case CLOCK_STATUS_SUPERSEDED:
        return false;
    }
    return false;
}

/* Only the handling clock is ever held, from the submission of the reply under review. */
static int64_t clock_held_ms(const struct order *order, const struct clock *clock)
{
    if (clock->status != CLOCK_STATUS_PAUSED)
        return 0;
    return order->n_replies ? order->replies[order->n_replies - 1].submitted_ms : 0;
}

static void show_length(const struct clock *clock, Hotline__V1__Clock *shown)
{
    uint32_t amount = (uint32_t)clock->length.amount;

    switch (clock->length.unit) {
    case LENGTH_WORKING_DAYS:
        shown->length = amount;
        shown->length_unit = HOTLINE__V1__LENGTH_UNIT__LENGTH_UNIT_WORKING_DAYS;
        break;
    case LENGTH_WORKING_MINUTES:
        shown->length = amount / MINUTES_AN_HOUR;
        shown->length_unit = HOTLINE__V1__LENGTH_UNIT__LENGTH_UNIT_WORKING_HOURS;
        break;
    case LENGTH_NATURAL_MINUTES:
        shown->length = amount;
        shown->length_unit = HOTLINE__V1__LENGTH_UNIT__LENGTH_UNIT_NATURAL_MINUTES;
        break;
    case LENGTH_UNSPECIFIED:
        break;
    }
}

/* What the tables say of this kind of clock. */
static void show_row(enum clock_kind kind, Hotline__V1__Clock *shown)
{
    const struct clock_row *row = &clocks[kind];

    shown->article = view_text(row->article);
    shown->label_zh = view_text(row->zh);
    shown->label_en = view_text(row->en);
    shown->nature = (Hotline__V1__ClockNature)(row->hardness + 1);
    shown->scope = (Hotline__V1__ClockScope)(row->scope + 1);
}

static void show_count(const struct order_view *view, const struct clock *clock,
                       Hotline__V1__Clock *shown, struct arena *a)
{
    int32_t last_day = clock_last_day(clock);

    shown->start_time = view_time(clock->start_ms, a);
    shown->due_time = view_time(clock->due_ms, a);
    shown->last_date = view_date(last_day, a);
    shown->provisional = clock->provisional_from != 0;
    shown->provisional_from_date = view_date(clock->provisional_from, a);
    show_length(clock, shown);
    /* Which versions an older snapshot had is not known any more: better nothing than a guess. */
    if (view->calendar && calendar_version(view->calendar) == clock->calendar_version)
        shown->calendar_version =
            view_calendar_version(view->calendar, civil_day_of(clock->start_ms), last_day, a);
}

static void show_end(const struct clock *clock, int64_t held_ms, Hotline__V1__Clock *shown,
                     struct arena *a)
{
    if (clock->status == CLOCK_STATUS_MET)
        shown->met_time = view_time(clock->stopped_ms, a);
    else if (clock->status == CLOCK_STATUS_PAUSED)
        shown->paused_time = view_time(held_ms, a);
    else
        shown->stopped_time = view_time(clock->stopped_ms, a);
}

Hotline__V1__Clock *view_clock(const struct order_view *view, enum clock_kind kind, struct arena *a)
{
    const struct order *order = view->order;
    const struct clock *clock = &order->clocks[kind];
    int64_t held_ms = clock_held_ms(order, clock);
    Hotline__V1__Clock *shown;

    must(kind > CLOCK_UNSPECIFIED && kind < CLOCK_MAX);
    if (clock->status == CLOCK_STATUS_UNSPECIFIED)
        return NULL;
    shown = view_new(a, &hotline__v1__clock__descriptor);
    if (!shown)
        return NULL;
    show_row(kind, shown);
    show_count(view, clock, shown, a);
    show_end(clock, held_ms, shown, a);
    shown->kind = (Hotline__V1__ClockKind)kind;
    shown->status = (Hotline__V1__ClockStatus)clock->status;
    shown->stamp = clock->stamp;
    shown->overdue = clock_is_overdue(kind, clock, held_ms, view->now_ms);
    shown->overdue_time = view_time(clock->overdue_ms, a);
    shown->rule_version = view_number("", order->rules_version, a);
    if (clocks[kind].owner == DESK_UNIT)
        shown->unit = view_name(view->subdistrict, "units", order->assignment.main_unit, a);
    return shown;
}
