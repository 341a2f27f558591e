/*
 * call.c - one unary call: pack, send, wait, take apart; and again while the server is UNAVAILABLE.
 *
 * Each try has its own small completion queue that the calling thread plucks from, so there is no
 * thread of ours, no lock on the way, and nothing that outlives the call. A request is packed once:
 * every try sends the same bytes with the same request id.
 */
#include <errno.h>
#include <string.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "libhotline/internal.h"

#include "base/base.h"

/* request -------------------------------------------------------------------------------------- */

int hotline_request_id(char text[HOTLINE_REQUEST_ID_BYTES])
{
    static const size_t groups[] = { 4, 2, 2, 2, 6 };
    uint8_t bytes[16];
    size_t from = 0;
    int r = random_bytes(bytes, sizeof(bytes));

    if (r < 0)
        return r;
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        hex_of(bytes + from, groups[i], text);
        from += groups[i];
        text += 2 * groups[i];
        *text++ = i + 1 < COUNT_OF(groups) ? '-' : '\0';
    }
    return 0;
}

/* The request id field of a command; NULL for a read. */
static const ProtobufCFieldDescriptor *request_id_field(const ProtobufCMessage *ask)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(ask->descriptor, "request_id");

    return field && field->type == PROTOBUF_C_TYPE_STRING && field->id < 16 ? field : NULL;
}

/* A field may follow the packed message as well as stand in it: the caller's message is not
 * touched, and need not be copied, to get its id. */
static size_t append_id(uint8_t *at, uint32_t field, const char *request_id)
{
    size_t size = strlen(request_id);

    at[0] = (uint8_t)(field << 3 | 2);
    at[1] = (uint8_t)size;
    memcpy(at + 2, request_id, size);
    return size + 2;
}

int request_pack(const ProtobufCMessage *ask, struct request *ret_request,
                 struct hotline_error *error)
{
    const ProtobufCFieldDescriptor *field = request_id_field(ask);
    size_t size = protobuf_c_message_get_packed_size(ask);
    grpc_slice slice = grpc_slice_malloc(size + HOTLINE_REQUEST_ID_BYTES + 2);
    uint8_t *bytes = GRPC_SLICE_START_PTR(slice);
    struct request request = { .request_id = "" };
    const char *given = NULL;

    protobuf_c_message_pack(ask, bytes);
    if (field)
        given = *(char *const *)(const void *)((const char *)ask + field->offset);
    if (given && *given) {
        size_t most = sizeof(request.request_id) - 1, length = strlen(given);

        memcpy(request.request_id, given, length < most ? length : most);
    } else if (field) {
        if (hotline_request_id(request.request_id) < 0) {
            grpc_slice_unref(slice);
            return error_local(error, -EIO, "取不到随机数", "no random numbers");
        }
        size += append_id(bytes + size, field->id, request.request_id);
    }
    GRPC_SLICE_SET_LENGTH(slice, size);
    request.bytes = slice;
    *ret_request = request;
    return 0;
}

/* Sexchange empties a byte buffer, so each try needs its own. (One for all was tried: the second try
 * sent an empty message.) */
grpc_byte_buffer *request_buffer(const struct request *request)
{
    grpc_slice slice = request->bytes;

    return grpc_raw_byte_buffer_create(&slice, 1);
}

void request_release(struct request *request)
{
    grpc_slice_unref(request->bytes);
}

ProtobufCMessage *answer_unpack(const ProtobufCMessageDescriptor *type, grpc_byte_buffer *buffer)
{
    grpc_byte_buffer_reader reader;
    ProtobufCMessage *message = NULL;

    if (grpc_byte_buffer_reader_init(&reader, buffer)) {
        grpc_slice all = grpc_byte_buffer_reader_readall(&reader);

        message = protobuf_c_message_unpack(type, NULL, GRPC_SLICE_LENGTH(all),
                                            GRPC_SLICE_START_PTR(all));
        grpc_slice_unref(all);
        grpc_byte_buffer_reader_destroy(&reader);
    }
    grpc_byte_buffer_destroy(buffer);
    return message;
}

void *hotline_message_free(void *message)
{
    if (message)
        protobuf_c_message_free_unpacked(message, NULL);
    return NULL;
}

/* exchange ------------------------------------------------------------------------------------- */

void exchange_open(struct hotline *h, const char *path, int64_t until_ms,
                   struct exchange *ret_exchange)
{
    gpr_timespec until = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_slice method = grpc_slice_from_static_string(path);
    struct exchange exchange = { .status = GRPC_STATUS_CANCELLED, .message = grpc_empty_slice() };

    if (until_ms != INT64_MAX) {
        int64_t left_ms = until_ms - machine_ms();

        until = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                             gpr_time_from_millis(left_ms > 1 ? left_ms : 1, GPR_TIMESPAN));
    }
    grpc_metadata_array_init(&exchange.initial);
    grpc_metadata_array_init(&exchange.trailing);
    exchange.queue = grpc_completion_queue_create_for_pluck(NULL);
    exchange.call = grpc_channel_create_call(h->link->channel, NULL, GRPC_PROPAGATE_DEFAULTS,
                                             exchange.queue, method, NULL, until, NULL);
    *ret_exchange = exchange;
}

void exchange_close(struct exchange *exchange)
{
    grpc_slice_unref(exchange->message);
    grpc_metadata_array_destroy(&exchange->initial);
    grpc_metadata_array_destroy(&exchange->trailing);
    grpc_call_unref(exchange->call);
    grpc_completion_queue_shutdown(exchange->queue);
    grpc_completion_queue_destroy(exchange->queue);
}

int exchange_error(const struct exchange *exchange, const char *request_id,
                   struct hotline_error *error)
{
    struct hotline_error own = { 0 }, *say = error ? error : &own;
    const uint8_t *details = NULL;
    size_t size = 0;
    char *message;
    int r;

    if (exchange->status == GRPC_STATUS_OK)
        return 0;
    for (size_t i = 0; i < exchange->trailing.count; i++) {
        const grpc_metadata *entry = &exchange->trailing.metadata[i];

        if (grpc_slice_str_cmp(entry->key, "grpc-status-details-bin") == 0) {
            details = GRPC_SLICE_START_PTR(entry->value);
            size = GRPC_SLICE_LENGTH(entry->value);
        }
    }
    message = grpc_slice_to_c_string(exchange->message);
    error_decode(say, (int)exchange->status, message, details, size);
    error_set_request_id(say, request_id);
    r = error_errno((int)exchange->status, say->reason, *request_id, exchange->sent);
    gpr_free(message);
    if (!error)
        hotline_error_release(&own);
    return r;
}

/* call ----------------------------------------------------------------------------------------- */

size_t call_metadata(const struct hotline *h, grpc_metadata *metadata)
{
    if (!h->person)
        return 0;
    *metadata = (grpc_metadata){ .key = grpc_slice_from_static_string("hotline-person"),
                                 .value = grpc_slice_from_static_string(h->person) };
    return 1;
}

/* Whether the server may have seen a call that ended without its answer. gRPC does not say (the peer
 * is named only after the server's first word, which was tried), so it is judged from the channel:
 * not sent is what never had a connection. In doubt: sent. */
static bool was_sent(struct hotline *h, grpc_connectivity_state before, grpc_status_code status)
{
    grpc_connectivity_state after = grpc_channel_check_connectivity_state(h->link->channel, 0);

    if (before == GRPC_CHANNEL_READY)
        return true;
    return after != GRPC_CHANNEL_TRANSIENT_FAILURE &&
           !(after == GRPC_CHANNEL_CONNECTING && status == GRPC_STATUS_DEADLINE_EXCEEDED);
}

/* One try. The answer's buffer is the caller's; NULL when there is none. */
static void call_try(struct hotline *h, const struct request *request, struct exchange *exchange,
                     grpc_byte_buffer **ret_answer)
{
    struct running running = { .call = exchange->call };
    grpc_byte_buffer *sent = request_buffer(request);
    grpc_connectivity_state before = grpc_channel_check_connectivity_state(h->link->channel, 0);
    grpc_metadata person;
    grpc_op ops[] = {
        { .op = GRPC_OP_SEND_INITIAL_METADATA,
          .data.send_initial_metadata = { .count = call_metadata(h, &person),
                                          .metadata = &person } },
        { .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = sent },
        { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
        { .op = GRPC_OP_RECV_INITIAL_METADATA,
          .data.recv_initial_metadata.recv_initial_metadata = &exchange->initial },
        { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = ret_answer },
        { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
          .data.recv_status_on_client = { .trailing_metadata = &exchange->trailing,
                                          .status = &exchange->status,
                                          .status_details = &exchange->message } },
    };

    if (running_add(h, &running)) {
        must(grpc_call_start_batch(running.call, ops, COUNT_OF(ops), h, NULL) == GRPC_CALL_OK);
        grpc_completion_queue_pluck(exchange->queue, h, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        running_remove(h, &running);
        exchange->sent = was_sent(h, before, exchange->status);
    }
    grpc_byte_buffer_destroy(sent);
}

static int call_once(struct hotline *h, const struct hotline_method *method,
                     const struct request *request, int64_t until_ms, ProtobufCMessage **ret_answer,
                     struct hotline_error *error)
{
    grpc_byte_buffer *buffer = NULL;
    struct exchange exchange;
    int r;

    exchange_open(h, method->path, until_ms, &exchange);
    call_try(h, request, &exchange, &buffer);
    r = exchange_error(&exchange, request->request_id, error);
    if (r == 0) {
        ProtobufCMessage *answer = buffer ? answer_unpack(method->answer, buffer) : NULL;

        buffer = NULL;
        if (answer)
            *ret_answer = answer;
        else
            r = error_local(error, -EBADMSG, "服务的应答无法解读",
                            "the server's answer cannot be read");
    }
    if (buffer)
        grpc_byte_buffer_destroy(buffer);
    exchange_close(&exchange);
    return r;
}

int64_t backoff_next_ms(int64_t previous_ms, uint32_t random)
{
    int64_t widest = previous_ms * 3 > BACKOFF_BASE_MS ? previous_ms * 3 : BACKOFF_BASE_MS * 3;
    int64_t next =
        BACKOFF_BASE_MS + (int64_t)((uint64_t)random * (uint64_t)(widest - BACKOFF_BASE_MS) >> 32);

    return next < BACKOFF_MS_MAX ? next : BACKOFF_MS_MAX;
}

int64_t backoff_after(int64_t previous_ms, const struct hotline_error *error)
{
    uint32_t random = 0;
    int64_t next;

    (void)random_bytes(&random, sizeof(random)); /* 0 is a fair pause too */
    next = backoff_next_ms(previous_ms, random);
    return next > error->retry_after_ms ? next : error->retry_after_ms;
}

/* An outcome unknown at one try stays unknown until a later try is answered: the last try may
 * merely have found nobody. */
int hotline_call(struct hotline *h, const struct hotline_method *method,
                 const ProtobufCMessage *ask, ProtobufCMessage **ret_answer,
                 struct hotline_error *error)
{
    struct hotline_error own = { 0 }, *say = error ? error : &own;
    int64_t until_ms = machine_ms() + h->call_ms_max, paused_ms = 0;
    struct request request;
    bool unknown = false;
    int r;

    must(ask->descriptor == method->request && !method->stream);
    r = request_pack(ask, &request, say);
    if (r < 0)
        return r;
    for (int tries = 1;; tries++) {
        r = call_once(h, method, &request, until_ms, ret_answer, say);
        unknown = unknown || r == -EINPROGRESS;
        if (r == 0 || say->status != GRPC_STATUS_UNAVAILABLE ||
            (h->tries_max > 0 && tries >= h->tries_max))
            break;
        paused_ms = backoff_after(paused_ms, say);
        if (machine_ms() + paused_ms >= until_ms || !pause_ms(h, paused_ms))
            break;
    }
    if (unknown && r == -EHOSTUNREACH)
        r = -EINPROGRESS;
    request_release(&request);
    if (!error)
        hotline_error_release(&own);
    return r;
}
