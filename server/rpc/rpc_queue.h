/*
 * rpc_queue.h - messages of one stream that wait to be written; bounded in number and in bytes.
 *
 * A message always fits an empty queue, so that a large one is possible at all.
 */
#ifndef HOTLINE_RPC_RPC_QUEUE_H
#define HOTLINE_RPC_RPC_QUEUE_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stddef.h>

struct rpc_queue {
    grpc_byte_buffer **slots; /* a ring; NULL until the first message */
    size_t capacity, head, count;
    size_t bytes;
    size_t count_max, bytes_max;
};

void rpc_queue_init(struct rpc_queue *queue, size_t count_max, size_t bytes_max);
/* Drops what is queued. */
void rpc_queue_release(struct rpc_queue *queue);
/* Whether a message of this size may be added; makes room for it. */
bool rpc_queue_takes(struct rpc_queue *queue, size_t bytes);
/* Takes the buffer; rpc_queue_takes() was asked before. */
void rpc_queue_add(struct rpc_queue *queue, grpc_byte_buffer *buffer);
/* The oldest, now the caller's; NULL when empty. */
grpc_byte_buffer *rpc_queue_next(struct rpc_queue *queue);
/* Less than half full in both measures. */
bool rpc_queue_is_low(const struct rpc_queue *queue);

#endif
