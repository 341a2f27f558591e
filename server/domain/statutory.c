/* statutory.c - the dates of the law, as month * 100 + day. */
#include "domain/statutory.h"

#include "domain/civil.h"

#include "base/base.h"

/* 元旦, 劳动节, 国庆节 */
static const int32_t every_year[] = { 101, 501, 1001, 1002, 1003 };
/* The law as revised in November 2024 adds 2 May and New Year's Eve. */
enum { SECOND_OF_MAY = 502, REVISED_FROM = 2025 };

/* 春节 (除夕 from 2025 on, 初一, 初二, 初三), 清明, 端午, 中秋. */
static const struct {
    int32_t year;
    int32_t dates[7]; /* 0 = none */
} by_the_moon[] = {
    { 2024, { 210, 211, 212, 404, 610, 917 } },
    { 2025, { 128, 129, 130, 131, 404, 531, 1006 } },
    { 2026, { 216, 217, 218, 219, 405, 619, 925 } },
    { 2027, { 205, 206, 207, 208, 405, 609, 915 } },
};

static void add_date(int32_t year, int32_t date, int32_t days[STATUTORY_DAYS_MAX], size_t *n)
{
    if (civil_from(year, date / 100, date % 100, &days[*n]))
        (*n)++; /* else a year beyond civil.h: nothing is known of it */
}

size_t statutory_days_of(int32_t year, int32_t ret_days[STATUTORY_DAYS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < COUNT_OF(every_year); i++)
        add_date(year, every_year[i], ret_days, &n);
    if (year >= REVISED_FROM)
        add_date(year, SECOND_OF_MAY, ret_days, &n);
    for (size_t i = 0; i < COUNT_OF(by_the_moon); i++)
        for (size_t k = 0; by_the_moon[i].year == year && k < COUNT_OF(by_the_moon[i].dates); k++)
            if (by_the_moon[i].dates[k])
                add_date(year, by_the_moon[i].dates[k], ret_days, &n);
    return n;
}

bool statutory_day(int32_t day)
{
    int32_t days[STATUTORY_DAYS_MAX];
    size_t n = statutory_days_of(civil_year_of(day), days);

    for (size_t i = 0; i < n; i++)
        if (days[i] == day)
            return true;
    return false;
}
