/*
 * load.h - a load client on gRPC C core: one thread, some connections, so many calls outstanding
 * (closed loop) or so many a second (open loop, latency counted from the planned instant, so a
 * stalled server cannot hide its stalls).
 */
#ifndef HOTLINE_BENCH_LOAD_H
#define HOTLINE_BENCH_LOAD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

struct load_client;

struct load_target {
    const char *address;
    const char *ca_path, *certificate_path, *key_path;
    const char *person; /* hotline-person, or NULL */
    int connections;
};

int load_client_create(const struct load_target *target, struct load_client **ret_client);
struct load_client *load_client_free(struct load_client *client);

/* One kind of call. The request is built into the caller's buffer; returns its size. */
struct load_call {
    const char *method; /* "/hotline.v1.HandlingService/TakeOrder" */
    size_t (*request)(void *user, uint64_t number, uint8_t *buffer, size_t buffer_bytes);
    void (*response)(void *user, uint64_t number, const uint8_t *bytes, size_t size); /* or NULL */
    void *user;
};

struct load_plan {
    int outstanding;     /* closed loop: calls in flight; open loop: their maximum */
    uint64_t calls;      /* stop after this many; 0 = by time */
    int64_t duration_ms; /* stop after this long; 0 = by count */
    double rate;         /* calls a second; 0 = closed loop */
};

struct load_result {
    uint64_t calls, failed;
    double seconds, rate;
    double p50_ms, p95_ms, p99_ms, max_ms;
    char first_failure[256]; /* status and message of the first failed call */
};

int load_run(struct load_client *client, const struct load_call *call, const struct load_plan *plan,
             struct load_result *ret_result);

#endif
