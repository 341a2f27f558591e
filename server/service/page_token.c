/*
 * page_token.c - base64url(version, score, member, HMAC).
 *
 * The HMAC runs over a label, the subdistrict, the query and the position, each as a digest of
 * sized parts, so that no part can borrow bytes of its neighbour. Text and bytes correspond one to
 * one: padding, other alphabets and spare bits are refused.
 */
#include "service/page_token.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#include "base/base.h"

enum {
    TOKEN_VERSION = 1,
    SCORE_AT = 1,
    MEMBER_AT = SCORE_AT + sizeof(uint64_t),
    RAW_BYTES_MAX = MEMBER_AT + PAGE_MEMBER_BYTES - 1 + DIGEST_BYTES,
};

_Static_assert((RAW_BYTES_MAX * 4 + 2) / 3 < PAGE_TOKEN_BYTES, "a token does not fit its text");

/* base64url, RFC 4648 section 5, without padding ----------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64url_encode(const uint8_t *bytes, size_t size, char *text)
{
    uint32_t bits = 0;
    int n_bits = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            *text++ = alphabet[bits >> (n_bits - 6) & 63];
    }
    if (n_bits > 0)
        *text++ = alphabet[bits << (6 - n_bits) & 63];
    *text = '\0';
}

/* False when it is no base64url, has spare bits set, or is larger than bytes_max. */
static bool base64url_decode(const char *text, uint8_t *bytes, size_t bytes_max, size_t *ret_size)
{
    uint32_t bits = 0;
    int n_bits = 0;
    size_t size = 0;

    for (; *text; text++) {
        const char *place = strchr(alphabet, *text);

        if (!place)
            return false;
        bits = bits << 6 | (uint32_t)(place - alphabet);
        n_bits += 6;
        if (n_bits < 8)
            continue;
        if (size == bytes_max)
            return false;
        n_bits -= 8;
        bytes[size++] = (uint8_t)(bits >> n_bits);
    }
    *ret_size = size;
    return n_bits < 6 && (bits & ((1u << n_bits) - 1)) == 0;
}

/* page tokens --------------------------------------------------------------------------------- */

static void sign(const struct page_binding *binding, struct slice position, struct digest *ret)
{
    struct slice parts[] = { slice_text("hotline page token"), slice_text(binding->subdistrict),
                             slice_of(binding->query.bytes, DIGEST_BYTES), position };
    struct digest bound;

    digest_of(parts, COUNT_OF(parts), &bound);
    keyed_digest(binding->key, slice_of(bound.bytes, DIGEST_BYTES), ret);
}

void page_token_seal(const struct page_binding *binding, const struct page_position *position,
                     char text[PAGE_TOKEN_BYTES])
{
    size_t size = strlen(position->member);
    uint8_t raw[RAW_BYTES_MAX];
    struct digest signature;
    uint64_t score;

    must(size < PAGE_MEMBER_BYTES && !isnan(position->score));
    memcpy(&score, &position->score, sizeof(score));
    raw[0] = TOKEN_VERSION;
    for (int i = 0; i < 8; i++)
        raw[SCORE_AT + i] = (uint8_t)(score >> (56 - 8 * i));
    memcpy(raw + MEMBER_AT, position->member, size);
    size += MEMBER_AT;
    sign(binding, slice_of(raw, size), &signature);
    memcpy(raw + size, signature.bytes, DIGEST_BYTES);
    base64url_encode(raw, size + DIGEST_BYTES, text);
}

bool page_token_open(const struct page_binding *binding, const char *text,
                     struct page_position *ret_position)
{
    uint8_t raw[RAW_BYTES_MAX];
    struct digest given, expected;
    uint64_t score = 0;
    size_t size;

    if (!base64url_decode(text, raw, sizeof(raw), &size) || size < MEMBER_AT + DIGEST_BYTES)
        return false;
    size -= DIGEST_BYTES;
    memcpy(given.bytes, raw + size, DIGEST_BYTES);
    sign(binding, slice_of(raw, size), &expected);
    if (!digest_equal(&given, &expected) || raw[0] != TOKEN_VERSION)
        return false;
    for (int i = 0; i < 8; i++)
        score = score << 8 | raw[SCORE_AT + i];
    memcpy(&ret_position->score, &score, sizeof(score));
    memcpy(ret_position->member, raw + MEMBER_AT, size - MEMBER_AT);
    ret_position->member[size - MEMBER_AT] = '\0';
    return true;
}

/* Sets a member to what proto3 does not send. */
static void forget(ProtobufCMessage *copy, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(copy->descriptor, name);
    uint8_t *member;

    if (!field)
        return;
    member = (uint8_t *)copy + field->offset;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        *(const char **)(void *)member = protobuf_c_empty_string;
    else
        memset(member, 0, sizeof(uint32_t));
}

bool page_query_of(const ProtobufCMessage *request, struct arena *a, struct digest *ret_query)
{
    ProtobufCMessage *copy = arena_copy(a, request, request->descriptor->sizeof_message);
    struct slice parts[2];
    uint8_t *packed;
    size_t size;

    if (!copy)
        return false;
    forget(copy, "page_token");
    forget(copy, "page_size");
    size = protobuf_c_message_get_packed_size(copy);
    packed = arena_alloc(a, size);
    if (!packed)
        return false;
    protobuf_c_message_pack(copy, packed);
    parts[0] = slice_text(request->descriptor->name);
    parts[1] = slice_of(packed, size);
    digest_of(parts, COUNT_OF(parts), ret_query);
    return true;
}

/* cursors ------------------------------------------------------------------------------------- */

void cursor_format(uint64_t sequence, char text[CURSOR_BYTES])
{
    (void)snprintf(text, CURSOR_BYTES, "c1-%" PRIu64, sequence);
}

bool cursor_parse(const char *text, uint64_t *ret_sequence)
{
    const char *digits = text + 3;
    uint64_t value = 0;

    if (strncmp(text, "c1-", 3) != 0 || !*digits || (digits[0] == '0' && digits[1]))
        return false;
    for (; *digits; digits++) {
        uint64_t digit = (uint64_t)(*digits - '0');

        if (*digits < '0' || *digits > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_sequence = value;
    return true;
}
