/* rpc_wire.c - bytes to messages and messages to bytes. */
#include "rpc/rpc_wire.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>

#include "base/arena.h"
#include "base/fault.h"

#include "base/base.h"

static void *arena_alloc_for(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void arena_free_for(void *arena, void *block)
{
    (void)arena; /* everything goes at once */
    (void)block;
}

/* The bytes of a buffer in one piece: borrowed from its only slice, or joined in the arena. */
static bool buffer_bytes(struct arena *a, grpc_byte_buffer *buffer, struct slice *ret_bytes)
{
    size_t size = grpc_byte_buffer_length(buffer), filled = 0;
    grpc_byte_buffer_reader reader;
    grpc_slice *piece;
    uint8_t *joined;

    *ret_bytes = slice_of("", 0);
    if (!grpc_byte_buffer_reader_init(&reader, buffer))
        return false;
    if (!grpc_byte_buffer_reader_peek(&reader, &piece))
        goto out;
    if (GRPC_SLICE_LENGTH(*piece) == size) {
        *ret_bytes = slice_of(GRPC_SLICE_START_PTR(*piece), size);
        goto out;
    }
    joined = arena_alloc(a, size);
    *ret_bytes = slice_of(joined, size);
    if (!joined)
        goto out;
    do {
        memcpy(joined + filled, GRPC_SLICE_START_PTR(*piece), GRPC_SLICE_LENGTH(*piece));
        filled += GRPC_SLICE_LENGTH(*piece);
    } while (grpc_byte_buffer_reader_peek(&reader, &piece));
    must(filled == size);
out:
    grpc_byte_buffer_reader_destroy(&reader);
    return ret_bytes->data != NULL;
}

ProtobufCMessage *rpc_wire_unpack(struct arena *a, const ProtobufCMessageDescriptor *type,
                                  size_t bytes_max, grpc_byte_buffer *buffer,
                                  const struct refusal **ret_refusal)
{
    ProtobufCAllocator allocator = { .alloc = arena_alloc_for,
                                     .free = arena_free_for,
                                     .allocator_data = a };
    enum fault_id fault = FAULT_REQUEST_UNREADABLE;
    const struct refusal *refusal = NULL;
    ProtobufCMessage *message = NULL;
    struct slice bytes;

    if (!buffer)
        goto out;
    if (grpc_byte_buffer_length(buffer) > bytes_max) {
        fault = FAULT_TOO_LARGE;
        refusal =
            refusal_fact(refusal_new(a, fault), "bytes_max", arena_printf(a, "%zu", bytes_max));
        goto out;
    }
    if (!buffer_bytes(a, buffer, &bytes))
        goto out;
    refusal = rpc_wire_check(a, type, bytes);
    if (!refusal)
        message = protobuf_c_message_unpack(type, &allocator, bytes.size, bytes.data);
out:
    if (!message)
        *ret_refusal = refusal ? refusal : refusal_new(a, a->failed ? FAULT_TOO_LARGE : fault);
    return message;
}

grpc_byte_buffer *rpc_wire_pack(const ProtobufCMessage *message, size_t packed_bytes)
{
    grpc_slice slice = grpc_slice_malloc(packed_bytes);
    grpc_byte_buffer *buffer;

    must(protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice)) == packed_bytes);
    buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}
