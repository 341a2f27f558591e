/*
 * rpc_status.c - a refusal as gRPC status: code, English message, and google.rpc.Status with
 * ErrorInfo, LocalizedMessage (zh-CN, en), BadRequest, RetryInfo and RequestInfo beside it.
 *
 * Rendering has its own small arena: it must work when the call's arena is what overflowed. When
 * even that fails, code and message still go out.
 */
#include <string.h>
#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>

#include "base/arena.h"
#include "base/fault.h"
#include "rpc/rpc_wire.h"

#include "base/base.h"

enum { RENDER_BYTES_MAX = 256 * 1024, DETAILS_MAX = 6, RETRY_DEFAULT_MS = 1000 };

struct render {
    struct arena arena;
    Google__Protobuf__Any anys[DETAILS_MAX], *details[DETAILS_MAX];
    size_t n_details;
};

/* protobuf-c has no const; what it gets here is only packed. */
static char *as_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void add_detail(struct render *render, const ProtobufCMessage *message)
{
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

    must(render->n_details < DETAILS_MAX);
    any.type_url =
        arena_printf(&render->arena, "type.googleapis.com/%s", message->descriptor->name);
    any.value.len = protobuf_c_message_get_packed_size(message);
    any.value.data = arena_alloc(&render->arena, any.value.len + 1);
    if (!any.type_url || !any.value.data)
        return;
    protobuf_c_message_pack(message, any.value.data);
    render->anys[render->n_details] = any;
    render->details[render->n_details] = &render->anys[render->n_details];
    render->n_details++;
}

static void add_error_info(struct render *render, const struct refusal *refusal, size_t n_facts)
{
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
    Google__Rpc__ErrorInfo__MetadataEntry entries[REFUSAL_FACTS_MAX + 1];
    Google__Rpc__ErrorInfo__MetadataEntry *pointers[REFUSAL_FACTS_MAX + 1];
    const char *article = refusal->fault->article;
    bool cited = !*article; /* a refusal may cite a nearer article than its fault */
    size_t n = 0;

    for (size_t i = 0; i < n_facts; i++)
        cited = cited || strcmp(refusal->facts[i].key, "article") == 0;
    for (size_t i = 0; i <= n_facts; i++) {
        bool last = i == n_facts;
        Google__Rpc__ErrorInfo__MetadataEntry entry = GOOGLE__RPC__ERROR_INFO__METADATA_ENTRY__INIT;

        if (last && cited)
            break;
        entry.key = as_text(last ? "article" : refusal->facts[i].key);
        entry.value = as_text(last ? article : refusal->facts[i].value);
        entries[n] = entry;
        pointers[n] = &entries[n];
        n++;
    }
    info.reason = as_text(refusal->fault->reason);
    info.domain = as_text("hotline");
    info.n_metadata = n;
    info.metadata = pointers;
    add_detail(render, &info.base);
}

static void add_bad_request(struct render *render, const struct refusal *refusal, size_t n_fields)
{
    Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
    Google__Rpc__BadRequest__FieldViolation violations[REFUSAL_FIELDS_MAX];
    Google__Rpc__BadRequest__FieldViolation *pointers[REFUSAL_FIELDS_MAX];

    for (size_t i = 0; i < n_fields; i++) {
        const struct refusal_field *field = &refusal->fields[i];
        Google__Rpc__BadRequest__FieldViolation violation =
            GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;

        violation.field = as_text(field->field);
        violation.description = arena_printf(&render->arena, "%s / %s", field->zh, field->en);
        if (!violation.description)
            break;
        violations[i] = violation;
        pointers[i] = &violations[i];
        bad.n_field_violations = i + 1;
    }
    bad.field_violations = pointers;
    add_detail(render, &bad.base);
}

static void add_texts(struct render *render, const struct fault *fault)
{
    Google__Rpc__LocalizedMessage text = GOOGLE__RPC__LOCALIZED_MESSAGE__INIT;

    text.locale = as_text("zh-CN");
    text.message = as_text(fault->zh);
    add_detail(render, &text.base);
    text.locale = as_text("en");
    text.message = as_text(fault->en);
    add_detail(render, &text.base);
}

static void add_retry(struct render *render, const struct refusal *refusal)
{
    int64_t after_ms = refusal->retry_after_ms > 0 ? refusal->retry_after_ms : RETRY_DEFAULT_MS;
    Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
    Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;

    delay.seconds = after_ms / 1000;
    delay.nanos = (int32_t)(after_ms % 1000 * 1000000);
    retry.retry_delay = &delay;
    add_detail(render, &retry.base);
}

static void add_request_info(struct render *render, const char *trace)
{
    Google__Rpc__RequestInfo info = GOOGLE__RPC__REQUEST_INFO__INIT;

    info.request_id = as_text(trace);
    add_detail(render, &info.base);
}

/* The packed google.rpc.Status with the first n_fields and n_facts; false when it is too large
 * for the metadata of a gRPC answer, or memory is out. */
static bool render_details(const struct refusal *refusal, const char *trace, size_t n_fields,
                           size_t n_facts, grpc_slice *ret_slice)
{
    Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
    struct render render = { .n_details = 0 };
    size_t size;
    bool fits;

    arena_init(&render.arena, RENDER_BYTES_MAX);
    add_error_info(&render, refusal, n_facts);
    add_texts(&render, refusal->fault);
    if (n_fields > 0)
        add_bad_request(&render, refusal, n_fields);
    if (refusal->fault->retryable)
        add_retry(&render, refusal);
    add_request_info(&render, trace);
    status.code = (int32_t)refusal->fault->status;
    status.message = as_text(refusal->fault->en);
    status.n_details = render.n_details;
    status.details = render.details;
    size = google__rpc__status__get_packed_size(&status);
    fits = size <= RPC_DETAILS_BYTES_MAX && !render.arena.failed;
    if (fits) {
        *ret_slice = grpc_slice_malloc(size);
        google__rpc__status__pack(&status, GRPC_SLICE_START_PTR(*ret_slice));
    }
    arena_release(&render.arena);
    return fits;
}

void rpc_status_init(struct rpc_status *status, const struct refusal *refusal, const char *trace)
{
    size_t n_fields, n_facts;
    bool fits;

    *status = (struct rpc_status){ .code = GRPC_STATUS_OK, .message = grpc_empty_slice() };
    if (!refusal)
        return;
    must(refusal->n_fields <= REFUSAL_FIELDS_MAX && refusal->n_facts <= REFUSAL_FACTS_MAX);
    status->code = (grpc_status_code)refusal->fault->status;
    status->message = grpc_slice_from_static_string(refusal->fault->en);
    n_fields = refusal->n_fields;
    n_facts = refusal->n_facts;
    while (!(fits = render_details(refusal, trace, n_fields, n_facts, &status->details.value)) &&
           n_fields + n_facts > 0) {
        if (n_fields > 0)
            n_fields /= 2;
        else
            n_facts /= 2;
    }
    status->details.key = grpc_slice_from_static_string("grpc-status-details-bin");
    status->n_details = fits ? 1 : 0;
}

void rpc_status_release(struct rpc_status *status)
{
    grpc_slice_unref(status->message);
    if (status->n_details)
        grpc_slice_unref(status->details.value);
    *status = (struct rpc_status){ .message = grpc_empty_slice() };
}

grpc_op rpc_status_op(struct rpc_status *status)
{
    grpc_op op = { .op = GRPC_OP_SEND_STATUS_FROM_SERVER };

    op.data.send_status_from_server.status = status->code;
    op.data.send_status_from_server.status_details = &status->message;
    op.data.send_status_from_server.trailing_metadata = &status->details;
    op.data.send_status_from_server.trailing_metadata_count = status->n_details;
    return op;
}
