/* rpc_trace.c - reads and makes trace ids. */
#include "rpc/rpc_trace.h"

#include "base/crypto.h"

#include "base/base.h"

enum { TRACEPARENT_BYTES = 55, TRACE_AT = 3, TRACE_DIGITS = 32, PARENT_AT = 36, FLAGS_AT = 53 };

int rpc_random_init(struct rpc_random *random)
{
    int r;

    do
        r = random_bytes(random->state, sizeof(random->state));
    while (r == 0 && !(random->state[0] | random->state[1] | random->state[2] | random->state[3]));
    return r;
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t rpc_random_next(struct rpc_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* Lower case hexadecimal; *ret_zero says whether all digits are 0. */
static bool is_hex(const uint8_t *text, size_t size, bool *ret_zero)
{
    uint8_t seen = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t c = text[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        seen |= c ^ '0';
    }
    *ret_zero = seen == 0;
    return true;
}

bool rpc_trace_parse(struct slice traceparent, char trace[RPC_TRACE_BYTES])
{
    const uint8_t *text = traceparent.data;
    bool first_version, zero_trace, zero_parent, zero_flags;

    if (traceparent.size < TRACEPARENT_BYTES || text[2] != '-' || text[PARENT_AT - 1] != '-' ||
        text[FLAGS_AT - 1] != '-')
        return false;
    if (!is_hex(text, 2, &first_version) || (text[0] == 'f' && text[1] == 'f') ||
        !is_hex(text + TRACE_AT, TRACE_DIGITS, &zero_trace) || zero_trace ||
        !is_hex(text + PARENT_AT, 16, &zero_parent) || zero_parent ||
        !is_hex(text + FLAGS_AT, 2, &zero_flags))
        return false;
    if (traceparent.size > TRACEPARENT_BYTES && (first_version || text[TRACEPARENT_BYTES] != '-'))
        return false;
    memcpy(trace, text + TRACE_AT, TRACE_DIGITS);
    trace[TRACE_DIGITS] = 0;
    return true;
}

void rpc_trace_make(struct rpc_random *random, char trace[RPC_TRACE_BYTES])
{
    uint64_t id[2] = { rpc_random_next(random), rpc_random_next(random) | 1 }; /* never all zero */

    hex_of(id, sizeof(id), trace);
}
