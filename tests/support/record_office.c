/* record_office.c - see record_office.h. */
#include "tests/support/record_office.h"

#include <stdio.h>

#include "base/arena.h"
#include "storage/record/index.h"
#include "storage/record/record.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 22, VERSION_BYTES = 8 };
#define T0 INT64_C(1784077960123)

/* --- asking ----------------------------------------------------------------------------------- */

#define ASK(tool, ...)                                                                             \
    ask((tool), (struct slice[]){ __VA_ARGS__ }, COUNT_OF(((struct slice[]){ __VA_ARGS__ })))
static const struct answer *ask(struct redis_tool *tool, const struct slice *words, size_t n)
{
    const struct answer *answer = redis_tool_ask(tool, words, n);

    must(answer && answer_kind(answer) != ANSWER_ERROR);
    return answer;
}

void office_load(struct redis_tool *tool, const char *subdistrict, const char *id,
                 struct order *ret_order)
{
    struct arena a;
    struct key key = key_of(KEY_ORDER, subdistrict, id);
    struct slice bytes;
    uint64_t version;

    arena_init(&a, ARENA_BYTES_MAX);
    record_split(answer_bytes(ASK(tool, slice_text("GET"), key_slice(&key))), &version, &bytes);
    must(order_unpack(bytes, &a, ret_order) == 0);
    ret_order->version = version;
    arena_release(&a);
}

void office_store(struct redis_tool *tool, const char *subdistrict, const struct order *order)
{
    struct arena a;
    struct key key = key_of(KEY_ORDER, subdistrict, order->id);
    struct slice bytes;
    uint8_t *stored;

    arena_init(&a, ARENA_BYTES_MAX);
    bytes = order_pack(order, (struct slice){ 0 }, &a);
    stored = arena_alloc(&a, VERSION_BYTES + bytes.size);
    must(bytes.data && stored);
    for (int i = 0; i < VERSION_BYTES; i++)
        stored[i] = (uint8_t)(order->version >> (56 - 8 * i));
    memcpy(stored + VERSION_BYTES, bytes.data, bytes.size);
    ASK(tool, slice_text("SET"), key_slice(&key), slice_of(stored, VERSION_BYTES + bytes.size));
    arena_release(&a);
}

/* --- one order -------------------------------------------------------------------------------- */

/* Somebody who does one thing after the other to an order, as the road would. */
struct teller {
    struct redis_tool *tool;
    const char *subdistrict;
    struct arena a;
    struct order order;
};

static void teller_text(struct teller *teller, struct event *event, const char *words,
                        struct digest *ret_digest)
{
    struct text_record text = { .number = teller->order.texts + 1,
                                .salt = { 1, 2, 3, (uint8_t)teller->order.texts },
                                .command = event->command,
                                .at_ms = event->at_ms,
                                .by = event->actor,
                                .words = slice_text(words) };
    struct key key = key_of(KEY_TEXTS, teller->subdistrict, teller->order.id);

    event->text = text.number;
    text_digest(&text, ret_digest);
    ASK(teller->tool, slice_text("RPUSH"), key_slice(&key), text_pack(&text, &teller->a));
}

static void teller_index(struct teller *teller, const struct order *before)
{
    struct commit_index changes[2 * ORDER_INDEX_MAX];
    size_t n =
        order_index_difference(before, &teller->order, teller->subdistrict, &teller->a, changes);

    for (size_t i = 0; i < n; i++) {
        struct slice key = key_slice(&changes[i].key);
        char score[32];

        (void)snprintf(score, sizeof(score), "%.0f", changes[i].score);
        if (changes[i].gone)
            ASK(teller->tool, slice_text("ZREM"), key, changes[i].member);
        else
            ASK(teller->tool, slice_text("ZADD"), key, slice_text(score), changes[i].member);
    }
}

static void teller_history(struct teller *teller, const struct history_entry *entry)
{
    struct key history = key_of(KEY_HISTORY, teller->subdistrict, teller->order.id);
    struct key sequence = key_of(KEY_SEQUENCE, teller->subdistrict, "");
    struct key events = key_of(KEY_EVENTS, teller->subdistrict, "");
    struct slice bytes = history_pack(entry, teller->order.chain, &teller->a);
    char id[32];

    ASK(teller->tool, slice_text("RPUSH"), key_slice(&history), bytes);
    (void)snprintf(
        id, sizeof(id), "%lld-0",
        (long long)answer_integer(ASK(teller->tool, slice_text("INCR"), key_slice(&sequence))));
    ASK(teller->tool, slice_text("XADD"), key_slice(&events), slice_text(id), slice_text("e"),
        bytes);
}

/* One command: text, event, history, stream, indexes, record. */
static void teller_do(struct teller *teller, struct event *event, const char *words)
{
    struct order before = teller->order;
    struct history_entry entry;

    memset(&entry, 0, sizeof(entry));
    if (words)
        teller_text(teller, event, words, &entry.text_digest);
    event->from = teller->order.state;
    order_apply(&teller->order, event);
    memcpy(entry.order_id, teller->order.id, sizeof(entry.order_id));
    entry.order_version = ++teller->order.version;
    entry.event = *event;
    teller_history(teller, &entry);
    teller_index(teller, &before);
    office_store(teller->tool, teller->subdistrict, &teller->order);
}

static void change_clock(struct event *event, enum clock_kind kind, struct clock after)
{
    event->clocks[event->n_clocks].kind = kind;
    event->clocks[event->n_clocks++].after = after;
}

static struct clock running(int64_t start_ms, int64_t due_ms)
{
    return (struct clock){ .status = CLOCK_STATUS_RUNNING,
                           .stamp = 1,
                           .start_ms = start_ms,
                           .due_ms = due_ms,
                           .wake_ms = due_ms,
                           .calendar_version = 1,
                           .length = { LENGTH_WORKING_DAYS, 1 },
                           .rungs_fired = 1,
                           .rung_ms = start_ms };
}

static struct clock met(struct clock clock, int64_t at_ms)
{
    clock.status = CLOCK_STATUS_MET;
    clock.stopped_ms = at_ms;
    clock.wake_ms = 0;
    return clock;
}

static void teller_receive(struct teller *teller, size_t i, int64_t at_ms)
{
    struct event event = { .command = COMMAND_RECEIVE_ORDER,
                           .row = 1,
                           .at_ms = at_ms,
                           .actor = { ROLE_DISTRICT_SYNC, "district" },
                           .to = ORDER_STATE_RECEIVED };
    struct order *intake = &event.body.received;
    struct key claim, identity;

    (void)snprintf(intake->id, ORDER_ID_BYTES, "0CYV7K3M9Q2X%04zu", i);
    (void)snprintf(intake->district_number, NUMBER_BYTES, "BS20260715%05zu", i);
    intake->received_ms = at_ms - 1000;
    intake->category = CATEGORY_HELP;
    intake->urgent = i == 1;
    intake->n_phones = 1;
    intake->phones[0][0] = (uint8_t)(i / 2);
    intake->rules_version = 1;
    change_clock(&event, CLOCK_CONTACT, running(at_ms, at_ms + 100000));
    change_clock(&event, CLOCK_ORDER, running(at_ms, at_ms + 900000));
    memcpy(teller->order.id, intake->id, ORDER_ID_BYTES);
    teller_do(teller, &event, "the matter, in words");
    claim = key_of(KEY_NUMBER, teller->subdistrict, intake->district_number);
    ASK(teller->tool, slice_text("SET"), key_slice(&claim), slice_text(intake->id));
    identity = key_of(KEY_IDENTITY, teller->subdistrict, intake->id);
    ASK(teller->tool, slice_text("SET"), key_slice(&identity), slice_text("12345678sealed"));
}

static void teller_dispatch(struct teller *teller, int64_t at_ms)
{
    struct event event = { .command = COMMAND_DISPATCH_ORDER,
                           .row = 4,
                           .at_ms = at_ms,
                           .actor = { ROLE_OFFICE_CLERK, "clerk" },
                           .to = ORDER_STATE_DISPATCHED,
                           .body.dispatched = { .number = 1,
                                                .mode = DISPATCH_MODE_STATUTORY,
                                                .main_unit = "U01",
                                                .informed = { "U02" },
                                                .n_informed = 1,
                                                .limit = LIMIT_FIVE_DAYS,
                                                .delivered_ms = at_ms } };

    change_clock(&event, CLOCK_TAKE, running(at_ms, at_ms + 50000));
    teller_do(teller, &event, "because it is theirs");
}

static void teller_take(struct teller *teller, int64_t at_ms)
{
    struct event event = { .command = COMMAND_TAKE_ORDER,
                           .row = 10,
                           .at_ms = at_ms,
                           .actor = { ROLE_SPECIALIST, "specialist" },
                           .to = ORDER_STATE_HANDLING };

    change_clock(&event, CLOCK_TAKE, met(teller->order.clocks[CLOCK_TAKE], at_ms));
    teller_do(teller, &event, NULL);
}

static void teller_progress(struct teller *teller, int64_t at_ms, const char *words)
{
    struct event event = { .command = COMMAND_RECORD_PROGRESS,
                           .row = 15,
                           .at_ms = at_ms,
                           .actor = { ROLE_SPECIALIST, "specialist" },
                           .to = ORDER_STATE_HANDLING };

    teller_do(teller, &event, words);
}

/* --- all of them ------------------------------------------------------------------------------ */

void office_write(struct redis_tool *tool, const char *subdistrict)
{
    ASK(tool, slice_text("SADD"), slice_text(KEY_REGISTRY), slice_text(subdistrict));
    for (size_t i = 0; i < OFFICE_ORDERS; i++) {
        struct teller teller = { .tool = tool, .subdistrict = subdistrict };
        int64_t at_ms = T0 + (int64_t)i * 1000;

        arena_init(&teller.a, ARENA_BYTES_MAX);
        teller_receive(&teller, i, at_ms);
        if (i > 0)
            teller_dispatch(&teller, at_ms + 1);
        if (i > 1)
            teller_take(&teller, at_ms + 2);
        for (int n = 0; i == OFFICE_ORDERS - 1 && n < 597; n++)
            teller_progress(&teller, at_ms + 3 + n, n % 2 ? "we are at it" : NULL);
        arena_release(&teller.a);
    }
}
