/*
 * watchdog.h - dials the own port with the probe certificate and calls Health.Check.
 *
 * Why: when file descriptors run out, the listener of gRPC 1.51 dies for good while the process
 * looks alive. After `failures_max` probes in a row without an answer the watchdog logs and exits
 * the process with code 75, so that the supervisor starts a new one. Own thread; off in tests
 * that do not want it.
 *
 * Any status is an answer, and so is a refused handshake: it is the server that refuses. So an
 * expired probe certificate is a warning in the log, not a restart that could cure nothing.
 * Free it before the server drains.
 */
#ifndef HOTLINE_RPC_WATCHDOG_H
#define HOTLINE_RPC_WATCHDOG_H

#include "rpc/rpc.h"

struct watchdog;

struct watchdog_options {
    const char *address;                  /* host:port to dial */
    const char *server_name;              /* name in the server's certificate, e.g. "localhost" */
    struct rpc_certificates certificates; /* CA, probe certificate, probe key */
    int period_ms, timeout_ms, failures_max;
};

enum { WATCHDOG_EXIT_CODE = 75 }; /* EX_TEMPFAIL */

/* Copies the options. -EINVAL, -ENOMEM, -EAGAIN (no thread). */
int watchdog_create(const struct watchdog_options *options, struct watchdog **ret_watchdog);
struct watchdog *watchdog_free(struct watchdog *watchdog); /* stops it, waits */

#endif
