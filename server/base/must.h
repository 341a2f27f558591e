/*
 * must.h - the word for a bug.
 *
 * must(condition) states what the code around it relies on. It stays on in production: a broken
 * promise prints where, and aborts; the supervisor starts us again with nothing half done, because
 * every commit is atomic. It is not for trouble (Redis gone, no memory: int, negative errno) and
 * not for refusals (the office says no: fault.h).
 */
#ifndef HOTLINE_BASE_MUST_H
#define HOTLINE_BASE_MUST_H

_Noreturn void must_failed(const char *condition, const char *file, int line);

#define must(condition) ((condition) ? (void)0 : must_failed(#condition, __FILE__, __LINE__))

/* Number of elements of a true array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that a member is embedded in. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
