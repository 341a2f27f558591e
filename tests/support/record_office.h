/*
 * record_office.h - a small office in Redis, written by hand key by key, for tests of check,
 * rebuild and whoever needs stored orders without a server.
 *
 * Five orders: one received, one dispatched (and urgent), three taken, of which the last has 600
 * history entries, more than a chunk of the check. Two and two share a telephone.
 */
#ifndef HOTLINE_TESTS_RECORD_OFFICE_H
#define HOTLINE_TESTS_RECORD_OFFICE_H

#include <stddef.h>

#include "domain/order.h"
#include "storage/redis.h"

enum {
    OFFICE_ORDERS = 5,
    OFFICE_ENTRIES = 1 + 2 + 3 + 3 + 600,
    OFFICE_TEXTS = 1 + 2 + 2 + 2 + 300
};

/* Orders are named 0CYV7K3M9Q2X0000 .. 0004, numbered BS2026071500000 .. 00004. */
#define OFFICE_ORDER(n) "0CYV7K3M9Q2X000" #n

/* Adds the subdistrict and its orders; nothing of it may be there. must(): Redis does it. */
void office_write(struct redis_tool *tool, const char *subdistrict);
/* Reads and writes one fact record, whatever it says. */
void office_load(struct redis_tool *tool, const char *subdistrict, const char *id,
                 struct order *ret_order);
void office_store(struct redis_tool *tool, const char *subdistrict, const struct order *order);

#endif
