/*
 * codec.h - what the converters of this folder share. Private to storage/record.
 *
 * A record goes through generated messages (struct order <-> Store__Order <-> bytes). The messages
 * live only for the call, so they are built in a scratch on the stack and reach into the arena
 * only when an order is unusually large: the common case allocates nothing but its result.
 *
 * Writers (x_to_store) return NULL without memory and leave scratch.failed set; it is checked once
 * before packing. Readers (x_of_store) return false when a value does not fit the domain: a text
 * longer than its array, a number outside its enum, an instant outside calendar time. An order in
 * a state or with a clock that this release does not know is refused whole, because it could not
 * be decided rightly.
 */
#ifndef HOTLINE_STORAGE_RECORD_CODEC_H
#define HOTLINE_STORAGE_RECORD_CODEC_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/record/store.pb-c.h"

#include "base/slice.h"
#include "domain/event.h"

struct arena;

/* --- scratch ---------------------------------------------------------------------------------- */
enum { SCRATCH_BYTES = 8192 };
struct scratch {
    struct arena *arena; /* where it goes on when its own bytes are used up; NULL: nowhere */
    ProtobufCAllocator allocator;
    size_t used;
    bool failed;
    alignas(16) uint8_t bytes[SCRATCH_BYTES];
};
void scratch_init(struct scratch *s, struct arena *arena);
/* Not zeroed. NULL without memory. */
void *scratch_alloc(struct scratch *s, size_t size);
#define SCRATCH_NEW(s, type) ((type *)scratch_alloc((s), sizeof(type)))
/* Pointers for a repeated field; NULL for none, and without memory. */
#define SCRATCH_LIST(s, type, count)                                                               \
    ((count) == 0 ? NULL : (type **)scratch_alloc((s), sizeof(type *) * (count)))

/* --- messages --------------------------------------------------------------------------------- */
/* 0 and *ret_message, in the scratch; -EBADMSG, -ENOMEM. */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                   struct scratch *s, ProtobufCMessage **ret_message);
/* The same, strings and bytes in the arena: for what is kept and not copied. */
int message_unpack_kept(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                        struct arena *a, ProtobufCMessage **ret_message);
/* Bytes in the arena; absent without memory. */
struct slice message_pack(const ProtobufCMessage *message, struct arena *a);
/* True when every field of the bytes, at any depth, is in the schema of this release. */
bool message_is_known(const ProtobufCMessageDescriptor *descriptor, struct slice bytes);

/* --- values ----------------------------------------------------------------------------------- */
/* Copies a text into its array; false when it does not fit with its NUL. */
bool text_of_store(char *to, size_t size, const char *from);
#define TEXT_OF_STORE(array, from) text_of_store((array), sizeof(array), (from))
/* Copies exactly size bytes; absent means all zero. False for any other size. */
bool bytes_of_store(uint8_t *to, size_t size, const ProtobufCBinaryData *from);
/* Absent when all zero. Borrowed. */
ProtobufCBinaryData bytes_to_store(const uint8_t *bytes, size_t size);

/* An instant as a distance from a base, and back. 0 = never, both ways. */
int64_t away_of(int64_t at_ms, int64_t base_ms);
/* False when the result lies outside calendar time. */
bool instant_of(int64_t away, int64_t base_ms, int64_t *ret_at_ms);
bool instant_is_sane(int64_t at_ms);

/* --- parts of orders and events (parts.c) ----------------------------------------------------- */
Store__Actor *actor_to_store(const struct actor *actor, struct scratch *s);
bool actor_of_store(const Store__Actor *from, struct actor *to);

Store__Clock *clock_to_store(enum clock_kind kind, const struct clock *clock, int64_t base_ms,
                             struct scratch *s);
bool clock_of_store(const Store__Clock *from, int64_t base_ms, enum clock_kind *ret_kind,
                    struct clock *to);

Store__Intake *intake_to_store(const struct order *order, struct scratch *s);
bool intake_of_store(const Store__Intake *from, struct order *to);

Store__Assignment *assignment_to_store(const struct assignment *assignment, int64_t base_ms,
                                       struct scratch *s);
bool assignment_of_store(const Store__Assignment *from, int64_t base_ms, struct assignment *to);

Store__Contact *contact_to_store(const struct contact *contact, int64_t base_ms, struct scratch *s);
bool contact_of_store(const Store__Contact *from, int64_t base_ms, struct contact *to);

Store__Reply *reply_to_store(const struct reply *reply, int64_t base_ms, struct scratch *s);
bool reply_of_store(const Store__Reply *from, int64_t base_ms, struct reply *to);

Store__Visit *visit_to_store(const struct visit *visit, int64_t base_ms, struct scratch *s);
bool visit_of_store(const Store__Visit *from, int64_t base_ms, struct visit *to);

/* Codes of reasons: at most REASONS_MAX. */
bool reasons_of_store(const uint32_t *from, size_t n_from, uint32_t to[REASONS_MAX], size_t *ret_n);

#endif
