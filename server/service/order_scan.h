/*
 * order_scan.h - reads the indexes of a plan, merged, a batch of orders at a time.
 *
 * Entries come in one order over all sources, each order once. A place in this order is (score,
 * member); behind it the scan can go on later, in another request, however much the indexes
 * changed meanwhile.
 */
#ifndef HOTLINE_SERVICE_ORDER_SCAN_H
#define HOTLINE_SERVICE_ORDER_SCAN_H

#include "service/office.h"
#include "service/order_filter.h"
#include "service/order_sieve.h"
#include "service/page_token.h"

struct arena;

enum {
    SCAN_BATCH_MAX = 100,
    SCAN_MEMBER_BYTES = 40,
    SCAN_ENTRIES_MAX = 20000, /* index entries looked at in one scan */
};

struct scan_entry {
    int64_t score;
    char member[SCAN_MEMBER_BYTES]; /* order id, or order/clock/stamp */
};

struct scan_source;

struct order_scan {
    /* set by the caller */
    struct office *office;
    const char *subdistrict;
    const struct order_plan *plan;
    const char *district_number; /* by_number */
    uint32_t clock;              /* by_due: entries of this clock only */
    struct arena *arena;
    int64_t deadline_ms;
    /* status as link.h, or -ENOMEM, -EBADMSG. Comes on the loop, perhaps before the call returns. */
    void (*done)(struct order_scan *scan, int status);
    /* the result: entries[..count] and their orders' ids */
    struct scan_entry entries[SCAN_BATCH_MAX];
    char ids[SCAN_BATCH_MAX][ORDER_ID_BYTES];
    size_t count;
    struct scan_entry last; /* the last entry looked at; valid when n_looked > 0 */
    bool ended;             /* nothing stands behind the last entry */
    size_t n_looked;
    /* private */
    struct order_sieve sieve;
    struct scan_source *sources;
    size_t n_sources, batch_max;
    struct storage_ask ask;  /* by_number */
    struct scan_entry begin; /* entries up to here were seen in an earlier request */
    bool continues, prepared;
    int waiting, trouble;
};

/* Where an earlier scan of the same plan ended. False: no such place. */
bool order_scan_continue(struct order_scan *scan, const struct page_position *position);
void order_scan_place(const struct scan_entry *entry, struct page_position *ret_position);

/* The next batch, at most batch_max orders. An empty one: ended, or SCAN_ENTRIES_MAX is used up. */
void order_scan_next(struct order_scan *scan, size_t batch_max);

#endif
