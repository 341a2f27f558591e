/*
 * field_check.c - one walk over a request beside its tables.
 *
 * A good request costs no memory: a path is put together only when there is something to say of
 * it. The walk looks at every field once and goes on after a wrong one, so that a caller learns all
 * he must mend from one answer.
 */
#include "service/field_rules.h"

#include <google/protobuf/timestamp.pb-c.h>
#include <inttypes.h>
#include <string.h>

#include "base/fault.h"
#include "service/field_table.h"
#include "service/resource_name.h"

#include "base/base.h"

enum { NANOS_MAX = 999999999, ENUM_NAMES_MAX = 6, NO_INDEX = -1 };
#define SECONDS_END INT64_C(7258118400) /* 2200-01-01T00:00:00Z */

/* Where the walk stands: a chain on the stack from a field up to the request. */
struct place {
    const struct place *up; /* NULL: `name` is a field of the request itself */
    const char *name;
    int64_t index; /* in a list, or NO_INDEX */
};

struct check {
    struct arena *arena;
    struct refusal *refusal;
};

/* complaints ---------------------------------------------------------------------------------- */

/* "citizen.phones[1].number" */
static const char *path_of(struct arena *a, const struct place *place)
{
    const char *above = "";

    if (place->up) {
        above = path_of(a, place->up);
        if (!above)
            return NULL;
    }
    if (place->index == NO_INDEX)
        return arena_printf(a, "%s%s%s", above, *above ? "." : "", place->name);
    return arena_printf(a, "%s%s%s[%" PRId64 "]", above, *above ? "." : "", place->name,
                        place->index);
}

static void complain(struct check *check, const struct place *place, const char *zh, const char *en)
{
    if (!check->refusal)
        check->refusal = refusal_new(check->arena, FAULT_REQUEST_INVALID);
    if (check->refusal->n_fields < REFUSAL_FIELDS_MAX)
        refusal_field(check->refusal, path_of(check->arena, place), zh, en);
}

static void complain_of_size(struct check *check, const struct place *place, uint32_t bytes_max)
{
    complain(check, place, arena_printf(check->arena, "最多 %" PRIu32 " 字节", bytes_max),
             arena_printf(check->arena, "at most %" PRIu32 " bytes", bytes_max));
}

/* Names the values when they are few; else the type, whose values the contract lists. */
static void complain_of_enum(struct check *check, const struct place *place,
                             const ProtobufCEnumDescriptor *type)
{
    struct arena *a = check->arena;
    const char *names = "";

    if (type->n_values > ENUM_NAMES_MAX + 1) {
        complain(check, place, arena_printf(a, "须为 %s 已定义的取值", type->name),
                 arena_printf(a, "must be a defined value of %s", type->name));
        return;
    }
    for (unsigned i = 0; names && i < type->n_values; i++)
        if (type->values[i].value != 0)
            names = arena_printf(a, "%s%s%s", names, *names ? ", " : "", type->values[i].name);
    complain(check, place, names ? arena_printf(a, "须取以下值之一：%s", names) : NULL,
             names ? arena_printf(a, "must be one of: %s", names) : NULL);
}

/* values -------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* 8-4-4-4-12 hexadecimal digits; a size of 36 is known. */
static bool is_uuid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

        if (hyphen ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return true;
}

static void check_text(struct check *check, const struct field_rule *rule,
                       const struct place *place, const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size == 0) {
        if (rule->required || rule->list)
            complain(check, place, "必填，不能为空", "is required, must not be empty");
    } else if (rule->bytes_max > 0 && size > rule->bytes_max) {
        complain_of_size(check, place, rule->bytes_max);
    } else if (rule->uuid && (size != 36 || !is_uuid(text))) {
        complain(check, place, "须为 UUID：36 个字符，形如 8-4-4-4-12 位十六进制",
                 "must be a UUID: 36 characters, hexadecimal 8-4-4-4-12");
    } else if (rule->resource_name && !resource_parse(text, NULL)) {
        complain(check, place,
                 "须为资源名，如 subdistricts/{code}/orders/{order}；编号为 1 至 32 "
                 "位字母、数字、连字符",
                 "must be a resource name such as subdistricts/{code}/orders/{order}; ids are 1 to "
                 "32 letters, digits, hyphens");
    }
}

static void check_bytes(struct check *check, const struct field_rule *rule,
                        const struct place *place, const ProtobufCBinaryData *bytes)
{
    if (bytes->len == 0 && (rule->required || rule->list))
        complain(check, place, "必填，不能为空", "is required, must not be empty");
    else if (rule->bytes_max > 0 && bytes->len > rule->bytes_max)
        complain_of_size(check, place, rule->bytes_max);
}

static void check_enum(struct check *check, const struct field_rule *rule,
                       const struct place *place, int value)
{
    const ProtobufCEnumDescriptor *type = rule->field->descriptor;
    bool known;

    if (value >= 0 && value < 64)
        known = rule->known >> value & 1;
    else
        known = protobuf_c_enum_descriptor_get_value(type, value) != NULL;
    if (!known || (value == 0 && (rule->required || rule->list)))
        complain_of_enum(check, place, type);
}

/* As a signed number; what lies above INT64_MAX counts as that. */
static int64_t number_of(ProtobufCType type, const void *member)
{
    uint64_t wide;

    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return *(const int32_t *)member;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return *(const uint32_t *)member;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        wide = *(const uint64_t *)member;
        return wide > INT64_MAX ? INT64_MAX : (int64_t)wide;
    default:
        return *(const int64_t *)member;
    }
}

static size_t number_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    default:
        return sizeof(uint32_t);
    }
}

static void check_number(struct check *check, const struct field_rule *rule,
                         const struct place *place, int64_t value)
{
    if (rule->ranged && (value < rule->min || value > rule->max))
        complain(check, place,
                 arena_printf(check->arena, "须在 %" PRId64 " 至 %" PRId64 " 之间", rule->min,
                              rule->max),
                 arena_printf(check->arena, "must be from %" PRId64 " to %" PRId64, rule->min,
                              rule->max));
    else if (rule->required && value == 0)
        complain(check, place, "必填，不能为零", "is required, must not be zero");
}

static void check_timestamp(struct check *check, const struct place *place,
                            const ProtobufCMessage *message)
{
    const Google__Protobuf__Timestamp *time = (const Google__Protobuf__Timestamp *)message;

    if (time->seconds < 0 || time->seconds >= SECONDS_END || time->nanos < 0 ||
        time->nanos > NANOS_MAX)
        complain(check, place, "须在 1970 至 2199 年之间，nanos 为 0 至 999999999",
                 "must lie in the years 1970 to 2199, with nanos from 0 to 999999999");
}

/* the walk ------------------------------------------------------------------------------------ */

static void check_message(struct check *check, const struct message_rules *table,
                          const struct place *up, const ProtobufCMessage *message);

/* One value: a field that is no list, or an entry of one. */
static void check_value(struct check *check, const struct field_rule *rule,
                        const struct place *place, const void *member)
{
    const ProtobufCMessage *message;

    switch (rule->kind) {
    case FIELD_TEXT:
        check_text(check, rule, place, *(const char *const *)member);
        break;
    case FIELD_BYTES:
        check_bytes(check, rule, place, member);
        break;
    case FIELD_ENUM:
        check_enum(check, rule, place, *(const int *)member);
        break;
    case FIELD_NUMBER:
        check_number(check, rule, place, number_of(rule->field->type, member));
        break;
    case FIELD_MESSAGE:
        message = *(const ProtobufCMessage *const *)member;
        if (message && rule->message->timestamp)
            check_timestamp(check, place, message);
        else if (message)
            check_message(check, rule->message, place, message);
        else if (rule->required)
            complain(check, place, "必填", "is required");
        break;
    case FIELD_UNCHECKED:
        break;
    }
}

static size_t value_bytes(const struct field_rule *rule)
{
    switch (rule->kind) {
    case FIELD_TEXT:
        return sizeof(char *);
    case FIELD_BYTES:
        return sizeof(ProtobufCBinaryData);
    case FIELD_ENUM:
        return sizeof(int);
    case FIELD_MESSAGE:
        return sizeof(ProtobufCMessage *);
    default:
        return number_bytes(rule->field->type);
    }
}

static void check_list(struct check *check, const struct field_rule *rule,
                       const struct place *place, const ProtobufCMessage *message)
{
    size_t n = field_count(rule, message), step = value_bytes(rule);
    const uint8_t *entries = *(const uint8_t *const *)field_member(message, rule->field->offset);

    if (n == 0 && rule->required)
        complain(check, place, "必填，至少一项", "is required, at least one entry");
    if (rule->items_max > 0 && n > rule->items_max) {
        complain(check, place, arena_printf(check->arena, "最多 %" PRIu32 " 项", rule->items_max),
                 arena_printf(check->arena, "at most %" PRIu32 " entries", rule->items_max));
        return; /* what is too long is not read */
    }
    if (rule->kind == FIELD_UNCHECKED)
        return;
    for (size_t i = 0; i < n; i++) {
        struct place entry = { .up = place->up, .name = place->name, .index = (int64_t)i };

        check_value(check, rule, &entry, entries + i * step);
    }
}

static void check_message(struct check *check, const struct message_rules *table,
                          const struct place *up, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < table->type->n_fields; i++) {
        const struct field_rule *rule = &table->fields[i];
        struct place place = { .up = up, .name = rule->field->name, .index = NO_INDEX };

        if (rule->output_only)
            continue;
        if (rule->list)
            check_list(check, rule, &place, message);
        else if (field_chosen(rule, message))
            check_value(check, rule, &place, field_member(message, rule->field->offset));
    }
    for (size_t i = 0; i < table->n_oneofs; i++) {
        const struct oneof_rule *oneof = &table->oneofs[i];
        const uint32_t *chosen = field_member(message, oneof->case_offset);
        struct place place = { .up = up, .name = oneof->name, .index = NO_INDEX };

        if (*chosen == 0)
            complain(check, &place, arena_printf(check->arena, "必填其一：%s", oneof->members),
                     arena_printf(check->arena, "is required: %s", oneof->members));
    }
}

const struct refusal *field_rules_check(const struct field_rules *rules,
                                        const ProtobufCMessage *request, struct arena *a)
{
    const struct message_rules *table = field_table_of(rules, request->descriptor);
    struct check check = { .arena = a };

    must(table);
    check_message(&check, table, NULL, request);
    return check.refusal;
}

/* output-only fields -------------------------------------------------------------------------- */

static void empty_field(const struct field_rule *rule, ProtobufCMessage *message)
{
    void *member = field_member(message, rule->field->offset);
    void *quantifier = field_member(message, rule->field->quantifier_offset);

    if (rule->list) {
        *(size_t *)quantifier = 0;
        *(void **)member = NULL;
        return;
    }
    if (!field_chosen(rule, message))
        return;
    if (rule->in_oneof)
        *(uint32_t *)quantifier = 0;
    if (rule->kind == FIELD_TEXT)
        *(const char **)member = protobuf_c_empty_string;
    else
        memset(member, 0, value_bytes(rule));
}

static void strip_message(const struct message_rules *table, ProtobufCMessage *message)
{
    for (unsigned i = 0; i < table->type->n_fields; i++) {
        const struct field_rule *rule = &table->fields[i];
        void *member = field_member(message, rule->field->offset);

        if (rule->output_only) {
            empty_field(rule, message);
        } else if (rule->kind == FIELD_MESSAGE && rule->message->strips) {
            ProtobufCMessage **entries = rule->list ? *(ProtobufCMessage ***)member : member;
            size_t n = rule->list ? field_count(rule, message) : field_chosen(rule, message);

            for (size_t j = 0; j < n; j++)
                if (entries[j])
                    strip_message(rule->message, entries[j]);
        }
    }
}

void field_rules_strip(const struct field_rules *rules, ProtobufCMessage *request)
{
    const struct message_rules *table = field_table_of(rules, request->descriptor);

    must(table);
    if (table->strips)
        strip_message(table, request);
}
