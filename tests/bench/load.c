/* load.c - completion-driven: every finished call starts the next one. */
#include "load.h"

#include <errno.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "base/base.h"

enum {
    CONNECTIONS_MAX = 32,
    REQUEST_BYTES_MAX = 16 * 1024,
    BUCKETS = 4096, /* logarithmic: 0.1 % to 2 % wide, from 1 us to minutes */
};

struct load_client {
    grpc_completion_queue *queue;
    grpc_channel *channels[CONNECTIONS_MAX];
    int connections;
    grpc_metadata person;
    bool has_person;
};

/* One call in flight, used again and again. */
struct slot {
    grpc_call *call;
    uint64_t number;
    int64_t planned_us;
    grpc_metadata_array initial, trailing;
    grpc_byte_buffer *response;
    grpc_status_code status;
    grpc_slice details;
    int channel;
};

struct run {
    struct load_client *client;
    const struct load_call *call;
    const struct load_plan *plan;
    struct load_result *result;
    uint64_t started, finished;
    int64_t begin_us;
    uint64_t histogram[BUCKETS];
    int64_t max_us;
    grpc_slice method;
};

/* client -------------------------------------------------------------------------------------- */

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = f ? calloc(1, 65536) : NULL;

    if (text)
        (void)!fread(text, 1, 65535, f);
    if (f)
        (void)fclose(f);
    return text;
}

static void quiet(gpr_log_func_args *args)
{
    (void)args;
}

int load_client_create(const struct load_target *target, struct load_client **ret_client)
{
    struct load_client *client = calloc(1, sizeof(*client));
    char *ca = file_text(target->ca_path), *key = file_text(target->key_path);
    char *certificate = file_text(target->certificate_path);
    grpc_ssl_pem_key_cert_pair pair = { .private_key = key, .cert_chain = certificate };

    must(client && ca && key && certificate && target->connections <= CONNECTIONS_MAX);
    gpr_set_log_function(quiet);
    grpc_init();
    client->queue = grpc_completion_queue_create_for_next(NULL);
    client->connections = target->connections;
    for (int i = 0; i < target->connections; i++) {
        grpc_channel_credentials *credentials = grpc_ssl_credentials_create(ca, &pair, NULL, NULL);
        /* a distinct argument keeps the channels from sharing one connection */
        grpc_arg arguments[] = {
            { .type = GRPC_ARG_INTEGER, .key = (char *)"bench.channel", .value.integer = i },
            { .type = GRPC_ARG_INTEGER,
              .key = (char *)"grpc.use_local_subchannel_pool",
              .value.integer = 1 },
        };
        grpc_channel_args all = { .num_args = COUNT_OF(arguments), .args = arguments };

        client->channels[i] = grpc_channel_create(target->address, credentials, &all);
        grpc_channel_credentials_release(credentials);
    }
    if (target->person) {
        client->has_person = true;
        client->person.key = grpc_slice_from_static_string("hotline-person");
        client->person.value = grpc_slice_from_copied_string(target->person);
    }
    free(ca);
    free(key);
    free(certificate);
    *ret_client = client;
    return 0;
}

struct load_client *load_client_free(struct load_client *client)
{
    if (!client)
        return NULL;
    for (int i = 0; i < client->connections; i++)
        grpc_channel_destroy(client->channels[i]);
    grpc_completion_queue_shutdown(client->queue);
    while (
        grpc_completion_queue_next(client->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL).type !=
        GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_completion_queue_destroy(client->queue);
    if (client->has_person)
        grpc_slice_unref(client->person.value);
    free(client);
    grpc_shutdown();
    return NULL;
}

/* latency ------------------------------------------------------------------------------------- */

static int bucket_of(int64_t us)
{
    int bucket = us <= 1 ? 0 : (int)(log((double)us) * 200.0);

    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double percentile_ms(const struct run *run, double part)
{
    uint64_t seen = 0, wanted = (uint64_t)((double)run->finished * part);

    for (int i = 0; i < BUCKETS; i++) {
        seen += run->histogram[i];
        if (seen > wanted)
            return exp((double)(i + 1) / 200.0) / 1000.0;
    }
    return (double)run->max_us / 1000.0;
}

/* calls --------------------------------------------------------------------------------------- */

static void slot_start(struct run *run, struct slot *slot, int64_t planned_us)
{
    uint8_t buffer[REQUEST_BYTES_MAX];
    struct load_client *client = run->client;
    size_t size;
    grpc_slice bytes;
    grpc_byte_buffer *request;
    grpc_op ops[6] = { 0 };

    slot->number = run->started++;
    slot->planned_us = planned_us;
    size = run->call->request(run->call->user, slot->number, buffer, sizeof(buffer));
    bytes = grpc_slice_from_copied_buffer((const char *)buffer, size);
    request = grpc_raw_byte_buffer_create(&bytes, 1);
    grpc_slice_unref(bytes);
    slot->call = grpc_channel_create_call(
        client->channels[slot->channel], NULL, GRPC_PROPAGATE_DEFAULTS, client->queue, run->method,
        NULL, gpr_time_from_seconds(1ull << 32, GPR_CLOCK_REALTIME), NULL);
    grpc_metadata_array_init(&slot->initial);
    grpc_metadata_array_init(&slot->trailing);
    slot->response = NULL;
    ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[0].data.send_initial_metadata.count = client->has_person;
    ops[0].data.send_initial_metadata.metadata = &client->person;
    ops[1].op = GRPC_OP_SEND_MESSAGE;
    ops[1].data.send_message.send_message = request;
    ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &slot->initial;
    ops[4].op = GRPC_OP_RECV_MESSAGE;
    ops[4].data.recv_message.recv_message = &slot->response;
    ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    ops[5].data.recv_status_on_client.status = &slot->status;
    ops[5].data.recv_status_on_client.status_details = &slot->details;
    ops[5].data.recv_status_on_client.trailing_metadata = &slot->trailing;
    must(grpc_call_start_batch(slot->call, ops, 6, slot, NULL) == GRPC_CALL_OK);
    grpc_byte_buffer_destroy(request);
}

static void slot_failed(struct run *run, const struct slot *slot)
{
    char *text;

    if (run->result->failed++ > 0)
        return;
    text = grpc_slice_to_c_string(slot->details);
    (void)snprintf(run->result->first_failure, sizeof(run->result->first_failure),
                   "status %d: %s (call %llu)", (int)slot->status, text,
                   (unsigned long long)slot->number);
    gpr_free(text);
}

static void slot_finish(struct run *run, struct slot *slot)
{
    int64_t us = machine_us() - slot->planned_us;

    run->finished++;
    run->histogram[bucket_of(us)]++;
    if (us > run->max_us)
        run->max_us = us;
    if (slot->status != GRPC_STATUS_OK)
        slot_failed(run, slot);
    else if (run->call->response && slot->response) {
        grpc_byte_buffer_reader reader;
        grpc_slice all;

        must(grpc_byte_buffer_reader_init(&reader, slot->response));
        all = grpc_byte_buffer_reader_readall(&reader);
        run->call->response(run->call->user, slot->number, GRPC_SLICE_START_PTR(all),
                            GRPC_SLICE_LENGTH(all));
        grpc_slice_unref(all);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    if (slot->response)
        grpc_byte_buffer_destroy(slot->response);
    grpc_metadata_array_destroy(&slot->initial);
    grpc_metadata_array_destroy(&slot->trailing);
    grpc_slice_unref(slot->details);
    grpc_call_unref(slot->call);
    slot->call = NULL;
}

/* The instant at which the next call is planned; INT64_MAX when no more are. */
static int64_t next_planned_us(const struct run *run)
{
    const struct load_plan *plan = run->plan;
    int64_t now = machine_us(), planned = now;

    if (plan->calls && run->started >= plan->calls)
        return INT64_MAX;
    if (plan->rate > 0)
        planned = run->begin_us + (int64_t)((double)run->started * 1e6 / plan->rate);
    if (plan->duration_ms && planned - run->begin_us >= plan->duration_ms * 1000)
        return INT64_MAX;
    return planned;
}

/* Starts what is due on idle slots; false when nothing is left to start. */
static bool run_start_due(struct run *run, struct slot *slots, int *idle, int *n_idle)
{
    for (;;) {
        int64_t planned = next_planned_us(run);

        if (planned == INT64_MAX)
            return false;
        if (*n_idle == 0 || planned > machine_us())
            return true;
        slot_start(run, &slots[idle[--*n_idle]], planned);
    }
}

static void run_loop(struct run *run, struct slot *slots, int *idle)
{
    int n_idle = run->plan->outstanding;
    bool more = true;

    while (more || n_idle < run->plan->outstanding) {
        grpc_event event;
        int64_t wait_us = run->plan->rate > 0 ? 200 : 1000000;

        if (more)
            more = run_start_due(run, slots, idle, &n_idle);
        event = grpc_completion_queue_next(
            run->client->queue,
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(wait_us, GPR_TIMESPAN)),
            NULL);
        if (event.type != GRPC_OP_COMPLETE)
            continue;
        slot_finish(run, event.tag);
        idle[n_idle++] = (int)((struct slot *)event.tag - slots);
    }
}

int load_run(struct load_client *client, const struct load_call *call, const struct load_plan *plan,
             struct load_result *ret_result)
{
    struct run *run = calloc(1, sizeof(*run));
    struct slot *slots = calloc((size_t)plan->outstanding, sizeof(*slots));
    int *idle = calloc((size_t)plan->outstanding, sizeof(*idle));

    must(run && slots && idle);
    *ret_result = (struct load_result){ 0 };
    run->client = client;
    run->call = call;
    run->plan = plan;
    run->result = ret_result;
    run->method = grpc_slice_from_copied_string(call->method);
    for (int i = 0; i < plan->outstanding; i++) {
        slots[i].channel = i % client->connections;
        idle[i] = i;
    }
    run->begin_us = machine_us();
    run_loop(run, slots, idle);
    ret_result->calls = run->finished;
    ret_result->seconds = (double)(machine_us() - run->begin_us) / 1e6;
    ret_result->rate = (double)run->finished / ret_result->seconds;
    ret_result->p50_ms = percentile_ms(run, 0.50);
    ret_result->p95_ms = percentile_ms(run, 0.95);
    ret_result->p99_ms = percentile_ms(run, 0.99);
    ret_result->max_ms = (double)run->max_us / 1000.0;
    grpc_slice_unref(run->method);
    free(idle);
    free(slots);
    free(run);
    return ret_result->failed ? -EIO : 0;
}
