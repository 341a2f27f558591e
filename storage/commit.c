/*
 * commit.c - a commit as the words of one EVALSHA, and its answer as an outcome.
 *
 * commit.lua says what the words mean. They are written straight onto the link's wire: first the
 * plan (what is there, how many of each, how index entries are grouped), then all keys, then all
 * other arguments in the same order. Every key is declared, as Redis Cluster asks.
 *
 * What is kept for a request id: body digest (16 bytes), sequence (8, big-endian), result.
 */
#include "storage/commit.h"

#include <errno.h>
#include <stdlib.h>

#include "storage/wire.h"

#include "base/base.h"

enum {
    VERSION_BYTES = 8,
    SEQUENCE_BYTES = 8,
    GROUP_ENTRIES_MAX = 255, /* a byte of the plan */
    PLAN_HEAD_BYTES = 7,
};

enum plan_request { REQUEST_NONE, REQUEST_COMMIT, REQUEST_LOOK };
enum plan_epoch { EPOCH_NONE, EPOCH_CHECK, EPOCH_MOVE, EPOCH_CHECK_AND_MOVE };
enum plan_group { GROUP_ADD = 1, GROUP_REMOVE = 2 };

/* What the script answers first in a list; 0 .. COMMIT_EPOCH_MOVED are enum commit_verdict. */
enum { SCRIPT_NEVER_COMMITTED = 6 };

struct plan {
    uint8_t bytes[PLAN_HEAD_BYTES + 2 * COMMIT_INDEX_MAX];
    size_t size;
    size_t n_keys, n_arguments;
};

/* the plan ------------------------------------------------------------------------------------ */

static bool group_holds(const struct commit_index *first, const struct commit_index *entry)
{
    return first->gone == entry->gone &&
           slice_equal(key_slice(&first->key), key_slice(&entry->key));
}

/* How many entries, from the first of `index` on, go in one ZADD or ZREM. */
static size_t group_size(const struct commit_index *index, size_t n_index)
{
    size_t n = 1;

    while (n < n_index && n < GROUP_ENTRIES_MAX && group_holds(index, index + n))
        n++;
    return n;
}

static void plan_index(struct plan *plan, const struct commit_index *index, size_t n_index)
{
    for (size_t i = 0, n; i < n_index; i += n) {
        n = group_size(index + i, n_index - i);
        plan->bytes[plan->size++] = index[i].gone ? GROUP_REMOVE : GROUP_ADD;
        plan->bytes[plan->size++] = (uint8_t)n;
        plan->n_keys++;
        plan->n_arguments += index[i].gone ? n : 2 * n;
    }
}

static enum plan_epoch plan_epoch_of(const struct commit *c)
{
    if (c->expected_epoch.data)
        return c->moves_epoch ? EPOCH_CHECK_AND_MOVE : EPOCH_CHECK;
    return c->moves_epoch ? EPOCH_MOVE : EPOCH_NONE;
}

static void plan_commit(struct plan *plan, const struct commit *c)
{
    size_t request = c->request_key.data != NULL, event = c->event.data != NULL;
    size_t checks = c->expected_epoch.data != NULL, epoch = checks || c->moves_epoch;
    size_t each_one = c->n_claims + c->n_appends + c->n_counters; /* a key and an argument each */

    plan->bytes[0] = request ? REQUEST_COMMIT : REQUEST_NONE;
    plan->bytes[1] = (uint8_t)plan_epoch_of(c);
    plan->bytes[2] = (uint8_t)event;
    plan->bytes[3] = (uint8_t)c->n_records;
    plan->bytes[4] = (uint8_t)c->n_claims;
    plan->bytes[5] = (uint8_t)c->n_appends;
    plan->bytes[6] = (uint8_t)c->n_counters;
    plan->size = PLAN_HEAD_BYTES;
    plan->n_keys = 2 * request + epoch + 2 * event + c->n_records + each_one;
    plan->n_arguments = 1 + 3 * request + checks + 2 * event + 2 * c->n_records + each_one;
    plan_index(plan, c->index, c->n_index);
}

/* what must hold ------------------------------------------------------------------------------ */

/* The n-th key that the commit checks. */
static const struct key *checked_key(const struct commit *c, size_t n)
{
    return n < c->n_records ? &c->records[n].key : &c->claims[n - c->n_records].key;
}

/* A record named twice would pass its check twice, and one of the two be lost. */
static bool commit_names_each_once(const struct commit *c)
{
    for (size_t i = 1; i < c->n_records + c->n_claims; i++)
        for (size_t j = 0; j < i; j++)
            if (slice_equal(key_slice(checked_key(c, i)), key_slice(checked_key(c, j))))
                return false;
    return true;
}

static void must_be_commit(const struct commit *c)
{
    must(c->n_records <= COMMIT_RECORDS_MAX && c->n_claims <= COMMIT_CLAIMS_MAX);
    must(c->n_appends <= COMMIT_APPENDS_MAX && c->n_index <= COMMIT_INDEX_MAX);
    must(c->n_counters <= COMMIT_COUNTERS_MAX && c->result.size <= COMMIT_RESULT_BYTES_MAX);
    must(commit_names_each_once(c));
}

/* writing it ---------------------------------------------------------------------------------- */

static void big_endian_write(uint64_t number, uint8_t bytes[8])
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t big_endian_read(const uint8_t bytes[8])
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void write_key(struct wire *w, const struct key *tag, const struct key *key)
{
    must(key->size > tag->size && memcmp(key->text, tag->text, tag->size) == 0); /* one slot */
    wire_word(w, key_slice(key));
}

static void write_own_key(struct wire *w, enum key_kind kind, const char *subdistrict)
{
    struct key key = key_of(kind, subdistrict, "");

    wire_word(w, key_slice(&key));
}

static void write_results_keys(struct wire *w, const char *subdistrict, int32_t month)
{
    int32_t before = month % 100 == 1 ? month - 100 + 11 : month - 1;
    struct key now = key_of_number(KEY_RESULTS, subdistrict, month);
    struct key past = key_of_number(KEY_RESULTS, subdistrict, before);

    must(month >= 200001 && month <= 999912 && month % 100 >= 1 && month % 100 <= 12);
    wire_word(w, key_slice(&now));
    wire_word(w, key_slice(&past));
}

/* "h{subdistrict}:", with which every key of the commit begins. */
static struct key commit_tag(const char *subdistrict)
{
    struct key key = key_of(KEY_EPOCH, subdistrict, "");

    key.size = strlen(subdistrict) + 4;
    return key;
}

static void write_keys(struct wire *w, const struct commit *c)
{
    struct key tag = commit_tag(c->subdistrict);

    if (c->request_key.data)
        write_results_keys(w, c->subdistrict, c->results_month);
    if (plan_epoch_of(c))
        write_own_key(w, KEY_EPOCH, c->subdistrict);
    if (c->event.data) {
        write_own_key(w, KEY_SEQUENCE, c->subdistrict);
        write_own_key(w, KEY_EVENTS, c->subdistrict);
    }
    for (size_t i = 0; i < c->n_records; i++)
        write_key(w, &tag, &c->records[i].key);
    for (size_t i = 0; i < c->n_claims; i++)
        write_key(w, &tag, &c->claims[i].key);
    for (size_t i = 0; i < c->n_appends; i++)
        write_key(w, &tag, &c->appends[i].key);
    for (size_t i = 0; i < c->n_counters; i++)
        write_key(w, &tag, &c->counters[i].key);
    for (size_t i = 0; i < c->n_index; i += group_size(c->index + i, c->n_index - i))
        write_key(w, &tag, &c->index[i].key);
}

static void write_request(struct wire *w, struct slice key, struct slice digest,
                          struct slice result)
{
    must(key.size == REQUEST_KEY_BYTES && digest.size == BODY_DIGEST_BYTES);
    wire_word(w, key);
    wire_word(w, digest);
    wire_word(w, result);
}

static void write_record(struct wire *w, const struct commit_record *record)
{
    uint8_t expected[VERSION_BYTES], next[VERSION_BYTES];

    big_endian_write(record->expected_version, expected);
    big_endian_write(record->expected_version + 1, next);
    wire_word(w, slice_of(expected, record->expected_version ? sizeof(expected) : 0));
    wire_word_joined(w, slice_of(next, record->bytes.size ? sizeof(next) : 0), record->bytes);
}

static void write_arguments(struct wire *w, const struct commit *c)
{
    if (c->request_key.data)
        write_request(w, c->request_key, c->body_digest, c->result);
    if (c->expected_epoch.data)
        wire_word(w, c->expected_epoch);
    if (c->event.data) {
        wire_number(w, c->events_kept ? c->events_kept : COMMIT_EVENTS_KEPT);
        wire_word(w, c->event);
    }
    for (size_t i = 0; i < c->n_records; i++)
        write_record(w, &c->records[i]);
    for (size_t i = 0; i < c->n_claims; i++)
        wire_word(w, c->claims[i].value);
    for (size_t i = 0; i < c->n_appends; i++)
        wire_word(w, c->appends[i].bytes);
    for (size_t i = 0; i < c->n_counters; i++)
        wire_number(w, c->counters[i].by);
    for (size_t i = 0; i < c->n_index; i++) {
        if (!c->index[i].gone)
            wire_score(w, c->index[i].score);
        wire_word(w, c->index[i].member);
    }
}

/* EVALSHA name keys, up to the plan. The keys follow, so the plan's word comes after them. */
static struct wire *begin_script(struct storage_link *link, size_t n_keys, size_t n_arguments)
{
    struct wire *w = link_compose(link);

    wire_begin(w, 3 + n_keys + n_arguments);
    wire_word(w, slice_text("EVALSHA"));
    wire_word(w, link_script(link));
    wire_number(w, (int64_t)n_keys);
    return w;
}

/* the answer ---------------------------------------------------------------------------------- */

/* What is kept for a request id; the script has compared its digest. */
static int outcome_of_kept(struct slice kept, struct commit_outcome *outcome)
{
    size_t head = BODY_DIGEST_BYTES + SEQUENCE_BYTES;

    if (kept.size < head)
        return -EPROTO;
    outcome->sequence = big_endian_read(kept.data + BODY_DIGEST_BYTES);
    outcome->result = slice_of(kept.data + head, kept.size - head);
    return 0;
}

/* {0, sequence, counters...} */
static int outcome_of_done(const struct answer *answer, struct commit_outcome *outcome)
{
    size_t n = answer_count(answer);

    if (n < 2 || n - 2 > COMMIT_COUNTERS_MAX)
        return -EPROTO;
    outcome->sequence = (uint64_t)answer_integer(answer_at(answer, 1));
    for (size_t i = 2; i < n; i++)
        outcome->counters[i - 2] = answer_integer(answer_at(answer, i));
    return 0;
}

/* {verdict, ...} with as many elements as the verdict has. */
static int outcome_of_list(const struct answer *answer, struct commit_outcome *outcome)
{
    static const size_t counts[] = {
        [COMMIT_REPLAYED] = 2, [COMMIT_ID_REUSED] = 1,   [COMMIT_CONFLICT] = 2,
        [COMMIT_CLAIMED] = 3,  [COMMIT_EPOCH_MOVED] = 1, [SCRIPT_NEVER_COMMITTED] = 1,
    };
    size_t n = answer_count(answer);
    int64_t verdict = n ? answer_integer(answer_at(answer, 0)) : -1;

    if (verdict == COMMIT_DONE)
        return outcome_of_done(answer, outcome);
    if (verdict < 0 || verdict > SCRIPT_NEVER_COMMITTED || counts[verdict] != n)
        return -EPROTO;
    outcome->verdict =
        verdict == SCRIPT_NEVER_COMMITTED ? COMMIT_DONE : (enum commit_verdict)verdict;
    if (verdict == COMMIT_REPLAYED)
        return outcome_of_kept(answer_bytes(answer_at(answer, 1)), outcome);
    if (verdict == COMMIT_CONFLICT || verdict == COMMIT_CLAIMED)
        outcome->which = (size_t)answer_integer(answer_at(answer, 1));
    if (verdict == COMMIT_CLAIMED)
        outcome->result = answer_bytes(answer_at(answer, 2));
    return 0;
}

static int outcome_of(const struct answer *answer, struct commit_outcome *outcome)
{
    *outcome = (struct commit_outcome){ .verdict = COMMIT_DONE };
    if (answer_kind(answer) == ANSWER_LIST)
        return outcome_of_list(answer, outcome);
    if (answer_kind(answer) != ANSWER_INTEGER)
        return -EPROTO;
    outcome->sequence = (uint64_t)answer_integer(answer);
    return 0;
}

/* asking -------------------------------------------------------------------------------------- */

static void commit_answered(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct commit_ask *commit = CONTAINER_OF(ask, struct commit_ask, ask);
    struct commit_outcome outcome;

    if (status == 0)
        status = outcome_of(answer, &outcome);
    commit->done(commit, status, status ? NULL : &outcome);
}

int commit_ask(struct storage_link *link, struct commit_ask *ask, const struct commit *commit)
{
    struct plan plan;
    struct wire *w;

    must_be_commit(commit);
    must(ask->done);
    plan_commit(&plan, commit);
    w = begin_script(link, plan.n_keys, plan.n_arguments);
    write_keys(w, commit);
    wire_word(w, slice_of(plan.bytes, plan.size));
    write_arguments(w, commit);
    ask->ask.done = commit_answered;
    return link_send(link, &ask->ask);
}

static void result_answered(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct result_ask *result = CONTAINER_OF(ask, struct result_ask, ask);
    struct commit_outcome outcome;

    if (status == 0)
        status = outcome_of(answer, &outcome);
    result->done(result, status, status ? NULL : &outcome);
}

int result_ask(struct storage_link *link, struct result_ask *ask, const char *subdistrict,
               struct slice request_key, struct slice body_digest, int32_t results_month)
{
    static const uint8_t plan[PLAN_HEAD_BYTES] = { REQUEST_LOOK };
    struct wire *w = begin_script(link, 2, 4);

    must(ask->done);
    write_results_keys(w, subdistrict, results_month);
    wire_word(w, slice_of(plan, sizeof(plan)));
    write_request(w, request_key, body_digest, (struct slice){ 0 });
    ask->ask.done = result_answered;
    return link_send(link, &ask->ask);
}

/* records ------------------------------------------------------------------------------------- */

void record_split(struct slice stored, uint64_t *ret_version, struct slice *ret_bytes)
{
    if (stored.size < VERSION_BYTES) { /* absent: no record is written without its version */
        *ret_version = 0;
        *ret_bytes = (struct slice){ 0 };
        return;
    }
    *ret_version = big_endian_read(stored.data);
    *ret_bytes = slice_of(stored.data + VERSION_BYTES, stored.size - VERSION_BYTES);
}
