/*
 * check_index.c - do the index entries in Redis and those the records ask for agree, both ways?
 *
 * What is expected is kept as a set of fingerprints (key and member -> score), some 40 bytes an
 * entry, so that a hundred thousand orders fit a small machine. Then every index key is read once:
 * an entry that is not expected is stale, one with another score stands in the wrong place. What
 * was expected and not seen is missing; its name is found by projecting all orders once more.
 * Claims (district number -> order) are checked as entries of the same set.
 */
#include "storage/record/inspector.h"

#include <errno.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/memory.h"
#include "storage/record/index.h"

#include "base/base.h"

/* --- a set of fingerprints: open addressing, linear probing, at most two thirds full ---------- */

struct expectation {
    uint8_t fingerprint[16]; /* all zero = free */
    double score;
    bool seen;
};

struct expectations {
    struct expectation *table;
    size_t n, room; /* room is a power of two */
    size_t unseen;
};

enum { ROOM_AT_FIRST = 4096, FINGERPRINT_BYTES = 16 };

int expectations_create(struct expectations **ret_expectations)
{
    struct expectations *expectations = memory_alloc(sizeof(*expectations));

    if (!expectations)
        return -ENOMEM;
    expectations->room = ROOM_AT_FIRST;
    expectations->table = memory_alloc(ROOM_AT_FIRST * sizeof(*expectations->table));
    if (!expectations->table) {
        memory_free(expectations);
        return -ENOMEM;
    }
    *ret_expectations = expectations;
    return 0;
}

struct expectations *expectations_free(struct expectations *expectations)
{
    if (expectations)
        memory_free(expectations->table);
    return memory_free(expectations);
}

static void fingerprint_of(struct slice key, struct slice member,
                           uint8_t fingerprint[FINGERPRINT_BYTES])
{
    struct slice parts[] = { key, member };
    struct digest digest;

    digest_of(parts, COUNT_OF(parts), &digest);
    memcpy(fingerprint, digest.bytes, FINGERPRINT_BYTES);
}

/* The place of a fingerprint, or the free one where it belongs. */
static struct expectation *place_of(const struct expectations *expectations,
                                    const uint8_t fingerprint[FINGERPRINT_BYTES])
{
    static const uint8_t unused[FINGERPRINT_BYTES];
    size_t mask = expectations->room - 1, at;

    memcpy(&at, fingerprint, sizeof(at));
    for (at &= mask;; at = (at + 1) & mask) {
        struct expectation *place = &expectations->table[at];

        if (memcmp(place->fingerprint, fingerprint, FINGERPRINT_BYTES) == 0 ||
            memcmp(place->fingerprint, unused, FINGERPRINT_BYTES) == 0)
            return place;
    }
}

static bool is_free(const struct expectation *place)
{
    static const uint8_t unused[FINGERPRINT_BYTES];

    return memcmp(place->fingerprint, unused, FINGERPRINT_BYTES) == 0;
}

static int expectations_grow(struct expectations *expectations)
{
    struct expectations larger = *expectations;

    larger.room = 2 * expectations->room;
    larger.table = memory_alloc(larger.room * sizeof(*larger.table));
    if (!larger.table)
        return -ENOMEM;
    for (size_t i = 0; i < expectations->room; i++) {
        if (!is_free(&expectations->table[i]))
            *place_of(&larger, expectations->table[i].fingerprint) = expectations->table[i];
    }
    memory_free(expectations->table);
    *expectations = larger;
    return 0;
}

static int expect(struct expectations *expectations, struct slice key, struct slice member,
                  double score)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct expectation *place;

    if (3 * expectations->n >= 2 * expectations->room && expectations_grow(expectations) < 0)
        return -ENOMEM;
    fingerprint_of(key, member, fingerprint);
    place = place_of(expectations, fingerprint);
    if (is_free(place)) {
        memcpy(place->fingerprint, fingerprint, FINGERPRINT_BYTES);
        expectations->n++;
        expectations->unseen++;
    }
    place->score = score;
    return 0;
}

/* What was expected of this entry, marked as seen; NULL: nothing. */
static const struct expectation *see(struct expectations *expectations, struct slice key,
                                     struct slice member)
{
    uint8_t fingerprint[FINGERPRINT_BYTES];
    struct expectation *place;

    fingerprint_of(key, member, fingerprint);
    place = place_of(expectations, fingerprint);
    if (is_free(place))
        return NULL;
    expectations->unseen -= place->seen ? 0 : 1;
    place->seen = true;
    return place;
}

/* --- what an order asks for ------------------------------------------------------------------- */

/* The claim of an order as an entry; false when it has no district number. */
static bool claim_of(const struct order *order, const char *subdistrict, struct key *ret_key)
{
    if (order->district_number[0] == '\0')
        return false;
    *ret_key = key_of(KEY_NUMBER, subdistrict, order->district_number);
    return true;
}

int expect_order(struct expectations *expectations, const char *subdistrict,
                 const struct order *order)
{
    struct commit_index entries[ORDER_INDEX_MAX];
    struct arena a;
    struct key claim;
    size_t n;
    int r = 0;

    arena_init(&a, SIZE_MAX);
    n = order_index(order, subdistrict, &a, entries);
    if (a.failed)
        r = -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        r = expect(expectations, key_slice(&entries[i].key), entries[i].member, entries[i].score);
    if (r == 0 && claim_of(order, subdistrict, &claim))
        r = expect(expectations, key_slice(&claim), slice_text(order->id), 0);
    arena_release(&a);
    return r;
}

/* --- what Redis has --------------------------------------------------------------------------- */

static void compare_entry(struct inspector *inspector, struct expectations *expectations,
                          const char *key, const struct answer *member, const struct answer *score)
{
    struct slice name = answer_bytes(member), number = answer_bytes(score);
    const struct expectation *expected = see(expectations, slice_text(key), name);
    double stands = number.size ? strtod((const char *)number.data, NULL) : 0;

    inspector->report.index_entries++;
    if (!expected)
        inspector_fault(inspector, "%s: %.*s should not be there", key, (int)name.size,
                        (const char *)name.data);
    else if (stands < expected->score || stands > expected->score)
        inspector_fault(inspector, "%s: %.*s stands at %.0f, not at %.0f", key, (int)name.size,
                        (const char *)name.data, stands, expected->score);
}

static int compare_key(struct inspector *inspector, struct expectations *expectations,
                       const char *name)
{
    const struct answer *answer;
    int64_t first = 0;
    struct key key = { .size = strlen(name) };
    size_t n;
    int r;

    memcpy(key.text, name, key.size + 1); /* the survey let no longer one in */
    do {
        r = inspector_ask_range(inspector, "ZRANGE", &key, first, true, &answer);
        if (r < 0)
            return r;
        n = answer_count(answer) / 2;
        for (size_t i = 0; i < n; i++)
            compare_entry(inspector, expectations, name, answer_at(answer, 2 * i),
                          answer_at(answer, 2 * i + 1));
        first += (int64_t)n;
    } while (n == ELEMENTS_A_CHUNK);
    return 0;
}

static int compare_claims(struct inspector *inspector, const struct survey *survey,
                          struct expectations *expectations, size_t first)
{
    size_t left = survey->claims.n - first;
    size_t n = left < ELEMENTS_A_CHUNK ? left : ELEMENTS_A_CHUNK;
    struct slice words[1 + ELEMENTS_A_CHUNK] = { slice_text("MGET") };
    const struct answer *answer;
    int r;

    for (size_t i = 0; i < n; i++)
        words[1 + i] = slice_text(survey->claims.list[first + i]);
    r = inspector_ask(inspector, words, 1 + n, &answer);
    if (r < 0)
        return r;
    if (answer_count(answer) != n)
        return -EPROTO;
    for (size_t i = 0; i < n; i++) {
        struct slice order = answer_bytes(answer_at(answer, i));

        if (!see(expectations, words[1 + i], order))
            inspector_fault(inspector, "%s: order %.*s does not have this number",
                            survey->claims.list[first + i], (int)order.size,
                            order.size ? (const char *)order.data : "");
    }
    return 0;
}

/* --- what is missing -------------------------------------------------------------------------- */

struct missing {
    struct inspector *inspector;
    const struct survey *survey;
    struct expectations *expectations;
};

static void say_if_unseen(const struct missing *missing, const struct key *key, struct slice member)
{
    const struct expectation *place;
    uint8_t fingerprint[FINGERPRINT_BYTES];

    fingerprint_of(key_slice(key), member, fingerprint);
    place = place_of(missing->expectations, fingerprint);
    if (!is_free(place) && !place->seen)
        inspector_fault(missing->inspector, "%s: %.*s is missing", key->text, (int)member.size,
                        (const char *)member.data);
}

static int visit_missing(void *context, const struct order *order)
{
    const struct missing *missing = context;
    struct commit_index entries[ORDER_INDEX_MAX];
    struct arena a;
    struct key claim;
    size_t n;
    int r;

    arena_init(&a, SIZE_MAX);
    n = order_index(order, missing->survey->subdistrict, &a, entries);
    r = a.failed ? -ENOMEM : 0;
    for (size_t i = 0; i < n && r == 0; i++)
        say_if_unseen(missing, &entries[i].key, entries[i].member);
    if (r == 0 && claim_of(order, missing->survey->subdistrict, &claim))
        say_if_unseen(missing, &claim, slice_text(order->id));
    arena_release(&a);
    return r;
}

int check_index(struct inspector *inspector, const struct survey *survey,
                struct expectations *expectations)
{
    struct missing missing = { inspector, survey, expectations };
    struct walk walk = { .visit = visit_missing, .context = &missing };
    int r = 0;

    for (size_t i = 0; i < survey->indexes.n && r == 0; i++)
        r = compare_key(inspector, expectations, survey->indexes.list[i]);
    for (size_t i = 0; i < survey->claims.n && r == 0; i += ELEMENTS_A_CHUNK)
        r = compare_claims(inspector, survey, expectations, i);
    if (r == 0 && expectations->unseen > 0)
        r = survey_walk(inspector, survey, &walk);
    return r;
}
