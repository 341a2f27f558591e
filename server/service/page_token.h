/*
 * page_token.h - where a listing goes on (page_token) and where a watcher stands (cursor).
 *
 * A page token says: behind this member at this score of the index. It is signed (HMAC-SHA-256) and
 * bound to the subdistrict and to the query it continues, so that a caller can neither invent a
 * position, nor carry one to another query or subdistrict. It carries no right: what a page shows
 * is decided when it is read. It does not expire; its position stays meaningful.
 *
 * A cursor is a number in the open and needs no signature: whoever invents one sees what he may
 * see, or is told that it is gone. "c1-" is the version of its form.
 */
#ifndef HOTLINE_SERVICE_PAGE_TOKEN_H
#define HOTLINE_SERVICE_PAGE_TOKEN_H

#include <protobuf-c/protobuf-c.h>

#include "base/crypto.h"

struct arena;

enum {
    PAGE_MEMBER_BYTES = 256,
    PAGE_TOKEN_BYTES = 400, /* the API allows 512 */
    CURSOR_BYTES = 24,
};

/* The last entry seen; the next page begins behind it. */
struct page_position {
    double score; /* of a sorted set; never NaN */
    char member[PAGE_MEMBER_BYTES];
};

/* What a page token is bound to. */
struct page_binding {
    const struct secret_key *key;
    const char *subdistrict;
    struct digest query;
};

/* The query of a list request: its type and every field but `page_token` and `page_size`. Does not
 * depend on who asks. False when the arena failed. */
bool page_query_of(const ProtobufCMessage *request, struct arena *a, struct digest *ret_query);

void page_token_seal(const struct page_binding *binding, const struct page_position *position,
                     char text[PAGE_TOKEN_BYTES]);
/* False (PAGE_TOKEN_INVALID): not ours, changed, or of another query or subdistrict. */
bool page_token_open(const struct page_binding *binding, const char *text,
                     struct page_position *ret_position);

/* "c1-<sequence>"; strictly one spelling a number. */
void cursor_format(uint64_t sequence, char text[CURSOR_BYTES]);
bool cursor_parse(const char *text, uint64_t *ret_sequence);

#endif
