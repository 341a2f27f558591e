/*
 * test_data_files.c - the rule file and the calendar file: the real ones load to what they say, and
 * every way of being wrong is refused with its line and the reason.
 */
#include "service/calendar_file.h"
#include "service/rules_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"
#include "domain/civil.h"
#include "domain/tables.h"
#include "service/yaml_file.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 8 << 20, PATH_BYTES = 512 };

static void path_of(const char *name, char path[PATH_BYTES])
{
    const char *root = getenv("HOTLINE_SOURCE");

    (void)snprintf(path, PATH_BYTES, "%s/server/data/%s", root ? root : ".", name);
}

/* The text of a real file, to be spoilt. */
static char *text_of_file(const char *name, struct arena *a)
{
    const char *why = NULL;
    char path[PATH_BYTES];
    struct slice text;

    path_of(name, path);
    assert_int_equal(yaml_file_read(path, a, &text, &why), 0);
    return arena_text(a, text);
}

/* The text with the first `from` behind `after` replaced. */
static const char *changed(struct arena *a, const char *text, const char *after, const char *from,
                           const char *to)
{
    const char *begin = strstr(text, after), *at = begin ? strstr(begin, from) : NULL;

    if (!at)
        fail_msg("no \"%s\" behind \"%s\"", from, after);
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* Line on which `what` first stands behind `after`. */
static size_t line_of(const char *text, const char *after, const char *what)
{
    const char *at = strstr(strstr(text, after), what);
    size_t line = 1;

    for (const char *c = text; c < at; c++)
        line += *c == '\n';
    return line;
}

/* rules --------------------------------------------------------------------------------------- */

static void the_rules_that_ship_say_what_the_rulebook_says(void **state)
{
    struct rules rules = { .version = 0 };
    const struct ladder *ladder = &rules.clocks[CLOCK_HANDLE].ladder;
    const char *why = "";
    char path[PATH_BYTES];
    struct arena a;
    int r;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    path_of("rules.yaml", path);
    r = rules_file_read(path, &a, &rules, &why);
    if (r < 0)
        fail_msg("%s", why);
    assert_int_equal(rules.version, 1);
    assert_int_equal(rules.opening_minute, 510);
    assert_int_equal(rules.closing_minute, 1050);
    assert_false(rules.ends_at_closing);
    assert_true(rules.visit_before_submit);
    assert_int_equal(rules.contact_attempts, 3);
    assert_int_equal(rules.contact_gap_minutes, 120);
    assert_int_equal(rules.clocks[CLOCK_CONTACT].length.unit, LENGTH_WORKING_DAYS);
    assert_int_equal(rules.clocks[CLOCK_CONTACT].length.amount, 1);
    assert_int_equal(rules.clocks[CLOCK_ACCEPT].length.unit, LENGTH_WORKING_MINUTES);
    assert_int_equal(rules.clocks[CLOCK_HANDLE].by_class[limit_class_index(LIMIT_ONE_DAY)].amount,
                     1);
    assert_int_equal(rules.clocks[CLOCK_HANDLE].by_class[limit_class_index(LIMIT_FIVE_DAYS)].amount,
                     5);
    assert_int_equal(rules.clocks[CLOCK_HANDLE].by_class[limit_class_index(LIMIT_TEN_DAYS)].amount,
                     10);
    assert_int_equal(rules.clocks[CLOCK_EXTENSION_WINDOW].by_class[0].amount, 0);
    assert_int_equal(rules.clocks[CLOCK_EXTENSION_WINDOW].ladder.n_rungs, 0);
    assert_int_equal(ladder->n_rungs, 7);
    assert_int_equal(ladder->rungs[2].at, RUNG_LAST_DAY);
    assert_int_equal(ladder->rungs[2].amount, 540);
    assert_int_equal(ladder->rungs[2].to, ROLES(ROLE_SPECIALIST) | ROLES(ROLE_UNIT_HEAD_2));
    for (size_t kind = 1; kind < CLOCK_MAX; kind++)
        assert_true(rules.clocks[kind].length.amount > 0 || clocks[kind].by_class);
    arena_release(&a);
}

/* A change of the real file, and what is said of it. */
static const struct spoilt_rules {
    const char *after, *from, *to;
    const char *said;
    const char *line_of; /* what stands on the line that is named; NULL: no line is */
} spoilt_rules[] = {
    /* what the schema refuses */
    { "", "version: 1", "version: one", "Invalid", "version: one" },
    { "", "visit_attempts", "visit_atempts", "visit_atempts", "visit_atempts" },
    { "", "visit_attempts: 3", "", "visit_attempts", NULL },
    { "clock: TAKE", "WORKING_MINUTES", "WORKING_HOURS", "WORKING_HOURS", "WORKING_HOURS" },
    { "clock: TAKE", "SPECIALIST", "SPECIALISTS", "SPECIALISTS", "SPECIALISTS" },
    { "clock: TAKE", "at: HALF", "at: 2", "2", "at: 2" },
    { "clocks:", "clock: ORDER", "clock: ORDERS", "ORDERS", "ORDERS" },
    { "clock: HANDLE", "- {unit: WORKING_DAYS, amount: 1}\n", "\n", "Insufficient", NULL },
    { "clocks:", "[OFFICE_CLERK]", "[OFFICE_CLERK", "", NULL },
    { "", "id: youyi-12345-2026", "id: *a", "", NULL },
    /* what only the rulebook knows */
    { "", "version: 1", "version: 0", "version counts from 1", NULL },
    { "", "opening_minute: 510", "opening_minute: 1050", "office hours", NULL },
    { "", "opening_minute: 510", "opening_minute: -1", "office hours", NULL },
    { "", "closing_minute: 1050", "closing_minute: 1441", "office hours", NULL },
    { "", "contact_attempts: 3", "contact_attempts: 0", "contact_attempts", NULL },
    { "", "visit_attempts: 3", "visit_attempts: 11", "visit_attempts", NULL },
    { "", "contact_gap_minutes: 120", "contact_gap_minutes: -1", "contact_gap_minutes", NULL },
    { "clocks:", "amount: 120", "amount: 0", "clock ACCEPT: length", "clock: ACCEPT" },
    { "clocks:", "clock: ORDER", "clock: CONTACT", "clock CONTACT: stands twice", NULL },
    { "clocks:", "clock: HANDLE", "clock: FIX", "clock FIX: its length does not", "clock: FIX" },
    { "clocks:", "clock: TAKE", "clock: HANDLE", "clock HANDLE: its length follows", NULL },
    { "clock: EXTENSION_WINDOW", "amount: 3", "amount: -3", "clock EXTENSION_WINDOW: by_class",
      "clock: EXTENSION_WINDOW" },
    { "clock: TAKE", "to: [SPECIALIST]", "to: []", "reminds nobody", "clock: TAKE" },
    { "clock: TAKE", "at: HALF,", "at: HALF, amount: 3,", "LAST_DAY takes", "clock: TAKE" },
    { "clock: HANDLE", "amount: 540", "amount: 1440", "LAST_DAY takes", "clock: HANDLE" },
    { "clock: HANDLE", "amount: 120", "amount: 0", "LAST_DAY takes", "clock: HANDLE" },
    { "clock: HANDLE", "at: ARMED", "at: HALF", "time order", "clock: HANDLE" },
    { "clock: HANDLE", "at: DUE", "at: ARMED", "time order", "clock: HANDLE" },
    { "at: AFTER_DUE, amount: 1", "AFTER_DUE, amount: 3", "AFTER_DUE, amount: 1", "time order",
      NULL },
    { "clock: DISTRICT", "\n", "\n  - clock: DISTRICT\n", "clock DISTRICT", NULL },
};

static void a_wrong_rule_is_refused_with_line_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spoilt_rules); i++) {
        const struct spoilt_rules *row = &spoilt_rules[i];
        const char *text, *why = NULL;
        struct rules rules = { .version = 77 };
        struct arena a;

        arena_init(&a, ARENA_BYTES_MAX);
        text = changed(&a, text_of_file("rules.yaml", &a), row->after, row->from, row->to);
        assert_int_equal(rules_file_parse(slice_text(text), &a, &rules, &why), -EINVAL);
        if (getenv("HOTLINE_SHOW"))
            print_message("%zu: %s\n", i, why);
        if (!strstr(why, row->said))
            fail_msg("row %zu says \"%s\", not \"%s\"", i, why, row->said);
        if (row->line_of) {
            const char *line =
                arena_printf(&a, "line %zu: ", line_of(text, row->after, row->line_of));

            if (strncmp(why, line, strlen(line)) != 0)
                fail_msg("row %zu says \"%s\", not \"%s\"", i, why, line);
        }
        assert_int_equal(rules.version, 77);
        arena_release(&a);
    }
}

static void a_missing_clock_is_named(void **state)
{
    struct rules rules;
    const char *why = NULL;
    struct arena a;
    char *text;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    text = text_of_file("rules.yaml", &a);
    *strstr(text, "  - clock: DISTRICT") = '\0';
    assert_int_equal(rules_file_parse(slice_text(text), &a, &rules, &why), -EINVAL);
    assert_string_equal(why, "clock DISTRICT is missing");
    arena_release(&a);
}

/* Every name of the tables can be written in the file, and means the same there. */
static void names_are_those_of_the_tables(void **state)
{
    struct arena a;
    char *text;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    text = text_of_file("rules.yaml", &a);
    for (size_t kind = 1; kind < CLOCK_MAX; kind++)
        assert_non_null(strstr(text, arena_printf(&a, "clock: %s ", clocks[kind].name)));
    for (enum role role = 1; role < ROLE_TIMER; role++) {
        struct rules rules;
        const char *why = "";
        const char *other = changed(&a, text, "clock: TAKE", "[SPECIALIST]",
                                    arena_printf(&a, "[%s]", role_names[role].name));

        if (rules_file_parse(slice_text(other), &a, &rules, &why) < 0)
            fail_msg("%s: %s", role_names[role].name, why);
        assert_int_equal(rules.clocks[CLOCK_TAKE].ladder.rungs[0].to, ROLES(role));
    }
    arena_release(&a);
}

static void rules_survive_every_failing_allocation(void **state)
{
    struct arena a;
    struct slice yaml;
    int r = -ENOMEM;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    yaml = slice_text(text_of_file("rules.yaml", &a));
    for (uint64_t n = 1; r != 0; n++) {
        struct rules rules = { .version = 77 };
        const char *why = NULL;
        struct arena words;

        arena_init(&words, ARENA_BYTES_MAX);
        memory_fail_at(n);
        r = rules_file_parse(yaml, &words, &rules, &why);
        memory_fail_at(0);
        assert_true(r == 0 || (r == -ENOMEM && rules.version == 77));
        arena_release(&words);
    }
    arena_release(&a);
}

/* calendars ----------------------------------------------------------------------------------- */

static void the_calendar_that_ships_counts_the_known_working_days(void **state)
{
    static const struct {
        int32_t year, working;
    } known[] = { { 2024, 251 }, { 2025, 248 }, { 2026, 248 } }; /* DOMAIN 3 */
    struct calendar_year *years = NULL;
    size_t n_years = 0;
    const char *why = "";
    char path[PATH_BYTES];
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    path_of("calendar_cn.yaml", path);
    if (calendar_file_read(path, &a, &years, &n_years, &why) < 0)
        fail_msg("%s", why);
    assert_int_equal(n_years, COUNT_OF(known));
    for (size_t i = 0; i < n_years; i++) {
        int32_t first, next, working = 0;

        assert_int_equal(years[i].year, known[i].year);
        assert_int_equal(years[i].version, 1);
        assert_int_equal(years[i].status, CALENDAR_OFFICIAL);
        assert_true(years[i].document[0] && years[i].source[0]);
        assert_true(civil_from(years[i].year, 1, 1, &first));
        assert_true(civil_from(years[i].year + 1, 1, 1, &next));
        for (int32_t day = first; day < next; day++)
            working += civil_weekday_of(day) < 5;
        for (size_t j = 0; j < years[i].n_off; j++)
            working -= civil_weekday_of(years[i].off[j]) < 5;
        assert_int_equal(working + (int32_t)years[i].n_work, known[i].working);
    }
    arena_release(&a);
}

static const struct spoilt_calendar {
    const char *after, *from, *to;
    const char *said;
    const char *line_of;
} spoilt_calendar[] = {
    /* a make-up day on a Wednesday; a day that does not exist; a day of another year */
    { "year: 2026", "2026-02-14", "2026-03-11", "work[1]: 2026-03-11", "2026-03-11" },
    { "year: 2026", "2026-02-28", "2026-02-29", "work[2]: 2026-02-29 is not a date", "2026-02-29" },
    { "year: 2024", "2024-05-02", "2023-05-02", "off[13]: 2023-05-02", "2023-05-02" },
    /* twice in a list, and in both */
    { "year: 2025", "2025-01-29", "2025-01-28", "off[2]: 2025-01-28", "2025-01-28, 2025-01-28" },
    { "year: 2025", "2025-02-08", "2025-02-01", "work[1]: 2025-02-01", "2025-01-26" },
    /* a statutory day forgotten; the sum gives it away too */
    { "year: 2026", "2026-06-19,", "", "off: the statutory day 2026-06-19 is missing",
      "2026-01-01" },
    /* what the schema refuses */
    { "year: 2025", "2025-01-28", "2025-1-28", "STRING", "2025-1-28" },
    { "year: 2025", "OFFICIAL", "CERTAIN", "CERTAIN", "CERTAIN" },
    { "", "year: 2024", "year: soon", "soon", "soon" },
    { "", "status: OFFICIAL", "state: OFFICIAL", "state", "state" },
    /* a year given twice in one version; no year at all */
    { "", "- year: 2024\n", "- year: 2024\n  <<: 1\n", "", NULL },
    { "", "year: 2024", "year: 1900", "year", "year: 1900" },
};

static void a_wrong_day_is_refused_with_line_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spoilt_calendar); i++) {
        const struct spoilt_calendar *row = &spoilt_calendar[i];
        struct calendar_year *years = NULL;
        size_t n_years = 77;
        const char *text, *why = NULL;
        struct arena a;

        arena_init(&a, ARENA_BYTES_MAX);
        text = changed(&a, text_of_file("calendar_cn.yaml", &a), row->after, row->from, row->to);
        assert_int_equal(calendar_file_parse(slice_text(text), &a, &years, &n_years, &why),
                         -EINVAL);
        if (getenv("HOTLINE_SHOW"))
            print_message("%zu: %s\n", i, why);
        if (!strstr(why, row->said))
            fail_msg("row %zu says \"%s\", not \"%s\"", i, why, row->said);
        if (row->line_of) {
            const char *line =
                arena_printf(&a, "line %zu: ", line_of(text, row->after, row->line_of));

            if (strncmp(why, line, strlen(line)) != 0)
                fail_msg("row %zu says \"%s\", not \"%s\"", i, why, line);
        }
        assert_null(years);
        assert_int_equal(n_years, 77);
        arena_release(&a);
    }
}

/* Two entries of one year are two versions of it, or a mistake. */
static void a_year_stands_once_in_each_version(void **state)
{
    struct calendar_year *years = NULL;
    size_t n_years = 0;
    const char *text, *twice, *why = NULL;
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    text = text_of_file("calendar_cn.yaml", &a);
    text = strstr(text, "- year: 2026");
    twice = arena_printf(&a, "%s%s", text, text);
    assert_int_equal(calendar_file_parse(slice_text(twice), &a, &years, &n_years, &why), -EINVAL);
    assert_non_null(strstr(why, "stands twice"));
    twice = changed(&a, twice, "", "version: 1", "version: 2");
    assert_int_equal(calendar_file_parse(slice_text(twice), &a, &years, &n_years, &why), 0);
    assert_int_equal(n_years, 2);
    assert_int_equal(years[0].version, 2);
    arena_release(&a);
}

/* Block style, quotes, another order of keys, comments with dates: the line is still right. */
static void a_line_is_found_in_every_usual_style(void **state)
{
    static const char yaml[] = "# 2026-01-01 stands here\n"
                               "years:\n"
                               "  - work:\n"
                               "      - '2026-01-04'   # not 2026-02-14\n"
                               "      - \"2026-02-14\"\n"
                               "    note: x\n"
                               "    off: [ 2026-01-01,\n"
                               "\n"
                               "           2026-01-02 ]\n"
                               "  - off: [2027-01-01]\n";

    (void)state;
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, NULL, 0), 3);
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, "work", 0), 4);
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, "work", 1), 5);
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, "note", 0), 6);
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, "off", 0), 7);
    assert_int_equal(yaml_file_line(slice_text(yaml), 0, "off", 1), 9);
    assert_int_equal(yaml_file_line(slice_text(yaml), 1, "off", 0), 10);
    assert_int_equal(yaml_file_line(slice_text(yaml), 1, "work", 0), 0);
    assert_int_equal(yaml_file_line(slice_text(yaml), 2, NULL, 0), 0);
    assert_int_equal(yaml_file_line(slice_text("{a: 1}"), 0, NULL, 0), 0);
    assert_int_equal(yaml_file_line(slice_of("", 0), 0, NULL, 0), 0);
}

static void calendars_survive_every_failing_allocation(void **state)
{
    struct arena a;
    struct slice good, wrong;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    good = slice_text(text_of_file("calendar_cn.yaml", &a));
    wrong =
        slice_text(changed(&a, (const char *)good.data, "year: 2026", "2026-02-28", "2026-02-29"));
    for (int round = 0; round < 2; round++) {
        int r = -ENOMEM;

        for (uint64_t n = 1; r == -ENOMEM; n++) {
            struct calendar_year *years = NULL;
            size_t n_years;
            const char *why = NULL;
            struct arena words;

            arena_init(&words, ARENA_BYTES_MAX);
            memory_fail_at(n);
            r = calendar_file_parse(round ? wrong : good, &words, &years, &n_years, &why);
            memory_fail_at(0);
            assert_int_equal(r == 0, years != NULL);
            arena_release(&words);
        }
        assert_int_equal(r, round ? -EINVAL : 0);
    }
    arena_release(&a);
}

/* files --------------------------------------------------------------------------------------- */

static void a_file_that_cannot_be_read_says_why(void **state)
{
    struct rules rules;
    struct calendar_year *years;
    size_t n_years;
    const char *why = NULL;
    struct arena a, small;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_int_equal(rules_file_read("/nowhere/rules.yaml", &a, &rules, &why), -ENOENT);
    assert_non_null(why);
    assert_int_equal(calendar_file_read("/", &a, &years, &n_years, &why), -EISDIR);
    assert_int_equal(rules_file_read("/dev/zero", &a, &rules, &why), -EFBIG);
    assert_int_equal(rules_file_read("/dev/null", &a, &rules, &why), -EINVAL);
    assert_string_equal(why, "the file is empty");
    arena_init(&small, 1024);
    assert_int_equal(rules_file_read("/dev/null", &small, &rules, &why), -ENOMEM);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_that_ship_say_what_the_rulebook_says),
        cmocka_unit_test(a_wrong_rule_is_refused_with_line_and_reason),
        cmocka_unit_test(a_missing_clock_is_named),
        cmocka_unit_test(names_are_those_of_the_tables),
        cmocka_unit_test(rules_survive_every_failing_allocation),
        cmocka_unit_test(the_calendar_that_ships_counts_the_known_working_days),
        cmocka_unit_test(a_wrong_day_is_refused_with_line_and_reason),
        cmocka_unit_test(a_year_stands_once_in_each_version),
        cmocka_unit_test(a_line_is_found_in_every_usual_style),
        cmocka_unit_test(calendars_survive_every_failing_allocation),
        cmocka_unit_test(a_file_that_cannot_be_read_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
