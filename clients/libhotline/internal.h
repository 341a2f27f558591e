/* internal.h - what the files of libhotline share; not installed. */
#ifndef HOTLINE_CLIENT_INTERNAL_H
#define HOTLINE_CLIENT_INTERNAL_H

#include <pthread.h>

#include <grpc/grpc.h>

#include "libhotline/hotline.h"

/* One gRPC channel, shared by the handles derived from each other. */
struct link {
    grpc_channel *channel;
    _Atomic int references;
};

/* A running gRPC call, so that hotline_interrupt() finds it. */
struct running {
    grpc_call *call;
    struct running *next;
};

struct hotline {
    struct link *link;
    char *person; /* NULL = none */
    int64_t call_ms_max, silence_ms_max;
    int tries_max;
    pthread_mutex_t mutex; /* guards running and interrupted */
    struct running *running;
    bool interrupted;
};

/* running: registers a call; false when the handle is interrupted (then it is not registered). */
bool running_add(struct hotline *h, struct running *running);
void running_remove(struct hotline *h, struct running *running);
/* Waits, at most until a lost connection is there again; false when the handle is interrupted. */
bool pause_ms(struct hotline *h, int64_t ms);

/* A request as it is sent: packed, with its request id. */
struct request {
    grpc_slice bytes;
    char request_id[HOTLINE_REQUEST_ID_BYTES]; /* "" for reads */
};

int request_pack(const ProtobufCMessage *ask, struct request *ret_request,
                 struct hotline_error *error);
void request_release(struct request *request);
/* A buffer to send it with, once; the caller destroys it. */
grpc_byte_buffer *request_buffer(const struct request *request);
/* Takes the buffer; NULL message = not readable. */
ProtobufCMessage *answer_unpack(const ProtobufCMessageDescriptor *type, grpc_byte_buffer *buffer);

/* One gRPC call on its own queue, and how it ended. Its metadata belongs to the call, so both stay
 * until the exchange is closed. */
struct exchange {
    grpc_completion_queue *queue;
    grpc_call *call;
    grpc_status_code status;
    grpc_slice message;
    grpc_metadata_array initial, trailing;
    bool sent; /* the server may have seen it */
};

/* until_ms is machine time; INT64_MAX = no deadline. */
void exchange_open(struct hotline *h, const char *path, int64_t until_ms,
                   struct exchange *ret_exchange);
void exchange_close(struct exchange *exchange);
/* Fills the error from how it ended; returns the negative errno, 0 for OK. */
int exchange_error(const struct exchange *exchange, const char *request_id,
                   struct hotline_error *error);

/* error.c. Both return code, so that `return error_local(…)` reads well. */
int error_local(struct hotline_error *error, int code, const char *zh, const char *en);
/* details: a packed google.rpc.Status, size 0 = none. */
void error_decode(struct hotline_error *error, int status, const char *message,
                  const uint8_t *details, size_t size);
void error_set_request_id(struct hotline_error *error, const char *request_id);
int error_errno(int status, const char *reason, bool command, bool sent);

/* Decorrelated back-off: somewhere between the base and three times the pause before. `random` is
 * uniform in 0..UINT32_MAX. */
enum { BACKOFF_BASE_MS = 50, BACKOFF_MS_MAX = 3000 };
int64_t backoff_next_ms(int64_t previous_ms, uint32_t random);
/* The same, at least as long as the server asked for. */
int64_t backoff_after(int64_t previous_ms, const struct hotline_error *error);

/* The acting person as metadata; 0 or 1 entries, borrowed from the handle. */
size_t call_metadata(const struct hotline *h, grpc_metadata *metadata);

#endif
