/*
 * test_record_check.c - hotlined --check and --rebuild on a real Redis: a small office is clean;
 * each fault planted in it is found and named; rebuild mends what is an index.
 */
#include "tests/unit/test_storage.h"

#include "base/memory.h"
#include "storage/record/check.h"
#include "tests/support/record_office.h"

enum { SAID_BYTES = 1 << 16 };
#define SUBDISTRICT "310113-yy"
#define OTHER "310113-zz"
#define KEY_TEXT(shape) "h{" SUBDISTRICT "}" shape
#define ASK_REDIS(...) tool_ask(tool, __VA_ARGS__, NULL)

static struct place place;
static struct embedded_redis *redis;
static struct redis_tool *tool;

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
    ASK_REDIS("FLUSHALL");
    office_write(tool, SUBDISTRICT);
    return 0;
}

static void an_empty_database_is_clean(void **state)
{
    (void)state;
    ASK_REDIS("FLUSHALL");
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
    assert_int_equal(report.orders, OFFICE_ORDERS);
    assert_int_equal(report.history_entries, OFFICE_ENTRIES);
    assert_int_equal(report.events, OFFICE_ENTRIES);
    assert_int_equal(report.texts, OFFICE_TEXTS);
    /* ALL, STATE, PHONE, WAKE; DUE and REMIND of CONTACT, ORDER and one TAKE; UNIT; URGENT */
    assert_int_equal(report.index_entries, 5 * 4 + 2 * 11 + 4 * 2 + 1);
}

static void two_subdistricts_do_not_get_in_each_others_way(void **state)
{
    (void)state;
    office_write(tool, OTHER);
    assert_int_equal(check_now(), 0);
    assert_int_equal(report.faults, 0);
    assert_int_equal(report.orders, 2 * OFFICE_ORDERS);
}

/* --- planted faults --------------------------------------------------------------------------- */

/* Turns one bit of an element of a list. */
static void turn_bit(const char *key, const char *index, size_t byte)
{
    uint8_t copy[1024];
    struct slice bytes = answer_bytes(ASK_REDIS("LINDEX", key, index));

    assert_true(bytes.size > byte && bytes.size <= sizeof(copy));
    memcpy(copy, bytes.data, bytes.size);
    copy[byte] ^= 1;
    assert_non_null(
        redis_tool_ask(tool,
                       (struct slice[]){ slice_text("LSET"), slice_text(key), slice_text(index),
                                         slice_of(copy, bytes.size) },
                       4));
}

static void turn_bit_of_the_orders_name(void)
{
    turn_bit(KEY_TEXT(":h:" OFFICE_ORDER(2)), "1", 3);
}

static void turn_bit_of_the_actor(void)
{
    static const char key[] = KEY_TEXT(":h:" OFFICE_ORDER(2));
    struct slice bytes = answer_bytes(ASK_REDIS("LINDEX", key, "2"));
    const uint8_t *name = memmem(bytes.data, bytes.size, "specialist", 10);

    assert_non_null(name);
    turn_bit(key, "2", (size_t)(name - bytes.data));
}

static void turn_bit_of_the_salt(void)
{
    turn_bit(KEY_TEXT(":t:" OFFICE_ORDER(4)), "200", 5);
}

static void move_to_another_grid(void)
{
    struct order order;

    office_load(tool, SUBDISTRICT, OFFICE_ORDER(1), &order);
    (void)snprintf(order.grid, GRID_BYTES, "elsewhere");
    office_store(tool, SUBDISTRICT, &order);
}

static void count_the_version_up(void)
{
    struct order order;

    office_load(tool, SUBDISTRICT, OFFICE_ORDER(1), &order);
    order.version++;
    office_store(tool, SUBDISTRICT, &order);
}

/* One fault: Redis commands or a function that plant it; lines that check must say; how many
 * faults it is (0 = several); whether rebuild mends it. */
struct planted {
    const char *what;
    const char *redis[2][8];
    void (*plant)(void);
    const char *lines[3];
    uint64_t faults;
    bool rebuild_mends;
};

#define IN_ORDER(n, text) "fault: order " OFFICE_ORDER(n) ": " text "\n"
#define IN_KEY(shape, text) "fault: " KEY_TEXT(shape) ": " text "\n"
#define IN_EVENTS(text) "fault: events of " SUBDISTRICT ": " text "\n"
#define CHAIN_BROKEN "the hash chain over its history is broken"
#define NOT_WHAT_IT_SAYS "its record is not what its history says"
#define GARBAGE "\xff\xff\xff"

/* clang-format off */
static const struct planted planted[] = {
    /* --- indexes --- */
    { "an entry of an order that does not exist",
      { { "ZADD", KEY_TEXT(":x:u:U01"), "1", "0CYV7K3M9Q2XGONE" } }, NULL,
      { IN_KEY(":x:u:U01", "0CYV7K3M9Q2XGONE should not be there") }, 1, true },
    { "an index key that should not exist",
      { { "ZADD", KEY_TEXT(":x:u:U77"), "1", OFFICE_ORDER(0) } }, NULL,
      { IN_KEY(":x:u:U77", OFFICE_ORDER(0) " should not be there") }, 1, true },
    { "an order missing from ALL",
      { { "ZREM", KEY_TEXT(":x:all"), OFFICE_ORDER(2) } }, NULL,
      { IN_KEY(":x:all", OFFICE_ORDER(2) " is missing") }, 1, true },
    { "a clock missing from DUE",
      { { "ZREM", KEY_TEXT(":x:due"), OFFICE_ORDER(1) "/5/1" } }, NULL,
      { IN_KEY(":x:due", OFFICE_ORDER(1) "/5/1 is missing") }, 1, true },
    { "a whole index lost",
      { { "DEL", KEY_TEXT(":x:ph:00000000000000000000000000000000") } }, NULL,
      { IN_KEY(":x:ph:00000000000000000000000000000000", OFFICE_ORDER(0) " is missing"),
        IN_KEY(":x:ph:00000000000000000000000000000000", OFFICE_ORDER(1) " is missing") },
      2, true },
    { "an entry at a wrong place",
      { { "ZADD", KEY_TEXT(":x:wake"), "5", OFFICE_ORDER(3) } }, NULL,
      { IN_KEY(":x:wake", OFFICE_ORDER(3) " stands at 5, not at 1784078063123") }, 1, true },
    { "an index of another type",
      { { "DEL", KEY_TEXT(":x:urg") }, { "SET", KEY_TEXT(":x:urg"), "x" } }, NULL,
      { IN_KEY(":x:urg", OFFICE_ORDER(1) " is missing") }, 1, true },
    /* --- histories --- */
    { "a history entry that names another order", { { 0 } }, turn_bit_of_the_orders_name,
      { IN_ORDER(2, "history entry 2 belongs to another order"), IN_ORDER(2, CHAIN_BROKEN) },
      2, false },
    { "a changed history entry", { { 0 } }, turn_bit_of_the_actor,
      { IN_ORDER(2, CHAIN_BROKEN), IN_ORDER(2, NOT_WHAT_IT_SAYS) }, 2, false },
    { "an unreadable history entry",
      { { "LSET", KEY_TEXT(":h:" OFFICE_ORDER(2)), "1", GARBAGE } }, NULL,
      { IN_ORDER(2, "history entry 2 cannot be read"), IN_ORDER(2, CHAIN_BROKEN) }, 2, false },
    { "the last history entry lost",
      { { "RPOP", KEY_TEXT(":h:" OFFICE_ORDER(2)) } }, NULL,
      { IN_ORDER(2, CHAIN_BROKEN), IN_ORDER(2, "its record is version 3, its history 2"),
        IN_ORDER(2, NOT_WHAT_IT_SAYS) }, 3, false },
    { "the first history entry lost",
      { { "LPOP", KEY_TEXT(":h:" OFFICE_ORDER(2)) } }, NULL,
      { IN_ORDER(2, "history entry 1 starts from another state"), IN_ORDER(2, CHAIN_BROKEN) },
      2, false },
    { "a history entry in the wrong history",
      { { "RPOPLPUSH", KEY_TEXT(":h:" OFFICE_ORDER(0)), KEY_TEXT(":h:" OFFICE_ORDER(2)) } }, NULL,
      { IN_ORDER(0, "has no history"), IN_ORDER(2, "history entry 1 belongs to another order"),
        IN_ORDER(2, CHAIN_BROKEN) }, 3, false },
    { "a history entry twice",
      { { "RPOPLPUSH", KEY_TEXT(":h:" OFFICE_ORDER(0)), KEY_TEXT(":h:" OFFICE_ORDER(0)) },
        { "COPY", KEY_TEXT(":h:" OFFICE_ORDER(1)), KEY_TEXT(":h:" OFFICE_ORDER(0)), "REPLACE" } },
      NULL, { IN_ORDER(0, "history entry 1 belongs to another order"), IN_ORDER(0, CHAIN_BROKEN) },
      2, false },
    { "a history lost",
      { { "DEL", KEY_TEXT(":h:" OFFICE_ORDER(3)) } }, NULL,
      { IN_ORDER(3, "has no history") }, 1, false },
    { "a history of another type",
      { { "SET", KEY_TEXT(":h:" OFFICE_ORDER(3)), "x" } }, NULL,
      { IN_ORDER(3, "has no history") }, 1, false },
    /* --- texts --- */
    { "a changed text", { { 0 } }, turn_bit_of_the_salt,
      { IN_ORDER(4, "history entry 401 brought a text that was changed") }, 1, false },
    { "an unreadable text",
      { { "LSET", KEY_TEXT(":t:" OFFICE_ORDER(4)), "200", GARBAGE } }, NULL,
      { IN_ORDER(4, "history entry 401 brought a text that cannot be read") }, 1, false },
    { "a text lost",
      { { "RPOP", KEY_TEXT(":t:" OFFICE_ORDER(1)) } }, NULL,
      { IN_ORDER(1, "history entry 2 brought a text that is missing"),
        IN_ORDER(1, "has 1 texts, its record says 2") }, 2, false },
    { "a text too many",
      { { "RPUSH", KEY_TEXT(":t:" OFFICE_ORDER(1)), "x" } }, NULL,
      { IN_ORDER(1, "has 3 texts, its record says 2") }, 1, false },
    /* --- records --- */
    { "a changed record", { { 0 } }, move_to_another_grid,
      { IN_ORDER(1, NOT_WHAT_IT_SAYS) }, 1, false },
    { "a record of a wrong version", { { 0 } }, count_the_version_up,
      { IN_ORDER(1, "its record is version 3, its history 2") }, 1, false },
    { "a garbage record",
      { { "SET", KEY_TEXT(":o:" OFFICE_ORDER(1)), "12345678" GARBAGE } }, NULL,
      { IN_ORDER(1, "its record cannot be read"),
        IN_KEY(":x:all", OFFICE_ORDER(1) " should not be there") }, 0, false },
    { "a record shorter than its version",
      { { "SET", KEY_TEXT(":o:" OFFICE_ORDER(1)), "1234" } }, NULL,
      { IN_ORDER(1, "its record cannot be read") }, 0, false },
    { "a record of another type",
      { { "DEL", KEY_TEXT(":o:" OFFICE_ORDER(1)) },
        { "SADD", KEY_TEXT(":o:" OFFICE_ORDER(1)), "x" } }, NULL,
      { IN_ORDER(1, "its record cannot be read") }, 0, false },
    { "a record under another name",
      { { "RENAME", KEY_TEXT(":o:" OFFICE_ORDER(1)), KEY_TEXT(":o:" OFFICE_ORDER(9)) } }, NULL,
      { IN_ORDER(9, "its record cannot be read"), IN_ORDER(1, "has a history and no record") },
      0, false },
    { "a record lost",
      { { "DEL", KEY_TEXT(":o:" OFFICE_ORDER(1)) } }, NULL,
      { IN_ORDER(1, "has a history and no record"), IN_ORDER(1, "has texts and no record"),
        IN_ORDER(1, "has an identity and no record") }, 0, false },
    { "an identity without an order",
      { { "SET", KEY_TEXT(":i:" OFFICE_ORDER(9)), "x" } }, NULL,
      { IN_ORDER(9, "has an identity and no record") }, 1, false },
    { "a key that is too long",
      { { "SET", KEY_TEXT(":o:" OFFICE_ORDER(0) "0"), "x" } }, NULL,
      { "fault: " KEY_TEXT(":o:" OFFICE_ORDER(0) "0") " is no key of ours\n" }, 1, false },
    /* --- claims --- */
    { "a claim lost",
      { { "DEL", KEY_TEXT(":n:BS2026071500002") } }, NULL,
      { IN_KEY(":n:BS2026071500002", OFFICE_ORDER(2) " is missing") }, 1, false },
    { "a claim that names another order",
      { { "SET", KEY_TEXT(":n:BS2026071500002"), OFFICE_ORDER(1) } }, NULL,
      { IN_KEY(":n:BS2026071500002", "order " OFFICE_ORDER(1) " does not have this number"),
        IN_KEY(":n:BS2026071500002", OFFICE_ORDER(2) " is missing") }, 2, false },
    { "a claim of a number that no order has",
      { { "SET", KEY_TEXT(":n:BS2026071599999"), OFFICE_ORDER(1) } }, NULL,
      { IN_KEY(":n:BS2026071599999", "order " OFFICE_ORDER(1) " does not have this number") },
      1, false },
    /* --- events --- */
    { "a gap in the events",
      { { "XDEL", KEY_TEXT(":ev"), "300-0" } }, NULL,
      { IN_EVENTS("after 299 comes 301") }, 1, false },
    { "the newest event lost",
      { { "XDEL", KEY_TEXT(":ev"), "609-0" } }, NULL,
      { IN_EVENTS("the newest is 608, the counter 609") }, 1, false },
    { "a garbage event",
      { { "XADD", KEY_TEXT(":ev"), "610-0", "e", GARBAGE }, { "INCR", KEY_TEXT(":sq") } }, NULL,
      { IN_EVENTS("610 cannot be read") }, 1, false },
    { "an event off the numbering",
      { { "XADD", KEY_TEXT(":ev"), "609-1", "e", GARBAGE } }, NULL,
      { IN_EVENTS("609-1 is no number") }, 1, false },
    { "garbage in the registry",
      { { "SADD", KEY_REGISTRY, "no{such}place" } }, NULL,
      { "fault: the registry names no{such}place, which cannot be a subdistrict\n" }, 1, false },
};
/* clang-format on */

static void plant(const struct planted *fault)
{
    for (size_t i = 0; i < COUNT_OF(fault->redis) && fault->redis[i][0]; i++) {
        const char *const *w = fault->redis[i];
        const struct answer *answer = ASK_REDIS(w[0], w[1], w[2], w[3], w[4], w[5]);

        if (answer_kind(answer) == ANSWER_ERROR)
            fail_msg("%s: %s", fault->what, (const char *)answer_bytes(answer).data);
    }
    if (fault->plant)
        fault->plant();
}

static void every_planted_fault_is_found_and_named(void **state)
{
    for (const struct planted *fault = planted; fault < planted + COUNT_OF(planted); fault++) {
        setup_office(state);
        plant(fault);
        assert_int_equal(check_now(), 0);
        for (size_t i = 0; i < COUNT_OF(fault->lines) && fault->lines[i]; i++) {
            if (!strstr(said, fault->lines[i]))
                fail_msg("%s: not said: %s\nsaid:\n%s", fault->what, fault->lines[i], said);
        }
        if (report.faults == 0 || (fault->faults && report.faults != fault->faults))
            fail_msg("%s: %llu faults\n%s", fault->what, (unsigned long long)report.faults, said);
    }
}

static void rebuild_mends_what_is_an_index(void **state)
{
    struct check_report rebuilt;

    setup_office(state);
    for (size_t i = 0; i < COUNT_OF(planted); i++) {
        if (planted[i].rebuild_mends)
            plant(&planted[i]);
    }
    assert_int_equal(check_now(), 0);
    assert_true(report.faults >= 7);
    assert_int_equal(storage_rebuild(tool, hear, &report, &rebuilt), 0);
    assert_int_equal(rebuilt.orders, OFFICE_ORDERS);
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
    ASK_REDIS("SET", KEY_TEXT(":o:" OFFICE_ORDER(1)), "12345678" GARBAGE);
    said[0] = '\0';
    assert_int_equal(storage_rebuild(tool, hear, &report, &rebuilt), 0);
    assert_int_equal(rebuilt.faults, 1);
    assert_int_equal(rebuilt.orders, OFFICE_ORDERS - 1);
    assert_non_null(strstr(said, IN_ORDER(1, "its record cannot be read")));
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
