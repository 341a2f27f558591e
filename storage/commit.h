/*
 * commit.h - everything a command changes, committed in one atomic script or not at all.
 *
 * A commit checks first and writes then, because Redis does not roll back a script: request id,
 * epoch, the expected version of every record, absence of every claim. All keys belong to one
 * subdistrict. The same commit may be sent again: the request id makes it idempotent. What a commit
 * may do is this header; how it reaches Redis is commit.lua.
 */
#ifndef HOTLINE_STORAGE_COMMIT_H
#define HOTLINE_STORAGE_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "storage/keys.h"
#include "storage/link.h"

enum {
    COMMIT_RECORDS_MAX = 64,
    COMMIT_CLAIMS_MAX = 8,
    COMMIT_APPENDS_MAX = 128,
    COMMIT_INDEX_MAX = 1024,
    COMMIT_COUNTERS_MAX = 8,
    COMMIT_RESULT_BYTES_MAX = 1024,
    COMMIT_EVENTS_KEPT = 200000, /* of a subdistrict's stream, where the commit says 0 */
    REQUEST_KEY_BYTES = 32,      /* digest of principal + request id */
    BODY_DIGEST_BYTES = 16,
};

struct commit_record {
    struct key key;
    uint64_t expected_version; /* 0 = must be absent; the new version is one more */
    struct slice bytes;        /* size 0: the record goes */
};
struct commit_claim { /* key must be absent (or hold the same value) */
    struct key key;
    struct slice value;
};
struct commit_append { /* RPUSH: texts and history */
    struct key key;
    struct slice bytes;
};
struct commit_index { /* one entry of a sorted set that appears, moves or goes; neighbours of one
                         key that all appear, or all go, cost one command together */
    struct key key;
    struct slice member;
    double score;
    bool gone;
};
struct commit_counter { /* INCRBY; the new value is in the outcome */
    struct key key;
    int64_t by;
};

struct commit {
    const char *subdistrict;
    /* request id: absent request_key = none (then the commit must be guarded by versions) */
    struct slice request_key;
    struct slice body_digest;    /* BODY_DIGEST_BYTES */
    struct slice result;         /* kept for the replay: what was changed, never an answer */
    int32_t results_month;       /* yyyymm of office time; the month before is looked in too */
    struct slice expected_epoch; /* as GET of KEY_EPOCH says; size 0 = not yet set; absent =
                                      not checked */
    bool moves_epoch;            /* directory, calendar or rules changed: the epoch, a counter,
                                      goes up by one */
    struct slice event;          /* entry of the subdistrict's stream; absent = none */
    uint32_t events_kept;        /* at least so many newest entries stay; 0: COMMIT_EVENTS_KEPT */
    const struct commit_record *records;
    size_t n_records;
    const struct commit_claim *claims;
    size_t n_claims;
    const struct commit_append *appends;
    size_t n_appends;
    const struct commit_index *index;
    size_t n_index;
    const struct commit_counter *counters;
    size_t n_counters;
};

enum commit_verdict {
    COMMIT_DONE,        /* written; sequence is the event's number (0 when no event) */
    COMMIT_REPLAYED,    /* this request id was committed before with the same body: `result` */
    COMMIT_ID_REUSED,   /* this request id was committed before with another body */
    COMMIT_CONFLICT,    /* record `which` has another version: load again */
    COMMIT_CLAIMED,     /* claim `which` holds `result` already */
    COMMIT_EPOCH_MOVED, /* refresh the snapshots, decide again */
};

struct commit_outcome {
    enum commit_verdict verdict;
    uint64_t sequence; /* of the event; when replayed, of the first time */
    size_t which;
    struct slice
        result; /* of a replay, or the value a claim holds; borrowed until done() returns */
    int64_t counters[COMMIT_COUNTERS_MAX];
};

/* A commit under way; the caller owns it until done(). */
struct commit_ask {
    struct storage_ask ask; /* set ask.deadline_ms; ask.done is taken */
    /* status as link.h; -EINPROGRESS = outcome unknown. outcome is set when status is 0. */
    void (*done)(struct commit_ask *commit, int status, const struct commit_outcome *outcome);
};

/* Sends it; bytes are copied before it returns. 0, or as link_ask(): -ENOMEM, -ENOBUFS,
 * -ECANCELED. must(): the limits above, no key twice among records and claims. */
int commit_ask(struct storage_link *link, struct commit_ask *ask, const struct commit *commit);

/* Asks only what is kept for a request id (of this month or the one before). */
struct result_ask {
    struct storage_ask ask; /* as in struct commit_ask */
    void (*done)(struct result_ask *result, int status, const struct commit_outcome *outcome);
};
/* outcome->verdict: COMMIT_REPLAYED, COMMIT_ID_REUSED, or COMMIT_DONE when never committed. */
int result_ask(struct storage_link *link, struct result_ask *ask, const char *subdistrict,
               struct slice request_key, struct slice body_digest, int32_t results_month);

/* Record bytes: version and content of a record string; absent record: version 0, absent slice. */
void record_split(struct slice stored, uint64_t *ret_version, struct slice *ret_bytes);

#endif
