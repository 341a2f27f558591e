/* test_domain_calendar_check.c - wrong entries of a notice are named; counting holds on any
 * calendar. */
#include "domain_world.h"

#include "domain/statutory.h"

/* the check ----------------------------------------------------------------------------------- */

static const struct refusal *check(struct world *w, const struct calendar_year *year)
{
    return calendar_check(year, &w->arena);
}

static void names(const struct refusal *refusal, const char *field, const char *part)
{
    assert_non_null(refusal);
    assert_int_equal(refusal->fault->id, FAULT_CALENDAR_INVALID);
    for (size_t i = 0; i < refusal->n_fields; i++)
        if (strcmp(refusal->fields[i].field, field) == 0 && strstr(refusal->fields[i].en, part)) {
            assert_true(refusal->fields[i].zh[0]);
            return;
        }
    fail_msg("no complaint \"%s\" about %s", part, field);
}

static void the_published_years_are_good(void **state)
{
    struct world *w = *state;

    assert_int_equal(w->n_years, 3);
    for (size_t i = 0; i < w->n_years; i++)
        assert_null(check(w, &w->years[i]));
}

static void every_wrong_entry_of_a_year_is_named(void **state)
{
    struct world *w = *state;
    struct calendar_year year = w->years[2];

    year.off[year.n_off++] = day_of("2026-01-01");   /* [33] twice */
    year.off[year.n_off++] = day_of("2027-01-01");   /* [34] another year */
    year.off[year.n_off++] = day_of("2025-11-30");   /* [35] not December */
    year.off[year.n_off++] = day_of("2025-12-31");   /* [36] good: the December before */
    year.off[year.n_off++] = -1;                     /* [37] no day at all */
    year.work[year.n_work++] = day_of("2026-01-04"); /* [6] twice */
    year.work[year.n_work++] = day_of("2026-02-15"); /* [7] a day off as well */
    year.work[year.n_work++] = day_of("2026-03-04"); /* [8] a Wednesday */
    year.work[year.n_work++] = day_of("2024-03-02"); /* [9] long ago */
    names(check(w, &year), "off_dates[33]", "2026-01-01: is named twice");
    names(check(w, &year), "off_dates[34]", "neither of this year");
    names(check(w, &year), "off_dates[35]", "neither of this year");
    names(check(w, &year), "off_dates[37]", "neither of this year");
    names(check(w, &year), "work_dates[6]", "is named twice");
    names(check(w, &year), "work_dates[7]", "also a day off");
    names(check(w, &year), "work_dates[8]", "no Saturday or Sunday");
    names(check(w, &year), "work_dates[9]", "neither of this year");
    assert_int_equal(check(w, &year)->n_fields, 8);
}

static void a_statutory_day_that_is_worked_is_named(void **state)
{
    struct world *w = *state;
    struct calendar_year year = w->years[2];

    year.off[0] = day_of("2026-01-05"); /* in place of New Year's Day */
    names(check(w, &year), "off_dates", "2026-01-01 is missing");
    year = w->years[1];
    year.off[1] = day_of("2025-01-27"); /* in place of New Year's Eve */
    names(check(w, &year), "off_dates", "2025-01-28 is missing");
    year = (struct calendar_year){ .year = 2027, .version = 1, .status = CALENDAR_OFFICIAL };
    names(check(w, &year), "off_dates", "2027-02-05 is missing");
    names(check(w, &year), "off_dates", "2027-10-01 is missing");
    year.year = 2024; /* 2 May is a day off only since 2025 */
    for (size_t i = 0; i < check(w, &year)->n_fields; i++)
        assert_null(strstr(check(w, &year)->fields[i].en, "2024-05-02"));
}

static void too_many_or_too_few_working_days_are_named(void **state)
{
    struct world *w = *state;
    struct calendar_year year = w->years[2];

    for (int32_t day = day_of("2026-11-02"); day <= day_of("2026-11-13"); day++)
        year.off[year.n_off++] = day; /* a holiday in November that nobody knows */
    names(check(w, &year), "year", "238 working days, expected 240 to 256");
    year = w->years[2];
    for (int32_t day = day_of("2026-11-01"); day <= day_of("2026-12-06"); day++)
        if (civil_weekday_of(day) >= 5)
            year.work[year.n_work++] = day;
    names(check(w, &year), "year", "259 working days");
    year.year = 1969;
    names(check(w, &year), "year", "1970 to 2199");
    year.year = 2200;
    names(check(w, &year), "year", "1970 to 2199");
}

/* properties ---------------------------------------------------------------------------------- */

static uint64_t seed_now;

/* xorshift: the same numbers on every machine. */
static uint32_t dice(uint32_t sides)
{
    seed_now ^= seed_now << 13;
    seed_now ^= seed_now >> 7;
    seed_now ^= seed_now << 17;
    return (uint32_t)(seed_now >> 32) % sides;
}

static struct calendar *random_calendar(void)
{
    struct calendar_year years[4] = { 0 };
    size_t n = 1 + dice(4);

    for (size_t i = 0; i < n; i++) {
        int32_t first = 0;

        years[i].year = 2024 + (int32_t)dice(5);
        years[i].version = 1 + dice(3);
        years[i].status = (enum calendar_status)dice(3);
        assert_true(civil_from(years[i].year, 1, 1, &first));
        years[i].n_off = dice(CALENDAR_DATES_MAX + 1);
        years[i].n_work = dice(CALENDAR_DATES_MAX + 1);
        for (size_t k = 0; k < CALENDAR_DATES_MAX; k++) {
            years[i].off[k] = first - 31 + (int32_t)dice(396);
            years[i].work[k] = first - 31 + (int32_t)dice(396);
        }
    }
    return calendar_create(years, n, 1);
}

/* Counting by asking one day after the other: slow, and plainly right. */
static int32_t count_plainly(const struct calendar *calendar, int32_t day, int32_t n)
{
    while (n > 0)
        n -= calendar_day_at(calendar, ++day).working;
    return day;
}

static void check_counting(const struct world *w, const struct calendar *calendar)
{
    int64_t start = civil_day_start_ms(calendar_first_day(calendar) + (int32_t)dice(1500)) +
                    (int64_t)dice(86400) * 1000;
    int32_t n = 1 + (int32_t)dice(30);
    struct counted counted, later, more, minutes;

    if (calendar_first_day(calendar) == 0)
        start += civil_day_start_ms(day_of("2024-01-01"));
    assert_true(calendar_add_working_days(calendar, &w->rules, start, n, &counted));
    assert_int_equal(counted.last_day, count_plainly(calendar, civil_day_of(start), n));
    assert_true(calendar_day_at(calendar, counted.last_day).working);
    assert_int_equal(counted.due_ms, civil_day_start_ms(counted.last_day + 1));
    /* received later, or a longer limit: never due earlier */
    assert_true(
        calendar_add_working_days(calendar, &w->rules, start + dice(1000000000), n, &later));
    assert_true(later.due_ms >= counted.due_ms);
    assert_true(calendar_add_working_days(calendar, &w->rules, start, n + 1, &more));
    assert_true(more.due_ms > counted.due_ms);
    assert_true(!counted.provisional || more.provisional);
    /* minutes: what is added is what is measured, inside office hours */
    assert_true(calendar_add_working_minutes(calendar, &w->rules, start, n * 37, &minutes));
    assert_int_equal(calendar_working_minutes(calendar, &w->rules, start, minutes.due_ms), n * 37);
    assert_true(calendar_next_opening(calendar, &w->rules, minutes.due_ms - 1) ==
                minutes.due_ms - 1);
    assert_true(calendar_next_opening(calendar, &w->rules, start) >= start);
}

static void counting_is_monotone_on_any_calendar(void **state)
{
    const struct world *w = *state;
    const char *given = getenv("HOTLINE_SEED");

    seed_now = given ? strtoull(given, NULL, 10) : 20261124;
    print_message("seed %llu (HOTLINE_SEED)\n", (unsigned long long)seed_now);
    for (int i = 0; i < 300; i++) {
        struct calendar *calendar = random_calendar();

        for (int k = 0; k < 30; k++)
            check_counting(w, calendar);
        calendar_free(calendar);
    }
}

static void statutory_days_lie_in_their_year(void **state UNUSED)
{
    int32_t days[STATUTORY_DAYS_MAX];

    assert_int_equal(statutory_days_of(2024, days), 11);
    assert_int_equal(statutory_days_of(2025, days), 13);
    assert_int_equal(statutory_days_of(2026, days), 13);
    assert_int_equal(statutory_days_of(2027, days), 13);
    assert_int_equal(statutory_days_of(2031, days), 6); /* the fixed ones */
    assert_int_equal(statutory_days_of(2201, days), 0);
    assert_true(statutory_day(day_of("2026-05-02")));
    assert_false(statutory_day(day_of("2024-05-02")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(the_published_years_are_good),
        OPEN_WORLD(every_wrong_entry_of_a_year_is_named),
        OPEN_WORLD(a_statutory_day_that_is_worked_is_named),
        OPEN_WORLD(too_many_or_too_few_working_days_are_named),
        OPEN_WORLD(counting_is_monotone_on_any_calendar),
        cmocka_unit_test(statutory_days_lie_in_their_year),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
