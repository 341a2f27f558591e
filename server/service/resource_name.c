/* resource_name.c - a resource name read from left to right, once. */
#include "service/resource_name.h"

#include <string.h>

#include "base/base.h"

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_alphanumeric(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A segment at *at, which moves behind it and its slash. */
static bool take_collection(const char **at, struct slice *ret_segment)
{
    size_t size = 0;

    while (is_lower((*at)[size]))
        size++;
    if (size == 0 || (*at)[size] != '/')
        return false; /* an id must follow */
    *ret_segment = slice_of(*at, size);
    *at += size + 1;
    return true;
}

/* The last segment has no slash; a slash promises another pair. */
static bool take_id(const char **at, struct slice *ret_segment)
{
    size_t size = 0;

    while (is_alphanumeric((*at)[size]) || (size > 0 && (*at)[size] == '-'))
        size++;
    if (size == 0 || size > RESOURCE_ID_CHARACTERS_MAX)
        return false;
    *ret_segment = slice_of(*at, size);
    *at += size;
    if (**at == '/')
        return *++*at != '\0';
    return **at == '\0';
}

bool resource_parse(const char *name, struct resource_parts *ret_parts)
{
    struct resource_parts parts = { .code = { 0 } };
    struct slice root;
    const char *at = name;

    if (!take_collection(&at, &root) || !slice_equal(root, slice_text("subdistricts")) ||
        !take_id(&at, &parts.code))
        return false;
    if (*at && (!take_collection(&at, &parts.collection) || !take_id(&at, &parts.id)))
        return false;
    if (*at && (!take_collection(&at, &parts.below) || !take_id(&at, &parts.child)))
        return false;
    if (*at)
        return false;
    if (ret_parts)
        *ret_parts = parts;
    return true;
}

static void put(char *text, struct slice part)
{
    memcpy(text, part.data, part.size);
    text[part.size] = '\0';
}

bool resource_subdistrict(const char *name, char *code, size_t code_bytes)
{
    struct resource_parts parts;

    if (!resource_parse(name, &parts) || parts.collection.data || parts.code.size >= code_bytes)
        return false;
    put(code, parts.code);
    return true;
}

/* "subdistricts/<code>/<collection>/<id>", no more and no less. */
static bool parse_in(const char *name, const char *collection, struct resource_parts *ret_parts)
{
    return resource_parse(name, ret_parts) && !ret_parts->below.data &&
           slice_equal(ret_parts->collection, slice_text(collection));
}

bool resource_id(const char *name, const char *subdistrict, const char *collection, char *id,
                 size_t id_bytes)
{
    struct resource_parts parts;

    if (!parse_in(name, collection, &parts) || parts.id.size >= id_bytes ||
        !slice_equal(parts.code, slice_text(subdistrict)))
        return false;
    put(id, parts.id);
    return true;
}

bool resource_split(const char *name, const char *collection, char *code, size_t code_bytes,
                    char *id, size_t id_bytes)
{
    struct resource_parts parts;

    if (!parse_in(name, collection, &parts) || parts.code.size >= code_bytes ||
        parts.id.size >= id_bytes)
        return false;
    put(code, parts.code);
    put(id, parts.id);
    return true;
}
