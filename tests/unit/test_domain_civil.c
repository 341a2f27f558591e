/* test_domain_civil.c - civil days at UTC+8. */
#include "domain_world.h"

static void the_epoch_is_eight_in_the_morning(void **state UNUSED)
{
    assert_int_equal(civil_day_of(0), 0);
    assert_int_equal(civil_minute_of(0), 8 * 60);
    assert_int_equal(civil_day_start_ms(0), -8 * 60 * MINUTE_MS);
    assert_int_equal(civil_weekday_of(0), 3); /* a Thursday */
}

static void a_day_ends_just_before_its_midnight(void **state UNUSED)
{
    int64_t midnight = at("2026-02-15 00:00");

    assert_int_equal(civil_day_of(midnight - 1), day_of("2026-02-14"));
    assert_int_equal(civil_day_of(midnight), day_of("2026-02-15"));
    assert_int_equal(civil_minute_of(midnight - 1), 1439);
    assert_int_equal(civil_minute_of(midnight), 0);
    assert_int_equal(civil_day_of(civil_day_start_ms(-1)), -1);
    assert_int_equal(civil_day_of(civil_day_start_ms(-1) - 1), -2);
    assert_int_equal(civil_weekday_of(-4), 6); /* Sunday 1969-12-28 */
}

static void every_day_of_two_centuries_goes_there_and_back(void **state UNUSED)
{
    int32_t day = 0, weekday = 3;

    for (int32_t year = 1970; year <= 2200; year++)
        for (int32_t month = 1; month <= 12; month++)
            for (int32_t mday = 1; mday <= 31; mday++) {
                int32_t found, y, m, d;
                char text[CIVIL_TEXT_BYTES];

                if (!civil_from(year, month, mday, &found))
                    continue;
                assert_int_equal(found, day);
                civil_to(day, &y, &m, &d);
                assert_true(y == year && m == month && d == mday);
                assert_int_equal(civil_year_of(day), year);
                assert_int_equal(civil_weekday_of(day), weekday);
                civil_format(day, text);
                assert_true(civil_parse(text, &found) && found == day);
                assert_int_equal(civil_month_of(civil_day_start_ms(day)), year * 100 + month);
                day++;
                weekday = (weekday + 1) % 7;
            }
    assert_int_equal(day, 231 * 365 + 56); /* leap years: not 2100 and 2200 */
}

static void only_real_dates_are_parsed(void **state UNUSED)
{
    static const char *const wrong[] = {
        "",           "2026-7-15",  "2026-07-15 ", "2026/07/15", "2026-07/15", "2026-02-29",
        "2026-04-31", "2026-00-10", "2026-13-10",  "2026-01-00", "2026-01-32", "1969-12-31",
        "2201-01-01", "20a6-01-01", "2026-0a-01",  "2026-01-0a", "2026-01-/1",
    };
    int32_t day = 42;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (civil_parse(wrong[i], &day))
            fail_msg("parsed \"%s\"", wrong[i]);
    assert_int_equal(day, 42);
    assert_true(civil_parse("2024-02-29", &day));
    assert_false(civil_parse("2100-02-29", &day));
    assert_true(civil_parse("2000-02-29", &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_epoch_is_eight_in_the_morning),
        cmocka_unit_test(a_day_ends_just_before_its_midnight),
        cmocka_unit_test(every_day_of_two_centuries_goes_there_and_back),
        cmocka_unit_test(only_real_dates_are_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
