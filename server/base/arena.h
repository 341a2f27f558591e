/*
 * arena.h - memory that lives as long as one request.
 *
 * Invariants: what arena_alloc() returns is zeroed, 16-aligned and valid until the arena is
 * released; nothing is freed singly. An arena has a ceiling: beyond it (or when the
 * system has no memory) allocation returns NULL and `failed` stays set, so that a builder of a
 * large answer may check once at its end (Varnish's workspace overflow).
 * Not thread-safe: an arena has one owner at a time and moves with its request.
 */
#ifndef HOTLINE_BASE_ARENA_H
#define HOTLINE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunk; /* newest first */
    uint8_t *at, *end;         /* free part of the newest chunk */
    size_t bytes, bytes_max;
    bool failed;
};

/* life cycle */
void arena_init(struct arena *a, size_t bytes_max);
void arena_release(struct arena *a);

/* memory */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed: for what is written in full at once. */
void *arena_room(struct arena *a, size_t size);
void *arena_copy(struct arena *a, const void *source, size_t size);

/* text: NUL-terminated results, NULL when the arena failed */
char *arena_strdup(struct arena *a, const char *text);
char *arena_text(struct arena *a, struct slice bytes);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ROOM(a, type) ((type *)arena_room((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

#endif
