/*
 * calendar_check.c - is one year's data what a notice can say? (DOMAIN 3.3)
 *
 * Whoever types a notice must be told every wrong entry at once, by its place in the request. A
 * check by the number of working days catches what no single entry shows.
 */
#include "domain/calendar.h"

#include "base/arena.h"
#include "base/fault.h"
#include "domain/civil.h"
#include "domain/statutory.h"

#include "base/base.h"

enum { WORKING_DAYS_MIN = 240, WORKING_DAYS_MAX = 256, SATURDAY = 5 };

struct inspection {
    const struct calendar_year *year;
    struct arena *arena;
    struct refusal *refusal; /* NULL while nothing is wrong */
};

static void wrong(struct inspection *inspection, const char *field, const char *zh, const char *en)
{
    if (!inspection->refusal)
        inspection->refusal = refusal_new(inspection->arena, FAULT_CALENDAR_INVALID);
    refusal_field(inspection->refusal, field, zh, en);
}

static void wrong_date(struct inspection *inspection, const char *list, size_t i, int32_t day,
                       const char *zh, const char *en)
{
    char text[CIVIL_TEXT_BYTES];

    civil_format(day, text);
    wrong(inspection, arena_printf(inspection->arena, "%s[%zu]", list, i),
          arena_printf(inspection->arena, "%s：%s", text, zh),
          arena_printf(inspection->arena, "%s: %s", text, en));
}

static bool stands_in(const int32_t *days, size_t n_days, int32_t day)
{
    for (size_t i = 0; i < n_days; i++)
        if (days[i] == day)
            return true;
    return false;
}

/* A notice speaks of its own year, and sometimes of the December before. */
static bool may_be_named(const struct calendar_year *year, int32_t day)
{
    int32_t y, month, mday;

    if (day < 0)
        return false;
    civil_to(day, &y, &month, &mday);
    return y == year->year || (y == year->year - 1 && month == 12);
}

static bool works(const struct calendar_year *year, int32_t day)
{
    if (stands_in(year->work, year->n_work, day))
        return true;
    return civil_weekday_of(day) < SATURDAY && !stands_in(year->off, year->n_off, day);
}

static void check_off_dates(struct inspection *inspection)
{
    const struct calendar_year *year = inspection->year;

    for (size_t i = 0; i < year->n_off; i++) {
        int32_t day = year->off[i];

        if (!may_be_named(year, day))
            wrong_date(inspection, "off_dates", i, day, "不是该年度或上年12月的日期",
                       "is a date neither of this year nor of the December before");
        else if (stands_in(year->off, i, day))
            wrong_date(inspection, "off_dates", i, day, "重复", "is named twice");
    }
}

static void check_work_dates(struct inspection *inspection)
{
    const struct calendar_year *year = inspection->year;

    for (size_t i = 0; i < year->n_work; i++) {
        int32_t day = year->work[i];

        if (!may_be_named(year, day))
            wrong_date(inspection, "work_dates", i, day, "不是该年度或上年12月的日期",
                       "is a date neither of this year nor of the December before");
        else if (stands_in(year->work, i, day))
            wrong_date(inspection, "work_dates", i, day, "重复", "is named twice");
        else if (stands_in(year->off, year->n_off, day))
            wrong_date(inspection, "work_dates", i, day, "同时列为放假日", "is also a day off");
        else if (civil_weekday_of(day) < SATURDAY)
            wrong_date(inspection, "work_dates", i, day, "不是周六或周日，不能是调休上班日",
                       "is no Saturday or Sunday, so it cannot be a make-up day");
    }
}

static void check_statutory_days(struct inspection *inspection)
{
    int32_t days[STATUTORY_DAYS_MAX];
    size_t n = statutory_days_of(inspection->year->year, days);

    for (size_t i = 0; i < n; i++) {
        char text[CIVIL_TEXT_BYTES];

        if (!works(inspection->year, days[i]))
            continue;
        civil_format(days[i], text);
        wrong(inspection, "off_dates", arena_printf(inspection->arena, "缺少法定节假日 %s", text),
              arena_printf(inspection->arena, "the statutory day %s is missing", text));
    }
}

static void check_working_days(struct inspection *inspection)
{
    const struct calendar_year *year = inspection->year;
    int32_t first = 0, next = 0, n = 0;
    bool real = civil_from(year->year, 1, 1, &first);

    must(real);
    real = civil_from(year->year + 1, 1, 1, &next);
    must(real);
    for (int32_t day = first; day < next; day++)
        n += works(year, day);
    if (n < WORKING_DAYS_MIN || n > WORKING_DAYS_MAX)
        wrong(inspection, "year",
              arena_printf(inspection->arena, "全年工作日为%d天，应在%d至%d天之间", (int)n,
                           WORKING_DAYS_MIN, WORKING_DAYS_MAX),
              arena_printf(inspection->arena, "%d working days, expected %d to %d", (int)n,
                           WORKING_DAYS_MIN, WORKING_DAYS_MAX));
}

const struct refusal *calendar_check(const struct calendar_year *year, struct arena *a)
{
    struct inspection inspection = { .year = year, .arena = a };

    must(year->n_off <= CALENDAR_DATES_MAX && year->n_work <= CALENDAR_DATES_MAX);
    if (year->year < 1970 || year->year >= 2200) {
        wrong(&inspection, "year", "年度须在1970至2199之间", "the year must lie in 1970 to 2199");
        return inspection.refusal;
    }
    check_off_dates(&inspection);
    check_work_dates(&inspection);
    check_statutory_days(&inspection);
    check_working_days(&inspection);
    return inspection.refusal;
}
