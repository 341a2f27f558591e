/* rpc_queue.c - a ring that grows by doubling; its capacity is a power of two. */
#include "rpc/rpc_queue.h"

#include <grpc/byte_buffer.h>

#include "base/memory.h"

#include "base/base.h"

enum { SLOTS_FIRST = 8 };

static size_t slot_of(const struct rpc_queue *queue, size_t i)
{
    return (queue->head + i) & (queue->capacity - 1);
}

void rpc_queue_init(struct rpc_queue *queue, size_t count_max, size_t bytes_max)
{
    *queue = (struct rpc_queue){ .count_max = count_max, .bytes_max = bytes_max };
}

void rpc_queue_release(struct rpc_queue *queue)
{
    grpc_byte_buffer *buffer;

    while ((buffer = rpc_queue_next(queue)))
        grpc_byte_buffer_destroy(buffer);
    memory_free(queue->slots);
    rpc_queue_init(queue, queue->count_max, queue->bytes_max);
}

static bool queue_grow(struct rpc_queue *queue)
{
    size_t capacity = queue->capacity ? queue->capacity * 2 : SLOTS_FIRST;
    size_t bytes = capacity * sizeof(grpc_byte_buffer *); /* NOLINT(bugprone-sizeof-expression) */
    grpc_byte_buffer **slots = memory_alloc(bytes);

    if (!slots)
        return false;
    for (size_t i = 0; i < queue->count; i++)
        slots[i] = queue->slots[slot_of(queue, i)];
    memory_free(queue->slots);
    queue->slots = slots;
    queue->capacity = capacity;
    queue->head = 0;
    return true;
}

bool rpc_queue_takes(struct rpc_queue *queue, size_t bytes)
{
    bool room = queue->bytes <= queue->bytes_max && bytes <= queue->bytes_max - queue->bytes;

    if (queue->count >= queue->count_max || (queue->count > 0 && !room))
        return false;
    return queue->count < queue->capacity || queue_grow(queue);
}

void rpc_queue_add(struct rpc_queue *queue, grpc_byte_buffer *buffer)
{
    must(queue->count < queue->capacity);
    queue->slots[slot_of(queue, queue->count)] = buffer;
    queue->count++;
    queue->bytes += grpc_byte_buffer_length(buffer);
}

grpc_byte_buffer *rpc_queue_next(struct rpc_queue *queue)
{
    grpc_byte_buffer *buffer;

    if (queue->count == 0)
        return NULL;
    buffer = queue->slots[queue->head];
    queue->head = slot_of(queue, 1);
    queue->count--;
    queue->bytes -= grpc_byte_buffer_length(buffer);
    return buffer;
}

bool rpc_queue_is_low(const struct rpc_queue *queue)
{
    return queue->count == 0 ||
           (queue->count < (queue->count_max + 1) / 2 && queue->bytes < queue->bytes_max / 2);
}
