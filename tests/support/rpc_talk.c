/* rpc_talk.c - the C core client, spelled out. */
#include "tests/support/rpc_talk.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"

static gpr_timespec in_ms(int ms)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

void talk_client_init(struct talk_client *client, int port, const struct pki_identity *identity,
                      const char *ca_path)
{
    char *ca = pki_text(ca_path), *key = NULL, *certificate = NULL;
    grpc_ssl_pem_key_cert_pair pair;
    grpc_channel_credentials *credentials;
    grpc_arg args[] = {
        { .type = GRPC_ARG_INTEGER,
          .key = (char *)(uintptr_t)GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL,
          .value.integer = 1 },
        { .type = GRPC_ARG_STRING,
          .key = (char *)(uintptr_t)GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
          .value.string = (char *)(uintptr_t) "localhost" },
    };
    grpc_channel_args all = { .num_args = COUNT_OF(args), .args = args };
    char target[64];

    grpc_init();
    if (identity) {
        key = pki_text(identity->key);
        certificate = pki_text(identity->certificate);
        pair = (grpc_ssl_pem_key_cert_pair){ .private_key = key, .cert_chain = certificate };
    }
    credentials = grpc_ssl_credentials_create_ex(ca, identity ? &pair : NULL, NULL, NULL);
    assert_non_null(credentials);
    (void)snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    client->channel = grpc_channel_create(target, credentials, &all);
    client->cq = grpc_completion_queue_create_for_next(NULL);
    grpc_channel_credentials_release(credentials);
    free(ca);
    free(key);
    free(certificate);
}

void talk_client_release(struct talk_client *client)
{
    grpc_event event;

    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->cq);
    do
        event = grpc_completion_queue_next(client->cq, in_ms(TALK_PATIENCE_MS), NULL);
    while (event.type == GRPC_OP_COMPLETE);
    if (event.type == GRPC_QUEUE_TIMEOUT)
        return; /* a test that failed has left calls behind: let it be reported */
    grpc_completion_queue_destroy(client->cq);
    grpc_shutdown();
}

/* steps ------------------------------------------------------------------------------------------ */

static void start(struct talk *talk, const grpc_op *ops, size_t n_ops, struct talk_op *op)
{
    assert_false(op->out);
    op->out = true;
    assert_int_equal(grpc_call_start_batch(talk->call, ops, n_ops, op, NULL), GRPC_CALL_OK);
}

/* Completions of other steps (and other talks of the client) are noted on the way. */
static bool wait_for(struct talk *talk, struct talk_op *op, int patience_ms)
{
    gpr_timespec until = in_ms(patience_ms);

    while (op->out) {
        grpc_event event = grpc_completion_queue_next(talk->client->cq, until, NULL);
        struct talk_op *done = event.tag;

        if (event.type != GRPC_OP_COMPLETE)
            return false;
        done->out = false;
        done->ok = event.success != 0;
    }
    return true;
}

static bool finish(struct talk *talk, struct talk_op *op)
{
    if (!wait_for(talk, op, TALK_PATIENCE_MS))
        fail_msg("a step of the call did not complete");
    return op->ok;
}

void talk_begin(struct talk *talk, struct talk_client *client, const char *method, int deadline_ms,
                const char *key, const char *value)
{
    grpc_metadata metadata = { 0 };
    grpc_op head[2] = { { .op = GRPC_OP_SEND_INITIAL_METADATA },
                        { .op = GRPC_OP_RECV_INITIAL_METADATA } };
    grpc_op end = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT };

    *talk = (struct talk){ .client = client, .text_slice = grpc_empty_slice() };
    if (key) {
        metadata.key = grpc_slice_from_static_string(key);
        metadata.value = grpc_slice_from_static_string(value);
        head[0].data.send_initial_metadata.count = 1;
        head[0].data.send_initial_metadata.metadata = &metadata;
    }
    talk->call = grpc_channel_create_call(
        client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->cq,
        grpc_slice_from_static_string(method), NULL,
        deadline_ms ? in_ms(deadline_ms) : gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    head[1].data.recv_initial_metadata.recv_initial_metadata = &talk->head;
    end.data.recv_status_on_client.trailing_metadata = &talk->tail;
    end.data.recv_status_on_client.status = &talk->status;
    end.data.recv_status_on_client.status_details = &talk->text_slice;
    start(talk, head, 2, &talk->opening);
    start(talk, &end, 1, &talk->ending);
}

void talk_write_start(struct talk *talk, struct slice bytes)
{
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)bytes.data, bytes.size);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_op op = { .op = GRPC_OP_SEND_MESSAGE };

    op.data.send_message.send_message = buffer;
    start(talk, &op, 1, &talk->writing);
    grpc_byte_buffer_destroy(buffer);
    grpc_slice_unref(slice);
}

bool talk_written(struct talk *talk, int patience_ms)
{
    return wait_for(talk, &talk->writing, patience_ms);
}

bool talk_write_bytes(struct talk *talk, struct slice bytes)
{
    talk_write_start(talk, bytes);
    return finish(talk, &talk->writing);
}

bool talk_write(struct talk *talk, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(size + 1);
    bool ok;

    must(bytes);
    protobuf_c_message_pack(message, bytes);
    ok = talk_write_bytes(talk, slice_of(bytes, size));
    free(bytes);
    return ok;
}

void talk_half_close(struct talk *talk)
{
    grpc_op op = { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };

    start(talk, &op, 1, &talk->closing);
    (void)finish(talk, &talk->closing);
}

/* The next message into talk->received; false at the end. */
static bool receive(struct talk *talk)
{
    grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

    op.data.recv_message.recv_message = &talk->received;
    start(talk, &op, 1, &talk->reading);
    (void)finish(talk, &talk->reading);
    return talk->received != NULL;
}

ProtobufCMessage *talk_read(struct talk *talk, const ProtobufCMessageDescriptor *type)
{
    grpc_byte_buffer_reader reader;
    ProtobufCMessage *message;
    grpc_slice all;

    if (!receive(talk))
        return NULL;
    assert_true(grpc_byte_buffer_reader_init(&reader, talk->received));
    all = grpc_byte_buffer_reader_readall(&reader);
    message =
        protobuf_c_message_unpack(type, NULL, GRPC_SLICE_LENGTH(all), GRPC_SLICE_START_PTR(all));
    assert_non_null(message);
    grpc_slice_unref(all);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(talk->received);
    talk->received = NULL;
    return message;
}

void talk_cancel(struct talk *talk)
{
    (void)grpc_call_cancel(talk->call, NULL);
}

static void take_details(struct talk *talk)
{
    for (size_t i = 0; i < talk->tail.count; i++) {
        const grpc_metadata *one = &talk->tail.metadata[i];

        if (grpc_slice_str_cmp(one->key, "grpc-status-details-bin") == 0)
            talk->details = google__rpc__status__unpack(NULL, GRPC_SLICE_LENGTH(one->value),
                                                        GRPC_SLICE_START_PTR(one->value));
    }
}

grpc_status_code talk_end(struct talk *talk)
{
    if (talk->text)
        return talk->status;
    while (receive(talk)) { /* gRPC keeps the status back until everything is read */
        grpc_byte_buffer_destroy(talk->received);
        talk->received = NULL;
    }
    (void)finish(talk, &talk->ending);
    talk->text = grpc_slice_to_c_string(talk->text_slice);
    take_details(talk);
    return talk->status;
}

void talk_release(struct talk *talk)
{
    struct talk_op *ops[] = { &talk->opening, &talk->reading, &talk->writing, &talk->closing,
                              &talk->ending };

    if (talk->ending.out)
        talk_cancel(talk);
    for (size_t i = 0; i < COUNT_OF(ops); i++)
        (void)finish(talk, ops[i]);
    if (talk->details)
        google__rpc__status__free_unpacked(talk->details, NULL);
    gpr_free(talk->text);
    grpc_slice_unref(talk->text_slice);
    grpc_byte_buffer_destroy(talk->received);
    grpc_metadata_array_destroy(&talk->head);
    grpc_metadata_array_destroy(&talk->tail);
    grpc_call_unref(talk->call);
}

void talk_unary(struct talk *talk, struct talk_client *client, const char *method,
                const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
                ProtobufCMessage **ret_answer)
{
    ProtobufCMessage *answer;

    talk_begin(talk, client, method, 0, NULL, NULL);
    (void)talk_write(talk, request);
    talk_half_close(talk);
    answer = talk_read(talk, type);
    (void)talk_end(talk);
    if (ret_answer)
        *ret_answer = answer;
    else if (answer)
        protobuf_c_message_free_unpacked(answer, NULL);
}

/* details ---------------------------------------------------------------------------------------- */

ProtobufCMessage *talk_detail(const struct talk *talk, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; talk->details && i < talk->details->n_details; i++) {
        const Google__Protobuf__Any *any = talk->details->details[i];
        const char *name = strrchr(any->type_url, '/');

        if (name && strcmp(name + 1, type->name) == 0)
            return protobuf_c_message_unpack(type, NULL, any->value.len, any->value.data);
    }
    return NULL;
}

const char *talk_reason(const struct talk *talk, char reason[64])
{
    Google__Rpc__ErrorInfo *info =
        (Google__Rpc__ErrorInfo *)talk_detail(talk, &google__rpc__error_info__descriptor);

    (void)snprintf(reason, 64, "%s", info ? info->reason : "");
    if (info)
        google__rpc__error_info__free_unpacked(info, NULL);
    return reason;
}
