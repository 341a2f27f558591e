/*
 * descriptor_index.c - one sorted table of keys, made once at start.
 *
 * A key is the full name of a symbol ("hotline.v1.Order"), a file ("/hotline/v1/order.proto": a
 * slash cannot start a symbol) or an extension ("google.protobuf.FieldOptions 51234": a blank
 * cannot occur in one).
 */
#include "rpc/descriptor_index.h"

#include <errno.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"

#include "base/base.h"

enum { INDEX_BYTES_MAX = 16 * 1024 * 1024, KEY_BYTES_MAX = 512 };

typedef Google__Protobuf__FileDescriptorProto FileProto;
typedef Google__Protobuf__DescriptorProto MessageProto;
typedef Google__Protobuf__FieldDescriptorProto FieldProto;

struct entry {
    const char *key;
    struct slice file;
};

struct descriptor_index {
    struct arena arena; /* the keys */
    struct entry *entries;
    size_t n_entries, capacity;
    bool failed;
};

/* building ------------------------------------------------------------------------------------- */

static void add_key(struct descriptor_index *index, char *key, struct slice file)
{
    if (index->n_entries == index->capacity) {
        size_t capacity = index->capacity ? index->capacity * 2 : 256;
        struct entry *entries = memory_grow(index->entries, capacity * sizeof(*entries));

        if (!entries) {
            index->failed = true;
            return;
        }
        index->entries = entries;
        index->capacity = capacity;
    }
    if (key)
        index->entries[index->n_entries++] = (struct entry){ .key = key, .file = file };
    else
        index->failed = true;
}

/* "scope.name", or "name" at the top of a file without package. Returns the key. */
static const char *add_symbol(struct descriptor_index *index, const char *scope, const char *name,
                              struct slice file)
{
    char *key = arena_printf(&index->arena, "%s%s%s", scope, *scope ? "." : "", name);

    add_key(index, key, file);
    return key ? key : "";
}

static void add_extension(struct descriptor_index *index, const char *scope,
                          const FieldProto *field, struct slice file)
{
    const char *extendee = field->extendee ? field->extendee : "";

    add_symbol(index, scope, field->name, file);
    if (*extendee == '.')
        extendee++;
    add_key(index, arena_printf(&index->arena, "%s %d", extendee, field->number), file);
}

static void add_message(struct descriptor_index *index, const char *scope,
                        const MessageProto *message, struct slice file)
{
    const char *name = add_symbol(index, scope, message->name, file);

    for (size_t i = 0; i < message->n_nested_type; i++)
        add_message(index, name, message->nested_type[i], file);
    for (size_t i = 0; i < message->n_enum_type; i++)
        add_symbol(index, name, message->enum_type[i]->name, file);
    for (size_t i = 0; i < message->n_extension; i++)
        add_extension(index, name, message->extension[i], file);
}

static int add_file(struct descriptor_index *index, struct slice bytes)
{
    FileProto *file = google__protobuf__file_descriptor_proto__unpack(NULL, bytes.size, bytes.data);
    const char *package;

    if (!file)
        return -EINVAL;
    package = file->package ? file->package : "";
    add_key(index, arena_printf(&index->arena, "/%s", file->name), bytes);
    for (size_t i = 0; i < file->n_message_type; i++)
        add_message(index, package, file->message_type[i], bytes);
    for (size_t i = 0; i < file->n_enum_type; i++)
        add_symbol(index, package, file->enum_type[i]->name, bytes);
    for (size_t i = 0; i < file->n_extension; i++)
        add_extension(index, package, file->extension[i], bytes);
    for (size_t i = 0; i < file->n_service; i++) {
        const char *service = add_symbol(index, package, file->service[i]->name, bytes);

        for (size_t k = 0; k < file->service[i]->n_method; k++)
            add_symbol(index, service, file->service[i]->method[k]->name, bytes);
    }
    google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
    return 0;
}

/* A FileDescriptorSet is nothing but field 1, repeated: tag 0x0a, size, FileDescriptorProto. */
static int add_files(struct descriptor_index *index, struct slice set)
{
    const uint8_t *at = set.data, *end = set.data + set.size;
    int r = set.size > 0 ? 0 : -EINVAL;

    while (r == 0 && at < end) {
        size_t size = 0;
        int shift = 0;

        if (*at++ != 0x0a)
            return -EINVAL;
        do {
            if (at == end || shift > 28)
                return -EINVAL;
            size |= (size_t)(*at & 0x7f) << shift;
            shift += 7;
        } while (*at++ & 0x80);
        if (size > (size_t)(end - at))
            return -EINVAL;
        r = add_file(index, slice_of(at, size));
        at += size;
    }
    return r;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

int descriptor_index_create(struct slice set, struct descriptor_index **ret_index)
{
    struct descriptor_index *index = memory_alloc(sizeof(*index));
    int r;

    if (!index)
        return -ENOMEM;
    arena_init(&index->arena, INDEX_BYTES_MAX);
    r = add_files(index, set);
    if (r == 0 && index->failed)
        r = -ENOMEM;
    if (r < 0) {
        descriptor_index_free(index);
        return r;
    }
    qsort(index->entries, index->n_entries, sizeof(*index->entries), compare_entries);
    *ret_index = index;
    return 0;
}

struct descriptor_index *descriptor_index_free(struct descriptor_index *index)
{
    if (!index)
        return NULL;
    arena_release(&index->arena);
    memory_free(index->entries);
    return memory_free(index);
}

/* looking up ------------------------------------------------------------------------------------ */

/* The first entry whose key is not before the given one. */
static size_t first_from(const struct descriptor_index *index, const char *key)
{
    size_t low = 0, high = index->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(index->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct slice find(const struct descriptor_index *index, const char *head, const char *name,
                         int32_t number)
{
    char key[KEY_BYTES_MAX];
    int size = snprintf(key, sizeof(key), "%s%s", head, name);
    size_t at;

    if (number >= 0 && size > 0 && size < KEY_BYTES_MAX)
        size += snprintf(key + size, sizeof(key) - (size_t)size, " %d", number);
    if (size <= 0 || size >= KEY_BYTES_MAX)
        return (struct slice){ 0 };
    at = first_from(index, key);
    if (at == index->n_entries || strcmp(index->entries[at].key, key) != 0)
        return (struct slice){ 0 };
    return index->entries[at].file;
}

struct slice descriptor_index_file(const struct descriptor_index *index, const char *name)
{
    return find(index, "/", name, -1);
}

/* A blank would reach into the extensions, a slash into the files. */
struct slice descriptor_index_symbol(const struct descriptor_index *index, const char *symbol)
{
    return strpbrk(symbol, " /") ? (struct slice){ 0 } : find(index, "", symbol, -1);
}

struct slice descriptor_index_extension(const struct descriptor_index *index, const char *extendee,
                                        int32_t number)
{
    return number < 0 ? (struct slice){ 0 } : find(index, "", extendee, number);
}

size_t descriptor_index_numbers(const struct descriptor_index *index, const char *extendee,
                                int32_t *numbers, size_t n_max)
{
    char prefix[KEY_BYTES_MAX];
    int size = snprintf(prefix, sizeof(prefix), "%s ", extendee);
    size_t n = 0;

    if (size <= 0 || size >= KEY_BYTES_MAX)
        return 0;
    for (size_t at = first_from(index, prefix); at < index->n_entries && n < n_max; at++) {
        const char *key = index->entries[at].key;

        if (strncmp(key, prefix, (size_t)size) != 0)
            break;
        numbers[n++] = (int32_t)strtol(key + size, NULL, 10);
    }
    return n;
}
