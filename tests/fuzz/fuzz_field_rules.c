/*
 * fuzz_field_rules.c - arbitrary requests and answers through check, strip and mask.
 *
 * First byte: which method; second: which relation; the rest is the message. Whatever unpacks must
 * be checked and masked without a crash, and a mask that hides a class leaves no trace of it: masked
 * twice is masked once.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "service/field_rules.h"
#include "tests/support/request_samples.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *alloc_in(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void free_in(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

static const ProtobufCMethodDescriptor *method_of(unsigned number)
{
    unsigned n = 0;

    for (size_t i = 0; sample_services[i]; i++)
        n += sample_services[i]->n_methods;
    number %= n;
    for (size_t i = 0;; i++) {
        if (number < sample_services[i]->n_methods)
            return &sample_services[i]->methods[number];
        number -= sample_services[i]->n_methods;
    }
}

static void mask_twice(const struct field_rules *rules, ProtobufCMessage *answer,
                       enum relation relation, struct arena *a)
{
    size_t size;
    uint8_t *once, *twice;

    if (!field_rules_mask(rules, answer, relation, a))
        return;
    size = protobuf_c_message_get_packed_size(answer);
    once = malloc(size + 1);
    protobuf_c_message_pack(answer, once);
    if (relation == RELATION_NONE || relation == RELATION_INFORMED) { /* nothing is in part */
        must(field_rules_mask(rules, answer, relation, a));
        must(protobuf_c_message_get_packed_size(answer) == size);
        twice = malloc(size + 1);
        protobuf_c_message_pack(answer, twice);
        must(memcmp(once, twice, size) == 0);
        free(twice);
    }
    free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct field_rules *rules;
    ProtobufCAllocator allocator = { .alloc = alloc_in, .free = free_in };
    const ProtobufCMethodDescriptor *method;
    ProtobufCMessage *message;
    struct arena a;

    if (!rules)
        rules = sample_field_rules();
    if (size < 2)
        return 0;
    method = method_of(data[0]);
    arena_init(&a, ARENA_BYTES_MAX);
    allocator.allocator_data = &a;
    message = protobuf_c_message_unpack(method->input, &allocator, size - 2, data + 2);
    if (message) {
        (void)field_rules_check(rules, message, &a);
        field_rules_strip(rules, message);
    }
    message = protobuf_c_message_unpack(method->output, &allocator, size - 2, data + 2);
    if (message)
        mask_twice(rules, message, data[1] % RELATION_MAX, &a);
    arena_release(&a);
    return 0;
}
