/*
 * pipeline.h - one connection of a link, and the asks that go over it. Private to storage.
 *
 * Everything link.h says of asks is kept here, for this connection: answered exactly once, in
 * order save those past their deadline, sent again after a lost connection.
 */
#ifndef HOTLINE_STORAGE_PIPELINE_H
#define HOTLINE_STORAGE_PIPELINE_H

#include "storage/endpoint.h"
#include "storage/link.h"
#include "storage/wire.h"

struct pipeline;

/* What the pipelines of a link share; outlives them. */
struct pipeline_setup {
    struct loop *loop;
    struct endpoint endpoint;
    struct wire greeting; /* sent on every connection, before any ask */
    size_t n_greetings;   /* replies it gets */
    bool authenticates;   /* the first of them is to AUTH */
    int command_timeout_ms, reconnect_ms_max;
    size_t pending_bytes_max;
};

/* life cycle */
int pipeline_create(const struct pipeline_setup *setup, struct pipeline **ret_pipeline);
struct pipeline *pipeline_free(struct pipeline *p);

/* asking: write one command on the wire, then send it */
struct wire *pipeline_wire(struct pipeline *p);
int pipeline_send(struct pipeline *p, struct storage_ask *ask);

/* looking */
enum link_state pipeline_state(const struct pipeline *p);
size_t pipeline_pending_bytes(const struct pipeline *p);
/* True while an answer of this pipeline is being received. */
bool pipeline_is_answering(const struct pipeline *p);
void pipeline_stats_add(const struct pipeline *p, struct link_stats *sum);

#endif
