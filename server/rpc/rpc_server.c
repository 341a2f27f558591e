/*
 * rpc_server.c - a server's life: create, add, listen, start, reload, drain, free.
 *
 * The order of the end is gRPC's law: shutdown_and_notify, the tag of every queue seen (after a
 * grace period everything is cancelled), queues shut down, queues drained and their threads
 * joined, loops stopped, server destroyed, queues destroyed, grpc_shutdown. The tags say only
 * that no connection is left: a call whose handler still holds it can be answered after them,
 * which must not meet a queue that is shut down. So `live` is waited for as well.
 */
#include <errno.h>
#include <grpc/grpc_security.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "rpc/rpc_log.h"
#include "rpc/rpc_state.h"
#include "rpc/rpc_tls.h"

#include "base/base.h"

enum { NAMES_BYTES_MAX = 256 * 1024, COMPLAIN_EVERY_MS = 5000, LANES_MAX = 64 };

const struct rpc_limits rpc_limits_default = {
    .message_bytes_max = 1024 * 1024,
    .arena_bytes_max = 4 * 1024 * 1024,
    .calls_in_flight_max = 4096,
    .streams_max = 2048,
    .stream_queue_bytes_max = 256 * 1024,
    .stream_queue_messages_max = 1024,
    .stream_linger_ms = 10 * 1000,
    .handshake_timeout_ms = 5 * 1000,
    .streams_per_connection_max = 256,
    .connection_age_ms_max = 30 * 60 * 1000,
    .connection_age_grace_ms = 30 * 1000,
    .memory_bytes_max = 256 * 1024 * 1024,
};

/* create ----------------------------------------------------------------------------------------- */

static bool limits_are_sane(const struct rpc_limits *l)
{
    return l->message_bytes_max > 0 && l->message_bytes_max <= INT32_MAX / 2 &&
           l->arena_bytes_max > 0 && l->calls_in_flight_max > 0 && l->streams_max > 0 &&
           l->stream_queue_bytes_max > 0 && l->stream_queue_messages_max > 0 &&
           l->stream_linger_ms > 0 && l->handshake_timeout_ms > 0 &&
           l->streams_per_connection_max > 0 && l->connection_age_ms_max > 0 &&
           l->connection_age_grace_ms > 0 && l->memory_bytes_max > 0;
}

static grpc_arg int_arg(const char *key, int value)
{
    return (grpc_arg){ .type = GRPC_ARG_INTEGER,
                       .key = (char *)(uintptr_t)key,
                       .value.integer = value };
}

static grpc_server *core_create(const struct rpc_limits *limits)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("hotline");
    grpc_arg args[] = {
        /* two servers on one port would share its callers silently */
        int_arg(GRPC_ARG_ALLOW_REUSEPORT, 0),
        /* gRPC unpacks before it looks at the size: 59 KB of gzip became 60 MB */
        int_arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1),
        /* up to twice the limit a request is read and refused with reasons; beyond, by gRPC */
        int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)(2 * limits->message_bytes_max)),
        int_arg(GRPC_ARG_MAX_METADATA_SIZE, 8192),
        int_arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits->streams_per_connection_max),
        int_arg(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits->handshake_timeout_ms),
        int_arg(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits->connection_age_ms_max),
        int_arg(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits->connection_age_grace_ms),
        /* a dead watcher is noticed within 80 s; clients may ping every 30 s */
        int_arg(GRPC_ARG_KEEPALIVE_TIME_MS, 60000),
        int_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000),
        int_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        int_arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30000),
        int_arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
        { .type = GRPC_ARG_POINTER,
          .key = (char *)(uintptr_t)GRPC_ARG_RESOURCE_QUOTA,
          .value.pointer = { .p = quota, .vtable = grpc_resource_quota_arg_vtable() } },
    };
    grpc_channel_args all = { .num_args = COUNT_OF(args), .args = args };
    grpc_server *core;

    grpc_resource_quota_resize(quota, limits->memory_bytes_max);
    core = grpc_server_create(&all, NULL);
    grpc_resource_quota_unref(quota);
    return core;
}

static void server_locks_init(struct rpc_server *server)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

int rpc_server_create(const struct rpc_limits *limits, int lanes, struct rpc_server **ret_server)
{
    struct rpc_server *server;
    int r = -ENOMEM;

    if (!limits_are_sane(limits) || lanes < 1 || lanes > LANES_MAX) {
        log_event(LOG_LEVEL_ERROR, "limits_wrong", "lanes=%d", lanes);
        return -EINVAL;
    }
    server = memory_alloc(sizeof(*server) + (size_t)lanes * sizeof(server->lanes[0]));
    if (!server)
        return -ENOMEM;
    rpc_log_bridge();
    grpc_init();
    server->limits = *limits;
    server->n_lanes = lanes;
    atomic_init(&server->phase, RPC_BUILDING);
    server_locks_init(server);
    arena_init(&server->arena, NAMES_BYTES_MAX);
    server->core = core_create(limits);
    server->health = health_create(server);
    if (!server->health)
        goto out;
    for (int i = 0; i < lanes; i++) {
        r = rpc_lane_init(&server->lanes[i], server, i);
        if (r < 0)
            goto out;
    }
    *ret_server = server;
    return 0;
out:
    rpc_server_free(server);
    return r;
}

/* add, listen, start ------------------------------------------------------------------------------ */

int rpc_server_add(struct rpc_server *server, const struct rpc_service *service)
{
    int r;

    must(atomic_load(&server->phase) == RPC_BUILDING);
    for (size_t i = 0; i < server->n_services; i++)
        if (strcmp(server->services[i]->name, service->descriptor->name) == 0)
            return -EEXIST;
    if (server->n_services == RPC_SERVICES_MAX)
        return -ENOSPC;
    r = rpc_table_add(&server->table, &server->arena, service);
    if (r < 0)
        return r;
    server->services[server->n_services++] = service->descriptor;
    return 0;
}

int rpc_server_listen(struct rpc_server *server, const char *address,
                      const struct rpc_certificates *certificates, int *ret_port)
{
    grpc_server_credentials *credentials;
    struct rpc_tls *tls;
    int r, port;

    must(atomic_load(&server->phase) == RPC_BUILDING);
    if (server->n_listeners == RPC_LISTENERS_MAX)
        return -ENOSPC;
    r = rpc_tls_create(certificates, &tls);
    if (r < 0)
        return r;
    server->listeners[server->n_listeners++] = tls; /* gRPC may ask it from now on */
    credentials = rpc_tls_credentials(tls);
    port = grpc_server_add_http2_port(server->core, address, credentials);
    grpc_server_credentials_release(credentials);
    if (port <= 0) {
        log_event(LOG_LEVEL_ERROR, "listen_failed",
                  "address=%s why=\"in use, not ours, or not an address\"", address);
        return -EADDRINUSE;
    }
    *ret_port = port;
    return 0;
}

int rpc_server_start(struct rpc_server *server)
{
    int r = 0;

    must(atomic_load(&server->phase) == RPC_BUILDING);
    rpc_table_sort(&server->table);
    for (int i = 0; i < server->n_lanes; i++) {
        server->lanes[i].counters =
            memory_alloc((server->table.n_entries + 1) * sizeof(struct rpc_counters));
        if (!server->lanes[i].counters)
            return -ENOMEM;
    }
    atomic_store(&server->phase, RPC_RUNNING);
    grpc_server_start(server->core);
    for (int i = 0; i < server->n_lanes && r == 0; i++)
        r = rpc_lane_start(&server->lanes[i]);
    if (r < 0)
        rpc_server_drain(server, 0);
    return r;
}

int rpc_server_reload_certificates(struct rpc_server *server)
{
    int r = 0;

    for (size_t i = 0; i < server->n_listeners && r == 0; i++)
        r = rpc_tls_reload(server->listeners[i]);
    log_event(r < 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              r < 0 ? "certificates_kept" : "certificates_reloaded", "listeners=%zu",
              server->n_listeners);
    return r;
}

/* drain ------------------------------------------------------------------------------------------ */

/* Whether every queue has said that no connection is left, and no call is either. */
static bool is_over(const struct rpc_server *server, int lanes)
{
    int64_t live = 0;

    for (int i = 0; i < server->n_lanes; i++)
        live += atomic_load(&server->lanes[i].live);
    return server->lanes_shut >= lanes && live == 0;
}

static void wait_until(struct rpc_server *server, int lanes, int64_t until_ms)
{
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    bool threads = true;

    for (int i = 0; i < server->n_lanes; i++)
        if (!server->lanes[i].cq_runs) { /* a start that failed half way */
            threads = false;
            if (server->lanes[i].cq)
                rpc_lane_pump(&server->lanes[i]);
        }
    pthread_mutex_lock(&server->lock);
    if (threads && !is_over(server, lanes))
        (void)pthread_cond_timedwait(&server->changed, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
}

static bool wait_over(struct rpc_server *server, int lanes, int64_t patience_ms)
{
    int64_t until_ms = machine_ms() + patience_ms;
    bool over;

    do {
        pthread_mutex_lock(&server->lock);
        over = is_over(server, lanes);
        pthread_mutex_unlock(&server->lock);
        if (!over)
            wait_until(server, lanes, until_ms);
    } while (!over && machine_ms() < until_ms);
    return over;
}

/* The handlers that still hold calls must let go: a call cannot be answered for them. */
static void complain(const struct rpc_server *server)
{
    for (int i = 0; i < server->n_lanes; i++)
        log_event(LOG_LEVEL_WARNING, "drain_waits", "lane=%d calls=%lld streams=%lld", i,
                  (long long)atomic_load(&server->lanes[i].calls_in_flight),
                  (long long)atomic_load(&server->lanes[i].streams_open));
}

void rpc_server_drain(struct rpc_server *server, int grace_ms)
{
    int lanes = 0;

    if (atomic_load(&server->phase) >= RPC_DRAINING)
        return;
    atomic_store(&server->phase, RPC_DRAINING); /* no lane arms any more */
    for (int i = 0; i < server->n_lanes; i++) {
        struct rpc_lane *lane = &server->lanes[i];

        if (!lane->cq)
            continue;
        lanes++;
        grpc_server_shutdown_and_notify(server->core, lane->cq, &lane->shutdown);
        if (lane->loop_runs)
            loop_post(lane->loop, &lane->drain_job);
    }
    if (!wait_over(server, lanes, grace_ms)) {
        grpc_server_cancel_all_calls(server->core);
        while (!wait_over(server, lanes, COMPLAIN_EVERY_MS))
            complain(server);
    }
    atomic_store(&server->phase, RPC_STOPPED);
    for (int i = 0; i < server->n_lanes; i++)
        if (server->lanes[i].cq)
            grpc_completion_queue_shutdown(server->lanes[i].cq);
    for (int i = 0; i < server->n_lanes; i++)
        rpc_lane_join(&server->lanes[i]);
}

struct rpc_server *rpc_server_free(struct rpc_server *server)
{
    if (!server)
        return NULL;
    rpc_server_drain(server, 0);
    grpc_server_destroy(server->core);
    for (int i = 0; i < server->n_lanes; i++) {
        rpc_lane_release(&server->lanes[i]);
        if (server->lanes[i].cq)
            grpc_completion_queue_destroy(server->lanes[i].cq);
    }
    for (size_t i = 0; i < server->n_listeners; i++)
        rpc_tls_free(server->listeners[i]);
    health_free(server->health);
    reflection_free(server->reflection);
    rpc_table_release(&server->table);
    arena_release(&server->arena);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    memory_free(server);
    grpc_shutdown();
    return NULL;
}

int rpc_server_lanes(const struct rpc_server *server)
{
    return server->n_lanes;
}

struct loop *rpc_server_loop(const struct rpc_server *server, int lane)
{
    must(lane >= 0 && lane < server->n_lanes);
    return server->lanes[lane].loop;
}
