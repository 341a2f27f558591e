/* script.c - the embedded commit.lua, and SHA-1 (RFC 3174) for its name. */
#include "storage/script.h"

#include "commit_lua.h"

#include "base/base.h"

enum { BLOCK_BYTES = 64, WORDS = 5, ROUNDS = 80 };

struct slice script_text(void)
{
    return slice_of(commit_lua, commit_lua_size);
}

static uint32_t rotated(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

/* f and K of the round (RFC 3174, section 5). */
static uint32_t round_term(int round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5a827999u;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1u;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
    return (b ^ c ^ d) + 0xca62c1d6u;
}

static void sha1_block(uint32_t state[WORDS], const uint8_t block[BLOCK_BYTES])
{
    uint32_t w[ROUNDS], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < ROUNDS; i++)
        w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t next = rotated(a, 5) + round_term(i, b, c, d) + e + w[i];

        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* The last one or two blocks: the rest of the text, a one bit, zeros, the size in bits. */
static void sha1_tail(uint32_t state[WORDS], struct slice text)
{
    uint8_t tail[2 * BLOCK_BYTES] = { 0 };
    size_t rest = text.size % BLOCK_BYTES;
    size_t size = rest + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;

    if (rest)
        memcpy(tail, text.data + text.size - rest, rest);
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[size - 1 - i] = (uint8_t)((uint64_t)text.size * 8 >> (8 * i));
    for (size_t at = 0; at < size; at += BLOCK_BYTES)
        sha1_block(state, tail + at);
}

struct script_name script_name_of(struct slice text)
{
    uint32_t state[WORDS] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u };
    struct script_name name;

    for (size_t at = 0; at + BLOCK_BYTES <= text.size; at += BLOCK_BYTES)
        sha1_block(state, text.data + at);
    sha1_tail(state, text);
    for (int i = 0; i < SCRIPT_NAME_BYTES; i++)
        name.hex[i] = "0123456789abcdef"[state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    return name;
}
