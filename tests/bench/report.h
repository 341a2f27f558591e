/* report.h - the figures of a run: gathered, held against the targets, printed, written as JSON. */
#ifndef HOTLINE_BENCH_REPORT_H
#define HOTLINE_BENCH_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "load.h"

/* One kind of call: the rounds' calls added up, latencies of the worst round. */
struct figures {
    uint64_t calls, failed;
    double seconds;
    double p50_ms, p95_ms, p99_ms, max_ms;
    int64_t server_us, redis_us;
};

struct mode_report {
    struct figures echo, bare_get, bare_commit; /* ceilings */
    struct figures get, take, list;             /* the road */
};

/* Many clocks that end at one instant, two servers. */
struct herd_report {
    uint64_t orders;
    double marked_seconds, reminded_seconds; /* until the last one; < 0 = not in time */
    bool each_once;
    double reads_p99_ms;
    int64_t server_rss_kib;
};

struct report {
    struct herd_report herd;
    struct mode_report modes[2]; /* appendfsync always, everysec */
    double redis_bytes_an_order;
    int64_t server_rss_kib;
};

void figures_add(struct figures *figures, const struct load_result *result, int64_t server_us,
                 int64_t redis_us);
double figures_rate(const struct figures *figures);

void report_print(const struct report *report, FILE *out);
int report_write_json(const struct report *report, const char *path);

#endif
