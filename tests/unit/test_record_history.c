/*
 * test_record_history.c - history entries and the hash chain over them; texts, identity, results.
 */
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

enum { ARENA_BYTES_MAX = 1 << 20, ROUNDS = 300 };

/* --- history ---------------------------------------------------------------------------------- */

static void any_entry_of_any_command_comes_back(void **state)
{
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (enum command_kind command = 1; command < COMMAND_MAX; command++) {
            struct arena a;
            struct history_entry entry, back;
            uint8_t chain[DIGEST_BYTES] = { 0 };
            struct slice bytes;

            arena_init(&a, ARENA_BYTES_MAX);
            memset(&back, 0xa5, sizeof(back));
            sample_entry(&dice, command, &entry);
            bytes = history_pack(&entry, chain, &a);
            assert_int_equal(history_unpack(bytes, &a, &back), 0);
            assert_memory_equal(&entry, &back, sizeof(entry));
            arena_release(&a);
        }
    }
}

static void taking_an_order_is_a_small_entry(void **state)
{
    struct arena a;
    struct order order;
    struct history_entry entry;
    uint8_t chain[DIGEST_BYTES] = { 0 };
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    memset(&entry, 0, sizeof(entry));
    sample_typical_order(&order);
    memcpy(entry.order_id, order.id, sizeof(entry.order_id));
    memcpy(entry.main_unit, order.assignment.main_unit, sizeof(entry.main_unit));
    entry.order_version = order.events;
    entry.event.command = COMMAND_TAKE_ORDER;
    entry.event.row = 10;
    entry.event.at_ms = order.last_event_ms;
    entry.event.actor = order.assignment.taken_by;
    entry.event.from = ORDER_STATE_DISPATCHED;
    entry.event.to = ORDER_STATE_HANDLING;
    entry.event.clocks[0].kind = CLOCK_TAKE;
    entry.event.clocks[0].after = order.clocks[CLOCK_TAKE];
    entry.event.n_clocks = 1;
    bytes = history_pack(&entry, chain, &a);
    printf("the entry of TakeOrder: %zu bytes\n", bytes.size);
    assert_in_range(bytes.size, 1, 120);
    arena_release(&a);
}

static void an_entry_whose_body_is_not_the_commands_is_refused(void **state)
{
    struct arena a;
    struct dice dice = { .state = 1 };
    struct history_entry entry;
    uint8_t chain[DIGEST_BYTES] = { 0 };
    ProtobufCMessage *message;
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_entry(&dice, COMMAND_RECORD_CONTACT, &entry);
    bytes = history_pack(&entry, chain, &a);
    assert_int_equal(message_unpack_kept(&store__history_entry__descriptor, bytes, &a, &message),
                     0);
    ((Store__HistoryEntry *)message)->command = COMMAND_TAKE_ORDER;
    assert_int_equal(history_unpack(message_pack(message, &a), &a, &entry), -EBADMSG);
    ((Store__HistoryEntry *)message)->command = COMMAND_RECORD_VISIT;
    assert_int_equal(history_unpack(message_pack(message, &a), &a, &entry), -EBADMSG);
    ((Store__HistoryEntry *)message)->command = COMMAND_MAX;
    assert_int_equal(history_unpack(message_pack(message, &a), &a, &entry), -EBADMSG);
    ((Store__HistoryEntry *)message)->command = COMMAND_RECORD_CONTACT;
    ((Store__HistoryEntry *)message)->to = ORDER_STATE_MAX;
    assert_int_equal(history_unpack(message_pack(message, &a), &a, &entry), -EBADMSG);
    arena_release(&a);
}

enum { CHAIN_ENTRIES = 8 };

static void the_chain_detects_every_changed_byte(void **state)
{
    struct dice dice = dice_new();
    struct arena a;
    uint8_t head[DIGEST_BYTES] = { 0 }, again[DIGEST_BYTES] = { 0 };
    struct slice entries[CHAIN_ENTRIES];

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    for (size_t i = 0; i < CHAIN_ENTRIES; i++) {
        struct history_entry entry;

        sample_entry(&dice, 1 + dice_roll(&dice, COMMAND_MAX - 1), &entry);
        entries[i] = history_pack(&entry, head, &a);
    }
    for (size_t i = 0; i < CHAIN_ENTRIES; i++)
        history_chain(again, entries[i]);
    assert_memory_equal(head, again, DIGEST_BYTES);

    for (size_t wrong = 0; wrong < CHAIN_ENTRIES; wrong++) {
        uint8_t *byte =
            (uint8_t *)entries[wrong].data + dice_roll(&dice, (uint32_t)entries[wrong].size);

        *byte ^= (uint8_t)(1u << dice_roll(&dice, 8));
        memset(again, 0, sizeof(again));
        for (size_t i = 0; i < CHAIN_ENTRIES; i++)
            history_chain(again, entries[i]);
        assert_memory_not_equal(head, again, DIGEST_BYTES);
    }
    arena_release(&a);
}

static void the_chain_detects_entries_that_changed_places(void **state)
{
    uint8_t straight[DIGEST_BYTES] = { 0 }, crossed[DIGEST_BYTES] = { 0 },
            one[DIGEST_BYTES] = { 0 };

    (void)state;
    history_chain(straight, slice_text("first"));
    history_chain(straight, slice_text("second"));
    history_chain(crossed, slice_text("second"));
    history_chain(crossed, slice_text("first"));
    history_chain(one, slice_text("firstsecond"));
    assert_memory_not_equal(straight, crossed, DIGEST_BYTES);
    assert_memory_not_equal(straight, one, DIGEST_BYTES);
}

static void broken_entries_never_crash(void **state)
{
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS * 8; round++) {
        struct arena a;
        struct history_entry entry;
        uint8_t chain[DIGEST_BYTES] = { 0 }, *copy;
        struct slice bytes;
        size_t size;
        int r;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_entry(&dice, 1 + dice_roll(&dice, COMMAND_MAX - 1), &entry);
        bytes = history_pack(&entry, chain, &a);
        size = dice_roll(&dice, 2) ? bytes.size : dice_roll(&dice, (uint32_t)bytes.size) + 1;
        copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, bytes.data, size);
        for (uint32_t n = dice_roll(&dice, 8); n > 0; n--)
            copy[dice_roll(&dice, (uint32_t)size)] = (uint8_t)dice_roll(&dice, 256);
        r = history_unpack(slice_of(copy, size), &a, &entry);
        assert_true(r == 0 || r == -EBADMSG);
        free(copy);
        arena_release(&a);
    }
}

/* --- texts ------------------------------------------------------------------------------------ */

static const struct text_record a_text = { .number = 3,
                                           .salt = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
                                           .command = COMMAND_SUBMIT_REPLY,
                                           .at_ms = 1784077960123,
                                           .by = { ROLE_SPECIALIST, "spec-09-1" },
                                           .words = { (const uint8_t *)"\x0a\x00words", 7 } };

static void a_text_record_comes_back_byte_for_byte(void **state)
{
    struct arena a;
    struct text_record back;
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    bytes = text_pack(&a_text, &a);
    assert_int_equal(text_unpack(bytes, &a, &back), 0);
    assert_int_equal(back.number, 3);
    assert_memory_equal(back.salt, a_text.salt, SALT_BYTES);
    assert_int_equal(back.command, COMMAND_SUBMIT_REPLY);
    assert_true(back.at_ms == a_text.at_ms);
    assert_int_equal(back.by.role, ROLE_SPECIALIST);
    assert_string_equal(back.by.id, "spec-09-1");
    assert_true(slice_equal(back.words, a_text.words));
    arena_release(&a);
}

static void a_text_record_without_words_comes_back_empty_not_absent(void **state)
{
    struct arena a;
    struct text_record record = a_text, back;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    record.words = slice_of("", 0);
    assert_int_equal(text_unpack(text_pack(&record, &a), &a, &back), 0);
    assert_non_null(back.words.data);
    assert_int_equal(back.words.size, 0);
    arena_release(&a);
}

static void the_digest_of_a_text_depends_on_salt_command_and_words(void **state)
{
    struct text_record record = a_text;
    struct digest digest, other;

    (void)state;
    text_digest(&record, &digest);
    record.number = 9;
    record.at_ms++;
    text_digest(&record, &other);
    assert_true(digest_equal(&digest, &other));

    record.salt[SALT_BYTES - 1] ^= 1;
    text_digest(&record, &other);
    assert_false(digest_equal(&digest, &other));

    record = a_text;
    record.command = COMMAND_ACCEPT_REPLY;
    text_digest(&record, &other);
    assert_false(digest_equal(&digest, &other));

    record = a_text;
    record.words.size--;
    text_digest(&record, &other);
    assert_false(digest_equal(&digest, &other));
}

static void a_broken_text_record_is_refused(void **state)
{
    struct arena a;
    struct text_record back;
    struct slice bytes;
    ProtobufCMessage *message;
    Store__TextRecord *record;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    bytes = text_pack(&a_text, &a);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(text_unpack(slice_of(bytes.data, size), &a, &back), -ENOMEM);
    assert_int_equal(text_unpack(slice_of(bytes.data, bytes.size - 1), &a, &back), -EBADMSG);
    assert_int_equal(message_unpack_kept(&store__text_record__descriptor, bytes, &a, &message), 0);
    record = (Store__TextRecord *)message;
    record->salt.len = 15;
    assert_int_equal(text_unpack(message_pack(message, &a), &a, &back), -EBADMSG);
    record->salt.len = 0;
    assert_int_equal(text_unpack(message_pack(message, &a), &a, &back), -EBADMSG);
    record->salt.len = 16;
    record->command = COMMAND_MAX;
    assert_int_equal(text_unpack(message_pack(message, &a), &a, &back), -EBADMSG);
    record->command = COMMAND_TAKE_ORDER;
    assert_int_equal(text_unpack(message_pack(message, &a), &a, &back), 0);
    arena_release(&a);
}

/* --- identity --------------------------------------------------------------------------------- */

static void an_identity_comes_back_and_missing_parts_are_empty(void **state)
{
    struct arena a;
    struct identity identity = { .name = "陈某芳",
                                 .address = "友谊路示例弄12号302室",
                                 .contact_person = "陈某",
                                 .phones = { "13800000001", "021-00000001" },
                                 .n_phones = 2,
                                 .sex = 2,
                                 .kind = 1,
                                 .wants_confidentiality = true };
    struct identity back;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_int_equal(identity_unpack(identity_pack(&identity, &a), &a, &back), 0);
    assert_string_equal(back.name, identity.name);
    assert_string_equal(back.id_number, "");
    assert_string_equal(back.address, identity.address);
    assert_string_equal(back.contact_person, identity.contact_person);
    assert_int_equal(back.n_phones, 2);
    assert_string_equal(back.phones[0], identity.phones[0]);
    assert_string_equal(back.phones[1], identity.phones[1]);
    assert_int_equal(back.sex, 2);
    assert_int_equal(back.kind, 1);
    assert_true(back.wants_confidentiality);

    assert_int_equal(identity_unpack(slice_of("", 0), &a, &back), 0);
    assert_string_equal(back.name, "");
    arena_release(&a);
}

static void an_identity_with_four_telephones_is_refused(void **state)
{
    struct arena a;
    struct identity back;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    assert_int_equal(identity_unpack(slice_text("\x12\x01"
                                                "1\x12\x01"
                                                "2\x12\x01"
                                                "3"),
                                     &a, &back),
                     0);
    assert_int_equal(identity_unpack(slice_text("\x12\x01"
                                                "1\x12\x01"
                                                "2\x12\x01"
                                                "3\x12\x01"
                                                "4"),
                                     &a, &back),
                     -EBADMSG);
    arena_release(&a);
}

static void the_blind_index_knows_a_telephone_however_it_is_written(void **state)
{
    static const char *const same[] = { "138 0000 0001", "138-0000-0001", "+86 13800000001",
                                        "0086-138-00000001", "+86 (138) 0000.0001" };
    static const char *const others[] = { "13800000002", "8613800000001", "1380000000", "",
                                          "021-00000001" };
    struct secret_key key = { { 1 } }, other_key = { { 2 } };
    uint8_t index[BLIND_INDEX_BYTES], again[BLIND_INDEX_BYTES];

    (void)state;
    blind_index(&key, "13800000001", index);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        blind_index(&key, same[i], again);
        assert_memory_equal(index, again, BLIND_INDEX_BYTES);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        blind_index(&key, others[i], again);
        assert_memory_not_equal(index, again, BLIND_INDEX_BYTES);
    }
    blind_index(&other_key, "13800000001", again);
    assert_memory_not_equal(index, again, BLIND_INDEX_BYTES);
}

/* --- results ---------------------------------------------------------------------------------- */

static void a_request_result_comes_back(void **state)
{
    struct arena a;
    struct request_result result = { .resource = "0CYV7K3M9Q2XABCD", .version = 5 }, back;
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    bytes = result_pack(&result, &a);
    assert_int_equal(result_unpack(bytes, &back), 0);
    assert_string_equal(back.resource, result.resource);
    assert_true(back.version == 5);
    assert_int_equal(result_unpack(slice_of(bytes.data, bytes.size - 1), &back), -EBADMSG);
    arena_release(&a);
}

static void a_request_result_that_is_too_long_is_refused(void **state)
{
    struct request_result back;
    size_t sizes[] = { sizeof(back.resource), 300, 20000 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct arena a;
        Store__RequestResult result = STORE__REQUEST_RESULT__INIT;
        char *text;

        arena_init(&a, ARENA_BYTES_MAX);
        text = arena_alloc(&a, sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        result.resource = text;
        assert_int_equal(result_unpack(message_pack(&result.base, &a), &back), -EBADMSG);
        arena_release(&a);
    }
}

/* --- no memory -------------------------------------------------------------------------------- */

/* Packs and unpacks one thing; 0 or a negative errno. */
typedef int attempt(struct arena *a);

static int attempt_history(struct arena *a)
{
    static struct history_entry entry;
    struct dice dice = { .state = 99 };
    uint8_t chain[DIGEST_BYTES] = { 0 };
    struct slice bytes;

    do
        sample_entry(&dice, COMMAND_DISPATCH_ORDER, &entry);
    while (entry.event.n_clocks < CLOCK_MAX - 1);
    bytes = history_pack(&entry, chain, a);
    if (!bytes.data) {
        assert_int_equal(chain[0] | chain[1] | chain[31], 0); /* the head has not moved */
        return -ENOMEM;
    }
    return history_unpack(bytes, a, &entry);
}

static int attempt_text(struct arena *a)
{
    struct text_record record = a_text;
    static const uint8_t words[16000];
    struct slice bytes;

    record.words = slice_of(words, sizeof(words));
    bytes = text_pack(&record, a);
    return bytes.data ? text_unpack(bytes, a, &record) : -ENOMEM;
}

static int attempt_identity(struct arena *a)
{
    struct identity identity = { .name = "a", .phones = { "1", "2", "3" }, .n_phones = 3 };
    struct slice bytes = identity_pack(&identity, a);

    return bytes.data ? identity_unpack(bytes, a, &identity) : -ENOMEM;
}

static int attempt_result(struct arena *a)
{
    struct request_result result = { .resource = "r", .version = 1 };
    struct slice bytes = result_pack(&result, a);

    return bytes.data ? result_unpack(bytes, &result) : -ENOMEM;
}

static void without_memory_each_says_so(void **state)
{
    static attempt *const attempts[] = { attempt_history, attempt_text, attempt_identity,
                                         attempt_result };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        uint64_t n = 0;
        int r;

        do {
            struct arena a;

            arena_init(&a, ARENA_BYTES_MAX);
            memory_fail_at(++n);
            r = attempts[i](&a);
            assert_true(r == 0 || r == -ENOMEM);
            arena_release(&a);
        } while (r < 0);
        assert_true(n > 1);
    }
    memory_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_entry_of_any_command_comes_back),
        cmocka_unit_test(taking_an_order_is_a_small_entry),
        cmocka_unit_test(an_entry_whose_body_is_not_the_commands_is_refused),
        cmocka_unit_test(the_chain_detects_every_changed_byte),
        cmocka_unit_test(the_chain_detects_entries_that_changed_places),
        cmocka_unit_test(broken_entries_never_crash),
        cmocka_unit_test(a_text_record_comes_back_byte_for_byte),
        cmocka_unit_test(a_text_record_without_words_comes_back_empty_not_absent),
        cmocka_unit_test(the_digest_of_a_text_depends_on_salt_command_and_words),
        cmocka_unit_test(a_broken_text_record_is_refused),
        cmocka_unit_test(an_identity_comes_back_and_missing_parts_are_empty),
        cmocka_unit_test(an_identity_with_four_telephones_is_refused),
        cmocka_unit_test(the_blind_index_knows_a_telephone_however_it_is_written),
        cmocka_unit_test(a_request_result_comes_back),
        cmocka_unit_test(a_request_result_that_is_too_long_is_refused),
        cmocka_unit_test(without_memory_each_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
