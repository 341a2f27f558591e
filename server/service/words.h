/*
 * words.h - what a caller wrote, kept as it was sent.
 *
 * The words of a command are its API request, less the common head and, for ReceiveOrder, less the
 * citizen (who stands in the identity record and nowhere else). They are packed as one text record
 * of the order (storage/record/record.h), so nothing a caller wrote is lost and the privacy classes
 * of the API go on applying. Fields that this release does not know have no privacy class and are
 * not kept.
 */
#ifndef HOTLINE_SERVICE_WORDS_H
#define HOTLINE_SERVICE_WORDS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/crypto.h"
#include "base/slice.h"
#include "domain/types.h"
#include "storage/record/record.h"

struct arena;

/* The request type of a command; NULL for those that are no request of ours (the timer). */
const ProtobufCMessageDescriptor *words_type(enum command_kind kind);

/* Packs the words of a request in the arena; absent without memory. */
struct slice words_of(enum command_kind kind, const ProtobufCMessage *request, struct arena *a);
/* The words again as a message of words_type(); NULL when unreadable or without memory. */
ProtobufCMessage *words_read(const struct text_record *record, struct arena *a);

/* The citizen of a ReceiveOrderRequest as the order's identity record. 0 or -ENOMEM. */
int intake_identity(const ProtobufCMessage *request, struct arena *a, struct slice *ret_bytes);
/* Digest of all a ReceiveOrderRequest says, its head left out: the same delivery again, or an
 * amendment? Keyed, because a plain digest of known words would let somebody try out telephone
 * numbers. 0 or -ENOMEM. */
int intake_digest(const ProtobufCMessage *request, const struct secret_key *key, struct arena *a,
                  uint8_t ret_digest[DIGEST_BYTES]);

/* --- the text records of one order, each read when first asked for ----------------------------- */
struct words {
    struct text_record record;
    ProtobufCMessage *message; /* NULL until read, and when it cannot be read */
    bool read;
};
struct words_list {
    struct arena *arena;
    struct words *entries; /* oldest first */
    size_t count;
};

/* Entries that cannot be unpacked are left out (`--check` reports them). texts stay borrowed. */
void words_list_init(struct words_list *list, const struct slice *texts, size_t n_texts,
                     struct arena *a);
/* The entry of a number, or the newest of a command; NULL when there is none. `message` is read. */
const struct words *words_numbered(struct words_list *list, uint32_t number);
const struct words *words_newest(struct words_list *list, enum command_kind kind);
/* What stands as delivered: the newest amendment, or the first delivery. */
const struct words *words_intake(struct words_list *list);
/* How many entries of a command there are up to this text number: 1 = it is the first. */
uint32_t words_ordinal(const struct words_list *list, enum command_kind kind, uint32_t number);

#endif
