/*
 * channel.c - the handle's life: certificates, channel, derived handles, interruption.
 *
 * The channel belongs to a `struct link` counted by the handles that share it. gRPC's own retries
 * and HTTP proxies are off: the office's server is on the office's network, and whether a call may
 * be repeated is decided in call.c, where the request id is known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "libhotline/internal.h"

#include "base/base.h"

enum {
    PEM_BYTES_MAX = 1024 * 1024,
    ANSWER_BYTES_MAX = 16 * 1024 * 1024,
    CALL_MS_DEFAULT = 10000,
    SILENCE_MS_DEFAULT = 35000,
    CONNECT_MS_MIN = 100,
    CONNECT_MS_MAX = 2000,
    KEEPALIVE_MS = 60000,
    PAUSE_SLICE_MS = 100,
};

/* gRPC's log: quiet unless asked for. -------------------------------------------------------- */

static void log_nothing(gpr_log_func_args *arguments)
{
    (void)arguments;
}

void hotline_transport_log(bool on)
{
    gpr_set_log_function(on ? NULL : log_nothing);
}

/* certificates --------------------------------------------------------------------------------- */

static int file_read(struct arena *a, const char *path, char **ret_text)
{
    FILE *file = fopen(path, "re");
    char *text = arena_alloc(a, PEM_BYTES_MAX);
    size_t size;
    int r = 0;

    if (!file)
        return -errno;
    if (!text) {
        fclose(file);
        return -ENOMEM;
    }
    size = fread(text, 1, PEM_BYTES_MAX - 1, file);
    if (ferror(file))
        r = -EIO;
    else if (!strstr(text, "-----BEGIN ") || size == PEM_BYTES_MAX - 1)
        r = -EBADMSG;
    fclose(file);
    if (r == 0)
        *ret_text = text;
    return r;
}

static int credentials_read(const struct hotline_options *options, grpc_channel_credentials **ret,
                            struct hotline_error *error)
{
    const char *paths[] = { options->ca_path, options->certificate_path, options->key_path };
    char *texts[COUNT_OF(paths)] = { NULL };
    grpc_ssl_pem_key_cert_pair pair;
    struct arena a;
    int r = 0;

    arena_init(&a, (COUNT_OF(paths) + 1) * PEM_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(paths) && r == 0; i++) {
        r = file_read(&a, paths[i], &texts[i]);
        if (r < 0)
            error_local(error, r, arena_printf(&a, "读不了证书文件 %s: %s", paths[i], strerror(-r)),
                        arena_printf(&a, "cannot read %s: %s", paths[i], strerror(-r)));
    }
    if (r == 0) {
        pair = (grpc_ssl_pem_key_cert_pair){ .private_key = texts[2], .cert_chain = texts[1] };
        *ret = grpc_ssl_credentials_create(texts[0], &pair, NULL, NULL);
        memset(texts[2], 0, strlen(texts[2]));
    }
    arena_release(&a);
    return r;
}

/* link ----------------------------------------------------------------------------------------- */

static grpc_arg number(const char *key, int value)
{
    return (grpc_arg){ .type = GRPC_ARG_INTEGER,
                       .key = (char *)(uintptr_t)key,
                       .value.integer = value };
}

static struct link *link_unref(struct link *link)
{
    if (link && --link->references == 0) {
        if (link->channel)
            grpc_channel_destroy(link->channel);
        memory_free(link);
        grpc_shutdown();
    }
    return NULL;
}

static int link_create(const struct hotline_options *options, struct link **ret,
                       struct hotline_error *error)
{
    grpc_channel_credentials *credentials = NULL;
    grpc_arg arguments[] = {
        number(GRPC_ARG_ENABLE_HTTP_PROXY, 0),
        number(GRPC_ARG_ENABLE_RETRIES, 0),
        number(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, ANSWER_BYTES_MAX),
        number(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, CONNECT_MS_MIN),
        number(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, CONNECT_MS_MAX),
        number(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, CONNECT_MS_MAX),
        number(GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS),
        { .type = GRPC_ARG_STRING,
          .key = (char *)(uintptr_t)GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
          .value.string = (char *)(uintptr_t)options->server_name },
    };
    grpc_channel_args all = { .num_args = COUNT_OF(arguments) - (options->server_name ? 0 : 1),
                              .args = arguments };
    struct link *link = memory_alloc(sizeof(*link));
    int r;

    if (!link)
        return error_local(error, -ENOMEM, "内存不足", "out of memory");
    grpc_init();
    link->references = 1;
    r = credentials_read(options, &credentials, error);
    if (r == 0) {
        link->channel = grpc_channel_create(options->target, credentials, &all);
        grpc_channel_credentials_release(credentials);
        *ret = link;
        return 0;
    }
    link_unref(link);
    return r;
}

/* handle --------------------------------------------------------------------------------------- */

static struct hotline *handle_create(struct link *link, const char *person)
{
    struct hotline *h = memory_alloc(sizeof(*h));

    if (!h)
        return NULL;
    if (person && *person) {
        h->person = memory_strdup(person);
        if (!h->person)
            return memory_free(h);
    }
    must(pthread_mutex_init(&h->mutex, NULL) == 0);
    h->link = link;
    return h;
}

/* What goes into HTTP/2 metadata: printable ASCII. */
static bool person_legal(const char *person)
{
    for (; person && *person; person++)
        if (*person < 0x21 || *person > 0x7e)
            return false;
    return true;
}

int hotline_create(const struct hotline_options *options, struct hotline **ret,
                   struct hotline_error *error)
{
    struct link *link = NULL;
    struct hotline *h;
    int r;

    if (!options->target || !options->ca_path || !options->certificate_path || !options->key_path)
        return error_local(error, -EINVAL, "须给出服务地址、CA、证书和私钥",
                           "target, ca_path, certificate_path and key_path are required");
    if (!person_legal(options->person))
        return error_local(error, -EINVAL, "操作人须为人员编号(ASCII)",
                           "the person must be a staff id in ASCII");
    r = link_create(options, &link, error);
    if (r < 0)
        return r;
    h = handle_create(link, options->person);
    if (!h) {
        link_unref(link);
        return error_local(error, -ENOMEM, "内存不足", "out of memory");
    }
    h->call_ms_max = options->call_ms_max > 0 ? options->call_ms_max : CALL_MS_DEFAULT;
    h->silence_ms_max = options->silence_ms_max > 0 ? options->silence_ms_max : SILENCE_MS_DEFAULT;
    h->tries_max = options->tries_max;
    *ret = h;
    return 0;
}

int hotline_derive(const struct hotline *h, const char *person, int64_t call_ms_max,
                   struct hotline **ret)
{
    struct hotline *derived;

    if (!person_legal(person))
        return -EINVAL;
    derived = handle_create(h->link, person ? person : h->person);
    if (!derived)
        return -ENOMEM;
    h->link->references++;
    derived->call_ms_max = call_ms_max > 0 ? call_ms_max : h->call_ms_max;
    derived->silence_ms_max = h->silence_ms_max;
    derived->tries_max = h->tries_max;
    *ret = derived;
    return 0;
}

struct hotline *hotline_free(struct hotline *h)
{
    if (!h)
        return NULL;
    must(!h->running);
    link_unref(h->link);
    pthread_mutex_destroy(&h->mutex);
    memory_free(h->person);
    return memory_free(h);
}

/* interruption --------------------------------------------------------------------------------- */

bool running_add(struct hotline *h, struct running *running)
{
    bool open;

    pthread_mutex_lock(&h->mutex);
    open = !h->interrupted;
    if (open) {
        running->next = h->running;
        h->running = running;
    }
    pthread_mutex_unlock(&h->mutex);
    return open;
}

void running_remove(struct hotline *h, struct running *running)
{
    struct running **at = &h->running;

    pthread_mutex_lock(&h->mutex);
    while (*at != running)
        at = &(*at)->next;
    *at = running->next;
    pthread_mutex_unlock(&h->mutex);
}

void hotline_interrupt(struct hotline *h)
{
    pthread_mutex_lock(&h->mutex);
    h->interrupted = true;
    for (struct running *running = h->running; running; running = running->next)
        grpc_call_cancel(running->call, NULL);
    pthread_mutex_unlock(&h->mutex);
}

static bool interrupted(struct hotline *h)
{
    bool yes;

    pthread_mutex_lock(&h->mutex);
    yes = h->interrupted;
    pthread_mutex_unlock(&h->mutex);
    return yes;
}

/* gRPC drives a connection only while somebody waits on one of its queues, and a channel in trouble
 * refuses calls at once until it is connected. So a pause is spent waiting for the channel to
 * change, in slices that notice an interruption. (A plain sleep was tried: handshakes with a server
 * that had come back were never finished, and a watch stayed away for ever.) */
bool pause_ms(struct hotline *h, int64_t ms)
{
    grpc_completion_queue *queue = grpc_completion_queue_create_for_pluck(NULL);
    grpc_channel *channel = h->link->channel;
    int64_t until_ms = machine_ms() + ms, left_ms = ms;
    grpc_connectivity_state state = grpc_channel_check_connectivity_state(channel, 1);
    bool was_ready = state == GRPC_CHANNEL_READY;

    while (left_ms > 0 && !interrupted(h) && (was_ready || state != GRPC_CHANNEL_READY)) {
        int64_t slice_ms = left_ms < PAUSE_SLICE_MS ? left_ms : PAUSE_SLICE_MS;
        gpr_timespec slice = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                          gpr_time_from_millis(slice_ms, GPR_TIMESPAN));

        grpc_channel_watch_connectivity_state(channel, state, slice, queue, h);
        grpc_completion_queue_pluck(queue, h, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        state = grpc_channel_check_connectivity_state(channel, 1);
        left_ms = until_ms - machine_ms();
    }
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
    return !interrupted(h);
}
