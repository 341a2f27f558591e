/*
 * calendar.c - one entry per day of the loaded years, made once; counting walks over it.
 *
 * A table of days (1 KB a year) instead of searching the notices for every day counted: a limit of
 * ten working days looks at up to 21 days, and the reminder ladder counts each limit many times.
 * Days outside the table, and days of years that are not loaded, stand as the law alone has them
 * and are provisional. Every loop ends because a year always has Mondays.
 */
#include "domain/calendar.h"

#include <string.h>

#include "base/memory.h"
#include "domain/civil.h"
#include "domain/rules.h"
#include "domain/statutory.h"

#include "base/base.h"

enum { SATURDAY = 5, NO_NOTICE = -1 };

struct day_entry {
    uint8_t reason;
    int8_t notice; /* index into years, or NO_NOTICE */
    bool provisional;
};

struct calendar {
    uint32_t version;
    int32_t first_day, end_day;  /* of the table, end exclusive; equal when no year is loaded */
    struct calendar_year *years; /* the newest of each year, oldest year first */
    size_t n_years;
    struct day_entry *days;
};

/* making -------------------------------------------------------------------------------------- */

static int32_t new_year_of(int32_t year)
{
    int32_t day = 0;
    bool real = civil_from(year, 1, 1, &day);

    must(real);
    return day;
}

static enum day_reason reason_by_law(int32_t day)
{
    if (civil_weekday_of(day) >= SATURDAY)
        return DAY_WEEKEND;
    return statutory_day(day) ? DAY_STATUTORY_ONLY : DAY_WORKING;
}

/* Adds a year, or replaces an older version of it, keeping the order of years. */
static size_t years_add(struct calendar_year *years, size_t n, const struct calendar_year *year)
{
    size_t at = 0;

    if (year->status == CALENDAR_MISSING)
        return n;
    while (at < n && years[at].year < year->year)
        at++;
    if (at < n && years[at].year == year->year) {
        if (years[at].version < year->version)
            years[at] = *year;
        return n;
    }
    must(n < CALENDAR_YEARS_MAX);
    memmove(years + at + 1, years + at, (n - at) * sizeof(*years));
    years[at] = *year;
    return n + 1;
}

/* Writes the days of one list into the table. A notice may reach into the December before it. */
static void days_mark(struct calendar *calendar, size_t notice, const int32_t *days, size_t n_days,
                      enum day_reason reason)
{
    for (size_t i = 0; i < n_days; i++) {
        struct day_entry *entry;

        if (days[i] < calendar->first_day || days[i] >= calendar->end_day)
            continue;
        entry = &calendar->days[days[i] - calendar->first_day];
        entry->reason = (uint8_t)reason;
        entry->notice = (int8_t)notice;
    }
}

static void days_fill(struct calendar *calendar)
{
    for (int32_t day = calendar->first_day; day < calendar->end_day; day++) {
        const struct calendar_year *year = calendar_year_of(calendar, civil_year_of(day));
        enum day_reason reason = reason_by_law(day);

        /* Where the notice is loaded it says all: a day it does not name is an ordinary one. */
        if (year && reason == DAY_STATUTORY_ONLY)
            reason = DAY_WORKING;
        calendar->days[day - calendar->first_day] = (struct day_entry){
            .reason = (uint8_t)reason,
            .notice = NO_NOTICE,
            .provisional = !year || year->status != CALENDAR_OFFICIAL,
        };
    }
    for (size_t i = 0; i < calendar->n_years; i++) {
        const struct calendar_year *year = &calendar->years[i];

        days_mark(calendar, i, year->off, year->n_off, DAY_HOLIDAY);
        days_mark(calendar, i, year->work, year->n_work, DAY_MAKE_UP);
    }
}

struct calendar *calendar_create(const struct calendar_year *years, size_t n_years,
                                 uint32_t version)
{
    int32_t first_year = 0, last_year = -1;
    size_t n_days = 0;
    struct calendar *calendar;

    for (size_t i = 0; i < n_years; i++) {
        if (years[i].status == CALENDAR_MISSING)
            continue;
        if (last_year < first_year || years[i].year < first_year)
            first_year = years[i].year;
        if (years[i].year > last_year)
            last_year = years[i].year;
    }
    if (first_year <= last_year)
        n_days = (size_t)(new_year_of(last_year) + 366 - new_year_of(first_year));
    calendar = memory_alloc(sizeof(*calendar) + n_years * sizeof(*years) +
                            n_days * sizeof(struct day_entry));
    if (!calendar)
        return NULL;
    calendar->version = version;
    calendar->years = (struct calendar_year *)(void *)(calendar + 1);
    calendar->days = (struct day_entry *)(void *)(calendar->years + n_years);
    for (size_t i = 0; i < n_years; i++)
        calendar->n_years = years_add(calendar->years, calendar->n_years, &years[i]);
    if (n_days > 0) {
        int32_t last_new_year = new_year_of(last_year);

        calendar->first_day = new_year_of(first_year);
        calendar->end_day = last_new_year + 366;
        if (civil_year_of(calendar->end_day - 1) != last_year)
            calendar->end_day--;
    }
    days_fill(calendar);
    return calendar;
}

struct calendar *calendar_free(struct calendar *calendar)
{
    return memory_free(calendar);
}

/* asking -------------------------------------------------------------------------------------- */

uint32_t calendar_version(const struct calendar *calendar)
{
    return calendar->version;
}

const struct calendar_year *calendar_year_of(const struct calendar *calendar, int32_t year)
{
    for (size_t i = 0; i < calendar->n_years; i++)
        if (calendar->years[i].year == year)
            return &calendar->years[i];
    return NULL;
}

int32_t calendar_valid_through(const struct calendar *calendar)
{
    int32_t through = 0;

    for (size_t i = 0; i < calendar->n_years; i++) {
        const struct calendar_year *year = &calendar->years[i];

        if (year->status != CALENDAR_OFFICIAL || year->year != calendar->years[0].year + (int32_t)i)
            break;
        through = new_year_of(year->year + 1) - 1;
    }
    return through;
}

int32_t calendar_first_day(const struct calendar *calendar)
{
    return calendar->first_day;
}

static struct day_entry entry_of(const struct calendar *calendar, int32_t day)
{
    if (day >= calendar->first_day && day < calendar->end_day)
        return calendar->days[day - calendar->first_day];
    return (struct day_entry){ .reason = (uint8_t)reason_by_law(day),
                               .notice = NO_NOTICE,
                               .provisional = true };
}

static bool works_on(struct day_entry entry)
{
    return entry.reason == DAY_WORKING || entry.reason == DAY_MAKE_UP;
}

struct calendar_day calendar_day_at(const struct calendar *calendar, int32_t day)
{
    struct day_entry entry = entry_of(calendar, day);

    return (struct calendar_day){
        .day = day,
        .reason = (enum day_reason)entry.reason,
        .working = works_on(entry),
        .provisional = entry.provisional,
        .notice = entry.notice == NO_NOTICE ? NULL : &calendar->years[entry.notice],
    };
}

/* counting ------------------------------------------------------------------------------------ */

/* Looks at one more day: does it count, and is it covered? */
static bool count_day(const struct calendar *calendar, int32_t day, struct counted *counted)
{
    struct day_entry entry = entry_of(calendar, day);

    if (entry.provisional && !counted->provisional) {
        counted->provisional = true;
        counted->provisional_from = day;
    }
    return works_on(entry);
}

static int64_t opening_of(const struct rules *rules, int32_t day)
{
    return civil_day_start_ms(day) + rules->opening_minute * MINUTE_MS;
}

static int64_t closing_of(const struct rules *rules, int32_t day)
{
    return civil_day_start_ms(day) + rules->closing_minute * MINUTE_MS;
}

bool calendar_add_working_days(const struct calendar *calendar, const struct rules *rules,
                               int64_t start_ms, int32_t n, struct counted *ret_counted)
{
    struct counted counted = { 0 };
    int32_t day = civil_day_of(start_ms); /* day 0: the day of receipt is not counted (A1, A5) */

    must(n >= 1);
    if (day < calendar->first_day)
        return false;
    for (int32_t left = n; left > 0;)
        if (count_day(calendar, ++day, &counted))
            left--;
    counted.last_day = day;
    counted.due_ms = rules->ends_at_closing ? closing_of(rules, day) : civil_day_start_ms(day + 1);
    *ret_counted = counted;
    return true;
}

bool calendar_add_working_minutes(const struct calendar *calendar, const struct rules *rules,
                                  int64_t start_ms, int32_t minutes, struct counted *ret_counted)
{
    struct counted counted = { 0 };
    int64_t left_ms = minutes * MINUTE_MS;
    int32_t day = civil_day_of(start_ms);

    must(minutes >= 0 && rules->opening_minute < rules->closing_minute);
    if (day < calendar->first_day)
        return false;
    for (;; day++) {
        int64_t from = opening_of(rules, day), until = closing_of(rules, day);

        if (from < start_ms)
            from = start_ms;
        if (!count_day(calendar, day, &counted) || from >= until)
            continue;
        if (left_ms <= until - from) {
            counted.last_day = day;
            counted.due_ms = from + left_ms;
            *ret_counted = counted;
            return true;
        }
        left_ms -= until - from;
    }
}

int32_t calendar_working_minutes(const struct calendar *calendar, const struct rules *rules,
                                 int64_t from_ms, int64_t until_ms)
{
    int64_t sum_ms = 0;

    for (int32_t day = civil_day_of(from_ms); civil_day_start_ms(day) < until_ms; day++) {
        int64_t from = opening_of(rules, day), until = closing_of(rules, day);

        if (from < from_ms)
            from = from_ms;
        if (until > until_ms)
            until = until_ms;
        if (from < until && works_on(entry_of(calendar, day)))
            sum_ms += until - from;
    }
    return (int32_t)(sum_ms / MINUTE_MS);
}

int64_t calendar_next_opening(const struct calendar *calendar, const struct rules *rules,
                              int64_t at_ms)
{
    for (int32_t day = civil_day_of(at_ms);; day++) {
        int64_t opening = opening_of(rules, day);

        if (at_ms < closing_of(rules, day) && works_on(entry_of(calendar, day)))
            return at_ms > opening ? at_ms : opening;
    }
}
