/* memory.c - malloc with a counter that torture can make fail. */
#include "base/memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static _Atomic uint64_t fail_at; /* 0 = off; otherwise allocations until the failing one */
static _Atomic uint64_t counted;
static _Atomic bool torturing;

/* True when this allocation is the one that must fail. Production pays one relaxed load. */
static bool fails_now(void)
{
    uint64_t left;

    if (!atomic_load_explicit(&torturing, memory_order_relaxed))
        return false;
    atomic_fetch_add(&counted, 1);
    left = atomic_load(&fail_at);
    if (left == 0)
        return false;
    return atomic_fetch_sub(&fail_at, 1) == 1;
}

void *memory_alloc(size_t size)
{
    return fails_now() ? NULL : calloc(1, size ? size : 1);
}

void *memory_room(size_t size)
{
    return fails_now() ? NULL : malloc(size ? size : 1);
}

void *memory_grow(void *block, size_t size)
{
    return fails_now() ? NULL : realloc(block, size ? size : 1);
}

void *memory_free(void *block)
{
    free(block);
    return NULL;
}

char *memory_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_alloc(size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

void memory_keep(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    (void)mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    (void)mallopt(M_ARENA_MAX, 4);
}

void memory_fail_at(uint64_t n)
{
    atomic_store(&counted, 0);
    atomic_store(&fail_at, n);
    atomic_store(&torturing, true);
}

uint64_t memory_count(void)
{
    return atomic_load(&counted);
}
