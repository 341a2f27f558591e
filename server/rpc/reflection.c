/*
 * reflection.c - one question, one answer, on a bidi stream.
 *
 * v1 and v1alpha are the same messages under two names, so one set of functions serves both: the
 * v1 service is the v1alpha descriptor with the other name.
 */
#include "rpc/reflection.h"

#include <errno.h>
#include <grpc/reflection/v1alpha/reflection.pb-c.h>

#include "base/log.h"
#include "base/memory.h"
#include "rpc/descriptor_index.h"
#include "rpc/rpc_state.h"

#include "base/base.h"

enum { NUMBERS_MAX = 64 };

typedef Grpc__Reflection__V1alpha__ServerReflectionRequest Question;
typedef Grpc__Reflection__V1alpha__ServerReflectionResponse Answer;
typedef Grpc__Reflection__V1alpha__ServiceResponse Service;

struct reflection {
    struct descriptor_index *index;
    ProtobufCServiceDescriptor v1;
};

/* An answer under construction, on the stack. */
struct reply {
    Answer answer;
    Grpc__Reflection__V1alpha__ErrorResponse error;
    Grpc__Reflection__V1alpha__FileDescriptorResponse files;
    Grpc__Reflection__V1alpha__ListServiceResponse list;
    Grpc__Reflection__V1alpha__ExtensionNumberResponse extensions;
    ProtobufCBinaryData file;
    Service services[RPC_SERVICES_MAX], *service_pointers[RPC_SERVICES_MAX];
    int32_t numbers[NUMBERS_MAX];
};

static char *as_text(const char *text)
{
    return (char *)(uintptr_t)text; /* protobuf-c has no const; it is only packed */
}

static void reply_error(struct reply *reply, enum status_code code, const char *message)
{
    reply->error =
        (Grpc__Reflection__V1alpha__ErrorResponse)GRPC__REFLECTION__V1ALPHA__ERROR_RESPONSE__INIT;
    reply->error.error_code = (int32_t)code;
    reply->error.error_message = as_text(message);
    reply->answer.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
    reply->answer.error_response = &reply->error;
}

static void reply_file(struct reply *reply, struct slice file)
{
    if (!file.data) {
        reply_error(reply, STATUS_NOT_FOUND, "not found in the descriptors of this server");
        return;
    }
    reply->files = (Grpc__Reflection__V1alpha__FileDescriptorResponse)
        GRPC__REFLECTION__V1ALPHA__FILE_DESCRIPTOR_RESPONSE__INIT;
    reply->file.len = file.size;
    reply->file.data = (uint8_t *)(uintptr_t)file.data;
    reply->files.n_file_descriptor_proto = 1;
    reply->files.file_descriptor_proto = &reply->file;
    reply->answer.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
    reply->answer.file_descriptor_response = &reply->files;
}

static void reply_services(struct reply *reply, const struct rpc_server *server)
{
    reply->list = (Grpc__Reflection__V1alpha__ListServiceResponse)
        GRPC__REFLECTION__V1ALPHA__LIST_SERVICE_RESPONSE__INIT;
    for (size_t i = 0; i < server->n_services; i++) {
        reply->services[i] = (Service)GRPC__REFLECTION__V1ALPHA__SERVICE_RESPONSE__INIT;
        reply->services[i].name = as_text(server->services[i]->name);
        reply->service_pointers[i] = &reply->services[i];
    }
    reply->list.n_service = server->n_services;
    reply->list.service = reply->service_pointers;
    reply->answer.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
    reply->answer.list_services_response = &reply->list;
}

static void reply_numbers(struct reply *reply, const struct descriptor_index *index,
                          const char *type)
{
    reply->extensions = (Grpc__Reflection__V1alpha__ExtensionNumberResponse)
        GRPC__REFLECTION__V1ALPHA__EXTENSION_NUMBER_RESPONSE__INIT;
    reply->extensions.base_type_name = as_text(type);
    reply->extensions.n_extension_number =
        descriptor_index_numbers(index, type, reply->numbers, NUMBERS_MAX);
    reply->extensions.extension_number = reply->numbers;
    if (reply->extensions.n_extension_number == 0 && !descriptor_index_symbol(index, type).data) {
        reply_error(reply, STATUS_NOT_FOUND, "no such message");
        return;
    }
    reply->answer.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
    reply->answer.all_extension_numbers_response = &reply->extensions;
}

static const struct refusal *reflection_asked(struct rpc_stream *stream,
                                              const ProtobufCMessage *message)
{
    const Question *question = (const Question *)message;
    const struct rpc_server *server = rpc_stream_home(stream)->server;
    const struct descriptor_index *index = server->reflection->index;
    struct reply reply = { .answer = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__INIT };

    reply.answer.valid_host = question->host;
    reply.answer.original_request = (Question *)(uintptr_t)question;
    switch (question->message_request_case) {
    case GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
        reply_file(&reply, descriptor_index_file(index, question->file_by_filename));
        break;
    case GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
        reply_file(&reply, descriptor_index_symbol(index, question->file_containing_symbol));
        break;
    case GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
        reply_file(&reply, descriptor_index_extension(
                               index, question->file_containing_extension->containing_type,
                               question->file_containing_extension->extension_number));
        break;
    case GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
        reply_numbers(&reply, index, question->all_extension_numbers_of_type);
        break;
    case GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
        reply_services(&reply, server);
        break;
    default:
        reply_error(&reply, STATUS_INVALID_ARGUMENT, "nothing was asked");
    }
    if (rpc_stream_push(stream, &reply.answer.base) != RPC_FULL)
        return NULL;
    return refusal_new(rpc_stream_arena(stream), FAULT_TOO_MANY_CALLS); /* asks, never reads */
}

static const struct refusal *reflection_opened(struct rpc_stream *stream,
                                               const ProtobufCMessage *request)
{
    (void)stream;
    (void)request;
    return NULL;
}

static void reflection_half_closed(struct rpc_stream *stream)
{
    rpc_stream_end(stream, NULL);
}

static void reflection_gone(struct rpc_stream *stream)
{
    (void)stream;
}

/* The two services -------------------------------------------------------------------------------- */

int rpc_server_reflect(struct rpc_server *server, struct slice descriptor_set)
{
    static const struct rpc_stream_ops ops = {
        .opened = reflection_opened,
        .message = reflection_asked,
        .half_closed = reflection_half_closed,
        .gone = reflection_gone,
    };
    static const struct rpc_method method = { .name = "ServerReflectionInfo",
                                              .shape = RPC_BIDI,
                                              .stream = &ops };
    struct rpc_service service = {
        .descriptor = &grpc__reflection__v1alpha__server_reflection__descriptor,
        .methods = &method,
        .n_methods = 1,
    };
    struct reflection *reflection;
    int r;

    must(!server->reflection);
    reflection = memory_alloc(sizeof(*reflection));
    if (!reflection)
        return -ENOMEM;
    server->reflection = reflection;
    reflection->v1 = *service.descriptor;
    reflection->v1.name = "grpc.reflection.v1.ServerReflection";
    reflection->v1.package = "grpc.reflection.v1";
    r = descriptor_index_create(descriptor_set, &reflection->index);
    if (r < 0) {
        log_event(LOG_LEVEL_ERROR, "descriptor_set_unreadable", "bytes=%zu errno=%d",
                  descriptor_set.size, -r);
        return r;
    }
    r = rpc_server_add(server, &service);
    if (r < 0)
        return r;
    service.descriptor = &reflection->v1;
    return rpc_server_add(server, &service);
}

struct reflection *reflection_free(struct reflection *reflection)
{
    if (!reflection)
        return NULL;
    descriptor_index_free(reflection->index);
    return memory_free(reflection);
}
