/*
 * slice.h - borrowed bytes: a pointer and a size, never an owner.
 * data == NULL means absent; size 0 with data set means empty.
 */
#ifndef HOTLINE_BASE_SLICE_H
#define HOTLINE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t size;
};

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){ .data = (const uint8_t *)data, .size = size };
}

static inline struct slice slice_text(const char *text)
{
    return text ? slice_of(text, strlen(text)) : (struct slice){ 0 };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
