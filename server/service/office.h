/*
 * office.h - one lane's view of the offices it serves: the Redis link, the clock, the keys, and per
 * subdistrict an immutable snapshot of directory, calendar and rules.
 *
 * Lane-local: only the lane's loop thread touches it, so there is no lock. A snapshot is replaced
 * when the subdistrict's epoch moved (another server or lane changed it); requests under way keep
 * the one they began with, and a commit is refused (EPOCH_MOVED) when it was decided under an old
 * one, so "valid now" holds on every server.
 */
#ifndef HOTLINE_SERVICE_OFFICE_H
#define HOTLINE_SERVICE_OFFICE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "domain/calendar.h"
#include "domain/directory.h"
#include "domain/rules.h"
#include "storage/commit.h"
#include "storage/keys.h"
#include "storage/link.h"

struct loop;
struct office;

enum { EPOCH_BYTES = 24, SUBDISTRICTS_MAX = 64 };

struct snapshot {
    char subdistrict[SUBDISTRICT_BYTES_MAX];
    char epoch[EPOCH_BYTES];     /* as Redis holds it; "" before the first change */
    struct directory directory;  /* arrays in the arena */
    struct calendar_year *years; /* every version, in the arena */
    size_t n_years;
    uint64_t calendar_record; /* version of the calendar record; 0 = shipped data only */
    struct calendar *calendar;
    const struct rules *rules; /* the process's rule set */
    struct arena arena;
    int references; /* lane-local */
};

/* What a process hands to each of its lanes; outlives them. */
struct office_settings {
    struct office_clock *clock;
    const struct rules *rules;
    const struct calendar_year *shipped_years; /* years shipped with the software */
    size_t n_shipped_years;
    struct secret_key blind_index_key, page_token_key;
    struct link_options redis;
    const char *const *subdistricts; /* codes served, NULL-terminated */
};

int office_create(struct loop *loop, const struct office_settings *settings,
                  struct office **ret_office);
struct office *office_free(struct office *office);

struct storage_link *office_link(const struct office *office);
struct loop *office_loop(const struct office *office);
const struct office_settings *office_settings(const struct office *office);
int64_t office_now_ms(const struct office *office);
bool office_serves(const struct office *office, const char *subdistrict);

/* Snapshots. The current one, referenced (give back with snapshot_unref), or NULL when it was not
 * read yet: then ask for it. */
struct snapshot *office_snapshot(struct office *office, const char *subdistrict);
struct snapshot *snapshot_ref(struct snapshot *snapshot);
struct snapshot *snapshot_unref(struct snapshot *snapshot);

/* Reads the snapshot again; done(status) when office_snapshot() is the newest. Several askers share
 * one read. */
struct snapshot_ask {
    void (*done)(struct snapshot_ask *ask, int status);
    struct snapshot_ask *next; /* private */
};
void office_refresh(struct office *office, const char *subdistrict, struct snapshot_ask *ask);

/* Sortable ids and salts: random bytes from the system, made in the service, never in the domain. */
int office_new_order_id(struct office *office, char id[ORDER_ID_BYTES]);

#endif
