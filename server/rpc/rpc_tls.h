/*
 * rpc_tls.h - certificate files to gRPC credentials, with a reload that cannot lock us out.
 *
 * Private to server/rpc. New files are tried by building a whole server from them, out of sight;
 * only what that accepts is handed to the next handshake. Private keys are wiped from our memory
 * after use; gRPC keeps its own copy.
 */
#ifndef HOTLINE_RPC_RPC_TLS_H
#define HOTLINE_RPC_RPC_TLS_H

#include <grpc/grpc.h>

#include "rpc/rpc.h"

struct rpc_tls;

/* The three files, as texts. */
struct rpc_pem {
    char *ca, *certificate, *key;
};

/* 0; -EACCES for a key that others may read or we may not; -EMFILE, -ENFILE, -ENOMEM; -EINVAL for
 * any other trouble with a file. *ret_file, also on failure, names the file at fault (borrowed). */
int rpc_pem_read(const struct rpc_certificates *certificates, struct rpc_pem *ret_pem,
                 const char **ret_file);
void rpc_pem_release(struct rpc_pem *pem);

/* Reads and tries the files; logs what is wrong with them. Copies the paths. */
int rpc_tls_create(const struct rpc_certificates *certificates, struct rpc_tls **ret_tls);
struct rpc_tls *rpc_tls_free(struct rpc_tls *tls);
/* Any thread. What was in use stays in use when this fails. */
int rpc_tls_reload(struct rpc_tls *tls);
/* Mutual TLS for a port; the caller releases them. tls must outlive the server. */
grpc_server_credentials *rpc_tls_credentials(struct rpc_tls *tls);

#endif
