/*
 * calendar.h - which days are working days, and counting them (articles 8, 9, 11; DOMAIN 3).
 *
 * A calendar is an immutable snapshot built from year data (State Council notices). A day of a
 * year that is not loaded counts by law alone (Mon-Fri minus the statutory days we know) and is
 * provisional: it may remind, never blame. Counting rule (A1, A2, A5): day 1 is the first working
 * day strictly after the civil day of receipt; the limit ends at 24:00 of the last day, so the
 * due instant is the next midnight, exclusive.
 */
#ifndef HOTLINE_DOMAIN_CALENDAR_H
#define HOTLINE_DOMAIN_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/order.h"

struct arena;
struct refusal;
struct rules;

enum calendar_status { CALENDAR_MISSING = 0, CALENDAR_OFFICIAL = 1, CALENDAR_PROVISIONAL = 2 };

enum { CALENDAR_DATES_MAX = 64, CALENDAR_TEXT_BYTES = 256, CALENDAR_YEARS_MAX = 64 };

/* One version of one year's notice. off/work: civil days; may hold December of the year before. */
struct calendar_year {
    int32_t year;
    uint32_t version; /* 1, 2 ... within the year; never overwritten */
    enum calendar_status status;
    char document[CALENDAR_TEXT_BYTES], source[CALENDAR_TEXT_BYTES], note[CALENDAR_TEXT_BYTES];
    int32_t off[CALENDAR_DATES_MAX];
    size_t n_off;
    int32_t work[CALENDAR_DATES_MAX];
    size_t n_work;
    struct actor loaded_by; /* nobody for years shipped with the software */
    int64_t loaded_ms;      /* 0 for those */
};

enum day_reason {
    DAY_WORKING,        /* Mon-Fri */
    DAY_MAKE_UP,        /* weekend worked: 调休上班 */
    DAY_WEEKEND,        /* Sat, Sun */
    DAY_HOLIDAY,        /* day off by the notice */
    DAY_STATUTORY_ONLY, /* day off by law; the year's notice is not loaded */
};

struct calendar_day {
    int32_t day;
    enum day_reason reason;
    bool working;
    bool provisional;                   /* its year is not loaded */
    const struct calendar_year *notice; /* where it stands; NULL for ordinary days */
};

struct calendar; /* immutable; shared by reference between threads without locks */

/* Newest version of each year wins. Memory: one allocation, calendar_free(). NULL: no memory.
 * version: the snapshot's number, stored with every deadline counted by it. */
struct calendar *calendar_create(const struct calendar_year *years, size_t n_years,
                                 uint32_t version);
struct calendar *calendar_free(struct calendar *calendar);
uint32_t calendar_version(const struct calendar *calendar);
/* The active version of a year, or NULL. */
const struct calendar_year *calendar_year_of(const struct calendar *calendar, int32_t year);
/* Last day of the last year in an unbroken row of loaded years; 0 when none is loaded. */
int32_t calendar_valid_through(const struct calendar *calendar);
/* First day for which deadlines may be counted. */
int32_t calendar_first_day(const struct calendar *calendar);

struct calendar_day calendar_day_at(const struct calendar *calendar, int32_t day);

/* The result of counting. */
struct counted {
    int64_t due_ms;   /* exclusive */
    int32_t last_day; /* the civil day on which the limit ends */
    bool provisional;
    int32_t provisional_from; /* first day counted that is not covered; valid when provisional */
};

/* n working days after the civil day of start_ms (n >= 1). False: start lies before the first
 * loaded year. */
bool calendar_add_working_days(const struct calendar *calendar, const struct rules *rules,
                               int64_t start_ms, int32_t n, struct counted *ret_counted);
/* n working minutes inside the office hours of working days. */
bool calendar_add_working_minutes(const struct calendar *calendar, const struct rules *rules,
                                  int64_t start_ms, int32_t minutes, struct counted *ret_counted);
/* Working minutes between two instants. */
int32_t calendar_working_minutes(const struct calendar *calendar, const struct rules *rules,
                                 int64_t from_ms, int64_t until_ms);
/* at_ms itself when it lies inside office hours of a working day, else the next opening. */
int64_t calendar_next_opening(const struct calendar *calendar, const struct rules *rules,
                              int64_t at_ms);

/* Checks one year's data (DOMAIN 3.3): every `work` day is a Saturday or Sunday, no date twice or
 * in both lists, dates of the year or of December before, the statutory days known to us are off,
 * 240..256 working days. NULL = good; else CALENDAR_INVALID whose fields name each wrong entry
 * ("off_dates[3]") with the reason. */
const struct refusal *calendar_check(const struct calendar_year *year, struct arena *a);

#endif
