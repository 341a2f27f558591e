/*
 * health.h - grpc.health.v1: is the server, or one of its services, serving?
 *
 * Private to server/rpc. States are atomic and may be set by any thread; Watch streams are told
 * by a job on each lane's loop.
 */
#ifndef HOTLINE_RPC_HEALTH_H
#define HOTLINE_RPC_HEALTH_H

struct health;
struct loop_job;
struct rpc_server;

struct health *health_create(struct rpc_server *server);
struct health *health_free(struct health *health);
/* Loop thread, as a lane's health_job. */
void health_tell_watchers(struct loop_job *job);

#endif
