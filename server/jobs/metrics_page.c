/* metrics_page.c - the page is written anew for every request; numbers are read as they stand. */
#include "jobs/metrics_page.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/memory.h"

#include "base/base.h"

enum { PAGE_BYTES_MAX = 1024 * 1024, CONNECTIONS_MAX = 16, TIMEOUT_S = 5 };

struct metrics_page {
    struct metrics_sources sources;
    struct MHD_Daemon *daemon;
};

/* Text that grows to a ceiling; what does not fit is left out and said. */
struct page_text {
    char *bytes;
    size_t size;
    bool cut;
};

static void put(struct page_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct page_text *text, const char *format, ...)
{
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(text->bytes + text->size, PAGE_BYTES_MAX - text->size, format, values);
    va_end(values);
    if (size < 0 || (size_t)size >= PAGE_BYTES_MAX - text->size) {
        text->cut = true;
        text->bytes[text->size] = 0;
        return;
    }
    text->size += (size_t)size;
}

static void put_kind(struct page_text *text, const char *name, const char *kind, const char *help)
{
    put(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* calls --------------------------------------------------------------------------------------- */

static const char *outcome_name(size_t outcome)
{
    if (outcome == FAULT_NONE)
        return "OK";
    return outcome < FAULT_MAX ? fault_of((enum fault_id)outcome)->reason : "ABANDONED";
}

static void put_outcomes(const struct rpc_method_stats *stats, void *user)
{
    for (size_t i = 0; i < FAULT_MAX; i++)
        if (stats->outcomes[i])
            put(user, "hotline_calls_total{method=\"%s/%s\",outcome=\"%s\"} %llu\n", stats->service,
                stats->method, outcome_name(i), (unsigned long long)stats->outcomes[i]);
}

static void put_latency(const struct rpc_method_stats *stats, void *user)
{
    uint64_t sum = 0;

    if (stats->calls == 0)
        return;
    for (int i = 0; i < RPC_LATENCY_BUCKETS; i++) {
        sum += stats->latency[i];
        if (i + 1 < RPC_LATENCY_BUCKETS)
            put(user, "hotline_call_seconds_bucket{method=\"%s/%s\",le=\"%.6f\"} %llu\n",
                stats->service, stats->method, 64e-6 * (double)(1 << i), (unsigned long long)sum);
    }
    put(user, "hotline_call_seconds_bucket{method=\"%s/%s\",le=\"+Inf\"} %llu\n", stats->service,
        stats->method, (unsigned long long)sum);
    put(user, "hotline_call_seconds_sum{method=\"%s/%s\"} %.6f\n", stats->service, stats->method,
        (double)stats->latency_us_sum / 1e6);
    put(user, "hotline_call_seconds_count{method=\"%s/%s\"} %llu\n", stats->service, stats->method,
        (unsigned long long)sum);
}

/* lanes and storage --------------------------------------------------------------------------- */

static void put_lanes(struct page_text *text, const struct metrics_sources *sources)
{
    put_kind(text, "hotline_lane_calls_in_flight", "gauge", "Unary calls under way.");
    put_kind(text, "hotline_lane_streams_open", "gauge", "Streams open.");
    put_kind(text, "hotline_lane_calls_shed_total", "counter", "Calls refused for load.");
    for (int lane = 0; lane < sources->lanes; lane++) {
        struct rpc_lane_stats stats;

        rpc_server_lane_stats(sources->server, lane, &stats);
        put(text,
            "hotline_lane_calls_in_flight{lane=\"%d\"} %llu\n"
            "hotline_lane_streams_open{lane=\"%d\"} %llu\n"
            "hotline_lane_calls_shed_total{lane=\"%d\"} %llu\n",
            lane, (unsigned long long)stats.calls_in_flight, lane,
            (unsigned long long)stats.streams_open, lane, (unsigned long long)stats.calls_shed);
    }
}

static void put_links(struct page_text *text, const struct metrics_sources *sources)
{
    put_kind(text, "hotline_redis_commands_total", "counter", "Commands asked of Redis.");
    put_kind(text, "hotline_redis_writes_total", "counter", "Pipelines written to Redis.");
    put_kind(text, "hotline_redis_round_trip_seconds_total", "counter",
             "Time commands waited for their answers, added up.");
    put_kind(text, "hotline_redis_reconnects_total", "counter", "Connections lost.");
    put_kind(text, "hotline_redis_unknown_outcomes_total", "counter",
             "Commands sent whose answer never came.");
    for (int lane = 0; lane < sources->lanes; lane++) {
        struct link_stats stats;

        storage_link_stats(office_link(sources->offices[lane]), &stats);
        put(text,
            "hotline_redis_commands_total{lane=\"%d\"} %llu\n"
            "hotline_redis_writes_total{lane=\"%d\"} %llu\n"
            "hotline_redis_round_trip_seconds_total{lane=\"%d\"} %.6f\n"
            "hotline_redis_reconnects_total{lane=\"%d\"} %llu\n"
            "hotline_redis_unknown_outcomes_total{lane=\"%d\"} %llu\n",
            lane, (unsigned long long)stats.asks, lane, (unsigned long long)stats.turns, lane,
            (double)stats.round_trip_us_sum / 1e6, lane, (unsigned long long)stats.reconnects, lane,
            (unsigned long long)stats.unknown_outcomes);
    }
}

static void put_clocks(struct page_text *text, const struct metrics_sources *sources)
{
    put_kind(text, "hotline_clocks_running", "gauge", "Running clocks of all orders.");
    put_kind(text, "hotline_clocks_past_due", "gauge", "Running clocks past their due instant.");
    put_kind(text, "hotline_timer_lag_seconds", "gauge", "How late the newest timer batch began.");
    put_kind(text, "hotline_timer_commands_total", "counter",
             "Timer commands, by what came of them.");
    for (int i = 0; i < sources->n_deadlines; i++) {
        const char *code = sources->subdistricts[i];
        struct deadlines_stats stats;

        deadlines_stats(sources->deadlines[i], &stats);
        put(text,
            "hotline_clocks_running{subdistrict=\"%s\"} %lld\n"
            "hotline_clocks_past_due{subdistrict=\"%s\"} %lld\n"
            "hotline_timer_lag_seconds{subdistrict=\"%s\"} %.3f\n"
            "hotline_timer_commands_total{subdistrict=\"%s\",outcome=\"fired\"} %llu\n"
            "hotline_timer_commands_total{subdistrict=\"%s\",outcome=\"lost\"} %llu\n"
            "hotline_timer_commands_total{subdistrict=\"%s\",outcome=\"troubled\"} %llu\n",
            code, (long long)stats.running, code, (long long)stats.past_due, code,
            (double)stats.lag_ms / 1000.0, code, (unsigned long long)stats.fired, code,
            (unsigned long long)stats.lost, code, (unsigned long long)stats.troubled);
    }
}

/* the page ------------------------------------------------------------------------------------ */

static void page_write(struct page_text *text, const struct metrics_sources *sources)
{
    put_kind(text, "hotline_calls_total", "counter", "Calls ended, by method and reason.");
    rpc_server_stats(sources->server, put_outcomes, text);
    put_kind(text, "hotline_call_seconds", "histogram", "Time from accepted to answered.");
    rpc_server_stats(sources->server, put_latency, text);
    put_lanes(text, sources);
    put_links(text, sources);
    put_clocks(text, sources);
    if (text->cut)
        put(text, "# cut: the page is over its ceiling\n");
}

static enum MHD_Result answer(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    const struct metrics_page *page = user;
    struct page_text text = { 0 };
    struct MHD_Response *response;
    unsigned int code = MHD_HTTP_OK;
    enum MHD_Result queued;

    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    text.bytes = malloc(PAGE_BYTES_MAX);
    if (!text.bytes)
        return MHD_NO;
    text.bytes[0] = 0;
    if (strcmp(method, "GET") != 0 || strcmp(url, "/metrics") != 0) {
        code = MHD_HTTP_NOT_FOUND;
        put(&text, "GET /metrics\n");
    } else {
        page_write(&text, &page->sources);
    }
    response = MHD_create_response_from_buffer(text.size, text.bytes, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text.bytes);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "text/plain; version=0.0.4");
    queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
}

/* "127.0.0.1:9443": only a loopback address is taken, for the page is not protected. */
static int address_parse(const char *text, struct sockaddr_in *ret_address)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;

    if (!colon || (size_t)(colon - text) >= sizeof(host) || port < 1 || port > 65535)
        return -EINVAL;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    *ret_address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                  &ret_address->sin_addr) != 1)
        return -EINVAL;
    return ntohl(ret_address->sin_addr.s_addr) >> 24 == 127 ? 0 : -EINVAL;
}

int metrics_page_create(const char *address, const struct metrics_sources *sources,
                        struct metrics_page **ret_page)
{
    struct sockaddr_in at;
    struct metrics_page *page;
    int r = address_parse(address, &at);

    if (r < 0)
        return r;
    page = memory_alloc(sizeof(*page));
    if (!page)
        return -ENOMEM;
    page->sources = *sources;
    page->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, page,
                                    MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                    (unsigned int)TIMEOUT_S, MHD_OPTION_END);
    if (!page->daemon) {
        memory_free(page);
        return -EADDRINUSE;
    }
    *ret_page = page;
    return 0;
}

struct metrics_page *metrics_page_free(struct metrics_page *page)
{
    if (!page)
        return NULL;
    MHD_stop_daemon(page->daemon);
    return memory_free(page);
}
