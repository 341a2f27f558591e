/*
 * watchdog.c - a small gRPC client that asks its own server whether it still answers.
 *
 * Every probe is a new channel with a subchannel pool of its own: a kept connection would go on
 * working after the listener is dead, which is the very thing to notice.
 */
#include "rpc/watchdog.h"

#include <errno.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "rpc/rpc_log.h"
#include "rpc/rpc_tls.h"

#include "base/base.h"

enum probe { PROBE_ANSWERED, PROBE_REFUSED, PROBE_SILENT, PROBE_IMPOSSIBLE };

struct watchdog {
    char *address, *server_name, *ca_path, *certificate_path, *key_path;
    int period_ms, timeout_ms, failures_max;
    grpc_completion_queue *cq;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool stopping;   /* guarded */
    grpc_call *call; /* guarded: the probe under way */
};

/* one probe -------------------------------------------------------------------------------------- */

/* The answer to one Health.Check, as gRPC fills it. */
struct answer {
    grpc_metadata_array head, tail;
    grpc_byte_buffer *message;
    grpc_status_code status;
    grpc_slice text;
};

static grpc_channel *channel_open(const struct watchdog *dog, const struct rpc_pem *pem)
{
    grpc_ssl_pem_key_cert_pair pair = { .private_key = pem->key, .cert_chain = pem->certificate };
    grpc_channel_credentials *credentials =
        grpc_ssl_credentials_create_ex(pem->ca, &pair, NULL, NULL);
    grpc_arg args[] = {
        { .type = GRPC_ARG_INTEGER,
          .key = (char *)(uintptr_t)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
          .value.integer = 1 },
        { .type = GRPC_ARG_STRING,
          .key = (char *)(uintptr_t)GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
          .value.string = dog->server_name },
    };
    grpc_channel_args all = { .num_args = COUNT_OF(args), .args = args };
    grpc_channel *channel;

    if (!credentials)
        return NULL;
    channel = grpc_channel_create(dog->address, credentials, &all);
    grpc_channel_credentials_release(credentials);
    return channel;
}

/* Lets watchdog_free() cancel the call while it waits. */
static void call_shown(struct watchdog *dog, grpc_call *call)
{
    pthread_mutex_lock(&dog->lock);
    dog->call = call;
    if (call && dog->stopping)
        (void)grpc_call_cancel(call, NULL);
    pthread_mutex_unlock(&dog->lock);
}

/* Sends an empty HealthCheckRequest (the server as a whole) and waits for whatever comes. */
static void check_call(struct watchdog *dog, grpc_channel *channel, struct answer *answer)
{
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                         gpr_time_from_millis(dog->timeout_ms, GPR_TIMESPAN));
    grpc_slice method = grpc_slice_from_static_string("/grpc.health.v1.Health/Check");
    grpc_byte_buffer *request = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_op ops[] = {
        { .op = GRPC_OP_SEND_INITIAL_METADATA },
        { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = request },
        { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
        { .op = GRPC_OP_RECV_INITIAL_METADATA,
          .data.recv_initial_metadata.recv_initial_metadata = &answer->head },
        { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &answer->message },
        { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
          .data.recv_status_on_client = { .trailing_metadata = &answer->tail,
                                          .status = &answer->status,
                                          .status_details = &answer->text } },
    };
    grpc_call *call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, dog->cq,
                                               method, NULL, deadline, NULL);

    must(grpc_call_start_batch(call, ops, COUNT_OF(ops), call, NULL) == GRPC_CALL_OK);
    call_shown(dog, call);
    (void)grpc_completion_queue_next(dog->cq, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    call_shown(dog, NULL);
    grpc_byte_buffer_destroy(request);
    grpc_call_unref(call);
}

/* gRPC says UNAVAILABLE both when nobody listens and when the server would not have us; only its
 * text tells. Whoever closes a connection has accepted it, so it lives. A deadline that passes is
 * what a dead listener looks like: the kernel still connects, and then nothing. */
static enum probe verdict(grpc_status_code status, const char *text)
{
    static const char *const signs_of_life[] = { "Socket closed", "Connection reset", "andshake" };

    if (status == GRPC_STATUS_DEADLINE_EXCEEDED)
        return PROBE_SILENT;
    if (status != GRPC_STATUS_UNAVAILABLE)
        return PROBE_ANSWERED;
    for (size_t i = 0; i < COUNT_OF(signs_of_life); i++)
        if (strstr(text, signs_of_life[i]))
            return PROBE_REFUSED;
    return PROBE_SILENT;
}

static enum probe probe_once(struct watchdog *dog, const struct rpc_pem *pem)
{
    struct answer answer = { .text = grpc_empty_slice() };
    grpc_channel *channel = channel_open(dog, pem);
    enum probe result;
    char *text;

    if (!channel)
        return PROBE_IMPOSSIBLE;
    check_call(dog, channel, &answer);
    text = grpc_slice_to_c_string(answer.text);
    result = verdict(answer.status, text);
    if (result != PROBE_ANSWERED && answer.status != GRPC_STATUS_CANCELLED)
        log_event(LOG_LEVEL_WARNING, "probe_failed", "status=%d text=\"%s\"", (int)answer.status,
                  text);
    gpr_free(text);
    grpc_slice_unref(answer.text);
    grpc_metadata_array_destroy(&answer.head);
    grpc_metadata_array_destroy(&answer.tail);
    grpc_byte_buffer_destroy(answer.message);
    grpc_channel_destroy(channel);
    return result;
}

/* The files are read anew each time: they may have been renewed. */
static enum probe probe(struct watchdog *dog)
{
    struct rpc_certificates certificates = { .ca_path = dog->ca_path,
                                             .certificate_path = dog->certificate_path,
                                             .key_path = dog->key_path };
    struct rpc_pem pem;
    const char *file;
    enum probe result;
    int r = rpc_pem_read(&certificates, &pem, &file);

    if (r == -EMFILE || r == -ENFILE)
        return PROBE_SILENT; /* whoever cannot open a file cannot accept a caller */
    if (r < 0) {
        log_event(LOG_LEVEL_WARNING, "probe_impossible", "file=%s errno=%d", file, -r);
        return PROBE_IMPOSSIBLE;
    }
    result = probe_once(dog, &pem);
    rpc_pem_release(&pem);
    return result;
}

/* the thread -------------------------------------------------------------------------------------- */

/* Waits a period; true when it is time to stop. */
static bool wait_period(struct watchdog *dog)
{
    int64_t until_ms = machine_ms() + dog->period_ms;
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    bool stopping;

    pthread_mutex_lock(&dog->lock);
    while (!dog->stopping && machine_ms() < until_ms)
        (void)pthread_cond_timedwait(&dog->stopped, &dog->lock, &until);
    stopping = dog->stopping;
    pthread_mutex_unlock(&dog->lock);
    return stopping;
}

static void *watchdog_run(void *argument)
{
    struct watchdog *dog = argument;
    int failures = 0;

    while (!wait_period(dog)) {
        failures = probe(dog) == PROBE_SILENT ? failures + 1 : 0;
        if (failures < dog->failures_max)
            continue;
        log_event(LOG_LEVEL_ERROR, "watchdog_exit", "address=%s failures=%d code=%d", dog->address,
                  failures, WATCHDOG_EXIT_CODE);
        _exit(WATCHDOG_EXIT_CODE); /* nothing to save: every commit is atomic */
    }
    return NULL;
}

/* life cycle -------------------------------------------------------------------------------------- */

static void stop(struct watchdog *dog)
{
    pthread_mutex_lock(&dog->lock);
    dog->stopping = true;
    if (dog->call)
        (void)grpc_call_cancel(dog->call, NULL);
    pthread_cond_signal(&dog->stopped);
    pthread_mutex_unlock(&dog->lock);
    if (dog->thread_runs)
        must(pthread_join(dog->thread, NULL) == 0);
}

struct watchdog *watchdog_free(struct watchdog *dog)
{
    if (!dog)
        return NULL;
    stop(dog);
    grpc_completion_queue_shutdown(dog->cq);
    while (grpc_completion_queue_next(dog->cq, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_completion_queue_destroy(dog->cq);
    grpc_shutdown();
    pthread_cond_destroy(&dog->stopped);
    pthread_mutex_destroy(&dog->lock);
    memory_free(dog->address);
    memory_free(dog->server_name);
    memory_free(dog->ca_path);
    memory_free(dog->certificate_path);
    memory_free(dog->key_path);
    return memory_free(dog);
}

static bool copy_options(struct watchdog *dog, const struct watchdog_options *options)
{
    dog->period_ms = options->period_ms;
    dog->timeout_ms = options->timeout_ms;
    dog->failures_max = options->failures_max;
    dog->address = memory_strdup(options->address);
    dog->server_name = memory_strdup(options->server_name);
    dog->ca_path = memory_strdup(options->certificates.ca_path);
    dog->certificate_path = memory_strdup(options->certificates.certificate_path);
    dog->key_path = memory_strdup(options->certificates.key_path);
    return dog->address && dog->server_name && dog->ca_path && dog->certificate_path &&
           dog->key_path;
}

static int start_thread(struct watchdog *dog)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&dog->thread, NULL, watchdog_run, dog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r)
        return -r;
    (void)pthread_setname_np(dog->thread, "watchdog");
    dog->thread_runs = true;
    return 0;
}

int watchdog_create(const struct watchdog_options *options, struct watchdog **ret_watchdog)
{
    pthread_condattr_t attributes;
    struct watchdog *dog;
    int r = -ENOMEM;

    if (options->period_ms <= 0 || options->timeout_ms <= 0 || options->failures_max <= 0)
        return -EINVAL;
    dog = memory_alloc(sizeof(*dog));
    if (!dog)
        return -ENOMEM;
    rpc_log_bridge();
    grpc_init();
    dog->cq = grpc_completion_queue_create_for_next(NULL);
    pthread_mutex_init(&dog->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&dog->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    if (copy_options(dog, options))
        r = start_thread(dog);
    if (r < 0) {
        watchdog_free(dog);
        return r;
    }
    *ret_watchdog = dog;
    return 0;
}
