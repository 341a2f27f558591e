/*
 * rpc_peer.h - who is at the other end: certificates already read, kept per lane.
 *
 * Reading a certificate costs tens of microseconds, a call costs ten; so each lane keeps the last
 * few hundred it saw. A set is chosen by a few bytes of the certificate's signature, a hit is the
 * very same PEM text: nobody can be taken for another. Belongs to the lane's CQ thread; only a
 * peer's references may be given back by any thread.
 */
#ifndef HOTLINE_RPC_RPC_PEER_H
#define HOTLINE_RPC_RPC_PEER_H

#include <grpc/grpc.h>
#include <stdint.h>

#include "rpc/rpc.h"

enum { RPC_PEER_SETS = 64, RPC_PEER_WAYS = 4 };

struct rpc_peer_record;

struct rpc_peers {
    struct rpc_peer_record *sets[RPC_PEER_SETS][RPC_PEER_WAYS];
    uint64_t tick; /* look-ups so far: the oldest of a set makes room */
};

void rpc_peers_release(struct rpc_peers *peers);
/* The caller's certificate; give it back with rpc_peer_unref(). Never NULL. */
const struct rpc_peer *rpc_peers_find(struct rpc_peers *peers, grpc_call *call);
/* The same for a PEM text. */
const struct rpc_peer *rpc_peers_of(struct rpc_peers *peers, struct slice pem);
/* Any thread; accepts NULL. */
void rpc_peer_unref(const struct rpc_peer *peer);

#endif
