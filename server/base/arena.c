/* arena.c - chunks in a list; the newest is filled from its start. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"

#include "base/base.h"

/* The first chunk serves a small read; what needs more gets one that holds a whole command. */
enum { FIRST_CHUNK_BYTES = 4096, CHUNK_BYTES = 65536, ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *older;
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

void arena_init(struct arena *a, size_t bytes_max)
{
    *a = (struct arena){ .bytes_max = bytes_max };
}

void arena_release(struct arena *a)
{
    while (a->chunk) {
        struct arena_chunk *older = a->chunk->older;

        memory_free(a->chunk);
        a->chunk = older;
    }
    *a = (struct arena){ .bytes_max = a->bytes_max };
}

/* A chunk that holds at least size bytes; false when the ceiling or memory forbids. */
static bool arena_add_chunk(struct arena *a, size_t size)
{
    size_t usual = (a->chunk || size > FIRST_CHUNK_BYTES / 4 ? CHUNK_BYTES : FIRST_CHUNK_BYTES) -
                   sizeof(struct arena_chunk);
    size_t bytes = size > usual ? size : usual;
    struct arena_chunk *chunk;

    if (bytes > a->bytes_max - a->bytes)
        bytes = size; /* under the ceiling an ordinary chunk may not fit any more */
    if (a->failed || bytes > a->bytes_max - a->bytes) {
        a->failed = true;
        return false;
    }
    chunk = memory_room(sizeof(*chunk) + bytes);
    if (!chunk) {
        a->failed = true;
        return false;
    }
    chunk->older = a->chunk;
    a->chunk = chunk;
    a->bytes += bytes;
    a->at = chunk->bytes;
    a->end = chunk->bytes + bytes;
    return true;
}

void *arena_room(struct arena *a, size_t size)
{
    size_t wanted = size ? size : 1; /* nothing has an address too */
    size_t rounded = (wanted + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *result;

    if (rounded < size) {
        a->failed = true;
        return NULL;
    }
    if ((size_t)(a->end - a->at) < rounded && !arena_add_chunk(a, rounded))
        return NULL;
    result = a->at;
    a->at += rounded;
    return result;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *result = arena_room(a, size);

    return result ? memset(result, 0, size) : NULL;
}

void *arena_copy(struct arena *a, const void *source, size_t size)
{
    void *copy = arena_room(a, size);

    if (copy && size)
        memcpy(copy, source, size);
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text) + 1);
}

char *arena_text(struct arena *a, struct slice bytes)
{
    char *text = arena_alloc(a, bytes.size + 1);

    if (text && bytes.size)
        memcpy(text, bytes.data, bytes.size);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list values, again;
    int size;
    char *text = NULL;

    va_start(values, format);
    va_copy(again, values);
    size = vsnprintf(NULL, 0, format, values);
    if (size >= 0)
        text = arena_alloc(a, (size_t)size + 1);
    if (text)
        (void)vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(values);
    return text;
}
