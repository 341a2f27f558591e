/*
 * test_view_explain.c - a time limit explained day by day.
 */
#include "tests/unit/test_view.h"

#include "service/explain.h"

#include "base/base.h"

/* UTC+8. */
static int64_t at_minute(const char *date, int32_t minute)
{
    int32_t day = 0;

    assert_true(civil_parse(date, &day));
    return civil_day_start_ms(day) + minute * MINUTE_MS;
}

static struct count working_days(const struct desk_office *o, const char *date, int32_t amount)
{
    struct count count = { o->calendar, &o->rules,           at_minute(date, 600),
                           0,           LENGTH_WORKING_DAYS, amount };
    struct counted counted;

    assert_true(
        calendar_add_working_days(o->calendar, &o->rules, count.start_ms, amount, &counted));
    count.due_ms = counted.due_ms;
    return count;
}

static void each_day_says_whether_it_counts_and_why(void **state)
{
    static const struct {
        const char *date;
        int reason;
        uint32_t number;
        bool counted, sourced;
    } expected[] = {
        { "2026-09-24", HOTLINE__V1__DAY_REASON__DAY_REASON_START_DAY, 0, false, false },
        { "2026-09-25", HOTLINE__V1__DAY_REASON__DAY_REASON_OFF_DAY, 0, false, true },
        { "2026-09-26", HOTLINE__V1__DAY_REASON__DAY_REASON_OFF_DAY, 0, false, true },
        { "2026-09-27", HOTLINE__V1__DAY_REASON__DAY_REASON_OFF_DAY, 0, false, true },
        { "2026-09-28", HOTLINE__V1__DAY_REASON__DAY_REASON_WORKING_DAY, 1, true, false },
        { "2026-09-29", HOTLINE__V1__DAY_REASON__DAY_REASON_WORKING_DAY, 2, true, false },
        { "2026-09-30", HOTLINE__V1__DAY_REASON__DAY_REASON_WORKING_DAY, 3, true, false },
    };
    struct desk_office o;
    struct count count;
    Hotline__V1__DayCount **days;
    size_t n;

    (void)state;
    office_open(&o);
    count = working_days(&o, "2026-09-24", 5);
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(n, COUNT_OF(expected) + 9); /* 1..7 October off, then the 8th, the 9th */
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_string_equal(days[i]->date, expected[i].date);
        assert_int_equal(days[i]->reason, expected[i].reason);
        assert_int_equal(days[i]->number, expected[i].number);
        assert_int_equal(days[i]->counted, expected[i].counted);
        assert_int_equal(days[i]->source[0] != 0, expected[i].sourced);
        assert_false(days[i]->provisional);
        assert_string_not_equal(days[i]->why_en, "");
    }
    assert_non_null(strstr(days[0]->why_zh, "起算当日"));
    assert_non_null(strstr(days[1]->why_zh, "周五，放假（国办发明电"));
    assert_non_null(strstr(days[4]->why_zh, "第1个工作日"));
    assert_string_equal(days[n - 1]->date, "2026-10-09");
    assert_int_equal(days[n - 1]->number, 5);
    office_close(&o);
}

static void a_make_up_day_counts_and_names_its_notice(void **state)
{
    struct desk_office o;
    struct count count;
    Hotline__V1__DayCount **days;
    size_t n;

    (void)state;
    office_open(&o);
    count = working_days(&o, "2026-10-09", 1); /* Saturday the 10th is worked */
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(n, 2);
    assert_int_equal(days[1]->reason, HOTLINE__V1__DAY_REASON__DAY_REASON_MAKE_UP_DAY);
    assert_true(days[1]->counted);
    assert_non_null(strstr(days[1]->why_zh, "周六，调休上班"));
    assert_string_not_equal(days[1]->source, "");
    count = working_days(&o, "2026-07-10", 1); /* an ordinary weekend */
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(days[1]->reason, HOTLINE__V1__DAY_REASON__DAY_REASON_WEEKEND);
    assert_string_equal(days[1]->source, "");
    office_close(&o);
}

static void days_of_a_year_that_is_not_loaded_are_presumed(void **state)
{
    struct desk_office o;
    struct count count;
    Hotline__V1__DayCount **days;
    size_t n;

    (void)state;
    office_open(&o);
    count = working_days(&o, "2026-12-31", 2); /* Thursday; Friday is New Year's Day by law */
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(n, 6);
    assert_false(days[0]->provisional);
    assert_int_equal(days[1]->reason, HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_OFF_DAY);
    assert_int_equal(days[2]->reason, HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_WEEKEND);
    assert_int_equal(days[4]->reason, HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_WORKING_DAY);
    assert_true(days[4]->provisional);
    assert_non_null(strstr(days[4]->why_zh, "尚未入库"));
    office_close(&o);
}

static void a_limit_in_hours_counts_minutes_inside_office_hours(void **state)
{
    struct desk_office o;
    struct count count;
    struct counted counted;
    Hotline__V1__DayCount **days;
    size_t n;

    (void)state;
    office_open(&o);
    count = (struct count){
        o.calendar, &o.rules, at_minute("2026-07-10", 16 * 60 + 30), 0, LENGTH_WORKING_MINUTES, 120
    }; /* Friday 16:30 */
    assert_true(calendar_add_working_minutes(o.calendar, &o.rules, count.start_ms, 120, &counted));
    count.due_ms = counted.due_ms;
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(n, 4);
    assert_int_equal(days[0]->counted_minutes, 60);
    assert_true(days[0]->counted);
    assert_int_equal(days[1]->counted_minutes, 0);
    assert_false(days[1]->counted);
    assert_int_equal(days[3]->counted_minutes, 60);
    assert_int_equal(days[3]->number, 0);
    office_close(&o);
}

static void the_whole_is_told_in_one_sentence(void **state)
{
    struct desk_office o;
    struct count count;

    (void)state;
    office_open(&o);
    count = working_days(&o, "2026-09-24", 5);
    assert_string_equal(
        explain_summary_zh(&count, "办理时限", &o.arena),
        "办理时限：自2026-09-24 10:00起算，当日不计，5个工作日，其间不计入的日子10天，"
        "截止日2026-10-09（当日24:00前）");
    assert_non_null(strstr(explain_summary_en(&count, "handling", &o.arena),
                           "5 working day(s), 10 day(s) between left out, last day 2026-10-09"));
    count.due_ms -= 390 * MINUTE_MS; /* an office whose limits end at 17:30 */
    assert_non_null(strstr(explain_summary_zh(&count, "办理时限", &o.arena), "（当日17:30前）"));
    count.unit = LENGTH_WORKING_MINUTES;
    assert_non_null(strstr(explain_summary_zh(&count, "受理时限", &o.arena), "工作时间内5分钟"));
    assert_non_null(strstr(explain_summary_en(&count, "acceptance", &o.arena), "office hours"));
    count.unit = LENGTH_NATURAL_MINUTES;
    assert_non_null(strstr(explain_summary_zh(&count, "受理时限", &o.arena), "5分钟"));
    assert_non_null(strstr(explain_summary_en(&count, "acceptance", &o.arena), "5 minutes"));
    office_close(&o);
}

static void a_clock_is_explained_from_what_it_keeps(void **state)
{
    struct desk_office o;
    struct count count;
    Hotline__V1__DayCount **days;
    size_t n;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_DISPATCHED);
    count = count_of_clock(&o.order.clocks[CLOCK_HANDLE], o.calendar, &o.rules);
    days = explain_days(&count, &o.arena, &n);
    assert_int_equal(n, 8);
    assert_string_equal(days[0]->date, "2026-07-06");
    assert_int_equal(days[7]->number, 5);
    office_close(&o);
}

static void the_longest_count_is_cut_and_memory_may_fail(void **state)
{
    struct desk_office o;
    struct count count;
    Hotline__V1__DayCount **days = NULL;
    size_t n;

    (void)state;
    office_open(&o);
    count = working_days(&o, "2026-01-05", 250);
    days = explain_days(&count, &o.arena, &n);
    assert_in_range(n, 360, EXPLAINED_DAYS_MAX);
    assert_int_equal(days[n - 1]->number, 250);
    count.due_ms += 365 * DAY_MS;
    assert_non_null(explain_days(&count, &o.arena, &n));
    assert_int_equal(n, EXPLAINED_DAYS_MAX);
    count = working_days(&o, "2026-09-24", 5);
    for (size_t bytes = 0; bytes < 8192; bytes += 64) {
        struct arena a;

        arena_init(&a, bytes);
        days = explain_days(&count, &a, &n);
        assert_true(days ? n == 16 : a.failed && n == 0);
        (void)explain_summary_zh(&count, "办理时限", &a);
        (void)explain_summary_en(&count, "handling", &a);
        arena_release(&a);
    }
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_says_whether_it_counts_and_why),
        cmocka_unit_test(a_make_up_day_counts_and_names_its_notice),
        cmocka_unit_test(days_of_a_year_that_is_not_loaded_are_presumed),
        cmocka_unit_test(a_limit_in_hours_counts_minutes_inside_office_hours),
        cmocka_unit_test(the_whole_is_told_in_one_sentence),
        cmocka_unit_test(a_clock_is_explained_from_what_it_keeps),
        cmocka_unit_test(the_longest_count_is_cut_and_memory_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
