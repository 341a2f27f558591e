/*
 * rebuild.c - hotlined --rebuild: all index keys of a subdistrict go and come again from the
 * records. Not atomic, so no server may run on the subdistrict meanwhile; broken off, it is
 * simply run again.
 */
#include "storage/record/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "storage/record/index.h"
#include "storage/record/inspector.h"

#include "base/base.h"

enum { BATCH_ENTRIES = 4096 };

/* Entries that wait to be written, many orders at once: one ZADD a key. */
struct batch {
    struct inspector *inspector;
    const char *subdistrict;
    struct arena members;
    struct commit_index *entries; /* BATCH_ENTRIES */
    size_t n;
};

static int compare_keys(const void *a, const void *b)
{
    const struct commit_index *x = a, *y = b;

    return strcmp(x->key.text, y->key.text);
}

/* ZADD of entries that share a key. */
static int zadd(struct inspector *inspector, const struct commit_index *entries, size_t n)
{
    struct slice words[2 + 2 * ELEMENTS_A_CHUNK] = { slice_text("ZADD"), key_slice(&entries->key) };
    char scores[ELEMENTS_A_CHUNK][24];
    const struct answer *answer;

    must(n <= ELEMENTS_A_CHUNK);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(scores[i], sizeof(scores[i]), "%.0f", entries[i].score);
        words[2 + 2 * i] = slice_text(scores[i]);
        words[3 + 2 * i] = entries[i].member;
    }
    inspector->report.index_entries += n;
    return inspector_ask(inspector, words, 2 + 2 * n, &answer);
}

static int batch_write(struct batch *batch)
{
    int r = 0;

    qsort(batch->entries, batch->n, sizeof(*batch->entries), compare_keys);
    for (size_t first = 0; first < batch->n && r == 0;) {
        size_t end = first + 1;

        while (end < batch->n && end - first < ELEMENTS_A_CHUNK &&
               compare_keys(&batch->entries[first], &batch->entries[end]) == 0)
            end++;
        r = zadd(batch->inspector, &batch->entries[first], end - first);
        first = end;
    }
    batch->n = 0;
    arena_release(&batch->members);
    return r;
}

static int visit_order(void *context, const struct order *order)
{
    struct batch *batch = context;

    batch->inspector->report.orders++;
    batch->n += order_index(order, batch->subdistrict, &batch->members, batch->entries + batch->n);
    if (batch->members.failed)
        return -ENOMEM;
    return batch->n > BATCH_ENTRIES - ORDER_INDEX_MAX ? batch_write(batch) : 0;
}

static int indexes_remove(struct inspector *inspector, const struct survey *survey)
{
    int r = 0;

    for (size_t first = 0; first < survey->indexes.n && r == 0; first += ELEMENTS_A_CHUNK) {
        size_t left = survey->indexes.n - first;
        size_t n = left < ELEMENTS_A_CHUNK ? left : ELEMENTS_A_CHUNK;
        struct slice words[1 + ELEMENTS_A_CHUNK] = { slice_text("UNLINK") };
        const struct answer *answer;

        for (size_t i = 0; i < n; i++)
            words[1 + i] = slice_text(survey->indexes.list[first + i]);
        r = inspector_ask(inspector, words, 1 + n, &answer);
    }
    return r;
}

static int rebuild_subdistrict(struct inspector *inspector, const char *subdistrict)
{
    struct batch batch = { .inspector = inspector, .subdistrict = subdistrict };
    struct walk walk = { .visit = visit_order, .context = &batch, .says_faults = true };
    struct survey survey;
    int r = survey_take(inspector, subdistrict, &survey);

    arena_init(&batch.members, SIZE_MAX);
    if (r == 0) {
        inspector_say(inspector, "%s: %zu orders, %zu index keys", subdistrict, survey.orders.n,
                      survey.indexes.n);
        batch.entries = memory_alloc(BATCH_ENTRIES * sizeof(*batch.entries));
        r = batch.entries ? indexes_remove(inspector, &survey) : -ENOMEM;
    }
    if (r == 0)
        r = survey_walk(inspector, &survey, &walk);
    if (r == 0)
        r = batch_write(&batch);
    arena_release(&batch.members);
    memory_free(batch.entries);
    survey_release(&survey);
    return r;
}

int storage_rebuild(struct redis_tool *tool, void (*say)(void *user, const char *text), void *user,
                    struct check_report *ret_report)
{
    struct inspector inspector = { .tool = tool, .say = say, .user = user };
    struct names subdistricts = { 0 };
    struct arena a;
    int r;

    arena_init(&a, SIZE_MAX);
    r = registry_read(&inspector, &a, &subdistricts);
    for (size_t i = 0; i < subdistricts.n && r == 0; i++)
        r = rebuild_subdistrict(&inspector, subdistricts.list[i]);
    names_release(&subdistricts);
    arena_release(&a);
    *ret_report = inspector.report;
    return r;
}
