/*
 * reflection.h - grpc.reflection v1 and v1alpha, so that any ready-made gRPC tool can call us.
 *
 * Private to server/rpc.
 */
#ifndef HOTLINE_RPC_REFLECTION_H
#define HOTLINE_RPC_REFLECTION_H

struct reflection;

struct reflection *reflection_free(struct reflection *reflection);

#endif
