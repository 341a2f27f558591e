/* test_record_snapshots.c - directory and calendar to the store and back. */
#include "storage/record/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"
#include "storage/record/codec.h"
#include "tests/support/record_samples.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 22, ROUNDS = 200, LIST_MAX = 40 };

/* Names in order: "0001...", "0002...". */
static void sample_name(struct dice *dice, size_t number, char *to, size_t size)
{
    char start[8];

    dice_code(dice, to, size - 8);
    (void)snprintf(start, sizeof(start), "%04zu", number);
    memmove(to + 4, to, size - 8);
    memcpy(to, start, 4);
}

static int64_t sample_ms(struct dice *dice)
{
    return dice_roll(dice, UINT32_MAX);
}

static void sample_people(struct dice *dice, struct directory *d)
{
    for (size_t i = 0; i < d->n_units; i++) {
        struct unit *unit = &d->units[i];

        sample_name(dice, i, unit->code, UNIT_CODE_BYTES);
        dice_text(dice, unit->name, NAME_BYTES);
        unit->kind = dice_roll(dice, UNIT_KIND_OFFICE + 1);
        unit->from_ms = sample_ms(dice);
        unit->until_ms = sample_ms(dice);
        dice_text(dice, unit->successor, UNIT_CODE_BYTES);
        dice_text(dice, unit->office_phone, OFFICE_PHONE_BYTES);
        unit->version = dice_roll(dice, 9);
        unit->updated_ms = sample_ms(dice);
    }
    for (size_t i = 0; i < d->n_staff; i++) {
        struct staff_member *member = &d->staff[i];

        sample_name(dice, i, member->id, PERSON_ID_BYTES);
        dice_text(dice, member->name, NAME_BYTES);
        dice_text(dice, member->number, STAFF_NUMBER_BYTES);
        dice_text(dice, member->office_phone, OFFICE_PHONE_BYTES);
        member->from_ms = sample_ms(dice);
        member->until_ms = sample_ms(dice);
        member->version = dice_roll(dice, 9);
        member->updated_ms = sample_ms(dice);
    }
}

static void sample_offices(struct dice *dice, struct directory *d)
{
    for (size_t i = 0; i < d->n_appointments; i++) {
        struct appointment *appointment = &d->appointments[i];

        sample_name(dice, i, appointment->id, PERSON_ID_BYTES);
        dice_text(dice, appointment->staff, PERSON_ID_BYTES);
        appointment->role = dice_roll(dice, ROLE_MAX);
        dice_text(dice, appointment->unit, UNIT_CODE_BYTES);
        appointment->from_ms = sample_ms(dice);
        appointment->until_ms = sample_ms(dice);
        appointment->version = dice_roll(dice, 9);
        appointment->updated_ms = sample_ms(dice);
    }
    for (size_t i = 0; i < d->n_portfolios; i++) {
        struct portfolio *portfolio = &d->portfolios[i];

        sample_name(dice, i, portfolio->id, PERSON_ID_BYTES);
        dice_text(dice, portfolio->leader, PERSON_ID_BYTES);
        portfolio->n_units = dice_roll(dice, PORTFOLIO_UNITS_MAX + 1);
        for (size_t k = 0; k < portfolio->n_units; k++)
            dice_text(dice, portfolio->units[k], UNIT_CODE_BYTES);
        portfolio->from_ms = sample_ms(dice);
        portfolio->until_ms = sample_ms(dice);
        portfolio->version = dice_roll(dice, 9);
        portfolio->updated_ms = sample_ms(dice);
    }
}

static void sample_directory(struct dice *dice, struct arena *a, struct directory *d)
{
    *d = (struct directory){ .version = dice_roll(dice, 1000),
                             .n_units = dice_roll(dice, LIST_MAX),
                             .n_staff = dice_roll(dice, LIST_MAX),
                             .n_appointments = dice_roll(dice, LIST_MAX),
                             .n_portfolios = dice_roll(dice, LIST_MAX) };
    d->units = ARENA_ARRAY(a, struct unit, LIST_MAX);
    d->staff = ARENA_ARRAY(a, struct staff_member, LIST_MAX);
    d->appointments = ARENA_ARRAY(a, struct appointment, LIST_MAX);
    d->portfolios = ARENA_ARRAY(a, struct portfolio, LIST_MAX);
    sample_people(dice, d);
    sample_offices(dice, d);
}

static void assert_same_directory(const struct directory *a, const struct directory *b)
{
    assert_true(a->version == b->version);
    assert_int_equal(a->n_units, b->n_units);
    assert_int_equal(a->n_staff, b->n_staff);
    assert_int_equal(a->n_appointments, b->n_appointments);
    assert_int_equal(a->n_portfolios, b->n_portfolios);
    assert_memory_equal(a->units, b->units, a->n_units * sizeof(*a->units));
    assert_memory_equal(a->staff, b->staff, a->n_staff * sizeof(*a->staff));
    assert_memory_equal(a->appointments, b->appointments,
                        a->n_appointments * sizeof(*a->appointments));
    assert_memory_equal(a->portfolios, b->portfolios, a->n_portfolios * sizeof(*a->portfolios));
}

static void any_directory_comes_back(void **state)
{
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct directory directory, back;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_directory(&dice, &a, &directory);
        assert_int_equal(directory_unpack(directory_pack(&directory, &a), &a, &back), 0);
        assert_same_directory(&directory, &back);
        arena_release(&a);
    }
}

static void an_empty_directory_comes_back(void **state)
{
    struct arena a;
    struct directory directory = { 0 }, back;
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    bytes = directory_pack(&directory, &a);
    assert_non_null(bytes.data);
    assert_int_equal(directory_unpack(bytes, &a, &back), 0);
    assert_int_equal(back.n_units, 0);
    arena_release(&a);
}

static void a_directory_that_is_not_sorted_is_refused(void **state)
{
    struct unit units[] = { { .code = "U02" }, { .code = "U01" } };
    struct staff_member staff[] = { { .id = "s1" }, { .id = "s1" } };
    struct appointment appointments[] = { { .id = "b" }, { .id = "a" } };
    struct portfolio portfolios[] = { { .id = "" } };
    const struct directory wrong[] = {
        { .units = units, .n_units = 2 },
        { .staff = staff, .n_staff = 2 },
        { .appointments = appointments, .n_appointments = 2 },
        { .portfolios = portfolios, .n_portfolios = 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct arena a;
        struct directory back;

        arena_init(&a, ARENA_BYTES_MAX);
        assert_int_equal(directory_unpack(directory_pack(&wrong[i], &a), &a, &back), -EBADMSG);
        arena_release(&a);
    }
}

static void broken_directories_never_crash(void **state)
{
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct directory directory;
        struct slice bytes;
        uint8_t *copy;
        int r;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_directory(&dice, &a, &directory);
        bytes = directory_pack(&directory, &a);
        copy = arena_copy(&a, bytes.data, bytes.size);
        for (uint32_t n = dice_roll(&dice, 8); n > 0 && bytes.size > 0; n--)
            copy[dice_roll(&dice, (uint32_t)bytes.size)] = (uint8_t)dice_roll(&dice, 256);
        r = directory_unpack(slice_of(copy, dice_roll(&dice, (uint32_t)bytes.size + 1)), &a,
                             &directory);
        assert_true(r == 0 || r == -EBADMSG);
        arena_release(&a);
    }
}

/* --- calendar --------------------------------------------------------------------------------- */

static void sample_year(struct dice *dice, struct calendar_year *year)
{
    memset(year, 0, sizeof(*year));
    year->year = 2024 + (int32_t)dice_roll(dice, 10);
    year->version = 1 + dice_roll(dice, 5);
    year->status = dice_roll(dice, CALENDAR_PROVISIONAL + 1);
    dice_text(dice, year->document, sizeof(year->document));
    dice_text(dice, year->source, sizeof(year->source));
    dice_text(dice, year->note, sizeof(year->note));
    year->n_off = dice_roll(dice, CALENDAR_DATES_MAX + 1);
    for (size_t i = 0; i < year->n_off; i++)
        year->off[i] = (int32_t)dice_roll(dice, 60000) - 100;
    year->n_work = dice_roll(dice, CALENDAR_DATES_MAX + 1);
    for (size_t i = 0; i < year->n_work; i++)
        year->work[i] = (int32_t)dice_roll(dice, 60000) - 100;
    sample_actor(dice, &year->loaded_by);
    year->loaded_ms = sample_ms(dice);
}

static void any_calendar_comes_back(void **state)
{
    struct dice dice = dice_new();
    struct calendar_year years[8];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct calendar_year *back;
        size_t n = dice_roll(&dice, COUNT_OF(years) + 1), n_back;
        uint32_t version = dice_roll(&dice, 100), version_back;

        arena_init(&a, ARENA_BYTES_MAX);
        for (size_t i = 0; i < n; i++)
            sample_year(&dice, &years[i]);
        assert_int_equal(calendar_unpack(calendar_pack(years, n, version, &a), &a, &back, &n_back,
                                         &version_back),
                         0);
        assert_int_equal(n, n_back);
        assert_int_equal(version, version_back);
        assert_memory_equal(years, back, n * sizeof(*years));
        arena_release(&a);
    }
}

static void a_calendar_that_does_not_fit_is_refused(void **state)
{
    struct arena a;
    struct calendar_year *back;
    size_t n;
    uint32_t version;
    int32_t dates[CALENDAR_DATES_MAX + 1] = { 0 };
    char text[CALENDAR_TEXT_BYTES + 1] = { 0 };
    Store__CalendarYear year = STORE__CALENDAR_YEAR__INIT, *years[] = { &year };
    Store__Calendar calendar = STORE__CALENDAR__INIT;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    memset(text, 'x', sizeof(text) - 1);
    calendar.years = years;
    calendar.n_years = 1;
    year.off = dates;
    year.n_off = COUNT_OF(dates);
    assert_int_equal(calendar_unpack(message_pack(&calendar.base, &a), &a, &back, &n, &version),
                     -EBADMSG);
    year.n_off--;
    assert_int_equal(calendar_unpack(message_pack(&calendar.base, &a), &a, &back, &n, &version), 0);
    year.note = text;
    assert_int_equal(calendar_unpack(message_pack(&calendar.base, &a), &a, &back, &n, &version),
                     -EBADMSG);
    year.note = text + 1;
    assert_int_equal(calendar_unpack(message_pack(&calendar.base, &a), &a, &back, &n, &version), 0);
    year.status = CALENDAR_PROVISIONAL + 1;
    assert_int_equal(calendar_unpack(message_pack(&calendar.base, &a), &a, &back, &n, &version),
                     -EBADMSG);
    arena_release(&a);
}

/* --- no memory -------------------------------------------------------------------------------- */

static int attempt_directory(struct arena *a, const struct directory *directory)
{
    struct directory back;
    struct slice bytes = directory_pack(directory, a);

    return bytes.data ? directory_unpack(bytes, a, &back) : -ENOMEM;
}

static int attempt_calendar(struct arena *a, const struct calendar_year years[2])
{
    struct calendar_year *back;
    size_t n;
    uint32_t version;
    struct slice bytes = calendar_pack(years, 2, 1, a);

    return bytes.data ? calendar_unpack(bytes, a, &back, &n, &version) : -ENOMEM;
}

static void without_memory_each_says_so(void **state)
{
    struct dice dice = { .state = 5 };
    struct arena kept;
    struct directory directory;
    struct calendar_year years[2];

    (void)state;
    arena_init(&kept, ARENA_BYTES_MAX);
    do
        sample_directory(&dice, &kept, &directory);
    while (directory.n_portfolios < 30 || directory.n_staff < 30);
    sample_year(&dice, &years[0]);
    sample_year(&dice, &years[1]);
    for (int what = 0; what < 2; what++) {
        uint64_t n = 0;
        int r;

        do {
            struct arena a;

            arena_init(&a, ARENA_BYTES_MAX);
            memory_fail_at(++n);
            r = what ? attempt_calendar(&a, years) : attempt_directory(&a, &directory);
            assert_true(r == 0 || r == -ENOMEM);
            arena_release(&a);
        } while (r < 0);
        assert_true(n > 1);
    }
    memory_fail_at(0);
    arena_release(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_directory_comes_back),
        cmocka_unit_test(an_empty_directory_comes_back),
        cmocka_unit_test(a_directory_that_is_not_sorted_is_refused),
        cmocka_unit_test(broken_directories_never_crash),
        cmocka_unit_test(any_calendar_comes_back),
        cmocka_unit_test(a_calendar_that_does_not_fit_is_refused),
        cmocka_unit_test(without_memory_each_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
