/* test_order_filter.c - which orders a filter means, and which indexes are read for it. */
#include "service/order_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"

#include "base/base.h"

#define CODE "310113003"
#define HERE "subdistricts/" CODE

enum { ARENA_BYTES_MAX = 1 << 20, SECOND_MS = 1000 };

static struct arena arena;

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* reading ------------------------------------------------------------------------------------- */

static void a_filter_is_read_field_by_field(void **state)
{
    Hotline__V1__OrderState wanted[] = { HOTLINE__V1__ORDER_STATE__ORDER_STATE_HANDLING,
                                         HOTLINE__V1__ORDER_STATE__ORDER_STATE_CLOSED };
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT, before = from;
    Hotline__V1__OrderFilter said = HOTLINE__V1__ORDER_FILTER__INIT;
    struct order_filter filter;

    (void)state;
    from.seconds = 1;
    before.seconds = 2;
    said.states = wanted;
    said.n_states = COUNT_OF(wanted);
    said.unit = words(HERE "/units/U01");
    said.limit_class = HOTLINE__V1__LIMIT_CLASS__LIMIT_CLASS_TEN_DAYS;
    said.clock_kind = HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_HANDLE;
    said.due_from_time = said.received_from_time = &from;
    said.due_before_time = said.received_before_time = &before;
    said.urgent_only = true;
    said.district_number = words("BS-1");
    assert_null(order_filter_of(&said, CODE, &arena, &filter));
    assert_int_equal(filter.states, 1u << ORDER_STATE_HANDLING | 1u << ORDER_STATE_CLOSED);
    assert_string_equal(filter.unit, "U01");
    assert_int_equal(filter.limit, LIMIT_TEN_DAYS);
    assert_int_equal(filter.clock, CLOCK_HANDLE);
    assert_int_equal(filter.due_from_ms, SECOND_MS);
    assert_int_equal(filter.due_before_ms, 2 * SECOND_MS);
    assert_int_equal(filter.received_from_ms, SECOND_MS);
    assert_int_equal(filter.received_before_ms, 2 * SECOND_MS);
    assert_true(filter.urgent_only);
    assert_string_equal(filter.district_number, "BS-1");
}

static void every_wrong_field_is_named(void **state)
{
    Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__OrderFilter said = HOTLINE__V1__ORDER_FILTER__INIT;
    struct order_filter filter = { .states = 7 };
    const struct refusal *refusal;

    (void)state;
    said.unit = words("subdistricts/310113004/units/U01");
    said.due_from_time = said.due_before_time = &at;
    said.received_before_time = &at; /* the epoch: no end could lie before it */
    refusal = order_filter_of(&said, CODE, &arena, &filter);
    assert_non_null(refusal);
    assert_int_equal(refusal->fault->id, FAULT_REQUEST_INVALID);
    assert_int_equal(refusal->n_fields, 4);
    assert_string_equal(refusal->fields[0].field, "filter.unit");
    assert_string_equal(refusal->fields[1].field, "filter.due_before_time");
    assert_string_equal(refusal->fields[2].field, "filter.received_before_time");
    assert_string_equal(refusal->fields[3].field, "filter.clock_kind");
    assert_int_equal(filter.states, 7); /* untouched */
}

/* checking ------------------------------------------------------------------------------------ */

/* An order in HANDLING at U01, received at 100, five days, its handling clock due at 500. */
static struct order order_at_u01(void)
{
    struct order order = {
        .id = "01J9000000000001",
        .state = ORDER_STATE_HANDLING,
        .district_number = "BS-1",
        .received_ms = 100,
        .assignment = { .number = 1, .main_unit = "U01", .limit = LIMIT_FIVE_DAYS },
    };

    order.clocks[CLOCK_HANDLE] =
        (struct clock){ .status = CLOCK_STATUS_RUNNING, .stamp = 1, .due_ms = 500 };
    order.clocks[CLOCK_TAKE] =
        (struct clock){ .status = CLOCK_STATUS_MET, .stamp = 1, .due_ms = 500 };
    return order;
}

static const struct {
    struct order_filter filter;
    bool matches;
} judged[] = {
    { { 0 }, true },
    { { .states = 1u << ORDER_STATE_HANDLING }, true },
    { { .states = 1u << ORDER_STATE_CLOSED | 1u << ORDER_STATE_REPLIED }, false },
    { { .open_only = true }, true },
    { { .unit = "U01" }, true },
    { { .unit = "U02" }, false },
    { { .limit = LIMIT_FIVE_DAYS }, true },
    { { .limit = LIMIT_ONE_DAY }, false },
    { { .urgent_only = true }, false },
    { { .district_number = "BS-1" }, true },
    { { .district_number = "BS-2" }, false },
    /* from is in, before is out */
    { { .received_from_ms = 100, .received_before_ms = 101 }, true },
    { { .received_from_ms = 101 }, false },
    { { .received_before_ms = 100 }, false },
    { { .clock = CLOCK_HANDLE }, true },
    { { .clock = CLOCK_HANDLE, .due_from_ms = 500, .due_before_ms = 501 }, true },
    { { .clock = CLOCK_HANDLE, .due_before_ms = 500 }, false },
    { { .clock = CLOCK_HANDLE, .due_from_ms = 501 }, false },
    /* met, never started, of a later release */
    { { .clock = CLOCK_TAKE }, false },
    { { .clock = CLOCK_VISIT }, false },
    { { .clock = 22 }, false },
};

static void every_condition_is_checked_on_the_record(void **state)
{
    struct order order = order_at_u01();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(judged); i++) {
        if (order_filter_matches(&judged[i].filter, &order) != judged[i].matches)
            fail_msg("row %zu", i);
    }
    order.state = ORDER_STATE_CLOSED;
    assert_false(order_filter_matches(&judged[3].filter, &order));
}

/* whose --------------------------------------------------------------------------------------- */

static void units_and_portfolios_confine_and_the_office_is_free(void **state)
{
    struct principal clerk = { .roles = ROLES(ROLE_OFFICE_CLERK) };
    struct principal person = {
        .roles = ROLES(ROLE_SPECIALIST) | ROLES(ROLE_LEADER_IN_CHARGE),
        .standing = { .units = { "U01", "U02" },
                      .unit_roles = { ROLES(ROLE_SPECIALIST), ROLES(ROLE_GRID_WORKER) },
                      .n_units = 2,
                      .led = { "U02", "U03" },
                      .n_led = 2 },
    };
    struct order_confines confines;

    (void)state;
    order_confines_of(&clerk, MAY_LIST_ORDERS, &confines);
    assert_true(confines.none);
    order_confines_of(&person, MAY_LIST_ORDERS, &confines);
    assert_false(confines.none);
    assert_int_equal(confines.n_units, 3);
    assert_string_equal(confines.units[0], "U01");
    assert_string_equal(confines.units[1], "U02");
    assert_string_equal(confines.units[2], "U03");
    person.roles = ROLES(ROLE_SPECIALIST); /* leads no more */
    order_confines_of(&person, MAY_LIST_ORDERS, &confines);
    assert_int_equal(confines.n_units, 2);
}

/* which indexes ------------------------------------------------------------------------------- */

#define ALL_OF_THEM                                                                                \
    {                                                                                              \
        .none = true                                                                               \
    }
#define OF_U01_U02                                                                                 \
    {                                                                                              \
        .units = { "U01", "U02" }, .n_units = 2                                                    \
    }
#define OF_NOBODY                                                                                  \
    {                                                                                              \
        .n_units = 0                                                                               \
    }
#define OPEN (1u << ORDER_STATE_HANDLING)
#define FINAL (1u << ORDER_STATE_CLOSED)

static const struct {
    struct order_filter filter;
    struct order_confines confines;
    const char *sources; /* key parts behind "h{310113003}:", "|" before the sieve */
    bool open_only;
} planned[] = {
    { { 0 }, ALL_OF_THEM, "x:all ", false },
    { { .states = OPEN }, ALL_OF_THEM, "x:s:8 ", true },
    { { .states = OPEN | FINAL }, ALL_OF_THEM, "x:s:16 x:s:8 ", false },
    { { .urgent_only = true }, ALL_OF_THEM, "x:urg ", true },
    { { .urgent_only = true, .states = FINAL }, ALL_OF_THEM, "x:s:16 ", false },
    { { .unit = "U07" }, ALL_OF_THEM, "x:u:U07 ", true },
    { { .unit = "U07", .states = OPEN, .urgent_only = true }, ALL_OF_THEM, "x:u:U07 ", true },
    { { .unit = "U07", .states = OPEN | FINAL }, ALL_OF_THEM, "x:s:16 x:u:U07 ", false },
    /* who sees through his units is led over their indexes */
    { { 0 }, OF_U01_U02, "x:u:U01 x:u:U02 ", true },
    { { .states = OPEN }, OF_U01_U02, "x:u:U01 x:u:U02 ", true },
    { { .unit = "U02" }, OF_U01_U02, "x:u:U02 ", true },
    /* another unit's orders that inform his own */
    { { .unit = "U07" }, OF_U01_U02, "x:u:U01 x:u:U02 ", true },
    { { .states = FINAL }, OF_U01_U02, "x:s:16 ", false },
    { { 0 }, OF_NOBODY, "", true },
    { { .clock = CLOCK_HANDLE }, OF_NOBODY, "", true },
    /* clocks */
    { { .clock = CLOCK_HANDLE }, ALL_OF_THEM, "x:due ", false },
    { { .clock = CLOCK_HANDLE, .unit = "U07" }, ALL_OF_THEM, "x:due |x:u:U07 ", true },
    { { .clock = CLOCK_HANDLE }, OF_U01_U02, "x:due |x:u:U01 x:u:U02 ", true },
    { { .clock = CLOCK_VISIT, .states = FINAL }, OF_U01_U02, "x:due ", false },
    { { .clock = 22 }, ALL_OF_THEM, "", false },
};

static void append_key(char *text, size_t size, const struct key *key)
{
    static const char prefix[] = "h{310113003}:";

    assert_memory_equal(key->text, prefix, sizeof(prefix) - 1);
    (void)snprintf(text + strlen(text), size - strlen(text), "%.*s ",
                   (int)(key->size - (sizeof(prefix) - 1)), key->text + sizeof(prefix) - 1);
}

static void the_narrowest_indexes_are_read(void **state)
{
    struct order_plan *plan = ARENA_NEW(&arena, struct order_plan);

    (void)state;
    assert_non_null(plan);
    for (size_t i = 0; i < COUNT_OF(planned); i++) {
        struct order_filter filter = planned[i].filter;
        char sources[1024] = "";

        order_plan_make(&filter, &planned[i].confines, CODE, plan);
        for (size_t k = 0; k < plan->n_sources; k++)
            append_key(sources, sizeof(sources), &plan->sources[k]);
        if (plan->n_sieve)
            (void)snprintf(sources + strlen(sources), sizeof(sources) - strlen(sources), "|");
        for (size_t k = 0; k < plan->n_sieve; k++)
            append_key(sources, sizeof(sources), &plan->sieve[k]);
        if (strcmp(sources, planned[i].sources) != 0)
            fail_msg("row %zu: %s", i, sources);
        if (plan->n_sources)
            assert_int_equal(filter.open_only, planned[i].open_only);
        assert_false(plan->by_number);
    }
}

static void ranges_bound_the_scores_of_their_index(void **state)
{
    const struct order_confines all = ALL_OF_THEM;
    struct order_filter received = { .received_from_ms = 1, .received_before_ms = 2 };
    struct order_filter due = { .clock = CLOCK_TAKE,
                                .due_from_ms = 3,
                                .due_before_ms = 4,
                                .received_from_ms = 1,
                                .received_before_ms = 2 };
    struct order_filter number = { .district_number = "BS-1" };
    struct order_plan *plan = ARENA_NEW(&arena, struct order_plan);

    (void)state;
    order_plan_make(&received, &all, CODE, plan);
    assert_false(plan->by_due);
    assert_int_equal(plan->from_ms, 1);
    assert_int_equal(plan->before_ms, 2);
    order_plan_make(&due, &all, CODE, plan);
    assert_true(plan->by_due);
    assert_int_equal(plan->from_ms, 3);
    assert_int_equal(plan->before_ms, 4);
    order_plan_make(&number, &all, CODE, plan);
    assert_true(plan->by_number);
    assert_int_equal(plan->n_sources, 0);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_filter_is_read_field_by_field),
        TEST(every_wrong_field_is_named),
        TEST(every_condition_is_checked_on_the_record),
        TEST(units_and_portfolios_confine_and_the_office_is_free),
        TEST(the_narrowest_indexes_are_read),
        TEST(ranges_bound_the_scores_of_their_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
