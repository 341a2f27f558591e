/*
 * test_record_index.c - the projection of an order to index entries, and its difference.
 */
#include "storage/record/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "tests/support/record_samples.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20, ROUNDS = 5000, CHANGES_A_COMMAND_MAX = 8 };
#define SUBDISTRICT "310113-yy"

static const struct order no_order = { .state = ORDER_STATE_UNSPECIFIED };

/* "key member score" of an entry. */
static const char *entry_text(const struct commit_index *entry, struct arena *a)
{
    return arena_printf(a, "%s%s %.*s %.0f", entry->gone ? "-" : "", entry->key.text,
                        (int)entry->member.size, (const char *)entry->member.data, entry->score);
}

static void assert_entries(const struct commit_index *entries, size_t n,
                           const char *const *expected, size_t n_expected, struct arena *a)
{
    for (size_t i = 0; i < n && i < n_expected; i++)
        assert_string_equal(entry_text(&entries[i], a), expected[i]);
    assert_int_equal(n, n_expected);
}

static void a_dispatched_order_has_these_entries(void **state)
{
    static const char *const expected[] = {
        "h{310113-yy}:x:all 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:s:7 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:u:U09 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:u:U31 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:due 0CYV7K3M9Q2XABCD/3/1 1785340800000",
        "h{310113-yy}:x:due 0CYV7K3M9Q2XABCD/5/1 1784095180123",
        "h{310113-yy}:x:due 0CYV7K3M9Q2XABCD/6/12 1784736000000",
        "h{310113-yy}:x:due 0CYV7K3M9Q2XABCD/7/1 1784563200000",
        "h{310113-yy}:x:wake 0CYV7K3M9Q2XABCD 1784066380123",
        "h{310113-yy}:x:rem 0CYV7K3M9Q2XABCD/5/1/0 1784080780523",
        "h{310113-yy}:x:rem 0CYV7K3M9Q2XABCD/6/12/3 1784080780523",
        "h{310113-yy}:x:urg 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:ph:0112233445566778899aabbccddeef00 0CYV7K3M9Q2XABCD 1784077960123",
    };
    struct arena a;
    struct order order;
    struct commit_index entries[ORDER_INDEX_MAX];
    size_t n;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_dispatched_order(&order);
    order.urgent = true;
    order.clocks[CLOCK_HANDLE].stamp = 12;
    order.clocks[CLOCK_HANDLE].rungs_fired = 4;
    (void)snprintf(order.assignment.informed[0], UNIT_CODE_BYTES, "U31");
    (void)snprintf(order.assignment.informed[1], UNIT_CODE_BYTES, "U09"); /* the main unit */
    (void)snprintf(order.assignment.informed[2], UNIT_CODE_BYTES, "U31"); /* twice */
    order.assignment.n_informed = 3;
    memcpy(order.phones[1], order.phones[0], BLIND_INDEX_BYTES);
    order.n_phones = 2;
    n = order_index(&order, SUBDISTRICT, &a, entries);
    assert_entries(entries, n, expected, COUNT_OF(expected), &a);
    arena_release(&a);
}

static void an_order_that_does_not_exist_has_none(void **state)
{
    struct arena a;
    struct commit_index entries[ORDER_INDEX_MAX];

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_int_equal(order_index(&no_order, SUBDISTRICT, &a, entries), 0);
    arena_release(&a);
}

static void a_closed_order_leaves_the_lists_of_units_and_of_urgent_orders(void **state)
{
    struct arena a;
    struct order order;
    struct commit_index entries[ORDER_INDEX_MAX];
    size_t n;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_typical_order(&order);
    order.urgent = true;
    order.state = ORDER_STATE_CLOSED;
    for (size_t kind = 1; kind < CLOCK_MAX; kind++) {
        if (order.clocks[kind].status == CLOCK_STATUS_RUNNING)
            order.clocks[kind].status = CLOCK_STATUS_VOID;
    }
    n = order_index(&order, SUBDISTRICT, &a, entries);
    assert_int_equal(n, 3); /* ALL, STATE, PHONE */
    arena_release(&a);
}

static void an_acknowledged_reminder_leaves_its_list(void **state)
{
    static const char *const expected[] = {
        "-h{310113-yy}:x:rem 0CYV7K3M9Q2XABCD/5/1/0 1784080780523",
    };
    struct arena a;
    struct order before, after;
    struct commit_index changes[2 * ORDER_INDEX_MAX];

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_dispatched_order(&before);
    after = before;
    after.clocks[CLOCK_TAKE].rung_acknowledged = true;
    assert_entries(changes, order_index_difference(&before, &after, SUBDISTRICT, &a, changes),
                   expected, COUNT_OF(expected), &a);
    arena_release(&a);
}

static void taking_an_order_changes_at_most_eight_entries(void **state)
{
    static const char *const expected[] = {
        "-h{310113-yy}:x:s:7 0CYV7K3M9Q2XABCD 1784077960123",
        "-h{310113-yy}:x:due 0CYV7K3M9Q2XABCD/5/1 1784095180123",
        "-h{310113-yy}:x:rem 0CYV7K3M9Q2XABCD/5/1/0 1784080780523",
        "h{310113-yy}:x:s:8 0CYV7K3M9Q2XABCD 1784077960123",
        "h{310113-yy}:x:wake 0CYV7K3M9Q2XABCD 1784534400000",
    };
    struct arena a;
    struct order before, after;
    struct commit_index changes[2 * ORDER_INDEX_MAX];
    size_t n;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_dispatched_order(&before);
    sample_typical_order(&after);
    n = order_index_difference(&before, &after, SUBDISTRICT, &a, changes);
    assert_in_range(n, 1, CHANGES_A_COMMAND_MAX);
    assert_entries(changes, n, expected, COUNT_OF(expected), &a);
    arena_release(&a);
}

/* --- properties ------------------------------------------------------------------------------- */

/* A model of Redis: a set of (key, member) -> score. */
struct model {
    struct commit_index entries[4 * ORDER_INDEX_MAX];
    size_t n;
};

static size_t model_find(const struct model *model, const struct commit_index *entry)
{
    size_t i = 0;

    while (i < model->n && (strcmp(model->entries[i].key.text, entry->key.text) != 0 ||
                            !slice_equal(model->entries[i].member, entry->member)))
        i++;
    return i;
}

/* What goes is there, what moves has another score: no change is in vain. */
static void model_change(struct model *model, const struct commit_index *change)
{
    size_t i = model_find(model, change);

    if (change->gone) {
        assert_true(i < model->n);
        model->entries[i] = model->entries[--model->n];
        return;
    }
    if (i == model->n)
        model->n++;
    else
        assert_true(model->entries[i].score < change->score ||
                    model->entries[i].score > change->score);
    model->entries[i] = *change;
}

static void assert_model_is(const struct model *model, const struct commit_index *entries, size_t n)
{
    assert_int_equal(model->n, n);
    for (size_t i = 0; i < n; i++) {
        size_t at = model_find(model, &entries[i]);

        assert_true(at < model->n);
        assert_true(model->entries[at].score >= entries[i].score &&
                    model->entries[at].score <= entries[i].score);
    }
}

static void applying_the_difference_to_before_gives_after(void **state)
{
    static struct model model;
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct order before, after;
        struct commit_index entries[ORDER_INDEX_MAX], changes[2 * ORDER_INDEX_MAX];
        size_t n;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_order(&dice, &before);
        sample_order(&dice, &after);
        if (dice_roll(&dice, 4)) { /* mostly the same order, a part of it changed */
            memcpy(after.id, before.id, sizeof(after.id));
            after.received_ms = before.received_ms;
            after.assignment = before.assignment;
            memcpy(after.phones, before.phones, sizeof(after.phones));
            after.n_phones = before.n_phones;
            for (uint32_t kind = dice_roll(&dice, CLOCK_MAX); kind > 0; kind--)
                after.clocks[kind] = before.clocks[kind];
        }
        if (dice_roll(&dice, 16) == 0)
            before = no_order;
        if (dice_roll(&dice, 16) == 0)
            after = no_order;
        model.n = 0;
        n = order_index(&before, SUBDISTRICT, &a, entries);
        for (size_t i = 0; i < n; i++)
            model_change(&model, &entries[i]); /* also: no entry twice */
        assert_int_equal(model.n, n);
        n = order_index_difference(&before, &after, SUBDISTRICT, &a, changes);
        for (size_t i = 0; i < n; i++)
            model_change(&model, &changes[i]);
        n = order_index(&after, SUBDISTRICT, &a, entries);
        assert_model_is(&model, entries, n);
        assert_int_equal(order_index_difference(&after, &after, SUBDISTRICT, &a, changes), 0);
        arena_release(&a);
    }
}

static void the_projection_is_pure(void **state)
{
    struct dice dice = dice_new();
    struct arena a;
    struct order order, copy;
    struct commit_index once[ORDER_INDEX_MAX], twice[ORDER_INDEX_MAX];
    size_t n;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_order(&dice, &order);
    memcpy(&copy, &order, sizeof(order));
    n = order_index(&order, SUBDISTRICT, &a, once);
    assert_int_equal(order_index(&order, SUBDISTRICT, &a, twice), n);
    assert_memory_equal(&order, &copy, sizeof(order));
    memset(&order, 0xa5, sizeof(order)); /* entries do not point into the order */
    for (size_t i = 0; i < n; i++)
        assert_string_equal(entry_text(&once[i], &a), entry_text(&twice[i], &a));
    arena_release(&a);
}

static void the_largest_order_fits(void **state)
{
    struct dice dice = { .state = 3 };
    struct arena a;
    struct order order;
    struct commit_index entries[ORDER_INDEX_MAX];

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_order(&dice, &order);
    order.state = ORDER_STATE_HANDLING;
    order.urgent = true;
    order.n_phones = PHONES_MAX;
    for (size_t i = 0; i < PHONES_MAX; i++)
        memset(order.phones[i], (int)i + 1, BLIND_INDEX_BYTES);
    memset(&order.assignment, 0, sizeof(order.assignment));
    (void)snprintf(order.assignment.main_unit, UNIT_CODE_BYTES, "main");
    order.assignment.n_informed = INFORMED_MAX;
    for (size_t i = 0; i < INFORMED_MAX; i++)
        (void)snprintf(order.assignment.informed[i], UNIT_CODE_BYTES, "informed-unit-%08zu", i);
    for (size_t kind = 1; kind < CLOCK_MAX; kind++) {
        order.clocks[kind].status = CLOCK_STATUS_RUNNING;
        order.clocks[kind].stamp = UINT32_MAX;
        order.clocks[kind].rungs_fired = UINT8_MAX;
        order.clocks[kind].rung_acknowledged = false;
        order.clocks[kind].wake_ms = 1;
    }
    assert_int_equal(order_index(&order, SUBDISTRICT, &a, entries),
                     2 + 1 + INFORMED_MAX + 2 * (CLOCK_MAX - 1) + 1 + 1 + PHONES_MAX);
    arena_release(&a);
}

/* --- members ---------------------------------------------------------------------------------- */

static void a_member_of_a_clock_is_read_again(void **state)
{
    struct clock_member member;

    (void)state;
    assert_true(clock_member_parse(slice_text("0CYV7K3M9Q2XABCD/6/4294967295"), &member));
    assert_string_equal(member.order_id, "0CYV7K3M9Q2XABCD");
    assert_int_equal(member.clock, CLOCK_HANDLE);
    assert_true(member.stamp == UINT32_MAX);
    assert_int_equal(member.rung, 0);
    assert_true(clock_member_parse(slice_text("x/12/1/255"), &member));
    assert_string_equal(member.order_id, "x");
    assert_int_equal(member.clock, CLOCK_DISTRICT);
    assert_int_equal(member.stamp, 1);
    assert_int_equal(member.rung, 255);
}

static void what_is_no_member_of_a_clock_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "/",
        "//",
        "x",
        "x/",
        "x/1",
        "x/1/",
        "/1/1",
        "x/0/1",
        "x/13/1",
        "x/1/4294967296",
        "x/01/1",
        "x/1/01",
        "x/1/1/",
        "x/1/1/256",
        "x/1/1/1/",
        "x/1/1/1/1",
        "x/1/1 ",
        "x/-1/1",
        "x/1/99999999999999999999999999",
        "0CYV7K3M9Q2XABCDE/1/1",
    };
    struct clock_member member;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (clock_member_parse(slice_text(wrong[i]), &member))
            fail_msg("let in: %s", wrong[i]);
    }
    assert_false(clock_member_parse((struct slice){ 0 }, &member));
}

static void without_memory_the_arena_says_so(void **state)
{
    struct order order;
    struct commit_index entries[ORDER_INDEX_MAX];
    struct arena a;

    (void)state;
    sample_typical_order(&order);
    arena_init(&a, 0);
    (void)order_index(&order, SUBDISTRICT, &a, entries);
    assert_true(a.failed);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dispatched_order_has_these_entries),
        cmocka_unit_test(an_order_that_does_not_exist_has_none),
        cmocka_unit_test(a_closed_order_leaves_the_lists_of_units_and_of_urgent_orders),
        cmocka_unit_test(an_acknowledged_reminder_leaves_its_list),
        cmocka_unit_test(taking_an_order_changes_at_most_eight_entries),
        cmocka_unit_test(applying_the_difference_to_before_gives_after),
        cmocka_unit_test(the_projection_is_pure),
        cmocka_unit_test(the_largest_order_fits),
        cmocka_unit_test(a_member_of_a_clock_is_read_again),
        cmocka_unit_test(what_is_no_member_of_a_clock_is_refused),
        cmocka_unit_test(without_memory_the_arena_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
