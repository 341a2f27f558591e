/*
 * error.c - a refusal made readable: google.rpc.Status from grpc-status-details-bin taken apart.
 *
 * All texts of an error lie in one arena that the error owns. When memory is short the error still
 * says status and errno; only its details are missing.
 */
#include <errno.h>
#include <string.h>

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/memory.h"
#include "libhotline/internal.h"

#include "base/base.h"

enum { ERROR_BYTES_MAX = 256 * 1024, ERROR_ITEMS_MAX = 64 };

static const char nothing[] = "";

static void error_clear(struct hotline_error *error)
{
    hotline_error_release(error);
    error->reason = error->message_zh = error->message_en = nothing;
    error->article = error->request_id = nothing;
}

/* The arena of an error's texts; NULL when memory is out. */
static struct arena *error_arena(struct hotline_error *error)
{
    if (!error->owned) {
        struct arena *a = memory_alloc(sizeof(*a));

        if (a)
            arena_init(a, ERROR_BYTES_MAX);
        error->owned = a;
    }
    return error->owned;
}

static const char *kept(struct hotline_error *error, const char *text)
{
    struct arena *a = error_arena(error);
    const char *copy = a && text ? arena_strdup(a, text) : NULL;

    return copy ? copy : nothing;
}

void hotline_error_release(struct hotline_error *error)
{
    if (error->owned)
        arena_release(error->owned);
    memory_free(error->owned);
    *error = (struct hotline_error){ 0 };
}

int error_local(struct hotline_error *error, int code, const char *zh, const char *en)
{
    if (error) {
        error_clear(error);
        error->message_zh = kept(error, zh);
        error->message_en = kept(error, en);
    }
    return code;
}

void error_set_request_id(struct hotline_error *error, const char *request_id)
{
    if (error)
        error->request_id = kept(error, request_id);
}

/* details -------------------------------------------------------------------------------------- */

static void take_info(struct hotline_error *error, const Google__Rpc__ErrorInfo *info)
{
    size_t n = info->n_metadata < ERROR_ITEMS_MAX ? info->n_metadata : ERROR_ITEMS_MAX;
    struct arena *a = error_arena(error);
    struct hotline_error_fact *facts = a ? ARENA_ARRAY(a, struct hotline_error_fact, n + 1) : NULL;

    error->reason = kept(error, info->reason);
    for (size_t i = 0; facts && i < n; i++) {
        const Google__Rpc__ErrorInfo__MetadataEntry *entry = info->metadata[i];
        const char *value = kept(error, entry->value);

        if (strcmp(entry->key, "article") == 0) {
            error->article = value;
            continue;
        }
        facts[error->n_facts++] =
            (struct hotline_error_fact){ .key = kept(error, entry->key), .value = value };
    }
    error->facts = facts;
}

static void take_fields(struct hotline_error *error, const Google__Rpc__BadRequest *bad)
{
    size_t n =
        bad->n_field_violations < ERROR_ITEMS_MAX ? bad->n_field_violations : ERROR_ITEMS_MAX;
    struct arena *a = error_arena(error);
    struct hotline_error_field *fields =
        a ? ARENA_ARRAY(a, struct hotline_error_field, n + 1) : NULL;

    for (size_t i = 0; fields && i < n; i++) {
        const Google__Rpc__BadRequest__FieldViolation *violation = bad->field_violations[i];

        fields[error->n_fields++] =
            (struct hotline_error_field){ .field = kept(error, violation->field),
                                          .description = kept(error, violation->description) };
    }
    error->fields = fields;
}

static void take_text(struct hotline_error *error, const Google__Rpc__LocalizedMessage *text)
{
    if (strncmp(text->locale, "zh", 2) == 0)
        error->message_zh = kept(error, text->message);
    else
        error->message_en = kept(error, text->message);
}

static void take_retry(struct hotline_error *error, const Google__Rpc__RetryInfo *retry)
{
    if (retry->retry_delay && retry->retry_delay->seconds >= 0 &&
        retry->retry_delay->seconds < 86400)
        error->retry_after_ms =
            retry->retry_delay->seconds * 1000 + retry->retry_delay->nanos / 1000000;
}

static void take_detail(struct hotline_error *error, const Google__Protobuf__Any *any)
{
    static const ProtobufCMessageDescriptor *const known[] = {
        &google__rpc__error_info__descriptor, &google__rpc__bad_request__descriptor,
        &google__rpc__localized_message__descriptor, &google__rpc__retry_info__descriptor
    };
    const char *name = strrchr(any->type_url, '/');
    ProtobufCMessage *detail;
    size_t i;

    for (i = 0; i < COUNT_OF(known) && !(name && strcmp(name + 1, known[i]->name) == 0); i++)
        ;
    if (i == COUNT_OF(known))
        return;
    detail = protobuf_c_message_unpack(known[i], NULL, any->value.len, any->value.data);
    if (!detail)
        return;
    if (i == 0)
        take_info(error, (const Google__Rpc__ErrorInfo *)detail);
    else if (i == 1)
        take_fields(error, (const Google__Rpc__BadRequest *)detail);
    else if (i == 2)
        take_text(error, (const Google__Rpc__LocalizedMessage *)detail);
    else
        take_retry(error, (const Google__Rpc__RetryInfo *)detail);
    protobuf_c_message_free_unpacked(detail, NULL);
}

/* What to say when the server itself said nothing: the transport's own endings. */
static const char *plain_zh(int status)
{
    switch (status) {
    case STATUS_UNAVAILABLE:
        return "连接不上服务，或连接中断";
    case STATUS_DEADLINE_EXCEEDED:
        return "服务未在限定时间内应答";
    case STATUS_CANCELLED:
        return "调用已取消";
    case STATUS_UNIMPLEMENTED:
        return "服务没有这个方法";
    default:
        return "服务返回错误";
    }
}

void error_decode(struct hotline_error *error, int status, const char *message,
                  const uint8_t *details, size_t size)
{
    Google__Rpc__Status *rich;

    if (!error)
        return;
    error_clear(error);
    error->status = status;
    error->message_en = kept(error, message);
    error->message_zh = plain_zh(status);
    rich = size ? google__rpc__status__unpack(NULL, size, details) : NULL;
    for (size_t i = 0; rich && i < rich->n_details; i++)
        take_detail(error, rich->details[i]);
    if (rich)
        google__rpc__status__free_unpacked(rich, NULL);
}

int error_errno(int status, const char *reason, bool command, bool sent)
{
    static const int codes[] = {
        [STATUS_CANCELLED] = -ECANCELED,       [STATUS_UNKNOWN] = -EREMOTEIO,
        [STATUS_INVALID_ARGUMENT] = -EINVAL,   [STATUS_DEADLINE_EXCEEDED] = -ETIMEDOUT,
        [STATUS_NOT_FOUND] = -ENOENT,          [STATUS_ALREADY_EXISTS] = -EEXIST,
        [STATUS_PERMISSION_DENIED] = -EPERM,   [STATUS_RESOURCE_EXHAUSTED] = -EAGAIN,
        [STATUS_FAILED_PRECONDITION] = -EBUSY, [STATUS_ABORTED] = -ESTALE,
        [STATUS_OUT_OF_RANGE] = -ERANGE,       [STATUS_UNIMPLEMENTED] = -ENOSYS,
        [STATUS_INTERNAL] = -EREMOTEIO,        [STATUS_UNAVAILABLE] = -EHOSTUNREACH,
        [STATUS_UNAUTHENTICATED] = -EACCES,
    };
    bool silent = status == STATUS_DEADLINE_EXCEEDED || status == STATUS_CANCELLED ||
                  status == STATUS_UNAVAILABLE;

    if (status == STATUS_OK)
        return 0;
    if (command && (strcmp(reason, "OUTCOME_UNKNOWN") == 0 || (sent && silent && !*reason)))
        return -EINPROGRESS;
    return status > 0 && status < (int)COUNT_OF(codes) && codes[status] ? codes[status]
                                                                        : -EREMOTEIO;
}

/* for people ----------------------------------------------------------------------------------- */

const char *hotline_error_fact(const struct hotline_error *error, const char *key)
{
    for (size_t i = 0; i < error->n_facts; i++)
        if (strcmp(error->facts[i].key, key) == 0)
            return error->facts[i].value;
    return NULL;
}

/* Descriptions come as "中文 / English". */
static const char *half_of(const char *text, bool zh, int *ret_bytes)
{
    const char *slash = strstr(text, " / ");

    if (!slash || zh) {
        *ret_bytes = (int)(slash ? (size_t)(slash - text) : strlen(text));
        return text;
    }
    *ret_bytes = (int)strlen(slash + 3);
    return slash + 3;
}

/* What is allowed instead. "state" may have a "state_zh" beside it: one language is enough. */
static void fact_print(const struct hotline_error *error, const struct hotline_error_fact *fact,
                       bool zh, FILE *out)
{
    static const struct {
        const char *key, *zh, *en;
    } known[] = {
        { "state", "当前状态", "state" },       { "allowed_commands", "现在可以", "allowed now" },
        { "until", "截止", "until" },           { "not_before", "不早于", "not before" },
        { "not_after", "不晚于", "not after" }, { "unit", "单位", "unit" },
    };
    size_t length = strlen(fact->key), i;
    const char *value = fact->value;
    bool chinese = length > 3 && strcmp(fact->key + length - 3, "_zh") == 0;
    char key[64];

    if (chinese)
        return;
    snprintf(key, sizeof(key), "%s_zh", fact->key);
    if (zh && hotline_error_fact(error, key))
        value = hotline_error_fact(error, key);
    for (i = 0; i < COUNT_OF(known) && strcmp(known[i].key, fact->key) != 0; i++)
        ;
    fprintf(out, "  %s: %s\n",
            i == COUNT_OF(known) ? fact->key
            : zh                 ? known[i].zh
                                 : known[i].en,
            *value ? value : "-");
}

void hotline_error_print(const struct hotline_error *error, const char *language, FILE *out)
{
    bool zh = language && strncmp(language, "zh", 2) == 0;
    const char *text = zh ? error->message_zh : error->message_en;

    fprintf(out, "%s", text && *text ? text : zh ? "未说明原因" : "no reason given");
    if (error->reason && *error->reason)
        fprintf(out, " [%s]", error->reason);
    fputc('\n', out);
    if (error->article && *error->article)
        fprintf(out, zh ? "  依据: 第%s条\n" : "  article: %s\n", error->article);
    for (size_t i = 0; i < error->n_fields; i++) {
        int bytes;
        const char *said = half_of(error->fields[i].description, zh, &bytes);

        fprintf(out, "  %s: %.*s\n", error->fields[i].field, bytes, said);
    }
    for (size_t i = 0; i < error->n_facts; i++)
        fact_print(error, &error->facts[i], zh, out);
    if (error->retry_after_ms > 0)
        fprintf(out, zh ? "  可在 %.1f 秒后重试\n" : "  try again in %.1f s\n",
                (double)error->retry_after_ms / 1000);
}
