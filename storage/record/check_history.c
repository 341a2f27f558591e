/*
 * check_history.c - does the history of an order explain its record?
 *
 * The chain over the entries gives the head in the record; every entry can be read and belongs to
 * the order; replaying them through order_apply() gives the record, compared in packed form; every
 * text an entry brought stands in the text list with the digest the entry carries.
 * order_apply() states with must() what a sane history is, so an entry that breaks it is a fault
 * here and never applied.
 */
#include "storage/record/inspector.h"

#include <errno.h>
#include <inttypes.h>

#include "base/memory.h"
#include "storage/record/record.h"

#include "base/base.h"

/* The text list of an order, as digests. */
struct digests {
    struct digest *list; /* [number - 1]; all zero = cannot be read */
    size_t n, room;
};

static int digests_add(struct digests *digests, struct slice bytes, struct arena *a)
{
    struct text_record record;
    int r;

    if (digests->n == digests->room) {
        size_t room = digests->room ? 2 * digests->room : 32;
        struct digest *list = memory_grow(digests->list, room * sizeof(*list));

        if (!list)
            return -ENOMEM;
        digests->list = list;
        digests->room = room;
    }
    memset(&digests->list[digests->n], 0, sizeof(*digests->list));
    r = text_unpack(bytes, a, &record);
    if (r == 0 && record.number == digests->n + 1)
        text_digest(&record, &digests->list[digests->n]);
    digests->n++;
    return r == -ENOMEM ? r : 0;
}

static int texts_read(struct inspector *inspector, const char *subdistrict,
                      const struct order *order, struct digests *digests)
{
    struct key key = key_of(KEY_TEXTS, subdistrict, order->id);
    const struct answer *answer;
    int r;

    do {
        r = inspector_ask_range(inspector, "LRANGE", &key, (int64_t)digests->n, false, &answer);
        for (size_t i = 0; r == 0 && i < answer_count(answer); i++) {
            struct arena a;

            arena_init(&a, SIZE_MAX);
            r = digests_add(digests, answer_bytes(answer_at(answer, i)), &a);
            arena_release(&a);
        }
    } while (r == 0 && answer_count(answer) == ELEMENTS_A_CHUNK);
    inspector->report.texts += digests->n;
    return r;
}

/* --- replay ----------------------------------------------------------------------------------- */

struct replay {
    struct inspector *inspector;
    const struct order *stored;
    const struct digests *digests;
    struct order order; /* so far */
    uint64_t version;   /* of the newest entry */
    size_t n;           /* entries so far */
    bool broken;        /* an entry could not be applied: no comparison */
};

static const char *text_trouble(const struct replay *replay, const struct history_entry *entry)
{
    static const struct digest none;
    uint32_t number = entry->event.text;

    if (number == 0)
        return digest_equal(&entry->text_digest, &none) ? NULL : "has a digest and no text";
    if (number > replay->digests->n)
        return "brought a text that is missing";
    if (digest_equal(&replay->digests->list[number - 1], &none))
        return "brought a text that cannot be read";
    if (!digest_equal(&replay->digests->list[number - 1], &entry->text_digest))
        return "brought a text that was changed";
    return NULL;
}

/* What keeps an entry from being applied, or NULL. */
static const char *entry_trouble(const struct replay *replay, const struct history_entry *entry)
{
    const struct event *event = &entry->event;

    if (strcmp(entry->order_id, replay->stored->id) != 0)
        return "belongs to another order";
    if (entry->order_version <= replay->version)
        return "does not count the version up";
    if (event->from != replay->order.state)
        return "starts from another state";
    if (event->at_ms < replay->order.last_event_ms)
        return "is older than the one before";
    if ((event->command == COMMAND_ACCEPT_REPLY || event->command == COMMAND_REJECT_REPLY) &&
        replay->order.n_replies == 0)
        return "reviews a reply that was never given";
    return NULL;
}

/* 0, or -ENOMEM. */
static int replay_entry(struct replay *replay, struct slice bytes)
{
    struct inspector *inspector = replay->inspector;
    const char *id = replay->stored->id, *trouble;
    struct history_entry entry;
    struct arena a;
    int r;

    replay->n++;
    history_chain(replay->order.chain, bytes);
    arena_init(&a, SIZE_MAX);
    r = history_unpack(bytes, &a, &entry);
    arena_release(&a);
    if (r == -ENOMEM)
        return r;
    trouble = r < 0 ? "cannot be read" : entry_trouble(replay, &entry);
    if (trouble) {
        if (!replay->broken)
            inspector_fault(inspector, "order %s: history entry %zu %s", id, replay->n, trouble);
        replay->broken = true;
        return 0;
    }
    trouble = text_trouble(replay, &entry);
    if (trouble)
        inspector_fault(inspector, "order %s: history entry %zu %s", id, replay->n, trouble);
    replay->version = entry.order_version;
    if (!replay->broken)
        order_apply(&replay->order, &entry.event);
    return 0;
}

static int history_read(struct inspector *inspector, const char *subdistrict, struct replay *replay)
{
    struct key key = key_of(KEY_HISTORY, subdistrict, replay->stored->id);
    const struct answer *answer;
    int r;

    do {
        r = inspector_ask_range(inspector, "LRANGE", &key, (int64_t)replay->n, false, &answer);
        for (size_t i = 0; r == 0 && i < answer_count(answer); i++)
            r = replay_entry(replay, answer_bytes(answer_at(answer, i)));
    } while (r == 0 && answer_count(answer) == ELEMENTS_A_CHUNK);
    inspector->report.history_entries += replay->n;
    return r;
}

/* Everything but version and chain, which do not come from events. 0, 1 = the same, -ENOMEM. */
static int same_order(const struct order *a, const struct order *b)
{
    struct order x = *a, y = *b;
    struct slice nothing = { 0 }, packed_x, packed_y;
    struct arena arena;
    int r;

    memset(x.chain, 0, sizeof(x.chain));
    memset(y.chain, 0, sizeof(y.chain));
    arena_init(&arena, SIZE_MAX);
    packed_x = order_pack(&x, nothing, &arena);
    packed_y = order_pack(&y, nothing, &arena);
    r = !packed_x.data || !packed_y.data ? -ENOMEM : slice_equal(packed_x, packed_y);
    arena_release(&arena);
    return r;
}

static int compare_state(const struct replay *replay)
{
    struct inspector *inspector = replay->inspector;
    const struct order *stored = replay->stored;
    int r = same_order(&replay->order, stored);

    if (r < 0)
        return r;
    if (r == 0)
        inspector_fault(inspector, "order %s: its record is not what its history says", stored->id);
    if (replay->version != stored->version)
        inspector_fault(inspector,
                        "order %s: its record is version %" PRIu64 ", its history %" PRIu64,
                        stored->id, stored->version, replay->version);
    return 0;
}

/* 0, or -ENOMEM. */
static int compare_all(const struct replay *replay)
{
    struct inspector *inspector = replay->inspector;
    const struct order *stored = replay->stored;

    if (replay->n == 0) {
        inspector_fault(inspector, "order %s: has no history", stored->id);
        return 0;
    }
    if (memcmp(replay->order.chain, stored->chain, sizeof(stored->chain)) != 0)
        inspector_fault(inspector, "order %s: the hash chain over its history is broken",
                        stored->id);
    if (replay->digests->n != stored->texts)
        inspector_fault(inspector, "order %s: has %zu texts, its record says %" PRIu32, stored->id,
                        replay->digests->n, stored->texts);
    return replay->broken ? 0 : compare_state(replay);
}

int check_history(struct inspector *inspector, const char *subdistrict, const struct order *order)
{
    struct digests digests = { 0 };
    struct replay replay = { .inspector = inspector, .stored = order, .digests = &digests };
    int r = texts_read(inspector, subdistrict, order, &digests);

    if (r == 0)
        r = history_read(inspector, subdistrict, &replay);
    if (r == 0)
        r = compare_all(&replay);
    memory_free(digests.list);
    return r;
}
