/*
 * rpc_trace.h - trace ids (W3C traceparent) and the cheap random numbers for new ones.
 *
 * A trace id only has to be unlikely to repeat; it is no secret. So each lane draws it from its
 * own generator (xoshiro256**, seeded once by OpenSSL) for two nanoseconds.
 */
#ifndef HOTLINE_RPC_RPC_TRACE_H
#define HOTLINE_RPC_RPC_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { RPC_TRACE_BYTES = 33 }; /* 32 lower case hex digits and the NUL */

struct rpc_random {
    uint64_t state[4];
};

int rpc_random_init(struct rpc_random *random);
uint64_t rpc_random_next(struct rpc_random *random);

/* The trace id of a traceparent header into trace; false (trace untouched) when it is not valid:
 * version 00 has exactly 55 characters, later ones may continue after a dash, ff is never valid. */
bool rpc_trace_parse(struct slice traceparent, char trace[RPC_TRACE_BYTES]);
/* A new one. */
void rpc_trace_make(struct rpc_random *random, char trace[RPC_TRACE_BYTES]);

#endif
