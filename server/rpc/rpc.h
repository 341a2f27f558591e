/*
 * rpc.h - serves gRPC methods described by protobuf-c service descriptors, on gRPC C core.
 *
 * A server has lanes. A lane is one completion queue with its thread (bytes, decode, peer, the
 * method's `unary` function) and one loop thread (base/loop.h: Redis link, timers, streams). A
 * lane shares nothing with another. No function here blocks a lane.
 *
 * Invariants: a unary call is answered exactly once, from its CQ thread inside `unary` or later
 * from its lane's loop thread, never from elsewhere. Each call has one embedded operation of each
 * kind, so at most one of each is in flight; it is freed when nothing is due any more, by nobody
 * else. What the request and the answer point at lives in the call's arena.
 *
 * This folder is the only server code that includes <grpc/...>.
 */
#ifndef HOTLINE_RPC_RPC_H
#define HOTLINE_RPC_RPC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/slice.h"

struct arena;
struct loop;
struct refusal;
struct rpc_call;
struct rpc_server;
struct rpc_stream;

enum rpc_shape { RPC_UNARY, RPC_SERVER_STREAM, RPC_CLIENT_STREAM, RPC_BIDI };

/* Runs on the lane's CQ thread; request is borrowed until the call is answered. It answers at
 * once, or hands the call to its lane's loop (rpc_call_loop) and answers there. Every string of
 * the request is UTF-8 without NUL and no message nests deeper than 32: what is not has been
 * refused before, with the field's name (REQUEST_INVALID). Lengths and presence are not checked. */
typedef void rpc_unary_fn(struct rpc_call *call, const ProtobufCMessage *request);

/* A stream is an object. Its callbacks run on the lane's loop thread, one at a time, and never from
 * inside rpc_stream_push() or rpc_stream_end(). gone() comes exactly once and always last, also
 * when opened() refused; after it the stream must not be used. A stream that never came to
 * opened() (refused by rpc itself) has no gone(). After rpc_stream_end() only gone() still comes.
 * Messages and requests are borrowed until the callback returns; the request of a server stream
 * lives as long as the stream. While the write queue is over half full, nothing is read. */
struct rpc_stream_ops {
    /* The request (server streaming) or NULL (client and bidi streams). Non-NULL refuses. */
    const struct refusal *(*opened)(struct rpc_stream *stream, const ProtobufCMessage *request);
    /* One message from the client; the next is asked for after it returns. Bidi and client. */
    const struct refusal *(*message)(struct rpc_stream *stream, const ProtobufCMessage *message);
    void (*half_closed)(struct rpc_stream *stream); /* bidi and client */
    void (*writable)(struct rpc_stream *stream);    /* the queue fell below half after RPC_FULL */
    void (*gone)(struct rpc_stream *stream);
};

/* One method = one row. */
struct rpc_method {
    const char *name; /* "TakeOrder", must exist in the descriptor */
    enum rpc_shape shape;
    rpc_unary_fn *unary;                 /* RPC_UNARY */
    const struct rpc_stream_ops *stream; /* the other shapes */
    const void *row;                     /* the service's own row of this method */
};

struct rpc_service {
    const ProtobufCServiceDescriptor *descriptor;
    const struct rpc_method *methods;
    size_t n_methods;
};

/* Who is at the other end: the verified certificate. Valid as long as the call or stream. */
struct rpc_peer {
    struct certificate_names names; /* no URI and a zero fingerprint: nobody we could read */
};

/* Take a copy of rpc_limits_default and change what must differ; rpc_server_create() refuses
 * (-EINVAL) a limit that is zero or negative. */
struct rpc_limits {
    size_t message_bytes_max;      /* 1 MiB; beyond: RESOURCE_EXHAUSTED */
    size_t arena_bytes_max;        /* 4 MiB a call, which also bounds an answer */
    int calls_in_flight_max;       /* per lane; beyond: RESOURCE_EXHAUSTED TOO_MANY_CALLS at once */
    int streams_max;               /* per lane; beyond: the same */
    size_t stream_queue_bytes_max; /* 256 KiB, and */
    int stream_queue_messages_max; /* 1,024 messages; beyond: RPC_FULL. One message always fits an
                                    * empty queue. */
    int stream_linger_ms;          /* 10 s for the client to read what is queued after the end */
    int handshake_timeout_ms;      /* 5 s from TCP accept to the end of the TLS handshake */
    int streams_per_connection_max; /* 256 calls and streams at once on one connection */
    int connection_age_ms_max;      /* 30 min, then GOAWAY, and */
    int connection_age_grace_ms;    /* 30 s for what still runs on it */
    size_t memory_bytes_max;        /* 256 MiB of gRPC's own buffers (resource quota) */
};
extern const struct rpc_limits rpc_limits_default;

/* PEM files; read again by rpc_server_reload_certificates(). The client CA is required: without
 * a verified client certificate there is no handshake (TLS 1.2 at least). */
struct rpc_certificates {
    const char *ca_path, *certificate_path, *key_path;
};

/* life cycle -------------------------------------------------------------------------------- */
/* Creates the lanes and their loops; nothing runs yet. -EINVAL, -ENOMEM, -EMFILE. Threads that
 * gRPC starts inherit the signal mask: block what main waits for before. */
int rpc_server_create(const struct rpc_limits *limits, int lanes, struct rpc_server **ret_server);
/* -EINVAL (and a log line naming the method) when rows and descriptor differ. */
int rpc_server_add(struct rpc_server *server, const struct rpc_service *service);
/* Adds reflection v1 and v1alpha over this FileDescriptorSet; borrowed for ever. -EINVAL. */
int rpc_server_reflect(struct rpc_server *server, struct slice descriptor_set);
/* Adds grpc.health.v1.Health. */
int rpc_server_add_health(struct rpc_server *server);
/* -EADDRINUSE (or an address that is not ours), -EACCES (a key others may read, or unreadable),
 * -EINVAL (certificate, key and CA do not make a server). Each with a log line that says why. */
int rpc_server_listen(struct rpc_server *server, const char *address,
                      const struct rpc_certificates *certificates, int *ret_port);
/* Two threads a lane; adding and listening are over. -EAGAIN: no threads. */
int rpc_server_start(struct rpc_server *server);
/* New handshakes use the new files; the old ones stay when the new are bad (-EINVAL, logged). */
int rpc_server_reload_certificates(struct rpc_server *server);
/* SERVING / NOT_SERVING for Health.Check and Watch; any thread. service NULL = the server and
 * every service. Everything is NOT_SERVING until said otherwise. */
void rpc_server_set_serving(struct rpc_server *server, const char *service, bool serving);
/* Stops accepting, ends streams (UNAVAILABLE SERVER_DRAINING), waits grace_ms for the rest, then
 * cancels. Blocks until every call is answered, whoever holds it; afterwards no handler runs and
 * the loops are stopped. Stop the watchdog before. */
void rpc_server_drain(struct rpc_server *server, int grace_ms);
/* Drains without grace when that was not done. */
struct rpc_server *rpc_server_free(struct rpc_server *server);

/* lanes --------------------------------------------------------------------------------------- */
int rpc_server_lanes(const struct rpc_server *server);
struct loop *rpc_server_loop(const struct rpc_server *server, int lane);

/* a unary call -------------------------------------------------------------------------------- */
struct arena *rpc_call_arena(struct rpc_call *call);
struct loop *rpc_call_loop(const struct rpc_call *call);
int rpc_call_lane(const struct rpc_call *call);
const void *rpc_call_row(const struct rpc_call *call); /* rpc_method.row */
const struct rpc_peer *rpc_call_peer(const struct rpc_call *call);
/* Value of a metadata key (lower case); data NULL when absent. Borrowed as long as the call. */
struct slice rpc_call_metadata(const struct rpc_call *call, const char *key);
/* Machine time at which the caller gives up; INT64_MAX when it never does. */
int64_t rpc_call_deadline_ms(const struct rpc_call *call);
bool rpc_call_cancelled(const struct rpc_call *call);
/* Trace id of the call's traceparent (32 hex digits), or one made for it; for log lines. */
const char *rpc_call_trace(const struct rpc_call *call);
/* Exactly one of these, exactly once; the call is gone for the caller afterwards. An answer built
 * in an arena that failed, or larger than arena_bytes_max, becomes TOO_LARGE by itself. */
void rpc_call_answer(struct rpc_call *call, const ProtobufCMessage *response);
void rpc_call_refuse(struct rpc_call *call, const struct refusal *refusal);

/* a stream: the lane's loop thread only -------------------------------------------------------- */
enum rpc_push { RPC_PUSHED, RPC_FULL, RPC_GONE };
/* Packs now, never blocks. RPC_FULL: nothing was queued. */
enum rpc_push rpc_stream_push(struct rpc_stream *stream, const ProtobufCMessage *message);
/* Ends after what is queued; refusal NULL = OK. */
void rpc_stream_end(struct rpc_stream *stream, const struct refusal *refusal);
struct arena *rpc_stream_arena(struct rpc_stream *stream);
struct loop *rpc_stream_loop(const struct rpc_stream *stream);
int rpc_stream_lane(const struct rpc_stream *stream);
const void *rpc_stream_row(const struct rpc_stream *stream);
const struct rpc_peer *rpc_stream_peer(const struct rpc_stream *stream);
const char *rpc_stream_trace(const struct rpc_stream *stream);
struct slice rpc_stream_metadata(const struct rpc_stream *stream, const char *key);
void rpc_stream_set_user(struct rpc_stream *stream, void *user);
void *rpc_stream_user(const struct rpc_stream *stream);

/* numbers for /metrics ------------------------------------------------------------------------- */
enum { RPC_LATENCY_BUCKETS = 16 }; /* bucket i counts calls of at most 2^i * 64 us; last: rest */
struct rpc_method_stats {
    const char *service, *method;          /* "" and "": calls of methods that do not exist */
    uint64_t calls;                        /* finished ones */
    uint64_t latency[RPC_LATENCY_BUCKETS]; /* unary calls, from acceptance to answer */
    uint64_t latency_us_sum;
    /* outcomes[fault_id]; FAULT_NONE = OK; [FAULT_MAX] = the caller went away before it could be
     * answered, or sent so much that gRPC refused by itself */
    const uint64_t *outcomes;
};
struct rpc_lane_stats {
    uint64_t calls_in_flight, streams_open, calls_shed;
};
/* Calls visit once per method, numbers summed over lanes. Any thread. */
void rpc_server_stats(const struct rpc_server *server,
                      void (*visit)(const struct rpc_method_stats *stats, void *user), void *user);
void rpc_server_lane_stats(const struct rpc_server *server, int lane, struct rpc_lane_stats *ret);

#endif
