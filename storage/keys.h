/*
 * keys.h - every key in Redis, in one table.
 *
 * Every key of a subdistrict carries the hash tag {code}, so a subdistrict is one slot: one
 * commit is atomic on Redis Cluster too. Names are short because each open order pays for them.
 */
#ifndef HOTLINE_STORAGE_KEYS_H
#define HOTLINE_STORAGE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* KEY(name, Redis type, shape after "h{code}", what it is)
 *   record = STRING: 8 bytes version (big-endian), then the protobuf bytes
 *   list, zset, hash, stream, counter = what Redis calls them */
#define KEY_TABLE(KEY)                                                                             \
    KEY(ORDER, record, ":o:", "fact record of an order; part = order id")                          \
    KEY(IDENTITY, record, ":i:", "the citizen's identity; part = order id")                        \
    KEY(TEXTS, list, ":t:", "texts of an order, one entry a commit that brought any; order id")    \
    KEY(HISTORY, list, ":h:", "hash-chained history of an order, one entry a commit; order id")    \
    KEY(NUMBER, claim, ":n:", "district number -> order id; part = district number")               \
    KEY(DIRECTORY, record, ":dir", "units, staff, appointments, portfolios: one snapshot")         \
    KEY(CALENDAR, record, ":cal", "working-day calendar years, all versions: one snapshot")        \
    KEY(RULES, record, ":rul", "rule sets, all versions (later release)")                          \
    KEY(EPOCH, string, ":ep", "changes whenever directory, calendar or rules change")              \
    KEY(RESULTS, hash, ":r:", "request results of one office month; part = yyyymm")                \
    KEY(SEQUENCE, counter, ":sq", "number of the newest event entry")                              \
    KEY(EVENTS, stream, ":ev", "event entries, id = sequence-0")                                   \
    KEY(ALL, zset, ":x:all", "all orders in Redis by receipt (ms)")                                \
    KEY(STATE, zset, ":x:s:", "orders of one state by receipt (ms); part = state number")          \
    KEY(UNIT, zset, ":x:u:", "open orders of one unit by receipt (ms); part = unit code")          \
    KEY(DUE, zset, ":x:due", "running clocks, member order/clock/stamp, by due instant (ms)")      \
    KEY(WAKE, zset, ":x:wake", "orders by the next instant the timer must act (ms)")               \
    KEY(REMIND, zset, ":x:rem", "newest open reminder of a clock: order/clock/stamp/rung, by ms")  \
    KEY(URGENT, zset, ":x:urg", "open urgent orders by receipt (ms)")                              \
    KEY(PHONE, zset, ":x:ph:", "orders of one telephone; part = blind index, hex")                 \
    KEY(COUNTER, counter, ":c:", "numbering; part = name")

enum key_kind {
#define KEY(name, type, shape, what) KEY_##name,
    KEY_TABLE(KEY)
#undef KEY
        KEY_MAX,
};

/* Keys outside any subdistrict. */
#define KEY_REGISTRY "hotline:subdistricts"     /* SET of codes */
#define KEY_DATABASE "hotline:database"         /* HASH: format, clock (real|manual), created_ms */
#define KEY_CLOCK "hotline:clock"               /* STRING: manual office time, ms */
#define KEY_CLOCK_MOVES "{hotline:clock}:moves" /* HASH: moves of it by request, in its slot */

enum { KEY_BYTES_MAX = 120, SUBDISTRICT_BYTES_MAX = 16 };

struct key {
    char text[KEY_BYTES_MAX];
    size_t size;
};

/* The key of a kind; part is "" where the shape takes none. must(): it fits. */
struct key key_of(enum key_kind kind, const char *subdistrict, const char *part);
struct key key_of_number(enum key_kind kind, const char *subdistrict, int64_t part);
static inline struct slice key_slice(const struct key *key)
{
    return slice_of(key->text, key->size);
}

#endif
