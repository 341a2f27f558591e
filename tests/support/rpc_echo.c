/* rpc_echo.c - see the header; the descriptor is written by hand, as protoc-c would. */
#include "tests/support/rpc_echo.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/loop.h"

#include "base/base.h"

enum { HELD_MAX = 64, KIB = 1024 };

typedef Google__Protobuf__Any Any;

static const ProtobufCMethodDescriptor methods[] = {
    { "Say", &google__protobuf__any__descriptor, &google__protobuf__any__descriptor },
    { "Watch", &google__protobuf__any__descriptor, &google__protobuf__any__descriptor },
    { "Gather", &google__protobuf__any__descriptor, &google__protobuf__any__descriptor },
    { "Chat", &google__protobuf__any__descriptor, &google__protobuf__any__descriptor },
};
static const unsigned indices[] = { 3, 2, 0, 1 };

const ProtobufCServiceDescriptor echo_descriptor = {
    .magic = PROTOBUF_C__SERVICE_DESCRIPTOR_MAGIC,
    .name = "test.Echo",
    .short_name = "Echo",
    .c_name = "Test__Echo",
    .package = "test",
    .n_methods = COUNT_OF(methods),
    .methods = methods,
    .method_indices_by_name = indices,
};

struct held {
    struct loop_job job;
    struct rpc_call *call;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int counts[ECHO_EVENT_MAX];
    struct held *held[HELD_MAX];
    int n_held;
    struct echo_seen seen;
} echo = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* events ----------------------------------------------------------------------------------------- */

void echo_reset(void)
{
    pthread_mutex_lock(&echo.lock);
    memset(echo.counts, 0, sizeof(echo.counts));
    echo.n_held = 0;
    pthread_mutex_unlock(&echo.lock);
}

static void happened(enum echo_event event)
{
    pthread_mutex_lock(&echo.lock);
    echo.counts[event]++;
    pthread_cond_broadcast(&echo.changed);
    pthread_mutex_unlock(&echo.lock);
}

int echo_count(enum echo_event event)
{
    int n;

    pthread_mutex_lock(&echo.lock);
    n = echo.counts[event];
    pthread_mutex_unlock(&echo.lock);
    return n;
}

void echo_wait(enum echo_event event, int n)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TALK_PATIENCE_MS / 1000;
    pthread_mutex_lock(&echo.lock);
    while (echo.counts[event] < n && r == 0)
        r = pthread_cond_timedwait(&echo.changed, &echo.lock, &until);
    r = echo.counts[event] < n;
    pthread_mutex_unlock(&echo.lock);
    if (r)
        fail_msg("event %d did not happen %d times", (int)event, n);
}

void echo_seen(struct echo_seen *ret_seen)
{
    pthread_mutex_lock(&echo.lock);
    *ret_seen = echo.seen;
    pthread_mutex_unlock(&echo.lock);
}

/* Say -------------------------------------------------------------------------------------------- */

static void answer_held(struct loop_job *job)
{
    struct held *held = CONTAINER_OF(job, struct held, job);
    struct rpc_call *call = held->call;
    Any answer = echo_any("echo", "held");

    if (rpc_call_cancelled(call))
        happened(ECHO_CANCELLED_SEEN);
    rpc_call_answer(call, &answer.base); /* held is in its arena: gone now */
}

static void answer_here(struct loop_job *job)
{
    struct rpc_call *call = CONTAINER_OF(job, struct held, job)->call;
    Any answer = echo_any("loop", "from the loop");

    rpc_call_answer(call, &answer.base);
}

void echo_let_go(void)
{
    struct held *held[HELD_MAX];
    int n;

    pthread_mutex_lock(&echo.lock);
    n = echo.n_held;
    memcpy(held, echo.held, sizeof(held));
    echo.n_held = 0;
    pthread_mutex_unlock(&echo.lock);
    for (int i = 0; i < n; i++)
        loop_post(rpc_call_loop(held[i]->call), &held[i]->job);
}

static void hand_over(struct rpc_call *call, bool hold)
{
    struct held *held = ARENA_NEW(rpc_call_arena(call), struct held);

    must(held);
    held->call = call;
    held->job.run = hold ? answer_held : answer_here;
    if (!hold) {
        loop_post(rpc_call_loop(call), &held->job);
        return;
    }
    pthread_mutex_lock(&echo.lock);
    must(echo.n_held < HELD_MAX);
    echo.held[echo.n_held++] = held;
    pthread_mutex_unlock(&echo.lock);
    happened(ECHO_HELD);
}

static void note(const struct rpc_call *call)
{
    struct slice metadata = rpc_call_metadata(call, "x-test");
    const struct certificate_names *names = &rpc_call_peer(call)->names;
    int64_t deadline = rpc_call_deadline_ms(call);

    pthread_mutex_lock(&echo.lock);
    (void)snprintf(echo.seen.metadata, sizeof(echo.seen.metadata), "%.*s", (int)metadata.size,
                   metadata.data ? (const char *)metadata.data : "");
    (void)snprintf(echo.seen.trace, sizeof(echo.seen.trace), "%s", rpc_call_trace(call));
    (void)snprintf(echo.seen.uri, sizeof(echo.seen.uri), "%s", names->n_uris ? names->uris[0] : "");
    echo.seen.deadline_in_ms = deadline == INT64_MAX ? INT64_MAX : deadline - machine_ms();
    pthread_mutex_unlock(&echo.lock);
    happened(ECHO_SAID);
}

static const struct refusal *detailed_refusal(struct arena *a)
{
    struct refusal *r = refusal_new(a, FAULT_STORAGE_UNAVAILABLE);

    r->retry_after_ms = 2500;
    refusal_field(r, "reasons", "须填写", "is required");
    return refusal_fact(r, "state", "HANDLING");
}

static void say(struct rpc_call *call, const ProtobufCMessage *message)
{
    const Any *request = (const Any *)message;
    Any answer = GOOGLE__PROTOBUF__ANY__INIT;

    note(call);
    if (strcmp(request->type_url, "refuse") == 0) {
        rpc_call_refuse(call, detailed_refusal(rpc_call_arena(call)));
    } else if (strcmp(request->type_url, "loop") == 0) {
        hand_over(call, false);
    } else if (strcmp(request->type_url, "hold") == 0) {
        hand_over(call, true);
    } else if (strcmp(request->type_url, "large") == 0) {
        answer.value.len = strtoul((const char *)request->value.data, NULL, 10);
        answer.value.data = calloc(1, answer.value.len + 1);
        rpc_call_answer(call, &answer.base);
        free(answer.value.data);
    } else if (strcmp(request->type_url, "overflow") == 0) {
        (void)arena_alloc(rpc_call_arena(call), SIZE_MAX / 2);
        rpc_call_answer(call, &answer.base);
    } else {
        rpc_call_answer(call, message);
    }
}

/* streams ---------------------------------------------------------------------------------------- */

struct state {
    long left;
    long messages, bytes;
};

static struct state *state_of(struct rpc_stream *stream)
{
    return rpc_stream_user(stream);
}

static const struct refusal *opened(struct rpc_stream *stream, const ProtobufCMessage *message)
{
    struct state *state = ARENA_NEW(rpc_stream_arena(stream), struct state);

    (void)message;
    must(state);
    rpc_stream_set_user(stream, state);
    happened(ECHO_OPENED);
    return NULL;
}

static void gone(struct rpc_stream *stream)
{
    must(state_of(stream));
    rpc_stream_set_user(stream, NULL);
    happened(ECHO_GONE);
}

static void watch_go_on(struct rpc_stream *stream)
{
    static uint8_t payload[KIB];
    struct state *state = state_of(stream);
    Any message = echo_any("count", "");

    message.value = (ProtobufCBinaryData){ .len = sizeof(payload), .data = payload };
    while (state->left > 0) {
        enum rpc_push pushed = rpc_stream_push(stream, &message.base);

        if (pushed == RPC_FULL)
            happened(ECHO_FULL);
        if (pushed != RPC_PUSHED)
            return;
        state->left--;
    }
    if (state->left == 0)
        rpc_stream_end(stream, NULL);
}

static const struct refusal *watch_opened(struct rpc_stream *stream,
                                          const ProtobufCMessage *message)
{
    const Any *request = (const Any *)message;

    (void)opened(stream, message);
    if (strcmp(request->type_url, "refuse") == 0)
        return detailed_refusal(rpc_stream_arena(stream));
    if (strcmp(request->type_url, "stay") == 0) {
        state_of(stream)->left = -1;
        must(rpc_stream_push(stream, message) == RPC_PUSHED);
        return NULL;
    }
    state_of(stream)->left = strtol((const char *)request->value.data, NULL, 10);
    watch_go_on(stream);
    return NULL;
}

static void watch_writable(struct rpc_stream *stream)
{
    happened(ECHO_WRITABLE);
    watch_go_on(stream);
}

static const struct refusal *gather_message(struct rpc_stream *stream,
                                            const ProtobufCMessage *message)
{
    state_of(stream)->messages++;
    state_of(stream)->bytes += (long)((const Any *)message)->value.len;
    happened(ECHO_MESSAGE);
    return NULL;
}

static void gather_half_closed(struct rpc_stream *stream)
{
    const struct state *state = state_of(stream);
    Any answer = echo_any(arena_printf(rpc_stream_arena(stream), "%ld messages, %ld bytes",
                                       state->messages, state->bytes),
                          "");

    happened(ECHO_HALF_CLOSED);
    must(rpc_stream_push(stream, &answer.base) == RPC_PUSHED);
    rpc_stream_end(stream, NULL);
}

static const struct refusal *chat_message(struct rpc_stream *stream,
                                          const ProtobufCMessage *message)
{
    happened(ECHO_MESSAGE);
    if (strcmp(((const Any *)message)->type_url, "refuse") == 0)
        return detailed_refusal(rpc_stream_arena(stream));
    if (rpc_stream_push(stream, message) == RPC_FULL)
        happened(ECHO_FULL);
    return NULL;
}

static void chat_half_closed(struct rpc_stream *stream)
{
    happened(ECHO_HALF_CLOSED);
    rpc_stream_end(stream, NULL);
}

/* the server ------------------------------------------------------------------------------------- */

static const struct rpc_stream_ops watch_ops = { .opened = watch_opened,
                                                 .writable = watch_writable,
                                                 .gone = gone };
static const struct rpc_stream_ops gather_ops = {
    .opened = opened, .message = gather_message, .half_closed = gather_half_closed, .gone = gone
};
static const struct rpc_stream_ops chat_ops = {
    .opened = opened, .message = chat_message, .half_closed = chat_half_closed, .gone = gone
};

static const struct rpc_method rows[] = {
    { .name = "Say", .shape = RPC_UNARY, .unary = say },
    { .name = "Watch", .shape = RPC_SERVER_STREAM, .stream = &watch_ops },
    { .name = "Gather", .shape = RPC_CLIENT_STREAM, .stream = &gather_ops },
    { .name = "Chat", .shape = RPC_BIDI, .stream = &chat_ops },
};

/* What protoc makes of health.proto: enough for reflection to have something to say. */
struct slice echo_descriptors(void)
{
    static uint8_t set[65536];
    static size_t size;
    FILE *f;

    if (size == 0) {
        f = popen("protoc -I/usr/share/grpc-proto --include_imports "
                  "--descriptor_set_out=/dev/stdout grpc/health/v1/health.proto",
                  "r");
        must(f);
        size = fread(set, 1, sizeof(set), f);
        must(pclose(f) == 0 && size > 0);
    }
    return slice_of(set, size);
}

struct rpc_server *echo_start(const struct pki_identity *identity, const struct rpc_limits *limits,
                              int lanes, int *ret_port)
{
    const struct rpc_service service = { .descriptor = &echo_descriptor,
                                         .methods = rows,
                                         .n_methods = COUNT_OF(rows) };
    struct rpc_certificates certificates = pki_files(identity);
    struct rpc_server *server;

    echo_reset();
    assert_int_equal(rpc_server_create(limits, lanes, &server), 0);
    assert_int_equal(rpc_server_add(server, &service), 0);
    assert_int_equal(rpc_server_add_health(server), 0);
    assert_int_equal(rpc_server_reflect(server, echo_descriptors()), 0);
    assert_int_equal(rpc_server_listen(server, "127.0.0.1:0", &certificates, ret_port), 0);
    assert_int_equal(rpc_server_start(server), 0);
    rpc_server_set_serving(server, NULL, true);
    return server;
}

Google__Protobuf__Any echo_any(const char *what, const char *value)
{
    Any any = GOOGLE__PROTOBUF__ANY__INIT;

    any.type_url = (char *)(uintptr_t)what;
    any.value.data = (uint8_t *)(uintptr_t)value;
    any.value.len = strlen(value);
    return any;
}

void echo_say(struct talk_client *client, const char *what, const char *value)
{
    Any request = echo_any(what, value);
    ProtobufCMessage *answer;
    struct talk talk;

    talk_unary(&talk, client, "/test.Echo/Say", &request.base, &google__protobuf__any__descriptor,
               &answer);
    assert_int_equal(talk.status, GRPC_STATUS_OK);
    assert_non_null(answer);
    assert_string_equal(((Any *)answer)->type_url, what);
    protobuf_c_message_free_unpacked(answer, NULL);
    talk_release(&talk);
}
