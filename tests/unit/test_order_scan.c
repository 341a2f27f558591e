/*
 * test_order_scan.c - a scan of indexes that change under it, on a real Redis: what stands there all
 * the while is seen exactly once, and in order. Entries come and go between batches at random, and
 * the scan goes on in new requests from where the old ones ended. Prints its seed; takes one.
 */
#include "tests/unit/test_storage.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/memory.h"
#include "service/order_scan.h"

#include "base/base.h"

#define TOWN "310113003"

enum {
    ORDERS_MAX = 900,
    SOURCES_MAX = 4,
    SCORES = 7, /* few: most entries share one */
    ROUNDS = 24,
    ARENA_BYTES_MAX = 32 << 20,
    OTHER_KIND = CLOCK_TAKE, /* clocks that the scan passes over */
};

/* a random source that repeats */
static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

/* the world ------------------------------------------------------------------------------------ */

struct entry {
    char id[ORDER_ID_BYTES];
    int64_t score;
    uint32_t sources;     /* set of those it stands in */
    bool present, stable; /* stable: there from the first batch to the last */
    int seen;
};

struct world {
    struct place place;
    struct embedded_redis *redis;
    struct redis_tool *tool;
    struct loop *loop;
    struct office *office;
    pthread_t thread;
    struct office_settings settings;
    struct office_clock clock;
    struct entry orders[ORDERS_MAX];
    size_t n_orders;
    struct order_plan plan;
    struct arena arena;
    struct order_scan scan;
    struct loop_job job;
    size_t batch;
    int status;
    sem_t arrived;
};

static struct world *world;

static void *run_loop(void *loop)
{
    loop_run(loop);
    return NULL;
}

static int open_world(void **state)
{
    static const char *const codes[] = { TOWN, NULL };
    struct embedded_redis_options options;

    (void)state;
    world = memory_alloc(sizeof(*world));
    assert_non_null(world);
    place_make(&world->place);
    options = (struct embedded_redis_options){ .directory = world->place.path };
    assert_int_equal(embedded_redis_start(&options, &world->redis), 0);
    world->settings.clock = &world->clock;
    world->settings.subdistricts = codes;
    world->settings.redis.unix_path = embedded_redis_socket(world->redis);
    world->settings.redis.command_timeout_ms = PATIENCE_MS;
    assert_int_equal(loop_create(&world->loop), 0);
    assert_int_equal(office_create(world->loop, &world->settings, &world->office), 0);
    assert_int_equal(pthread_create(&world->thread, NULL, run_loop, world->loop), 0);
    world->tool = tool_at(world->settings.redis.unix_path);
    sem_init(&world->arrived, 0, 0);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    loop_stop(world->loop);
    pthread_join(world->thread, NULL);
    office_free(world->office);
    loop_free(world->loop);
    redis_tool_close(world->tool);
    embedded_redis_stop(world->redis);
    place_remove(&world->place);
    sem_destroy(&world->arrived);
    arena_release(&world->arena);
    world = memory_free(world);
    return 0;
}

/* entries -------------------------------------------------------------------------------------- */

/* Puts an entry into its sources, or takes it out of all. */
static void entry_write(const struct entry *entry, bool there)
{
    char score[24], member[40];

    (void)snprintf(score, sizeof(score), "%" PRId64, entry->score);
    (void)snprintf(member, sizeof(member), "%s%s", entry->id, world->plan.by_due ? "/6/1" : "");
    for (size_t i = 0; i < world->plan.n_sources; i++) {
        const struct key *key = &world->plan.sources[i];

        if (!(entry->sources & (1u << i)))
            continue;
        if (there)
            (void)ASK_INTEGER(world->tool, "ZADD", key->text, score, member);
        else
            (void)ASK_INTEGER(world->tool, "ZREM", key->text, member);
    }
}

/* A clock of another kind at the same instant, which belongs to nobody's list. */
static void write_other_kind(const struct entry *entry)
{
    char score[24], member[40];

    (void)snprintf(score, sizeof(score), "%" PRId64, entry->score);
    (void)snprintf(member, sizeof(member), "%s/%d/1", entry->id, OTHER_KIND);
    (void)ASK_INTEGER(world->tool, "ZADD", world->plan.sources[0].text, score, member);
}

static void make_entry(bool stable)
{
    struct entry *entry = &world->orders[world->n_orders];
    size_t n = world->plan.n_sources;

    /* ids in no order of their making */
    (void)snprintf(entry->id, sizeof(entry->id), "%08" PRIX32 "%08zX",
                   random_below(UINT32_C(0x7fffffff)), world->n_orders);
    entry->score = 1000 + random_below(SCORES);
    entry->sources = 1u << random_below((uint32_t)n);
    if (random_below(3) == 0)
        entry->sources |= 1u << random_below((uint32_t)n);
    entry->present = true;
    entry->stable = stable;
    entry->seen = 0;
    world->n_orders++;
    entry_write(entry, true);
    if (world->plan.by_due && random_below(2) == 0)
        write_other_kind(entry);
}

static void some_come_and_go(void)
{
    for (int i = 0; i < 6 && world->n_orders < ORDERS_MAX; i++) {
        struct entry *entry = &world->orders[random_below((uint32_t)world->n_orders)];

        if (random_below(2) == 0) {
            make_entry(false);
        } else if (entry->present) {
            entry->present = entry->stable = false;
            entry_write(entry, false);
        }
    }
}

/* scanning ------------------------------------------------------------------------------------- */

static void scan_arrived(struct order_scan *scan, int status)
{
    (void)scan;
    world->status = status;
    sem_post(&world->arrived);
}

static void scan_go(struct loop_job *job)
{
    (void)job;
    order_scan_next(&world->scan, world->batch);
}

static void scan_begin(const struct page_position *behind)
{
    arena_release(&world->arena);
    arena_init(&world->arena, ARENA_BYTES_MAX);
    world->scan = (struct order_scan){
        .office = world->office,
        .subdistrict = TOWN,
        .plan = &world->plan,
        .clock = CLOCK_HANDLE,
        .arena = &world->arena,
        .deadline_ms = machine_ms() + PATIENCE_MS,
        .done = scan_arrived,
    };
    if (behind)
        assert_true(order_scan_continue(&world->scan, behind));
}

static void scan_next(size_t batch)
{
    world->batch = batch;
    world->job.run = scan_go;
    loop_post(world->loop, &world->job);
    while (sem_wait(&world->arrived) < 0)
        assert_int_equal(errno, EINTR);
    assert_int_equal(world->status, 0);
}

static struct entry *entry_of(const char *id)
{
    for (size_t i = 0; i < world->n_orders; i++)
        if (strcmp(world->orders[i].id, id) == 0)
            return &world->orders[i];
    fail_msg("an order nobody made: %s", id);
    return NULL;
}

static void see(const struct scan_entry *got, const char *id, struct scan_entry *last)
{
    struct entry *entry = entry_of(id);
    int compared = (got->score > last->score) - (got->score < last->score);

    if (compared == 0)
        compared = strcmp(got->member, last->member);
    if (last->member[0])
        assert_true(world->plan.by_due ? compared > 0 : compared < 0);
    assert_int_equal(entry->score, got->score);
    assert_true(got->score >= world->plan.from_ms);
    assert_true(!world->plan.before_ms || got->score < world->plan.before_ms);
    entry->seen++;
    *last = *got;
}

/* Scans all, in batches of any size and requests of any length. */
static void scan_all(bool changing)
{
    struct scan_entry last = { 0 };
    struct page_position position;

    scan_begin(NULL);
    while (!world->scan.ended) {
        scan_next(1 + random_below(SCAN_BATCH_MAX));
        for (size_t i = 0; i < world->scan.count; i++)
            see(&world->scan.entries[i], world->scan.ids[i], &last);
        if (changing)
            some_come_and_go();
        if (world->scan.n_looked > 0 && !world->scan.ended && random_below(3) == 0) {
            order_scan_place(&world->scan.last, &position);
            scan_begin(&position);
        }
    }
}

static void check_seen(void)
{
    const struct order_plan *plan = &world->plan;

    for (size_t i = 0; i < world->n_orders; i++) {
        const struct entry *entry = &world->orders[i];
        bool wanted = entry->stable && entry->score >= plan->from_ms &&
                      (!plan->before_ms || entry->score < plan->before_ms);

        assert_in_range(entry->seen, wanted, 1);
    }
}

static void one_round(bool by_due, size_t n_sources, bool ranged, bool changing)
{
    size_t n = random_below(ORDERS_MAX - 200);

    (void)tool_ask(world->tool, "FLUSHALL", NULL);
    memset(world->orders, 0, sizeof(world->orders));
    world->n_orders = 0;
    memset(&world->plan, 0, sizeof(world->plan));
    world->plan.by_due = by_due;
    world->plan.n_sources = n_sources;
    for (size_t i = 0; i < n_sources; i++)
        world->plan.sources[i] = key_of_number(KEY_UNIT, TOWN, (int64_t)i);
    if (ranged) {
        world->plan.from_ms = 1000 + random_below(SCORES);
        world->plan.before_ms = world->plan.from_ms + 1 + random_below(SCORES);
    }
    for (size_t i = 0; i < n; i++)
        make_entry(true);
    scan_all(changing);
    check_seen();
}

static void rounds(bool by_due, size_t n_sources)
{
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < ROUNDS; i++)
        one_round(by_due, n_sources, i % 2, i % 3 != 0);
}

static void a_list_by_receipt_shows_each_order_once(void **state)
{
    (void)state;
    rounds(false, 1);
}

static void a_union_shows_each_order_once(void **state)
{
    (void)state;
    rounds(false, SOURCES_MAX);
}

static void a_list_by_due_instant_shows_each_order_once(void **state)
{
    (void)state;
    rounds(true, 1);
}

/* what is given up ------------------------------------------------------------------------------ */

static void a_sieve_lets_its_own_orders_pass(void **state)
{
    struct scan_entry last = { 0 };
    struct key sieve = key_of(KEY_UNIT, TOWN, "sieve");
    size_t passed = 0;

    (void)state;
    one_round(true, 1, false, false);
    for (size_t i = 0; i < world->n_orders; i++) {
        world->orders[i].seen = 0;
        if (i % 5 == 0)
            (void)ASK_INTEGER(world->tool, "ZADD", sieve.text, "1", world->orders[i].id);
    }
    world->plan.sieve[0] = sieve;
    world->plan.n_sieve = 1;
    scan_begin(NULL);
    while (!world->scan.ended) {
        scan_next(SCAN_BATCH_MAX);
        for (size_t i = 0; i < world->scan.count; i++, passed++)
            see(&world->scan.entries[i], world->scan.ids[i], &last);
    }
    assert_int_equal(passed, (world->n_orders + 4) / 5);
    for (size_t i = 0; i < world->n_orders; i++)
        assert_int_equal(world->orders[i].seen, i % 5 == 0);
}

static void a_plan_without_sources_ends_at_once(void **state)
{
    (void)state;
    memset(&world->plan, 0, sizeof(world->plan));
    scan_begin(NULL);
    scan_next(1);
    assert_int_equal(world->scan.count, 0);
    assert_true(world->scan.ended);
}

static void a_place_that_is_none_is_refused(void **state)
{
    struct page_position none = { .score = 1 }, too_long = { .score = 1 };
    struct order_scan scan = { 0 };

    (void)state;
    memset(too_long.member, 'x', SCAN_MEMBER_BYTES);
    assert_false(order_scan_continue(&scan, &none));
    assert_false(order_scan_continue(&scan, &too_long));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_by_receipt_shows_each_order_once),
        cmocka_unit_test(a_union_shows_each_order_once),
        cmocka_unit_test(a_list_by_due_instant_shows_each_order_once),
        cmocka_unit_test(a_sieve_lets_its_own_orders_pass),
        cmocka_unit_test(a_plan_without_sources_ends_at_once),
        cmocka_unit_test(a_place_that_is_none_is_refused),
    };

    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260715;
    return cmocka_run_group_tests(tests, open_world, close_world);
}
