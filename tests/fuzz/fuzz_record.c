/*
 * fuzz_record.c - whatever stands in Redis, unpacking it is refused or gives a value that packs
 * and unpacks again to the same bytes. The first byte chooses what is unpacked.
 */
#include "storage/record/index.h"
#include "storage/record/record.h"

#include "base/arena.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was let in goes out and comes in again unchanged. */
static void fuzz_order(struct slice bytes, struct arena *a)
{
    static struct commit_index entries[ORDER_INDEX_MAX];
    struct order order, again;
    struct slice once, twice;

    if (order_unpack(bytes, a, &order) < 0)
        return;
    once = order_pack(&order, bytes, a);
    must(once.data && order_unpack(once, a, &again) == 0);
    twice = order_pack(&again, once, a);
    must(slice_equal(once, twice));
    (void)order_index(&order, "310113-yy", a, entries);
}

static void fuzz_history(struct slice bytes, struct arena *a)
{
    struct history_entry entry;
    uint8_t chain[DIGEST_BYTES] = { 0 };
    struct slice once, twice;

    if (history_unpack(bytes, a, &entry) < 0)
        return;
    once = history_pack(&entry, chain, a);
    must(once.data && history_unpack(once, a, &entry) == 0);
    twice = history_pack(&entry, chain, a);
    must(slice_equal(once, twice));
}

static void fuzz_text(struct slice bytes, struct arena *a)
{
    struct text_record record;
    struct digest before, after;

    if (text_unpack(bytes, a, &record) < 0)
        return;
    text_digest(&record, &before);
    must(text_unpack(text_pack(&record, a), a, &record) == 0);
    text_digest(&record, &after);
    must(digest_equal(&before, &after));
}

static void fuzz_identity(struct slice bytes, struct arena *a)
{
    struct identity identity;
    struct secret_key key = { { 1 } };
    uint8_t index[BLIND_INDEX_BYTES];

    if (identity_unpack(bytes, a, &identity) < 0)
        return;
    for (size_t i = 0; i < identity.n_phones; i++)
        blind_index(&key, identity.phones[i], index);
    must(identity_unpack(identity_pack(&identity, a), a, &identity) == 0);
}

static void fuzz_directory(struct slice bytes, struct arena *a)
{
    struct directory directory;

    if (directory_unpack(bytes, a, &directory) < 0)
        return;
    for (size_t i = 0; i < directory.n_units; i++)
        must(directory_unit(&directory, directory.units[i].code) == &directory.units[i]);
    for (size_t i = 0; i < directory.n_staff; i++)
        (void)directory_standing(&directory, directory.staff[i].id, 1);
    must(directory_unpack(directory_pack(&directory, a), a, &directory) == 0);
}

static void fuzz_calendar(struct slice bytes, struct arena *a)
{
    struct calendar_year *years;
    size_t n;
    uint32_t version;

    if (calendar_unpack(bytes, a, &years, &n, &version) < 0)
        return;
    must(calendar_unpack(calendar_pack(years, n, version, a), a, &years, &n, &version) == 0);
}

static void fuzz_small(struct slice bytes, struct arena *a)
{
    struct request_result result;
    struct clock_member member;

    if (result_unpack(bytes, &result) == 0)
        must(result_unpack(result_pack(&result, a), &result) == 0);
    (void)clock_member_parse(bytes, &member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(struct slice bytes, struct arena * a) = {
        fuzz_order,     fuzz_history,  fuzz_text,  fuzz_identity,
        fuzz_directory, fuzz_calendar, fuzz_small,
    };
    struct arena a;

    if (size == 0)
        return 0;
    arena_init(&a, ARENA_BYTES_MAX);
    targets[data[0] % COUNT_OF(targets)](slice_of(data + 1, size - 1), &a);
    arena_release(&a);
    return 0;
}
