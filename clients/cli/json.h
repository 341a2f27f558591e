/*
 * json.h - any message of the contract as JSON and back, by its descriptor.
 *
 * Proto3's JSON mapping: lowerCamelCase names, enum values by name, instants as RFC 3339, 64-bit
 * numbers as texts, fields at their default left out. Reading also takes snake_case names, enum
 * names without their prefix in any case ("reached" for CONTACT_RESULT_REACHED), and instants in
 * office time. Not made for bytes and maps: the contract has none, which a test watches.
 */
#ifndef HOTLINE_CLI_JSON_H
#define HOTLINE_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

struct arena;

/* A new reference, NULL when memory is out. */
json_t *json_of_message(const ProtobufCMessage *message);

/* What is wrong with a JSON text, in the arena: where "citizen.phones[0].number", and why. */
struct json_trouble {
    const char *where, *zh, *en;
};

/* The message in the arena, where texts and lists of it live too; -EINVAL and the trouble. */
int json_to_message(struct arena *a, const ProtobufCMessageDescriptor *type, const json_t *json,
                    ProtobufCMessage **ret_message, struct json_trouble *trouble);

/* "receivedTime" of "received_time". */
const char *json_name(struct arena *a, const char *field_name);
/* The field of either spelling, NULL when there is none. */
const ProtobufCFieldDescriptor *json_field(const ProtobufCMessageDescriptor *type,
                                           const char *name);
/* The value of a full or short name, any case, '-' for '_'; NULL when there is none. */
const ProtobufCEnumValue *enum_value_of(const ProtobufCEnumDescriptor *type, const char *name);
/* "REACHED" of CONTACT_RESULT_REACHED: without the prefix that all values share. */
const char *enum_short_name(const ProtobufCEnumDescriptor *type, int value);

bool is_timestamp(const ProtobufCFieldDescriptor *field);
bool is_duration(const ProtobufCFieldDescriptor *field);

#endif
