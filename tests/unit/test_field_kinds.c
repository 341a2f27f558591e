/*
 * test_field_kinds.c - kinds of fields that the API may use one day and does not yet: bytes, wide
 * numbers, a oneof of several, lists of names. The contract of options.proto holds for them too.
 */
#include "service/field_rules.h"

#include <errno.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <hotline/v1/options.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"
#include "tests/support/request_samples.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 20, FIELDS = 12, RULE_BYTES = 64 };

struct kinds {
    ProtobufCMessage base;
    ProtobufCBinaryData seal;
    size_t n_blobs;
    ProtobufCBinaryData *blobs;
    uint64_t wide;
    int64_t deep;
    int32_t count;
    uint32_t mode_case;
    union {
        int32_t number;
        char *word;
    };
    size_t n_names;
    char **names;
    size_t n_flags;
    protobuf_c_boolean *flags;
    double ratio;
    protobuf_c_boolean masked;
    uint64_t total;
};

#define ONEOF PROTOBUF_C_FIELD_FLAG_ONEOF
#define ONE PROTOBUF_C_LABEL_NONE
#define MANY PROTOBUF_C_LABEL_REPEATED
#define NAME HOTLINE__V1__PRIVACY__PRIVACY_NAME
#define AT(member) .offset = offsetof(struct kinds, member)
#define BESIDE(member) .quantifier_offset = offsetof(struct kinds, member)

/* clang-format off */
static const ProtobufCFieldDescriptor fields[FIELDS] = {
    {.name = "seal",   .id = 1,  .label = ONE,  .type = PROTOBUF_C_TYPE_BYTES,  AT(seal)},
    {.name = "blobs",  .id = 2,  .label = MANY, .type = PROTOBUF_C_TYPE_BYTES,  AT(blobs), BESIDE(n_blobs)},
    {.name = "wide",   .id = 3,  .label = ONE,  .type = PROTOBUF_C_TYPE_UINT64, AT(wide)},
    {.name = "deep",   .id = 4,  .label = ONE,  .type = PROTOBUF_C_TYPE_SINT64, AT(deep)},
    {.name = "count",  .id = 5,  .label = ONE,  .type = PROTOBUF_C_TYPE_SINT32, AT(count)},
    {.name = "number", .id = 6,  .label = ONE,  .type = PROTOBUF_C_TYPE_INT32,  AT(number), BESIDE(mode_case), .flags = ONEOF},
    {.name = "word",   .id = 7,  .label = ONE,  .type = PROTOBUF_C_TYPE_STRING, AT(word),   BESIDE(mode_case), .flags = ONEOF},
    {.name = "names",  .id = 8,  .label = MANY, .type = PROTOBUF_C_TYPE_STRING, AT(names),  BESIDE(n_names)},
    {.name = "flags",  .id = 9,  .label = MANY, .type = PROTOBUF_C_TYPE_BOOL,   AT(flags),  BESIDE(n_flags)},
    {.name = "ratio",  .id = 10, .label = ONE,  .type = PROTOBUF_C_TYPE_DOUBLE, AT(ratio)},
    {.name = "masked", .id = 11, .label = ONE,  .type = PROTOBUF_C_TYPE_BOOL,   AT(masked)},
    {.name = "total",  .id = 12, .label = ONE,  .type = PROTOBUF_C_TYPE_FIXED64, AT(total)},
};

static const struct rule {
    int oneof; /* 1: a member of `mode` */
    Hotline__V1__FieldRule rule;
} rules_of_fields[FIELDS] = {
    {0, {.required = 1, .max_bytes = 4, .privacy = NAME}},
    {0, {.max_bytes = 4, .max_items = 2, .privacy = NAME}},
    {0, {.min = 2, .max = INT64_MAX}},
    {0, {.min = -5, .max = 5}},
    {0, {.required = 1}},
    {1, {.required = 1}},
    {1, {.required = 1, .max_bytes = 6, .privacy = NAME}},
    {0, {.max_items = 3, .privacy = NAME}},
    {0, {.max_items = 1}},
    {0, {.output_only = 1}},
    {0, {.output_only = 1}},
    {0, {.required = 1}},
};
/* clang-format on */

static const ProtobufCMessageDescriptor type = { .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                                 .name = "test.Kinds",
                                                 .sizeof_message = sizeof(struct kinds),
                                                 .n_fields = FIELDS,
                                                 .fields = fields,
                                                 .n_field_ranges = 1,
                                                 .field_ranges = (const ProtobufCIntRange[]){
                                                     { 1, 0 }, { 0, FIELDS } } };
static const ProtobufCMethodDescriptor method = { .input = &type, .output = &type };
static const ProtobufCServiceDescriptor service = { .n_methods = 1, .methods = &method };

/* The descriptor set that protoc would write, with the rules as extension 50012. */
struct paper {
    Google__Protobuf__FieldDescriptorProto field[FIELDS], *field_list[FIELDS];
    Google__Protobuf__FieldOptions options[FIELDS];
    ProtobufCMessageUnknownField extension[FIELDS];
    uint8_t bytes[FIELDS][RULE_BYTES];
};

static void describe_field(struct paper *paper, size_t i)
{
    Hotline__V1__FieldRule rule;
    size_t size;

    google__protobuf__field_descriptor_proto__init(&paper->field[i]);
    google__protobuf__field_options__init(&paper->options[i]);
    hotline__v1__field_rule__init(&rule);
    rule.required = rules_of_fields[i].rule.required;
    rule.max_bytes = rules_of_fields[i].rule.max_bytes;
    rule.max_items = rules_of_fields[i].rule.max_items;
    rule.min = rules_of_fields[i].rule.min;
    rule.max = rules_of_fields[i].rule.max;
    rule.privacy = rules_of_fields[i].rule.privacy;
    rule.output_only = rules_of_fields[i].rule.output_only;
    size = hotline__v1__field_rule__pack(&rule, paper->bytes[i] + 1);
    must(size < RULE_BYTES);
    paper->bytes[i][0] = (uint8_t)size;
    paper->extension[i] =
        (ProtobufCMessageUnknownField){ .tag = 50012,
                                        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                        .len = size + 1,
                                        .data = paper->bytes[i] };
    paper->options[i].base.n_unknown_fields = 1;
    paper->options[i].base.unknown_fields = &paper->extension[i];
    paper->field[i].name = sample_text(fields[i].name);
    paper->field[i].has_number = 1;
    paper->field[i].number = (int32_t)fields[i].id;
    paper->field[i].has_oneof_index = rules_of_fields[i].oneof;
    paper->field[i].options = &paper->options[i];
    paper->field_list[i] = &paper->field[i];
}

static int setup(void **state)
{
    static const ProtobufCServiceDescriptor *const of[] = { &service, NULL };
    Google__Protobuf__FileDescriptorSet set = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_SET__INIT;
    Google__Protobuf__FileDescriptorProto file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__DescriptorProto message = GOOGLE__PROTOBUF__DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__OneofDescriptorProto mode = GOOGLE__PROTOBUF__ONEOF_DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__FileDescriptorProto *files[] = { &file };
    Google__Protobuf__DescriptorProto *messages[] = { &message };
    Google__Protobuf__OneofDescriptorProto *oneofs[] = { &mode };
    struct field_rules *rules = NULL;
    const char *why = "no memory";
    struct paper paper;
    uint8_t bytes[4096];
    struct arena a;
    size_t size;

    for (size_t i = 0; i < FIELDS; i++)
        describe_field(&paper, i);
    mode.name = sample_text("mode");
    message.name = sample_text("Kinds");
    message.n_field = FIELDS;
    message.field = paper.field_list;
    message.n_oneof_decl = 1;
    message.oneof_decl = oneofs;
    file.package = sample_text("test");
    file.n_message_type = 1;
    file.message_type = messages;
    set.n_file = 1;
    set.file = files;
    must(google__protobuf__file_descriptor_set__get_packed_size(&set) <= sizeof(bytes));
    size = google__protobuf__file_descriptor_set__pack(&set, bytes);
    arena_init(&a, ARENA_BYTES_MAX);
    if (field_rules_create(slice_of(bytes, size), of, &a, &rules, &why) < 0)
        fail_msg("%s", why);
    arena_release(&a);
    *state = rules;
    return 0;
}

static int teardown(void **state)
{
    *state = field_rules_free(*state);
    return 0;
}

static void make_kinds(struct kinds *kinds)
{
    static uint8_t four[4];

    memset(kinds, 0, sizeof(*kinds));
    kinds->base.descriptor = &type;
    kinds->seal = (ProtobufCBinaryData){ .len = 4, .data = four };
    kinds->wide = UINT64_MAX;
    kinds->count = -1;
    kinds->mode_case = 6;
    kinds->number = 1;
    kinds->total = 1;
}

/* NULL when it is good; else its only wrong field. */
static void assert_wrong(const struct field_rules *rules, const struct kinds *kinds,
                         const char *field)
{
    const struct refusal *refusal;
    struct arena a;

    arena_init(&a, ARENA_BYTES_MAX);
    refusal = field_rules_check(rules, &kinds->base, &a);
    if (!field) {
        assert_null(refusal);
    } else {
        assert_non_null(refusal);
        assert_int_equal(refusal->n_fields, 1);
        assert_string_equal(refusal->fields[0].field, field);
    }
    arena_release(&a);
}

static void bytes_are_required_and_bounded(void **state)
{
    static uint8_t five[5];
    ProtobufCBinaryData blobs[3] = { { 1, five }, { 5, five }, { 1, five } };
    struct kinds kinds;

    make_kinds(&kinds);
    assert_wrong(*state, &kinds, NULL);
    kinds.seal = (ProtobufCBinaryData){ .len = 5, .data = five };
    assert_wrong(*state, &kinds, "seal");
    kinds.seal.len = 0;
    assert_wrong(*state, &kinds, "seal");
    make_kinds(&kinds);
    kinds.blobs = blobs;
    kinds.n_blobs = 2;
    assert_wrong(*state, &kinds, "blobs[1]");
    blobs[1].len = 0;
    assert_wrong(*state, &kinds, "blobs[1]");
    kinds.n_blobs = 3;
    assert_wrong(*state, &kinds, "blobs");
}

static void wide_and_signed_numbers_keep_to_their_range(void **state)
{
    struct kinds kinds;

    make_kinds(&kinds);
    kinds.wide = 1;
    assert_wrong(*state, &kinds, "wide");
    make_kinds(&kinds);
    kinds.deep = -6;
    assert_wrong(*state, &kinds, "deep");
    kinds.deep = -5;
    assert_wrong(*state, &kinds, NULL);
    kinds.count = 0;
    assert_wrong(*state, &kinds, "count");
    make_kinds(&kinds);
    kinds.total = 0;
    assert_wrong(*state, &kinds, "total");
}

static void a_oneof_of_several_is_called_by_its_name(void **state)
{
    const struct refusal *refusal;
    struct kinds kinds;
    struct arena a;

    make_kinds(&kinds);
    kinds.mode_case = 0;
    assert_wrong(*state, &kinds, "mode");
    arena_init(&a, ARENA_BYTES_MAX);
    refusal = field_rules_check(*state, &kinds.base, &a);
    assert_string_equal(refusal->fields[0].en, "is required: number, word");
    arena_release(&a);
    kinds.mode_case = 7;
    kinds.word = sample_text("seven b");
    assert_wrong(*state, &kinds, "word");
    kinds.word = sample_text("six");
    assert_wrong(*state, &kinds, NULL);
}

static void lists_of_what_is_not_checked_are_still_bounded(void **state)
{
    protobuf_c_boolean flags[2] = { 1, 0 };
    struct kinds kinds;

    make_kinds(&kinds);
    kinds.flags = flags;
    kinds.n_flags = 1;
    assert_wrong(*state, &kinds, NULL);
    kinds.n_flags = 2;
    assert_wrong(*state, &kinds, "flags");
}

static void names_in_a_list_are_shortened_or_gone(void **state)
{
    char *names[2] = { sample_text("陈某芳"), sample_text("") };
    struct kinds kinds;
    struct arena a;

    make_kinds(&kinds);
    kinds.names = names;
    kinds.n_names = 2;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_true(field_rules_mask(*state, &kinds.base, RELATION_OFFICE, &a));
    assert_int_equal(kinds.n_names, 2);
    assert_string_equal(kinds.names[0], "陈**");
    assert_string_equal(kinds.names[1], "");
    assert_int_equal(kinds.seal.len, 0); /* bytes have no part that could be shown */
    assert_int_equal(kinds.masked, 1);
    assert_true(field_rules_mask(*state, &kinds.base, RELATION_INFORMED, &a));
    assert_int_equal(kinds.n_names, 0);
    arena_release(&a);
}

static void a_member_of_a_oneof_is_masked_only_when_chosen(void **state)
{
    struct kinds kinds;
    struct arena a;

    make_kinds(&kinds);
    kinds.seal.len = 0;
    kinds.number = 0x41; /* no pointer: touching it as a word would crash */
    arena_init(&a, ARENA_BYTES_MAX);
    assert_true(field_rules_mask(*state, &kinds.base, RELATION_NONE, &a));
    assert_int_equal(kinds.number, 0x41);
    assert_int_equal(kinds.masked, 0);
    kinds.mode_case = 7;
    kinds.word = sample_text("王五");
    assert_true(field_rules_mask(*state, &kinds.base, RELATION_UNIT, &a));
    assert_string_equal(kinds.word, "王**");
    arena_release(&a);
}

static void output_only_numbers_are_stripped(void **state)
{
    struct kinds kinds;

    make_kinds(&kinds);
    kinds.ratio = 0.5;
    kinds.masked = 1;
    field_rules_strip(*state, &kinds.base);
    assert_true(kinds.ratio == 0);
    assert_int_equal(kinds.masked, 0);
    assert_int_equal(kinds.count, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_required_and_bounded),
        cmocka_unit_test(wide_and_signed_numbers_keep_to_their_range),
        cmocka_unit_test(a_oneof_of_several_is_called_by_its_name),
        cmocka_unit_test(lists_of_what_is_not_checked_are_still_bounded),
        cmocka_unit_test(names_in_a_list_are_shortened_or_gone),
        cmocka_unit_test(a_member_of_a_oneof_is_masked_only_when_chosen),
        cmocka_unit_test(output_only_numbers_are_stripped),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
