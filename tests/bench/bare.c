/* bare.c - see bare.h. */
#include "bare.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/loop.h"
#include "bare_commit.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/order_service.pb-c.h"
#include "rpc/rpc.h"
#include "storage/redis.h"

#include "base/base.h"

static struct storage_link *the_link;
static struct bare_commits *the_commits;
static _Atomic uint64_t calls_seen;
/* Answers of the road's size, made once: bytes on the wire are no cost of the road. */
static Hotline__V1__TakeOrderResponse the_taken = HOTLINE__V1__TAKE_ORDER_RESPONSE__INIT;
static Hotline__V1__GetOrderResponse the_got = HOTLINE__V1__GET_ORDER_RESPONSE__INIT;

/* One call: on the loop it asks Redis, then answers. */
struct bare_call {
    struct loop_job job;
    struct rpc_call *call;
    struct commit_ask commit;
    struct storage_ask get;
};

static void answer_order(struct rpc_call *call, bool take)
{
    rpc_call_answer(call, take ? &the_taken.base : &the_got.base);
}

static void committed(struct commit_ask *ask, int status, const struct commit_outcome *outcome)
{
    struct bare_call *bare = CONTAINER_OF(ask, struct bare_call, commit);

    must(status == 0 && outcome->verdict == COMMIT_DONE);
    answer_order(bare->call, true);
}

static void got(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct bare_call *bare = CONTAINER_OF(ask, struct bare_call, get);

    must(status == 0 && answer_kind(answer) == ANSWER_BYTES);
    answer_order(bare->call, false);
}

static void run_commit(struct loop_job *job)
{
    struct bare_call *bare = CONTAINER_OF(job, struct bare_call, job);

    bare->commit.done = committed;
    must(bare_commits_send(the_commits, the_link, &bare->commit) == 0);
}

static void run_get(struct loop_job *job)
{
    struct bare_call *bare = CONTAINER_OF(job, struct bare_call, job);
    struct key key = bare_commits_key(the_commits, atomic_fetch_add(&calls_seen, 1));
    const struct slice arguments[] = { slice_text("GET"), key_slice(&key) };

    bare->get.done = got;
    must(link_ask(the_link, &bare->get, arguments, COUNT_OF(arguments)) == 0);
}

static void hand_over(struct rpc_call *call, void (*run)(struct loop_job *))
{
    struct bare_call *bare = ARENA_NEW(rpc_call_arena(call), struct bare_call);

    must(bare);
    bare->call = call;
    bare->job.run = run;
    loop_post(rpc_call_loop(call), &bare->job);
}

static void bare_take(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    hand_over(call, run_commit);
}

static void bare_get(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    hand_over(call, run_get);
}

static void bare_echo(struct rpc_call *call, const ProtobufCMessage *request)
{
    static Hotline__V1__ListAvailableCommandsResponse response =
        HOTLINE__V1__LIST_AVAILABLE_COMMANDS_RESPONSE__INIT;

    (void)request;
    rpc_call_answer(call, &response.base);
}

static void bare_no(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)request;
    rpc_call_refuse(call, refusal_new(rpc_call_arena(call), FAULT_METHOD_UNKNOWN));
}

static const struct rpc_method handling[] = {
    { .name = "TakeOrder", .unary = bare_take },
    { .name = "RecordContact", .unary = bare_no },
    { .name = "RecordProgress", .unary = bare_no },
    { .name = "SubmitReply", .unary = bare_no },
};
static const struct rpc_method orders[] = {
    { .name = "GetOrder", .unary = bare_get },
    { .name = "ListOrders", .unary = bare_no },
    { .name = "GetTimeline", .unary = bare_no },
    { .name = "ListAvailableCommands", .unary = bare_echo },
};
static const struct rpc_service services[] = {
    { &hotline__v1__handling_service__descriptor, handling, COUNT_OF(handling) },
    { &hotline__v1__order_service__descriptor, orders, COUNT_OF(orders) },
};

static void bare_serve(const char *address, const char *certificates, struct rpc_server *server)
{
    char ca[512], certificate[512], key[512];
    struct rpc_certificates files = {
        .ca_path = ca,
        .certificate_path = certificate,
        .key_path = key,
    };
    sigset_t set;
    int port, signal_number;

    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", certificates);
    (void)snprintf(certificate, sizeof(certificate), "%s/server.pem", certificates);
    (void)snprintf(key, sizeof(key), "%s/server.key", certificates);
    for (size_t i = 0; i < COUNT_OF(services); i++)
        must(rpc_server_add(server, &services[i]) == 0);
    must(rpc_server_add_health(server) == 0);
    must(rpc_server_listen(server, address, &files, &port) == 0);
    must(rpc_server_start(server) == 0);
    rpc_server_set_serving(server, NULL, true);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    (void)sigwait(&set, &signal_number);
    rpc_server_drain(server, 1000);
}

int bare_main(int argc, char **argv)
{
    struct embedded_redis_options options = { .directory = argv[2], .everysec = argc > 3 };
    struct embedded_redis *redis = NULL;
    struct link_options link = { .command_timeout_ms = 5000, .reconnect_ms_max = 1000 };
    struct redis_report report;
    struct rpc_server *server = NULL;
    sigset_t set;

    must(argc >= 3);
    must(embedded_redis_start(&options, &redis) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    link.unix_path = embedded_redis_socket(redis);
    must(redis_inspect(&link, 60000, &report) == 0);
    must(rpc_server_create(&rpc_limits_default, 1, &server) == 0);
    must(storage_link_create(rpc_server_loop(server, 0), &link, &the_link) == 0);
    must(bare_commits_create(&link, &the_commits) == 0);
    the_taken.order = bare_commits_answer(the_commits, false);
    the_taken.cursor = (char *)"c1-12345";
    the_got.order = bare_commits_answer(the_commits, true);
    bare_serve(argv[0], argv[1], server);
    storage_link_free(the_link);
    rpc_server_free(server);
    the_commits = bare_commits_free(the_commits);
    embedded_redis_stop(redis);
    return EXIT_SUCCESS;
}
