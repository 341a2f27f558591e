/*
 * order_scan.c - one buffer a source, refilled by ZRANGE; the first of all heads is the next entry.
 *
 * A source is read by rank, which Redis finds in the logarithm of its size. (By score it would have
 * to count its way through entries of the same score: thousands of clocks end at one midnight.)
 * Ranks move as entries come and go, so a refill begins one entry early, at the place it goes on
 * from. When another entry stands there, the place is looked for; when it is gone, the source is
 * read from the beginning of its score, and entries up to the place are dropped by comparing.
 */
#include "service/order_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "storage/record/index.h"

#include "base/base.h"

enum {
    CHUNK_RECEIPT = 100, /* entries a refill, one source */
    CHUNK_DUE = 500,     /* several clocks an order, of which one kind is wanted */
    CHUNK_UNION = 400,   /* entries a refill over all sources of a union, */
    CHUNK_MIN = 16,      /* and of each at least */
    NUMBER_BYTES_MAX = 24,
};

/* What a source does next. */
enum source_step {
    STEP_SEEK,  /* ask for the rank of the place */
    STEP_COUNT, /* ask how many entries stand before its score, or before the plan's range */
    STEP_READ,  /* read from the rank */
};

struct scan_source {
    struct order_scan *scan;
    const struct key *key;
    struct storage_ask ask;
    enum source_step step;
    int64_t rank;              /* of the next entry, in the order of the scan */
    struct scan_entry place;   /* the last entry read, or the begin of the scan */
    struct scan_entry taken;   /* the last entry given on, or the begin; never goes back */
    bool placed;               /* there are both */
    bool at_place;             /* it should stand at rank - 1; read again, to see */
    bool sought;               /* its rank was just asked for: do not ask again */
    struct scan_entry *buffer; /* chunk entries */
    size_t at, n, chunk;
    bool exhausted;
};

static void scan_advance(struct order_scan *scan);
static void source_refill(struct scan_source *source);

/* order of entries ---------------------------------------------------------------------------- */

/* a stands before b: newest first, or earliest due first. */
static bool stands_before(const struct order_scan *scan, const struct scan_entry *a,
                          const struct scan_entry *b)
{
    int compared = (a->score > b->score) - (a->score < b->score);

    if (compared == 0)
        compared = strcmp(a->member, b->member);
    return scan->plan->by_due ? compared < 0 : compared > 0;
}

static bool same_entry(const struct scan_entry *a, const struct scan_entry *b)
{
    return a->score == b->score && strcmp(a->member, b->member) == 0;
}

bool order_scan_continue(struct order_scan *scan, const struct page_position *position)
{
    size_t size = strlen(position->member);

    if (size == 0 || size >= SCAN_MEMBER_BYTES)
        return false;
    scan->begin.score = (int64_t)position->score;
    memcpy(scan->begin.member, position->member, size + 1);
    scan->continues = true;
    return true;
}

void order_scan_place(const struct scan_entry *entry, struct page_position *ret_position)
{
    ret_position->score = (double)entry->score;
    memcpy(ret_position->member, entry->member, sizeof(entry->member));
}

/* arriving ------------------------------------------------------------------------------------ */

/* One answer of several is here; the last one goes on. */
static void scan_arrived(struct order_scan *scan, int status)
{
    if (status < 0 && scan->trouble == 0)
        scan->trouble = status;
    if (--scan->waiting == 0)
        scan_advance(scan);
}

static void scan_ask(struct order_scan *scan, struct storage_ask *ask,
                     void (*done)(struct storage_ask *, int, const struct answer *),
                     const struct slice *arguments, size_t n_arguments)
{
    int r;

    scan->waiting++;
    *ask = (struct storage_ask){ .done = done, .deadline_ms = scan->deadline_ms };
    r = link_ask(office_link(scan->office), ask, arguments, n_arguments);
    if (r < 0)
        done(ask, r, NULL);
}

static bool take_text(struct slice bytes, char *text, size_t size)
{
    if (!bytes.data || bytes.size == 0 || bytes.size >= size)
        return false;
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    return true;
}

/* sources ------------------------------------------------------------------------------------- */

/* Beyond the plan's range: so is everything behind it. */
static bool is_beyond(const struct order_plan *plan, const struct scan_entry *entry)
{
    return plan->by_due ? plan->before_ms && entry->score >= plan->before_ms
                        : entry->score < plan->from_ms;
}

static bool read_entry(const struct answer *answer, size_t i, struct scan_entry *ret_entry)
{
    ret_entry->score = answer_integer(answer_at(answer, 2 * i + 1));
    return take_text(answer_bytes(answer_at(answer, 2 * i)), ret_entry->member,
                     sizeof(ret_entry->member));
}

/* Takes what is new of an answer with n entries. */
static int source_take(struct scan_source *source, const struct answer *answer, size_t n)
{
    struct scan_entry entry;

    source->at = source->n = 0;
    source->exhausted = n < source->chunk;
    source->rank += (int64_t)n - source->at_place;
    for (size_t i = 0; i < n; i++) {
        if (!read_entry(answer, i, &entry))
            return -EBADMSG;
        if (is_beyond(source->scan->plan, &entry)) {
            source->exhausted = true;
            break;
        }
        if (!source->placed || stands_before(source->scan, &source->taken, &entry)) {
            source->buffer[source->n++] = entry;
            source->taken = entry;
        }
        source->place = entry;
        source->placed = true;
    }
    source->at_place = source->placed;
    source->sought = false;
    return 0;
}

/* Does the place stand where it should? */
static bool source_is_right(const struct scan_source *source, const struct answer *answer, size_t n)
{
    struct scan_entry first;

    return !source->at_place ||
           (n > 0 && read_entry(answer, 0, &first) && same_entry(&first, &source->place));
}

static int source_read(struct scan_source *source, const struct answer *answer)
{
    size_t n = answer_count(answer) / 2;

    if (source_is_right(source, answer, n))
        return source_take(source, answer, n);
    source->step = source->sought ? STEP_COUNT : STEP_SEEK;
    return 0;
}

static void source_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct scan_source *source = CONTAINER_OF(ask, struct scan_source, ask);

    if (status == 0 && source->step == STEP_READ) {
        status = source_read(source, answer);
    } else if (status == 0 && source->step == STEP_SEEK) {
        source->sought = source->at_place = true;
        source->rank = answer_integer(answer) + 1;
        source->step = answer_kind(answer) == ANSWER_NIL ? STEP_COUNT : STEP_READ;
    } else if (status == 0) {
        source->at_place = false;
        source->rank = answer_integer(answer);
        source->step = STEP_READ;
    }
    if (status == 0 && source->n == source->at && !source->exhausted)
        source_refill(source);
    scan_arrived(source->scan, status);
}

static void ask_rank(struct scan_source *source)
{
    const struct slice arguments[] = {
        slice_text(source->scan->plan->by_due ? "ZRANK" : "ZREVRANK"),
        key_slice(source->key),
        slice_text(source->place.member),
    };

    scan_ask(source->scan, &source->ask, source_arrived, arguments, COUNT_OF(arguments));
}

/* Entries before the first that may be wanted, in the order of the scan. */
static void ask_count(struct scan_source *source)
{
    const struct order_plan *plan = source->scan->plan;
    char bound[NUMBER_BYTES_MAX];
    bool due = plan->by_due;

    if (source->placed)
        (void)snprintf(bound, sizeof(bound), "(%" PRId64, source->place.score);
    else if (due)
        (void)snprintf(bound, sizeof(bound), "(%" PRId64, plan->from_ms);
    else
        (void)snprintf(bound, sizeof(bound), "%" PRId64, plan->before_ms);
    const struct slice arguments[] = {
        slice_text("ZCOUNT"),
        key_slice(source->key),
        slice_text(due ? "-inf" : bound),
        slice_text(due ? bound : "+inf"),
    };

    scan_ask(source->scan, &source->ask, source_arrived, arguments, COUNT_OF(arguments));
}

static void ask_entries(struct scan_source *source)
{
    char first[NUMBER_BYTES_MAX], last[NUMBER_BYTES_MAX];
    int64_t rank = source->rank - source->at_place;
    struct slice arguments[6];
    size_t n = 0;

    (void)snprintf(first, sizeof(first), "%" PRId64, rank);
    (void)snprintf(last, sizeof(last), "%" PRId64, rank + (int64_t)source->chunk - 1);
    arguments[n++] = slice_text("ZRANGE");
    arguments[n++] = key_slice(source->key);
    arguments[n++] = slice_text(first);
    arguments[n++] = slice_text(last);
    if (!source->scan->plan->by_due)
        arguments[n++] = slice_text("REV");
    arguments[n++] = slice_text("WITHSCORES");
    scan_ask(source->scan, &source->ask, source_arrived, arguments, n);
}

static void source_refill(struct scan_source *source)
{
    switch (source->step) {
    case STEP_SEEK:
        ask_rank(source);
        return;
    case STEP_COUNT:
        ask_count(source);
        return;
    case STEP_READ:
        ask_entries(source);
        return;
    }
}

/* A source from its beginning needs no count, unless the plan's range begins behind it. */
static enum source_step first_step(const struct order_scan *scan)
{
    if (scan->continues)
        return STEP_SEEK;
    return (scan->plan->by_due ? scan->plan->from_ms : scan->plan->before_ms) ? STEP_COUNT
                                                                              : STEP_READ;
}

static void sources_prepare(struct order_scan *scan)
{
    const struct order_plan *plan = scan->plan;
    size_t chunk = plan->by_due ? CHUNK_DUE : CHUNK_RECEIPT;

    if (plan->n_sources > 1)
        chunk =
            CHUNK_UNION / plan->n_sources > CHUNK_MIN ? CHUNK_UNION / plan->n_sources : CHUNK_MIN;
    scan->sources = ARENA_ARRAY(scan->arena, struct scan_source, plan->n_sources + 1);
    for (size_t i = 0; scan->sources && i < plan->n_sources; i++)
        scan->sources[i] = (struct scan_source){
            .scan = scan,
            .key = &plan->sources[i],
            .step = first_step(scan),
            .place = scan->begin,
            .taken = scan->begin,
            .placed = scan->continues,
            .buffer = ARENA_ARRAY(scan->arena, struct scan_entry, chunk),
            .chunk = chunk,
        };
    scan->n_sources = scan->arena->failed ? 0 : plan->n_sources;
}

/* merging ------------------------------------------------------------------------------------- */

/* The source whose head is next; NULL at the end, or (*ret_empty) when a source must be refilled
 * before that can be said. */
static const struct scan_source *first_source(const struct order_scan *scan, bool *ret_empty)
{
    const struct scan_source *first = NULL;

    *ret_empty = false;
    for (size_t i = 0; i < scan->n_sources; i++) {
        const struct scan_source *source = &scan->sources[i];

        if (source->at == source->n) {
            *ret_empty = *ret_empty || !source->exhausted;
            continue;
        }
        if (!first || stands_before(scan, &source->buffer[source->at], &first->buffer[first->at]))
            first = source;
    }
    return *ret_empty ? NULL : first;
}

/* The id of the order an entry stands for; false when it is passed over. */
static bool entry_order(const struct order_scan *scan, const struct scan_entry *entry,
                        char id[ORDER_ID_BYTES])
{
    struct clock_member member;

    if (!scan->plan->by_due)
        return take_text(slice_text(entry->member), id, ORDER_ID_BYTES);
    if (!clock_member_parse(slice_text(entry->member), &member) || member.clock != scan->clock)
        return false;
    memcpy(id, member.order_id, ORDER_ID_BYTES);
    return order_sieve_passes(&scan->sieve, id);
}

static void take_entry(struct order_scan *scan, const struct scan_source *first)
{
    scan->last = first->buffer[first->at];
    scan->n_looked++;
    for (size_t i = 0; i < scan->n_sources; i++) {
        struct scan_source *source = &scan->sources[i];

        if (source->at < source->n && same_entry(&source->buffer[source->at], &scan->last))
            source->at++;
    }
    if (entry_order(scan, &scan->last, scan->ids[scan->count]))
        scan->entries[scan->count++] = scan->last;
}

static void scan_refill(struct order_scan *scan)
{
    scan->waiting = 1; /* this function's own, so that nothing goes on before all were asked */
    for (size_t i = 0; i < scan->n_sources; i++) {
        struct scan_source *source = &scan->sources[i];

        if (source->at == source->n && !source->exhausted)
            source_refill(source);
    }
    scan_arrived(scan, 0);
}

/* Fills the batch as far as the buffers reach, and asks for more only when it is empty. */
static void scan_advance(struct order_scan *scan)
{
    const struct scan_source *first = NULL;
    bool empty = false;

    if (!scan->prepared && scan->trouble == 0) {
        sources_prepare(scan);
        scan->prepared = true;
    }
    if (scan->trouble == 0 && scan->arena->failed)
        scan->trouble = -ENOMEM;
    while (scan->trouble == 0 && scan->count < scan->batch_max &&
           scan->n_looked < SCAN_ENTRIES_MAX) {
        first = first_source(scan, &empty);
        if (!first)
            break;
        take_entry(scan, first);
    }
    if (scan->trouble == 0 && empty && scan->count == 0) {
        scan_refill(scan);
        return;
    }
    scan->ended = !first_source(scan, &empty) && !empty;
    scan->done(scan, scan->trouble);
}

/* beginning ----------------------------------------------------------------------------------- */

static void number_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct order_scan *scan = CONTAINER_OF(ask, struct order_scan, ask);

    if (status == 0 && take_text(answer_bytes(answer), scan->ids[0], ORDER_ID_BYTES))
        scan->count = 1;
    scan->ended = true;
    scan->done(scan, status);
}

static void scan_number(struct order_scan *scan)
{
    struct key key = key_of(KEY_NUMBER, scan->subdistrict, scan->district_number);
    const struct slice arguments[] = { slice_text("GET"), key_slice(&key) };
    int r;

    scan->ask = (struct storage_ask){ .done = number_arrived, .deadline_ms = scan->deadline_ms };
    r = link_ask(office_link(scan->office), &scan->ask, arguments, COUNT_OF(arguments));
    if (r < 0)
        scan->done(scan, r);
}

static void sieve_read(struct order_sieve *sieve, int status)
{
    struct order_scan *scan = CONTAINER_OF(sieve, struct order_scan, sieve);

    scan->trouble = status;
    scan_advance(scan);
}

void order_scan_next(struct order_scan *scan, size_t batch_max)
{
    must(batch_max > 0 && batch_max <= SCAN_BATCH_MAX && !scan->ended);
    scan->count = 0;
    scan->batch_max = batch_max;
    if (scan->plan->by_number) {
        scan_number(scan);
    } else if (!scan->prepared) {
        scan->sieve = (struct order_sieve){
            .office = scan->office,
            .keys = scan->plan->sieve,
            .n_keys = scan->plan->n_sieve,
            .arena = scan->arena,
            .deadline_ms = scan->deadline_ms,
            .done = sieve_read,
        };
        order_sieve_read(&scan->sieve);
    } else {
        scan_advance(scan);
    }
}
