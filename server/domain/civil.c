/* civil.c - civil days by counting, without time zone data: UTC+8 is a fixed offset. */
#include "domain/civil.h"

#include <string.h>

#include "base/base.h"

enum { YEAR_FIRST = 1970, YEAR_LAST = 2200 };

static const int64_t office_ahead_ms = 8 * 60 * MINUTE_MS;

int32_t civil_day_of(int64_t at_ms)
{
    int64_t local = at_ms + office_ahead_ms;
    int64_t day = local / DAY_MS;

    if (local % DAY_MS < 0)
        day--; /* before 1970: division rounds towards zero, days round down */
    return (int32_t)day;
}

int64_t civil_day_start_ms(int32_t day)
{
    return day * DAY_MS - office_ahead_ms;
}

int32_t civil_minute_of(int64_t at_ms)
{
    return (int32_t)((at_ms - civil_day_start_ms(civil_day_of(at_ms))) / MINUTE_MS);
}

/* A year that starts in March has its leap day at its end, so month lengths need no exception.
 * Eras of 400 years keep every intermediate value positive. */
static int32_t day_from(int32_t year, int32_t month, int32_t mday)
{
    int32_t march_year = year - (month <= 2);
    int32_t era = march_year / 400, year_of_era = march_year % 400;
    int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void civil_to(int32_t day, int32_t *ret_year, int32_t *ret_month, int32_t *ret_mday)
{
    int32_t shifted = day + 719468; /* days since 0000-03-01 */
    int32_t era = shifted / 146097, day_of_era = shifted % 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month = (5 * day_of_year + 2) / 153; /* 0 = March */

    must(shifted >= 0);
    *ret_mday = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

bool civil_from(int32_t year, int32_t month, int32_t day, int32_t *ret_day)
{
    int32_t found, y, m, d;

    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    found = day_from(year, month, day);
    civil_to(found, &y, &m, &d);
    if (d != day)
        return false; /* 31 April, 29 February of a common year: it ran over into the next month */
    *ret_day = found;
    return true;
}

int32_t civil_year_of(int32_t day)
{
    int32_t year, month, mday;

    civil_to(day, &year, &month, &mday);
    return year;
}

int32_t civil_weekday_of(int32_t day)
{
    int32_t weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday */

    return weekday < 0 ? weekday + 7 : weekday;
}

int32_t civil_month_of(int64_t at_ms)
{
    int32_t year, month, mday;

    civil_to(civil_day_of(at_ms), &year, &month, &mday);
    return year * 100 + month;
}

/* The number written in text[from..until), digits only; -1 when it is not one. */
static int32_t number_at(const char *text, size_t from, size_t until)
{
    int32_t number = 0;

    for (size_t i = from; i < until; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

bool civil_parse(const char *text, int32_t *ret_day)
{
    if (strlen(text) != CIVIL_TEXT_BYTES - 1 || text[4] != '-' || text[7] != '-')
        return false;
    return civil_from(number_at(text, 0, 4), number_at(text, 5, 7), number_at(text, 8, 10),
                      ret_day);
}

void civil_format(int32_t day, char text[CIVIL_TEXT_BYTES])
{
    int32_t year, month, mday;

    civil_to(day, &year, &month, &mday);
    memcpy(text, "0000-00-00", CIVIL_TEXT_BYTES);
    for (int i = 3; i >= 0; i--, year /= 10)
        text[i] = (char)('0' + year % 10);
    text[5] = (char)('0' + month / 10);
    text[6] = (char)('0' + month % 10);
    text[8] = (char)('0' + mday / 10);
    text[9] = (char)('0' + mday % 10);
}
