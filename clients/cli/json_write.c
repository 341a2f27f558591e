/* json_write.c - a message walked by its descriptor into a jansson value. */
#include <ctype.h>
#include <string.h>

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>

#include "base/arena.h"
#include "cli/json.h"
#include "cli/moment.h"

#include "base/base.h"

enum { SCRATCH_BYTES = 4096 };

bool is_timestamp(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE &&
           field->descriptor == &google__protobuf__timestamp__descriptor;
}

bool is_duration(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE &&
           field->descriptor == &google__protobuf__duration__descriptor;
}

const char *json_name(struct arena *a, const char *field_name)
{
    char *name = arena_strdup(a, field_name), *to = name;

    if (!name)
        return NULL;
    for (const char *at = field_name; *at; at++) {
        if (*at == '_' && at[1])
            *to++ = (char)toupper((unsigned char)*++at);
        else
            *to++ = *at;
    }
    *to = '\0';
    return name;
}

/* "hotline.v1.ContactResult" → length of "CONTACT_RESULT_" in its values' names. */
static size_t prefix_length(const ProtobufCEnumDescriptor *type)
{
    const char *first = type->values[0].name; /* X_UNSPECIFIED, by the style guide of the API */
    const char *tail = strstr(first, "UNSPECIFIED");

    return tail ? (size_t)(tail - first) : 0;
}

const char *enum_short_name(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

    return found ? found->name + prefix_length(type) : "?";
}

static json_t *json_instant(const ProtobufCMessage *message, bool duration)
{
    const Google__Protobuf__Timestamp *at = (const void *)message; /* Duration has the same shape */
    char text[48];
    struct arena a;
    json_t *json;

    if (duration) {
        snprintf(text, sizeof(text), at->nanos ? "%lld.%03ds" : "%llds", (long long)at->seconds,
                 at->nanos / 1000000);
        return json_string(text);
    }
    arena_init(&a, SCRATCH_BYTES);
    json = json_string(moment_rfc3339(&a, at->seconds, at->nanos));
    arena_release(&a);
    return json;
}

static json_t *json_number_text(const char *format, long long number)
{
    char text[32];

    snprintf(text, sizeof(text), format, number);
    return json_string(text);
}

static json_t *json_of_enum(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

    return found ? json_string(found->name) : json_integer(value);
}

/* One value of the field's type. */
static json_t *json_of_value(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(const char *const *)value);
    case PROTOBUF_C_TYPE_ENUM:
        return json_of_enum(field->descriptor, *(const int *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_of_message(*(const ProtobufCMessage *const *)value);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return json_number_text("%lld", *(const int64_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return json_number_text("%llu", (long long)*(const uint64_t *)value);
    case PROTOBUF_C_TYPE_FLOAT:
        return json_real((double)*(const float *)value);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)value);
    case PROTOBUF_C_TYPE_BYTES:
        break;
    }
    return json_null();
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

static json_t *json_of_list(const ProtobufCFieldDescriptor *field, const char *values, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_of_value(field, values + i * size_of(field)));
    return list;
}

/* Present and not at its default? */
static bool is_set(const ProtobufCFieldDescriptor *field, const char *message)
{
    static const char zeros[sizeof(ProtobufCBinaryData)] = { 0 };
    const void *value = message + field->offset;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)(message + field->quantifier_offset) == field->id;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *(const char *const *)value && **(const char *const *)value;
    return memcmp(value, zeros, size_of(field)) != 0;
}

json_t *json_of_message(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const char *bytes = (const char *)message;
    struct arena a;
    json_t *object;

    if (type == &google__protobuf__timestamp__descriptor ||
        type == &google__protobuf__duration__descriptor)
        return json_instant(message, type == &google__protobuf__duration__descriptor);
    object = json_object();
    arena_init(&a, SCRATCH_BYTES * 4);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const void *value = bytes + field->offset;

        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(const size_t *)(const void *)(bytes + field->quantifier_offset);

            if (n > 0)
                json_object_set_new(object, json_name(&a, field->name),
                                    json_of_list(field, *(const char *const *)value, n));
        } else if (is_set(field, bytes)) {
            json_object_set_new(object, json_name(&a, field->name), json_of_value(field, value));
        }
    }
    arena_release(&a);
    return object;
}
