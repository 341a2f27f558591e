/* test_desk_calendar.c - loading a year: what is refused with which entry, and what is the same. */
#include "service/calendar_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <embedded_data.h>

#include "base/arena.h"
#include "service/calendar_file.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 8 << 20, SAID_DATES_MAX = 70 };

static struct arena arena;
static struct calendar_year *shipped;
static size_t n_shipped;
static struct calendar *calendar;

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* 2027 as it might be announced: an invention of this test. */
static const char *const off_2027[] = {
    "2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11",
    "2027-04-05", "2027-05-03", "2027-05-04", "2027-06-09", "2027-09-15", "2027-10-01",
    "2027-10-04", "2027-10-05", "2027-10-06", "2027-10-07",
};
static const char *const work_2027[] = { "2027-02-14", "2027-02-20", "2027-10-09" };

struct said {
    Hotline__V1__PutCalendarYearRequest request;
    Hotline__V1__CalendarYear year;
    char *off[SAID_DATES_MAX], *work[SAID_DATES_MAX];
};

static void say_2027(struct said *said)
{
    memset(said, 0, sizeof(*said));
    hotline__v1__put_calendar_year_request__init(&said->request);
    hotline__v1__calendar_year__init(&said->year);
    said->request.calendar_year = &said->year;
    said->year.year = 2027;
    said->year.status = HOTLINE__V1__CALENDAR_STATUS__CALENDAR_STATUS_OFFICIAL;
    said->year.document_number = words("国办发明电〔2026〕0号");
    said->year.source_url = words("https://example.invalid/2027");
    said->year.note = words("测试");
    said->year.off_dates = said->off;
    said->year.work_dates = said->work;
    for (size_t i = 0; i < COUNT_OF(off_2027); i++)
        said->off[said->year.n_off_dates++] = words(off_2027[i]);
    for (size_t i = 0; i < COUNT_OF(work_2027); i++)
        said->work[said->year.n_work_dates++] = words(work_2027[i]);
}

static struct calendar_put put_of(int32_t year)
{
    return (struct calendar_put){
        .years = shipped,
        .n_years = n_shipped,
        .calendar = calendar,
        .year = year,
        .actor = { .role = ROLE_OFFICE_HEAD, .id = "head" },
        .now_ms = 77,
        .arena = &arena,
    };
}

static void assert_refused(const struct refusal *refusal, enum fault_id fault, const char *fields)
{
    char named[512] = "";

    assert_non_null(refusal);
    assert_int_equal(refusal->fault->id, fault);
    for (size_t i = 0; i < refusal->n_fields; i++)
        (void)snprintf(named + strlen(named), sizeof(named) - strlen(named), "%s%s", i ? " " : "",
                       refusal->fields[i].field);
    assert_string_equal(named, fields);
}

static void a_new_year_is_version_one(void **state)
{
    const struct calendar_put put = put_of(2027);
    struct calendar_year year;
    struct said said;
    bool changes = false;

    (void)state;
    say_2027(&said);
    assert_null(calendar_year_put(&put, &said.request, &year, &changes));
    assert_true(changes);
    assert_int_equal(year.year, 2027);
    assert_int_equal(year.version, 1);
    assert_int_equal(year.status, CALENDAR_OFFICIAL);
    assert_int_equal(year.n_off, COUNT_OF(off_2027));
    assert_int_equal(year.n_work, COUNT_OF(work_2027));
    assert_string_equal(year.document, "国办发明电〔2026〕0号");
    assert_string_equal(year.source, "https://example.invalid/2027");
    assert_string_equal(year.note, "测试");
    assert_string_equal(year.loaded_by.id, "head");
    assert_int_equal(year.loaded_ms, 77);
}

static void the_next_content_is_the_next_version(void **state)
{
    struct calendar_put put = put_of(2027);
    struct calendar_year *years = ARENA_ARRAY(&arena, struct calendar_year, n_shipped + 1);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    say_2027(&said);
    assert_null(calendar_year_put(&put, &said.request, &years[n_shipped], &changes));
    memcpy(years, shipped, n_shipped * sizeof(*years));
    put.years = years;
    put.n_years = n_shipped + 1;
    put.calendar = calendar_create(years, put.n_years, 2);
    put.now_ms = 88;

    /* the same in another order: nothing changes, and the one that stands is meant */
    said.off[0] = words(off_2027[1]);
    said.off[1] = words(off_2027[0]);
    said.request.etag = words("v9");
    assert_null(calendar_year_put(&put, &said.request, &year, &changes));
    assert_false(changes);
    assert_int_equal(year.version, 1);
    assert_int_equal(year.loaded_ms, 77);

    /* another note: another content; a stale etag is refused, none is needed */
    said.year.note = words("更正");
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_ETAG_MISMATCH,
                   "");
    said.request.etag = words("v1");
    assert_null(calendar_year_put(&put, &said.request, &year, &changes));
    assert_true(changes);
    assert_int_equal(year.version, 2);
    calendar_free((struct calendar *)(uintptr_t)put.calendar);
}

static void every_wrong_entry_is_named_as_in_the_request(void **state)
{
    const struct calendar_put put = put_of(2027);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    say_2027(&said);
    said.off[2] = words("2027-02-30");
    said.work[1] = words("27-02-20");
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.off_dates[2] calendar_year.work_dates[1]");
    say_2027(&said);
    said.off[3] = words("2027-02-08");  /* twice */
    said.off[4] = words("2025-12-31");  /* another year */
    said.work[0] = words("2027-02-15"); /* a Monday */
    said.work[1] = words("2027-01-01"); /* off as well */
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.off_dates[3] calendar_year.off_dates[4] "
                   "calendar_year.work_dates[0] calendar_year.work_dates[1] "
                   "calendar_year.off_dates");
}

static void the_year_is_that_of_the_name(void **state)
{
    const struct calendar_put put = put_of(2028), nowhere = put_of(0);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    say_2027(&said);
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.year");
    said.year.year = 0;
    assert_refused(calendar_year_put(&nowhere, &said.request, &year, &changes),
                   FAULT_CALENDAR_INVALID, "calendar_year.year");
}

static void a_missing_statutory_day_must_be_confirmed(void **state)
{
    const struct calendar_put put = put_of(2027);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    say_2027(&said);
    said.off[9] = words("2027-06-10"); /* instead of the Dragon Boat day */
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.off_dates");
    said.request.confirm_missing_statutory_days = true;
    assert_null(calendar_year_put(&put, &said.request, &year, &changes));
    assert_int_equal(year.n_off, COUNT_OF(off_2027)); /* nothing was added to what is stored */
    said.work[0] = words("2027-05-01"); /* a statutory Saturday as a working day: never */
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.off_dates");
}

static void too_many_dates_are_refused_whole(void **state)
{
    const struct calendar_put put = put_of(2027);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    say_2027(&said);
    for (size_t i = said.year.n_off_dates; i < SAID_DATES_MAX; i++)
        said.off[i] = words("2027-01-02");
    said.year.n_off_dates = SAID_DATES_MAX;
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_CALENDAR_INVALID,
                   "calendar_year.off_dates");
}

static void a_calendar_holds_so_many_years_and_versions(void **state)
{
    struct calendar_put put = put_of(2027);
    struct calendar_year *years = ARENA_ARRAY(&arena, struct calendar_year, CALENDAR_VERSIONS_MAX);
    struct calendar_year year;
    struct said said;
    bool changes;

    (void)state;
    for (size_t i = 0; i < CALENDAR_VERSIONS_MAX; i++)
        years[i] = (struct calendar_year){
            .year = 2030 + (int32_t)(i % CALENDAR_YEARS_MAX),
            .version = 1 + (uint32_t)(i / CALENDAR_YEARS_MAX),
            .status = CALENDAR_OFFICIAL,
        };
    say_2027(&said);
    put.years = years;
    put.n_years = CALENDAR_YEARS_MAX;
    put.calendar = calendar_create(years, put.n_years, 1);
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_TOO_LARGE, "");
    calendar_free((struct calendar *)(uintptr_t)put.calendar);
    put.n_years = CALENDAR_YEARS_MAX - 1;
    put.calendar = calendar_create(years, put.n_years, 1);
    assert_null(calendar_year_put(&put, &said.request, &year, &changes));
    put.n_years = CALENDAR_VERSIONS_MAX;
    assert_refused(calendar_year_put(&put, &said.request, &year, &changes), FAULT_TOO_LARGE, "");
    calendar_free((struct calendar *)(uintptr_t)put.calendar);
}

static int begin(void **state)
{
    const char *why = "";

    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    assert_int_equal(calendar_file_parse(slice_of(data_calendar_cn, data_calendar_cn_size), &arena,
                                         &shipped, &n_shipped, &why),
                     0);
    calendar = calendar_create(shipped, n_shipped, 1);
    assert_non_null(calendar);
    return 0;
}

static int end(void **state)
{
    (void)state;
    calendar = calendar_free(calendar);
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_year_is_version_one),
        TEST(the_next_content_is_the_next_version),
        TEST(every_wrong_entry_is_named_as_in_the_request),
        TEST(the_year_is_that_of_the_name),
        TEST(a_missing_statutory_day_must_be_confirmed),
        TEST(too_many_dates_are_refused_whole),
        TEST(a_calendar_holds_so_many_years_and_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
