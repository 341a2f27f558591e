/*
 * record.h - how the domain's plain structs are written to Redis: the store schema (store.proto)
 * and the one codec that converts. Fields written by a newer release are kept (protobuf-c's
 * unknown fields) and written back.
 *
 * Facts, texts and identity are separate records. An order's fact record is small; texts are
 * entries of a list per order; identity stands alone and nothing else may hold it. History entries
 * form a hash chain per order: head = SHA-256(previous head, entry bytes); an entry carries the
 * salted digest of the text it brought, never the text, so erasing a text leaves the chain whole.
 */
#ifndef HOTLINE_STORAGE_RECORD_RECORD_H
#define HOTLINE_STORAGE_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/slice.h"
#include "domain/calendar.h"
#include "domain/directory.h"
#include "domain/event.h"
#include "domain/order.h"

struct arena;

/* Packing: bytes in the arena; absent slice without memory. Unpacking: 0, -EBADMSG, -ENOMEM. */

/* --- fact record ------------------------------------------------------------------------------ */
/* `stored`: the bytes it was read from (their unknown fields are kept), or absent. */
struct slice order_pack(const struct order *order, struct slice stored, struct arena *a);
/* Everything but version, which is the record's. After -EBADMSG *ret_order is not to be used. */
int order_unpack(struct slice bytes, struct arena *a, struct order *ret_order);

/* --- history ---------------------------------------------------------------------------------- */
struct history_entry {
    char order_id[ORDER_ID_BYTES];
    uint64_t order_version; /* after the event */
    struct event event;
    struct digest text_digest;          /* of the text record it brought; zero = none */
    char main_unit[UNIT_CODE_BYTES];    /* after the event: for watchers, without loading */
    char district_number[NUMBER_BYTES]; /* set when it raised a reminder */
    bool urgent;
};
/* Packs the entry and moves the chain head on. The same bytes go to history and event stream. */
struct slice history_pack(const struct history_entry *entry, uint8_t chain[32], struct arena *a);
int history_unpack(struct slice bytes, struct arena *a, struct history_entry *ret_entry);
/* The chain head after these entry bytes. */
void history_chain(uint8_t chain[32], struct slice entry);

/* --- texts ------------------------------------------------------------------------------------ */
/* The words that came with a command: the API request message as it was sent, less its head and
 * the citizen, so nothing a caller wrote is lost and the API's privacy classes go on applying.
 * One per command that brought any; the order refers to it by number. */
struct text_record {
    uint32_t number; /* 1, 2 ... within the order */
    uint8_t salt[SALT_BYTES];
    enum command_kind command; /* says which message `words` is */
    int64_t at_ms;             /* when it was recorded and by whom: the view shows both without */
    struct actor by;           /* reading the history */
    struct slice words;        /* packed hotline.v1 request */
};
struct slice text_pack(const struct text_record *record, struct arena *a);
/* words points into the arena or into bytes: keep both. */
int text_unpack(struct slice bytes, struct arena *a, struct text_record *ret_record);
/* SHA-256 over salt, command and words. */
void text_digest(const struct text_record *record, struct digest *ret_digest);

/* --- identity --------------------------------------------------------------------------------- */
struct identity {
    const char *name, *id_number, *address, *contact_person; /* "" = not given */
    const char *phones[PHONES_MAX];
    size_t n_phones;
    uint32_t sex, kind; /* API enums */
    bool wants_confidentiality;
};
struct slice identity_pack(const struct identity *identity, struct arena *a);
int identity_unpack(struct slice bytes, struct arena *a, struct identity *ret_identity);
/* Blind index of a telephone number: HMAC over its digits (without +86, 0086), first 16 bytes. */
void blind_index(const struct secret_key *key, const char *phone, uint8_t index[BLIND_INDEX_BYTES]);

/* --- snapshots -------------------------------------------------------------------------------- */
struct slice directory_pack(const struct directory *directory, struct arena *a);
int directory_unpack(struct slice bytes, struct arena *a, struct directory *ret_directory);
struct slice calendar_pack(const struct calendar_year *years, size_t n_years, uint32_t version,
                           struct arena *a);
int calendar_unpack(struct slice bytes, struct arena *a, struct calendar_year **ret_years,
                    size_t *ret_n_years, uint32_t *ret_version);

/* --- request result: enough to render the answer again with today's rights -------------------- */
struct request_result {
    char resource[96]; /* order id, unit code, staff id, year ... */
    uint64_t version;  /* the resource's version after the command */
};
struct slice result_pack(const struct request_result *result, struct arena *a);
int result_unpack(struct slice bytes, struct request_result *ret_result);

#endif
