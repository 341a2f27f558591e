/*
 * field_rules.c - reads the rules beside the fields into tables, once, at start.
 *
 * protobuf-c knows names, numbers and offsets but not our options, so each generated descriptor
 * is matched with its DescriptorProto by full name, each field by number; the rule is extension
 * 50012 of FieldOptions, which protobuf-c keeps as an unknown field. A defect of the contract (no
 * privacy class, a message that contains itself) stops the server here and not a caller later.
 */
#include "service/field_rules.h"

#include <errno.h>
#include <google/protobuf/descriptor.pb-c.h>

#include "base/memory.h"
#include "service/field_table.h"

#include "base/base.h"

enum { RULE_EXTENSION = 50012, RULES_BYTES_MAX = 4 << 20, SCRATCH_BYTES_MAX = 32 << 20 };

typedef Google__Protobuf__DescriptorProto MessageProto;
typedef Google__Protobuf__FieldDescriptorProto FieldProto;

/* A message of the descriptor set under its full name. */
struct described {
    const char *name;
    const MessageProto *proto;
};

struct builder {
    struct field_rules *rules;
    struct arena scratch; /* the unpacked descriptor set */
    struct described *described;
    size_t n_described;
    struct arena *why_arena;
    const char *why;
};

static void *scratch_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void scratch_free(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

static int defect(struct builder *b, const ProtobufCMessageDescriptor *type, const char *field,
                  const char *what)
{
    b->why = arena_printf(b->why_arena, "%s%s%s: %s", type->name, *field ? "." : "", field, what);
    return b->why ? -EINVAL : -ENOMEM;
}

/* the descriptor set by name ------------------------------------------------------------------ */

static size_t count_messages(MessageProto *const *protos, size_t n)
{
    size_t count = n;

    for (size_t i = 0; i < n; i++)
        count += count_messages(protos[i]->nested_type, protos[i]->n_nested_type);
    return count;
}

static bool describe_messages(struct builder *b, const char *scope, MessageProto *const *protos,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_printf(&b->scratch, "%s%s%s", scope, *scope ? "." : "",
                                        protos[i]->name ? protos[i]->name : "");

        if (!name)
            return false;
        b->described[b->n_described++] = (struct described){ .name = name, .proto = protos[i] };
        if (!describe_messages(b, name, protos[i]->nested_type, protos[i]->n_nested_type))
            return false;
    }
    return true;
}

static int describe_set(struct builder *b, struct slice bytes)
{
    ProtobufCAllocator allocator = { .alloc = scratch_alloc,
                                     .free = scratch_free,
                                     .allocator_data = &b->scratch };
    Google__Protobuf__FileDescriptorSet *set =
        google__protobuf__file_descriptor_set__unpack(&allocator, bytes.size, bytes.data);
    size_t count = 0;

    if (!set && b->scratch.failed)
        return -ENOMEM;
    if (!set) {
        b->why = "the descriptor set is unreadable";
        return -EINVAL;
    }
    for (size_t i = 0; i < set->n_file; i++)
        count += count_messages(set->file[i]->message_type, set->file[i]->n_message_type);
    b->described = ARENA_ARRAY(&b->scratch, struct described, count);
    if (!b->described)
        return -ENOMEM;
    for (size_t i = 0; i < set->n_file; i++) {
        const Google__Protobuf__FileDescriptorProto *file = set->file[i];

        if (!describe_messages(b, file->package ? file->package : "", file->message_type,
                               file->n_message_type))
            return -ENOMEM;
    }
    return 0;
}

static const MessageProto *described_as(const struct builder *b, const char *name)
{
    for (size_t i = 0; i < b->n_described; i++)
        if (strcmp(b->described[i].name, name) == 0)
            return b->described[i].proto;
    return NULL;
}

/* Tables by descriptor ------------------------------------------------------------------------ */

static size_t slot_of(const struct field_rules *rules, const ProtobufCMessageDescriptor *type)
{
    const uint64_t golden = 0x9e3779b97f4a7c15u;
    size_t mask = ((size_t)1 << rules->slot_bits) - 1;
    size_t slot = (size_t)(((uint64_t)(uintptr_t)type * golden) >> (64 - rules->slot_bits));

    while (rules->slots[slot] && rules->slots[slot]->type != type)
        slot = (slot + 1) & mask;
    return slot;
}

const struct message_rules *field_table_of(const struct field_rules *rules,
                                           const ProtobufCMessageDescriptor *type)
{
    return rules->slots[slot_of(rules, type)];
}

/* Half of the slots stay empty, so a search is short. */
static int make_slots(struct builder *b)
{
    struct field_rules *rules = b->rules;

    rules->slot_bits = 4;
    while (((size_t)1 << rules->slot_bits) < 2 * b->n_described)
        rules->slot_bits++;
    rules->slots =
        ARENA_ARRAY(&rules->arena, struct message_rules *, (size_t)1 << rules->slot_bits);
    return rules->slots ? 0 : -ENOMEM;
}

/* one field ----------------------------------------------------------------------------------- */

static enum field_kind kind_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
        return FIELD_TEXT;
    case PROTOBUF_C_TYPE_BYTES:
        return FIELD_BYTES;
    case PROTOBUF_C_TYPE_ENUM:
        return FIELD_ENUM;
    case PROTOBUF_C_TYPE_MESSAGE:
        return FIELD_MESSAGE;
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return FIELD_UNCHECKED;
    default:
        return FIELD_NUMBER;
    }
}

static uint64_t known_values(const ProtobufCEnumDescriptor *type)
{
    uint64_t known = 0;

    for (unsigned i = 0; i < type->n_values; i++)
        if (type->values[i].value >= 0 && type->values[i].value < 64)
            known |= UINT64_C(1) << type->values[i].value;
    return known;
}

/* The rule as written beside the field, or NULL (no rule, or trouble: *ret). */
static const Hotline__V1__FieldRule *written_rule(struct builder *b, const FieldProto *proto,
                                                  int *ret)
{
    ProtobufCAllocator allocator = { .alloc = scratch_alloc,
                                     .free = scratch_free,
                                     .allocator_data = &b->scratch };
    const Hotline__V1__FieldRule *rule = NULL;

    for (unsigned i = 0; proto->options && i < proto->options->base.n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *unknown = &proto->options->base.unknown_fields[i];
        size_t prefix = 0;

        if (unknown->tag != RULE_EXTENSION ||
            unknown->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            continue;
        while (prefix < unknown->len && (unknown->data[prefix] & 0x80))
            prefix++; /* the length, which protobuf-c keeps in front */
        if (prefix < unknown->len)
            rule = hotline__v1__field_rule__unpack(&allocator, unknown->len - prefix - 1,
                                                   unknown->data + prefix + 1);
        if (!rule)
            *ret = b->scratch.failed ? -ENOMEM : -EINVAL;
    }
    return rule;
}

static int copy_written_rule(struct builder *b, const struct message_rules *table,
                             const MessageProto *proto, struct field_rule *rule,
                             unsigned *ret_class)
{
    const char *name = rule->field->name;
    const FieldProto *field = NULL;
    const Hotline__V1__FieldRule *written;
    int r = 0;

    for (size_t i = 0; i < proto->n_field && !field; i++)
        if (proto->field[i]->number == (int32_t)rule->field->id)
            field = proto->field[i];
    if (!field)
        return defect(b, table->type, name, "is not in the descriptor set");
    written = written_rule(b, field, &r);
    if (r == -EINVAL)
        return defect(b, table->type, name, "its rule is unreadable");
    if (!written)
        return r;
    rule->required = written->required;
    rule->uuid = written->uuid;
    rule->resource_name = written->resource_name;
    rule->output_only = written->output_only;
    rule->bytes_max = written->max_bytes;
    rule->items_max = written->max_items;
    rule->min = written->min;
    rule->max = written->max;
    rule->ranged = written->min != 0 || written->max != 0;
    *ret_class = (unsigned)written->privacy;
    return 0;
}

static int make_table(struct builder *b, const ProtobufCMessageDescriptor *type,
                      struct message_rules **ret_table);

static int make_field(struct builder *b, struct message_rules *table, const MessageProto *proto,
                      struct field_rule *rule)
{
    const ProtobufCFieldDescriptor *field = rule->field;
    struct message_rules *message = NULL;
    unsigned class = HOTLINE__V1__PRIVACY__PRIVACY_UNSPECIFIED;
    int r;

    rule->kind = kind_of(field->type);
    rule->list = field->label == PROTOBUF_C_LABEL_REPEATED;
    rule->in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    r = copy_written_rule(b, table, proto, rule, &class);
    if (r < 0)
        return r;
    if (rule->kind == FIELD_TEXT || rule->kind == FIELD_BYTES) {
        if (class == HOTLINE__V1__PRIVACY__PRIVACY_UNSPECIFIED || class >= PRIVACY_CLASSES)
            return defect(b, table->type, field->name, "has no privacy class");
        rule->classes = 1u << class;
    } else if (rule->kind == FIELD_ENUM) {
        rule->known = known_values(field->descriptor);
    } else if (rule->kind == FIELD_MESSAGE) {
        r = make_table(b, field->descriptor, &message);
        if (r < 0)
            return r;
        rule->message = message;
        rule->classes = message->classes;
        table->strips |= message->strips;
    }
    table->classes |= rule->classes;
    table->strips |= rule->output_only;
    if (field->type == PROTOBUF_C_TYPE_BOOL && !rule->list && strcmp(field->name, "masked") == 0)
        table->masked = field;
    return 0;
}

/* one message --------------------------------------------------------------------------------- */

/* A oneof must be chosen when all of its members are required. */
static int make_oneof(struct builder *b, struct message_rules *table, const MessageProto *proto,
                      size_t index)
{
    struct oneof_rule *oneof = &table->oneofs[table->n_oneofs];
    const char *members = "";
    size_t n_members = 0;

    for (size_t i = 0; i < proto->n_field; i++) {
        const FieldProto *member = proto->field[i];
        const ProtobufCFieldDescriptor *field;

        if (!member->has_oneof_index || (size_t)member->oneof_index != index)
            continue;
        field = protobuf_c_message_descriptor_get_field(table->type, (unsigned)member->number);
        if (!field || !table->fields[field - table->type->fields].required)
            return 0;
        members =
            arena_printf(&b->rules->arena, "%s%s%s", members, n_members ? ", " : "", field->name);
        if (!members)
            return -ENOMEM;
        oneof->case_offset = field->quantifier_offset;
        n_members++;
    }
    if (n_members == 0)
        return 0;
    oneof->members = members;
    oneof->name =
        n_members == 1 ? members : arena_strdup(&b->rules->arena, proto->oneof_decl[index]->name);
    if (!oneof->name)
        return -ENOMEM;
    table->n_oneofs++;
    return 0;
}

static int fill_table(struct builder *b, struct message_rules *table)
{
    const ProtobufCMessageDescriptor *type = table->type;
    const MessageProto *proto = described_as(b, type->name);
    int r = 0;

    if (!proto)
        return defect(b, type, "", "is not in the descriptor set");
    table->timestamp = strcmp(type->name, "google.protobuf.Timestamp") == 0;
    table->fields = ARENA_ARRAY(&b->rules->arena, struct field_rule, type->n_fields);
    table->oneofs = ARENA_ARRAY(&b->rules->arena, struct oneof_rule, proto->n_oneof_decl);
    if (!table->fields || !table->oneofs)
        return -ENOMEM;
    for (unsigned i = 0; i < type->n_fields && r == 0; i++) {
        table->fields[i].field = &type->fields[i];
        r = make_field(b, table, proto, &table->fields[i]);
    }
    for (size_t i = 0; i < proto->n_oneof_decl && r == 0; i++)
        r = make_oneof(b, table, proto, i);
    return r;
}

static int make_table(struct builder *b, const ProtobufCMessageDescriptor *type,
                      struct message_rules **ret_table)
{
    size_t slot = slot_of(b->rules, type);
    struct message_rules *table = b->rules->slots[slot];
    int r;

    if (table && table->building)
        return defect(b, type, "", "contains itself");
    if (!table) {
        table = ARENA_NEW(&b->rules->arena, struct message_rules);
        if (!table)
            return -ENOMEM;
        table->type = type;
        table->building = true;
        b->rules->slots[slot] = table;
        r = fill_table(b, table);
        if (r < 0)
            return r;
        table->building = false;
    }
    *ret_table = table;
    return 0;
}

static int make_service(struct builder *b, const ProtobufCServiceDescriptor *service)
{
    struct message_rules *table;
    int r = 0;

    for (unsigned i = 0; i < service->n_methods && r == 0; i++) {
        r = make_table(b, service->methods[i].input, &table);
        if (r == 0)
            r = make_table(b, service->methods[i].output, &table);
    }
    return r;
}

/* life cycle ---------------------------------------------------------------------------------- */

int field_rules_create(struct slice descriptor_set,
                       const ProtobufCServiceDescriptor *const *services, struct arena *a,
                       struct field_rules **ret_rules, const char **ret_why)
{
    struct builder b = { .rules = memory_alloc(sizeof(*b.rules)), .why_arena = a };
    int r = b.rules ? 0 : -ENOMEM;

    if (r < 0)
        return r;
    arena_init(&b.rules->arena, RULES_BYTES_MAX);
    arena_init(&b.scratch, SCRATCH_BYTES_MAX);
    r = describe_set(&b, descriptor_set);
    if (r == 0)
        r = make_slots(&b);
    for (size_t i = 0; r == 0 && services[i]; i++)
        r = make_service(&b, services[i]);
    arena_release(&b.scratch);
    if (r == 0)
        *ret_rules = b.rules;
    else
        field_rules_free(b.rules);
    if (r == -EINVAL)
        *ret_why = b.why;
    return r;
}

struct field_rules *field_rules_free(struct field_rules *rules)
{
    if (rules)
        arena_release(&rules->arena);
    return memory_free(rules);
}
