/* codec.c - scratch memory, and bytes <-> generated messages. */
#include "storage/record/codec.h"

#include <errno.h>

#include "base/arena.h"

#include "base/base.h"

enum { ALIGNMENT = 16, TAG_BITS = 3 };

/* Until the year 9999; also far below 2^53, so that an instant is exact as a sorted-set score. */
#define INSTANT_MAX_MS INT64_C(253402300800000)

/* --- scratch ---------------------------------------------------------------------------------- */

void *scratch_alloc(struct scratch *s, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *result = NULL;

    if (rounded >= size && rounded <= SCRATCH_BYTES - s->used) {
        result = s->bytes + s->used;
        s->used += rounded;
    } else if (s->arena) {
        result = arena_room(s->arena, size);
    }
    if (!result)
        s->failed = true;
    return result;
}

static void *allocator_scratch(void *user, size_t size)
{
    return scratch_alloc(user, size);
}

static void *allocator_arena(void *user, size_t size)
{
    return arena_room(user, size);
}

/* Scratch and arena free everything at once. */
static void allocator_keep(void *user, void *block)
{
    (void)user;
    (void)block;
}

void scratch_init(struct scratch *s, struct arena *arena)
{
    s->arena = arena;
    s->allocator = (ProtobufCAllocator){ .alloc = allocator_scratch,
                                         .free = allocator_keep,
                                         .allocator_data = s };
    s->used = 0;
    s->failed = false;
}

/* --- messages --------------------------------------------------------------------------------- */

int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                   struct scratch *s, ProtobufCMessage **ret_message)
{
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &s->allocator, bytes.size, bytes.data);

    if (!message)
        return s->failed ? -ENOMEM : -EBADMSG;
    *ret_message = message;
    return 0;
}

int message_unpack_kept(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                        struct arena *a, ProtobufCMessage **ret_message)
{
    ProtobufCAllocator allocator = { .alloc = allocator_arena,
                                     .free = allocator_keep,
                                     .allocator_data = a };
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &allocator, bytes.size, bytes.data);

    if (!message)
        return a->failed ? -ENOMEM : -EBADMSG;
    *ret_message = message;
    return 0;
}

struct slice message_pack(const ProtobufCMessage *message, struct arena *a)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_room(a, size + 1); /* an empty message is not an absent one */

    if (!bytes)
        return (struct slice){ 0 };
    must(protobuf_c_message_pack(message, bytes) == size);
    return slice_of(bytes, size);
}

/* Reads a varint and moves on; false at the end of the bytes. */
static bool varint_take(struct slice *bytes, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && bytes->size > 0; shift += 7) {
        uint8_t byte = *bytes->data++;

        bytes->size--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* Takes the value of a field off the bytes; false when it is cut off. */
static bool value_take(struct slice *bytes, unsigned wire_type, struct slice *ret_value)
{
    uint64_t size = 0;

    *ret_value = (struct slice){ 0 };
    if (wire_type == PROTOBUF_C_WIRE_TYPE_VARINT)
        return varint_take(bytes, &size);
    if (wire_type == PROTOBUF_C_WIRE_TYPE_64BIT)
        size = 8;
    else if (wire_type == PROTOBUF_C_WIRE_TYPE_32BIT)
        size = 4;
    else if (wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED || !varint_take(bytes, &size))
        return false;
    if (size > bytes->size)
        return false;
    *ret_value = slice_of(bytes->data, (size_t)size);
    bytes->data += size;
    bytes->size -= (size_t)size;
    return true;
}

/* Walks the bytes without building anything: a third of the price of unpacking them. The schema
 * is not recursive, so neither depth nor stack are a caller's to choose. */
bool message_is_known(const ProtobufCMessageDescriptor *descriptor, struct slice bytes)
{
    while (bytes.size > 0) {
        const ProtobufCFieldDescriptor *field;
        struct slice value;
        uint64_t tag;

        if (!varint_take(&bytes, &tag) || tag >> TAG_BITS > UINT32_MAX)
            return false;
        field = protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> TAG_BITS));
        if (!field || !value_take(&bytes, (unsigned)tag & 7, &value))
            return false;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !message_is_known(field->descriptor, value))
            return false;
    }
    return true;
}

/* --- values ----------------------------------------------------------------------------------- */

bool text_of_store(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size);

    if (length == size)
        return false;
    memcpy(to, from, length + 1);
    return true;
}

bool bytes_of_store(uint8_t *to, size_t size, const ProtobufCBinaryData *from)
{
    if (from->len == 0) {
        memset(to, 0, size);
        return true;
    }
    if (from->len != size)
        return false;
    memcpy(to, from->data, size);
    return true;
}

ProtobufCBinaryData bytes_to_store(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return (ProtobufCBinaryData){ .len = size, .data = (uint8_t *)bytes };
    }
    return (ProtobufCBinaryData){ 0 };
}

int64_t away_of(int64_t at_ms, int64_t base_ms)
{
    if (at_ms == 0)
        return 0;
    return at_ms >= base_ms ? at_ms - base_ms + 1 : at_ms - base_ms;
}

bool instant_is_sane(int64_t at_ms)
{
    return at_ms >= 0 && at_ms < INSTANT_MAX_MS;
}

bool instant_of(int64_t away, int64_t base_ms, int64_t *ret_at_ms)
{
    if (away == 0) {
        *ret_at_ms = 0;
        return true;
    }
    if (away <= -INSTANT_MAX_MS || away > INSTANT_MAX_MS)
        return false;
    *ret_at_ms = away > 0 ? base_ms + away - 1 : base_ms + away;
    return *ret_at_ms != 0 && instant_is_sane(*ret_at_ms);
}
