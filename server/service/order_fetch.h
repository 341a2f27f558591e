/*
 * order_fetch.h - the fact records of a handful of orders, in one round trip (lists, streams).
 */
#ifndef HOTLINE_SERVICE_ORDER_FETCH_H
#define HOTLINE_SERVICE_ORDER_FETCH_H

#include "domain/order.h"
#include "service/office.h"

enum { ORDER_FETCH_MAX = 100 };

struct order_fetch {
    /* set by the caller */
    struct office *office;
    const char *subdistrict;
    struct arena *arena; /* the orders' memory */
    int64_t deadline_ms;
    char ids[ORDER_FETCH_MAX][ORDER_ID_BYTES];
    size_t count;
    /* status as link.h, or -ENOMEM, -EBADMSG; orders[i] is NULL for one that does not exist */
    void (*done)(struct order_fetch *fetch, int status);
    /* the result */
    struct order *orders[ORDER_FETCH_MAX];
    /* private */
    struct storage_ask ask;
};

void order_fetch_send(struct order_fetch *fetch);

#endif
