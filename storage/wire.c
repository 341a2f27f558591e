/*
 * wire.c - RESP by hand.
 *
 * hiredis formats a command into a fresh allocation from arrays of pointers; a commit has some
 * fifty words, and the arrays, the allocation and the second copy cost more than the words.
 */
#include "storage/wire.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/memory.h"

#include "base/base.h"

enum { WIRE_BYTES_FIRST = 16384, WIRE_BYTES_KEPT = 1048576, DIGITS_MAX = 24 };

void wire_init(struct wire *wire, size_t bytes_max)
{
    *wire = (struct wire){ .bytes_max = bytes_max };
}

void wire_release(struct wire *wire)
{
    memory_free(wire->bytes);
    *wire = (struct wire){ 0 };
}

/* Moves the bytes to the beginning; worth it only when as many free bytes are won as are moved,
 * so that each byte moves once on average. */
static bool wire_slide(struct wire *wire, size_t size)
{
    size_t used = wire_size(wire);

    if (wire->front < used || wire->capacity - used < size)
        return false;
    if (used)
        memmove(wire->bytes, wire->bytes + wire->front, used);
    wire->start -= wire->front;
    wire->front = 0;
    wire->back = used;
    return true;
}

/* The slow half of wire_room(). */
static bool wire_make_room(struct wire *wire, size_t size)
{
    size_t capacity = wire->capacity ? wire->capacity : WIRE_BYTES_FIRST;
    uint8_t *bytes;

    if (wire->failed)
        return false;
    if (size > wire->bytes_max - wire_size(wire)) {
        wire->failed = -ENOBUFS;
        return false;
    }
    if (wire_slide(wire, size))
        return true;
    while (capacity - wire->back < size)
        capacity *= 2;
    bytes = memory_grow(wire->bytes, capacity);
    if (!bytes) {
        wire->failed = -ENOMEM;
        return false;
    }
    wire->bytes = bytes;
    wire->capacity = capacity;
    return true;
}

static inline bool wire_room(struct wire *wire, size_t size)
{
    if (size <= wire->capacity - wire->back && wire_size(wire) + size <= wire->bytes_max)
        return true;
    return wire_make_room(wire, size);
}

/* Writes the digits of a number at the end of `text`; returns how many. */
static size_t digits_of(uint64_t number, char text[DIGITS_MAX])
{
    size_t at = DIGITS_MAX;

    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return DIGITS_MAX - at;
}

/* "*3\r\n" or "$12\r\n"; there is room. */
static void wire_header(struct wire *wire, char mark, size_t count)
{
    uint8_t *at = wire->bytes + wire->back;
    char text[DIGITS_MAX];
    size_t n = digits_of(count, text);

    *at++ = (uint8_t)mark;
    memcpy(at, text + DIGITS_MAX - n, n);
    memcpy(at + n, "\r\n", 2);
    wire->back += n + 3;
}

static void wire_bytes(struct wire *wire, struct slice bytes)
{
    if (bytes.size)
        memcpy(wire->bytes + wire->back, bytes.data, bytes.size);
    wire->back += bytes.size;
}

void wire_begin(struct wire *wire, size_t n_words)
{
    must(wire->words_left == 0 && n_words > 0);
    wire->failed = 0;
    wire->start = wire->back;
    wire->words_left = n_words;
    if (wire_room(wire, DIGITS_MAX + 3))
        wire_header(wire, '*', n_words);
}

void wire_word_joined(struct wire *wire, struct slice head, struct slice tail)
{
    size_t size = head.size + tail.size;

    must(wire->words_left > 0);
    wire->words_left--;
    if (wire->failed || !wire_room(wire, size + DIGITS_MAX + 5))
        return;
    wire_header(wire, '$', size);
    wire_bytes(wire, head);
    wire_bytes(wire, tail);
    wire_bytes(wire, slice_of("\r\n", 2));
}

void wire_word(struct wire *wire, struct slice word)
{
    wire_word_joined(wire, word, (struct slice){ 0 });
}

void wire_number(struct wire *wire, int64_t number)
{
    char text[DIGITS_MAX];
    size_t n = digits_of(number < 0 ? 0 - (uint64_t)number : (uint64_t)number, text);

    wire_word_joined(wire, slice_of("-", number < 0), slice_of(text + DIGITS_MAX - n, n));
}

void wire_score(struct wire *wire, double score)
{
    char text[40];
    int n;

    must(!isnan(score));
    if (fabs(score) <= 9007199254740992.0 && score == (double)(int64_t)score) {
        wire_number(wire, (int64_t)score); /* instants in milliseconds: nearly all of them */
        return;
    }
    n = snprintf(text, sizeof(text), "%.17g", score); /* inf is spelled as Redis reads it */
    must(n > 0 && (size_t)n < sizeof(text));
    wire_word(wire, slice_of(text, (size_t)n));
}

int wire_end(struct wire *wire, size_t *ret_size)
{
    must(wire->words_left == 0);
    if (wire->failed) {
        wire->back = wire->start;
        return wire->failed;
    }
    *ret_size = wire->back - wire->start;
    return 0;
}

/* Nothing left: start at the beginning again; a burst is over: give its memory back. */
static void wire_rest(struct wire *wire)
{
    if (wire->front < wire->back)
        return;
    wire->front = wire->back = 0;
    if (wire->capacity > WIRE_BYTES_KEPT) {
        wire->bytes = memory_free(wire->bytes);
        wire->capacity = 0;
    }
}

void wire_take(struct wire *wire, size_t size)
{
    must(wire->words_left == 0 && size <= wire_size(wire));
    wire->front += size;
    wire_rest(wire);
}

void wire_move(struct wire *wire, size_t to, size_t from, size_t size)
{
    must(to <= from && from + size <= wire_size(wire));
    if (to < from)
        memmove(wire->bytes + wire->front + to, wire->bytes + wire->front + from, size);
}

void wire_shorten(struct wire *wire, size_t size)
{
    must(wire->words_left == 0 && size <= wire_size(wire));
    wire->back = wire->front + size;
    wire_rest(wire);
}
