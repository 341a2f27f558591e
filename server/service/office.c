/*
 * office.c - snapshots: read in one round trip, shared by reference, replaced when the epoch moved.
 */
#include "service/office.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "storage/record/record.h"

#include "base/base.h"

enum { SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024, SNAPSHOT_KEYS = 3 };

/* One subdistrict served by this lane. */
struct ward {
    char code[SUBDISTRICT_BYTES_MAX];
    struct office *office;
    struct snapshot *snapshot;
    struct storage_ask ask;       /* the read under way */
    struct snapshot_ask *waiting; /* who waits for it; NULL = no read under way */
};

struct office {
    struct loop *loop;
    const struct office_settings *settings;
    struct storage_link *link;
    struct ward wards[SUBDISTRICTS_MAX];
    size_t n_wards;
};

/* life cycle ---------------------------------------------------------------------------------- */

int office_create(struct loop *loop, const struct office_settings *settings,
                  struct office **ret_office)
{
    struct office *office = memory_alloc(sizeof(*office));
    int r;

    if (!office)
        return -ENOMEM;
    office->loop = loop;
    office->settings = settings;
    for (size_t i = 0; settings->subdistricts[i]; i++) {
        struct ward *ward = &office->wards[office->n_wards++];

        must(office->n_wards <= SUBDISTRICTS_MAX);
        must(strlen(settings->subdistricts[i]) < SUBDISTRICT_BYTES_MAX);
        memcpy(ward->code, settings->subdistricts[i], strlen(settings->subdistricts[i]) + 1);
        ward->office = office;
    }
    r = storage_link_create(loop, &settings->redis, &office->link);
    if (r < 0) {
        office_free(office);
        return r;
    }
    *ret_office = office;
    return 0;
}

struct office *office_free(struct office *office)
{
    if (!office)
        return NULL;
    storage_link_free(office->link);
    for (size_t i = 0; i < office->n_wards; i++)
        snapshot_unref(office->wards[i].snapshot);
    return memory_free(office);
}

struct storage_link *office_link(const struct office *office)
{
    return office->link;
}

struct loop *office_loop(const struct office *office)
{
    return office->loop;
}

const struct office_settings *office_settings(const struct office *office)
{
    return office->settings;
}

int64_t office_now_ms(const struct office *office)
{
    return office_clock_now_ms(office->settings->clock);
}

static struct ward *office_ward(struct office *office, const char *subdistrict)
{
    for (size_t i = 0; i < office->n_wards; i++)
        if (strcmp(office->wards[i].code, subdistrict) == 0)
            return &office->wards[i];
    return NULL;
}

bool office_serves(const struct office *office, const char *subdistrict)
{
    for (size_t i = 0; i < office->n_wards; i++)
        if (strcmp(office->wards[i].code, subdistrict) == 0)
            return true;
    return false;
}

/* snapshots ----------------------------------------------------------------------------------- */

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
    snapshot->references++;
    return snapshot;
}

struct snapshot *snapshot_unref(struct snapshot *snapshot)
{
    if (!snapshot || --snapshot->references > 0)
        return NULL;
    calendar_free(snapshot->calendar);
    arena_release(&snapshot->arena);
    return memory_free(snapshot);
}

struct snapshot *office_snapshot(struct office *office, const char *subdistrict)
{
    struct ward *ward = office_ward(office, subdistrict);

    must(ward);
    return ward->snapshot ? snapshot_ref(ward->snapshot) : NULL;
}

/* The years shipped with the software, then those of the record: the newest version wins. */
static int snapshot_read_calendar(struct snapshot *snapshot, const struct office_settings *settings,
                                  struct slice bytes)
{
    struct calendar_year *stored = NULL;
    size_t n_stored = 0;
    uint32_t version = 0;

    if (bytes.size) {
        int r = calendar_unpack(bytes, &snapshot->arena, &stored, &n_stored, &version);

        if (r < 0)
            return r;
    }
    snapshot->n_years = settings->n_shipped_years + n_stored;
    snapshot->years = ARENA_ARRAY(&snapshot->arena, struct calendar_year, snapshot->n_years + 1);
    if (!snapshot->years)
        return -ENOMEM;
    memcpy(snapshot->years, settings->shipped_years,
           settings->n_shipped_years * sizeof(*snapshot->years));
    if (n_stored)
        memcpy(snapshot->years + settings->n_shipped_years, stored,
               n_stored * sizeof(*snapshot->years));
    snapshot->calendar = calendar_create(snapshot->years, snapshot->n_years,
                                         (uint32_t)snapshot->calendar_record + 1);
    return snapshot->calendar ? 0 : -ENOMEM;
}

/* From the three values read: epoch, directory, calendar. */
static int snapshot_fill(struct snapshot *snapshot, const struct office_settings *settings,
                         const struct slice values[SNAPSHOT_KEYS])
{
    struct slice bytes;
    uint64_t version;
    int r = 0;

    if (values[0].size >= EPOCH_BYTES)
        return -EBADMSG;
    if (values[0].size)
        memcpy(snapshot->epoch, values[0].data, values[0].size);
    record_split(values[1], &version, &bytes);
    if (bytes.size)
        r = directory_unpack(bytes, &snapshot->arena, &snapshot->directory);
    if (r < 0)
        return r;
    snapshot->directory.version = version;
    record_split(values[2], &snapshot->calendar_record, &bytes);
    return snapshot_read_calendar(snapshot, settings, bytes);
}

static int ward_replace(struct ward *ward, const struct answer *answer)
{
    const struct office_settings *settings = ward->office->settings;
    struct snapshot *snapshot = memory_alloc(sizeof(*snapshot));
    struct slice values[SNAPSHOT_KEYS];
    int r;

    if (!snapshot)
        return -ENOMEM;
    must(answer_count(answer) == SNAPSHOT_KEYS);
    for (size_t i = 0; i < SNAPSHOT_KEYS; i++)
        values[i] = answer_bytes(answer_at(answer, i));
    snapshot->references = 1;
    snapshot->rules = settings->rules;
    memcpy(snapshot->subdistrict, ward->code, sizeof(ward->code));
    arena_init(&snapshot->arena, SNAPSHOT_BYTES_MAX);
    r = snapshot_fill(snapshot, settings, values);
    if (r < 0) {
        snapshot_unref(snapshot);
        return r;
    }
    snapshot_unref(ward->snapshot);
    ward->snapshot = snapshot;
    return 0;
}

static void ward_read_done(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct ward *ward = CONTAINER_OF(ask, struct ward, ask);
    struct snapshot_ask *waiting = ward->waiting;

    if (status == 0)
        status = ward_replace(ward, answer);
    if (status < 0)
        log_event(LOG_LEVEL_WARNING, "snapshot_unreadable", "subdistrict=%s errno=%d", ward->code,
                  -status);
    ward->waiting = NULL;
    while (waiting) {
        struct snapshot_ask *next = waiting->next;

        waiting->done(waiting, status);
        waiting = next;
    }
}

void office_refresh(struct office *office, const char *subdistrict, struct snapshot_ask *ask)
{
    struct ward *ward = office_ward(office, subdistrict);
    bool under_way;
    struct key keys[SNAPSHOT_KEYS];
    struct slice arguments[1 + SNAPSHOT_KEYS] = { slice_text("MGET") };
    int r;

    must(ward);
    under_way = ward->waiting != NULL;
    ask->next = ward->waiting;
    ward->waiting = ask;
    if (under_way)
        return;
    keys[0] = key_of(KEY_EPOCH, ward->code, "");
    keys[1] = key_of(KEY_DIRECTORY, ward->code, "");
    keys[2] = key_of(KEY_CALENDAR, ward->code, "");
    for (size_t i = 0; i < SNAPSHOT_KEYS; i++)
        arguments[1 + i] = key_slice(&keys[i]);
    ward->ask = (struct storage_ask){ .done = ward_read_done };
    r = link_ask(office->link, &ward->ask, arguments, COUNT_OF(arguments));
    if (r < 0)
        ward_read_done(&ward->ask, r, NULL);
}

/* ids ----------------------------------------------------------------------------------------- */

int office_new_order_id(struct office *office, char id[ORDER_ID_BYTES])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford base 32 */
    uint64_t at = (uint64_t)office_now_ms(office);
    uint8_t tail[5];
    uint64_t bits = 0;
    int r = random_bytes(tail, sizeof(tail));

    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof(tail); i++)
        bits = bits << 8 | tail[i];
    for (int i = 7; i >= 0; i--) { /* 40 bits of time in 64 ms steps: sortable for 2,000 years */
        id[i] = digits[(at >> 6) >> (5 * (7 - i)) & 31];
        id[8 + i] = digits[bits >> (5 * (7 - i)) & 31];
    }
    id[16] = 0;
    return 0;
}
