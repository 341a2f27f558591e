/*
 * index.h - the index entries of an order: a projection, a pure function of its fact record.
 *
 * A commit applies the difference between before and after; nobody touches an index by hand, so
 * none leaks. --check recomputes all and compares, --rebuild restores them.
 */
#ifndef HOTLINE_STORAGE_RECORD_INDEX_H
#define HOTLINE_STORAGE_RECORD_INDEX_H

#include <stddef.h>

#include "domain/order.h"
#include "storage/commit.h"

struct arena;

enum { ORDER_INDEX_MAX = 64 };

/* Entries of an order (none when its state is UNSPECIFIED):
 * ALL, STATE (by state), UNIT (main and informed units, while open), DUE (each RUNNING clock),
 * WAKE (when it has a wake instant), REMIND (each RUNNING clock with a fired, unacknowledged rung:
 * member order/clock/stamp/rung), URGENT (while open), PHONE (each). Returns their number; each
 * (key, member) once. Without memory a->failed is set and the entries are not to be used. */
size_t order_index(const struct order *order, const char *subdistrict, struct arena *a,
                   struct commit_index ret_entries[ORDER_INDEX_MAX]);

/* What must change in Redis from before to after: entries that go first, then those that appear
 * or move, each in the order of their keys' kinds, so that entries of one key stand together.
 * `members` of the entries live in the arena. Returns the number written; a->failed as above. */
size_t order_index_difference(const struct order *before, const struct order *after,
                              const char *subdistrict, struct arena *a,
                              struct commit_index ret_changes[2 * ORDER_INDEX_MAX]);

/* Members of DUE and REMIND. */
struct clock_member {
    char order_id[ORDER_ID_BYTES];
    enum clock_kind clock;
    uint32_t stamp;
    uint8_t rung; /* REMIND only */
};
bool clock_member_parse(struct slice member, struct clock_member *ret_member);

#endif
