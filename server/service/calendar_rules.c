/*
 * calendar_rules.c - a year's notice as it was typed, and as it will be stored.
 *
 * Wrong dates are told before wrong contents, because a list with a hole cannot be judged. The
 * days are stored sorted, so that the same notice typed in another order is the same content.
 */
#include "service/calendar_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/statutory.h"
#include "service/view_base.h"

#include "base/base.h"

struct findings {
    struct arena *arena;
    struct refusal *refusal; /* NULL while nothing is wrong */
};

static void wrong(struct findings *findings, const char *field, const char *zh, const char *en)
{
    if (!findings->refusal)
        findings->refusal = refusal_new(findings->arena, FAULT_CALENDAR_INVALID);
    refusal_field(findings->refusal, arena_printf(findings->arena, "calendar_year.%s", field), zh,
                  en);
}

/* reading ------------------------------------------------------------------------------------- */

static void take_text(struct findings *findings, const char *field, const char *said,
                      char to[CALENDAR_TEXT_BYTES])
{
    size_t length = strlen(said);

    if (length < CALENDAR_TEXT_BYTES)
        memcpy(to, said, length + 1);
    else
        wrong(findings, field, "超过长度上限", "is too long");
}

static void take_dates(struct findings *findings, const char *list, char *const *said,
                       size_t n_said, int32_t days[CALENDAR_DATES_MAX], size_t *ret_n)
{
    if (n_said > CALENDAR_DATES_MAX) {
        wrong(findings, list, "日期过多", "names too many dates");
        return;
    }
    for (size_t i = 0; i < n_said; i++) {
        if (!civil_parse(said[i], &days[i]))
            wrong(findings, arena_printf(findings->arena, "%s[%zu]", list, i),
                  "不是真实的日期（YYYY-MM-DD）", "is no date (YYYY-MM-DD)");
    }
    *ret_n = n_said;
}

static void take_year(struct findings *findings, const struct calendar_put *put,
                      const Hotline__V1__CalendarYear *said, struct calendar_year *year)
{
    year->year = put->year;
    year->status = (enum calendar_status)said->status;
    year->loaded_by = put->actor;
    year->loaded_ms = put->now_ms;
    if ((int32_t)said->year != put->year || put->year < CALENDAR_YEAR_FIRST ||
        put->year > CALENDAR_YEAR_LAST)
        wrong(findings, "year", "须与资源名中的年份一致，且在2000至2100之间",
              "must be the year of the name, 2000 to 2100");
    take_text(findings, "document_number", said->document_number, year->document);
    take_text(findings, "source_url", said->source_url, year->source);
    take_text(findings, "note", said->note, year->note);
    take_dates(findings, "off_dates", said->off_dates, said->n_off_dates, year->off, &year->n_off);
    take_dates(findings, "work_dates", said->work_dates, said->n_work_dates, year->work,
               &year->n_work);
}

/* checking ------------------------------------------------------------------------------------ */

static bool stands_in(const int32_t *days, size_t n_days, int32_t day)
{
    for (size_t i = 0; i < n_days; i++)
        if (days[i] == day)
            return true;
    return false;
}

/* The caller confirmed that statutory days are missing: judged as if they were off. One that is
 * named a working day stays wrong. */
static void add_statutory_days(struct calendar_year *year)
{
    int32_t days[STATUTORY_DAYS_MAX];
    size_t n = statutory_days_of(year->year, days);

    for (size_t i = 0; i < n && year->n_off < CALENDAR_DATES_MAX; i++)
        if (!stands_in(year->off, year->n_off, days[i]) &&
            !stands_in(year->work, year->n_work, days[i]))
            year->off[year->n_off++] = days[i];
}

/* The domain's check, its fields named as in the request. */
static void check_content(struct findings *findings, const struct calendar_year *year,
                          bool statutory_days_confirmed)
{
    struct calendar_year judged = *year;
    const struct refusal *found;

    if (statutory_days_confirmed)
        add_statutory_days(&judged);
    found = calendar_check(&judged, findings->arena);
    for (size_t i = 0; found && i < found->n_fields; i++)
        wrong(findings, found->fields[i].field, found->fields[i].zh, found->fields[i].en);
    if (found && !findings->refusal) /* without memory a refusal has no fields */
        findings->refusal = refusal_new(findings->arena, FAULT_CALENDAR_INVALID);
}

/* deciding ------------------------------------------------------------------------------------ */

static int compare_days(const void *a, const void *b)
{
    const int32_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static bool same_content(const struct calendar_year *a, const struct calendar_year *b)
{
    struct digest left, right;

    calendar_year_digest(a, &left);
    calendar_year_digest(b, &right);
    return digest_equal(&left, &right);
}

/* A year more than a calendar can hold? */
static bool is_full(const struct calendar_put *put, bool new_year)
{
    size_t n_active = 0;

    for (size_t i = 0; i < put->n_years; i++) {
        const struct calendar_year *active = calendar_year_of(put->calendar, put->years[i].year);

        n_active += active && active->version == put->years[i].version;
    }
    return put->n_years >= CALENDAR_VERSIONS_MAX || (new_year && n_active >= CALENDAR_YEARS_MAX);
}

static bool etag_differs(const struct calendar_put *put, const char *etag,
                         const struct calendar_year *before)
{
    return etag[0] &&
           strcmp(etag, before ? view_number("v", before->version, put->arena) : "") != 0;
}

const struct refusal *calendar_year_put(const struct calendar_put *put,
                                        const Hotline__V1__PutCalendarYearRequest *ask,
                                        struct calendar_year *ret_year, bool *ret_changes)
{
    const struct calendar_year *before = calendar_year_of(put->calendar, put->year);
    struct findings findings = { .arena = put->arena };
    struct calendar_year year = { .version = before ? before->version + 1 : 1 };
    bool same;

    take_year(&findings, put, ask->calendar_year, &year);
    if (!findings.refusal)
        check_content(&findings, &year, ask->confirm_missing_statutory_days);
    if (findings.refusal)
        return findings.refusal;
    qsort(year.off, year.n_off, sizeof(*year.off), compare_days);
    qsort(year.work, year.n_work, sizeof(*year.work), compare_days);
    same = before && same_content(before, &year);
    if (!same && etag_differs(put, ask->etag, before))
        return refusal_new(put->arena, FAULT_ETAG_MISMATCH);
    if (!same && is_full(put, !before))
        return refusal_new(put->arena, FAULT_TOO_LARGE);
    *ret_year = same ? *before : year;
    *ret_changes = !same;
    return NULL;
}

/* "2026-01-01,2026-01-02,", sorted. */
static struct slice days_text(const int32_t *days, size_t n_days,
                              char text[CALENDAR_DATES_MAX * CIVIL_TEXT_BYTES])
{
    int32_t sorted[CALENDAR_DATES_MAX];
    char *at = text;

    must(n_days <= CALENDAR_DATES_MAX);
    memcpy(sorted, days, n_days * sizeof(*days));
    qsort(sorted, n_days, sizeof(*sorted), compare_days);
    for (size_t i = 0; i < n_days; i++) {
        civil_format(sorted[i], at);
        at[CIVIL_TEXT_BYTES - 1] = ',';
        at += CIVIL_TEXT_BYTES;
    }
    return slice_of(text, (size_t)(at - text));
}

void calendar_year_digest(const struct calendar_year *year, struct digest *ret_digest)
{
    char off[CALENDAR_DATES_MAX * CIVIL_TEXT_BYTES], work[CALENDAR_DATES_MAX * CIVIL_TEXT_BYTES];
    const char name[] = {
        (char)('0' + year->year / 1000 % 10),
        (char)('0' + year->year / 100 % 10),
        (char)('0' + year->year / 10 % 10),
        (char)('0' + year->year % 10),
        '/',
        (char)('0' + (int)year->status),
    };
    const struct slice parts[] = {
        slice_of(name, sizeof(name)),
        slice_text(year->document),
        slice_text(year->source),
        slice_text(year->note),
        days_text(year->off, year->n_off, off),
        days_text(year->work, year->n_work, work),
    };

    digest_of(parts, COUNT_OF(parts), ret_digest);
}
