/*
 * request.c - from given arguments to a request: file, arguments, presets, common head; then the
 * command's own completion; then JSON into the message.
 */
#include "cli/request.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/json.h"
#include "cli/moment.h"

#include "base/base.h"

enum { PATH_SEGMENT_BYTES = 64, ORDER_ID_CHARACTERS = 16 };

/* paths ---------------------------------------------------------------------------------------- */

/* The field of the path's first segment; *path moves behind it. */
static const ProtobufCFieldDescriptor *next_field(const ProtobufCMessageDescriptor *type,
                                                  const char **path)
{
    size_t size = strcspn(*path, ".");
    char name[PATH_SEGMENT_BYTES];

    if (!type || size >= sizeof(name))
        return NULL;
    memcpy(name, *path, size);
    name[size] = '\0';
    *path += size + ((*path)[size] == '.');
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static const ProtobufCMessageDescriptor *message_type(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
}

const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *type, const char *path)
{
    const ProtobufCFieldDescriptor *field = NULL;

    while (*path) {
        field = next_field(type, &path);
        if (!field)
            return NULL;
        type = message_type(field);
    }
    return field;
}

/* A member under either spelling; files may use both. */
static json_t *member(const json_t *object, const ProtobufCMessageDescriptor *type,
                      const ProtobufCFieldDescriptor *field, const char **ret_key)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (json_field(type, key) == field) {
            *ret_key = key;
            return value;
        }
    }
    *ret_key = field->name;
    return NULL;
}

json_t *body_get(const json_t *body, const ProtobufCMessageDescriptor *type, const char *path)
{
    const json_t *value = body;

    while (*path && value) {
        const ProtobufCFieldDescriptor *field = next_field(type, &path);
        const char *key;

        must(field);
        value = member(value, type, field, &key);
        type = message_type(field);
        if (json_is_array(value))
            break;
    }
    return (json_t *)(uintptr_t)value;
}

void body_put(json_t *body, const ProtobufCMessageDescriptor *type, const char *path, json_t *value)
{
    json_t *object = body;

    while (*path) {
        const ProtobufCFieldDescriptor *field = next_field(type, &path);
        bool list = field && field->label == PROTOBUF_C_LABEL_REPEATED;
        const char *key;
        json_t *child;

        must(field);
        child = member(object, type, field, &key);
        if (list && !json_is_array(child)) {
            child = json_array();
            json_object_set_new(object, key, child);
        }
        if (!*path && !list) {
            json_object_set_new(object, key, value);
        } else if (!*path) {
            json_array_append_new(child, value);
        } else if (list || !json_is_object(child)) {
            json_t *inner = json_object();

            if (list)
                json_array_append_new(child, inner);
            else
                json_object_set_new(object, key, inner);
            child = inner;
        }
        object = child;
        type = message_type(field);
    }
}

/* values --------------------------------------------------------------------------------------- */

static bool all_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* Ids are 16 characters of Crockford's base 32, and begin with 0 or 1 for the next centuries. */
static bool looks_like_order_id(const char *text)
{
    return strlen(text) == ORDER_ID_CHARACTERS && (*text == '0' || *text == '1') &&
           strspn(text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ORDER_ID_CHARACTERS;
}

int order_name(struct session *session, enum certificate own, const char *text,
               const char **ret_name)
{
    Hotline__V1__ListOrdersRequest ask = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;
    Hotline__V1__OrderFilter filter = HOTLINE__V1__ORDER_FILTER__INIT;
    Hotline__V1__ListOrdersResponse *answer = NULL;
    struct hotline *h;
    int r;

    *ret_name = session_name(session, "orders", text);
    if (strchr(text, '/') || looks_like_order_id(text))
        return 0;
    filter.district_number = (char *)(uintptr_t)text;
    ask.parent = (char *)(uintptr_t)session_parent(session);
    ask.filter = &filter;
    r = session_link(session, own, &h);
    if (r == 0)
        r = hotline_list_orders(h, &ask, &answer, &session->error);
    if (r == 0 && answer->n_orders > 0)
        *ret_name = arena_strdup(&session->arena, answer->orders[0]->name);
    hotline_message_free(answer);
    return r;
}

static json_t *value_of(struct session *session, const ProtobufCFieldDescriptor *field,
                        const char *text)
{
    int64_t ms;

    if (is_timestamp(field)) {
        bool relative = !isdigit((unsigned char)*text);
        Google__Protobuf__Timestamp at;

        if (!moment_parse(text, relative ? session_now_ms(session) : 0, &ms))
            return NULL;
        at = moment_of(ms);
        return json_string(moment_rfc3339(&session->arena, at.seconds, at.nanos));
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return strcmp(text, "true") == 0 ? json_true()
               : strcmp(text, "false")   ? NULL
                                         : json_false();
    case PROTOBUF_C_TYPE_STRING:
        return json_string(text);
    case PROTOBUF_C_TYPE_ENUM: /* "5" is the five-day class */
        return all_digits(text) ? json_integer(strtol(text, NULL, 10)) : json_string(text);
    default:
        return json_string(text);
    }
}

int body_set(struct session *session, json_t *body, const ProtobufCMessageDescriptor *type,
             const struct argument *argument, const char *text)
{
    const ProtobufCFieldDescriptor *field = field_at(type, argument->path);
    json_t *value;

    must(field);
    if (argument->collection)
        text = session_name(session, argument->collection, text);
    value = value_of(session, field, text);
    if (!value) {
        fprintf(stderr, "hotline: %s: %s: %s\n", argument->word,
                is_timestamp(field) ? say(session, "应为时间，如 \"2026-02-17 07:35\"、now、+2h",
                                          "must be a time such as \"2026-02-17 07:35\", now, +2h")
                                    : say(session, "值不对", "is not a value for it"),
                text);
        return -EINVAL;
    }
    body_put(body, type, argument->path, value);
    return 0;
}

/* request -------------------------------------------------------------------------------------- */

static int body_read(struct session *session, const char *path, json_t **ret_body)
{
    json_error_t error;
    json_t *body = strcmp(path, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                                          : json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (!json_is_object(body)) {
        fprintf(stderr, "hotline: %s: %s", path,
                body ? say(session, "应为一个 JSON 对象\n", "must be one JSON object\n") : "");
        if (!body)
            fprintf(stderr, say(session, "第 %d 行: %s\n", "line %d: %s\n"), error.line,
                    error.text);
        json_decref(body);
        return -EINVAL;
    }
    *ret_body = body;
    return 0;
}

static int arguments_set(struct session *session, const struct command *command, json_t *body,
                         const ProtobufCMessageDescriptor *type, const struct given *given)
{
    int r = 0;

    for (size_t i = 0; i < given->n_values && r == 0; i++) {
        const struct argument *argument = given->values[i].argument;
        const char *text = given->values[i].value;

        if (!argument->path)
            continue;
        if (argument->collection && strcmp(argument->collection, "orders") == 0) {
            r = order_name(session, command->as, text, &text);
            if (r < 0)
                session_failed(session, r);
        }
        if (r == 0)
            r = body_set(session, body, type, argument, text);
    }
    for (const struct argument *argument = command->arguments; argument && argument->word && r == 0;
         argument++)
        if (argument->path && argument->preset && !body_get(body, type, argument->path))
            r = body_set(session, body, type, argument, argument->preset);
    return r;
}

/* The fields that every request of its kind has. */
static void head_set(struct session *session, json_t *body, const ProtobufCMessageDescriptor *type,
                     const struct given *given)
{
    if (field_at(type, "parent") && !body_get(body, type, "parent"))
        body_put(body, type, "parent", json_string(session_parent(session)));
    if (given->request_id)
        body_put(body, type, "request_id", json_string(given->request_id));
    if (given->etag)
        body_put(body, type, "etag", json_string(given->etag));
    if (given->validate_only)
        body_put(body, type, "validate_only", json_true());
}

int request_build(struct session *session, const struct command *command,
                  const ProtobufCMessageDescriptor *type, const struct given *given,
                  ProtobufCMessage **ret_ask)
{
    struct json_trouble trouble;
    json_t *body = NULL;
    int r = 0;

    if (given->from)
        r = body_read(session, given->from, &body);
    else
        body = json_object();
    if (r == 0)
        r = arguments_set(session, command, body, type, given);
    if (r == 0)
        head_set(session, body, type, given);
    if (r == 0 && command->prepare)
        r = command->prepare(session, body);
    if (r == 0) {
        r = json_to_message(&session->arena, type, body, ret_ask, &trouble);
        if (r < 0)
            fprintf(stderr, "hotline: %s: %s\n", trouble.where,
                    say(session, trouble.zh, trouble.en));
    }
    json_decref(body);
    return r;
}
