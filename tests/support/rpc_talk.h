/*
 * rpc_talk.h - a plain gRPC client for tests: real channel, real TLS, one thread, no magic.
 *
 * A talk is one call of any shape, step by step. Every step waits for its completion; what takes
 * longer than TALK_PATIENCE_MS fails the test.
 */
#ifndef HOTLINE_TESTS_RPC_TALK_H
#define HOTLINE_TESTS_RPC_TALK_H

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <grpc/grpc.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/slice.h"
#include "tests/support/rpc_pki.h"

enum { TALK_PATIENCE_MS = 20000 };

struct talk_client {
    grpc_completion_queue *cq;
    grpc_channel *channel;
};

struct talk_op {
    bool out, ok;
};

struct talk {
    struct talk_client *client;
    grpc_call *call;
    struct talk_op opening, reading, writing, closing, ending;
    grpc_metadata_array head, tail;
    grpc_byte_buffer *received;
    grpc_status_code status; /* after talk_end() */
    grpc_slice text_slice;
    char *text;
    Google__Rpc__Status *details; /* grpc-status-details-bin, or NULL */
};

/* identity NULL: no certificate of its own. ca_path: whom the client trusts. */
void talk_client_init(struct talk_client *client, int port, const struct pki_identity *identity,
                      const char *ca_path);
void talk_client_release(struct talk_client *client);

/* deadline_ms 0: none. key NULL: no metadata. */
void talk_begin(struct talk *talk, struct talk_client *client, const char *method, int deadline_ms,
                const char *key, const char *value);
bool talk_write(struct talk *talk, const ProtobufCMessage *message);
bool talk_write_bytes(struct talk *talk, struct slice bytes);
/* Starts a write without waiting; talk_written() waits up to patience_ms, false if it takes longer. */
void talk_write_start(struct talk *talk, struct slice bytes);
bool talk_written(struct talk *talk, int patience_ms);
void talk_half_close(struct talk *talk);
/* The next message unpacked (protobuf_c_message_free_unpacked it), or NULL at the end. */
ProtobufCMessage *talk_read(struct talk *talk, const ProtobufCMessageDescriptor *type);
void talk_cancel(struct talk *talk);
/* Reads and drops what is left, then waits for the status. */
grpc_status_code talk_end(struct talk *talk);
/* Ends it (cancelling what still runs) and frees everything. */
void talk_release(struct talk *talk);

/* A whole unary call, up to its status; the answer, when ret_answer is not NULL. */
void talk_unary(struct talk *talk, struct talk_client *client, const char *method,
                const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
                ProtobufCMessage **ret_answer);

/* The detail of this type unpacked, or NULL. */
ProtobufCMessage *talk_detail(const struct talk *talk, const ProtobufCMessageDescriptor *type);
/* Copies ErrorInfo.reason; "" when there is none. */
const char *talk_reason(const struct talk *talk, char reason[64]);

#endif
