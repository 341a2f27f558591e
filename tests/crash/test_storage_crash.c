/*
 * kill -9 of Redis under load, with accounting.
 *
 * Every writer owns one order and commits to it again and again: version, history entry, index
 * entry, event, request result. It notes what was acknowledged. A commit whose outcome is unknown
 * is sent again as it was, as a client would. At the end every acknowledged commit is there
 * exactly once, and the ones under way at the end are there whole or not at all.
 */
#include "tests/unit/test_storage.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>

#include "base/base.h"

#define TOWN "440305001"

enum { WRITERS = 32, ROUNDS = 30, ACKS_A_ROUND_MIN = 50, ACKS_A_ROUND_MAX = 400 };

struct load;

struct writer {
    struct load *load;
    struct commit_ask ask;
    char order[16], entry[32], member[16];
    uint8_t request[REQUEST_KEY_BYTES];
    struct commit_record record;
    struct commit_append append;
    struct commit_index index;
    struct commit commit;
    uint64_t acknowledged; /* the version that Redis confirmed last */
};

struct load {
    struct loop_job start;
    struct store store;
    unsigned int seed;
    struct writer writers[WRITERS];
    _Atomic int acks, acks_wanted;
    sem_t reached;
    uint64_t replays, unknowns;
};

/* --- writing (the loop's thread) --------------------------------------------------------------------- */

static void writer_send(struct writer *w)
{
    /* A few commits are impatient, so that outcomes are unknown to the caller, not only to the
     * link. Only a few: each one drops the connection. */
    int patience_ms = rand_r(&w->load->seed) % 64 ? PATIENCE_MS : 1 + rand_r(&w->load->seed) % 20;

    w->ask.ask.deadline_ms = machine_ms() + patience_ms;
    must(commit_ask(w->load->store.lane.link, &w->ask, &w->commit) == 0);
}

/* The commit that brings the order from the acknowledged version to the next. */
static void writer_next(struct writer *w)
{
    uint64_t next = w->acknowledged + 1;

    snprintf(w->entry, sizeof(w->entry), "%s/%" PRIu64, w->order, next);
    memset(w->request, 0, sizeof(w->request));
    memcpy(w->request, w->entry, strlen(w->entry));
    w->record = (struct commit_record){ .key = key_of(KEY_ORDER, TOWN, w->order),
                                        .expected_version = w->acknowledged,
                                        .bytes = slice_text(w->entry) };
    w->append = (struct commit_append){ .key = key_of(KEY_HISTORY, TOWN, w->order),
                                        .bytes = slice_text(w->entry) };
    w->index = (struct commit_index){ .key = key_of(KEY_ALL, TOWN, ""),
                                      .member = slice_text(w->order),
                                      .score = (double)next };
    w->commit = (struct commit){ .subdistrict = TOWN,
                                 .request_key = slice_of(w->request, REQUEST_KEY_BYTES),
                                 .body_digest = slice_of(w->request, BODY_DIGEST_BYTES),
                                 .result = slice_text(w->entry),
                                 .results_month = 202403,
                                 .event = slice_text(w->entry),
                                 .records = &w->record,
                                 .n_records = 1,
                                 .appends = &w->append,
                                 .n_appends = 1,
                                 .index = &w->index,
                                 .n_index = 1 };
    writer_send(w);
}

static void writer_answered(struct commit_ask *ask, int status,
                            const struct commit_outcome *outcome)
{
    struct writer *w = CONTAINER_OF(ask, struct writer, ask);
    struct load *load = w->load;

    if (status == -ECANCELED)
        return; /* the end */
    if (status < 0) {
        must(status == -EINPROGRESS || status == -ETIMEDOUT || status == -EAGAIN);
        load->unknowns += status == -EINPROGRESS;
        writer_send(w);
        return;
    }
    must(outcome->verdict == COMMIT_DONE || outcome->verdict == COMMIT_REPLAYED);
    load->replays += outcome->verdict == COMMIT_REPLAYED;
    w->acknowledged++;
    if (atomic_fetch_add(&load->acks, 1) + 1 >= atomic_load(&load->acks_wanted)) {
        atomic_store(&load->acks_wanted, INT_MAX);
        sem_post(&load->reached);
    }
    writer_next(w);
}

static void load_start(struct loop_job *job)
{
    struct load *load = CONTAINER_OF(job, struct load, start);

    for (int i = 0; i < WRITERS; i++) {
        struct writer *w = &load->writers[i];

        w->load = load;
        w->ask.done = writer_answered;
        snprintf(w->order, sizeof(w->order), "order%02d", i);
        writer_next(w);
    }
}

/* --- accounting (the test's thread) ------------------------------------------------------------------- */

/* The order is whole at the acknowledged version or the one that was under way; which one. */
static uint64_t assert_order_whole(struct load *load, const struct writer *w)
{
    struct redis_tool *tool = load->store.tool;
    struct key order = key_of(KEY_ORDER, TOWN, w->order), all = key_of(KEY_ALL, TOWN, "");
    struct key history = key_of(KEY_HISTORY, TOWN, w->order);
    struct key results = key_of_number(KEY_RESULTS, TOWN, 202403);
    uint64_t version = 0;
    struct slice bytes;
    const struct answer *entries;

    record_split(answer_bytes(tool_ask(tool, "GET", order.text, NULL)), &version, &bytes);
    assert_in_range(version, w->acknowledged, w->acknowledged + 1);
    assert_int_equal(ASK_INTEGER(tool, "ZSCORE", all.text, w->order), version);
    entries = tool_ask(tool, "LRANGE", history.text, "0", "-1", NULL);
    assert_int_equal(answer_count(entries), version);
    for (uint64_t i = 0; i < version; i++) {
        char expected[32];

        snprintf(expected, sizeof(expected), "%s/%" PRIu64, w->order, i + 1);
        assert_slice(answer_bytes(answer_at(entries, i)), expected);
    }
    for (uint64_t i = 1; i <= version + 1; i++) {
        char request[REQUEST_KEY_BYTES + 1] = "";
        struct slice words[] = { slice_text("HEXISTS"), key_slice(&results),
                                 slice_of(request, REQUEST_KEY_BYTES) };

        snprintf(request, sizeof(request), "%s/%" PRIu64, w->order, i);
        assert_int_equal(answer_integer(redis_tool_ask(tool, words, 3)), i <= version);
    }
    return version;
}

/* Every commit has one event, numbered without a gap, and those of an order are in order. */
static void assert_events_complete(struct load *load, uint64_t commits)
{
    struct key events = key_of(KEY_EVENTS, TOWN, "");
    const struct answer *entries =
        tool_ask(load->store.tool, "XRANGE", events.text, "-", "+", NULL);
    uint64_t seen[WRITERS] = { 0 };

    assert_int_equal(answer_count(entries), commits);
    for (size_t i = 0; i < commits; i++) {
        const struct answer *entry = answer_at(entries, i);
        struct slice bytes = answer_bytes(answer_at(answer_at(entry, 1), 1));
        char id[32], text[32] = "";
        unsigned long writer;
        char *end;

        snprintf(id, sizeof(id), "%zu-0", i + 1);
        assert_slice(answer_bytes(answer_at(entry, 0)), id);
        assert_true(bytes.size < sizeof(text));
        memcpy(text, bytes.data, bytes.size);
        writer = strtoul(text + strlen("order"), &end, 10);
        assert_true(writer < WRITERS && *end == '/');
        assert_int_equal(strtoull(end + 1, NULL, 10), ++seen[writer]);
    }
}

static void assert_accounts(struct load *load)
{
    uint64_t commits = 0;

    for (int i = 0; i < WRITERS; i++)
        commits += assert_order_whole(load, &load->writers[i]);
    assert_in_range(commits, atomic_load(&load->acks), atomic_load(&load->acks) + WRITERS);
    assert_events_complete(load, commits);
}

/* --- the test ------------------------------------------------------------------------------------------ */

static void await_acks(struct load *load)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    while (sem_timedwait(&load->reached, &until) < 0)
        assert_int_equal(errno, EINTR);
}

static void kill_redis(struct load *load)
{
    redis_tool_close(load->store.tool);
    load->store.tool = tool_at(embedded_redis_socket(load->store.redis));
    assert_int_equal(kill(redis_pid(load->store.tool), SIGKILL), 0);
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
    static struct load load;
    unsigned int seed = (unsigned int)machine_us();
    struct link_stats stats;

    (void)state;
    print_message("seed %u\n", seed);
    load.seed = seed;
    load.start.run = load_start;
    sem_init(&load.reached, 0, 0);
    store_open(&load.store);
    atomic_store(&load.acks_wanted, ACKS_A_ROUND_MIN);
    loop_post(load.store.lane.loop, &load.start);
    for (int round = 0; round < ROUNDS; round++) {
        await_acks(&load);
        kill_redis(&load);
        atomic_store(&load.acks_wanted,
                     atomic_load(&load.acks) + ACKS_A_ROUND_MIN + rand_r(&seed) % ACKS_A_ROUND_MAX);
    }
    await_acks(&load);
    lane_stop(&load.store.lane);
    storage_link_stats(load.store.lane.link, &stats);
    storage_link_free(load.store.lane.link);
    loop_free(load.store.lane.loop);

    for (int restarts = 0; restarts < 2; restarts++) { /* as it is, and as it is on disk */
        redis_tool_close(load.store.tool);
        load.store.tool = tool_at(embedded_redis_socket(load.store.redis));
        assert_accounts(&load);
        assert_int_equal(kill(redis_pid(load.store.tool), SIGKILL), 0);
    }
    print_message("%d acknowledged, %" PRIu64 " replayed, %" PRIu64 " unknown on the way, "
                  "%" PRIu64 " reconnects\n",
                  atomic_load(&load.acks), load.replays, load.unknowns, stats.reconnects);
    assert_true(stats.reconnects >= ROUNDS);
    redis_tool_close(load.store.tool);
    embedded_redis_stop(load.store.redis);
    place_remove(&load.store.place);
    sem_destroy(&load.reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_kill_9),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
