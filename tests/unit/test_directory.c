/* test_directory.c - who is who: look-ups, standing at an instant, the next snapshot. */
#include "domain/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20, FROM = 1000, UNTIL = 2000 };

static struct unit units[] = {
    { .code = "U01", .name = "城管中队", .version = 3 },
    { .code = "U02", .name = "房管办", .version = 1 },
    { .code = "U10", .name = "市场监管所", .version = 1 },
};
static struct staff_member staff[] = {
    { .id = "left", .name = "离任", .until_ms = UNTIL },
    { .id = "li", .name = "李" },
    { .id = "wang", .name = "王" },
    { .id = "zhao", .name = "赵", .from_ms = FROM },
};
static struct appointment appointments[] = {
    { .id = "a1",
      .staff = "li",
      .role = ROLE_SPECIALIST,
      .unit = "U01",
      .from_ms = FROM,
      .until_ms = UNTIL },
    { .id = "a2",
      .staff = "li",
      .role = ROLE_UNIT_HEAD_2,
      .unit = "U01",
      .from_ms = FROM,
      .until_ms = UNTIL },
    { .id = "a3", .staff = "li", .role = ROLE_SPECIALIST, .unit = "U02", .from_ms = UNTIL },
    { .id = "a4",
      .staff = "wang",
      .role = ROLE_LEADER_IN_CHARGE,
      .from_ms = FROM,
      .until_ms = UNTIL },
    { .id = "a5", .staff = "left", .role = ROLE_OFFICE_CLERK },
    { .id = "a6", .staff = "zhao", .role = ROLE_OFFICE_CLERK },
};
static struct portfolio portfolios[] = {
    { .id = "p1", .leader = "wang", .units = { "U01", "U10" }, .n_units = 2, .from_ms = FROM },
    { .id = "p2", .leader = "wang", .units = { "U02", "U10" }, .n_units = 2, .from_ms = 1500 },
    { .id = "p3", .leader = "li", .units = { "U10" }, .n_units = 1 },
};
static const struct directory directory = {
    .version = 7,
    .units = units,
    .n_units = COUNT_OF(units),
    .staff = staff,
    .n_staff = COUNT_OF(staff),
    .appointments = appointments,
    .n_appointments = COUNT_OF(appointments),
    .portfolios = portfolios,
    .n_portfolios = COUNT_OF(portfolios),
};

/* --- look-ups --------------------------------------------------------------------------------- */

static void every_entry_is_found_and_nothing_else(void **state)
{
    static const struct directory empty = { 0 };

    (void)state;
    for (size_t i = 0; i < directory.n_units; i++)
        assert_ptr_equal(directory_unit(&directory, units[i].code), &units[i]);
    for (size_t i = 0; i < directory.n_staff; i++)
        assert_ptr_equal(directory_staff(&directory, staff[i].id), &staff[i]);
    for (size_t i = 0; i < directory.n_appointments; i++)
        assert_ptr_equal(directory_appointment(&directory, appointments[i].id), &appointments[i]);
    for (size_t i = 0; i < directory.n_portfolios; i++)
        assert_ptr_equal(directory_portfolio(&directory, portfolios[i].id), &portfolios[i]);
    assert_null(directory_unit(&directory, "U0"));
    assert_null(directory_unit(&directory, "U011"));
    assert_null(directory_unit(&directory, ""));
    assert_null(directory_staff(&directory, "zz"));
    assert_null(directory_unit(&empty, "U01"));
    assert_null(directory_portfolio(&empty, "p1"));
}

/* --- standing --------------------------------------------------------------------------------- */

static void an_appointment_holds_from_its_first_instant_and_not_at_its_last(void **state)
{
    static const struct {
        int64_t now_ms;
        uint32_t roles;
        size_t n_units;
        const char *unit;
    } expected[] = {
        { FROM - 1, 0, 0, NULL },
        { FROM, ROLES(ROLE_SPECIALIST) | ROLES(ROLE_UNIT_HEAD_2), 1, "U01" },
        { UNTIL - 1, ROLES(ROLE_SPECIALIST) | ROLES(ROLE_UNIT_HEAD_2), 1, "U01" },
        { UNTIL, ROLES(ROLE_SPECIALIST), 1, "U02" }, /* the next one starts here, open */
        { INT64_MAX, ROLES(ROLE_SPECIALIST), 1, "U02" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct standing standing = directory_standing(&directory, "li", expected[i].now_ms);

        assert_int_equal(standing.roles, expected[i].roles);
        assert_int_equal(standing.n_units, expected[i].n_units);
        if (expected[i].unit) {
            assert_string_equal(standing.units[0], expected[i].unit);
            assert_int_equal(standing.unit_roles[0], expected[i].roles);
        }
    }
}

static void nobody_unknown_or_gone_or_not_yet_here_has_rights(void **state)
{
    (void)state;
    assert_int_equal(directory_standing(&directory, "nobody", FROM).roles, 0);
    assert_int_equal(directory_standing(&directory, "left", UNTIL - 1).roles,
                     ROLES(ROLE_OFFICE_CLERK));
    assert_int_equal(directory_standing(&directory, "left", UNTIL).roles, 0);
    assert_int_equal(directory_standing(&directory, "zhao", FROM - 1).roles, 0);
    assert_int_equal(directory_standing(&directory, "zhao", FROM).roles, ROLES(ROLE_OFFICE_CLERK));
}

static void a_role_of_the_subdistrict_names_no_unit(void **state)
{
    (void)state;
    assert_int_equal(directory_standing(&directory, "zhao", FROM).n_units, 0);
}

static void a_leader_leads_the_units_of_the_portfolios_of_that_instant_once_each(void **state)
{
    struct standing standing = directory_standing(&directory, "wang", 1499);

    (void)state;
    assert_int_equal(standing.n_led, 2);
    assert_string_equal(standing.led[0], "U01");
    assert_string_equal(standing.led[1], "U10");
    standing = directory_standing(&directory, "wang", 1500);
    assert_int_equal(standing.n_led, 3);
    assert_string_equal(standing.led[2], "U02");
}

static void a_portfolio_without_a_leaders_appointment_gives_nothing(void **state)
{
    (void)state;
    assert_int_equal(directory_standing(&directory, "wang", UNTIL).n_led, 0);
    assert_int_equal(directory_standing(&directory, "li", FROM).n_led, 0);
}

static void more_units_than_fit_are_left_out_without_harm(void **state)
{
    enum { MANY = 2 * STANDING_UNITS_MAX };
    static struct appointment many[MANY];
    static struct portfolio led[2] = {
        { .id = "p1", .leader = "li", .n_units = PORTFOLIO_UNITS_MAX },
        { .id = "p2", .leader = "li", .n_units = PORTFOLIO_UNITS_MAX },
    };
    struct directory large = directory;
    struct standing standing;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        many[i] =
            (struct appointment){ .staff = "li", .role = i ? ROLE_SPECIALIST : ROLE_MAIN_LEADER };
        (void)snprintf(many[i].id, sizeof(many[i].id), "%04zu", i);
        (void)snprintf(many[i].unit, sizeof(many[i].unit), "U%04zu", i);
        (void)snprintf(led[i / PORTFOLIO_UNITS_MAX].units[i % PORTFOLIO_UNITS_MAX], UNIT_CODE_BYTES,
                       "U%04zu", i);
    }
    large.appointments = many;
    large.n_appointments = MANY;
    large.portfolios = led;
    large.n_portfolios = 2;
    standing = directory_standing(&large, "li", FROM);
    assert_int_equal(standing.n_units, STANDING_UNITS_MAX);
    assert_int_equal(standing.n_led, STANDING_UNITS_MAX);
}

/* --- the next snapshot ------------------------------------------------------------------------ */

static void a_new_unit_finds_its_place(void **state)
{
    static const char *const codes[] = { "U00", "U015", "U05", "U99" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct arena a;
        struct unit unit = { .name = "新", .version = 42 };
        const struct directory *next;

        arena_init(&a, ARENA_BYTES_MAX);
        (void)snprintf(unit.code, sizeof(unit.code), "%s", codes[i]);
        next = directory_with_unit(&directory, &unit, &a);
        assert_non_null(next);
        assert_true(next->version == directory.version + 1);
        assert_int_equal(next->n_units, directory.n_units + 1);
        for (size_t k = 1; k < next->n_units; k++)
            assert_true(strcmp(next->units[k - 1].code, next->units[k].code) < 0);
        assert_true(directory_unit(next, codes[i])->version == 1);
        assert_string_equal(directory_unit(next, "U02")->name, "房管办");
        assert_null(directory_unit(&directory, codes[i]));
        arena_release(&a);
    }
}

static void a_changed_unit_replaces_the_old_one_and_counts_up(void **state)
{
    struct arena a;
    struct unit unit = { .code = "U01", .name = "综合执法队", .successor = "U02" };
    const struct directory *next;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    next = directory_with_unit(&directory, &unit, &a);
    assert_int_equal(next->n_units, directory.n_units);
    assert_true(directory_unit(next, "U01")->version == 4);
    assert_string_equal(directory_unit(next, "U01")->name, "综合执法队");
    assert_string_equal(directory_unit(&directory, "U01")->name, "城管中队");
    assert_memory_equal(&next->units[1], &units[1], 2 * sizeof(*units));
    arena_release(&a);
}

static void each_kind_of_entry_can_be_put_into_an_empty_directory(void **state)
{
    static const struct directory empty = { 0 };
    const struct unit unit = { .code = "U01" };
    const struct staff_member member = { .id = "li" };
    const struct appointment appointment = { .id = "a1", .staff = "li", .role = ROLE_AUDITOR };
    const struct portfolio portfolio = { .id = "p1", .leader = "li" };
    struct arena a;
    const struct directory *next;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    next = directory_with_unit(&empty, &unit, &a);
    next = directory_with_staff(next, &member, &a);
    next = directory_with_appointment(next, &appointment, &a);
    next = directory_with_portfolio(next, &portfolio, &a);
    assert_true(next->version == 4);
    assert_non_null(directory_unit(next, "U01"));
    assert_non_null(directory_staff(next, "li"));
    assert_non_null(directory_appointment(next, "a1"));
    assert_non_null(directory_portfolio(next, "p1"));
    assert_int_equal(directory_standing(next, "li", 1).roles, ROLES(ROLE_AUDITOR));
    next = directory_with_staff(next, &member, &a);
    next = directory_with_appointment(next, &appointment, &a);
    next = directory_with_portfolio(next, &portfolio, &a);
    assert_true(directory_staff(next, "li")->version == 2);
    assert_true(directory_appointment(next, "a1")->version == 2);
    assert_true(directory_portfolio(next, "p1")->version == 2);
    assert_int_equal(next->n_staff + next->n_appointments + next->n_portfolios, 3);
    arena_release(&a);
}

/* Every kind once; false as soon as memory is gone. */
static bool put_each(struct arena *a)
{
    return directory_with_unit(&directory, &units[0], a) &&
           directory_with_staff(&directory, &staff[0], a) &&
           directory_with_appointment(&directory, &appointments[0], a) &&
           directory_with_portfolio(&directory, &portfolios[0], a);
}

static void without_memory_there_is_no_next_snapshot(void **state)
{
    size_t n = 0;
    struct arena a;
    bool put = false;

    (void)state;
    for (size_t ceiling = 0; !put; ceiling += 1024, n++) { /* fails at ever later places */
        arena_init(&a, ceiling);
        put = put_each(&a);
        arena_release(&a);
    }
    assert_true(n > 4);
    put = false;
    for (n = 0; !put; n++) {
        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n + 1);
        put = put_each(&a);
        arena_release(&a);
    }
    memory_fail_at(0);
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_found_and_nothing_else),
        cmocka_unit_test(an_appointment_holds_from_its_first_instant_and_not_at_its_last),
        cmocka_unit_test(nobody_unknown_or_gone_or_not_yet_here_has_rights),
        cmocka_unit_test(a_role_of_the_subdistrict_names_no_unit),
        cmocka_unit_test(a_leader_leads_the_units_of_the_portfolios_of_that_instant_once_each),
        cmocka_unit_test(a_portfolio_without_a_leaders_appointment_gives_nothing),
        cmocka_unit_test(more_units_than_fit_are_left_out_without_harm),
        cmocka_unit_test(a_new_unit_finds_its_place),
        cmocka_unit_test(a_changed_unit_replaces_the_old_one_and_counts_up),
        cmocka_unit_test(each_kind_of_entry_can_be_put_into_an_empty_directory),
        cmocka_unit_test(without_memory_there_is_no_next_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
