/* test_page_token.c - a token opens where it was made for, and nothing else opens. */
#include "service/page_token.h"

#include <hotline/v1/order_service.pb-c.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20, API_TOKEN_BYTES_MAX = 512 };

static const struct secret_key key = { .bytes = { 1, 2, 3 } };
static const struct page_binding here = { .key = &key,
                                          .subdistrict = "310113003",
                                          .query = { { 7 } } };

static void a_token_brings_its_position_back(void **state)
{
    static const double scores[] = { 0, -0.0, 1773619200000, -1.5, 1e300, INFINITY, -INFINITY };
    struct page_position position = { .member = "" }, back;
    char text[PAGE_TOKEN_BYTES];

    (void)state;
    for (size_t size = 0; size < PAGE_MEMBER_BYTES; size++) {
        position.score = scores[size % COUNT_OF(scores)];
        page_token_seal(&here, &position, text);
        assert_true(strlen(text) <= API_TOKEN_BYTES_MAX);
        assert_true(page_token_open(&here, text, &back));
        assert_memory_equal(&back.score, &position.score, sizeof(double));
        assert_string_equal(back.member, position.member);
        position.member[size] = (char)('a' + size % 26);
        position.member[size + 1 < PAGE_MEMBER_BYTES ? size + 1 : size] = '\0';
    }
}

static void a_token_opens_only_where_it_was_made_for(void **state)
{
    static const struct secret_key other_key = { .bytes = { 1, 2, 4 } };
    struct page_binding elsewhere[] = { here, here, here };
    struct page_position position = { .score = 3, .member = "01J9ABCDEF012345/6/1" }, back;
    char text[PAGE_TOKEN_BYTES];

    (void)state;
    elsewhere[0].key = &other_key;
    elsewhere[1].subdistrict = "310113004";
    elsewhere[2].query.bytes[31] = 1;
    page_token_seal(&here, &position, text);
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        assert_false(page_token_open(&elsewhere[i], text, &back));
    assert_true(page_token_open(&here, text, &back));
}

static void a_token_changed_anywhere_does_not_open(void **state)
{
    struct page_position position = { .score = 3, .member = "01J9ABCDEF012345" }, back;
    char text[PAGE_TOKEN_BYTES];

    (void)state;
    page_token_seal(&here, &position, text);
    for (size_t i = 0; text[i]; i++) {
        char kept = text[i];

        text[i] = kept == 'A' ? 'B' : 'A';
        assert_false(page_token_open(&here, text, &back));
        text[i] = '=';
        assert_false(page_token_open(&here, text, &back));
        text[i] = '\0'; /* cut short */
        assert_false(page_token_open(&here, text, &back));
        text[i] = kept;
    }
    assert_true(page_token_open(&here, text, &back));
}

/* The last character has spare bits: with them set it is another text of the same bytes. */
static void a_token_has_one_spelling(void **state)
{
    static const char next[] = "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_A";
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct page_position position = { .score = 1 }, back;
    char text[PAGE_TOKEN_BYTES + 2];

    (void)state;
    for (int size = 0; size < 3; size++) {
        size_t length;

        page_token_seal(&here, &position, text);
        length = strlen(text);
        text[length] = 'A';
        text[length + 1] = '\0';
        assert_false(page_token_open(&here, text, &back));
        text[length] = '\0';
        text[length - 1] = next[strchr(alphabet, text[length - 1]) - alphabet];
        assert_false(page_token_open(&here, text, &back));
        position.member[size] = 'x';
    }
}

static void nonsense_is_no_token(void **state)
{
    struct page_position back;
    char longest[2 * PAGE_TOKEN_BYTES];

    (void)state;
    memset(longest, 'A', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_false(page_token_open(&here, "", &back));
    assert_false(page_token_open(&here, "A", &back));
    assert_false(page_token_open(&here, "AQ==", &back));
    assert_false(page_token_open(&here, "\xe4\xb8\x80", &back));
    assert_false(page_token_open(&here, longest, &back));
}

static struct digest query_of(const Hotline__V1__ListOrdersRequest *request)
{
    struct digest query;
    struct arena a;

    arena_init(&a, ARENA_BYTES_MAX);
    assert_true(page_query_of(&request->base, &a, &query));
    arena_release(&a);
    return query;
}

static void a_query_is_everything_but_the_page(void **state)
{
    Hotline__V1__ListOrdersRequest request = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;
    char parent[] = "subdistricts/310113003", other[] = "subdistricts/310113004", token[] = "AAAA";
    struct digest first, later;

    (void)state;
    request.parent = parent;
    request.page_size = 20;
    first = query_of(&request);
    request.page_token = token;
    request.page_size = 50;
    later = query_of(&request);
    assert_true(digest_equal(&first, &later));
    assert_ptr_equal(request.page_token, token); /* the request itself is left alone */
    request.parent = other;
    later = query_of(&request);
    assert_false(digest_equal(&first, &later));
}

static void a_query_of_another_type_is_another(void **state)
{
    Hotline__V1__ListOrdersRequest orders = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;
    Hotline__V1__GetTimelineRequest timeline = HOTLINE__V1__GET_TIMELINE_REQUEST__INIT;
    struct digest of_orders = query_of(&orders), of_timeline;
    struct arena a;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_true(page_query_of(&timeline.base, &a, &of_timeline));
    assert_false(digest_equal(&of_orders, &of_timeline));
    arena_release(&a);
}

static void a_query_without_memory_is_refused(void **state)
{
    Hotline__V1__ListOrdersRequest request = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;
    char parent[5000];
    struct digest query;
    struct arena a;

    (void)state;
    memset(parent, 'x', sizeof(parent) - 1);
    parent[sizeof(parent) - 1] = '\0';
    request.parent = parent; /* needs a chunk of its own */
    for (uint64_t n = 1; n <= 2; n++) {
        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n);
        assert_false(page_query_of(&request.base, &a, &query));
        memory_fail_at(0);
        arena_release(&a);
    }
}

static void a_cursor_has_one_spelling(void **state)
{
    static const uint64_t numbers[] = { 0, 1, 9, 10, 1234567890, UINT64_MAX };
    static const char *const wrong[] = {
        "",
        "c1-",
        "c1",
        "c2-1",
        "C1-1",
        "c1-01",
        "c1-00",
        "c1-+1",
        "c1--1",
        "c1-1 ",
        " c1-1",
        "c1-x",
        "c1-1x",
        "c1-18446744073709551616",
        "c1-99999999999999999999999",
    };
    uint64_t back = 42;
    char text[CURSOR_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (cursor_parse(wrong[i], &back))
            fail_msg("taken for a cursor: %s", wrong[i]);
    assert_int_equal(back, 42);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        cursor_format(numbers[i], text);
        assert_true(cursor_parse(text, &back));
        assert_true(back == numbers[i]);
    }
    assert_string_equal(text, "c1-18446744073709551615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_brings_its_position_back),
        cmocka_unit_test(a_token_opens_only_where_it_was_made_for),
        cmocka_unit_test(a_token_changed_anywhere_does_not_open),
        cmocka_unit_test(a_token_has_one_spelling),
        cmocka_unit_test(nonsense_is_no_token),
        cmocka_unit_test(a_query_is_everything_but_the_page),
        cmocka_unit_test(a_query_of_another_type_is_another),
        cmocka_unit_test(a_query_without_memory_is_refused),
        cmocka_unit_test(a_cursor_has_one_spelling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
