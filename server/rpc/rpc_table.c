/* rpc_table.c - which row answers "/package.Service/Method": a sorted table, searched by halves. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "rpc/rpc_state.h"

#include "base/base.h"

/* What calls of unknown methods are counted under. */
static const struct rpc_entry unknown_method = { .path = "", .service = "" };

static bool row_is_complete(const struct rpc_method *row)
{
    switch (row->shape) {
    case RPC_UNARY:
        return row->unary && !row->stream;
    case RPC_SERVER_STREAM:
        return !row->unary && row->stream && row->stream->opened && row->stream->gone;
    case RPC_CLIENT_STREAM:
    case RPC_BIDI:
        return !row->unary && row->stream && row->stream->opened && row->stream->message &&
               row->stream->half_closed && row->stream->gone;
    default:
        return false;
    }
}

static const ProtobufCMethodDescriptor *method_named(const ProtobufCServiceDescriptor *descriptor,
                                                     const char *name)
{
    for (unsigned i = 0; i < descriptor->n_methods; i++)
        if (strcmp(descriptor->methods[i].name, name) == 0)
            return &descriptor->methods[i];
    return NULL;
}

static size_t rows_named(const struct rpc_service *service, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < service->n_methods; i++)
        n += strcmp(service->methods[i].name, name) == 0;
    return n;
}

/* Every method has exactly one complete row, every row a method. */
static int check_rows(const struct rpc_service *service)
{
    const ProtobufCServiceDescriptor *descriptor = service->descriptor;
    const char *wrong = NULL, *why = NULL;

    for (unsigned i = 0; i < descriptor->n_methods && !wrong; i++) {
        size_t n = rows_named(service, descriptor->methods[i].name);

        if (n != 1) {
            wrong = descriptor->methods[i].name;
            why = n == 0 ? "no_row" : "several_rows";
        }
    }
    for (size_t i = 0; i < service->n_methods && !wrong; i++) {
        if (!method_named(descriptor, service->methods[i].name))
            why = "not_in_descriptor";
        else if (!row_is_complete(&service->methods[i]))
            why = "row_does_not_fit_its_shape";
        wrong = why ? service->methods[i].name : NULL;
    }
    if (!wrong)
        return 0;
    log_event(LOG_LEVEL_ERROR, "rpc_table_wrong", "service=%s method=%s why=%s", descriptor->name,
              wrong, why);
    return -EINVAL;
}

int rpc_table_add(struct rpc_table *table, struct arena *a, const struct rpc_service *service)
{
    size_t n = table->n_entries;
    struct rpc_entry *entries;
    int r = check_rows(service);

    if (r < 0)
        return r;
    entries = memory_grow(table->entries, sizeof(*entries) * (n + service->n_methods + 1));
    if (!entries)
        return -ENOMEM;
    table->entries = entries;
    for (size_t i = 0; i < service->n_methods; i++) {
        const struct rpc_method *method = &service->methods[i];
        char *path = arena_printf(a, "/%s/%s", service->descriptor->name, method->name);

        if (!path)
            return -ENOMEM;
        entries[n + i] = (struct rpc_entry){
            .path = path,
            .path_size = strlen(path),
            .service = service->descriptor->name,
            .method = method,
            .input = method_named(service->descriptor, method->name)->input,
        };
    }
    table->n_entries = n + service->n_methods;
    return 0;
}

static int compare_paths(struct slice a, struct slice b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_entries(const void *a, const void *b)
{
    const struct rpc_entry *left = a, *right = b;

    return compare_paths(slice_of(left->path, left->path_size),
                         slice_of(right->path, right->path_size));
}

void rpc_table_sort(struct rpc_table *table)
{
    if (!table->entries)
        return;
    qsort(table->entries, table->n_entries, sizeof(*table->entries), compare_entries);
    table->entries[table->n_entries] = unknown_method;
    for (size_t i = 0; i <= table->n_entries; i++)
        table->entries[i].index = i;
}

const struct rpc_entry *rpc_table_find(const struct rpc_table *table, struct slice path)
{
    size_t low = 0, high = table->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct rpc_entry *entry = &table->entries[middle];
        int order = compare_paths(path, slice_of(entry->path, entry->path_size));

        if (order == 0)
            return entry;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return table->entries ? &table->entries[table->n_entries] : &unknown_method;
}

void rpc_table_release(struct rpc_table *table)
{
    memory_free(table->entries);
    *table = (struct rpc_table){ 0 };
}
