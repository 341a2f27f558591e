/*
 * rules_file.c - the schema of the rule file, and what a schema cannot say.
 *
 * The names in the file are those of the API and of the clock and role tables (a test compares
 * them). The document is a struct of its own because a file lists clocks in any order, while struct
 * rules finds them by kind.
 */
#include "service/rules_file.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "domain/tables.h"
#include "service/yaml_file.h"

#include "base/base.h"

enum { MINUTES_A_DAY = 24 * 60, AMOUNT_MAX = 100000, ATTEMPTS_MAX = 10 };

struct clock_entry {
    enum clock_kind clock;
    struct length length;
    struct length by_class[3];
    unsigned n_by_class;
    struct rung rungs[RUNGS_MAX];
    unsigned n_rungs;
};

struct rules_document {
    struct rules rules; /* but for its clocks */
    struct clock_entry clocks[CLOCK_MAX];
    unsigned n_clocks;
};

/* the schema ---------------------------------------------------------------------------------- */

/* clang-format off */
static const cyaml_strval_t named_units[] = {
    {"WORKING_DAYS",    LENGTH_WORKING_DAYS},
    {"WORKING_MINUTES", LENGTH_WORKING_MINUTES},
    {"NATURAL_MINUTES", LENGTH_NATURAL_MINUTES},
};

static const cyaml_strval_t named_rungs[] = {
    {"ARMED",      RUNG_ARMED},
    {"HALF",       RUNG_HALF},
    {"LAST_DAY",   RUNG_LAST_DAY},
    {"BEFORE_DUE", RUNG_BEFORE_DUE},
    {"DUE",        RUNG_DUE},
    {"AFTER_DUE",  RUNG_AFTER_DUE},
};

static const cyaml_strval_t named_clocks[] = {
    {"ACCEPT", CLOCK_ACCEPT},     {"CONTACT", CLOCK_CONTACT}, {"ORDER", CLOCK_ORDER},
    {"DISPATCH", CLOCK_DISPATCH}, {"TAKE", CLOCK_TAKE},       {"HANDLE", CLOCK_HANDLE},
    {"EXTENSION_WINDOW", CLOCK_EXTENSION_WINDOW},             {"FIX", CLOCK_FIX},
    {"REVIEW", CLOCK_REVIEW},     {"VISIT", CLOCK_VISIT},     {"SUBMIT", CLOCK_SUBMIT},
    {"DISTRICT", CLOCK_DISTRICT},
};

/* Those who can be reminded; not the timer, which reminds. */
static const cyaml_strval_t named_roles[] = {
    {"DISTRICT_SYNC", ROLES(ROLE_DISTRICT_SYNC)}, {"OFFICE_CLERK", ROLES(ROLE_OFFICE_CLERK)},
    {"OFFICE_HEAD", ROLES(ROLE_OFFICE_HEAD)},     {"UOC_HEAD", ROLES(ROLE_UOC_HEAD)},
    {"SPECIALIST", ROLES(ROLE_SPECIALIST)},       {"GRID_WORKER", ROLES(ROLE_GRID_WORKER)},
    {"UNIT_HEAD_1", ROLES(ROLE_UNIT_HEAD_1)},     {"UNIT_HEAD_2", ROLES(ROLE_UNIT_HEAD_2)},
    {"LEADER_IN_CHARGE", ROLES(ROLE_LEADER_IN_CHARGE)},
    {"MAIN_LEADER", ROLES(ROLE_MAIN_LEADER)},     {"PGO", ROLES(ROLE_PGO)},
    {"DISCIPLINE", ROLES(ROLE_DISCIPLINE)},       {"AUDITOR", ROLES(ROLE_AUDITOR)},
    {"SCREEN", ROLES(ROLE_SCREEN)},               {"ADMIN", ROLES(ROLE_ADMIN)},
};
/* clang-format on */

enum {
    MUST_STAND = CYAML_FLAG_DEFAULT,
    MAY_STAND = CYAML_FLAG_OPTIONAL,
    BY_NAME = CYAML_FLAG_STRICT, /* a number in place of a name is an error */
};

static const cyaml_schema_field_t length_fields[] = {
    CYAML_FIELD_ENUM("unit", BY_NAME, struct length, unit, named_units, COUNT_OF(named_units)),
    CYAML_FIELD_INT("amount", MUST_STAND, struct length, amount),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t length_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct length, length_fields),
};

static const cyaml_schema_field_t rung_fields[] = {
    CYAML_FIELD_ENUM("at", BY_NAME, struct rung, at, named_rungs, COUNT_OF(named_rungs)),
    CYAML_FIELD_INT("amount", MAY_STAND, struct rung, amount),
    CYAML_FIELD_FLAGS("to", BY_NAME, struct rung, to, named_roles, COUNT_OF(named_roles)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rung_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct rung, rung_fields),
};

static const cyaml_schema_field_t clock_fields[] = {
    CYAML_FIELD_ENUM("clock", BY_NAME, struct clock_entry, clock, named_clocks,
                     COUNT_OF(named_clocks)),
    CYAML_FIELD_MAPPING("length", MAY_STAND, struct clock_entry, length, length_fields),
    CYAML_FIELD_SEQUENCE_COUNT("by_class", MAY_STAND, struct clock_entry, by_class, n_by_class,
                               &length_value, 3, 3),
    CYAML_FIELD_SEQUENCE_COUNT("ladder", MAY_STAND, struct clock_entry, rungs, n_rungs, &rung_value,
                               0, RUNGS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t clock_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct clock_entry, clock_fields),
};

static const cyaml_schema_field_t document_fields[] = {
    CYAML_FIELD_UINT("version", MUST_STAND, struct rules_document, rules.version),
    CYAML_FIELD_STRING("id", MUST_STAND, struct rules_document, rules.id, 1),
    CYAML_FIELD_STRING("basis", MUST_STAND, struct rules_document, rules.basis, 1),
    CYAML_FIELD_INT("opening_minute", MUST_STAND, struct rules_document, rules.opening_minute),
    CYAML_FIELD_INT("closing_minute", MUST_STAND, struct rules_document, rules.closing_minute),
    CYAML_FIELD_BOOL("ends_at_closing", MUST_STAND, struct rules_document, rules.ends_at_closing),
    CYAML_FIELD_BOOL("visit_before_submit", MUST_STAND, struct rules_document,
                     rules.visit_before_submit),
    CYAML_FIELD_INT("contact_attempts", MUST_STAND, struct rules_document, rules.contact_attempts),
    CYAML_FIELD_INT("contact_gap_minutes", MUST_STAND, struct rules_document,
                    rules.contact_gap_minutes),
    CYAML_FIELD_INT("visit_attempts", MUST_STAND, struct rules_document, rules.visit_attempts),
    CYAML_FIELD_SEQUENCE_COUNT("clocks", MUST_STAND, struct rules_document, clocks, n_clocks,
                               &clock_value, 1, CLOCK_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t document_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct rules_document, document_fields),
};

/* what a schema cannot say -------------------------------------------------------------------- */

static bool is_within(int32_t value, int32_t least, int32_t most)
{
    return value >= least && value <= most;
}

/* NULL, or what is wrong. */
static const char *wrong_scalars(const struct rules *rules)
{
    if (rules->version == 0)
        return "version counts from 1";
    if (!is_within(rules->opening_minute, 0, MINUTES_A_DAY - 1) ||
        !is_within(rules->closing_minute, rules->opening_minute + 1, MINUTES_A_DAY))
        return "office hours: 0 <= opening_minute < closing_minute <= 1440";
    if (!is_within(rules->contact_attempts, 1, ATTEMPTS_MAX) ||
        !is_within(rules->visit_attempts, 1, ATTEMPTS_MAX))
        return "contact_attempts and visit_attempts: 1 to 10";
    if (!is_within(rules->contact_gap_minutes, 0, MINUTES_A_DAY))
        return "contact_gap_minutes: 0 to 1440";
    return NULL;
}

static const char *wrong_lengths(const struct clock_entry *entry)
{
    bool any = false;

    if (!clocks[entry->clock].by_class) {
        if (entry->n_by_class > 0)
            return "its length does not follow the limit class: use length";
        return is_within(entry->length.amount, 1, AMOUNT_MAX) ? NULL : "length: from 1 on";
    }
    if (entry->length.unit != LENGTH_UNSPECIFIED || entry->n_by_class != 3)
        return "its length follows the limit class: use by_class, three entries";
    for (size_t i = 0; i < entry->n_by_class; i++) {
        if (!is_within(entry->by_class[i].amount, 0, AMOUNT_MAX))
            return "by_class: from 0 on";
        any |= entry->by_class[i].amount > 0;
    }
    return any ? NULL : "by_class: at least one class has this clock";
}

/* The amount that its kind of rung takes. */
static bool rung_amount_fits(const struct rung *rung)
{
    switch (rung->at) {
    case RUNG_LAST_DAY:
        return is_within(rung->amount, 0, MINUTES_A_DAY - 1);
    case RUNG_BEFORE_DUE:
    case RUNG_AFTER_DUE:
        return is_within(rung->amount, 1, AMOUNT_MAX);
    default:
        return rung->amount == 0;
    }
}

/* Does b fall behind a? The kinds are numbered in time order. */
static bool rungs_in_order(const struct rung *a, const struct rung *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    return a->at == RUNG_BEFORE_DUE ? a->amount > b->amount : a->amount < b->amount;
}

static const char *wrong_ladder(const struct clock_entry *entry)
{
    for (size_t i = 0; i < entry->n_rungs; i++) {
        if (entry->rungs[i].to == 0)
            return "ladder: a rung reminds nobody";
        if (!rung_amount_fits(&entry->rungs[i]))
            return "ladder: LAST_DAY takes a minute of the day, BEFORE_DUE and AFTER_DUE an amount "
                   "from 1 on, other rungs none";
        if (i > 0 && !rungs_in_order(&entry->rungs[i - 1], &entry->rungs[i]))
            return "ladder: rungs stand in time order, each once";
    }
    return NULL;
}

/* Puts an entry where its clock belongs. NULL, or what is wrong. */
static const char *place_clock(const struct clock_entry *entry, struct rules *rules)
{
    struct clock_rules *clock = &rules->clocks[entry->clock];
    const char *why = wrong_lengths(entry);

    if (!why)
        why = wrong_ladder(entry);
    if (!why && (clock->length.amount > 0 || clock->by_class[0].unit != LENGTH_UNSPECIFIED))
        why = "stands twice";
    if (why)
        return why;
    clock->length = entry->length;
    memcpy(clock->by_class, entry->by_class, sizeof(clock->by_class));
    memcpy(clock->ladder.rungs, entry->rungs, sizeof(clock->ladder.rungs));
    clock->ladder.n_rungs = entry->n_rungs;
    return NULL;
}

static const char *missing_clock(const struct rules *rules, struct arena *a)
{
    for (size_t kind = CLOCK_UNSPECIFIED + 1; kind < CLOCK_MAX; kind++) {
        const struct clock_rules *clock = &rules->clocks[kind];

        if (clock->length.amount == 0 && clock->by_class[0].unit == LENGTH_UNSPECIFIED)
            return arena_printf(a, "clock %s is missing", clocks[kind].name);
    }
    return NULL;
}

/* NULL when all is well; else why, or NULL with a->failed. */
static const char *take_document(const struct rules_document *document, struct slice yaml,
                                 struct arena *a, struct rules *rules)
{
    const char *why = wrong_scalars(&document->rules);

    *rules = document->rules;
    for (size_t i = 0; !why && i < document->n_clocks; i++) {
        const struct clock_entry *entry = &document->clocks[i];

        why = place_clock(entry, rules);
        if (why)
            why = arena_printf(a, "line %zu: clock %s: %s", yaml_file_line(yaml, i, NULL, 0),
                               clocks[entry->clock].name, why);
    }
    return why ? why : missing_clock(rules, a);
}

int rules_file_parse(struct slice yaml, struct arena *a, struct rules *ret_rules,
                     const char **ret_why)
{
    struct yaml_document document;
    struct rules rules;
    const char *why;
    int r = yaml_file_parse(yaml, &document_value, a, &document, ret_why);

    if (r < 0)
        return r;
    why = take_document(document.data, yaml, a, &rules);
    yaml_file_free(&document);
    if (a->failed)
        return -ENOMEM;
    if (why) {
        *ret_why = why;
        return -EINVAL;
    }
    *ret_rules = rules;
    return 0;
}

int rules_file_read(const char *path, struct arena *a, struct rules *ret_rules,
                    const char **ret_why)
{
    struct slice yaml;
    int r = yaml_file_read(path, a, &yaml, ret_why);

    return r < 0 ? r : rules_file_parse(yaml, a, ret_rules, ret_why);
}
