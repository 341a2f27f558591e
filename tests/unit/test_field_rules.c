/* test_field_rules.c - the rules read from the descriptor set, and the check of requests. */
#include "service/field_rules.h"

#include <errno.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <hotline/v1/calendar.pb-c.h>
#include <hotline/v1/dispatch.pb-c.h>
#include <hotline/v1/review.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"
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

static void a_good_delivery_passes(void **state)
{
    struct delivery d;
    struct arena a;

    sample_delivery(&d);
    arena_init(&a, ARENA_BYTES_MAX);
    assert_null(field_rules_check(*state, &d.request.base, &a));
    assert_int_equal(a.bytes, 0); /* and costs no memory */
    arena_release(&a);
}

/* clang-format off */
static void no_parent(struct delivery *d) { d->request.parent = sample_text(""); }
static void null_parent(struct delivery *d) { d->request.parent = NULL; }
static void long_title(struct delivery *d) { d->text.title = d->long_text + 9001 - 301; }
static void full_title(struct delivery *d) { d->text.title = d->long_text + 9001 - 300; }
static void short_uuid(struct delivery *d) { d->request.request_id = sample_text("0190b6a0"); }
static void uuid_digits(struct delivery *d) { d->request.request_id = sample_text("0190b6a0-7b5c-4d1e-9f00-0123456789ag"); }
static void uuid_hyphens(struct delivery *d) { d->request.request_id = sample_text("0190b6a007b5c-4d1e-9f00-0123456789ab"); }
static void bad_name(struct delivery *d) { d->place.residential_area = sample_text("units/J01"); }
static void no_area(struct delivery *d) { d->place.residential_area = sample_text(""); }
static void no_channel(struct delivery *d) { d->request.channel = 0; }
static void odd_channel(struct delivery *d) { d->request.channel = 77; }
static void huge_channel(struct delivery *d) { d->request.channel = (Hotline__V1__IntakeChannel)0x7ffffff0; }
static void odd_sex(struct delivery *d) { d->citizen.sex = 63; }
static void no_text(struct delivery *d) { d->request.text = NULL; }
static void no_place(struct delivery *d) { d->request.place = NULL; }
static void no_number(struct delivery *d) { d->phones[1].number = sample_text(""); }
static void many_phones(struct delivery *d) { d->citizen.n_phones = 4; }
static void many_related(struct delivery *d) { d->request.n_related_district_numbers = 21; }
static void empty_related(struct delivery *d) { d->related[19] = sample_text(""); }
static void early(struct delivery *d) { d->received.seconds = -1; }
static void first(struct delivery *d) { d->received.seconds = 0; }
static void late(struct delivery *d) { d->received.seconds = 7258118400; }
static void last(struct delivery *d) { d->received.seconds = 7258118399; d->received.nanos = 999999999; }
static void many_nanos(struct delivery *d) { d->received.nanos = 1000000000; }
static void few_nanos(struct delivery *d) { d->received.nanos = -1; }

static const struct spoilt {
    void (*spoil)(struct delivery *d);
    const char *field, *zh, *en; /* NULL: it is still good */
} spoilt[] = {
    {no_parent,     "parent", "必填，不能为空", "is required, must not be empty"},
    {null_parent,   "parent", "必填，不能为空", "is required, must not be empty"},
    {long_title,    "text.title", "最多 300 字节", "at most 300 bytes"},
    {full_title,    NULL, NULL, NULL},
    {short_uuid,    "request_id", NULL, "must be a UUID: 36 characters, hexadecimal 8-4-4-4-12"},
    {uuid_digits,   "request_id", NULL, NULL},
    {uuid_hyphens,  "request_id", NULL, NULL},
    {bad_name,      "place.residential_area", NULL, NULL},
    {no_area,       NULL, NULL, NULL},
    {no_channel,    "channel", "须为 hotline.v1.IntakeChannel 已定义的取值", "must be a defined value of hotline.v1.IntakeChannel"},
    {odd_channel,   "channel", NULL, NULL},
    {huge_channel,  "channel", NULL, NULL},
    {odd_sex,       "citizen.sex", NULL, "must be one of: SEX_MALE, SEX_FEMALE"},
    {no_text,       "text", "必填", "is required"},
    {no_place,      NULL, NULL, NULL},
    {no_number,     "citizen.phones[1].number", NULL, NULL},
    {many_phones,   "citizen.phones", "最多 3 项", "at most 3 entries"},
    {many_related,  "related_district_numbers", "最多 20 项", NULL},
    {empty_related, "related_district_numbers[19]", NULL, NULL},
    {early,         "received_time", NULL, NULL},
    {first,         NULL, NULL, NULL},
    {late,          "received_time", NULL, NULL},
    {last,          NULL, NULL, NULL},
    {many_nanos,    "received_time", NULL, NULL},
    {few_nanos,     "received_time", NULL, NULL},
};
/* clang-format on */

static void each_wrong_field_is_named_with_what_is_allowed(void **state)
{
    for (size_t i = 0; i < COUNT_OF(spoilt); i++) {
        const struct refusal *refusal;
        struct delivery d;
        struct arena a;

        sample_delivery(&d);
        spoilt[i].spoil(&d);
        arena_init(&a, ARENA_BYTES_MAX);
        refusal = field_rules_check(*state, &d.request.base, &a);
        if (!spoilt[i].field) {
            assert_null(refusal);
        } else {
            if (!refusal || refusal->n_fields != 1)
                fail_msg("row %zu: %zu fields", i, refusal ? refusal->n_fields : 0);
            assert_int_equal(refusal->fault->id, FAULT_REQUEST_INVALID);
            assert_string_equal(refusal->fields[0].field, spoilt[i].field);
            if (spoilt[i].zh)
                assert_string_equal(refusal->fields[0].zh, spoilt[i].zh);
            if (spoilt[i].en)
                assert_string_equal(refusal->fields[0].en, spoilt[i].en);
        }
        arena_release(&a);
    }
}

static void all_wrong_fields_are_named_up_to_the_maximum(void **state)
{
    const struct refusal *refusal;
    struct delivery d;
    struct arena a;

    sample_delivery(&d);
    d.request.parent = sample_text("");
    d.text.title = sample_text("");
    for (size_t i = 0; i < 20; i++)
        d.related[i] = sample_text("");
    arena_init(&a, ARENA_BYTES_MAX);
    refusal = field_rules_check(*state, &d.request.base, &a);
    assert_int_equal(refusal->n_fields, REFUSAL_FIELDS_MAX);
    assert_string_equal(refusal->fields[0].field, "parent");
    assert_string_equal(refusal->fields[1].field, "text.title");
    assert_string_equal(refusal->fields[15].field, "related_district_numbers[13]");
    arena_release(&a);
}

static void a_refusal_without_memory_is_still_a_refusal(void **state)
{
    for (uint64_t n = 1; n <= 2; n++) {
        const struct refusal *refusal;
        struct delivery d;
        struct arena a;

        sample_delivery(&d);
        for (size_t i = 0; i < 20; i++)
            d.related[i] = sample_text("");
        d.request.channel = 77;
        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n);
        refusal = field_rules_check(*state, &d.request.base, &a);
        memory_fail_at(0);
        assert_int_equal(refusal->fault->id, FAULT_REQUEST_INVALID);
        arena_release(&a);
    }
}

static void a_oneof_must_be_chosen_and_filled(void **state)
{
    Hotline__V1__DispatchOrderRequest request = HOTLINE__V1__DISPATCH_ORDER_REQUEST__INIT;
    Hotline__V1__StatutoryDispatch statutory = HOTLINE__V1__STATUTORY_DISPATCH__INIT;
    const struct refusal *refusal;
    struct arena a;

    request.name = sample_text("subdistricts/310113003/orders/01J9");
    request.request_id = sample_text("0190b6a0-7b5c-4d1e-9f00-0123456789ab");
    arena_init(&a, ARENA_BYTES_MAX);
    refusal = field_rules_check(*state, &request.base, &a);
    assert_int_equal(refusal->n_fields, 1);
    assert_string_equal(refusal->fields[0].field, "statutory");
    assert_string_equal(refusal->fields[0].en, "is required: statutory");

    request.mode_case = HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY;
    request.statutory = &statutory;
    statutory.legal_basis = sample_text("《城市管理条例》");
    statutory.limit_class = 7; /* between two known numbers */
    refusal = field_rules_check(*state, &request.base, &a);
    assert_int_equal(refusal->n_fields, 2);
    assert_string_equal(refusal->fields[0].field, "statutory.main_unit");
    assert_string_equal(refusal->fields[1].field, "statutory.limit_class");
    assert_string_equal(
        refusal->fields[1].en,
        "must be one of: LIMIT_CLASS_ONE_DAY, LIMIT_CLASS_FIVE_DAYS, LIMIT_CLASS_TEN_DAYS");
    request.statutory = NULL; /* chosen, but nothing there */
    refusal = field_rules_check(*state, &request.base, &a);
    assert_string_equal(refusal->fields[0].field, "statutory");
    arena_release(&a);
}

static void numbers_keep_to_their_range(void **state)
{
    static const struct {
        uint32_t days;
        bool good;
    } rows[] = { { 0, false }, { 1, true }, { 250, true }, { 251, false }, { UINT32_MAX, false } };
    Hotline__V1__AddWorkingDaysRequest request = HOTLINE__V1__ADD_WORKING_DAYS_REQUEST__INIT;
    Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    struct arena a;

    request.parent = sample_text("subdistricts/310113003");
    request.start_time = &start;
    arena_init(&a, ARENA_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct refusal *refusal;

        request.working_days = rows[i].days;
        refusal = field_rules_check(*state, &request.base, &a);
        assert_int_equal(refusal == NULL, rows[i].good);
        if (refusal)
            assert_string_equal(refusal->fields[0].zh, "须在 1 至 250 之间");
    }
    arena_release(&a);
}

static void each_number_of_a_list_keeps_to_the_range(void **state)
{
    Hotline__V1__GetCalendarRequest request = HOTLINE__V1__GET_CALENDAR_REQUEST__INIT;
    uint32_t years[] = { 2024, 2025, 1999 };
    const struct refusal *refusal;
    struct arena a;

    request.parent = sample_text("subdistricts/310113003");
    request.years = years;
    request.n_years = 2;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_null(field_rules_check(*state, &request.base, &a));
    request.n_years = 3;
    refusal = field_rules_check(*state, &request.base, &a);
    assert_string_equal(refusal->fields[0].field, "years[2]");
    assert_string_equal(refusal->fields[0].en, "must be from 2000 to 2100");
    arena_release(&a);
}

static void a_required_list_has_entries_and_none_is_unspecified(void **state)
{
    Hotline__V1__RejectReplyRequest request = HOTLINE__V1__REJECT_REPLY_REQUEST__INIT;
    Hotline__V1__RejectionReason reasons[] = {
        HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_CITIZEN_NOT_ANSWERED,
        HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_UNSPECIFIED
    };
    const struct refusal *refusal;
    size_t wrong = 0;
    struct arena a;

    request.name = sample_text("subdistricts/310113003/orders/01J9");
    request.request_id = sample_text("0190b6a0-7b5c-4d1e-9f00-0123456789ab");
    arena_init(&a, ARENA_BYTES_MAX);
    refusal = field_rules_check(*state, &request.base, &a);
    for (size_t i = 0; refusal && i < refusal->n_fields; i++)
        wrong += strcmp(refusal->fields[i].field, "reasons") == 0;
    assert_int_equal(wrong, 1);
    request.reasons = reasons;
    request.n_reasons = 2;
    refusal = field_rules_check(*state, &request.base, &a);
    wrong = 0;
    for (size_t i = 0; refusal && i < refusal->n_fields; i++)
        wrong += strcmp(refusal->fields[i].field, "reasons[1]") == 0;
    assert_int_equal(wrong, 1);
    arena_release(&a);
}

static void output_only_fields_are_ignored_and_stripped(void **state)
{
    Hotline__V1__PutCalendarYearRequest request = HOTLINE__V1__PUT_CALENDAR_YEAR_REQUEST__INIT;
    Hotline__V1__CalendarYear year = HOTLINE__V1__CALENDAR_YEAR__INIT;
    Google__Protobuf__Timestamp load_time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Hotline__V1__Actor actor = HOTLINE__V1__ACTOR__INIT;
    struct arena a;

    request.name = sample_text("subdistricts/310113003/calendars/2026");
    request.request_id = sample_text("0190b6a0-7b5c-4d1e-9f00-0123456789ab");
    request.calendar_year = &year;
    year.year = 2026;
    year.status = HOTLINE__V1__CALENDAR_STATUS__CALENDAR_STATUS_OFFICIAL;
    year.name = sample_text("no resource name");
    year.version = 99;
    year.loaded_by = &actor;
    year.load_time = &load_time;
    load_time.seconds = -5;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_null(field_rules_check(*state, &request.base, &a));
    field_rules_strip(*state, &request.base);
    assert_string_equal(year.name, "");
    assert_int_equal(year.version, 0);
    assert_null(year.loaded_by);
    assert_null(year.load_time);
    assert_int_equal(year.year, 2026);
    arena_release(&a);
}

static void a_request_without_output_only_fields_is_left_alone(void **state)
{
    struct delivery d, before;

    sample_delivery(&d);
    d.citizen.masked = 1;
    sample_delivery(&before);
    field_rules_strip(*state, &d.request.base);
    assert_int_equal(d.citizen.masked, 0);
    assert_string_equal(d.citizen.name, before.citizen.name);
    d.request.citizen = NULL;
    field_rules_strip(*state, &d.request.base);
}

/* the reading of the descriptor set ------------------------------------------------------------ */

/* Creation that must fail, and what it says. */
static void assert_defect(struct slice set, const ProtobufCServiceDescriptor *const *of,
                          const char *expected)
{
    struct field_rules *rules = NULL;
    const char *why = NULL;
    struct arena a;

    arena_init(&a, ARENA_BYTES_MAX);
    assert_int_equal(field_rules_create(set, of, &a, &rules, &why), -EINVAL);
    assert_string_equal(why, expected);
    assert_null(rules);
    arena_release(&a);
}

static Google__Protobuf__DescriptorProto *message_in(Google__Protobuf__FileDescriptorSet *set,
                                                     const char *name)
{
    for (size_t i = 0; i < set->n_file; i++)
        for (size_t j = 0; j < set->file[i]->n_message_type; j++)
            if (strcmp(set->file[i]->message_type[j]->name, name) == 0)
                return set->file[i]->message_type[j];
    fail_msg("no message %s", name);
    return NULL;
}

/* The set with one field of CitizenPhone changed. */
static void assert_defect_after(void (*change)(Google__Protobuf__FieldDescriptorProto *field),
                                const char *expected)
{
    struct slice original = sample_descriptor_set();
    Google__Protobuf__FileDescriptorSet *set =
        google__protobuf__file_descriptor_set__unpack(NULL, original.size, original.data);
    uint8_t *bytes;
    size_t size;

    change(message_in(set, "CitizenPhone")->field[0]);
    size = google__protobuf__file_descriptor_set__get_packed_size(set);
    bytes = malloc(size);
    google__protobuf__file_descriptor_set__pack(set, bytes);
    assert_defect(slice_of(bytes, size), sample_services, expected);
    free(bytes);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

static void drop_rule(Google__Protobuf__FieldDescriptorProto *field)
{
    field->options->base.unknown_fields[0].tag = 50013;
}

static void break_rule(Google__Protobuf__FieldDescriptorProto *field)
{
    ProtobufCMessageUnknownField *rule = &field->options->base.unknown_fields[0];

    memset(rule->data + 1, 0xff, rule->len - 1);
}

static void renumber(Google__Protobuf__FieldDescriptorProto *field)
{
    field->number = 77;
}

static void a_defect_of_the_contract_is_found_at_start(void **state)
{
    (void)state;
    assert_defect_after(drop_rule, "hotline.v1.CitizenPhone.number: has no privacy class");
    assert_defect_after(break_rule, "hotline.v1.CitizenPhone.number: its rule is unreadable");
    assert_defect_after(renumber, "hotline.v1.CitizenPhone.number: is not in the descriptor set");
    assert_defect(slice_of("", 0), sample_services,
                  "hotline.v1.ReceiveOrderRequest: is not in the descriptor set");
    assert_defect(slice_of("\xff\xff", 2), sample_services, "the descriptor set is unreadable");
}

/* ReceiveOrderResponse.order, as if it were a ReceiveOrderResponse. */
static void a_message_that_contains_itself_is_a_defect(void **state)
{
    static ProtobufCFieldDescriptor field = {
        .name = "order", .id = 1, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_MESSAGE
    };
    static ProtobufCMessageDescriptor type = { .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                               .name = "hotline.v1.ReceiveOrderResponse",
                                               .n_fields = 1,
                                               .fields = &field };
    static const ProtobufCMethodDescriptor method = { .input = &type, .output = &type };
    static const ProtobufCServiceDescriptor service = { .n_methods = 1, .methods = &method };
    const ProtobufCServiceDescriptor *const of[] = { &service, NULL };

    (void)state;
    field.descriptor = &type;
    assert_defect(sample_descriptor_set(), of, "hotline.v1.ReceiveOrderResponse: contains itself");
}

static void creation_survives_every_failing_allocation(void **state)
{
    int r = -ENOMEM;

    (void)state;
    for (uint64_t n = 1; r != 0; n++) {
        struct field_rules *rules = NULL;
        const char *why = NULL;
        struct arena a;

        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n);
        r = field_rules_create(sample_descriptor_set(), sample_services, &a, &rules, &why);
        assert_true(r == 0 || (r == -ENOMEM && !rules && !why));
        memory_fail_at(0);
        field_rules_free(rules);
        arena_release(&a);
    }
}

static void a_defect_told_without_memory_is_trouble(void **state)
{
    const ProtobufCServiceDescriptor *const of[] = { sample_services[0], NULL };
    struct field_rules *rules = NULL;
    const char *why = NULL;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(field_rules_create(slice_of("", 0), of, &a, &rules, &why), -ENOMEM);
    assert_null(field_rules_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_delivery_passes),
        cmocka_unit_test(each_wrong_field_is_named_with_what_is_allowed),
        cmocka_unit_test(all_wrong_fields_are_named_up_to_the_maximum),
        cmocka_unit_test(a_refusal_without_memory_is_still_a_refusal),
        cmocka_unit_test(a_oneof_must_be_chosen_and_filled),
        cmocka_unit_test(numbers_keep_to_their_range),
        cmocka_unit_test(each_number_of_a_list_keeps_to_the_range),
        cmocka_unit_test(a_required_list_has_entries_and_none_is_unspecified),
        cmocka_unit_test(output_only_fields_are_ignored_and_stripped),
        cmocka_unit_test(a_request_without_output_only_fields_is_left_alone),
        cmocka_unit_test(a_defect_of_the_contract_is_found_at_start),
        cmocka_unit_test(a_message_that_contains_itself_is_a_defect),
        cmocka_unit_test(creation_survives_every_failing_allocation),
        cmocka_unit_test(a_defect_told_without_memory_is_trouble),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
