/*
 * test_record_order.c - the fact record: what is packed comes back, what is foreign survives,
 * what is broken is refused.
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

enum { ARENA_BYTES_MAX = 1 << 20, ROUNDS = 3000 };

static const struct slice nothing = { 0 };

static void assert_same_order(const struct order *a, const struct order *b)
{
    assert_memory_equal(a, b, sizeof(*a));
}

static void a_typical_order_comes_back_and_is_small(void **state)
{
    struct arena a;
    struct order order, back;
    struct slice bytes;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    memset(&back, 0, sizeof(back));
    sample_typical_order(&order);
    bytes = order_pack(&order, nothing, &a);
    assert_int_equal(order_unpack(bytes, &a, &back), 0);
    assert_same_order(&order, &back);
    printf("a typical open order: %zu bytes\n", bytes.size);
    assert_in_range(bytes.size, 1, 480);
    arena_release(&a);
}

static void any_order_comes_back(void **state)
{
    struct dice dice = dice_new();

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct order order, back;
        struct slice bytes;

        arena_init(&a, ARENA_BYTES_MAX);
        memset(&back, 0xa5, sizeof(back));
        sample_order(&dice, &order);
        bytes = order_pack(&order, nothing, &a);
        assert_non_null(bytes.data);
        assert_int_equal(order_unpack(bytes, &a, &back), 0);
        assert_same_order(&order, &back);
        arena_release(&a);
    }
}

static void packing_an_unpacked_order_gives_the_same_bytes(void **state)
{
    struct dice dice = dice_new();
    struct arena a;
    struct order order;
    struct slice once, twice;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_order(&dice, &order);
    once = order_pack(&order, nothing, &a);
    assert_int_equal(order_unpack(once, &a, &order), 0);
    twice = order_pack(&order, once, &a);
    assert_true(slice_equal(once, twice));
    arena_release(&a);
}

/* --- fields of a newer release ---------------------------------------------------------------- */

/* An unknown field on every message of the order: number 1000, length-prefixed. */
static char unknown_text[] = "\5newer"; /* the size goes with the value */
static ProtobufCMessageUnknownField unknown = { .tag = 1000,
                                                .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                                .len = sizeof(unknown_text) - 1,
                                                .data = (uint8_t *)unknown_text };

/* Hangs the field onto a message and all below it; returns how many. */
static size_t extend(ProtobufCMessage *message)
{
    size_t extended = 1;

    message->n_unknown_fields = 1;
    message->unknown_fields = &unknown;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char *member = (char *)message + field->offset;

        if (field->type != PROTOBUF_C_TYPE_MESSAGE || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(size_t *)(void *)((char *)message + field->quantifier_offset);

            for (size_t k = 0; k < n; k++)
                extended += extend((*(ProtobufCMessage ***)(void *)member)[k]);
        } else if (*(ProtobufCMessage **)(void *)member) {
            extended += extend(*(ProtobufCMessage **)(void *)member);
        }
    }
    return extended;
}

/* The bytes a newer release would have stored for this order. */
static struct slice newer_bytes(const struct order *order, struct arena *a, size_t *ret_extended)
{
    struct slice bytes = order_pack(order, nothing, a);
    ProtobufCMessage *message;

    assert_int_equal(message_unpack_kept(&store__order__descriptor, bytes, a, &message), 0);
    *ret_extended = extend(message);
    return message_pack(message, a);
}

static size_t count_of(struct slice bytes, const char *text)
{
    size_t n = 0, size = strlen(text);

    for (size_t i = 0; i + size <= bytes.size; i++)
        n += memcmp(bytes.data + i, text, size) == 0;
    return n;
}

static void fields_of_a_newer_release_survive_at_every_depth(void **state)
{
    struct arena a;
    struct order order, back;
    struct slice newer, again;
    size_t extended;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_typical_order(&order);
    order.replies[0] = (struct reply){ .number = 1, .author = { ROLE_SPECIALIST, "s" } };
    order.n_replies = 1;
    order.visits[0] = (struct visit){ .at_ms = 7, .by = { ROLE_OFFICE_CLERK, "c" } };
    order.n_visits = 1;
    newer = newer_bytes(&order, &a, &extended);
    assert_int_equal(count_of(newer, "newer"), extended);
    assert_int_equal(extended, 1 + 1 + 2 + 7 + 2 + 2 + 2);

    memset(&back, 0, sizeof(back));
    assert_int_equal(order_unpack(newer, &a, &back), 0);
    assert_same_order(&order, &back);
    again = order_pack(&back, newer, &a);
    assert_true(slice_equal(newer, again));
    assert_int_equal(count_of(order_pack(&back, nothing, &a), "newer"), 0);
    arena_release(&a);
}

static void fields_of_a_newer_release_survive_a_change(void **state)
{
    struct arena a;
    struct order order, before, after;
    struct slice bytes;
    size_t extended;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_dispatched_order(&before);
    bytes = newer_bytes(&before, &a, &extended);
    sample_typical_order(&after);
    bytes = order_pack(&after, bytes, &a);
    assert_int_equal(count_of(bytes, "newer"), extended); /* taken_by is new and has none */
    assert_int_equal(order_unpack(bytes, &a, &order), 0);
    assert_same_order(&order, &after);
    arena_release(&a);
}

/* --- broken bytes ----------------------------------------------------------------------------- */

/* Unpacks a copy of exactly this size, so that the address sanitizer sees one byte too far. */
static int unpack_exactly(struct slice bytes, struct order *ret_order)
{
    struct arena a;
    uint8_t *copy = malloc(bytes.size ? bytes.size : 1);
    int r;

    assert_non_null(copy);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    arena_init(&a, ARENA_BYTES_MAX);
    r = order_unpack(slice_of(copy, bytes.size), &a, ret_order);
    arena_release(&a);
    free(copy);
    return r;
}

static void cut_off_bytes_are_refused_or_a_shorter_message(void **state)
{
    struct arena a;
    struct order order;
    struct slice bytes;
    size_t refused = 0;

    (void)state;
    arena_init(&a, ARENA_BYTES_MAX);
    sample_typical_order(&order);
    bytes = order_pack(&order, nothing, &a);
    for (size_t size = 0; size < bytes.size; size++) {
        int r = unpack_exactly(slice_of(bytes.data, size), &order);

        assert_true(r == 0 || r == -EBADMSG);
        refused += r < 0;
    }
    assert_true(refused > bytes.size * 9 / 10);
    arena_release(&a);
}

static void changed_bytes_never_crash(void **state)
{
    struct dice dice = dice_new();
    size_t refused = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct order order;
        struct slice bytes;
        uint8_t *garbage;
        int r;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_order(&dice, &order);
        bytes = order_pack(&order, nothing, &a);
        garbage = arena_copy(&a, bytes.data, bytes.size);
        for (uint32_t n = 1 + dice_roll(&dice, 8); n > 0; n--)
            garbage[dice_roll(&dice, (uint32_t)bytes.size)] = (uint8_t)dice_roll(&dice, 256);
        r = unpack_exactly(slice_of(garbage, bytes.size), &order);
        assert_true(r == 0 || r == -EBADMSG);
        refused += r < 0;
        if (r == 0) /* what was let in can be packed, also over garbage with unknown fields */
            assert_non_null(order_pack(&order, slice_of(garbage, bytes.size), &a).data);
        arena_release(&a);
    }
    assert_true(refused > 0);
}

/* One wrong value in an otherwise good message. */
struct wrong_value {
    const char *what;
    void (*spoil)(Store__Order *order);
};

static char long_text[128];

static void spoil_id(Store__Order *o)
{
    o->id = long_text;
}
static void spoil_empty_id(Store__Order *o)
{
    o->id = "";
}
static void spoil_state(Store__Order *o)
{
    o->state = ORDER_STATE_MAX;
}
static void spoil_no_state(Store__Order *o)
{
    o->state = 0;
}
static void spoil_no_intake(Store__Order *o)
{
    o->intake = NULL;
}
static void spoil_number(Store__Order *o)
{
    o->intake->district_number = long_text;
}
static void spoil_grid(Store__Order *o)
{
    o->intake->grid = long_text;
}
static void spoil_received(Store__Order *o)
{
    o->intake->received_ms = -1;
}
static void spoil_category(Store__Order *o)
{
    o->intake->category = 5;
}
static void spoil_phone(Store__Order *o)
{
    o->intake->phones[0].len = 15;
}
static void spoil_digest(Store__Order *o)
{
    o->intake->intake_digest.len = 31;
}
static void spoil_chain(Store__Order *o)
{
    o->chain.len = 16;
}
static void spoil_unit(Store__Order *o)
{
    o->assignment->main_unit = long_text;
}
static void spoil_limit(Store__Order *o)
{
    o->assignment->limit = 7;
}
static void spoil_mode(Store__Order *o)
{
    o->assignment->mode = 4;
}
static void spoil_role(Store__Order *o)
{
    o->assignment->taken_by->role = ROLE_MAX;
}
static void spoil_clock_kind(Store__Order *o)
{
    o->clocks[0]->kind = CLOCK_MAX;
}
static void spoil_clock_zero(Store__Order *o)
{
    o->clocks[0]->kind = 0;
}
static void spoil_clock_twice(Store__Order *o)
{
    o->clocks[0]->kind = o->clocks[1]->kind;
}
static void spoil_clock_status(Store__Order *o)
{
    o->clocks[0]->status = 6;
}
static void spoil_clock_rungs(Store__Order *o)
{
    o->clocks[0]->rungs_fired = 256;
}
static void spoil_instant(Store__Order *o)
{
    o->clocks[0]->due = INT64_MIN;
}
static void spoil_late_instant(Store__Order *o)
{
    o->last_event = INT64_C(253402300800000);
}
static void spoil_contact(Store__Order *o)
{
    o->contacts[0]->result = 6;
}
static void spoil_contacts(Store__Order *o)
{
    static Store__Contact *many[CONTACTS_MAX + 1];

    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = o->contacts[0];
    o->contacts = many;
    o->n_contacts = COUNT_OF(many);
}

static void a_value_outside_the_domain_is_refused(void **state)
{
    static const struct wrong_value wrong[] = {
        { "an id of 17 characters", spoil_id },
        { "no id", spoil_empty_id },
        { "an unknown state", spoil_state },
        { "no state", spoil_no_state },
        { "no intake", spoil_no_intake },
        { "a district number that does not fit", spoil_number },
        { "a grid that does not fit", spoil_grid },
        { "received before 1970", spoil_received },
        { "an unknown category", spoil_category },
        { "a blind index of 15 bytes", spoil_phone },
        { "an intake digest of 31 bytes", spoil_digest },
        { "a chain head of 16 bytes", spoil_chain },
        { "a unit code that does not fit", spoil_unit },
        { "a limit of 7 days", spoil_limit },
        { "an unknown dispatch mode", spoil_mode },
        { "an unknown role", spoil_role },
        { "an unknown clock", spoil_clock_kind },
        { "clock zero", spoil_clock_zero },
        { "a clock twice", spoil_clock_twice },
        { "an unknown clock status", spoil_clock_status },
        { "256 rungs", spoil_clock_rungs },
        { "an instant before 1970", spoil_instant },
        { "an instant after 9999", spoil_late_instant },
        { "an unknown contact result", spoil_contact },
        { "13 contacts", spoil_contacts },
    };

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct arena a;
        struct order order;
        struct slice bytes;
        ProtobufCMessage *message;

        arena_init(&a, ARENA_BYTES_MAX);
        sample_typical_order(&order);
        bytes = order_pack(&order, nothing, &a);
        assert_int_equal(message_unpack_kept(&store__order__descriptor, bytes, &a, &message), 0);
        wrong[i].spoil((Store__Order *)message);
        if (order_unpack(message_pack(message, &a), &a, &order) != -EBADMSG)
            fail_msg("let in: %s", wrong[i].what);
        arena_release(&a);
    }
}

/* --- no memory -------------------------------------------------------------------------------- */

/* The largest order there is, so that the scratch on the stack does not do. */
static void sample_large_order(struct order *ret_order)
{
    struct dice dice = { .state = 4711 };

    do
        sample_order(&dice, ret_order);
    while (ret_order->n_replies < REPLIES_MAX || ret_order->n_visits < VISITS_MAX - 1 ||
           ret_order->n_contacts < CONTACTS_MAX - 1 || ret_order->assignment.number == 0);
}

static void without_memory_nothing_is_packed_and_nothing_unpacked(void **state)
{
    struct arena kept;
    struct order order, back;
    struct slice whole, newer;
    size_t extended;
    uint64_t n = 0;
    bool packed = false, unpacked = false;

    (void)state;
    arena_init(&kept, ARENA_BYTES_MAX);
    sample_large_order(&order);
    whole = order_pack(&order, nothing, &kept);
    newer = newer_bytes(&order, &kept, &extended);
    while (!packed || !unpacked) {
        struct arena a;
        struct slice bytes;
        int r;

        n++;
        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n);
        bytes = order_pack(&order, newer, &a);
        packed = bytes.data != NULL;
        arena_release(&a);

        arena_init(&a, ARENA_BYTES_MAX);
        memory_fail_at(n);
        r = order_unpack(whole, &a, &back);
        unpacked = r == 0;
        assert_true(r == 0 || r == -ENOMEM);
        arena_release(&a);
    }
    memory_fail_at(0);
    printf("failed at each of %llu allocations\n", (unsigned long long)n - 1);
    assert_true(n > 2);
    assert_same_order(&order, &back);
    arena_release(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typical_order_comes_back_and_is_small),
        cmocka_unit_test(any_order_comes_back),
        cmocka_unit_test(packing_an_unpacked_order_gives_the_same_bytes),
        cmocka_unit_test(fields_of_a_newer_release_survive_at_every_depth),
        cmocka_unit_test(fields_of_a_newer_release_survive_a_change),
        cmocka_unit_test(cut_off_bytes_are_refused_or_a_shorter_message),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(a_value_outside_the_domain_is_refused),
        cmocka_unit_test(without_memory_nothing_is_packed_and_nothing_unpacked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
