/*
 * survey.c - the keys a subdistrict really has, and a walk over its orders.
 *
 * One SCAN of the database finds also what no index points to and what points to nothing.
 */
#include "storage/record/inspector.h"

#include <errno.h>
#include <stdio.h>

#include "storage/commit.h"
#include "storage/record/record.h"

#include "base/base.h"

enum { SCAN_KEYS = 1000, ORDERS_BETWEEN_LINES = 10000 };

/* --- survey ----------------------------------------------------------------------------------- */

/* Which list of the survey a key belongs to. Kinds that take a part are matched by their start. */
enum survey_list {
    LIST_ORDERS,
    LIST_IDENTITIES,
    LIST_TEXTS,
    LIST_HISTORIES,
    LIST_CLAIMS,
    LIST_INDEXES
};
static const struct survey_row {
    enum key_kind kind;
    bool takes_part;
    enum survey_list list;
} survey_rows[] = {
    { KEY_ORDER, true, LIST_ORDERS },    { KEY_IDENTITY, true, LIST_IDENTITIES },
    { KEY_TEXTS, true, LIST_TEXTS },     { KEY_HISTORY, true, LIST_HISTORIES },
    { KEY_NUMBER, true, LIST_CLAIMS },   { KEY_ALL, false, LIST_INDEXES },
    { KEY_STATE, true, LIST_INDEXES },   { KEY_UNIT, true, LIST_INDEXES },
    { KEY_DUE, false, LIST_INDEXES },    { KEY_WAKE, false, LIST_INDEXES },
    { KEY_REMIND, false, LIST_INDEXES }, { KEY_URGENT, false, LIST_INDEXES },
    { KEY_PHONE, true, LIST_INDEXES },
};

static struct names *survey_list(struct survey *survey, enum survey_list list)
{
    switch (list) {
    case LIST_ORDERS:
        return &survey->orders;
    case LIST_IDENTITIES:
        return &survey->identities;
    case LIST_TEXTS:
        return &survey->texts;
    case LIST_HISTORIES:
        return &survey->histories;
    case LIST_CLAIMS:
        return &survey->claims;
    default:
        return &survey->indexes;
    }
}

/* The row a key belongs to, and the part after the row's start; NULL: a key of no interest. */
static const struct survey_row *survey_row_of(const char *subdistrict, struct slice key,
                                              struct slice *ret_part)
{
    for (size_t i = 0; i < COUNT_OF(survey_rows); i++) {
        const struct survey_row *row = &survey_rows[i];
        struct key start = key_of(row->kind, subdistrict, row->takes_part ? "?" : "");
        size_t size = row->takes_part ? start.size - 1 : start.size;

        if (key.size < size || memcmp(key.data, start.text, size) != 0 ||
            (!row->takes_part && key.size != size))
            continue;
        *ret_part = slice_of(key.data + size, key.size - size);
        return row;
    }
    return NULL;
}

static int survey_add(struct inspector *inspector, struct survey *survey, struct slice key)
{
    struct slice part;
    const struct survey_row *row = survey_row_of(survey->subdistrict, key, &part);

    if (!row)
        return 0;
    if (memchr(key.data, '\0', key.size) || key.size >= KEY_BYTES_MAX ||
        (row->takes_part && part.size == 0) ||
        (row->list <= LIST_HISTORIES && part.size >= ORDER_ID_BYTES)) {
        inspector_fault(inspector, "%.*s is no key of ours", (int)key.size, (const char *)key.data);
        return 0;
    }
    return names_add(survey_list(survey, row->list), &survey->memory,
                     row->list <= LIST_HISTORIES ? part : key);
}

/* One step of SCAN: adds the keys it gives and moves the cursor on. */
static int survey_scan(struct inspector *inspector, struct survey *survey, char *cursor,
                       size_t cursor_bytes)
{
    char pattern[SUBDISTRICT_BYTES_MAX + 8], count[8];
    const struct answer *answer, *keys;
    struct slice next;
    int r;

    (void)snprintf(pattern, sizeof(pattern), "h{%s}:*", survey->subdistrict);
    (void)snprintf(count, sizeof(count), "%d", SCAN_KEYS);
    r = inspector_ask(inspector,
                      (struct slice[]){ slice_text("SCAN"), slice_text(cursor), slice_text("MATCH"),
                                        slice_text(pattern), slice_text("COUNT"),
                                        slice_text(count) },
                      6, &answer);
    if (r < 0)
        return r;
    if (answer_count(answer) != 2)
        return -EPROTO;
    next = answer_bytes(answer_at(answer, 0));
    keys = answer_at(answer, 1);
    for (size_t i = 0; i < answer_count(keys) && r == 0; i++)
        r = survey_add(inspector, survey, answer_bytes(answer_at(keys, i)));
    (void)snprintf(cursor, cursor_bytes, "%.*s", (int)next.size, (const char *)next.data);
    return r;
}

int survey_take(struct inspector *inspector, const char *subdistrict, struct survey *survey)
{
    char cursor[24] = "0";
    int r;

    *survey = (struct survey){ .subdistrict = subdistrict };
    arena_init(&survey->memory, SIZE_MAX);
    do {
        r = survey_scan(inspector, survey, cursor, sizeof(cursor));
        if (r < 0)
            return r;
    } while (strcmp(cursor, "0") != 0);
    for (enum survey_list list = LIST_ORDERS; list <= LIST_INDEXES; list++)
        names_sort(survey_list(survey, list));
    return 0;
}

void survey_release(struct survey *survey)
{
    for (enum survey_list list = LIST_ORDERS; list <= LIST_INDEXES; list++)
        names_release(survey_list(survey, list));
    arena_release(&survey->memory);
}

/* --- every order ------------------------------------------------------------------------------ */

/* Fact records of a chunk of orders, copied into the arena; absent where there is none. */
static int chunk_read(struct inspector *inspector, const struct survey *survey, size_t first,
                      size_t n, struct arena *a, struct slice *ret_records)
{
    struct key keys[ORDERS_A_CHUNK];
    struct slice words[1 + ORDERS_A_CHUNK] = { slice_text("MGET") };
    const struct answer *answer;
    int r;

    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of(KEY_ORDER, survey->subdistrict, survey->orders.list[first + i]);
        words[1 + i] = key_slice(&keys[i]);
    }
    r = inspector_ask(inspector, words, 1 + n, &answer);
    if (r < 0)
        return r;
    if (answer_count(answer) != n)
        return -EPROTO;
    for (size_t i = 0; i < n; i++) {
        struct slice bytes = answer_bytes(answer_at(answer, i));

        ret_records[i] = (struct slice){ 0 };
        if (bytes.size > 0)
            ret_records[i] = slice_of(arena_copy(a, bytes.data, bytes.size), bytes.size);
    }
    return a->failed ? -ENOMEM : 0;
}

/* The order in a stored record; -EBADMSG when it is not that of this id. */
static int order_read(struct slice stored, const char *id, struct arena *a, struct order *ret_order)
{
    struct slice bytes;
    uint64_t version;
    int r;

    record_split(stored, &version, &bytes);
    if (!bytes.data)
        return -EBADMSG;
    r = order_unpack(bytes, a, ret_order);
    if (r < 0)
        return r;
    ret_order->version = version;
    return strcmp(ret_order->id, id) == 0 ? 0 : -EBADMSG;
}

static int chunk_walk(struct inspector *inspector, const struct survey *survey, size_t first,
                      struct arena *a, const struct walk *walk)
{
    struct slice records[ORDERS_A_CHUNK];
    size_t left = survey->orders.n - first;
    size_t n = left < ORDERS_A_CHUNK ? left : ORDERS_A_CHUNK;
    int r = chunk_read(inspector, survey, first, n, a, records);

    for (size_t i = 0; i < n && r == 0; i++) {
        const char *id = survey->orders.list[first + i];
        struct order order;

        r = order_read(records[i], id, a, &order);
        if (r == 0) {
            r = walk->visit(walk->context, &order);
        } else if (r == -EBADMSG) {
            if (walk->says_faults)
                inspector_fault(inspector, "order %s: its record cannot be read", id);
            r = 0;
        }
    }
    return r;
}

int survey_walk(struct inspector *inspector, const struct survey *survey, const struct walk *walk)
{
    size_t n = survey->orders.n;
    int r = 0;

    for (size_t first = 0; first < n && r == 0; first += ORDERS_A_CHUNK) {
        size_t next = first + ORDERS_A_CHUNK;
        struct arena a;

        arena_init(&a, SIZE_MAX);
        r = chunk_walk(inspector, survey, first, &a, walk);
        arena_release(&a);
        if (next < n && first / ORDERS_BETWEEN_LINES != next / ORDERS_BETWEEN_LINES)
            inspector_say(inspector, "%s: %zu of %zu orders", survey->subdistrict, next, n);
    }
    return r;
}
