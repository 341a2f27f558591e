/*
 * test_field_mask.c - who sees what of a citizen (article 16), character by character.
 */
#include "service/field_rules.h"

#include <hotline/v1/order_service.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/memory.h"
#include "tests/support/request_samples.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20 };

static int setup(void **state)
{
    *state = sample_field_rules();
    return 0;
}

static int teardown(void **state)
{
    *state = field_rules_free(*state);
    return 0;
}

/* An answer whose strings are constants: writing to one would crash. */
struct answer {
    Hotline__V1__GetOrderResponse response;
    Hotline__V1__Order order;
    Hotline__V1__OrderText text;
    Hotline__V1__Place place;
    Hotline__V1__Citizen citizen;
    Hotline__V1__CitizenPhone phones[2], *phone_list[2];
    Hotline__V1__Reply reply, *replies[1];
    Hotline__V1__CitizenAnswer told;
};

static void make_answer(struct answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    hotline__v1__get_order_response__init(&answer->response);
    hotline__v1__order__init(&answer->order);
    hotline__v1__order_text__init(&answer->text);
    hotline__v1__place__init(&answer->place);
    hotline__v1__citizen__init(&answer->citizen);
    hotline__v1__reply__init(&answer->reply);
    hotline__v1__citizen_answer__init(&answer->told);
    for (size_t i = 0; i < COUNT_OF(answer->phones); i++) {
        hotline__v1__citizen_phone__init(&answer->phones[i]);
        answer->phone_list[i] = &answer->phones[i];
    }
    answer->response.order = &answer->order;
    answer->order.name = sample_text("subdistricts/310113003/orders/01J9");
    answer->order.text = &answer->text;
    answer->order.place = &answer->place;
    answer->order.citizen = &answer->citizen;
    answer->order.replies = answer->replies;
    answer->order.n_replies = 1;
    answer->replies[0] = &answer->reply;
    answer->reply.answer = &answer->told;
    answer->told.summary = sample_text("已电话告知");
    answer->told.delivered_to = sample_text("李某");
    answer->text.title = sample_text("楼道堆物");
    answer->place.address = sample_text("友谊路1号");
    answer->citizen.name = sample_text("陈某芳");
    answer->citizen.phones = answer->phone_list;
    answer->citizen.n_phones = 2;
    answer->phones[0].number = sample_text("13800000001");
    answer->phones[1].number = sample_text("021-00000001");
    answer->citizen.id_number = sample_text("310113199001011234");
    answer->citizen.address = sample_text("宝山区友谊路街道某小区1号302室");
    answer->citizen.contact_person = sample_text("Wang Wu");
}

/* clang-format off */
static const struct shown {
    enum relation relation;
    const char *name, *mobile, *landline, *id_number, *address, *contact, *place, *title, *told_to;
    bool masked;
} shown[] = {
    {RELATION_DISTRICT, "陈某芳", "13800000001", "021-00000001", "310113199001011234", "宝山区友谊路街道某小区1号302室", "Wang Wu", "友谊路1号", "楼道堆物", "李某", false},
    {RELATION_OFFICE,   "陈**", "138****0001", "021****0001", "310***34", "宝山区友谊路***", "W**", "友谊路1号", "楼道堆物", "李**", true},
    {RELATION_UNIT,     "陈**", "138****0001", "021****0001", "", "", "W**", "友谊路1号", "楼道堆物", "李**", true},
    {RELATION_LEADER,   "陈**", "138****0001", "021****0001", "", "", "W**", "友谊路1号", "楼道堆物", "李**", true},
    {RELATION_AUDIT,    "陈**", "138****0001", "021****0001", "", "", "W**", "友谊路1号", "楼道堆物", "李**", true},
    {RELATION_INFORMED, "", "", "", "", "", "", "友谊路1号", "", "", true},
    {RELATION_NONE,     "", "", "", "", "", "", "", "", "", true},
};
/* clang-format on */

static void each_relation_sees_its_part(void **state)
{
    assert_int_equal(COUNT_OF(shown), RELATION_MAX);
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct answer answer;
        struct arena a;

        make_answer(&answer);
        arena_init(&a, ARENA_BYTES_MAX);
        assert_true(field_rules_mask(*state, &answer.response.base, shown[i].relation, &a));
        assert_string_equal(answer.citizen.name, shown[i].name);
        assert_string_equal(answer.phones[0].number, shown[i].mobile);
        assert_string_equal(answer.phones[1].number, shown[i].landline);
        assert_string_equal(answer.citizen.id_number, shown[i].id_number);
        assert_string_equal(answer.citizen.address, shown[i].address);
        assert_string_equal(answer.citizen.contact_person, shown[i].contact);
        assert_string_equal(answer.place.address, shown[i].place);
        assert_string_equal(answer.text.title, shown[i].title);
        assert_string_equal(answer.told.delivered_to, shown[i].told_to);
        assert_int_equal(answer.citizen.masked, shown[i].masked);
        assert_string_equal(answer.order.name, "subdistricts/310113003/orders/01J9");
        arena_release(&a);
    }
}

/* What the office sees of a value in each field. */
static const struct shortened {
    const char *name, *name_shown;
    const char *phone, *phone_shown;
    const char *id_number, *id_shown;
    const char *address, *address_shown;
} shortened[] = {
    /* a character of four bytes is one character; numbers at the edge of their length */
    { "𠮷田", "𠮷**", "+8613800000001", "+86****0001", "3101131990", "310***90",
      "一二三四五六七八九十一二", "一二三四五六***" },
    /* a body; ten digits keep two; a short address keeps half */
    { "上海某某公司", "上**", "0210000001", "****01", "310113199", "***", "一二三四五", "一二***" },
    /* one character; seven digits; one character of address keeps nothing */
    { "陈", "陈**", "1234567", "****67", "1", "***", "村", "***" },
    /* six digits keep none; two characters keep one */
    { "é", "é**", "110110", "****", "12345678901", "123***01", "本村", "本***" },
    /* digits of three bytes each are counted as characters */
    { "a", "a**", "１３８０００００００１", "１３８****０００１", "", "", "", "" },
    /* what is no UTF-8 does not break out of its string */
    { "\xe9", "\xe9**", "\x80\x80", "****", "\xff\xff", "***", "\xe4\xb8", "***" },
};

static void values_are_shortened_by_characters(void **state)
{
    for (size_t i = 0; i < COUNT_OF(shortened); i++) {
        const struct shortened *row = &shortened[i];
        struct answer answer;
        struct arena a;

        make_answer(&answer);
        answer.citizen.name = sample_text(row->name);
        answer.phones[0].number = sample_text(row->phone);
        answer.citizen.id_number = sample_text(row->id_number);
        answer.citizen.address = sample_text(row->address);
        arena_init(&a, ARENA_BYTES_MAX);
        /* an order alone, as lists mask each of theirs */
        assert_true(field_rules_mask(*state, &answer.order.base, RELATION_OFFICE, &a));
        assert_string_equal(answer.citizen.name, row->name_shown);
        assert_string_equal(answer.phones[0].number, row->phone_shown);
        assert_string_equal(answer.citizen.id_number, row->id_shown);
        assert_string_equal(answer.citizen.address, row->address_shown);
        arena_release(&a);
    }
}

static void nothing_hidden_is_not_called_masked(void **state)
{
    struct answer answer;
    struct arena a;

    make_answer(&answer);
    hotline__v1__citizen__init(&answer.citizen); /* anonymous: nothing to hide */
    arena_init(&a, ARENA_BYTES_MAX);
    assert_true(field_rules_mask(*state, &answer.response.base, RELATION_UNIT, &a));
    assert_int_equal(answer.citizen.masked, 0);
    answer.order.citizen = NULL;
    answer.citizen.name = NULL;
    assert_true(field_rules_mask(*state, &answer.response.base, RELATION_INFORMED, &a));
    arena_release(&a);
}

/* Whatever fails, no value that should be hidden stays in sight. */
static void a_failed_mask_hides_all_the_same(void **state)
{
    struct answer answer;
    struct arena a;

    make_answer(&answer);
    arena_init(&a, 0);
    assert_false(field_rules_mask(*state, &answer.response.base, RELATION_OFFICE, &a));
    assert_string_equal(answer.citizen.name, "");
    assert_string_equal(answer.phones[1].number, "");
    assert_string_equal(answer.citizen.address, "");
    assert_string_equal(answer.told.delivered_to, "");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_relation_sees_its_part),
        cmocka_unit_test(values_are_shortened_by_characters),
        cmocka_unit_test(nothing_hidden_is_not_called_masked),
        cmocka_unit_test(a_failed_mask_hides_all_the_same),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
