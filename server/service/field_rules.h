/*
 * field_rules.h - what the API says of its fields, read once from the embedded descriptor set:
 * required, sizes, ranges, privacy classes (api/hotline/v1/options.proto). Two walkers use it, the
 * validator of requests and the mask of answers; both look rules up by message descriptor, once a
 * message tree, without a search per field.
 *
 * Invariants: immutable after creation, so all threads share it without a lock; every string and
 * bytes field has a privacy class; no message contains itself, so every walk is as deep as the
 * schema and no deeper.
 *
 * It is not the place where bytes become text: rpc has refused NUL, bad UTF-8 and deep nesting on
 * the wire (rpc.h), where alone a NUL can still be seen.
 */
#ifndef HOTLINE_SERVICE_FIELD_RULES_H
#define HOTLINE_SERVICE_FIELD_RULES_H

#include <protobuf-c/protobuf-c.h>

#include "base/slice.h"
#include "security/permission.h"

struct arena;
struct refusal;
struct field_rules;

/* From the FileDescriptorSet and the messages of these services (NULL at the end). -ENOMEM; or
 * -EINVAL with *ret_why (in the arena): a string or bytes field has no privacy class, a message is
 * missing in the set or contains itself. */
int field_rules_create(struct slice descriptor_set,
                       const ProtobufCServiceDescriptor *const *services, struct arena *a,
                       struct field_rules **ret_rules, const char **ret_why);
struct field_rules *field_rules_free(struct field_rules *rules);

/* Checks a request: required fields and oneofs, bytes, items, ranges, UUIDs, resource names, known
 * enum values, timestamps in range; an entry of a list is never empty or UNSPECIFIED. Output-only
 * fields are ignored. NULL, or REQUEST_INVALID naming each wrong field ("citizen.phones[1].number")
 * with what would be allowed. The request's type is one that a service takes. */
const struct refusal *field_rules_check(const struct field_rules *rules,
                                        const ProtobufCMessage *request, struct arena *a);

/* Empties the output-only fields of a request, so that no row can believe them. Nothing is freed:
 * the request lives in an arena. */
void field_rules_strip(const struct field_rules *rules, ProtobufCMessage *request);

/* Masks an answer, or an order within one, in place for a relation: full, partial (138****5678,
 * 陈**), absent (""); sets the `masked` member of messages that have one and lost something.
 * Strings are replaced by arena copies, never written to. False when the arena failed: the
 * answer must not be sent. */
bool field_rules_mask(const struct field_rules *rules, ProtobufCMessage *answer,
                      enum relation relation, struct arena *a);

#endif
