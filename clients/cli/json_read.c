/*
 * json_read.c - a jansson value into a message in an arena, by its descriptor.
 *
 * Nothing is guessed: an unknown name or a value of the wrong kind is trouble, with its path. (To
 * pass over unknown names was tried first; a mistyped "reciepts" then changed nothing silently.)
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>

#include "base/arena.h"
#include "cli/json.h"
#include "cli/moment.h"

#include "base/base.h"

struct reader {
    struct arena *arena;
    struct json_trouble *trouble;
};

static int wrong(struct reader *reader, const char *where, const char *zh, const char *en)
{
    *reader->trouble = (struct json_trouble){ .where = where, .zh = zh, .en = en };
    return -EINVAL;
}

/* Equal but for underscores and case: "receivedTime" is "received_time". */
static bool same_field(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_')
            a++;
        while (*b == '_' || *b == '-')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

const ProtobufCFieldDescriptor *json_field(const ProtobufCMessageDescriptor *type, const char *name)
{
    for (unsigned i = 0; i < type->n_fields; i++)
        if (same_field(type->fields[i].name, name))
            return &type->fields[i];
    return NULL;
}

static bool same_name(const char *full, const char *given)
{
    for (; *full && *given; full++, given++)
        if (*full != (*given == '-' ? '_' : toupper((unsigned char)*given)))
            return false;
    return !*full && !*given;
}

const ProtobufCEnumValue *enum_value_of(const ProtobufCEnumDescriptor *type, const char *name)
{
    for (unsigned i = 0; i < type->n_values; i++) {
        const ProtobufCEnumValue *value = &type->values[i];

        if (same_name(value->name, name) || same_name(enum_short_name(type, value->value), name))
            return value;
    }
    return NULL;
}

static int read_message(struct reader *reader, const ProtobufCMessageDescriptor *type,
                        const json_t *json, const char *where, ProtobufCMessage **ret_message);

/* values --------------------------------------------------------------------------------------- */

static int read_number(struct reader *reader, const json_t *json, const char *where, int64_t min,
                       int64_t max, int64_t *ret_number)
{
    const char *text = json_string_value(json);
    int64_t number = json_integer_value(json);
    char *end = NULL;

    errno = 0;
    if (text)
        number = strtoll(text, &end, 10);
    if ((text && (end == text || *end || errno)) || (!text && !json_is_integer(json)))
        return wrong(reader, where, "应为整数", "must be a whole number");
    if (number < min || number > max)
        return wrong(reader, where, "数值超出范围", "is out of range");
    *ret_number = number;
    return 0;
}

static int read_enum(struct reader *reader, const ProtobufCEnumDescriptor *type, const json_t *json,
                     const char *where, int *value)
{
    const char *text = json_string_value(json);
    const ProtobufCEnumValue *found = text ? enum_value_of(type, text) : NULL;
    const char *names = "";
    int64_t number;

    if (found) {
        *value = found->value;
        return 0;
    }
    if (json_is_integer(json)) {
        int r = read_number(reader, json, where, INT_MIN, INT_MAX, &number);

        if (r == 0)
            *value = (int)number;
        return r;
    }
    for (unsigned i = 1; i < type->n_values && names; i++)
        names = arena_printf(reader->arena, "%s%s%s", names, *names ? ", " : "",
                             enum_short_name(type, type->values[i].value));
    return wrong(reader, where, arena_printf(reader->arena, "应为其中之一: %s", names),
                 arena_printf(reader->arena, "must be one of: %s", names));
}

static int read_instant(struct reader *reader, const ProtobufCFieldDescriptor *field,
                        const json_t *json, const char *where, ProtobufCMessage **ret_message)
{
    const char *text = json_string_value(json);
    Google__Protobuf__Timestamp at;
    int64_t ms;

    if (!text || !isdigit((unsigned char)*text) || /* "now" is for command lines */
        !(is_duration(field) ? duration_parse(text, &ms) : moment_parse(text, 0, &ms)))
        return wrong(reader, where,
                     is_duration(field) ? "应为时长，如 2h、15m" : "应为时间，如 2026-02-17 07:35",
                     is_duration(field) ? "must be a duration such as 2h, 15m"
                                        : "must be a time such as 2026-02-17 07:35");
    at = moment_of(ms);
    if (is_duration(field)) { /* the same shape under another descriptor */
        Google__Protobuf__Duration span = GOOGLE__PROTOBUF__DURATION__INIT;

        span.seconds = at.seconds;
        span.nanos = at.nanos;
        *ret_message = arena_copy(reader->arena, &span, sizeof(span));
    } else {
        *ret_message = arena_copy(reader->arena, &at, sizeof(at));
    }
    return *ret_message ? 0 : -ENOMEM;
}

static int read_text(struct reader *reader, const json_t *json, const char *where, char **value)
{
    if (!json_is_string(json))
        return wrong(reader, where, "应为文本", "must be a text");
    *value = arena_strdup(reader->arena, json_string_value(json));
    return *value ? 0 : -ENOMEM;
}

static int read_whole(struct reader *reader, const ProtobufCFieldDescriptor *field,
                      const json_t *json, const char *where, void *value)
{
    bool wide = field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_SINT64 ||
                field->type == PROTOBUF_C_TYPE_UINT64;
    bool positive = field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_UINT64;
    int64_t number, min = positive ? 0 : wide ? INT64_MIN : INT32_MIN;
    int64_t max = wide ? INT64_MAX : positive ? UINT32_MAX : INT32_MAX;
    int r = read_number(reader, json, where, min, max, &number);

    if (r == 0 && wide)
        *(int64_t *)value = number;
    else if (r == 0)
        *(uint32_t *)value = (uint32_t)number;
    return r;
}

/* One value of the field's type. */
static int read_value(struct reader *reader, const ProtobufCFieldDescriptor *field,
                      const json_t *json, const char *where, void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return read_text(reader, json, where, value);
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(reader, field->descriptor, json, where, value);
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(json))
            return wrong(reader, where, "应为 true 或 false", "must be true or false");
        *(protobuf_c_boolean *)value = json_is_true(json);
        return 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (is_timestamp(field) || is_duration(field))
            return read_instant(reader, field, json, where, value);
        return read_message(reader, field->descriptor, json, where, value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return read_whole(reader, field, json, where, value);
    default:
        return wrong(reader, where, "此类字段不支持", "is of a kind that is not supported");
    }
}

/* lists and messages --------------------------------------------------------------------------- */

static size_t element_size(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return sizeof(void *);
    return field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_UINT64 ||
                   field->type == PROTOBUF_C_TYPE_SINT64
               ? 8
               : 4;
}

static int read_list(struct reader *reader, const ProtobufCFieldDescriptor *field,
                     const json_t *json, const char *where, char *message)
{
    size_t n = json_array_size(json);
    char *values = arena_alloc(reader->arena, (n + 1) * element_size(field));
    int r = 0;

    if (!json_is_array(json))
        return wrong(reader, where, "应为列表", "must be a list");
    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        r = read_value(reader, field, json_array_get(json, i),
                       arena_printf(reader->arena, "%s[%zu]", where, i),
                       values + i * element_size(field));
    *(size_t *)(void *)(message + field->quantifier_offset) = n;
    *(void **)(void *)(message + field->offset) = values;
    return r;
}

static int read_field(struct reader *reader, const ProtobufCFieldDescriptor *field,
                      const json_t *json, const char *where, char *message)
{
    if (json_is_null(json))
        return 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(reader, field, json, where, message);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)(message + field->quantifier_offset);

        if (*which != 0)
            return wrong(reader, where, "与前面的字段互斥", "excludes a field given before");
        *which = field->id;
    }
    return read_value(reader, field, json, where, message + field->offset);
}

static int read_message(struct reader *reader, const ProtobufCMessageDescriptor *type,
                        const json_t *json, const char *where, ProtobufCMessage **ret_message)
{
    ProtobufCMessage *message = arena_alloc(reader->arena, type->sizeof_message);
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return wrong(reader, where, "应为对象", "must be an object");
    if (!message)
        return -ENOMEM;
    type->message_init(message);
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        const ProtobufCFieldDescriptor *field = json_field(type, name);
        const char *path = arena_printf(reader->arena, "%s%s%s", where, *where ? "." : "", name);
        int r;

        if (!path)
            return -ENOMEM;
        if (!field)
            return wrong(reader, path, "没有这个字段", "there is no such field");
        r = read_field(reader, field, value, path, (char *)message);
        if (r < 0)
            return r;
    }
    *ret_message = message;
    return 0;
}

int json_to_message(struct arena *a, const ProtobufCMessageDescriptor *type, const json_t *json,
                    ProtobufCMessage **ret_message, struct json_trouble *trouble)
{
    struct reader reader = { .arena = a, .trouble = trouble };

    *trouble = (struct json_trouble){ "", "内存不足", "out of memory" };
    return read_message(&reader, type, json, "", ret_message);
}
