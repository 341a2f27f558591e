/*
 * hub.c - XREAD BLOCK on all streams, decode once, hand a shared batch to every lane.
 */
#include "events/hub.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

#include "base/base.h"

enum { HUB_LANES_MAX = 32, BLOCK_MS = 500, READ_COUNT = 256, BATCH_BYTES_MAX = 32 * 1024 * 1024 };

struct stream_place {
    char code[SUBDISTRICT_BYTES_MAX];
    uint64_t last;
};

struct hub_lane {
    struct loop *loop;
    struct stream_place heard[SUBDISTRICTS_MAX];
    size_t n_heard;
    struct hub_listener *listeners;
};

struct hub {
    struct loop *loop;
    pthread_t thread;
    bool running;
    struct storage_link *link;
    struct stream_place streams[SUBDISTRICTS_MAX];
    size_t n_streams, placed;
    struct storage_ask ask;
    struct loop_job begin;
    struct loop_timer again;
    struct hub_lane lanes[HUB_LANES_MAX];
    int n_lanes;
};

/* One batch on its way to one lane; the last lane frees it. */
struct delivery {
    struct loop_job job;
    struct hub_lane *lane;
    struct hub_batch *batch;
};

/* the lane's side ----------------------------------------------------------------------------- */

struct hub_lane *hub_lane(struct hub *hub, int lane)
{
    must(lane >= 0 && lane < hub->n_lanes);
    return &hub->lanes[lane];
}

/* must(): it is a subdistrict that is served. */
static struct stream_place *lane_place(struct hub_lane *lane, const char *subdistrict)
{
    size_t i = 0;

    while (i < lane->n_heard && strcmp(lane->heard[i].code, subdistrict) != 0)
        i++;
    must(i < lane->n_heard);
    return &lane->heard[i];
}

uint64_t hub_heard(struct hub_lane *lane, const char *subdistrict)
{
    return lane_place(lane, subdistrict)->last;
}

void hub_listen(struct hub_lane *lane, struct hub_listener *listener)
{
    listener->next = lane->listeners;
    listener->at = &lane->listeners;
    if (listener->next)
        listener->next->at = &listener->next;
    lane->listeners = listener;
}

void hub_leave(struct hub_listener *listener)
{
    if (!listener->at)
        return;
    if (listener->next)
        listener->next->at = listener->at;
    *listener->at = listener->next;
    listener->at = NULL;
}

/* Tells every listener of the subdistrict. heard() may remove any listener: the round stands on a
 * marker, a listener of no subdistrict that moves along the list. */
static void lane_tell(struct hub_lane *lane, const struct hub_batch *batch)
{
    struct hub_listener marker = { 0 };

    hub_listen(lane, &marker);
    while (marker.next) {
        struct hub_listener *listener = marker.next;

        hub_leave(&marker);
        marker.next = listener->next;
        marker.at = &listener->next;
        if (marker.next)
            marker.next->at = &marker.next;
        listener->next = &marker;
        if (strcmp(listener->subdistrict, batch->subdistrict) == 0)
            listener->heard(listener, batch);
    }
    hub_leave(&marker);
}

static void delivery_run(struct loop_job *job)
{
    struct delivery *delivery = CONTAINER_OF(job, struct delivery, job);
    struct hub_batch *batch = delivery->batch;
    struct stream_place *place = lane_place(delivery->lane, batch->subdistrict);

    place->last = batch->last;
    lane_tell(delivery->lane, batch);
    if (atomic_fetch_sub(&batch->references, 1) == 1)
        memory_free(batch);
    memory_free(delivery);
}

/* the hub's side ------------------------------------------------------------------------------ */

static void hub_read(struct hub *hub);

/* Without memory the batch is dropped: the place does not move on, so it is read again. */
static bool hub_deliver(struct hub *hub, struct hub_batch *batch)
{
    struct delivery *deliveries[HUB_LANES_MAX] = { NULL };

    for (int i = 0; i < hub->n_lanes; i++) {
        deliveries[i] = memory_alloc(sizeof(**deliveries));
        if (deliveries[i])
            continue;
        while (i-- > 0)
            memory_free(deliveries[i]);
        return false;
    }
    atomic_store(&batch->references, hub->n_lanes);
    for (int i = 0; i < hub->n_lanes; i++) {
        deliveries[i]->job.run = delivery_run;
        deliveries[i]->lane = &hub->lanes[i];
        deliveries[i]->batch = batch;
        loop_post(hub->lanes[i].loop, &deliveries[i]->job);
    }
    return true;
}

static struct hub_batch *batch_new(const char *code, uint64_t last, size_t reminders)
{
    struct hub_batch *batch = memory_alloc(sizeof(*batch) + reminders * sizeof(struct reminder));

    if (!batch)
        return NULL;
    memcpy(batch->subdistrict, code, strlen(code) + 1);
    batch->last = last;
    return batch;
}

/* "42-0" */
static uint64_t entry_sequence(struct slice id)
{
    char text[32] = "";

    if (id.size < sizeof(text))
        memcpy(text, id.data, id.size);
    return strtoull(text, NULL, 10);
}

/* Entries of one stream: [[id, [field, value]], ...]. */
static void hub_take_stream(struct hub *hub, struct stream_place *place,
                            const struct answer *entries)
{
    size_t count = answer_count(entries);
    uint64_t last = place->last;
    struct arena arena;
    struct hub_batch *batch = batch_new(place->code, place->last, count * CLOCK_MAX);

    arena_init(&arena, BATCH_BYTES_MAX);
    for (size_t i = 0; batch && i < count; i++) {
        const struct answer *entry = answer_at(entries, i);
        uint64_t sequence = entry_sequence(answer_bytes(answer_at(entry, 0)));
        struct slice bytes = answer_bytes(answer_at(answer_at(entry, 1), 1));
        int n = reminders_of_entry(sequence, bytes, &arena, batch->reminders + batch->n_reminders);

        if (n == -ENOMEM)
            break;
        if (n < 0)
            log_event(LOG_LEVEL_ERROR, "event_unreadable", "subdistrict=%s sequence=%llu",
                      place->code, (unsigned long long)sequence);
        batch->n_reminders += n > 0 ? (size_t)n : 0;
        batch->last = last = sequence;
    }
    arena_release(&arena);
    if (batch && hub_deliver(hub, batch)) /* from here on the batch is the lanes' */
        place->last = last;
    else
        memory_free(batch);
}

static struct stream_place *hub_place(struct hub *hub, struct slice key)
{
    for (size_t i = 0; i < hub->n_streams; i++) {
        struct key mine = key_of(KEY_EVENTS, hub->streams[i].code, "");

        if (slice_equal(key, key_slice(&mine)))
            return &hub->streams[i];
    }
    return NULL;
}

static void hub_rest(struct hub *hub)
{
    loop_timer_set(hub->loop, &hub->again, BLOCK_MS);
}

static void hub_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct hub *hub = CONTAINER_OF(ask, struct hub, ask);

    if (status == -ECANCELED)
        return;
    if (status < 0) {
        hub_rest(hub);
        return;
    }
    for (size_t i = 0; i < answer_count(answer); i++) {
        const struct answer *stream = answer_at(answer, i);
        struct stream_place *place = hub_place(hub, answer_bytes(answer_at(stream, 0)));

        if (place)
            hub_take_stream(hub, place, answer_at(stream, 1));
    }
    hub_read(hub);
}

static void hub_read(struct hub *hub)
{
    struct slice arguments[6 + 2 * SUBDISTRICTS_MAX];
    struct key keys[SUBDISTRICTS_MAX];
    char ids[SUBDISTRICTS_MAX][24], block[16], count[16];
    size_t n = 0;

    (void)snprintf(block, sizeof(block), "%d", BLOCK_MS);
    (void)snprintf(count, sizeof(count), "%d", READ_COUNT);
    arguments[n++] = slice_text("XREAD");
    arguments[n++] = slice_text("COUNT");
    arguments[n++] = slice_text(count);
    arguments[n++] = slice_text("BLOCK");
    arguments[n++] = slice_text(block);
    arguments[n++] = slice_text("STREAMS");
    for (size_t i = 0; i < hub->n_streams; i++) {
        keys[i] = key_of(KEY_EVENTS, hub->streams[i].code, "");
        arguments[n++] = key_slice(&keys[i]);
    }
    for (size_t i = 0; i < hub->n_streams; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "%llu-0", (unsigned long long)hub->streams[i].last);
        arguments[n++] = slice_text(ids[i]);
    }
    hub->ask = (struct storage_ask){ .done = hub_arrived };
    if (link_ask(hub->link, &hub->ask, arguments, n) < 0)
        hub_rest(hub);
}

/* At the start each stream's end is looked up: what came before is for catching up. */
static void hub_find_end(struct hub *hub);

static void hub_end_found(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct hub *hub = CONTAINER_OF(ask, struct hub, ask);
    struct stream_place *place = &hub->streams[hub->placed];
    struct hub_batch *batch;

    if (status == -ECANCELED)
        return;
    if (status < 0) {
        hub_rest(hub);
        return;
    }
    place->last = answer_kind(answer) == ANSWER_NIL ? 0 : (uint64_t)answer_integer(answer);
    batch = batch_new(place->code, place->last, 0);
    if (!batch || !hub_deliver(hub, batch)) {
        memory_free(batch);
        hub_rest(hub);
        return;
    }
    hub->placed++;
    hub_find_end(hub);
}

static void hub_find_end(struct hub *hub)
{
    struct key key;

    if (hub->placed == hub->n_streams) {
        hub_read(hub);
        return;
    }
    key = key_of(KEY_SEQUENCE, hub->streams[hub->placed].code, "");
    const struct slice arguments[] = { slice_text("GET"), key_slice(&key) };
    hub->ask = (struct storage_ask){ .done = hub_end_found };
    if (link_ask(hub->link, &hub->ask, arguments, COUNT_OF(arguments)) < 0)
        hub_rest(hub);
}

static void hub_begin(struct loop_job *job)
{
    hub_find_end(CONTAINER_OF(job, struct hub, begin));
}

static void hub_again(struct loop_timer *timer)
{
    hub_find_end(CONTAINER_OF(timer, struct hub, again));
}

static void *hub_thread(void *at)
{
    loop_run(((struct hub *)at)->loop);
    return NULL;
}

/* life cycle ---------------------------------------------------------------------------------- */

static void hub_place_streams(struct hub *hub, const struct office_settings *settings)
{
    for (size_t i = 0; settings->subdistricts[i]; i++) {
        must(i < SUBDISTRICTS_MAX && strlen(settings->subdistricts[i]) < SUBDISTRICT_BYTES_MAX);
        memcpy(hub->streams[i].code, settings->subdistricts[i],
               strlen(settings->subdistricts[i]) + 1);
        hub->streams[i].last = UINT64_MAX;
        hub->n_streams = i + 1;
    }
    for (int lane = 0; lane < hub->n_lanes; lane++) {
        memcpy(hub->lanes[lane].heard, hub->streams, sizeof(hub->streams));
        hub->lanes[lane].n_heard = hub->n_streams;
    }
}

int hub_create(const struct office_settings *settings, struct loop *const *lanes, int n_lanes,
               struct hub **ret_hub)
{
    struct hub *hub = memory_alloc(sizeof(*hub));
    struct link_options redis = settings->redis;
    int r;

    if (!hub)
        return -ENOMEM;
    redis.connections = 1; /* XREAD holds it; more would only wait */
    must(n_lanes <= HUB_LANES_MAX);
    hub->n_lanes = n_lanes;
    for (int i = 0; i < n_lanes; i++)
        hub->lanes[i].loop = lanes[i];
    hub_place_streams(hub, settings);
    hub->begin.run = hub_begin;
    hub->again.fire = hub_again;
    r = loop_create(&hub->loop);
    if (r == 0)
        r = storage_link_create(hub->loop, &redis, &hub->link);
    if (r == 0) {
        loop_post(hub->loop, &hub->begin);
        r = -pthread_create(&hub->thread, NULL, hub_thread, hub);
        hub->running = r == 0;
    }
    if (r < 0) {
        hub_free(hub);
        return r;
    }
    *ret_hub = hub;
    return 0;
}

struct hub *hub_free(struct hub *hub)
{
    if (!hub)
        return NULL;
    if (hub->running) {
        loop_stop(hub->loop);
        (void)pthread_join(hub->thread, NULL);
    }
    storage_link_free(hub->link);
    loop_free(hub->loop);
    return memory_free(hub);
}
