/*
 * hub.h - one connection per process tails the event streams; what it reads goes to every lane.
 *
 * A lane's desk (struct hub_lane) knows how far its lane has heard each subdistrict (`heard`). A
 * watcher that starts at an older cursor first reads the stream itself, on the lane's own link,
 * until it has caught up with `heard`, and is live from then on: since all of it happens on the
 * lane's loop thread, nothing falls between. Delivery is at least once and in order.
 */
#ifndef HOTLINE_EVENTS_HUB_H
#define HOTLINE_EVENTS_HUB_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/loop.h"
#include "events/reminder.h"
#include "service/office.h"

struct hub;
struct hub_lane;

/* What one read of the hub brought for one subdistrict. Immutable, shared by the lanes. */
struct hub_batch {
    _Atomic int references; /* private: lanes that still read it */
    char subdistrict[SUBDISTRICT_BYTES_MAX];
    uint64_t last; /* everything up to this sequence was read */
    size_t n_reminders;
    struct reminder reminders[];
};

/* Someone on a lane who wants to hear. Embedded; on the lane's loop thread only. */
struct hub_listener {
    char subdistrict[SUBDISTRICT_BYTES_MAX];
    void (*heard)(struct hub_listener *listener, const struct hub_batch *batch);
    struct hub_listener *next, **at; /* private */
};

/* One thread, one link. lanes[i] is the loop of lane i. */
int hub_create(const struct office_settings *settings, struct loop *const *lanes, int n_lanes,
               struct hub **ret_hub);
/* Stops the thread; the lanes' loops have ended or run no listener any more. */
struct hub *hub_free(struct hub *hub);

/* The lane's side. */
struct hub_lane *hub_lane(struct hub *hub, int lane);
/* UINT64_MAX while the hub has not read the stream's end yet. */
uint64_t hub_heard(struct hub_lane *lane, const char *subdistrict);
void hub_listen(struct hub_lane *lane, struct hub_listener *listener);
/* Accepts one that does not listen. Allowed inside heard(). */
void hub_leave(struct hub_listener *listener);

#endif
