/* commit.lua and commit.c against a real Redis: every verdict, and nothing half done. */
#include "tests/unit/test_storage.h"

#include "base/memory.h"
#include "storage/script.h"

#include "base/base.h"

#define TOWN "440305001"

static uint8_t last_request;

/* A commit with a request id of its own, and nothing else yet. */
struct sample {
    uint8_t request_key[REQUEST_KEY_BYTES], digest[BODY_DIGEST_BYTES];
    struct commit commit;
};

static void sample_make(struct sample *s)
{
    memset(s, 0, sizeof(*s));
    memset(s->request_key, ++last_request, sizeof(s->request_key));
    memset(s->digest, 'd', sizeof(s->digest));
    s->commit = (struct commit){ .subdistrict = TOWN,
                                 .request_key = slice_of(s->request_key, REQUEST_KEY_BYTES),
                                 .body_digest = slice_of(s->digest, BODY_DIGEST_BYTES),
                                 .result = slice_text("result"),
                                 .results_month = 202403 };
}

static int group_open(void **state)
{
    static struct store store;

    *state = &store;
    store_open(&store);
    return 0;
}

static int group_close(void **state)
{
    store_close(*state);
    return 0;
}

static int test_begin(void **state)
{
    tool_ask(((struct store *)*state)->tool, "FLUSHALL", NULL);
    return 0;
}

static struct commit_record record_of(const char *order, uint64_t expected, const char *bytes)
{
    return (struct commit_record){ .key = key_of(KEY_ORDER, TOWN, order),
                                   .expected_version = expected,
                                   .bytes = slice_text(bytes) };
}

static void assert_record(struct store *store, const char *order, uint64_t version,
                          const char *bytes)
{
    struct key key = key_of(KEY_ORDER, TOWN, order);
    uint64_t stored_version = 0;
    struct slice stored;

    record_split(answer_bytes(tool_ask(store->tool, "GET", key.text, NULL)), &stored_version,
                 &stored);
    assert_int_equal(stored_version, version);
    if (bytes)
        assert_slice(stored, bytes);
    else
        assert_null(stored.data);
}

/* --- what a commit writes ------------------------------------------------------------------------ */

static void everything_a_commit_names_is_written(void **state)
{
    struct store *store = *state;
    struct sample s;
    struct commit_record records[] = { record_of("1", 0, "first"), record_of("2", 0, "second") };
    struct commit_claim claims[] = {
        { .key = key_of(KEY_NUMBER, TOWN, "SZ-1"), .value = slice_text("1") },
    };
    struct commit_append appends[] = {
        { .key = key_of(KEY_HISTORY, TOWN, "1"), .bytes = slice_text("entry") },
        { .key = key_of(KEY_TEXTS, TOWN, "1"), .bytes = slice_text("text") },
    };
    struct key all = key_of(KEY_ALL, TOWN, ""), due = key_of(KEY_DUE, TOWN, "");
    struct commit_index index[] = {
        { .key = all, .member = slice_text("1"), .score = 1700000000000.0 },
        { .key = all, .member = slice_text("2"), .score = -2.5 },
        { .key = due, .member = slice_text("1/take/1"), .score = 5 },
        { .key = due, .member = slice_text("never/was"), .gone = true },
    };
    struct commit_counter counters[] = { { .key = key_of(KEY_COUNTER, TOWN, "orders"), .by = 2 },
                                         { .key = key_of(KEY_COUNTER, TOWN, "down"), .by = -3 } };

    sample_make(&s);
    s.commit.event = slice_text("event");
    s.commit.records = records, s.commit.n_records = COUNT_OF(records);
    s.commit.claims = claims, s.commit.n_claims = COUNT_OF(claims);
    s.commit.appends = appends, s.commit.n_appends = COUNT_OF(appends);
    s.commit.index = index, s.commit.n_index = COUNT_OF(index);
    s.commit.counters = counters, s.commit.n_counters = COUNT_OF(counters);

    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_int_equal(store->call.outcome.sequence, 1);
    assert_int_equal(store->call.outcome.counters[0], 2);
    assert_int_equal(store->call.outcome.counters[1], -3);
    assert_record(store, "1", 1, "first");
    assert_record(store, "2", 1, "second");
    assert_slice(answer_bytes(tool_ask(store->tool, "GET", claims[0].key.text, NULL)), "1");
    assert_slice(answer_bytes(tool_ask(store->tool, "LINDEX", appends[0].key.text, "0", NULL)),
                 "entry");
    assert_slice(answer_bytes(tool_ask(store->tool, "LINDEX", appends[1].key.text, "0", NULL)),
                 "text");
    assert_slice(answer_bytes(tool_ask(store->tool, "ZSCORE", all.text, "1", NULL)),
                 "1700000000000");
    assert_slice(answer_bytes(tool_ask(store->tool, "ZSCORE", all.text, "2", NULL)), "-2.5");
    assert_int_equal(ASK_INTEGER(store->tool, "ZCARD", due.text), 1);
}

static void an_event_gets_the_next_number_as_its_id(void **state)
{
    struct store *store = *state;
    struct key events = key_of(KEY_EVENTS, TOWN, "");
    const struct answer *entries, *entry;
    struct sample s;

    for (uint64_t i = 1; i <= 3; i++) {
        sample_make(&s);
        s.commit.event = slice_text("event");
        assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
        assert_int_equal(store->call.outcome.sequence, i);
    }
    entries = tool_ask(store->tool, "XRANGE", events.text, "-", "+", NULL);
    assert_int_equal(answer_count(entries), 3);
    entry = answer_at(entries, 2);
    assert_slice(answer_bytes(answer_at(entry, 0)), "3-0");
    assert_slice(answer_bytes(answer_at(answer_at(entry, 1), 1)), "event");
}

static void old_events_go_and_the_newest_stay(void **state)
{
    struct store *store = *state;
    struct key events = key_of(KEY_EVENTS, TOWN, "");
    int64_t length;
    struct sample s;

    for (int i = 0; i < 1000; i++) {
        sample_make(&s);
        s.commit.request_key.data = NULL;
        s.commit.event = slice_text("event");
        s.commit.events_kept = 250;
        assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    }
    length = ASK_INTEGER(store->tool, "XLEN", events.text);
    assert_in_range(length, 250, 450);
    assert_int_equal(
        answer_count(tool_ask(store->tool, "XRANGE", events.text, "751-0", "1000-0", NULL)), 250);
}

static void a_record_without_bytes_goes(void **state)
{
    struct store *store = *state;
    struct commit_record record = record_of("1", 0, "first");
    struct sample s;

    sample_make(&s);
    s.commit.records = &record, s.commit.n_records = 1;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    record = record_of("1", 1, "");
    sample_make(&s);
    s.commit.records = &record, s.commit.n_records = 1;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_record(store, "1", 0, NULL);
}

/* 64 records, 128 appends, 1,024 index entries in groups longer than a byte can count. */
static void the_largest_commit_is_one_commit(void **state)
{
    static struct commit_record records[COMMIT_RECORDS_MAX];
    static struct commit_append appends[COMMIT_APPENDS_MAX];
    static struct commit_index index[COMMIT_INDEX_MAX];
    static char members[COMMIT_INDEX_MAX][8];
    struct store *store = *state;
    struct key all = key_of(KEY_ALL, TOWN, ""), state_key = key_of_number(KEY_STATE, TOWN, 1);
    struct sample s;

    sample_make(&s);
    for (int i = 0; i < COMMIT_RECORDS_MAX; i++) {
        records[i] = record_of("1", 0, "record");
        records[i].key = key_of_number(KEY_ORDER, TOWN, i);
    }
    for (int i = 0; i < COMMIT_APPENDS_MAX; i++)
        appends[i] = (struct commit_append){ .key = key_of(KEY_HISTORY, TOWN, "1"),
                                             .bytes = slice_text("entry") };
    for (int i = 0; i < COMMIT_INDEX_MAX; i++) {
        snprintf(members[i], sizeof(members[i]), "%d", i);
        index[i] = (struct commit_index){ .key = i < 1000 ? all : state_key,
                                          .member = slice_text(members[i]),
                                          .score = i };
    }
    s.commit.records = records, s.commit.n_records = COMMIT_RECORDS_MAX;
    s.commit.appends = appends, s.commit.n_appends = COMMIT_APPENDS_MAX;
    s.commit.index = index, s.commit.n_index = COMMIT_INDEX_MAX;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_int_equal(ASK_INTEGER(store->tool, "ZCARD", all.text), 1000);
    assert_int_equal(ASK_INTEGER(store->tool, "ZCARD", state_key.text), 24);
    assert_int_equal(ASK_INTEGER(store->tool, "LLEN", appends[0].key.text), COMMIT_APPENDS_MAX);
    for (int i = 0; i < COMMIT_INDEX_MAX; i++)
        index[i].gone = true;
    sample_make(&s);
    s.commit.index = index, s.commit.n_index = COMMIT_INDEX_MAX;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_int_equal(ASK_INTEGER(store->tool, "EXISTS", all.text, state_key.text), 0);
}

/* --- what keeps it from being written ------------------------------------------------------------- */

/* Everything a refused commit would have written; none of it may be there. */
struct refused {
    struct sample sample;
    struct commit_record records[2];
    struct commit_claim claim;
    struct commit_append append;
    struct commit_index index;
    struct commit_counter counter;
};

static void refused_make(struct refused *r)
{
    sample_make(&r->sample);
    r->records[0] = record_of("a", 0, "record a");
    r->records[1] = record_of("b", 0, "record b");
    r->claim.key = key_of(KEY_NUMBER, TOWN, "SZ-9");
    r->claim.value = slice_text("a");
    r->append = (struct commit_append){ .key = key_of(KEY_HISTORY, TOWN, "a"),
                                        .bytes = slice_text("entry") };
    r->index = (struct commit_index){ .key = key_of(KEY_ALL, TOWN, ""),
                                      .member = slice_text("a"),
                                      .score = 1 };
    r->counter = (struct commit_counter){ .key = key_of(KEY_COUNTER, TOWN, "n"), .by = 1 };
    r->sample.commit.event = slice_text("event");
    r->sample.commit.records = r->records, r->sample.commit.n_records = 2;
    r->sample.commit.claims = &r->claim, r->sample.commit.n_claims = 1;
    r->sample.commit.appends = &r->append, r->sample.commit.n_appends = 1;
    r->sample.commit.index = &r->index, r->sample.commit.n_index = 1;
    r->sample.commit.counters = &r->counter, r->sample.commit.n_counters = 1;
}

/* Refused for the expected reason, and Redis has changed nothing meanwhile. */
static void assert_refused(struct store *store, struct refused *r, enum commit_verdict verdict)
{
    int64_t changes = info_number(store->tool, "rdb_changes_since_last_save");

    assert_int_equal(store_commit(store, &r->sample.commit), verdict);
    assert_int_equal(info_number(store->tool, "rdb_changes_since_last_save"), changes);
}

static void a_changed_record_is_a_conflict(void **state)
{
    struct store *store = *state;
    struct commit_record other = record_of("b", 0, "other");
    struct refused r;
    struct sample s;

    sample_make(&s);
    s.commit.records = &other, s.commit.n_records = 1;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);

    refused_make(&r); /* b is there, but was to be absent */
    assert_refused(store, &r, COMMIT_CONFLICT);
    assert_int_equal(store->call.outcome.which, 1);
    refused_make(&r); /* b has version 1, not 2 */
    r.records[1].expected_version = 2;
    assert_refused(store, &r, COMMIT_CONFLICT);
    refused_make(&r); /* a is absent, but was to be there */
    r.records[0].expected_version = 1;
    assert_refused(store, &r, COMMIT_CONFLICT);
    assert_int_equal(store->call.outcome.which, 0);
    refused_make(&r); /* and so it is right */
    r.records[1].expected_version = 1;
    assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);
    assert_record(store, "b", 2, "record b");
}

static void a_claim_held_by_another_value_is_told(void **state)
{
    struct store *store = *state;
    struct commit_claim claim = { .key = key_of(KEY_NUMBER, TOWN, "SZ-9"),
                                  .value = slice_text("holder") };
    struct refused r;
    struct sample s;

    sample_make(&s);
    s.commit.claims = &claim, s.commit.n_claims = 1;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    refused_make(&r);
    assert_refused(store, &r, COMMIT_CLAIMED);
    assert_int_equal(store->call.outcome.which, 0);
    assert_slice(store->call.outcome.result, "holder");
    refused_make(&r); /* held by the same value: no refusal */
    r.claim.value = slice_text("holder");
    assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);
}

static void a_moved_epoch_refuses(void **state)
{
    struct store *store = *state;
    struct key epoch = key_of(KEY_EPOCH, TOWN, "");
    struct refused r;
    struct sample s;

    refused_make(&r); /* never set, and expected so */
    r.sample.commit.expected_epoch = slice_text("");
    assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);

    sample_make(&s);
    s.commit.moves_epoch = true;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_slice(answer_bytes(tool_ask(store->tool, "GET", epoch.text, NULL)), "1");

    refused_make(&r);
    r.sample.commit.expected_epoch = slice_text("");
    assert_refused(store, &r, COMMIT_EPOCH_MOVED);

    sample_make(&s); /* checks and moves */
    s.commit.expected_epoch = slice_text("1");
    s.commit.moves_epoch = true;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    sample_make(&s);
    s.commit.expected_epoch = slice_text("1");
    s.commit.moves_epoch = true;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_EPOCH_MOVED);
    assert_slice(answer_bytes(tool_ask(store->tool, "GET", epoch.text, NULL)), "2");
}

/* --- request ids ----------------------------------------------------------------------------------- */

static void the_same_request_again_is_replayed(void **state)
{
    struct store *store = *state;
    struct refused r;

    refused_make(&r);
    assert_int_equal(store_look(store, &r.sample.commit), COMMIT_DONE); /* never committed */
    assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);
    assert_refused(store, &r, COMMIT_REPLAYED);
    assert_slice(store->call.outcome.result, "result");
    assert_int_equal(store->call.outcome.sequence, 1);
    assert_int_equal(store_look(store, &r.sample.commit), COMMIT_REPLAYED);
    assert_slice(store->call.outcome.result, "result");
}

static void the_same_request_with_another_body_is_reuse(void **state)
{
    struct store *store = *state;
    struct refused r;

    refused_make(&r);
    assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);
    r.sample.digest[BODY_DIGEST_BYTES - 1] ^= 1;
    assert_refused(store, &r, COMMIT_ID_REUSED);
    assert_int_equal(store_look(store, &r.sample.commit), COMMIT_ID_REUSED);
}

/* Results that look like numbers, are empty, or as long as they may be. */
static void a_result_comes_back_byte_for_byte(void **state)
{
    static uint8_t longest[COMMIT_RESULT_BYTES_MAX];
    struct store *store = *state;
    const struct slice results[] = { slice_text(""), slice_text("0123456789"),
                                     slice_of("\0\r\n\xff", 4),
                                     slice_of(longest, sizeof(longest)) };

    for (size_t i = 0; i < COUNT_OF(results); i++) {
        struct sample s;

        sample_make(&s);
        s.commit.result = results[i];
        s.commit.event = slice_text("event");
        assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
        assert_int_equal(store_commit(store, &s.commit), COMMIT_REPLAYED);
        assert_int_equal(store->call.outcome.sequence, i + 1);
        assert_int_equal(store->call.outcome.result.size, results[i].size);
        assert_memory_equal(store->call.result, results[i].data, results[i].size);
    }
}

static void a_request_is_known_in_the_next_month_and_forgotten_after(void **state)
{
    struct store *store = *state;
    struct sample s;

    sample_make(&s);
    s.commit.results_month = 202412;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    s.commit.results_month = 202501;
    assert_int_equal(store_look(store, &s.commit), COMMIT_REPLAYED);
    assert_int_equal(store_commit(store, &s.commit), COMMIT_REPLAYED);
    s.digest[0] ^= 1;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_ID_REUSED);
    s.commit.results_month = 202502;
    assert_int_equal(store_look(store, &s.commit), COMMIT_DONE);
}

static void the_first_of_a_month_removes_what_nobody_looks_in(void **state)
{
    static const struct {
        int32_t month;
        bool kept;
    } rows[] = {
        { 202302, false }, /* two years and a month before */
        { 202412, false }, /* the newest that goes */
        { 202501, true },  /* the month before */
    };
    struct store *store = *state;
    struct key key;
    struct sample s;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        key = key_of_number(KEY_RESULTS, TOWN, rows[i].month);
        tool_ask(store->tool, "HSET", key.text, "some request", "some result", NULL);
    }
    sample_make(&s);
    s.commit.results_month = 202502;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        key = key_of_number(KEY_RESULTS, TOWN, rows[i].month);
        assert_int_equal(ASK_INTEGER(store->tool, "EXISTS", key.text), rows[i].kept);
    }
    /* Not the second: it would cost every commit. */
    key = key_of_number(KEY_RESULTS, TOWN, 202412);
    tool_ask(store->tool, "HSET", key.text, "some request", "some result", NULL);
    sample_make(&s);
    s.commit.results_month = 202502;
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
    assert_int_equal(ASK_INTEGER(store->tool, "EXISTS", key.text), 1);
}

/* --- trouble ----------------------------------------------------------------------------------------- */

static void redis_agrees_on_the_name_of_the_script(void **state)
{
    struct store *store = *state;
    struct slice words[] = { slice_text("SCRIPT"), slice_text("LOAD"), script_text() };
    struct script_name name = script_name_of(script_text());
    const struct answer *answer = redis_tool_ask(store->tool, words, COUNT_OF(words));

    assert_int_equal(answer_bytes(answer).size, SCRIPT_NAME_BYTES);
    assert_memory_equal(answer_bytes(answer).data, name.hex, SCRIPT_NAME_BYTES);
}

static void a_flushed_script_is_loaded_again(void **state)
{
    struct store *store = *state;
    struct sample s;

    tool_ask(store->tool, "SCRIPT", "FLUSH", NULL);
    sample_make(&s);
    assert_int_equal(store_commit(store, &s.commit), COMMIT_DONE);
}

/* Redis's own reasons not to write; nothing is written, and it goes on when they are gone. */
static void a_redis_that_cannot_write_says_why(void **state)
{
    static const struct {
        const char *setting, *bad, *good;
        int status;
    } rows[] = {
        { "maxmemory", "1", "0", -ENOSPC },
        { "replicaof", "127.0.0.1 1", "", -EROFS },
        { "min-replicas-to-write", "1", "0", -EROFS },
    };
    struct store *store = *state;
    struct refused r;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool replica = strcmp(rows[i].setting, "replicaof") == 0;

        if (replica)
            tool_ask(store->tool, "REPLICAOF", "127.0.0.1", "1", NULL);
        else
            tool_ask(store->tool, "CONFIG", "SET", rows[i].setting, rows[i].bad, NULL);
        refused_make(&r);
        assert_int_equal(store_trouble(store, &r.sample.commit), rows[i].status);
        assert_int_equal(ASK_INTEGER(store->tool, "DBSIZE"), 0);
        if (replica)
            tool_ask(store->tool, "REPLICAOF", "NO", "ONE", NULL);
        else
            tool_ask(store->tool, "CONFIG", "SET", rows[i].setting, rows[i].good, NULL);
        assert_int_equal(store_commit(store, &r.sample.commit), COMMIT_DONE);
        tool_ask(store->tool, "FLUSHALL", NULL);
    }
}

static void a_key_of_another_type_is_trouble_not_a_verdict(void **state)
{
    struct store *store = *state;
    struct key sequence = key_of(KEY_SEQUENCE, TOWN, "");
    struct refused r;

    tool_ask(store->tool, "SET", sequence.text, "not a number", NULL);
    refused_make(&r);
    assert_int_equal(store_trouble(store, &r.sample.commit), -EPROTO);
    assert_int_equal(ASK_INTEGER(store->tool, "DBSIZE"), 1);
}

static void count_canceled(struct commit_ask *ask, int status, const struct commit_outcome *outcome)
{
    (void)ask, (void)outcome;
    must(status == -ECANCELED);
    last_request = 0; /* seen */
}

/* Each allocation fails once: the caller hears -ENOMEM and done() is not called. */
static void a_commit_without_memory_is_not_asked(void **state)
{
    struct link_options options = { .unix_path = "/nowhere" };
    struct commit_ask ask = { .done = count_canceled };
    int status = -ENOMEM;
    uint64_t n = 0;
    struct refused r;

    (void)state;
    refused_make(&r);
    while (status == -ENOMEM) {
        struct storage_link *link = NULL;
        struct loop *loop = NULL;

        assert_int_equal(loop_create(&loop), 0);
        memory_fail_at(++n);
        status = storage_link_create(loop, &options, &link);
        if (status == 0)
            status = commit_ask(link, &ask, &r.sample.commit);
        memory_fail_at(0);
        last_request = 1;
        storage_link_free(link);
        assert_int_equal(last_request, status == 0 ? 0 : 1);
        loop_free(loop);
    }
    assert_int_equal(status, 0);
    assert_true(n > 3); /* the link, its greeting, its wire */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(everything_a_commit_names_is_written, test_begin),
        cmocka_unit_test_setup(an_event_gets_the_next_number_as_its_id, test_begin),
        cmocka_unit_test_setup(old_events_go_and_the_newest_stay, test_begin),
        cmocka_unit_test_setup(a_record_without_bytes_goes, test_begin),
        cmocka_unit_test_setup(the_largest_commit_is_one_commit, test_begin),
        cmocka_unit_test_setup(a_changed_record_is_a_conflict, test_begin),
        cmocka_unit_test_setup(a_claim_held_by_another_value_is_told, test_begin),
        cmocka_unit_test_setup(a_moved_epoch_refuses, test_begin),
        cmocka_unit_test_setup(the_same_request_again_is_replayed, test_begin),
        cmocka_unit_test_setup(the_same_request_with_another_body_is_reuse, test_begin),
        cmocka_unit_test_setup(a_result_comes_back_byte_for_byte, test_begin),
        cmocka_unit_test_setup(a_request_is_known_in_the_next_month_and_forgotten_after,
                               test_begin),
        cmocka_unit_test_setup(the_first_of_a_month_removes_what_nobody_looks_in, test_begin),
        cmocka_unit_test_setup(redis_agrees_on_the_name_of_the_script, test_begin),
        cmocka_unit_test_setup(a_flushed_script_is_loaded_again, test_begin),
        cmocka_unit_test_setup(a_redis_that_cannot_write_says_why, test_begin),
        cmocka_unit_test_setup(a_key_of_another_type_is_trouble_not_a_verdict, test_begin),
        cmocka_unit_test(a_commit_without_memory_is_not_asked),
    };

    return cmocka_run_group_tests(tests, group_open, group_close);
}
