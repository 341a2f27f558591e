/* keys.c - spells keys: h{subdistrict}, the shape of the kind, the part. */
#include "storage/keys.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"

static const char *const key_shapes[KEY_MAX] = {
#define KEY(name, type, shape, what) [KEY_##name] = shape,
    KEY_TABLE(KEY)
#undef KEY
};

/* A shape that ends in ':' is followed by a part, and only such a shape. */
static bool key_takes_part(const char *shape)
{
    return shape[strlen(shape) - 1] == ':';
}

/* Called several times a commit, so it copies instead of printing. */
static void key_append(struct key *key, const char *text)
{
    size_t size = strlen(text);

    must(size < KEY_BYTES_MAX - key->size);
    memcpy(key->text + key->size, text, size + 1);
    key->size += size;
}

struct key key_of(enum key_kind kind, const char *subdistrict, const char *part)
{
    struct key key;

    must(kind < KEY_MAX && subdistrict[0] && strlen(subdistrict) <= SUBDISTRICT_BYTES_MAX);
    must(!strpbrk(subdistrict, "{}")); /* it would move the hash tag, and so the slot */
    must(key_takes_part(key_shapes[kind]) == (part[0] != '\0'));
    key.size = 0;
    key_append(&key, "h{");
    key_append(&key, subdistrict);
    key_append(&key, "}");
    key_append(&key, key_shapes[kind]);
    key_append(&key, part);
    return key;
}

struct key key_of_number(enum key_kind kind, const char *subdistrict, int64_t part)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, part);
    return key_of(kind, subdistrict, text);
}
