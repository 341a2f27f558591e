/* rpc_stats.c - numbers of the lanes, summed for whoever asks. */
#include "rpc/rpc_state.h"

#include "base/base.h"

static uint64_t load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void rpc_server_stats(const struct rpc_server *server,
                      void (*visit)(const struct rpc_method_stats *stats, void *user), void *user)
{
    for (size_t e = 0; e <= server->table.n_entries; e++) {
        const struct rpc_entry *entry = &server->table.entries[e];
        uint64_t outcomes[FAULT_MAX + 1] = { 0 };
        struct rpc_method_stats stats = {
            .service = entry->service,
            .method = entry->method ? entry->method->name : "",
            .outcomes = outcomes,
        };

        if (atomic_load(&server->phase) == RPC_BUILDING)
            return; /* no counters yet */
        for (int i = 0; i < server->n_lanes; i++) {
            const struct rpc_counters *counters = &server->lanes[i].counters[entry->index];

            for (size_t k = 0; k <= FAULT_MAX; k++) {
                uint64_t n = load(&counters->outcomes[k]);

                outcomes[k] += n;
                stats.calls += n;
            }
            for (size_t k = 0; k < RPC_LATENCY_BUCKETS; k++)
                stats.latency[k] += load(&counters->latency[k]);
            stats.latency_us_sum += load(&counters->latency_us_sum);
        }
        visit(&stats, user);
    }
}

void rpc_server_lane_stats(const struct rpc_server *server, int lane, struct rpc_lane_stats *ret)
{
    const struct rpc_lane *l = &server->lanes[lane];

    must(lane >= 0 && lane < server->n_lanes);
    *ret = (struct rpc_lane_stats){
        .calls_in_flight = (uint64_t)atomic_load(&l->calls_in_flight),
        .streams_open = (uint64_t)atomic_load(&l->streams_open),
        .calls_shed = atomic_load(&l->calls_shed),
    };
}
