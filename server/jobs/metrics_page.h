/*
 * metrics_page.h - /metrics in Prometheus text, on loopback only (libmicrohttpd, one own thread).
 * Numbers only: methods, reasons, lanes, clocks. No identifier of an order or a person.
 */
#ifndef HOTLINE_JOBS_METRICS_PAGE_H
#define HOTLINE_JOBS_METRICS_PAGE_H

#include "jobs/deadlines.h"
#include "rpc/rpc.h"
#include "service/office.h"

struct metrics_page;

/* Everything is borrowed until metrics_page_free(). */
struct metrics_sources {
    const struct rpc_server *server;
    struct office *const *offices;
    int lanes;
    struct deadlines *const *deadlines;
    const char *const *subdistricts; /* of the deadlines */
    int n_deadlines;
};

/* address: "127.0.0.1:9443". -EINVAL: not a loopback address; -EADDRINUSE. */
int metrics_page_create(const char *address, const struct metrics_sources *sources,
                        struct metrics_page **ret_page);
struct metrics_page *metrics_page_free(struct metrics_page *page);

#endif
