/*
 * test_record_check.c - hotlined --check and --rebuild on a real Redis: a small office written by
 * hand is clean; each fault planted in it is found and named; rebuild mends what is an index.
 */
#include "tests/unit/test_storage.h"

#include "base/arena.h"
#include "base/memory.h"
#include "storage/record/check.h"
#include "storage/record/index.h"
#include "storage/record/record.h"

enum { ORDERS = 5, ARENA_BYTES_MAX = 1 << 22, WORDS_MAX = 8, SAID_BYTES = 1 << 16 };
#define SUBDISTRICT "310113-yy"
#define OTHER "310113-zz"
#define T0 INT64_C(1784077960123)

static struct place place;
static struct embedded_redis *redis;
static struct redis_tool *tool;

/* --- asking with bytes ------------------------------------------------------------------------ */

#define TELL(...)                                                                                  \
    tell((struct slice[]){ __VA_ARGS__ },                                                          \
         sizeof((struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice))
static const struct answer *tell(const struct slice *words, size_t n)
{
    const struct answer *answer = redis_tool_ask(tool, words, n);

    assert_non_null(answer);
    if (answer_kind(answer) == ANSWER_ERROR)
        fail_msg("%.*s", (int)answer_bytes(answer).size, (const char *)answer_bytes(answer).data);
    return answer;
}

static struct slice T(const char *text) {
    return slice_text(text);
}

static struct slice
K(const struct key *key) {
    return key_slice(key);
}

/* --- an office -------------------------------------------------------------------------------- */

static const char *
id_of(size_t i)
{
    static const char *const ids[ORDERS] = { "0CYV7K3M9Q2X0000", "0CYV7K3M9Q2X0001",
                                             "0CYV7K3M9Q2X0002", "0CYV7K3M9Q2X0003",
                                             "0CYV7K3M9Q2X0004" };
    return ids[i];
}

/* Somebody who does one thing after the other to an order, as the road would. */
struct teller {
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
    TELL(T("RPUSH"), K(&key), text_pack(&text, &teller->a));
}

static void index_change(const struct commit_index *change)
{
    char score[32];

    (void)snprintf(score, sizeof(score), "%.0f", change->score);
    if (change->gone)
        TELL(T("ZREM"), K(&change->key), change->member);
    else
        TELL(T("ZADD"), K(&change->key), T(score), change->member);
}

static void teller_index(struct teller *teller, const struct order *before)
{
    struct commit_index changes[2 * ORDER_INDEX_MAX];
    size_t n =
        order_index_difference(before, &teller->order, teller->subdistrict, &teller->a, changes);

    for (size_t i = 0; i < n; i++)
        index_change(&changes[i]);
}

static void store_order(const struct order *order, const char *subdistrict, struct arena *a)
{
    struct key key = key_of(KEY_ORDER, subdistrict, order->id);
    struct slice bytes = order_pack(order, (struct slice){ 0 }, a);
    uint8_t *stored = arena_alloc(a, 8 + bytes.size);

    for (int i = 0; i < 8; i++)
        stored[i] = (uint8_t)(order->version >> (56 - 8 * i));
    memcpy(stored + 8, bytes.data, bytes.size);
    TELL(T("SET"), K(&key), slice_of(stored, 8 + bytes.size));
}

/* One command: text, event, history, stream, indexes, record. */
static void teller_do(struct teller *teller, struct event *event, const char *words)
{
    struct order before = teller->order;
    struct history_entry entry;
    struct key history = key_of(KEY_HISTORY, teller->subdistrict, teller->order.id);
    struct key sequence = key_of(KEY_SEQUENCE, teller->subdistrict, "");
    struct key events = key_of(KEY_EVENTS, teller->subdistrict, "");
    struct slice bytes;
    char number[32];

    memset(&entry, 0, sizeof(entry));
    if (words)
        teller_text(teller, event, words, &entry.text_digest);
    event->from = teller->order.state;
    order_apply(&teller->order, event);
    teller->order.version++;
    memcpy(entry.order_id, teller->order.id, sizeof(entry.order_id));
    entry.order_version = teller->order.version;
    entry.event = *event;
    bytes = history_pack(&entry, teller->order.chain, &teller->a);
    TELL(T("RPUSH"), K(&history), bytes);
    (void)snprintf(number, sizeof(number), "%lld-0",
                   (long long)answer_integer(TELL(T("INCR"), K(&sequence))));
    TELL(T("XADD"), K(&events), T(number), T("e"), bytes);
    teller_index(teller, &before);
    store_order(&teller->order, teller->subdistrict, &teller->a);
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
    struct key claim;

    (void)snprintf(teller->order.id, ORDER_ID_BYTES, "%s", id_of(i));
    (void)snprintf(intake->id, ORDER_ID_BYTES, "%s", id_of(i));
    (void)snprintf(intake->district_number, NUMBER_BYTES, "BS20260715%05zu", i);
    intake->received_ms = at_ms - 1000;
    intake->category = CATEGORY_HELP;
    intake->urgent = i == 1;
    intake->n_phones = 1;
    intake->phones[0][0] = (uint8_t)(i / 2); /* two orders share a telephone */
    intake->rules_version = 1;
    change_clock(&event, CLOCK_CONTACT, running(at_ms, at_ms + 100000));
    change_clock(&event, CLOCK_ORDER, running(at_ms, at_ms + 900000));
    teller_do(teller, &event, "the matter, in words");
    claim = key_of(KEY_NUMBER, teller->subdistrict, intake->district_number);
    TELL(T("SET"), K(&claim), T(id_of(i)));
    claim = key_of(KEY_IDENTITY, teller->subdistrict, id_of(i));
    TELL(T("SET"), K(&claim), T("12345678sealed"));
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

/* Five orders: received; dispatched; taken. The last has 600 events, more than one chunk. */
static void write_office(const char *subdistrict)
{
    TELL(T("SADD"), T(KEY_REGISTRY), T(subdistrict));
    for (size_t i = 0; i < ORDERS; i++) {
        struct teller teller = { .subdistrict = subdistrict };
        int64_t at_ms = T0 + (int64_t)i * 1000;

        arena_init(&teller.a, ARENA_BYTES_MAX);
        teller_receive(&teller, i, at_ms);
        if (i > 0)
            teller_dispatch(&teller, at_ms + 1);
        if (i > 1)
            teller_take(&teller, at_ms + 2);
        for (int n = 0; i == ORDERS - 1 && n < 597; n++) {
            struct event event = { .command = COMMAND_RECORD_PROGRESS,
                                   .at_ms = at_ms + 3 + n,
                                   .to = ORDER_STATE_HANDLING };

            teller_do(&teller, &event, n % 2 ? "we are at it" : NULL);
        }
        arena_release(&teller.a);
    }
}

/* --- checking --------------------------------------------------------------------------------- */

/* What check said, one line after the other. */
static char said[SAID_BYTES];
static struct check_report report;

static void hear(void *user, const char *text)
{
    size_t size = strlen(said);

    assert_ptr_equal(user, &report);
    (void)snprintf(said + size, sizeof(said) - size, "%s\n", text);
}

static int check_now(void)
{
    said[0] = '\0';
    return storage_check(tool, hear, &report, &report);
}

static int setup_redis(void **state)
{
    struct embedded_redis_options options = { .directory = place.path, .everysec = true };

    (void)state;
    place_make(&place);
    assert_int_equal(embedded_redis_start(&options, &redis), 0);
    tool = tool_at(embedded_redis_socket(redis));
    return 0;
}

static int teardown_redis(void **state)
{
    (void)state;
    tool = redis_tool_close(tool);
    redis = embedded_redis_stop(redis);
    place_remove(&place);
    return 0;
}

static int setup_office(void **state)
{
    (void)state;
    TELL(T("FLUSHALL"));
    write_office(SUBDISTRICT);
    return 0;
}

static void an_empty_database_is_clean(void **state)
{
    (void)state;
    TELL(T("FLUSHALL"));
    assert_int_equal(check_now(), 0);
    assert_int_equal(report.faults, 0);
    assert_int_equal(report.orders, 0);
}

static void an_office_is_clean_and_everything_is_counted(void **state)
{
    (void)state;
    assert_int_equal(check_now(), 0);
    assert_string_equal(said, SUBDISTRICT ": 5 orders\n");
    assert_int_equal(report.faults, 0);
    assert_int_equal(report.orders, ORDERS);
    assert_int_equal(report.history_entries, 5 + 4 + 3 + 597);
    assert_int_equal(report.events, report.history_entries);
    assert_int_equal(report.texts, 5 + 4 + 298);
    /* ALL, STATE, PHONE, WAKE; DUE and REMIND of CONTACT, ORDER and one TAKE; UNIT; URGENT */
    assert_int_equal(report.index_entries, 5 * 4 + 2 * 11 + 4 * 2 + 1);
}

static void two_subdistricts_do_not_get_in_each_others_way(void **state)
{
    (void)state;
    write_office(OTHER);
    assert_int_equal(check_now(), 0);
    assert_int_equal(report.faults, 0);
    assert_int_equal(report.orders, 2 * ORDERS);
}

/* --- planted faults --------------------------------------------------------------------------- */

#define KEY_TEXT(shape) "h{" SUBDISTRICT "}" shape

static void plant_stale_entry(void)
{
    TELL(T("ZADD"), T(KEY_TEXT(":x:u:U01")), T("1"), T("0CYV7K3M9Q2XGONE"));
}
static void plant_stale_key(void)
{
    TELL(T("ZADD"), T(KEY_TEXT(":x:u:U77")), T("1"), T(id_of(0)));
}
static void plant_missing_from_all(void)
{
    TELL(T("ZREM"), T(KEY_TEXT(":x:all")), T(id_of(2)));
}
static void plant_missing_due(void)
{
    TELL(T("ZREM"), T(KEY_TEXT(":x:due")), T("0CYV7K3M9Q2X0001/5/1"));
}
static void plant_lost_index(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":x:wake")));
}
static void plant_wrong_score(void)
{
    TELL(T("ZADD"), T(KEY_TEXT(":x:wake")), T("5"), T(id_of(3)));
}
static void plant_index_of_another_type(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":x:urg")));
    TELL(T("SET"), T(KEY_TEXT(":x:urg")), T("x"));
}

/* Element of a list with one bit turned. */
static void turn_bit(const char *key, const char *index, size_t byte)
{
    uint8_t copy[1024];
    struct slice bytes = answer_bytes(TELL(T("LINDEX"), T(key), T(index)));

    assert_true(bytes.size > byte && bytes.size <= sizeof(copy));
    memcpy(copy, bytes.data, bytes.size);
    copy[byte] ^= 1;
    TELL(T("LSET"), T(key), T(index), slice_of(copy, bytes.size));
}

static void plant_changed_history(void)
{
    turn_bit(KEY_TEXT(":h:0CYV7K3M9Q2X0002"), "1", 3); /* a character of the order's id */
}
static void plant_changed_actor(void)
{
    struct slice bytes =
        answer_bytes(TELL(T("LINDEX"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0002")), T("2")));
    const uint8_t *name = memmem(bytes.data, bytes.size, "specialist", 10);

    assert_non_null(name);
    turn_bit(KEY_TEXT(":h:0CYV7K3M9Q2X0002"), "2", (size_t)(name - bytes.data));
}
static void plant_unreadable_history(void)
{
    TELL(T("LSET"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0002")), T("1"), T("\xff\xff\xff"));
}
static void plant_lost_history_entry(void)
{
    TELL(T("RPOP"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0002")));
}
static void plant_first_history_entry_lost(void)
{
    TELL(T("LPOP"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0002")));
}
static void plant_history_entry_twice(void)
{
    TELL(T("RPOPLPUSH"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0000")), T(KEY_TEXT(":h:0CYV7K3M9Q2X0002")));
}
static void plant_lost_history(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0003")));
}
static void plant_history_of_another_type(void)
{
    TELL(T("SET"), T(KEY_TEXT(":h:0CYV7K3M9Q2X0003")), T("x"));
}
static void plant_changed_text(void)
{
    turn_bit(KEY_TEXT(":t:0CYV7K3M9Q2X0004"), "200", 5); /* the salt */
}
static void plant_unreadable_text(void)
{
    TELL(T("LSET"), T(KEY_TEXT(":t:0CYV7K3M9Q2X0004")), T("200"), T("\xff\xff\xff"));
}
static void plant_lost_text(void)
{
    TELL(T("RPOP"), T(KEY_TEXT(":t:0CYV7K3M9Q2X0001")));
}
static void plant_text_too_many(void)
{
    TELL(T("RPUSH"), T(KEY_TEXT(":t:0CYV7K3M9Q2X0001")), T("x"));
}

/* Reads an order, changes it and stores it. */
static void change_order(size_t i, void (*change)(struct order *order))
{
    struct arena a;
    struct order order;
    struct key key = key_of(KEY_ORDER, SUBDISTRICT, id_of(i));
    struct slice bytes;
    uint64_t version;

    arena_init(&a, ARENA_BYTES_MAX);
    record_split(answer_bytes(TELL(T("GET"), K(&key))), &version, &bytes);
    assert_int_equal(order_unpack(bytes, &a, &order), 0);
    order.version = version;
    change(&order);
    store_order(&order, SUBDISTRICT, &a);
    arena_release(&a);
}
static void make_grid(struct order *order)
{
    (void)snprintf(order->grid, GRID_BYTES, "elsewhere");
}
static void make_next_version(struct order *order)
{
    order->version++;
}
static void plant_changed_record(void)
{
    change_order(1, make_grid);
}
static void plant_wrong_version(void)
{
    change_order(1, make_next_version);
}
static void plant_garbage_record(void)
{
    TELL(T("SET"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")), T("12345678\xff\xff"));
}
static void plant_short_record(void)
{
    TELL(T("SET"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")), T("1234"));
}
static void plant_record_of_another_type(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")));
    TELL(T("SADD"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")), T("x"));
}
static void plant_record_under_another_name(void)
{
    TELL(T("RENAME"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")), T(KEY_TEXT(":o:0CYV7K3M9Q2XFFFF")));
}
static void plant_lost_record(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":o:0CYV7K3M9Q2X0001")));
}
static void plant_orphan_identity(void)
{
    TELL(T("SET"), T(KEY_TEXT(":i:0CYV7K3M9Q2XFFFF")), T("x"));
}
static void plant_key_too_long(void)
{
    TELL(T("SET"), T(KEY_TEXT(":o:0CYV7K3M9Q2X00000000000000000000000000")), T("x"));
}
static void plant_lost_claim(void)
{
    TELL(T("DEL"), T(KEY_TEXT(":n:BS2026071500002")));
}
static void plant_claim_of_another(void)
{
    TELL(T("SET"), T(KEY_TEXT(":n:BS2026071500002")), T(id_of(1)));
}
static void plant_claim_of_nobody(void)
{
    TELL(T("SET"), T(KEY_TEXT(":n:BS2026071599999")), T(id_of(1)));
}
static void plant_gap_in_events(void)
{
    TELL(T("XDEL"), T(KEY_TEXT(":ev")), T("300-0"));
}
static void plant_newest_event_lost(void)
{
    TELL(T("XDEL"), T(KEY_TEXT(":ev")), T("609-0"));
}
static void plant_garbage_event(void)
{
    TELL(T("XADD"), T(KEY_TEXT(":ev")), T("610-0"), T("e"), T("\xff"));
    TELL(T("INCR"), T(KEY_TEXT(":sq")));
}
static void plant_event_off_the_numbering(void)
{
    TELL(T("XADD"), T(KEY_TEXT(":ev")), T("609-1"), T("e"), T("\xff"));
}
static void plant_garbage_in_registry(void)
{
    TELL(T("SADD"), T(KEY_REGISTRY), T("no{such}place"));
}

static const struct planted {
    const char *what; /* "ORDER" and "KEY" below stand for the names */
    void (*plant)(void);
    const char *expected[3]; /* lines among those said */
    uint64_t faults;
    bool rebuild_mends;
} planted[] = {
    { "an entry of an order that does not exist",
      plant_stale_entry,
      { "fault: " KEY_TEXT(":x:u:U01") ": 0CYV7K3M9Q2XGONE should not be there\n" },
      1,
      true },
    { "an index key that should not exist",
      plant_stale_key,
      { "fault: " KEY_TEXT(":x:u:U77") ": 0CYV7K3M9Q2X0000 should not be there\n" },
      1,
      true },
    { "an order missing from ALL",
      plant_missing_from_all,
      { "fault: " KEY_TEXT(":x:all") ": 0CYV7K3M9Q2X0002 is missing\n" },
      1,
      true },
    { "a clock missing from DUE",
      plant_missing_due,
      { "fault: " KEY_TEXT(":x:due") ": 0CYV7K3M9Q2X0001/5/1 is missing\n" },
      1,
      true },
    { "a whole index lost",
      plant_lost_index,
      { "fault: " KEY_TEXT(":x:wake") ": 0CYV7K3M9Q2X0000 is missing\n",
        "fault: " KEY_TEXT(":x:wake") ": 0CYV7K3M9Q2X0004 is missing\n" },
      5,
      true },
    { "an entry at a wrong place",
      plant_wrong_score,
      { "fault: " KEY_TEXT(":x:wake") ": 0CYV7K3M9Q2X0003 stands at 5, not at 1784078063123\n" },
      1,
      true },
    { "an index of another type",
      plant_index_of_another_type,
      { "fault: " KEY_TEXT(":x:urg") ": 0CYV7K3M9Q2X0001 is missing\n" },
      1,
      true },
    { "a history entry of another order",
      plant_changed_history,
      { "order 0CYV7K3M9Q2X0002: history entry 2 belongs to another order\n",
        "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n" },
      2,
      false },
    { "a changed history entry",
      plant_changed_actor,
      { "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n",
        "order 0CYV7K3M9Q2X0002: its record is not what its history says\n" },
      2,
      false },
    { "an unreadable history entry",
      plant_unreadable_history,
      { "order 0CYV7K3M9Q2X0002: history entry 2 cannot be read\n",
        "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n" },
      2,
      false },
    { "the last history entry lost",
      plant_lost_history_entry,
      { "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n",
        "order 0CYV7K3M9Q2X0002: its record is version 3, its history 2\n",
        "order 0CYV7K3M9Q2X0002: its record is not what its history says\n" },
      3,
      false },
    { "the first history entry lost",
      plant_first_history_entry_lost,
      { "order 0CYV7K3M9Q2X0002: history entry 1 starts from another state\n",
        "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n" },
      2,
      false },
    { "a history entry of another order in front",
      plant_history_entry_twice,
      { "order 0CYV7K3M9Q2X0000: has no history\n",
        "order 0CYV7K3M9Q2X0002: history entry 1 belongs to another order\n",
        "order 0CYV7K3M9Q2X0002: the hash chain over its history is broken\n" },
      3,
      false },
    { "a history lost",
      plant_lost_history,
      { "order 0CYV7K3M9Q2X0003: has no history\n" },
      1,
      false },
    { "a history of another type",
      plant_history_of_another_type,
      { "order 0CYV7K3M9Q2X0003: has no history\n" },
      1,
      false },
    { "a changed text",
      plant_changed_text,
      { "order 0CYV7K3M9Q2X0004: history entry 401 brought a text that was changed\n" },
      1,
      false },
    { "an unreadable text",
      plant_unreadable_text,
      { "order 0CYV7K3M9Q2X0004: history entry 401 brought a text that cannot be read\n" },
      1,
      false },
    { "a text lost",
      plant_lost_text,
      { "order 0CYV7K3M9Q2X0001: history entry 2 brought a text that is missing\n",
        "order 0CYV7K3M9Q2X0001: has 1 texts, its record says 2\n" },
      2,
      false },
    { "a text too many",
      plant_text_too_many,
      { "order 0CYV7K3M9Q2X0001: has 3 texts, its record says 2\n" },
      1,
      false },
    { "a changed record",
      plant_changed_record,
      { "order 0CYV7K3M9Q2X0001: its record is not what its history says\n" },
      1,
      false },
    { "a record of a wrong version",
      plant_wrong_version,
      { "order 0CYV7K3M9Q2X0001: its record is version 3, its history 2\n" },
      1,
      false },
    { "a garbage record",
      plant_garbage_record,
      { "order 0CYV7K3M9Q2X0001: its record cannot be read\n",
        "fault: " KEY_TEXT(":x:all") ": 0CYV7K3M9Q2X0001 should not be there\n" },
      0,
      false },
    { "a record shorter than its version",
      plant_short_record,
      { "order 0CYV7K3M9Q2X0001: its record cannot be read\n" },
      0,
      false },
    { "a record of another type",
      plant_record_of_another_type,
      { "order 0CYV7K3M9Q2X0001: its record cannot be read\n" },
      0,
      false },
    { "a record under another name",
      plant_record_under_another_name,
      { "order 0CYV7K3M9Q2XFFFF: its record cannot be read\n",
        "order 0CYV7K3M9Q2X0001: has a history and no record\n" },
      0,
      false },
    { "a record lost",
      plant_lost_record,
      { "order 0CYV7K3M9Q2X0001: has a history and no record\n",
        "order 0CYV7K3M9Q2X0001: has texts and no record\n",
        "order 0CYV7K3M9Q2X0001: has an identity and no record\n" },
      0,
      false },
    { "an identity without an order",
      plant_orphan_identity,
      { "order 0CYV7K3M9Q2XFFFF: has an identity and no record\n" },
      1,
      false },
    { "a key that is too long",
      plant_key_too_long,
      { KEY_TEXT(":o:0CYV7K3M9Q2X00000000000000000000000000") " is no key of ours\n" },
      1,
      false },
    { "a claim lost",
      plant_lost_claim,
      { "fault: " KEY_TEXT(":n:BS2026071500002") ": 0CYV7K3M9Q2X0002 is missing\n" },
      1,
      false },
    { "a claim that names another order",
      plant_claim_of_another,
      { KEY_TEXT(":n:BS2026071500002") ": order 0CYV7K3M9Q2X0001 does not have this number\n",
        KEY_TEXT(":n:BS2026071500002") ": 0CYV7K3M9Q2X0002 is missing\n" },
      2,
      false },
    { "a claim of a number that no order has",
      plant_claim_of_nobody,
      { KEY_TEXT(":n:BS2026071599999") ": order 0CYV7K3M9Q2X0001 does not have this number\n" },
      1,
      false },
    { "a gap in the events",
      plant_gap_in_events,
      { "events of " SUBDISTRICT ": after 299 comes 301\n" },
      1,
      false },
    { "the newest event lost",
      plant_newest_event_lost,
      { "events of " SUBDISTRICT ": the newest is 608, the counter 609\n" },
      1,
      false },
    { "a garbage event",
      plant_garbage_event,
      { "events of " SUBDISTRICT ": 610 cannot be read\n" },
      1,
      false },
    { "an event off the numbering",
      plant_event_off_the_numbering,
      { "events of " SUBDISTRICT ": 609-1 is no number\n" },
      1,
      false },
    { "garbage in the registry",
      plant_garbage_in_registry,
      { "fault: the registry names no{such}place, which cannot be a subdistrict\n" },
      1,
      false },
};

static void every_planted_fault_is_found_and_named(void **state)
{
    for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++) {
        setup_office(state);
        planted[i].plant();
        assert_int_equal(check_now(), 0);
        for (size_t k = 0; k < 3 && planted[i].expected[k]; k++) {
            if (!strstr(said, planted[i].expected[k]))
                fail_msg("%s: not said: %s\nsaid:\n%s", planted[i].what, planted[i].expected[k],
                         said);
        }
        if (report.faults == 0 || (planted[i].faults && report.faults != planted[i].faults))
            fail_msg("%s: %llu faults\n%s", planted[i].what, (unsigned long long)report.faults,
                     said);
    }
}

static void rebuild_mends_what_is_an_index(void **state)
{
    struct check_report rebuilt;

    setup_office(state);
    for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++) {
        if (planted[i].rebuild_mends)
            planted[i].plant();
    }
    assert_int_equal(check_now(), 0);
    assert_true(report.faults >= 6);
    assert_int_equal(storage_rebuild(tool, hear, &report, &rebuilt), 0);
    assert_int_equal(rebuilt.orders, ORDERS);
    assert_int_equal(rebuilt.faults, 0);
    assert_int_equal(check_now(), 0);
    if (report.faults)
        fail_msg("after the rebuild:\n%s", said);
    assert_int_equal(report.index_entries, rebuilt.index_entries);
}

static void rebuild_says_which_orders_it_cannot_read(void **state)
{
    struct check_report rebuilt;

    (void)state;
    plant_garbage_record();
    said[0] = '\0';
    assert_int_equal(storage_rebuild(tool, hear, &report, &rebuilt), 0);
    assert_int_equal(rebuilt.faults, 1);
    assert_int_equal(rebuilt.orders, ORDERS - 1);
    assert_non_null(strstr(said, "fault: order 0CYV7K3M9Q2X0001: its record cannot be read\n"));
    assert_int_equal(check_now(), 0);
    assert_null(strstr(said, "should not be there")); /* its entries are gone */
}

static void without_memory_check_and_rebuild_say_so(void **state)
{
    struct check_report rebuilt;
    uint64_t n = 0;
    int r;

    (void)state;
    do { /* sparse: a check makes tens of thousands of allocations */
        n += 1 + n / 3;
        said[0] = '\0';
        memory_fail_at(n);
        r = storage_check(tool, hear, &report, &report);
        assert_true(r == 0 || r == -ENOMEM || r == -ENOTCONN);
    } while (r < 0);
    memory_fail_at(0);
    assert_int_equal(report.faults, 0);
    for (n = 1, r = -1; r < 0; n += 1 + n / 3) {
        memory_fail_at(n);
        r = storage_rebuild(tool, hear, &report, &rebuilt);
        assert_true(r == 0 || r == -ENOMEM || r == -ENOTCONN);
    }
    memory_fail_at(0);
    assert_int_equal(check_now(), 0);
    assert_int_equal(report.faults, 0);
}

static void without_redis_check_says_so(void **state)
{
    (void)state;
    redis = embedded_redis_stop(redis);
    assert_int_equal(check_now(), -ENOTCONN);
    assert_int_equal(storage_rebuild(tool, hear, &report, &report), -ENOTCONN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_is_clean),
        cmocka_unit_test_setup(an_office_is_clean_and_everything_is_counted, setup_office),
        cmocka_unit_test_setup(two_subdistricts_do_not_get_in_each_others_way, setup_office),
        cmocka_unit_test(every_planted_fault_is_found_and_named),
        cmocka_unit_test(rebuild_mends_what_is_an_index),
        cmocka_unit_test_setup(rebuild_says_which_orders_it_cannot_read, setup_office),
        cmocka_unit_test_setup(without_memory_check_and_rebuild_say_so, setup_office),
        cmocka_unit_test(without_redis_check_says_so),
    };

    return cmocka_run_group_tests(tests, setup_redis, teardown_redis);
}
