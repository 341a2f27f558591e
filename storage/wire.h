/*
 * wire.h - a growing buffer of Redis commands (RESP), written at its end and taken at its front.
 *
 * It is the output buffer and the resend buffer in one: a command leaves at the front only when
 * its answer has come. A command that does not fit (no memory, beyond the maximum) sets `failed`
 * once; wire_end() then takes it back whole, so nobody checks every word.
 * Private to storage.
 */
#ifndef HOTLINE_STORAGE_WIRE_H
#define HOTLINE_STORAGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct wire {
    uint8_t *bytes;
    size_t front, back, capacity; /* front <= back <= capacity */
    size_t bytes_max;             /* of back - front */
    size_t start;                 /* of the command being written */
    size_t words_left;            /* that wire_begin() announced */
    int failed;                   /* 0, -ENOMEM, -ENOBUFS */
};

/* life cycle */
void wire_init(struct wire *wire, size_t bytes_max);
void wire_release(struct wire *wire);

/* one command: begin, exactly n_words words, end */
void wire_begin(struct wire *wire, size_t n_words);
void wire_word(struct wire *wire, struct slice word);
/* One word of two parts. */
void wire_word_joined(struct wire *wire, struct slice head, struct slice tail);
void wire_number(struct wire *wire, int64_t number);
void wire_score(struct wire *wire, double score); /* exact: reads back as the same double */
/* 0 and the command's size, or -ENOMEM, -ENOBUFS and the wire as before wire_begin(). */
int wire_end(struct wire *wire, size_t *ret_size);

/* the bytes */
static inline size_t wire_size(const struct wire *wire)
{
    return wire->back - wire->front;
}
static inline const uint8_t *wire_front(const struct wire *wire)
{
    return wire->bytes + wire->front;
}
/* Drops bytes from the front. */
void wire_take(struct wire *wire, size_t size);
/* Moves bytes nearer to the front (offsets from it), and drops what lies behind `size` bytes:
 * together they take commands out of the middle. */
void wire_move(struct wire *wire, size_t to, size_t from, size_t size);
void wire_shorten(struct wire *wire, size_t size);

#endif
