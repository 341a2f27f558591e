/*
 * field_table.h - the tables behind field_rules.h; private to field_*.c.
 *
 * One message_rules per message type, one field_rule per field, in the order of the descriptor. A
 * message field points at its message's table, so a walk searches only for its root.
 */
#ifndef HOTLINE_SERVICE_FIELD_TABLE_H
#define HOTLINE_SERVICE_FIELD_TABLE_H

#include <hotline/v1/options.pb-c.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { PRIVACY_CLASSES = HOTLINE__V1__PRIVACY__PRIVACY_FREE_TEXT + 1 };

enum field_kind {
    FIELD_UNCHECKED, /* bool, float, double */
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_ENUM,
    FIELD_NUMBER,
    FIELD_MESSAGE,
};

struct field_rule {
    const ProtobufCFieldDescriptor *field;
    const struct message_rules *message; /* of message fields */
    enum field_kind kind;
    bool list, in_oneof;
    bool required, uuid, resource_name, output_only;
    bool ranged;                   /* min and max bind */
    uint32_t bytes_max, items_max; /* 0 = no limit */
    int64_t min, max;
    uint64_t known;   /* enum values 0..63 that the descriptor names, a bit each */
    uint32_t classes; /* privacy classes in it and below, a bit each */
};

/* A oneof of which a member must be chosen. */
struct oneof_rule {
    const char *name;     /* what a refusal calls it: the only member, or the oneof itself */
    const char *members;  /* "a, b" */
    unsigned case_offset; /* of its case in the struct */
};

struct message_rules {
    const ProtobufCMessageDescriptor *type;
    struct field_rule *fields; /* as many as the type has */
    struct oneof_rule *oneofs;
    size_t n_oneofs;
    const ProtobufCFieldDescriptor *masked; /* `bool masked`, or NULL */
    uint32_t classes;                       /* privacy classes in it and below */
    bool timestamp;                         /* google.protobuf.Timestamp */
    bool strips;                            /* an output-only field in it or below */
    bool building;                          /* while it is being made: meeting it again is a loop */
};

struct field_rules {
    struct message_rules **slots; /* open addressing by descriptor; 2^slot_bits */
    unsigned slot_bits;
    struct arena arena;
};

/* The table of a type, or NULL when no service reaches it. */
const struct message_rules *field_table_of(const struct field_rules *rules,
                                           const ProtobufCMessageDescriptor *type);

/* A member of a message of that type. */
static inline void *field_member(const ProtobufCMessage *message, size_t offset)
{
    return (uint8_t *)(uintptr_t)message + offset;
}

/* Is the field there as far as its oneof is concerned? */
static inline bool field_chosen(const struct field_rule *rule, const ProtobufCMessage *message)
{
    const uint32_t *chosen = field_member(message, rule->field->quantifier_offset);

    return !rule->in_oneof || *chosen == rule->field->id;
}

static inline size_t field_count(const struct field_rule *rule, const ProtobufCMessage *message)
{
    return *(const size_t *)field_member(message, rule->field->quantifier_offset);
}

#endif
