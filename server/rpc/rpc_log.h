/*
 * rpc_log.h - gRPC's own log, as our log events.
 *
 * Private to server/rpc. A refused handshake becomes one line at WARNING; other warnings and
 * errors of gRPC pass at WARNING; its chatter is dropped.
 */
#ifndef HOTLINE_RPC_RPC_LOG_H
#define HOTLINE_RPC_RPC_LOG_H

/* Before grpc_init(), once or more often. */
void rpc_log_bridge(void);

#endif
