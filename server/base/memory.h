/*
 * memory.h - the one seam through which our own code allocates.
 *
 * It exists so that the torture test can make the n-th allocation fail (curl's memdebug idea) and
 * count what is live. gRPC and hiredis abort when memory is gone, by design; we stay above them.
 */
#ifndef HOTLINE_BASE_MEMORY_H
#define HOTLINE_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory, or NULL. */
void *memory_alloc(size_t size);
/* Memory that is not zeroed, or NULL. */
void *memory_room(size_t size);
/* As realloc; on failure the old block stays valid and NULL is returned. */
void *memory_grow(void *block, size_t size);
/* Accepts NULL. Returns NULL, so that `x = memory_free(x)` leaves nothing dangling. */
void *memory_free(void *block);
/* A copy of a C string, or NULL. */
char *memory_strdup(const char *text);

/* Once, before any thread: freed memory stays with the process. By default glibc gives the top of a
 * heap back to the system and takes it again for the next request, at the price of page faults. */
void memory_keep(void);

/* Torture: the n-th allocation from now fails once (1 = the next); 0 switches it off. */
void memory_fail_at(uint64_t n);
/* Allocations made since the last memory_fail_at(). */
uint64_t memory_count(void);

#endif
