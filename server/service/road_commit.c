/*
 * road_commit.c - the second round trip: what a decision changes, as one commit.
 *
 * Record, text, history entry, event, index difference, claims and the answer to the request id
 * are committed together or not at all. The index difference is computed from before and after;
 * nothing here knows which index a command touches.
 */
#include <errno.h>
#include <string.h>

#include "domain/civil.h"
#include "service/arena_message.h"
#include "service/road_state.h"
#include "service/words.h"
#include "storage/record/index.h"

#include "base/base.h"

enum { ORDER_RECORDS_MAX = 2, ORDER_APPENDS_MAX = 2 };

/* Everything a commit points at, in the errand's arena. */
struct order_commit {
    struct commit_record records[ORDER_RECORDS_MAX];
    struct commit_append appends[ORDER_APPENDS_MAX];
    struct commit_claim claim;
    struct commit commit;
};

/* Digest of the request's words: the same request id with another body is refused. */
static void errand_body_digest(struct errand *errand, struct slice body)
{
    struct digest digest;

    digest_bytes(body, &digest);
    memcpy(errand->state->body_digest, digest.bytes, BODY_DIGEST_BYTES);
}

/* Request id, body digest, month and kept result; nothing for timers. */
static void commit_add_result(struct errand *errand, struct commit *commit,
                              const struct request_result *result)
{
    commit->results_month = civil_month_of(errand->now_ms);
    if (!errand_has_id(errand))
        return;
    commit->request_key = slice_of(errand->state->request_key, REQUEST_KEY_BYTES);
    commit->body_digest = slice_of(errand->state->body_digest, BODY_DIGEST_BYTES);
    commit->result = result_pack(result, errand->arena);
}

static void commit_add_record(struct commit *commit, struct commit_record *records, struct key key,
                              uint64_t expected, struct slice bytes)
{
    records[commit->n_records++] =
        (struct commit_record){ .key = key, .expected_version = expected, .bytes = bytes };
    commit->records = records;
}

static void commit_add_append(struct commit *commit, struct commit_append *appends, struct key key,
                              struct slice bytes)
{
    appends[commit->n_appends++] = (struct commit_append){ .key = key, .bytes = bytes };
    commit->appends = appends;
}

/* The answer shows the new text too. */
static int errand_add_text(struct errand *errand, struct slice packed)
{
    struct slice *texts = ARENA_ARRAY(errand->arena, struct slice, errand->n_texts + 1);

    if (!texts)
        return -ENOMEM;
    if (errand->n_texts)
        memcpy(texts, errand->texts, errand->n_texts * sizeof(*texts));
    texts[errand->n_texts++] = packed;
    errand->texts = texts;
    return 0;
}

/* The words that came with the command: their record and its digest. */
static int commit_add_text(struct errand *errand, struct order_commit *c, struct digest *ret_digest)
{
    struct text_record record = {
        .number = errand->event.text,
        .command = errand->event.command,
        .at_ms = errand->event.at_ms,
        .by = errand->event.actor,
    };
    struct slice packed;
    int r = random_bytes(record.salt, sizeof(record.salt));

    if (r < 0)
        return r;
    record.words = words_of(errand->event.command, errand->request, errand->arena);
    text_digest(&record, ret_digest);
    packed = text_pack(&record, errand->arena);
    commit_add_append(&c->commit, c->appends,
                      key_of(KEY_TEXTS, errand->subdistrict, errand->resource), packed);
    return errand_add_text(errand, packed);
}

/* A rung of some clock fired in it. */
static bool event_reminds(const struct event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++)
        if (event->clocks[i].after.rungs_fired && event->clocks[i].after.rung_ms == event->at_ms)
            return true;
    return false;
}

/* The history entry moves the chain head on; the same bytes are the event of the stream. */
static int commit_add_history(struct errand *errand, struct order_commit *c)
{
    struct order *after = errand->after;
    struct history_entry *entry = ARENA_ROOM(errand->arena, struct history_entry);
    int r = 0;

    if (!entry)
        return -ENOMEM;
    entry->text_digest = (struct digest){ 0 };
    entry->district_number[0] = 0;
    if (event_reminds(&errand->event))
        memcpy(entry->district_number, after->district_number, sizeof(after->district_number));
    entry->event = errand->event;
    entry->order_version = after->version;
    entry->urgent = after->urgent;
    memcpy(entry->order_id, after->id, sizeof(entry->order_id));
    memcpy(entry->main_unit, after->assignment.main_unit, sizeof(entry->main_unit));
    if (errand->event.text)
        r = commit_add_text(errand, c, &entry->text_digest);
    if (r < 0)
        return r;
    c->commit.event = history_pack(entry, after->chain, errand->arena);
    commit_add_append(&c->commit, c->appends,
                      key_of(KEY_HISTORY, errand->subdistrict, errand->resource), c->commit.event);
    return 0;
}

/* A delivery claims the district's number and brings the citizen's identity. */
static int commit_add_delivery(struct errand *errand, struct order_commit *c)
{
    uint64_t version;
    struct slice bytes, identity;
    int r;

    if (errand->row->load != LOAD_DELIVERY)
        return 0;
    r = intake_identity(errand->request, errand->arena, &identity);
    if (r < 0)
        return r;
    record_split(errand->identity_bytes, &version, &bytes);
    commit_add_record(&c->commit, c->records,
                      key_of(KEY_IDENTITY, errand->subdistrict, errand->resource), version,
                      identity);
    if (errand->before->version)
        return 0;
    c->claim = (struct commit_claim){
        .key = key_of(KEY_NUMBER, errand->subdistrict, errand->after->district_number),
        .value = slice_text(errand->after->id),
    };
    c->commit.claims = &c->claim;
    c->commit.n_claims = 1;
    return 0;
}

static int road_send_commit(struct errand *errand, struct commit *commit)
{
    struct road_state *state = errand->state;

    if (errand->arena->failed)
        return -ENOMEM;
    commit->subdistrict = errand->subdistrict;
    commit->expected_epoch = slice_text(errand->snapshot->epoch);
    state->commit = (struct commit_ask){
        .ask.deadline_ms = errand->deadline_ms,
        .done = road_committed,
    };
    return commit_ask(office_link(errand->office), &state->commit, commit);
}

int road_commit_order(struct errand *errand)
{
    struct order_commit *c = ARENA_NEW(errand->arena, struct order_commit);
    struct commit_index *index =
        arena_room(errand->arena, 2 * ORDER_INDEX_MAX * sizeof(struct commit_index));
    struct order *after = errand->after;
    struct request_result result = { .version = after->version };
    int r;

    if (!c || !index)
        return -ENOMEM;
    r = commit_add_history(errand, c);
    if (r == 0)
        r = commit_add_delivery(errand, c);
    if (r < 0)
        return r;
    commit_add_record(&c->commit, c->records,
                      key_of(KEY_ORDER, errand->subdistrict, errand->resource),
                      errand->before->version, order_pack(after, errand->stored, errand->arena));
    c->commit.n_index =
        order_index_difference(errand->before, after, errand->subdistrict, errand->arena, index);
    c->commit.index = index;
    memcpy(result.resource, errand->resource, sizeof(result.resource));
    commit_add_result(errand, &c->commit, &result);
    return road_send_commit(errand, &c->commit);
}

int road_commit_change(struct errand *errand)
{
    const struct snapshot_change *change = &errand->state->change;
    struct commit_record *record = ARENA_NEW(errand->arena, struct commit_record);
    struct commit commit = { .moves_epoch = true };

    if (!record)
        return -ENOMEM;
    commit_add_record(&commit, record, key_of(change->record, errand->subdistrict, ""),
                      change->expected_version, change->bytes);
    commit_add_result(errand, &commit, &change->result);
    return road_send_commit(errand, &commit);
}

void road_digest_request(struct errand *errand)
{
    if (errand_has_id(errand))
        errand_body_digest(errand, arena_message_pack(errand->request, errand->arena));
}
