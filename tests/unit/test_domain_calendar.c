/* test_domain_calendar.c - which days count, and counting them (DOMAIN 3). */
#include "domain_world.h"

static struct counted count(const struct world *w, int64_t start_ms, int32_t n)
{
    struct counted counted = { 0 };

    assert_true(calendar_add_working_days(w->calendar, &w->rules, start_ms, n, &counted));
    return counted;
}

/* vectors ------------------------------------------------------------------------------------- */

static void the_days_of_the_study_are_counted(void **state)
{
    /* clang-format off */
    static const struct {
        const char *received, *one, *three, *five, *ten;
        bool working;
    } vectors[] = {
        {"2026-02-12", "2026-02-13", "2026-02-24", "2026-02-26", "2026-03-04", true},
        {"2026-02-13", "2026-02-14", "2026-02-25", "2026-02-27", "2026-03-05", true},
        {"2026-02-14", "2026-02-24", "2026-02-26", "2026-02-28", "2026-03-06", true},
        {"2026-02-20", "2026-02-24", "2026-02-26", "2026-02-28", "2026-03-06", false},
        {"2026-01-02", "2026-01-04", "2026-01-06", "2026-01-08", "2026-01-15", false},
        {"2026-04-30", "2026-05-06", "2026-05-08", "2026-05-11", "2026-05-18", true},
        {"2026-09-18", "2026-09-20", "2026-09-22", "2026-09-24", "2026-10-09", true},
        {"2026-09-30", "2026-10-08", "2026-10-10", "2026-10-13", "2026-10-20", true},
        {"2025-01-24", "2025-01-26", "2025-02-05", "2025-02-07", "2025-02-13", true},
        {"2025-09-28", "2025-09-29", "2025-10-09", "2025-10-11", "2025-10-17", true},
        {"2024-09-13", "2024-09-14", "2024-09-19", "2024-09-23", "2024-09-29", true},
        {"2024-12-31", "2025-01-02", "2025-01-06", "2025-01-08", "2025-01-15", true},
        {"2026-12-28", "2026-12-29", "2026-12-31", "2027-01-05", "2027-01-12", true},
        /* the extremes: 10 working days = 21 civil days, 5 = 15, 1 = 10 */
        {"2026-09-24", "2026-09-28", "2026-09-30", "2026-10-09", "2026-10-15", true},
    };
    /* clang-format on */
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        int32_t day = day_of(vectors[i].received);
        /* the hour of receipt does not matter (A1, A5) */
        int64_t instants[] = { civil_day_start_ms(day), civil_day_start_ms(day + 1) - 1 };

        assert_int_equal(calendar_day_at(w->calendar, day).working, vectors[i].working);
        for (size_t k = 0; k < COUNT_OF(instants); k++) {
            assert_int_equal(count(w, instants[k], 1).last_day, day_of(vectors[i].one));
            assert_int_equal(count(w, instants[k], 3).last_day, day_of(vectors[i].three));
            assert_int_equal(count(w, instants[k], 5).last_day, day_of(vectors[i].five));
            assert_int_equal(count(w, instants[k], 10).last_day, day_of(vectors[i].ten));
            assert_int_equal(count(w, instants[k], 10).due_ms, end_of(vectors[i].ten));
        }
    }
}

static void each_year_has_its_working_days(void **state)
{
    static const struct {
        int32_t year, days;
    } expected[] = { { 2024, 251 }, { 2025, 248 }, { 2026, 248 } };
    static const int32_t months_2026[] = { 21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23 };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        int32_t first = 0, next = 0, n = 0;

        assert_true(civil_from(expected[i].year, 1, 1, &first));
        assert_true(civil_from(expected[i].year + 1, 1, 1, &next));
        for (int32_t day = first; day < next; day++)
            n += calendar_day_at(w->calendar, day).working;
        assert_int_equal(n, expected[i].days);
    }
    for (int32_t month = 1; month <= 12; month++) {
        int32_t day = 0, n = 0;

        for (int32_t mday = 1; mday <= 31; mday++)
            if (civil_from(2026, month, mday, &day))
                n += calendar_day_at(w->calendar, day).working;
        assert_int_equal(n, months_2026[month - 1]);
    }
}

/* Every sample order: first contact, handling, window (samples.json). */
static void the_samples_are_due_when_they_say(void **state)
{
    /* clang-format off */
    static const struct {
        const char *id, *received;
        enum limit_class limit;
        const char *contact, *handle, *window;
        bool provisional, urgent;
    } samples[] = {
        {"S01", "2026-07-15 09:12", 1, "2026-07-16", "2026-07-16", NULL, false, false},
        {"S03", "2026-02-17 07:35", 1, "2026-02-24", "2026-02-24", NULL, false, true},
        {"S04", "2026-03-09 10:05", 10, "2026-03-10", "2026-03-23", "2026-03-16", false, false},
        {"S06", "2026-04-30 22:48", 5, "2026-05-06", "2026-05-11", "2026-05-08", false, false},
        {"S07", "2026-05-19 21:15", 5, "2026-05-20", "2026-05-26", "2026-05-22", false, false},
        {"S08", "2026-06-08 23:02", 5, "2026-06-09", "2026-06-15", "2026-06-11", false, false},
        {"S09", "2026-05-09 16:30", 5, "2026-05-11", "2026-05-15", "2026-05-13", false, false},
        {"S11", "2026-08-03 11:44", 5, "2026-08-04", "2026-08-10", "2026-08-06", false, true},
        {"S12", "2026-08-10 09:30", 5, "2026-08-11", "2026-08-17", "2026-08-13", false, false},
        {"S15", "2026-09-20 13:05", 10, "2026-09-21", "2026-10-10", "2026-09-28", false, false},
        {"S17", "2026-07-20 10:10", 5, "2026-07-21", "2026-07-27", "2026-07-23", false, false},
        {"S19", "2026-07-22 09:55", 10, "2026-07-23", "2026-08-05", "2026-07-29", false, false},
        {"S20", "2026-07-23 11:30", 5, "2026-07-24", "2026-07-30", "2026-07-28", false, false},
        {"S21", "2026-07-24 14:14", 5, "2026-07-27", "2026-07-31", "2026-07-29", false, false},
        {"S23", "2026-08-17 10:00", 1, "2026-08-18", "2026-08-18", NULL, false, false},
        {"S24", "2026-08-18 20:31", 10, "2026-08-19", "2026-09-01", "2026-08-25", false, false},
        {"S25", "2026-08-19 09:09", 5, "2026-08-20", "2026-08-26", "2026-08-24", false, false},
        {"S28", "2026-09-28 09:40", 5, "2026-09-29", "2026-10-10", "2026-10-08", false, false},
        {"S30", "2026-12-28 10:30", 5, "2026-12-29", "2027-01-05", "2026-12-31", true, false},
    };
    /* clang-format on */
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct command receive;

        memset(&w->order, 0, sizeof(w->order));
        w->now_ms = at(samples[i].received);
        receive = ask_receive(w);
        receive.intake.urgent = samples[i].urgent;
        give(w, receive);
        give(w, ask(COMMAND_ACCEPT_ORDER, CLERK));
        give(w, ask_dispatch(samples[i].limit));
        assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, end_of(samples[i].contact));
        assert_int_equal(clock_of(w, CLOCK_HANDLE)->due_ms, end_of(samples[i].handle));
        assert_int_equal(clock_of(w, CLOCK_HANDLE)->provisional_from,
                         samples[i].provisional ? day_of("2027-01-01") : 0);
        assert_int_equal(clock_of(w, CLOCK_EXTENSION_WINDOW)->due_ms,
                         samples[i].window ? end_of(samples[i].window) : 0);
    }
    /* S18 goes back to the district, which is not of this release: first contact only */
    memset(&w->order, 0, sizeof(w->order));
    w->now_ms = at("2026-07-21 08:22");
    give(w, ask_receive(w));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, end_of("2026-07-22"));
}

/* A unit that gets the order days after the office has its own days (A3). */
static void the_two_receipts_count_apart(void **state)
{
    struct world *w = *state;

    go_accepted(w);
    w->now_ms = at("2026-07-17 18:30");
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, end_of("2026-07-16"));
    assert_int_equal(clock_of(w, CLOCK_ORDER)->due_ms, end_of("2026-07-29"));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->due_ms, end_of("2026-07-24"));
}

static void the_rules_may_end_a_limit_at_closing(void **state)
{
    struct world *w = *state;

    w->rules.ends_at_closing = true;
    assert_int_equal(count(w, at("2026-07-15 09:12"), 5).due_ms, at("2026-07-22 17:30"));
    assert_int_equal(count(w, at("2026-07-15 09:12"), 5).last_day, day_of("2026-07-22"));
}

/* minutes ------------------------------------------------------------------------------------- */

static void working_minutes_lie_inside_office_hours(void **state)
{
    /* clang-format off */
    static const struct {
        const char *start;
        int32_t minutes;
        const char *due;
    } vectors[] = {
        {"2026-07-15 09:12", 120, "2026-07-15 11:12"},
        {"2026-07-15 17:00", 120, "2026-07-16 10:00"},
        {"2026-07-15 17:00", 30, "2026-07-15 17:30"}, /* ends with the day, not with the next */
        {"2026-07-15 17:30", 10, "2026-07-16 08:40"},
        {"2026-07-15 03:00", 60, "2026-07-15 09:30"},
        {"2026-07-17 17:29", 2, "2026-07-20 08:31"},   /* over a weekend */
        {"2026-02-14 17:00", 60, "2026-02-24 09:00"},  /* over Spring Festival */
        {"2026-02-13 17:00", 60, "2026-02-14 09:00"},  /* a Saturday that works */
        {"2026-07-15 20:00", 0, "2026-07-16 08:30"},
        {"2026-07-15 09:00", 1080, "2026-07-17 09:00"},
    };
    /* clang-format on */
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct counted counted;

        assert_true(calendar_add_working_minutes(w->calendar, &w->rules, at(vectors[i].start),
                                                 vectors[i].minutes, &counted));
        assert_int_equal(counted.due_ms, at(vectors[i].due));
        assert_int_equal(counted.last_day, civil_day_of(at(vectors[i].due)));
        assert_int_equal(calendar_working_minutes(w->calendar, &w->rules, at(vectors[i].start),
                                                  at(vectors[i].due)),
                         vectors[i].minutes);
    }
    assert_int_equal(calendar_working_minutes(w->calendar, &w->rules, at("2026-07-15 12:00"),
                                              at("2026-07-15 11:00")),
                     0);
}

static void the_office_opens_on_the_next_working_day(void **state)
{
    static const char *const vectors[][2] = {
        { "2026-07-15 09:12", "2026-07-15 09:12" }, { "2026-07-15 08:30", "2026-07-15 08:30" },
        { "2026-07-15 08:29", "2026-07-15 08:30" }, { "2026-07-15 17:29", "2026-07-15 17:29" },
        { "2026-07-15 17:30", "2026-07-16 08:30" }, { "2026-07-17 23:00", "2026-07-20 08:30" },
        { "2026-02-14 18:00", "2026-02-24 08:30" }, { "2026-02-13 18:00", "2026-02-14 08:30" },
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(vectors); i++)
        assert_int_equal(calendar_next_opening(w->calendar, &w->rules, at(vectors[i][0])),
                         at(vectors[i][1]));
}

/* years --------------------------------------------------------------------------------------- */

static void a_year_without_notice_is_provisional(void **state)
{
    const struct world *w = *state;
    struct counted counted = count(w, at("2026-12-28 10:30"), 5);

    assert_true(counted.provisional);
    assert_int_equal(counted.provisional_from, day_of("2027-01-01"));
    assert_int_equal(counted.last_day, day_of("2027-01-05"));
    counted = count(w, at("2026-12-28 10:30"), 3);
    assert_false(counted.provisional); /* ends with 31 December: all its days are covered */
    assert_int_equal(calendar_valid_through(w->calendar), day_of("2026-12-31"));
    assert_int_equal(calendar_first_day(w->calendar), day_of("2024-01-01"));
    assert_int_equal(calendar_version(w->calendar), 1);
    assert_true(
        calendar_add_working_minutes(w->calendar, &w->rules, at("2026-12-31 17:00"), 60, &counted));
    assert_true(counted.provisional);
    assert_int_equal(counted.due_ms, at("2027-01-04 09:00"));
}

static void a_missing_year_has_only_its_days_by_law(void **state)
{
    const struct world *w = *state;
    const struct calendar *calendar = w->calendar;

    assert_int_equal(calendar_day_at(calendar, day_of("2027-01-01")).reason, DAY_STATUTORY_ONLY);
    assert_int_equal(calendar_day_at(calendar, day_of("2027-02-05")).reason, DAY_STATUTORY_ONLY);
    assert_int_equal(calendar_day_at(calendar, day_of("2027-02-06")).reason, DAY_WEEKEND);
    assert_int_equal(calendar_day_at(calendar, day_of("2027-09-15")).reason, DAY_STATUTORY_ONLY);
    assert_int_equal(calendar_day_at(calendar, day_of("2027-02-09")).reason, DAY_WORKING);
    assert_true(calendar_day_at(calendar, day_of("2027-02-09")).provisional);
    assert_null(calendar_day_at(calendar, day_of("2027-02-09")).notice);
    /* a year nobody has the moon of */
    assert_int_equal(calendar_day_at(calendar, day_of("2031-10-01")).reason, DAY_STATUTORY_ONLY);
    assert_int_equal(calendar_day_at(calendar, day_of("2031-02-05")).reason, DAY_WORKING);
    /* before the first year, and beyond all */
    assert_true(calendar_day_at(calendar, day_of("2023-12-29")).provisional);
    assert_true(calendar_day_at(calendar, day_of("2200-12-31") + 400).provisional);
}

static void a_day_says_why_it_counts(void **state)
{
    const struct world *w = *state;
    struct calendar_day day = calendar_day_at(w->calendar, day_of("2026-02-14"));

    assert_int_equal(day.reason, DAY_MAKE_UP);
    assert_true(day.working && !day.provisional);
    assert_int_equal(day.notice->year, 2026);
    day = calendar_day_at(w->calendar, day_of("2026-02-16"));
    assert_int_equal(day.reason, DAY_HOLIDAY);
    assert_true(!day.working && day.notice);
    day = calendar_day_at(w->calendar, day_of("2026-02-28") + 1);
    assert_int_equal(day.reason, DAY_WEEKEND);
    assert_int_equal(calendar_day_at(w->calendar, day_of("2026-03-02")).reason, DAY_WORKING);
    assert_int_equal(calendar_year_of(w->calendar, 2025)->n_work, 5);
    assert_null(calendar_year_of(w->calendar, 2027));
    /* the notice is the whole truth: New Year's Eve of 2024 was worked */
    assert_int_equal(calendar_day_at(w->calendar, day_of("2024-02-09")).reason, DAY_WORKING);
}

static void nothing_is_counted_before_the_first_year(void **state)
{
    const struct world *w = *state;
    struct counted counted = { .last_day = 42 };

    assert_false(
        calendar_add_working_days(w->calendar, &w->rules, at("2023-12-31 10:00"), 1, &counted));
    assert_false(
        calendar_add_working_minutes(w->calendar, &w->rules, at("2023-12-31 10:00"), 1, &counted));
    assert_int_equal(counted.last_day, 42);
}

static void the_newest_version_of_a_year_wins(void **state)
{
    const struct world *w = *state;
    struct calendar_year years[5] = { w->years[2], w->years[0], w->years[2], w->years[2] };
    struct calendar *calendar;

    years[0].version = 2;
    years[0].n_work = 0; /* a revision takes back all make-up days */
    years[2].version = 1;
    years[3].version = 3;
    years[4] = (struct calendar_year){ .year = 2030, .status = CALENDAR_MISSING };
    calendar = calendar_create(years, 3, 7);
    assert_non_null(calendar);
    assert_int_equal(calendar_day_at(calendar, day_of("2026-02-14")).reason, DAY_WEEKEND);
    /* 2025 is missing in between: the row of loaded years ends with 2024 */
    assert_int_equal(calendar_valid_through(calendar), day_of("2024-12-31"));
    assert_true(calendar_day_at(calendar, day_of("2025-03-03")).provisional);
    assert_int_equal(calendar_version(calendar), 7);
    calendar_free(calendar);
    calendar = calendar_create(years, 5, 8);
    assert_int_equal(calendar_day_at(calendar, day_of("2026-02-14")).reason, DAY_MAKE_UP);
    assert_true(calendar_day_at(calendar, day_of("2030-03-04")).provisional);
    calendar_free(calendar);
}

static void a_provisional_year_is_used_but_marked(void **state)
{
    const struct world *w = *state;
    struct calendar_year years[] = { w->years[1], w->years[2] };
    struct calendar *calendar;

    years[1].status = CALENDAR_PROVISIONAL;
    calendar = calendar_create(years, 2, 1);
    assert_true(calendar_day_at(calendar, day_of("2026-02-14")).working);
    assert_true(calendar_day_at(calendar, day_of("2026-02-14")).provisional);
    assert_int_equal(calendar_valid_through(calendar), day_of("2025-12-31"));
    calendar_free(calendar);
}

static void a_notice_may_reach_into_the_december_before(void **state)
{
    const struct world *w = *state;
    struct calendar_year years[] = { w->years[2],
                                     { .year = 2027,
                                       .version = 1,
                                       .status = CALENDAR_OFFICIAL,
                                       .off = { day_of("2026-12-31"), day_of("2028-01-03") },
                                       .n_off = 2,
                                       .work = { day_of("2026-12-27") },
                                       .n_work = 1 } };
    struct calendar *calendar = calendar_create(years, 2, 1);

    assert_int_equal(calendar_day_at(calendar, day_of("2026-12-31")).reason, DAY_HOLIDAY);
    assert_int_equal(calendar_day_at(calendar, day_of("2026-12-31")).notice->year, 2027);
    assert_int_equal(calendar_day_at(calendar, day_of("2026-12-27")).reason, DAY_MAKE_UP);
    assert_true(calendar_day_at(calendar, day_of("2028-01-03")).working); /* beyond: not heard */
    calendar_free(calendar);
    calendar = calendar_create(years + 1, 1, 1); /* the year before is not loaded at all */
    assert_int_equal(calendar_first_day(calendar), day_of("2027-01-01"));
    calendar_free(calendar);
}

static void without_any_year_all_is_provisional(void **state)
{
    const struct world *w = *state;
    struct calendar *calendar = calendar_create(NULL, 0, 0);
    struct counted counted;

    assert_int_equal(calendar_valid_through(calendar), 0);
    assert_true(
        calendar_add_working_days(calendar, &w->rules, at("2026-07-15 09:12"), 1, &counted));
    assert_true(counted.provisional);
    assert_int_equal(counted.last_day, day_of("2026-07-16"));
    calendar_free(calendar);
    assert_null(calendar_free(NULL));
}

static void a_leap_year_at_the_end_keeps_its_last_day(void **state)
{
    const struct world *w = *state;
    struct calendar *calendar = calendar_create(w->years, 1, 1); /* 2024 alone */

    assert_false(calendar_day_at(calendar, day_of("2024-12-31")).provisional);
    assert_true(calendar_day_at(calendar, day_of("2025-01-01")).provisional);
    calendar_free(calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(the_days_of_the_study_are_counted),
        OPEN_WORLD(each_year_has_its_working_days),
        OPEN_WORLD(the_samples_are_due_when_they_say),
        OPEN_WORLD(the_two_receipts_count_apart),
        OPEN_WORLD(the_rules_may_end_a_limit_at_closing),
        OPEN_WORLD(working_minutes_lie_inside_office_hours),
        OPEN_WORLD(the_office_opens_on_the_next_working_day),
        OPEN_WORLD(a_year_without_notice_is_provisional),
        OPEN_WORLD(a_missing_year_has_only_its_days_by_law),
        OPEN_WORLD(a_day_says_why_it_counts),
        OPEN_WORLD(nothing_is_counted_before_the_first_year),
        OPEN_WORLD(the_newest_version_of_a_year_wins),
        OPEN_WORLD(a_provisional_year_is_used_but_marked),
        OPEN_WORLD(a_notice_may_reach_into_the_december_before),
        OPEN_WORLD(without_any_year_all_is_provisional),
        OPEN_WORLD(a_leap_year_at_the_end_keeps_its_last_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
