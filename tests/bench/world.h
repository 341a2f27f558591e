/*
 * world.h - the office under load: units and people, and as many orders as a measurement needs.
 */
#ifndef HOTLINE_BENCH_WORLD_H
#define HOTLINE_BENCH_WORLD_H

#include <stdint.h>

#include "load.h"

struct world {
    struct load_target target; /* address and CA; certificate and person are set per caller */
    const char *certificates;  /* directory */
    char (*orders)[80];        /* resource names of the orders received */
    uint64_t n_orders;
    uint64_t seed;
    int64_t now_s; /* office time on a manual clock; 0 = the system's */
};

/* One client per kind of caller. */
struct load_client *world_caller(const struct world *world, const char *certificate,
                                 const char *person, int connections);

/* Units U001.., people: clerk c1, specialist s1 (of U001). */
int world_found(struct world *world);
/* Receives, accepts and dispatches orders to U001 until there are `count` more in state
 * DISPATCHED; texts are 1.2 KB. Prints progress. */
int world_orders(struct world *world, uint64_t count);
void world_release(struct world *world);

/* Calls on the orders; user = the world, number = index of the order, counted from `first`. */
struct world_range {
    struct world *world;
    uint64_t first, count;
};
size_t request_take(void *range, uint64_t number, uint8_t *buffer, size_t buffer_bytes);
size_t request_get(void *range, uint64_t number, uint8_t *buffer, size_t buffer_bytes);
size_t request_list(void *range, uint64_t number, uint8_t *buffer, size_t buffer_bytes);

#endif
