/* test_resource_name.c - resource names taken apart, and everything that only looks like one. */
#include "service/resource_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/base.h"

static void a_name_of_each_form_is_taken_apart(void **state)
{
    struct resource_parts parts;

    (void)state;
    assert_true(resource_parse("subdistricts/310113003", &parts));
    assert_true(slice_equal(parts.code, slice_text("310113003")));
    assert_null(parts.collection.data);
    assert_true(resource_parse("subdistricts/310113003/units/J-01", &parts));
    assert_true(slice_equal(parts.collection, slice_text("units")));
    assert_true(slice_equal(parts.id, slice_text("J-01")));
    assert_null(parts.below.data);
    assert_true(resource_parse("subdistricts/310113003/orders/01J9/reminders/6-1-3", &parts));
    assert_true(slice_equal(parts.id, slice_text("01J9")));
    assert_true(slice_equal(parts.below, slice_text("reminders")));
    assert_true(slice_equal(parts.child, slice_text("6-1-3")));
}

static void what_only_looks_like_a_name_is_none(void **state)
{
    static const char *const wrong[] = {
        "",                                           /* nothing */
        "subdistricts",                               /* no code */
        "subdistricts/",                              /* empty code */
        "subdistricts/3101/",                         /* a slash that promises more */
        "/subdistricts/3101",                         /* a path, not a name */
        "districts/3101",                             /* another root */
        "Subdistricts/3101",                          /* case matters */
        "subdistricts//orders/1",                     /* empty code inside */
        "subdistricts/3101/orders",                   /* collection without id */
        "subdistricts/3101/orders/",                  /* empty id */
        "subdistricts/3101/Orders/1",                 /* collections are lower case */
        "subdistricts/3101/orders/-1",                /* an id begins with a letter or digit */
        "subdistricts/3101/orders/a b",               /* a space */
        "subdistricts/3101/orders/a_b",               /* an underscore */
        "subdistricts/3101/orders/..",                /* a path trick */
        "subdistricts/3101/orders/{x}",               /* a cluster hash tag */
        "subdistricts/3101/orders/\xe4\xb8\x80",      /* not ASCII */
        "subdistricts/3101/orders/1/reminders",       /* child without id */
        "subdistricts/3101/orders/1/reminders/2/x/3", /* too deep */
        "subdistricts/3101/orders/123456789012345678901234567890123", /* 33 characters */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (resource_parse(wrong[i], NULL))
            fail_msg("taken for a name: %s", wrong[i]);
    assert_true(resource_parse("subdistricts/3101/orders/12345678901234567890123456789012", NULL));
}

static void a_subdistrict_is_no_deeper_name(void **state)
{
    char code[16] = "untouched";

    (void)state;
    assert_false(resource_subdistrict("subdistricts/3101/orders/1", code, sizeof(code)));
    assert_false(resource_subdistrict("subdistricts/1234567890123456", code, sizeof(code)));
    assert_string_equal(code, "untouched");
    assert_true(resource_subdistrict("subdistricts/123456789012345", code, sizeof(code)));
    assert_string_equal(code, "123456789012345");
}

static void an_id_is_of_its_subdistrict_and_collection(void **state)
{
    static const char name[] = "subdistricts/3101/units/U01";
    char id[4] = "?";

    (void)state;
    assert_false(resource_id(name, "3102", "units", id, sizeof(id)));
    assert_false(resource_id(name, "3101", "unit", id, sizeof(id)));
    assert_false(resource_id(name, "3101", "units", id, 3)); /* does not fit */
    assert_false(resource_id("subdistricts/3101", "3101", "units", id, sizeof(id)));
    assert_false(resource_id("subdistricts/3101/units/U01/x/1", "3101", "units", id, sizeof(id)));
    assert_string_equal(id, "?");
    assert_true(resource_id(name, "3101", "units", id, sizeof(id)));
    assert_string_equal(id, "U01");
}

static void a_split_gives_both_or_neither(void **state)
{
    char code[8] = "?", id[8] = "?";

    (void)state;
    assert_false(resource_split("subdistricts/3101/orders/12345678", "orders", code, sizeof(code),
                                id, sizeof(id)));
    assert_false(resource_split("subdistricts/12345678/orders/1", "orders", code, sizeof(code), id,
                                sizeof(id)));
    assert_false(
        resource_split("subdistricts/3101/units/1", "orders", code, sizeof(code), id, sizeof(id)));
    assert_string_equal(code, "?");
    assert_string_equal(id, "?");
    assert_true(resource_split("subdistricts/3101/orders/1234567", "orders", code, sizeof(code), id,
                               sizeof(id)));
    assert_string_equal(code, "3101");
    assert_string_equal(id, "1234567");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_of_each_form_is_taken_apart),
        cmocka_unit_test(what_only_looks_like_a_name_is_none),
        cmocka_unit_test(a_subdistrict_is_no_deeper_name),
        cmocka_unit_test(an_id_is_of_its_subdistrict_and_collection),
        cmocka_unit_test(a_split_gives_both_or_neither),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
