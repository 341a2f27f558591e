/*
 * rpc_text.c - are the strings of a message text, and does it nest within reason?
 *
 * This must look at the bytes: once protobuf-c has unpacked a string its length is lost, so a NUL
 * would silently cut a citizen's words short. Walking the bytes beside the descriptors costs
 * about as much as one memcpy of the texts. Depth is bounded here too, because the unpacker
 * recurses as deep as the sender likes.
 */
#include "base/arena.h"
#include "base/fault.h"
#include "rpc/rpc_wire.h"

#include "base/base.h"

/* One message under examination; a chain of them leads to the request. */
struct place {
    const struct place *up;
    const ProtobufCFieldDescriptor *field; /* of `up` that this message is; NULL at the root */
    const ProtobufCMessageDescriptor *type;
    int depth;
};

struct look {
    struct arena *arena;
    struct refusal *refusal;
    bool over; /* too deep, or as many fields named as a refusal holds: look no further */
};

enum verdict { TEXT_FINE, TEXT_NUL, TEXT_NOT_UTF8 };

static bool has_zero_byte(uint64_t word)
{
    return ((word - 0x0101010101010101u) & ~word & 0x8080808080808080u) != 0;
}

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the character at `at` (its first byte is not ASCII); 0 when it is none. */
static size_t character_bytes(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];

    if (lead >= 0xe0 && lead <= 0xef) { /* nearly all of Chinese */
        if (left < 3 || !continues(at[1]) || !continues(at[2]))
            return 0;
        return (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f) ? 0 : 3;
    }
    if (lead >= 0xc2 && lead <= 0xdf)
        return left >= 2 && continues(at[1]) ? 2 : 0;
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3]))
            return 0;
        return (lead == 0xf0 && at[1] < 0x90) || (lead == 0xf4 && at[1] > 0x8f) ? 0 : 4;
    }
    return 0;
}

static enum verdict text_verdict(const uint8_t *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        uint64_t word;
        size_t n;

        if (size - at >= sizeof(word)) {
            memcpy(&word, text + at, sizeof(word));
            if (!(word & 0x8080808080808080u) && !has_zero_byte(word)) {
                at += sizeof(word);
                continue;
            }
        }
        if (text[at] == 0)
            return TEXT_NUL;
        n = text[at] < 0x80 ? 1 : character_bytes(text + at, size - at);
        if (n == 0)
            return TEXT_NOT_UTF8;
        at += n;
    }
    return TEXT_FINE;
}

/* "statutory.main_unit" */
static const char *path_of(struct arena *a, const struct place *place, const char *name)
{
    if (!place->field)
        return name;
    name = arena_printf(a, "%s.%s", place->field->name, name);
    return name ? path_of(a, place->up, name) : NULL;
}

static void complain(struct look *look, const struct place *place, const char *name,
                     enum verdict verdict)
{
    const char *path = path_of(look->arena, place, name);

    if (!look->refusal)
        look->refusal = refusal_new(look->arena, FAULT_REQUEST_INVALID);
    if (verdict == TEXT_NUL)
        refusal_field(look->refusal, path, "含有 NUL 字符", "contains a NUL character");
    else
        refusal_field(look->refusal, path, "不是有效的 UTF-8 文本", "is not valid UTF-8");
    look->over = !path || look->refusal->n_fields == REFUSAL_FIELDS_MAX;
}

/* False when the bytes end inside the number. */
static bool varint(const uint8_t **at, const uint8_t *end, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static void look_at_message(struct look *look, const struct place *place, const uint8_t *at,
                            const uint8_t *end);

static void look_at_field(struct look *look, const struct place *place, uint64_t number,
                          struct slice value)
{
    const ProtobufCFieldDescriptor *field = NULL;

    if (number <= UINT32_MAX)
        field = protobuf_c_message_descriptor_get_field(place->type, (unsigned)number);
    if (!field)
        return;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        enum verdict verdict = text_verdict(value.data, value.size);

        if (verdict != TEXT_FINE)
            complain(look, place, field->name, verdict);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        struct place inner = {
            .up = place, .field = field, .type = field->descriptor, .depth = place->depth + 1
        };

        look->over = inner.depth > RPC_NESTING_MAX;
        if (look->over)
            look->refusal = refusal_new(look->arena, FAULT_REQUEST_UNREADABLE);
        else
            look_at_message(look, &inner, value.data, value.data + value.size);
    }
}

static void look_at_message(struct look *look, const struct place *place, const uint8_t *at,
                            const uint8_t *end)
{
    static const size_t fixed_bytes[8] = {
        [PROTOBUF_C_WIRE_TYPE_64BIT] = 8, [PROTOBUF_C_WIRE_TYPE_32BIT] = 4
    };
    uint64_t key, size;

    while (!look->over && at < end && varint(&at, end, &key)) {
        unsigned wire_type = key & 7;

        if (wire_type == PROTOBUF_C_WIRE_TYPE_VARINT) {
            if (!varint(&at, end, &size))
                return;
            continue;
        }
        size = fixed_bytes[wire_type];
        if (size == 0 &&
            (wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED || !varint(&at, end, &size)))
            return; /* groups: the unpacker says no */
        if (size > (size_t)(end - at))
            return;
        if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            look_at_field(look, place, key >> 3, slice_of(at, size));
        at += size;
    }
}

const struct refusal *rpc_wire_check(struct arena *a, const ProtobufCMessageDescriptor *type,
                                     struct slice bytes)
{
    struct look look = { .arena = a };
    struct place root = { .type = type, .depth = 1 };

    look_at_message(&look, &root, bytes.data, bytes.data + bytes.size);
    return look.refusal;
}
