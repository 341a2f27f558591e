/*
 * rpc_wire.h - byte buffers to protobuf-c messages and back, refusals to gRPC status.
 *
 * Private to server/rpc. A message is unpacked straight from gRPC's slice into the arena (a
 * message that came in several slices is joined there first) and packed straight into the slice
 * that gRPC sends: one copy each way.
 */
#ifndef HOTLINE_RPC_RPC_WIRE_H
#define HOTLINE_RPC_RPC_WIRE_H

#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;
struct refusal;

enum {
    RPC_NESTING_MAX = 32,
    RPC_DETAILS_BYTES_MAX = 5632, /* in base64 below 8 KiB, which clients accept by default */
};

/* Looks at the bytes of a message without unpacking: NULL when every string of it is UTF-8
 * without NUL and it nests no deeper than RPC_NESTING_MAX. Otherwise a refusal in the arena that
 * names the fields (protobuf-c checks neither, drops what follows a NUL, and recurses without
 * limit). Malformed bytes are left to the unpacker. */
const struct refusal *rpc_wire_check(struct arena *a, const ProtobufCMessageDescriptor *type,
                                     struct slice bytes);

/* The message in the arena, or NULL and *ret_refusal. buffer stays the caller's; NULL is no
 * message at all. */
ProtobufCMessage *rpc_wire_unpack(struct arena *a, const ProtobufCMessageDescriptor *type,
                                  size_t bytes_max, grpc_byte_buffer *buffer,
                                  const struct refusal **ret_refusal);
/* Owned by the caller. */
grpc_byte_buffer *rpc_wire_pack(const ProtobufCMessage *message, size_t packed_bytes);

/* A status ready to be sent. */
struct rpc_status {
    grpc_status_code code;
    grpc_slice message;
    grpc_metadata details; /* grpc-status-details-bin */
    size_t n_details;      /* 0 or 1 */
};

/* refusal NULL = OK. Everything is copied. */
void rpc_status_init(struct rpc_status *status, const struct refusal *refusal, const char *trace);
void rpc_status_release(struct rpc_status *status);
/* The operation that sends it; valid as long as status. */
grpc_op rpc_status_op(struct rpc_status *status);

#endif
