/* arena_message.c - an allocator that never frees. */
#include "service/arena_message.h"

#include "base/arena.h"

#include "base/base.h"

static void *take(void *a, size_t size)
{
    return arena_alloc(a, size);
}

static void keep(void *a, void *bytes)
{
    (void)a;
    (void)bytes;
}

ProtobufCMessage *arena_message_read(const ProtobufCMessageDescriptor *type, struct slice bytes,
                                     struct arena *a)
{
    ProtobufCAllocator allocator = { .alloc = take, .free = keep, .allocator_data = a };

    return protobuf_c_message_unpack(type, &allocator, bytes.size, bytes.data);
}

struct slice arena_message_pack(const ProtobufCMessage *message, struct arena *a)
{
    uint8_t *bytes = arena_alloc(a, protobuf_c_message_get_packed_size(message) + 1);

    if (!bytes)
        return (struct slice){ 0 };
    return slice_of(bytes, protobuf_c_message_pack(message, bytes));
}
