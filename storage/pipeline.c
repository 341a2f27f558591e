/*
 * pipeline.c - a queue of asks, the wire with their bytes, a connection that comes and goes under
 * them.
 *
 * The queue and the wire run side by side: the wire holds exactly the commands of the queued asks,
 * in order. `written` says how far this connection got. An answer takes the first ask off both; a
 * lost connection only sets `written` back to 0. That is the whole of resending: no second copy,
 * no list of "in flight" that could disagree with the queue.
 *
 * A connection is greeted before asks are sent: AUTH, then SCRIPT LOAD of commit.lua. Waiting for
 * the greeting costs a round trip per connection, and saves telling a command refused for want of
 * a password from one refused for itself.
 */
#include "storage/pipeline.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "storage/answer.h"

#include "base/base.h"

enum {
    RECONNECT_MS_MIN = 20,
    READ_BYTES = 65536,
    READER_BYTES_KEPT = 262144, /* hiredis frees a bigger buffer whenever it is empty */
};

enum phase { PHASE_DOWN, PHASE_CONNECTING, PHASE_GREETING, PHASE_READY };

struct pipeline {
    const struct pipeline_setup *setup;

    /* the connection */
    enum phase phase;
    struct loop_watch watch;
    bool wants_write;
    redisReader *reader;
    size_t greetings_due, greeting_written;
    bool not_now;                    /* Redis said so; until it greets us again */
    struct loop_timer connect_timer; /* down: tries again; else: gives the greeting up */
    int reconnect_ms;
    uint64_t jitter;

    /* the asks */
    struct storage_ask *first, **last; /* *last is the NULL at the queue's end */
    struct wire wire;
    size_t written;             /* bytes of the wire that this connection took */
    struct storage_ask *unsent; /* the first ask of which it did not take all */
    size_t unsent_at;           /* and where that one's bytes begin */
    struct loop_timer deadline_timer;
    struct loop_hook hook;
    int64_t turn_us; /* when this turn first asked; 0 = not yet */
    bool closing, answering;
    struct link_stats stats;
    char buffer[READ_BYTES];
};

static void pipeline_connect(struct pipeline *p);

/* the queue ----------------------------------------------------------------------------------- */

static void pipeline_append(struct pipeline *p, struct storage_ask *ask)
{
    ask->next = NULL;
    *p->last = ask;
    p->last = &ask->next;
    if (!p->unsent) {
        p->unsent = ask;
        p->unsent_at = wire_size(&p->wire) - ask->wire_bytes;
    }
}

/* Finds `unsent` again, and marks what this connection has taken whole. */
static void pipeline_mark_sent(struct pipeline *p)
{
    while (p->unsent && p->unsent_at + p->unsent->wire_bytes <= p->written) {
        p->unsent->sent = true;
        p->unsent_at += p->unsent->wire_bytes;
        p->unsent = p->unsent->next;
    }
}

/* Takes the whole queue, for answering. */
static struct storage_ask *pipeline_take_all(struct pipeline *p)
{
    struct storage_ask *asks = p->first;

    p->first = p->unsent = NULL;
    p->last = &p->first;
    p->written = p->unsent_at = 0;
    wire_shorten(&p->wire, 0);
    return asks;
}

/* An ask that may have been carried out is never called failed. */
static void pipeline_answer_all(struct pipeline *p, struct storage_ask *asks, int status)
{
    p->answering = true;
    while (asks) {
        struct storage_ask *ask = asks;
        bool unknown = (ask->sent || ask->doubtful) && status != -ECANCELED;

        asks = ask->next; /* before done(): the caller may free or ask it again */
        p->stats.unknown_outcomes += unknown;
        ask->done(ask, unknown ? -EINPROGRESS : status, NULL);
    }
    p->answering = false;
}

/* losing the connection ----------------------------------------------------------------------- */

/* Half to whole of the back-off, so that lanes and servers do not knock all at once (xorshift64:
 * it need not be unpredictable, only different). */
static int pipeline_reconnect_after_ms(struct pipeline *p)
{
    int after = p->reconnect_ms;

    p->jitter ^= p->jitter << 13;
    p->jitter ^= p->jitter >> 7;
    p->jitter ^= p->jitter << 17;
    p->reconnect_ms *= 2;
    if (p->reconnect_ms > p->setup->reconnect_ms_max)
        p->reconnect_ms = p->setup->reconnect_ms_max;
    return after / 2 + (int)(p->jitter % (uint64_t)(after / 2 + 1));
}

/* Everything without an answer will be sent again. Callable in every phase. */
static void pipeline_lose(struct pipeline *p)
{
    if (p->watch.fd >= 0) {
        loop_watch_remove(p->setup->loop, &p->watch);
        close(p->watch.fd);
        p->watch.fd = -1;
    }
    if (p->reader)
        redisReaderFree(p->reader);
    p->reader = NULL;
    p->stats.reconnects += p->phase == PHASE_READY;
    p->phase = PHASE_DOWN;
    for (struct storage_ask *ask = p->first; ask != p->unsent; ask = ask->next) {
        ask->doubtful = ask->doubtful || ask->sent;
        ask->sent = false;
    }
    p->written = p->unsent_at = 0;
    p->unsent = p->first;
    if (!p->closing)
        loop_timer_set(p->setup->loop, &p->connect_timer, pipeline_reconnect_after_ms(p));
}

/* writing ------------------------------------------------------------------------------------- */

static void pipeline_want_write(struct pipeline *p, bool wanted)
{
    if (p->wants_write == wanted)
        return;
    if (loop_watch_change(p->setup->loop, &p->watch, EPOLLIN | (wanted ? EPOLLOUT : 0u)) < 0) {
        pipeline_lose(p);
        return;
    }
    p->wants_write = wanted;
}

/* Hands the rest of the wire to the kernel; *written moves on. */
static void pipeline_write_wire(struct pipeline *p, const struct wire *wire, size_t *written)
{
    while (*written < wire_size(wire)) {
        ssize_t n = send(p->watch.fd, wire_front(wire) + *written, wire_size(wire) - *written,
                         MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            pipeline_lose(p);
            return;
        }
        *written += (size_t)n;
        p->stats.bytes_out += (uint64_t)n;
    }
    pipeline_want_write(p, *written < wire_size(wire));
}

static void pipeline_write(struct pipeline *p)
{
    if (p->phase == PHASE_GREETING)
        pipeline_write_wire(p, &p->setup->greeting, &p->greeting_written);
    if (p->phase != PHASE_READY)
        return;
    p->stats.turns++;
    pipeline_write_wire(p, &p->wire, &p->written);
    pipeline_mark_sent(p);
}

/* The end of a turn: what it asked leaves in one go. */
static void pipeline_turn(struct loop_hook *hook)
{
    struct pipeline *p = CONTAINER_OF(hook, struct pipeline, hook);

    p->turn_us = 0;
    if (p->phase == PHASE_READY && !p->wants_write && p->written < wire_size(&p->wire))
        pipeline_write(p);
}

/* answers ------------------------------------------------------------------------------------- */

/* The answer to the first ask of the queue. */
static void pipeline_answer_first(struct pipeline *p, const struct answer *answer, int64_t now_us)
{
    struct storage_ask *ask = p->first;
    int status = answer_trouble(answer);

    if (!ask || !ask->sent) { /* a reply nobody asked for: this is not our Redis */
        pipeline_lose(p);
        return;
    }
    if (status == -EAGAIN) {
        ask->sent = false; /* the reply says that it was not carried out */
        p->not_now = true;
        pipeline_lose(p);
        return;
    }
    p->first = ask->next;
    if (!p->first)
        p->last = &p->first;
    must(p->written >= ask->wire_bytes && p->unsent != ask);
    p->written -= ask->wire_bytes;
    p->unsent_at -= ask->wire_bytes;
    wire_take(&p->wire, ask->wire_bytes);
    p->stats.round_trip_us_sum += now_us - ask->asked_us;
    p->answering = true;
    ask->done(ask, status, status ? NULL : answer);
    p->answering = false;
}

/* One reply of the greeting. When Redis refuses us, waiting would not help those who wait. */
static void pipeline_greeted(struct pipeline *p, const struct answer *answer)
{
    bool to_auth = p->setup->authenticates && p->greetings_due == p->setup->n_greetings;
    int status = answer_trouble(answer);

    if (status == -EPROTO && to_auth)
        status = -EACCES; /* "AUTH called without any password configured" has no word of its own */
    p->not_now = status == -EAGAIN;
    if (status) {
        pipeline_lose(p);
        if (status != -EAGAIN)
            pipeline_answer_all(p, pipeline_take_all(p), status);
        return;
    }
    if (--p->greetings_due > 0)
        return;
    loop_timer_cancel(p->setup->loop, &p->connect_timer);
    p->reconnect_ms = RECONNECT_MS_MIN;
    p->phase = PHASE_READY; /* the turn's hook sends what waits */
}

/* Takes the replies that have come whole. */
static void pipeline_take_replies(struct pipeline *p)
{
    int64_t now_us = machine_us();

    while (p->phase >= PHASE_GREETING) {
        void *reply = NULL;

        if (redisReaderGetReply(p->reader, &reply) != REDIS_OK) {
            pipeline_lose(p); /* garbage, or no memory: start over */
            return;
        }
        if (!reply)
            return;
        if (p->phase == PHASE_GREETING)
            pipeline_greeted(p, reply);
        else
            pipeline_answer_first(p, reply, now_us);
        freeReplyObject(reply);
    }
}

static void pipeline_read(struct pipeline *p)
{
    ssize_t n;

    do {
        n = recv(p->watch.fd, p->buffer, sizeof(p->buffer), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            pipeline_lose(p);
            return;
        }
        p->stats.bytes_in += (uint64_t)n;
        if (redisReaderFeed(p->reader, p->buffer, (size_t)n) != REDIS_OK) {
            pipeline_lose(p);
            return;
        }
        pipeline_take_replies(p);
    } while (n == sizeof(p->buffer) && p->phase >= PHASE_GREETING);
}

/* connecting ---------------------------------------------------------------------------------- */

static void pipeline_connected(struct pipeline *p)
{
    socklen_t size = sizeof(int);
    int error = 0;

    if (getsockopt(p->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
        pipeline_lose(p);
        return;
    }
    p->phase = PHASE_GREETING;
    p->greetings_due = p->setup->n_greetings;
    p->greeting_written = 0;
    pipeline_write(p);
}

static void pipeline_ready(struct loop_watch *watch, uint32_t events)
{
    struct pipeline *p = CONTAINER_OF(watch, struct pipeline, watch);

    if (p->phase == PHASE_CONNECTING) {
        pipeline_connected(p);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        pipeline_read(p);
    if (events & EPOLLOUT && p->phase >= PHASE_GREETING)
        pipeline_write(p);
}

/* Down: tries again. Not greeted in time: the connection is dead, or Redis hangs. */
static void pipeline_connect_due(struct loop_timer *timer)
{
    struct pipeline *p = CONTAINER_OF(timer, struct pipeline, connect_timer);

    if (p->phase == PHASE_DOWN)
        pipeline_connect(p);
    else
        pipeline_lose(p);
}

static void pipeline_connect(struct pipeline *p)
{
    int fd = -1;

    must(p->phase == PHASE_DOWN && !p->reader);
    p->reader = redisReaderCreate();
    if (!p->reader || endpoint_connect(&p->setup->endpoint, &fd) < 0) {
        pipeline_lose(p);
        return;
    }
    p->reader->maxbuf = READER_BYTES_KEPT;
    p->watch.fd = fd;
    p->wants_write = true;
    p->phase = PHASE_CONNECTING;
    if (loop_watch_add(p->setup->loop, &p->watch, EPOLLIN | EPOLLOUT) < 0) {
        pipeline_lose(p);
        return;
    }
    loop_timer_set(p->setup->loop, &p->connect_timer, p->setup->command_timeout_ms);
}

/* deadlines ----------------------------------------------------------------------------------- */

/* The timer is never later than the earliest deadline, and may be earlier. */
static void pipeline_deadline_by(struct pipeline *p, int64_t expires_ms)
{
    int64_t after = expires_ms - machine_ms();

    if (p->deadline_timer.at_ms && p->deadline_timer.at_ms <= expires_ms)
        return;
    loop_timer_set(p->setup->loop, &p->deadline_timer, after > 0 ? after : 0);
}

/* True when this connection owes a reply to an ask past its deadline. */
static bool pipeline_owes_expired(const struct pipeline *p, int64_t now_ms)
{
    size_t at = 0;

    for (const struct storage_ask *ask = p->first; ask && at < p->written; ask = ask->next) {
        if (ask->expires_ms <= now_ms)
            return true;
        at += ask->wire_bytes;
    }
    return false;
}

/* Takes the asks past their deadline out of the queue and the wire; returns them in order. */
static struct storage_ask *pipeline_take_expired(struct pipeline *p, int64_t now_ms)
{
    struct storage_ask *ask = p->first, *expired = NULL, **expired_last = &expired;
    size_t from = 0, to = 0;

    p->last = &p->first;
    for (; ask; ask = ask->next) {
        if (ask->expires_ms <= now_ms) {
            *expired_last = ask;
            expired_last = &ask->next;
        } else {
            wire_move(&p->wire, to, from, ask->wire_bytes);
            to += ask->wire_bytes;
            *p->last = ask;
            p->last = &ask->next;
        }
        from += ask->wire_bytes;
    }
    *p->last = *expired_last = NULL;
    wire_shorten(&p->wire, to);
    p->unsent = p->first;
    p->unsent_at = 0;
    pipeline_mark_sent(p);
    return expired;
}

static void pipeline_deadline_due(struct loop_timer *timer)
{
    struct pipeline *p = CONTAINER_OF(timer, struct pipeline, deadline_timer);
    int64_t now_ms = machine_ms(), earliest_ms = INT64_MAX;
    struct storage_ask *expired;

    if (pipeline_owes_expired(p, now_ms))
        pipeline_lose(p);
    expired = pipeline_take_expired(p, now_ms);
    for (const struct storage_ask *ask = p->first; ask; ask = ask->next)
        if (ask->expires_ms < earliest_ms)
            earliest_ms = ask->expires_ms;
    if (p->first)
        pipeline_deadline_by(p, earliest_ms);
    pipeline_answer_all(p, expired, p->not_now ? -EAGAIN : -ETIMEDOUT);
}

/* asking -------------------------------------------------------------------------------------- */

struct wire *pipeline_wire(struct pipeline *p)
{
    return &p->wire;
}

int pipeline_send(struct pipeline *p, struct storage_ask *ask)
{
    int r = wire_end(&p->wire, &ask->wire_bytes);

    must(ask->done && !p->closing);
    if (r < 0)
        return r;
    if (!p->turn_us)
        p->turn_us = machine_us(); /* one look at the clock a turn is near enough */
    ask->asked_us = p->turn_us;
    ask->expires_ms =
        ask->deadline_ms ? ask->deadline_ms : p->turn_us / 1000 + p->setup->command_timeout_ms;
    ask->sent = ask->doubtful = false;
    pipeline_append(p, ask);
    pipeline_deadline_by(p, ask->expires_ms);
    p->stats.asks++;
    return 0;
}

/* looking ------------------------------------------------------------------------------------- */

enum link_state pipeline_state(const struct pipeline *p)
{
    if (p->phase == PHASE_READY)
        return LINK_READY;
    return p->not_now ? LINK_LOADING : LINK_CONNECTING;
}

size_t pipeline_pending_bytes(const struct pipeline *p)
{
    return wire_size(&p->wire);
}

bool pipeline_is_answering(const struct pipeline *p)
{
    return p->answering;
}

void pipeline_stats_add(const struct pipeline *p, struct link_stats *sum)
{
    sum->asks += p->stats.asks;
    sum->reconnects += p->stats.reconnects;
    sum->unknown_outcomes += p->stats.unknown_outcomes;
    sum->bytes_out += p->stats.bytes_out;
    sum->bytes_in += p->stats.bytes_in;
    sum->turns += p->stats.turns;
    sum->round_trip_us_sum += p->stats.round_trip_us_sum;
}

/* life cycle ---------------------------------------------------------------------------------- */

int pipeline_create(const struct pipeline_setup *setup, struct pipeline **ret_pipeline)
{
    struct pipeline *p = memory_alloc(sizeof(*p));

    if (!p)
        return -ENOMEM;
    p->setup = setup;
    p->reconnect_ms = RECONNECT_MS_MIN;
    p->jitter = (uint64_t)machine_us() ^ (uint64_t)(uintptr_t)p;
    p->watch = (struct loop_watch){ .fd = -1, .ready = pipeline_ready };
    p->connect_timer.fire = pipeline_connect_due;
    p->deadline_timer.fire = pipeline_deadline_due;
    p->hook.turn = pipeline_turn;
    p->last = &p->first;
    wire_init(&p->wire, setup->pending_bytes_max);
    loop_hook_add(setup->loop, &p->hook);
    pipeline_connect(p);
    *ret_pipeline = p;
    return 0;
}

struct pipeline *pipeline_free(struct pipeline *p)
{
    if (!p)
        return NULL;
    p->closing = true;
    pipeline_lose(p);
    loop_timer_cancel(p->setup->loop, &p->connect_timer);
    loop_timer_cancel(p->setup->loop, &p->deadline_timer);
    pipeline_answer_all(p, pipeline_take_all(p), -ECANCELED);
    wire_release(&p->wire);
    return memory_free(p);
}
