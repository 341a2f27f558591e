/*
 * road_state.h - private to road*.c: what an errand waits for, and the steps that call each other.
 */
#ifndef HOTLINE_SERVICE_ROAD_STATE_H
#define HOTLINE_SERVICE_ROAD_STATE_H

#include "service/road.h"

enum {
    ROAD_CONFLICTS_MAX = 16, /* back to load, then ABORTED */
    ROAD_REFRESHES_MAX = 32, /* back to "who is it" */
};

struct road_state {
    struct errand *errand;
    struct storage_ask facts, texts, history;
    struct commit_ask commit;
    struct result_ask result;
    struct snapshot_ask snapshot;
    int waiting; /* answers of the load still to come */
    int trouble; /* first status < 0 among them */
    int conflicts, refreshes;
    bool replaying;   /* the request id was committed before: show what stands now */
    bool epoch_moved; /* seen while loading: decided under it, the commit would be refused */
    const struct refusal *held; /* refusal of decide, until the request id was looked up */
    uint8_t request_key[REQUEST_KEY_BYTES];
    uint8_t body_digest[BODY_DIGEST_BYTES];
    struct snapshot_change change;
};

/* Loads what the row wants, in one round trip; road_loaded() or road_trouble() follows. The number
 * of a delivery is looked up first: one round trip more. Whatever the row, the epoch is read, so
 * nobody acts or reads by rights, calendars or rules that another server has changed. */
void road_load(struct errand *errand);
void road_loaded(struct errand *errand);

/* Digest of the whole request: the same request id with another body is refused. */
void road_digest_request(struct errand *errand);
/* Builds and sends the commit of a decided command, or of a change. 0 or negative errno. */
int road_commit_order(struct errand *errand);
int road_commit_change(struct errand *errand);
/* Outcome of either: road.c. */
void road_committed(struct commit_ask *ask, int status, const struct commit_outcome *outcome);

/* The head of a command request, or NULL (timer). */
static inline const struct command_head *errand_head(const struct errand *errand)
{
    return (const struct command_head *)(const void *)errand->request;
}

/* A request of a command has a request id. */
static inline bool errand_has_id(const struct errand *errand)
{
    return errand->request && (errand->row->ask || errand->row->change);
}

#endif
