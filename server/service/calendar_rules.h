/*
 * calendar_rules.h - what may be loaded as a year of the working-day calendar (DOMAIN 3.3): from
 * the content that was sent to the next version of the year, or a refusal that names every wrong
 * entry. Pure. A version is never overwritten; the same content again makes none.
 */
#ifndef HOTLINE_SERVICE_CALENDAR_RULES_H
#define HOTLINE_SERVICE_CALENDAR_RULES_H

#include "base/crypto.h"
#include "base/fault.h"
#include "domain/calendar.h"
#include "hotline/v1/calendar.pb-c.h"

struct arena;

enum {
    CALENDAR_YEAR_FIRST = 2000, /* as the API says */
    CALENDAR_YEAR_LAST = 2100,
    CALENDAR_VERSIONS_MAX = 500, /* of all years, in one record */
};

struct calendar_put {
    const struct calendar_year *years; /* every version that stands */
    size_t n_years;
    const struct calendar *calendar; /* the same, counted with */
    int32_t year;                    /* of the request's name */
    struct actor actor;
    int64_t now_ms;
    struct arena *arena;
};

/* The version as it will be stored; *ret_changes is false when the active one has this content, and
 * it is that one. NULL, or CALENDAR_INVALID, ETAG_MISMATCH, TOO_LARGE. */
const struct refusal *calendar_year_put(const struct calendar_put *put,
                                        const Hotline__V1__PutCalendarYearRequest *ask,
                                        struct calendar_year *ret_year, bool *ret_changes);

/* Digest of what a year says, whatever the order of its days; version and loader are no content. */
void calendar_year_digest(const struct calendar_year *year, struct digest *ret_digest);

#endif
