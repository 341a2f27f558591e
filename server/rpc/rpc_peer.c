/*
 * rpc_peer.c - the certificate cache of a lane.
 *
 * Keyed by content, not by connection: gRPC gives no id of a connection that survives its end.
 * The last bytes of a PEM are its signature, as good as random, so they choose the set; a full
 * comparison of 1-2 KB then costs some 30 ns. Reading a new certificate on the CQ thread (once a
 * connection, about 40 us) is small beside the handshake that the same thread has just done.
 */
#include "rpc/rpc_peer.h"

#include <grpc/grpc_security.h>
#include <stdatomic.h>

#include "base/memory.h"

#include "base/base.h"

enum { PEM_FOOTER_BYTES = 32, PEM_KEY_BYTES = 8 }; /* "-----END CERTIFICATE-----\n", padding */

struct rpc_peer_record {
    struct rpc_peer peer; /* first: rpc_peer_unref() goes back from it */
    _Atomic int refs;     /* the set's own included */
    uint64_t used;        /* tick of the last hit; CQ thread */
    size_t pem_size;
    uint8_t pem[];
};

/* Whoever presents no certificate that we can read. Never freed. */
static const struct rpc_peer nobody;

static void record_unref(struct rpc_peer_record *record)
{
    if (record && atomic_fetch_sub_explicit(&record->refs, 1, memory_order_acq_rel) == 1)
        memory_free(record);
}

void rpc_peer_unref(const struct rpc_peer *peer)
{
    if (peer && peer != &nobody)
        record_unref((struct rpc_peer_record *)(uintptr_t)peer);
}

void rpc_peers_release(struct rpc_peers *peers)
{
    for (size_t s = 0; s < RPC_PEER_SETS; s++)
        for (size_t w = 0; w < RPC_PEER_WAYS; w++)
            record_unref(peers->sets[s][w]);
    *peers = (struct rpc_peers){ 0 };
}

static struct rpc_peer_record **set_of(struct rpc_peers *peers, struct slice pem)
{
    uint64_t key = pem.size;

    if (pem.size > PEM_FOOTER_BYTES + PEM_KEY_BYTES)
        memcpy(&key, pem.data + pem.size - PEM_FOOTER_BYTES - PEM_KEY_BYTES, PEM_KEY_BYTES);
    key *= 0x9e3779b97f4a7c15u; /* base64 text: spread the bits (Fibonacci hashing) */
    return peers->sets[key >> 58];
}

static struct rpc_peer_record *record_read(struct slice pem)
{
    struct rpc_peer_record *record = memory_alloc(sizeof(*record) + pem.size);

    if (!record)
        return NULL;
    if (certificate_names_of(pem, &record->peer.names) < 0)
        return memory_free(record);
    record->pem_size = pem.size;
    memcpy(record->pem, pem.data, pem.size);
    atomic_init(&record->refs, 1);
    return record;
}

const struct rpc_peer *rpc_peers_of(struct rpc_peers *peers, struct slice pem)
{
    struct rpc_peer_record **set = set_of(peers, pem), *record = NULL;
    size_t oldest = 0;

    for (size_t w = 0; w < RPC_PEER_WAYS && !record; w++) {
        if (set[w] && set[w]->pem_size == pem.size && !memcmp(set[w]->pem, pem.data, pem.size))
            record = set[w];
        else if (!set[w] || (set[oldest] && set[w]->used < set[oldest]->used))
            oldest = w;
    }
    if (!record) {
        record = record_read(pem);
        if (!record)
            return &nobody;
        record_unref(set[oldest]);
        set[oldest] = record;
    }
    record->used = ++peers->tick;
    atomic_fetch_add_explicit(&record->refs, 1, memory_order_relaxed);
    return &record->peer;
}

const struct rpc_peer *rpc_peers_find(struct rpc_peers *peers, grpc_call *call)
{
    grpc_auth_context *context = grpc_call_auth_context(call);
    grpc_auth_property_iterator at =
        grpc_auth_context_find_properties_by_name(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
    const grpc_auth_property *pem = grpc_auth_property_iterator_next(&at);
    const struct rpc_peer *peer = &nobody;

    if (pem)
        peer = rpc_peers_of(peers, slice_of(pem->value, pem->value_length));
    grpc_auth_context_release(context);
    return peer;
}
