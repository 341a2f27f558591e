/*
 * test_view_words.c - what a caller wrote comes back whole, and only what may be kept is kept.
 */
#include "tests/unit/test_view.h"

#include <errno.h>

#include "service/view_said.h"

#include "base/base.h"

/* Every command whose request is kept. */
static const enum command_kind kept[] = {
    COMMAND_RECEIVE_ORDER,        COMMAND_AMEND_ORDER,    COMMAND_ACCEPT_ORDER,
    COMMAND_DISPATCH_ORDER,       COMMAND_RECORD_CONTACT, COMMAND_RECORD_PROGRESS,
    COMMAND_SUBMIT_REPLY,         COMMAND_ACCEPT_REPLY,   COMMAND_REJECT_REPLY,
    COMMAND_RECORD_VISIT_ATTEMPT, COMMAND_RECORD_VISIT,   COMMAND_SUBMIT_CLOSING,
    COMMAND_RECORD_CLOSING,
};

/* filling a message by its descriptor --------------------------------------------------------- */

static int filled; /* makes every text and instant another one */

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *type, struct arena *a);

static void fill_value(const ProtobufCFieldDescriptor *field, void *to, struct arena *a)
{
    const ProtobufCEnumDescriptor *choices = field->descriptor;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)to = arena_printf(a, "<%s %d>", field->name, ++filled);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)to = choices->values[choices->n_values - 1].value;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)to = true;
        break;
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)to = (uint32_t)++filled;
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (field->descriptor == &google__protobuf__timestamp__descriptor)
            *(void **)to = view_time(MONDAY_MS + 1000 * ++filled, a);
        else
            *(void **)to = fill(field->descriptor, a);
        break;
    default:
        fail_msg("a field of a type this test does not know: %s", field->name);
    }
}

static void fill_field(const ProtobufCFieldDescriptor *field, uint8_t *base, struct arena *a)
{
    size_t size = field->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
    uint8_t *list;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *(uint32_t *)(void *)(base + field->quantifier_offset) = field->id;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        fill_value(field, base + field->offset, a);
        return;
    }
    list = arena_alloc(a, 2 * size);
    fill_value(field, list, a);
    fill_value(field, list + size, a);
    *(uint8_t **)(void *)(base + field->offset) = list;
    *(size_t *)(void *)(base + field->quantifier_offset) = 2;
}

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *type, struct arena *a)
{
    ProtobufCMessage *message = view_new(a, type);

    for (unsigned i = 0; i < type->n_fields; i++)
        fill_field(&type->fields[i], (uint8_t *)message, a);
    return message;
}

/* Packed alike: the same message. */
static void assert_same(const ProtobufCMessage *one, const ProtobufCMessage *other, struct arena *a)
{
    size_t size = protobuf_c_message_get_packed_size(one);
    uint8_t *left = arena_alloc(a, size), *right = arena_alloc(a, size);

    assert_ptr_equal(one->descriptor, other->descriptor);
    assert_int_equal(protobuf_c_message_get_packed_size(other), size);
    protobuf_c_message_pack(one, left);
    protobuf_c_message_pack(other, right);
    assert_memory_equal(left, right, size);
}

static struct text_record record_of(enum command_kind kind, const ProtobufCMessage *request,
                                    struct arena *a)
{
    struct text_record record = { .number = 1, .command = kind, .at_ms = MONDAY_MS };

    record.words = words_of(kind, request, a);
    assert_non_null(record.words.data);
    return record;
}

/* round trip ---------------------------------------------------------------------------------- */

static void a_full_request_of_each_kind_comes_back_without_head_and_citizen(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 8 << 20);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        ProtobufCMessage *request = fill(words_type(kept[i]), &a);
        struct command_head *head = (struct command_head *)(void *)request;
        struct text_record record = record_of(kept[i], request, &a), back;
        struct slice stored = text_pack(&record, &a);

        assert_int_equal(text_unpack(stored, &a, &back), 0);
        assert_string_not_equal(head->request_id, ""); /* the request itself is left alone */
        head->name = head->request_id = head->etag = said("");
        head->validate_only = false;
        if (request->descriptor == &hotline__v1__receive_order_request__descriptor) {
            assert_non_null(((Hotline__V1__ReceiveOrderRequest *)request)->citizen);
            ((Hotline__V1__ReceiveOrderRequest *)request)->citizen = NULL;
        }
        assert_same(request, words_read(&back, &a), &a);
    }
    arena_release(&a);
}

/* Is this text a value of the texts, or a part of their facts? */
static bool is_told(Hotline__V1__EventText **texts, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(texts[i]->text, wanted))
            return true;
    return false;
}

static void assert_told(const ProtobufCMessage *words, Hotline__V1__EventText **texts,
                        size_t count);

static void assert_value_told(const ProtobufCFieldDescriptor *field, const void *value,
                              Hotline__V1__EventText **texts, size_t count)
{
    const ProtobufCEnumDescriptor *choices = field->descriptor;
    const char *choice;

    if (field->type == PROTOBUF_C_TYPE_STRING && strcmp(field->name, "delivered_to") != 0) {
        assert_true(is_told(texts, count, *(char *const *)value));
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        choice = protobuf_c_enum_descriptor_get_value(choices, *(const int *)value)->name;
        assert_true(is_told(texts, count, strrchr(choice, '_') + 1));
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        assert_true(is_told(texts, count, field->name));
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (field->descriptor == &google__protobuf__timestamp__descriptor)
            assert_true(is_told(texts, count, "2026-07-06T09:"));
        else
            assert_told(*(ProtobufCMessage *const *)value, texts, count);
    }
}

/* Every value of the words stands in some text. */
static void assert_told(const ProtobufCMessage *words, Hotline__V1__EventText **texts, size_t count)
{
    const ProtobufCMessageDescriptor *type = words->descriptor;
    const uint8_t *base = (const uint8_t *)words;

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        size_t size = field->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
        size_t n = 1;
        const uint8_t *at = base + field->offset;

        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            n = *(const size_t *)(const void *)(base + field->quantifier_offset);
            at = *(const uint8_t *const *)(const void *)at;
        }
        for (size_t j = 0; j < n; j++)
            assert_value_told(field, at + j * size, texts, count);
    }
}

/* The fields after the common head (numbers 1 to 9), lists apart. */
static void assert_request_told(const ProtobufCMessage *words, Hotline__V1__EventText **texts,
                                size_t count)
{
    for (unsigned i = 0; i < words->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &words->descriptor->fields[i];

        if (field->id < 10 || field->label == PROTOBUF_C_LABEL_REPEATED ||
            strcmp(field->name, "citizen") == 0)
            continue;
        assert_value_told(field, (const uint8_t *)words + field->offset, texts, count);
    }
}

static void nothing_a_caller_wrote_is_missing_in_the_timeline(void **state)
{
    Hotline__V1__EventText *texts[EVENT_TEXTS_MAX];
    struct arena a;

    (void)state;
    arena_init(&a, 8 << 20);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        struct words words = { .record = record_of(kept[i], fill(words_type(kept[i]), &a), &a) };
        size_t count;

        words.message = words_read(&words.record, &a);
        count = view_said(&words, order_parts(RELATION_OFFICE), &a, texts);
        assert_in_range(count, 1, EVENT_TEXTS_MAX);
        for (size_t j = 0; j < count; j++) {
            assert_string_not_equal(texts[j]->label_zh, "");
            assert_string_not_equal(texts[j]->field, "");
        }
        assert_request_told(words.message, texts, count);
    }
    arena_release(&a);
}

static void lists_of_a_request_are_told_too(void **state)
{
    Hotline__V1__EventText *texts[EVENT_TEXTS_MAX];
    Hotline__V1__ReceiveOrderRequest *ask;
    struct words words = { 0 };
    struct arena a;
    size_t count;

    (void)state;
    arena_init(&a, 1 << 20);
    ask = (void *)fill(words_type(COMMAND_RECEIVE_ORDER), &a);
    words.record = record_of(COMMAND_RECEIVE_ORDER, &ask->base, &a);
    words.message = words_read(&words.record, &a);
    count = view_said(&words, order_parts(RELATION_OFFICE), &a, texts);
    assert_true(is_told(texts, count, ask->related_district_numbers[0]));
    assert_true(is_told(texts, count, ask->related_district_numbers[1]));
    assert_false(is_told(texts, count, ask->citizen->name));
    arena_release(&a);
}

static void what_this_release_does_not_know_is_not_kept(void **state)
{
    ProtobufCMessageUnknownField unknown = {
        .tag = 900,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = 4,
        .data = (uint8_t *)"\003abc",
    };
    Hotline__V1__RecordProgressRequest *ask;
    struct text_record plain, with;
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    ask = (void *)fill(words_type(COMMAND_RECORD_PROGRESS), &a);
    plain = record_of(COMMAND_RECORD_PROGRESS, &ask->base, &a);
    ask->base.n_unknown_fields = 1;
    ask->base.unknown_fields = &unknown;
    with = record_of(COMMAND_RECORD_PROGRESS, &ask->base, &a);
    assert_true(slice_equal(plain.words, with.words));
    ask->base.n_unknown_fields = 0;
    arena_release(&a);
}

static void words_of_no_known_command_are_not_read(void **state)
{
    struct text_record timer = { .command = COMMAND_FIRE_TIMER, .words = slice_text("x") };
    struct text_record broken = { .command = COMMAND_ACCEPT_REPLY,
                                  .words = slice_text("\xff\xff") };
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    assert_null(words_read(&timer, &a));
    assert_null(words_read(&broken, &a));
    assert_null(words_type(COMMAND_UNSPECIFIED));
    assert_null(words_type(COMMAND_MAX));
    arena_release(&a);
}

/* identity and digest ------------------------------------------------------------------------- */

static void the_citizen_is_kept_whole_in_the_identity(void **state)
{
    Hotline__V1__ReceiveOrderRequest *ask;
    Hotline__V1__Citizen *citizen;
    struct identity identity;
    struct slice bytes;
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    ask = (void *)fill(words_type(COMMAND_RECEIVE_ORDER), &a);
    citizen = ask->citizen;
    assert_int_equal(intake_identity(&ask->base, &a, &bytes), 0);
    assert_int_equal(identity_unpack(bytes, &a, &identity), 0);
    assert_string_equal(identity.name, citizen->name);
    assert_string_equal(identity.id_number, citizen->id_number);
    assert_string_equal(identity.address, citizen->address);
    assert_string_equal(identity.contact_person, citizen->contact_person);
    assert_int_equal(identity.kind, citizen->kind);
    assert_int_equal(identity.sex, citizen->sex);
    assert_true(identity.wants_confidentiality);
    assert_int_equal(identity.n_phones, 2);
    assert_string_equal(identity.phones[1], citizen->phones[1]->number);
    arena_release(&a);
}

static void the_same_delivery_has_the_same_digest_and_another_content_another(void **state)
{
    const struct secret_key key = { { 1 } }, other_key = { { 2 } };
    uint8_t first[DIGEST_BYTES], again[DIGEST_BYTES];
    Hotline__V1__ReceiveOrderRequest *ask;
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    ask = (void *)fill(words_type(COMMAND_RECEIVE_ORDER), &a);
    assert_int_equal(intake_digest(&ask->base, &key, &a, first), 0);
    ask->request_id = said("another");
    ask->validate_only = false;
    assert_int_equal(intake_digest(&ask->base, &key, &a, again), 0);
    assert_memory_equal(first, again, DIGEST_BYTES);
    assert_int_equal(intake_digest(&ask->base, &other_key, &a, again), 0);
    assert_memory_not_equal(first, again, DIGEST_BYTES);
    ask->citizen->phones[0]->number = said("139");
    assert_int_equal(intake_digest(&ask->base, &key, &a, again), 0);
    assert_memory_not_equal(first, again, DIGEST_BYTES);
    arena_release(&a);
}

/* the list ------------------------------------------------------------------------------------ */

static void the_list_finds_by_number_by_newest_and_counts_its_like(void **state)
{
    static const enum command_kind order[] = { COMMAND_RECEIVE_ORDER, COMMAND_RECORD_PROGRESS,
                                               COMMAND_AMEND_ORDER, COMMAND_RECORD_PROGRESS };
    struct slice texts[COUNT_OF(order) + 1];
    struct words_list list;
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    for (uint32_t i = 0; i < COUNT_OF(order); i++) {
        struct text_record record = record_of(order[i], fill(words_type(order[i]), &a), &a);

        record.number = i + 1;
        texts[i] = text_pack(&record, &a);
    }
    texts[COUNT_OF(order)] = slice_text("\xff no record");
    words_list_init(&list, texts, COUNT_OF(texts), &a);
    assert_int_equal(list.count, COUNT_OF(order));
    assert_int_equal(words_numbered(&list, 3)->record.command, COMMAND_AMEND_ORDER);
    assert_non_null(words_numbered(&list, 3)->message);
    assert_null(words_numbered(&list, 0));
    assert_null(words_numbered(&list, 9));
    assert_int_equal(words_newest(&list, COMMAND_RECORD_PROGRESS)->record.number, 4);
    assert_null(words_newest(&list, COMMAND_SUBMIT_REPLY));
    assert_int_equal(words_intake(&list)->record.number, 3);
    assert_int_equal(words_ordinal(&list, COMMAND_RECORD_PROGRESS, 2), 1);
    assert_int_equal(words_ordinal(&list, COMMAND_RECORD_PROGRESS, UINT32_MAX), 2);
    arena_release(&a);
}

/* no memory ----------------------------------------------------------------------------------- */

static void without_memory_words_are_absent_and_nothing_breaks(void **state)
{
    Hotline__V1__ReceiveOrderRequest *ask;
    const struct secret_key key = { { 1 } };
    uint8_t digest[DIGEST_BYTES];
    struct slice bytes;
    struct arena full, a;

    (void)state;
    arena_init(&full, 1 << 20);
    ask = (void *)fill(words_type(COMMAND_RECEIVE_ORDER), &full);
    arena_init(&a, 16);
    assert_null(words_of(COMMAND_RECEIVE_ORDER, &ask->base, &a).data);
    assert_int_equal(intake_identity(&ask->base, &a, &bytes), -ENOMEM);
    assert_int_equal(intake_digest(&ask->base, &key, &a, digest), -ENOMEM);
    assert_true(a.failed);
    arena_release(&a);
    arena_release(&full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_request_of_each_kind_comes_back_without_head_and_citizen),
        cmocka_unit_test(nothing_a_caller_wrote_is_missing_in_the_timeline),
        cmocka_unit_test(lists_of_a_request_are_told_too),
        cmocka_unit_test(what_this_release_does_not_know_is_not_kept),
        cmocka_unit_test(words_of_no_known_command_are_not_read),
        cmocka_unit_test(the_citizen_is_kept_whole_in_the_identity),
        cmocka_unit_test(the_same_delivery_has_the_same_digest_and_another_content_another),
        cmocka_unit_test(the_list_finds_by_number_by_newest_and_counts_its_like),
        cmocka_unit_test(without_memory_words_are_absent_and_nothing_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
