/*
 * link.c - a few pipelines to one Redis, used as one.
 *
 * Why more than one: Redis reads about 16 KB of a connection per turn of its loop, and with
 * appendfsync always it syncs once a turn. On one connection that is eleven commits an fsync,
 * however many wait; with four it is as many as there are (measured: 58 us of Redis and 11,600
 * commits a second on one connection, 42 us and 16,600 on four). So an ask goes to the first
 * pipeline that holds less than Redis would read at once: with little to do there is one
 * connection, one write a turn and one order of answers.
 */
#include "storage/link.h"

#include <errno.h>

#include "base/memory.h"
#include "storage/pipeline.h"
#include "storage/script.h"

#include "base/base.h"

enum {
    COMMAND_TIMEOUT_MS = 5000, /* where the options say 0 */
    RECONNECT_MS_MAX = 1000,
    CONNECTIONS = 4,
    TURN_BYTES = 16384, /* PROTO_IOBUF_LEN of Redis */
    GREETING_BYTES_MAX = 65536,
};

struct storage_link {
    struct pipeline_setup setup;
    struct script_name script;
    struct pipeline *pipelines[LINK_CONNECTIONS_MAX];
    size_t n_pipelines;
    struct pipeline *composing; /* the one link_compose() chose */
    bool closing;
};

/* asking -------------------------------------------------------------------------------------- */

/* What Redis reads at once anyway counts as nothing. */
static size_t pipeline_load(const struct pipeline *p)
{
    size_t bytes = pipeline_pending_bytes(p);

    return bytes < TURN_BYTES ? 0 : bytes;
}

static bool pipeline_is_better(const struct pipeline *p, const struct pipeline *best)
{
    bool stands = pipeline_state(p) == LINK_READY, best_stands = pipeline_state(best) == LINK_READY;

    return stands != best_stands ? stands : pipeline_load(p) < pipeline_load(best);
}

/* One that stands, with the least to do; the first of equals. */
static struct pipeline *link_choose(const struct storage_link *link)
{
    struct pipeline *best = link->pipelines[0];

    for (size_t i = 1; i < link->n_pipelines; i++)
        if (pipeline_is_better(link->pipelines[i], best))
            best = link->pipelines[i];
    return best;
}

struct wire *link_compose(struct storage_link *link)
{
    link->composing = link_choose(link);
    return pipeline_wire(link->composing);
}

int link_send(struct storage_link *link, struct storage_ask *ask)
{
    size_t size;

    if (!link->closing)
        return pipeline_send(link->composing, ask);
    if (wire_end(pipeline_wire(link->composing), &size) == 0)
        wire_shorten(pipeline_wire(link->composing),
                     pipeline_pending_bytes(link->composing) - size);
    return -ECANCELED;
}

int link_ask(struct storage_link *link, struct storage_ask *ask, const struct slice *arguments,
             size_t n_arguments)
{
    struct wire *wire = link_compose(link);

    wire_begin(wire, n_arguments);
    for (size_t i = 0; i < n_arguments; i++)
        wire_word(wire, arguments[i]);
    return link_send(link, ask);
}

/* looking ------------------------------------------------------------------------------------- */

struct slice link_script(const struct storage_link *link)
{
    return slice_of(link->script.hex, sizeof(link->script.hex));
}

enum link_state storage_link_state(const struct storage_link *link)
{
    return pipeline_state(link->pipelines[0]);
}

void storage_link_stats(const struct storage_link *link, struct link_stats *ret_stats)
{
    *ret_stats = (struct link_stats){ 0 };
    for (size_t i = 0; i < link->n_pipelines; i++)
        pipeline_stats_add(link->pipelines[i], ret_stats);
}

/* life cycle ---------------------------------------------------------------------------------- */

/* AUTH when there is a password, then SCRIPT LOAD. */
static int link_write_greeting(struct pipeline_setup *setup, const struct link_options *options)
{
    struct wire *w = &setup->greeting;
    size_t size;
    int r;

    if (options->password) {
        wire_begin(w, options->user ? 3 : 2);
        wire_word(w, slice_text("AUTH"));
        if (options->user)
            wire_word(w, slice_text(options->user));
        wire_word(w, slice_text(options->password));
        r = wire_end(w, &size);
        if (r < 0)
            return r;
        setup->authenticates = true;
    }
    wire_begin(w, 3);
    wire_word(w, slice_text("SCRIPT"));
    wire_word(w, slice_text("LOAD"));
    wire_word(w, script_text());
    setup->n_greetings = setup->authenticates ? 2 : 1;
    return wire_end(w, &size);
}

static int link_open(struct storage_link *link, const struct link_options *options)
{
    int n = options->connections ? options->connections : CONNECTIONS;
    int r;

    if (n < 1 || n > LINK_CONNECTIONS_MAX)
        return -EINVAL;
    r = endpoint_of(options, &link->setup.endpoint);
    if (r == 0)
        r = link_write_greeting(&link->setup, options);
    link->setup.pending_bytes_max = LINK_PENDING_BYTES_MAX / (size_t)n;
    while (r == 0 && link->n_pipelines < (size_t)n) {
        r = pipeline_create(&link->setup, &link->pipelines[link->n_pipelines]);
        link->n_pipelines += r == 0;
    }
    return r;
}

int storage_link_create(struct loop *loop, const struct link_options *options,
                        struct storage_link **ret_link)
{
    struct storage_link *link = memory_alloc(sizeof(*link));
    int r;

    if (!link)
        return -ENOMEM;
    link->setup.loop = loop;
    link->setup.command_timeout_ms =
        options->command_timeout_ms ? options->command_timeout_ms : COMMAND_TIMEOUT_MS;
    link->setup.reconnect_ms_max =
        options->reconnect_ms_max ? options->reconnect_ms_max : RECONNECT_MS_MAX;
    link->script = script_name_of(script_text());
    wire_init(&link->setup.greeting, GREETING_BYTES_MAX);
    r = link_open(link, options);
    if (r < 0) {
        storage_link_free(link);
        return r;
    }
    *ret_link = link;
    return 0;
}

struct storage_link *storage_link_free(struct storage_link *link)
{
    if (!link)
        return NULL;
    link->closing = true;
    for (size_t i = 0; i < link->n_pipelines; i++)
        must(!pipeline_is_answering(link->pipelines[i])); /* not from within done() */
    for (size_t i = 0; i < link->n_pipelines; i++)
        pipeline_free(link->pipelines[i]);
    wire_release(&link->setup.greeting);
    return memory_free(link);
}
