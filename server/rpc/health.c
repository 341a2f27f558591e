/* health.c - Check answers on the spot; Watch tells the state now and at every change. */
#include "rpc/health.h"

#include <grpc/health/v1/health.pb-c.h>

#include "base/memory.h"
#include "rpc/rpc_state.h"

#include "base/base.h"

typedef Grpc__Health__V1__HealthCheckRequest HealthCheckRequest;
typedef Grpc__Health__V1__HealthCheckResponse HealthCheckResponse;

enum {
    UNKNOWN_SERVICE = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN,
    SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING,
    NOT_SERVING = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING,
};

/* One open Watch stream; lives in the stream's arena. */
struct health_watch {
    struct rpc_stream *stream;
    const char *service;
    int told; /* the state last pushed; 0 = none */
    struct health_watch *next, **at;
};

struct health {
    _Atomic int server;
    _Atomic int services[RPC_SERVICES_MAX]; /* as rpc_server.services */
    struct health_watch *watches[];         /* a list per lane, on its loop thread */
};

struct health *health_create(struct rpc_server *server)
{
    size_t lists = (size_t)server->n_lanes * sizeof(struct health_watch *);
    struct health *health = memory_alloc(sizeof(*health) + lists);

    if (!health)
        return NULL;
    atomic_init(&health->server, NOT_SERVING);
    for (size_t i = 0; i < RPC_SERVICES_MAX; i++)
        atomic_init(&health->services[i], NOT_SERVING);
    return health;
}

struct health *health_free(struct health *health)
{
    return memory_free(health);
}

static int state_of(const struct rpc_server *server, const char *service)
{
    if (!*service)
        return atomic_load(&server->health->server);
    for (size_t i = 0; i < server->n_services; i++)
        if (strcmp(server->services[i]->name, service) == 0)
            return atomic_load(&server->health->services[i]);
    return UNKNOWN_SERVICE;
}

void rpc_server_set_serving(struct rpc_server *server, const char *service, bool serving)
{
    int state = serving ? SERVING : NOT_SERVING;

    if (!service)
        atomic_store(&server->health->server, state);
    for (size_t i = 0; i < server->n_services; i++)
        if (!service || strcmp(server->services[i]->name, service) == 0)
            atomic_store(&server->health->services[i], state);
    for (int i = 0; i < server->n_lanes; i++) {
        struct rpc_lane *lane = &server->lanes[i];

        if (atomic_load(&server->phase) != RPC_STOPPED &&
            !atomic_exchange(&lane->health_posted, true))
            loop_post(lane->loop, &lane->health_job);
    }
}

/* Check --------------------------------------------------------------------------------------- */

static void health_check(struct rpc_call *call, const ProtobufCMessage *message)
{
    static const struct fault unknown = {
        .id = FAULT_METHOD_UNKNOWN,
        .reason = "SERVICE_UNKNOWN",
        .status = STATUS_NOT_FOUND,
        .article = "",
        .zh = "没有这个服务",
        .en = "no such service",
    };
    const HealthCheckRequest *request = (const HealthCheckRequest *)message;
    HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    struct refusal refusal = { .fault = &unknown };
    int state = state_of(call->lane->server, request->service);

    if (state == UNKNOWN_SERVICE) {
        rpc_call_refuse(call, &refusal);
        return;
    }
    response.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)state;
    rpc_call_answer(call, &response.base);
}

/* Watch --------------------------------------------------------------------------------------- */

static void watch_tell(struct health_watch *watch)
{
    HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    int state = state_of(rpc_stream_home(watch->stream)->server, watch->service);

    if (state == watch->told)
        return;
    response.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)state;
    if (rpc_stream_push(watch->stream, &response.base) == RPC_PUSHED)
        watch->told = state; /* otherwise it is told when there is room again */
}

void health_tell_watchers(struct loop_job *job)
{
    struct rpc_lane *lane = CONTAINER_OF(job, struct rpc_lane, health_job);

    atomic_store(&lane->health_posted, false); /* first: what is set from here on posts again */
    for (struct health_watch *watch = lane->server->health->watches[lane->index]; watch;
         watch = watch->next)
        watch_tell(watch);
}

static const struct refusal *watch_opened(struct rpc_stream *stream,
                                          const ProtobufCMessage *message)
{
    struct rpc_lane *lane = rpc_stream_home(stream);
    struct health_watch *watch = ARENA_NEW(rpc_stream_arena(stream), struct health_watch);
    struct health_watch **list = &lane->server->health->watches[lane->index];

    if (!watch)
        return refusal_new(rpc_stream_arena(stream), FAULT_TOO_MANY_CALLS);
    watch->stream = stream;
    watch->service = ((const HealthCheckRequest *)message)->service;
    watch->next = *list;
    watch->at = list;
    if (watch->next)
        watch->next->at = &watch->next;
    *list = watch;
    rpc_stream_set_user(stream, watch);
    watch_tell(watch);
    return NULL;
}

static void watch_writable(struct rpc_stream *stream)
{
    watch_tell(rpc_stream_user(stream));
}

static void watch_gone(struct rpc_stream *stream)
{
    struct health_watch *watch = rpc_stream_user(stream);

    if (!watch)
        return;
    *watch->at = watch->next;
    if (watch->next)
        watch->next->at = watch->at;
}

static const struct rpc_stream_ops watch_ops = {
    .opened = watch_opened,
    .writable = watch_writable,
    .gone = watch_gone,
};

int rpc_server_add_health(struct rpc_server *server)
{
    static const struct rpc_method methods[] = {
        { .name = "Check", .shape = RPC_UNARY, .unary = health_check },
        { .name = "Watch", .shape = RPC_SERVER_STREAM, .stream = &watch_ops },
    };
    static const struct rpc_service service = {
        .descriptor = &grpc__health__v1__health__descriptor,
        .methods = methods,
        .n_methods = COUNT_OF(methods),
    };

    return rpc_server_add(server, &service);
}
