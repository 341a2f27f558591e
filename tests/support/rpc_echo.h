/*
 * rpc_echo.h - a service of all four shapes for tests of server/rpc, with a server around it.
 *
 * Every message is a google.protobuf.Any: type_url is what is asked, value a payload.
 *   Say (unary)          "echo" answers from the CQ thread, "loop" from the loop thread, "hold"
 *                        when echo_let_go() is called, "refuse" with details, "large" with value
 *                        (as a number) bytes
 *   Watch (server)       "count" sends value (as a number) messages of 1 KiB, as room allows, and
 *                        ends; "stay" sends one and stays; "refuse" refuses
 *   Gather (client)      answers the number and bytes of what came: "3 messages, 12 bytes"
 *   Chat (bidi)          every message back; "refuse" ends
 * Everything that happened is counted; echo_wait() waits for a count.
 */
#ifndef HOTLINE_TESTS_RPC_ECHO_H
#define HOTLINE_TESTS_RPC_ECHO_H

#include <google/protobuf/any.pb-c.h>

#include "tests/support/rpc_pki.h"
#include "tests/support/rpc_talk.h"

enum echo_event {
    ECHO_SAID,
    ECHO_HELD,
    ECHO_CANCELLED_SEEN, /* a held call that was let go had been cancelled */
    ECHO_OPENED,
    ECHO_MESSAGE,
    ECHO_HALF_CLOSED,
    ECHO_FULL,
    ECHO_WRITABLE,
    ECHO_GONE,
    ECHO_EVENT_MAX,
};

/* Starts a server with the echo service, health and reflection on a free port of localhost. */
struct rpc_server *echo_start(const struct pki_identity *identity, const struct rpc_limits *limits,
                              int lanes, int *ret_port);
extern const ProtobufCServiceDescriptor echo_descriptor;
/* The FileDescriptorSet that its reflection answers from: health.proto alone. */
struct slice echo_descriptors(void);
/* Stand before all: forgets the counts. */
void echo_reset(void);
int echo_count(enum echo_event event);
/* Until the event has happened n times; fails the test after TALK_PATIENCE_MS. */
void echo_wait(enum echo_event event, int n);
/* Answers every held call, on its loop thread. */
void echo_let_go(void);
/* What rpc_call_metadata("x-test"), the trace and the first peer URI were of the last Say. */
struct echo_seen {
    char metadata[64], trace[64], uri[CERTIFICATE_URI_BYTES_MAX];
    int64_t deadline_in_ms; /* INT64_MAX: none */
};
void echo_seen(struct echo_seen *ret_seen);

/* An Any on the stack. */
Google__Protobuf__Any echo_any(const char *what, const char *value);
/* Say, expecting OK and the same back. */
void echo_say(struct talk_client *client, const char *what, const char *value);

#endif
