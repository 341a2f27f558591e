/*
 * order_sieve.h - the ids of the orders of some units, read at once: it lets a scan of another index
 * pass over everybody else's orders without loading them.
 *
 * Only a help: records are checked anyway. So one that would grow too large is simply left open and
 * lets everything pass.
 */
#ifndef HOTLINE_SERVICE_ORDER_SIEVE_H
#define HOTLINE_SERVICE_ORDER_SIEVE_H

#include "domain/order.h"
#include "service/office.h"

struct arena;

enum { SIEVE_IDS_MAX = 20000 };

struct sieve_ask;

struct order_sieve {
    /* set by the caller */
    struct office *office;
    const struct key *keys; /* sorted sets of order ids */
    size_t n_keys;          /* 0: everything passes */
    struct arena *arena;
    int64_t deadline_ms;
    void (*done)(struct order_sieve *sieve, int status); /* perhaps before the call returns */
    /* private */
    struct sieve_ask *asks;
    char (*ids)[ORDER_ID_BYTES]; /* sorted once all is read */
    size_t n_ids;
    bool too_many;
    size_t waiting;
    int trouble;
};

void order_sieve_read(struct order_sieve *sieve);
bool order_sieve_passes(const struct order_sieve *sieve, const char *id);

#endif
