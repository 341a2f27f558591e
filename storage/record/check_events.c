/*
 * check_events.c - the event stream of a subdistrict: numbers without gaps up to the counter,
 * every entry readable. Old entries go by count and age, so it may start anywhere.
 */
#include "storage/record/inspector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/record/record.h"

#include "base/base.h"

struct stream {
    struct inspector *inspector;
    const char *subdistrict;
    uint64_t newest; /* number of the newest entry so far; 0 = none yet */
};

/* "17-0" -> 17; false for any other form. */
static bool number_of(struct slice id, uint64_t *ret_number)
{
    char text[32];
    char *end;

    if (id.size == 0 || id.size >= sizeof(text))
        return false;
    memcpy(text, id.data, id.size);
    text[id.size] = '\0';
    *ret_number = strtoull(text, &end, 10);
    return *ret_number > 0 && strcmp(end, "-0") == 0;
}

/* An entry is [id, [field, value]]. 0, or -ENOMEM. */
static int check_entry(struct stream *stream, const struct answer *entry)
{
    struct slice id = answer_bytes(answer_at(entry, 0));
    const struct answer *fields = answer_at(entry, 1);
    struct history_entry event;
    struct arena a;
    uint64_t number;
    int r = -EBADMSG;

    stream->inspector->report.events++;
    if (!number_of(id, &number)) {
        inspector_fault(stream->inspector, "events of %s: %.*s is no number", stream->subdistrict,
                        (int)id.size, (const char *)id.data);
        return 0;
    }
    if (stream->newest && number != stream->newest + 1)
        inspector_fault(stream->inspector, "events of %s: after %" PRIu64 " comes %" PRIu64,
                        stream->subdistrict, stream->newest, number);
    stream->newest = number;
    arena_init(&a, SIZE_MAX);
    if (answer_count(fields) == 2)
        r = history_unpack(answer_bytes(answer_at(fields, 1)), &a, &event);
    arena_release(&a);
    if (r == -ENOMEM)
        return r;
    if (r < 0)
        inspector_fault(stream->inspector, "events of %s: %" PRIu64 " cannot be read",
                        stream->subdistrict, number);
    return 0;
}

/* A chunk of entries; `from` moves behind the last one. */
static int chunk_check(struct stream *stream, const struct answer *chunk, char *from,
                       size_t from_bytes)
{
    int r = 0;

    for (size_t i = 0; i < answer_count(chunk) && r == 0; i++) {
        const struct answer *entry = answer_at(chunk, i);
        struct slice id;

        if (answer_count(entry) != 2)
            return -EPROTO;
        id = answer_bytes(answer_at(entry, 0));
        (void)snprintf(from, from_bytes, "(%.*s", (int)id.size, (const char *)id.data);
        r = check_entry(stream, entry);
    }
    return r;
}

static int stream_read(struct stream *stream)
{
    struct key key = key_of(KEY_EVENTS, stream->subdistrict, "");
    char from[40] = "-", count[16];
    const struct answer *answer;
    int r;

    (void)snprintf(count, sizeof(count), "%d", ELEMENTS_A_CHUNK);
    do {
        struct slice words[] = { slice_text("XRANGE"), key_slice(&key),     slice_text(from),
                                 slice_text("+"),      slice_text("COUNT"), slice_text(count) };

        r = inspector_ask(stream->inspector, words, COUNT_OF(words), &answer);
        if (r == 0)
            r = chunk_check(stream, answer, from, sizeof(from));
    } while (r == 0 && answer_count(answer) == ELEMENTS_A_CHUNK);
    return r;
}

int check_events(struct inspector *inspector, const char *subdistrict)
{
    struct stream stream = { .inspector = inspector, .subdistrict = subdistrict };
    struct key key = key_of(KEY_SEQUENCE, subdistrict, "");
    struct slice words[] = { slice_text("GET"), key_slice(&key) };
    const struct answer *answer;
    int64_t counted;
    int r = inspector_ask(inspector, words, COUNT_OF(words), &answer);

    if (r < 0)
        return r;
    counted = answer_bytes(answer).size ? answer_integer(answer) : 0;
    r = stream_read(&stream);
    if (r == 0 && stream.newest != (uint64_t)counted)
        inspector_fault(inspector, "events of %s: the newest is %" PRIu64 ", the counter %" PRId64,
                        subdistrict, stream.newest, counted);
    return r;
}
