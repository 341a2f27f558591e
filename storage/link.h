/*
 * link.h - a pipelined link to one Redis, owned by one loop: a few connections used as one.
 *
 * Invariants: every ask is answered exactly once, on the loop's thread, never from within the call
 * that asks. What is asked together is answered in the order asked as long as it fits one
 * connection's turn (16 KB); nobody may rely on more: what must come after something else is asked
 * after its answer. What a turn asks is written at its end in one go. When the connection is lost,
 * asks that have no answer yet are sent again, in order, after reconnecting (back-off 20 ms to
 * 1 s), until their deadline: so everything asked through a link must be idempotent. Reads are;
 * commits are, because commit.lua remembers their request id (and without one, because the
 * expected versions then no longer hold). Replies that mean "not now" (-LOADING, -BUSY,
 * -MASTERDOWN, -TRYAGAIN, -CLUSTERDOWN, -NOSCRIPT) are treated like a lost connection.
 *
 * An ask past its deadline is answered with -EINPROGRESS when it may have been carried out (outcome
 * unknown) and -ETIMEDOUT or -EAGAIN when it surely was not; a connection that owes it a reply is
 * dropped, since a pipeline cannot skip a reply.
 *
 * Only this folder includes hiredis; others see `struct answer`.
 */
#ifndef HOTLINE_STORAGE_LINK_H
#define HOTLINE_STORAGE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct answer; /* a Redis reply; borrowed until the callback returns */
struct loop;
struct storage_link;

enum answer_kind { ANSWER_NIL, ANSWER_BYTES, ANSWER_INTEGER, ANSWER_LIST, ANSWER_ERROR };

enum answer_kind answer_kind(const struct answer *answer);
struct slice answer_bytes(const struct answer *answer); /* bytes or error text; absent for nil */
int64_t answer_integer(const struct answer *answer);    /* integer, or bytes read as one */
size_t answer_count(const struct answer *answer);       /* elements of a list, else 0 */
const struct answer *answer_at(const struct answer *answer, size_t index);

/* Bytes of commands without an answer that a link holds at most, over all its connections. */
enum { LINK_PENDING_BYTES_MAX = 16 * 1024 * 1024, LINK_CONNECTIONS_MAX = 8 };

/* One command. The caller owns the struct until done() is called; argument bytes are copied. */
struct storage_ask {
    /* status 0: answer is set (a Redis error reply is mapped to a status, see link_ask).
     * Otherwise answer is NULL. */
    void (*done)(struct storage_ask *ask, int status, const struct answer *answer);
    int64_t deadline_ms; /* machine time; 0 = the link's command timeout from now */
    /* private */
    struct storage_ask *next;
    int64_t expires_ms, asked_us;
    size_t wire_bytes;
    bool sent;     /* whole, on the connection that stands */
    bool doubtful; /* was sent whole on a connection that got lost: may have been carried out */
};

enum link_state { LINK_CONNECTING, LINK_LOADING, LINK_READY };

struct link_options {
    const char *unix_path; /* or NULL, then host and port */
    const char *host;
    int port;
    const char *user, *password; /* NULL: none */
    int command_timeout_ms;      /* 5,000 */
    int reconnect_ms_max;        /* 1,000 */
    int connections;             /* 4; see link.c for why more than one */
};

struct link_stats {
    uint64_t asks, reconnects, unknown_outcomes, bytes_out, bytes_in;
    uint64_t turns; /* writes; asks / turns = pipeline depth */
    int64_t round_trip_us_sum;
};

/* Connects in the background; asking is allowed at once. Options are copied.
 * -EINVAL: a path too long for a socket, or a host that is no numeric address ("localhost" is). */
int storage_link_create(struct loop *loop, const struct link_options *options,
                        struct storage_link **ret_link);
/* Answers everything pending with -ECANCELED first (asking meanwhile fails the same way). After
 * the loop's last turn, because a loop does not let go of a hook; accepts NULL. */
struct storage_link *storage_link_free(struct storage_link *link);

/* Asks. When it fails at once done() is not called: -ENOMEM; -ENOBUFS: the link holds
 * LINK_PENDING_BYTES_MAX already; -ECANCELED: it is being freed.
 * Statuses of done(): -EAGAIN loading, busy or master down (nothing was done; comes only after the
 * deadline of the ask passed waiting); -EROFS read-only replica or disk error; -ENOSPC Redis out
 * of memory; -EACCES wrong password or ACL; -EPROTO any other error reply; -EINPROGRESS and
 * -ETIMEDOUT as above; -ECANCELED. */
int link_ask(struct storage_link *link, struct storage_ask *ask, const struct slice *arguments,
             size_t n_arguments);

/* The same without an array of arguments: write one command on the wire, then send it. Nothing
 * else may be asked between. For this folder. */
struct wire;
struct wire *link_compose(struct storage_link *link);
int link_send(struct storage_link *link, struct storage_ask *ask);
/* The name of commit.lua, loaded on every connection. For this folder. */
struct slice link_script(const struct storage_link *link);

enum link_state storage_link_state(const struct storage_link *link);
void storage_link_stats(const struct storage_link *link, struct link_stats *ret_stats);

#endif
