/*
 * explain.h - why a time limit ends when it ends: every day from its start to its last day, whether
 * it counted, and by which notice (articles 8, 9, 11; DOMAIN 3). For people who are told a date and
 * ask why.
 */
#ifndef HOTLINE_SERVICE_EXPLAIN_H
#define HOTLINE_SERVICE_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "domain/calendar.h"
#include "domain/rules.h"
#include "hotline/v1/clock.pb-c.h"

struct arena;
struct clock;

enum { EXPLAINED_DAYS_MAX = 400 };

/* A count that was made. */
struct count {
    const struct calendar *calendar;
    const struct rules *rules;
    int64_t start_ms, due_ms;
    enum length_unit unit;
    int32_t amount; /* days or minutes, as unit says */
};

/* The count behind a clock, by the calendar and the rules of now. */
struct count count_of_clock(const struct clock *clock, const struct calendar *calendar,
                            const struct rules *rules);

/* Every day of the count in order, the day of the start first; at most EXPLAINED_DAYS_MAX. NULL and
 * 0 without memory. */
Hotline__V1__DayCount **explain_days(const struct count *count, struct arena *a, size_t *ret_days);

/* The whole as one sentence: name of the limit ("办理时限", "handling"), start, length, what was left
 * out, last day. "" without memory. */
char *explain_summary_zh(const struct count *count, const char *limit, struct arena *a);
char *explain_summary_en(const struct count *count, const char *limit, struct arena *a);

#endif
