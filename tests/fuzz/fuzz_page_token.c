/*
 * fuzz_page_token.c - no text opens but one that was sealed; what opens seals to the same text.
 * Cursors: what parses formats to the same text.
 */
#include <stdint.h>

#include "service/page_token.h"

#include "base/base.h"

enum { TEXT_BYTES = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const struct page_binding *binding, const char *text)
{
    struct page_position position;
    char again[PAGE_TOKEN_BYTES], cursor[CURSOR_BYTES];
    uint64_t sequence;

    if (page_token_open(binding, text, &position)) {
        page_token_seal(binding, &position, again);
        must(strcmp(text, again) == 0);
    }
    if (cursor_parse(text, &sequence)) {
        cursor_format(sequence, cursor);
        must(strcmp(text, cursor) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct secret_key key = { .bytes = { 1 } };
    struct page_binding binding = { .key = &key, .subdistrict = "310113003" };
    struct page_position position = { .score = 1773619200000 };
    char text[TEXT_BYTES], sealed[PAGE_TOKEN_BYTES];
    size_t length = size < TEXT_BYTES - 1 ? size : TEXT_BYTES - 1;

    memcpy(text, data, length);
    text[length] = '\0';
    try_text(&binding, text);

    /* a token of ours with one character changed, and the data as its member */
    length = strlen(text) < PAGE_MEMBER_BYTES - 1 ? strlen(text) : PAGE_MEMBER_BYTES - 1;
    memcpy(position.member, text, length);
    page_token_seal(&binding, &position, sealed);
    try_text(&binding, sealed);
    if (size > 1) {
        size_t at = data[0] % strlen(sealed);
        char other = (char)data[1];

        if (other && other != sealed[at]) {
            sealed[at] = other;
            must(!page_token_open(&binding, sealed, &position));
        }
    }
    return 0;
}
