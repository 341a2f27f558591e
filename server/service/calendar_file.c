/*
 * calendar_file.c - the schema of the calendar file, dates into civil days, the domain's check.
 */
#include "service/calendar_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "domain/civil.h"
#include "service/yaml_file.h"

#include "base/base.h"

#define NO_ITEM SIZE_MAX

typedef char date_text[CIVIL_TEXT_BYTES];

struct year_entry {
    int32_t year;
    uint32_t version; /* 0: not said */
    enum calendar_status status;
    char document[CALENDAR_TEXT_BYTES], source[CALENDAR_TEXT_BYTES], note[CALENDAR_TEXT_BYTES];
    date_text off[CALENDAR_DATES_MAX], work[CALENDAR_DATES_MAX];
    unsigned n_off, n_work;
};

/* A file under examination. */
struct reading {
    struct slice yaml;
    struct arena *arena;
    size_t entry;    /* which year of the file, from 0 */
    const char *why; /* everything that is wrong so far; NULL: nothing */
};

/* the schema ---------------------------------------------------------------------------------- */

static const cyaml_strval_t named_statuses[] = {
    { "OFFICIAL", CALENDAR_OFFICIAL },
    { "PROVISIONAL", CALENDAR_PROVISIONAL },
};

static const cyaml_schema_value_t date_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_DEFAULT, date_text, CIVIL_TEXT_BYTES - 1, CIVIL_TEXT_BYTES - 1),
};

static const cyaml_schema_field_t year_fields[] = {
    CYAML_FIELD_INT("year", CYAML_FLAG_DEFAULT, struct year_entry, year),
    CYAML_FIELD_UINT("version", CYAML_FLAG_OPTIONAL, struct year_entry, version),
    CYAML_FIELD_ENUM("status", CYAML_FLAG_STRICT, struct year_entry, status, named_statuses,
                     COUNT_OF(named_statuses)),
    CYAML_FIELD_STRING("document", CYAML_FLAG_DEFAULT, struct year_entry, document, 0),
    CYAML_FIELD_STRING("source", CYAML_FLAG_DEFAULT, struct year_entry, source, 0),
    CYAML_FIELD_STRING("note", CYAML_FLAG_OPTIONAL, struct year_entry, note, 0),
    CYAML_FIELD_SEQUENCE_COUNT("off", CYAML_FLAG_DEFAULT, struct year_entry, off, n_off,
                               &date_value, 0, CALENDAR_DATES_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("work", CYAML_FLAG_DEFAULT, struct year_entry, work, n_work,
                               &date_value, 0, CALENDAR_DATES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t year_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct year_entry, year_fields),
};

static const cyaml_schema_value_t document_value = {
    CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER, struct year_entry, &year_value, 1, CALENDAR_YEARS_MAX),
};

/* examination --------------------------------------------------------------------------------- */

/* "line 41: work[2]: ..."; the entry's number where the file's style hides its line. */
static void complain(struct reading *reading, const char *key, size_t item, const char *what)
{
    struct arena *a = reading->arena;
    size_t line = yaml_file_line(reading->yaml, reading->entry, key, item == NO_ITEM ? 0 : item);
    const char *before = reading->why ? arena_printf(a, "%s; ", reading->why) : "";
    const char *where = line > 0 ? arena_printf(a, "line %zu: ", line)
                                 : arena_printf(a, "entry %zu: ", reading->entry + 1);
    const char *index = item == NO_ITEM ? "" : arena_printf(a, "[%zu]", item);

    if (before && where && index && what) /* else the arena failed, and its owner looks */
        reading->why = arena_printf(a, "%s%s%s%s: %s", before, where, key, index, what);
}

static void take_dates(struct reading *reading, const char *key, const date_text *texts, size_t n,
                       int32_t *days)
{
    for (size_t i = 0; i < n; i++)
        if (!civil_parse(texts[i], &days[i]))
            complain(reading, key, i, arena_printf(reading->arena, "%s is not a date", texts[i]));
}

/* The domain names fields as the API does: "off_dates[3]", "year". */
static void take_refusal(struct reading *reading, const struct refusal *refusal)
{
    for (size_t i = 0; i < refusal->n_fields; i++) {
        const struct refusal_field *field = &refusal->fields[i];
        const char *index = strchr(field->field, '[');
        size_t item = index ? strtoul(index + 1, NULL, 10) : NO_ITEM;
        const char *key = strncmp(field->field, "off", 3) == 0    ? "off"
                          : strncmp(field->field, "work", 4) == 0 ? "work"
                                                                  : "year";

        complain(reading, key, item, field->en);
    }
    if (refusal->n_fields == 0)
        complain(reading, "year", NO_ITEM, refusal->fault->en);
}

static void take_year(struct reading *reading, const struct year_entry *entry,
                      struct calendar_year *year)
{
    const struct refusal *refusal;

    *year = (struct calendar_year){ .year = entry->year,
                                    .version = entry->version ? entry->version : 1,
                                    .status = entry->status,
                                    .n_off = entry->n_off,
                                    .n_work = entry->n_work };
    memcpy(year->document, entry->document, sizeof(year->document));
    memcpy(year->source, entry->source, sizeof(year->source));
    memcpy(year->note, entry->note, sizeof(year->note));
    reading->why = NULL;
    take_dates(reading, "off", entry->off, entry->n_off, year->off);
    take_dates(reading, "work", entry->work, entry->n_work, year->work);
    if (reading->why)
        return; /* what is no date cannot be judged as one */
    refusal = calendar_check(year, reading->arena);
    if (refusal)
        take_refusal(reading, refusal);
}

static bool stands_before(const struct calendar_year *years, size_t n,
                          const struct calendar_year *year)
{
    for (size_t i = 0; i < n; i++)
        if (years[i].year == year->year && years[i].version == year->version)
            return true;
    return false;
}

/* Stops at the first year with something wrong: all of it is told. */
static void take_years(struct reading *reading, const struct year_entry *entries, size_t n,
                       struct calendar_year *years)
{
    for (size_t i = 0; i < n && !reading->why; i++) {
        reading->entry = i;
        take_year(reading, &entries[i], &years[i]);
        if (!reading->why && stands_before(years, i, &years[i]))
            complain(reading, "year", NO_ITEM, "stands twice in the same version");
    }
}

int calendar_file_parse(struct slice yaml, struct arena *a, struct calendar_year **ret_years,
                        size_t *ret_n_years, const char **ret_why)
{
    struct reading reading = { .yaml = yaml, .arena = a };
    struct yaml_document document;
    struct calendar_year *years;
    int r = yaml_file_parse(yaml, &document_value, a, &document, ret_why);

    if (r < 0)
        return r;
    years = ARENA_ARRAY(a, struct calendar_year, document.n);
    if (years)
        take_years(&reading, document.data, document.n, years);
    if (a->failed) {
        r = -ENOMEM;
    } else if (reading.why) {
        *ret_why = reading.why;
        r = -EINVAL;
    } else {
        *ret_years = years;
        *ret_n_years = document.n;
    }
    yaml_file_free(&document);
    return r;
}

int calendar_file_read(const char *path, struct arena *a, struct calendar_year **ret_years,
                       size_t *ret_n_years, const char **ret_why)
{
    struct slice yaml;
    int r = yaml_file_read(path, a, &yaml, ret_why);

    return r < 0 ? r : calendar_file_parse(yaml, a, ret_years, ret_n_years, ret_why);
}
