/*
 * index.c - which index entries an order has, and what must change in Redis between two versions
 * of it. Pure; the one place that knows.
 *
 * Entries come in the order of their keys' kinds, and of the changes those that go come first, so
 * that entries of one sorted set stand side by side and travel in one group.
 */
#include "storage/record/index.h"

#include "base/arena.h"
#include "base/crypto.h"

#include "base/base.h"

/* id/clock/stamp/rung: 16 + 1 + 2 + 1 + 10 + 1 + 3 */
enum { MEMBER_BYTES_MAX = 48 };

/* Entries being collected. */
struct entries {
    const struct order *order;
    const char *subdistrict;
    struct arena *arena;
    struct slice id; /* the order's, in the arena */
    struct commit_index *list;
    size_t n;
};

static void entry_add(struct entries *entries, const struct key *key, struct slice member,
                      int64_t at_ms)
{
    must(entries->n < ORDER_INDEX_MAX);
    entries->list[entries->n++] =
        (struct commit_index){ .key = *key, .member = member, .score = (double)at_ms };
}

/* The order itself, by receipt. */
static void entry_add_order(struct entries *entries, const struct key *key)
{
    entry_add(entries, key, entries->id, entries->order->received_ms);
}

/* --- members of clocks ------------------------------------------------------------------------ */

static size_t number_append(char *text, size_t at, uint32_t number)
{
    char digits[10];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text[at++] = '/';
    while (n > 0)
        text[at++] = digits[--n];
    return at;
}

/* Absent without memory. Written by hand: some ten a commit, and printf would be the dearest part
 * of the projection. */
static struct slice clock_member(struct entries *entries, size_t kind, bool with_rung)
{
    const struct clock *clock = &entries->order->clocks[kind];
    char text[MEMBER_BYTES_MAX];
    size_t size = entries->id.size;
    const void *copy;

    if (!entries->id.data)
        return (struct slice){ 0 };
    memcpy(text, entries->id.data, size);
    size = number_append(text, size, (uint32_t)kind);
    size = number_append(text, size, clock->stamp);
    if (with_rung)
        size = number_append(text, size, clock->rungs_fired - 1u);
    copy = arena_copy(entries->arena, text, size);
    return copy ? slice_of(copy, size) : (struct slice){ 0 };
}

/* "/" and a number without leading zeros, at most max. */
static bool number_take(struct slice *text, uint32_t max, uint32_t *ret_number)
{
    uint64_t number = 0;
    size_t n = 1;

    if (text->size < 2 || text->data[0] != '/')
        return false;
    for (; n < text->size && text->data[n] >= '0' && text->data[n] <= '9'; n++) {
        number = number * 10 + (uint64_t)(text->data[n] - '0');
        if (number > max)
            return false;
    }
    if (n == 1 || (n > 2 && text->data[1] == '0'))
        return false;
    *text = slice_of(text->data + n, text->size - n);
    *ret_number = (uint32_t)number;
    return true;
}

bool clock_member_parse(struct slice member, struct clock_member *ret_member)
{
    struct clock_member parsed = { 0 };
    const uint8_t *slash = member.size ? memchr(member.data, '/', member.size) : NULL;
    size_t id_size = slash ? (size_t)(slash - member.data) : 0;
    uint32_t kind, stamp, rung = 0;
    struct slice rest;

    if (id_size == 0 || id_size >= ORDER_ID_BYTES)
        return false;
    memcpy(parsed.order_id, member.data, id_size);
    rest = slice_of(slash, member.size - id_size);
    if (!number_take(&rest, CLOCK_MAX - 1, &kind) || kind == CLOCK_UNSPECIFIED ||
        !number_take(&rest, UINT32_MAX, &stamp))
        return false;
    if (rest.size > 0 && (!number_take(&rest, UINT8_MAX, &rung) || rest.size > 0))
        return false;
    parsed.clock = (enum clock_kind)kind;
    parsed.stamp = stamp;
    parsed.rung = (uint8_t)rung;
    *ret_member = parsed;
    return true;
}

/* --- the projection --------------------------------------------------------------------------- */

static void add_units(struct entries *entries)
{
    const struct assignment *assignment = &entries->order->assignment;
    struct key key;

    if (assignment->main_unit[0] != '\0') {
        key = key_of(KEY_UNIT, entries->subdistrict, assignment->main_unit);
        entry_add_order(entries, &key);
    }
    for (size_t i = 0; i < assignment->n_informed; i++) {
        bool named_before = strcmp(assignment->informed[i], assignment->main_unit) == 0;

        for (size_t k = 0; k < i; k++)
            named_before |= strcmp(assignment->informed[i], assignment->informed[k]) == 0;
        if (named_before || assignment->informed[i][0] == '\0')
            continue;
        key = key_of(KEY_UNIT, entries->subdistrict, assignment->informed[i]);
        entry_add_order(entries, &key);
    }
}

static bool clock_runs(const struct clock *clock)
{
    return clock->status == CLOCK_STATUS_RUNNING;
}

static void add_due(struct entries *entries)
{
    struct key key = key_of(KEY_DUE, entries->subdistrict, "");

    for (size_t kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &entries->order->clocks[kind];

        if (clock_runs(clock))
            entry_add(entries, &key, clock_member(entries, kind, false), clock->due_ms);
    }
}

/* The newest rung of a running clock, until somebody acknowledges it. */
static void add_reminders(struct entries *entries)
{
    struct key key = key_of(KEY_REMIND, entries->subdistrict, "");

    for (size_t kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &entries->order->clocks[kind];

        if (clock_runs(clock) && clock->rungs_fired > 0 && !clock->rung_acknowledged)
            entry_add(entries, &key, clock_member(entries, kind, true), clock->rung_ms);
    }
}

static void add_phones(struct entries *entries)
{
    const struct order *order = entries->order;

    for (size_t i = 0; i < order->n_phones; i++) {
        char hex[2 * BLIND_INDEX_BYTES + 1];
        bool given_before = false;
        struct key key;

        for (size_t k = 0; k < i; k++)
            given_before |= memcmp(order->phones[i], order->phones[k], BLIND_INDEX_BYTES) == 0;
        if (given_before)
            continue;
        hex_of(order->phones[i], BLIND_INDEX_BYTES, hex);
        key = key_of(KEY_PHONE, entries->subdistrict, hex);
        entry_add_order(entries, &key);
    }
}

size_t order_index(const struct order *order, const char *subdistrict, struct arena *a,
                   struct commit_index ret_entries[ORDER_INDEX_MAX])
{
    struct entries entries = {
        .order = order, .subdistrict = subdistrict, .arena = a, .list = ret_entries
    };
    bool open = order_is_open(order);
    int64_t wake_ms = order_wake_ms(order);
    const char *id;
    struct key key;

    if (order->state == ORDER_STATE_UNSPECIFIED)
        return 0;
    id = arena_strdup(a, order->id);
    entries.id = slice_text(id);
    key = key_of(KEY_ALL, subdistrict, "");
    entry_add_order(&entries, &key);
    key = key_of_number(KEY_STATE, subdistrict, order->state);
    entry_add_order(&entries, &key);
    if (open)
        add_units(&entries);
    add_due(&entries);
    if (wake_ms != 0) {
        key = key_of(KEY_WAKE, subdistrict, "");
        entry_add(&entries, &key, entries.id, wake_ms);
    }
    add_reminders(&entries);
    if (open && order->urgent) {
        key = key_of(KEY_URGENT, subdistrict, "");
        entry_add_order(&entries, &key);
    }
    add_phones(&entries);
    return entries.n;
}

/* --- the difference --------------------------------------------------------------------------- */

static bool same_entry(const struct commit_index *a, const struct commit_index *b)
{
    return a->key.size == b->key.size && slice_equal(a->member, b->member) &&
           memcmp(a->key.text, b->key.text, a->key.size) == 0;
}

/* The entry of the same key and member, or NULL. Both lists are in the same order, so it usually
 * stands near `near`. */
static const struct commit_index *entry_find(const struct commit_index *list, size_t n, size_t near,
                                             const struct commit_index *entry)
{
    for (size_t i = 0; i < n; i++) {
        const struct commit_index *candidate = &list[(near + i) % n];

        if (same_entry(candidate, entry))
            return candidate;
    }
    return NULL;
}

size_t order_index_difference(const struct order *before, const struct order *after,
                              const char *subdistrict, struct arena *a,
                              struct commit_index ret_changes[2 * ORDER_INDEX_MAX])
{
    struct commit_index old[ORDER_INDEX_MAX], new[ORDER_INDEX_MAX];
    size_t n_old = order_index(before, subdistrict, a, old);
    size_t n_new = order_index(after, subdistrict, a, new);
    size_t n = 0;

    for (size_t i = 0; i < n_old; i++) {
        if (!entry_find(new, n_new, i, &old[i])) {
            ret_changes[n] = old[i];
            ret_changes[n++].gone = true;
        }
    }
    for (size_t i = 0; i < n_new; i++) {
        const struct commit_index *was = entry_find(old, n_old, i, &new[i]);

        if (!was || was->score < new[i].score || was->score > new[i].score)
            ret_changes[n++] = new[i];
    }
    return n;
}
