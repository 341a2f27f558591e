/*
 * resource_name.h - "subdistricts/310113003/orders/01J9..." taken apart (AIP-122).
 *
 *   subdistricts/<code>
 *   subdistricts/<code>/<collection>/<id>
 *   subdistricts/<code>/<collection>/<id>/<below>/<child>
 *
 * Collections are lower-case letters. Codes and ids are 1 to 32 of A-Z a-z 0-9 and the hyphen,
 * beginning with a letter or digit (api/hotline/v1/options.proto), so they are safe in keys, log
 * lines and file names. Outputs are written only on success.
 */
#ifndef HOTLINE_SERVICE_RESOURCE_NAME_H
#define HOTLINE_SERVICE_RESOURCE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum { RESOURCE_ID_CHARACTERS_MAX = 32 };

/* Parts point into the name; those it does not have are absent (data NULL). */
struct resource_parts {
    struct slice code;
    struct slice collection, id;
    struct slice below, child;
};

/* Any name of the three forms; ret_parts may be NULL when only the form matters. */
bool resource_parse(const char *name, struct resource_parts *ret_parts);

/* "subdistricts/<code>": true and the code. */
bool resource_subdistrict(const char *name, char *code, size_t code_bytes);
/* "subdistricts/<code>/<collection>/<id>" for this subdistrict and collection ("orders", "units",
 * "staff", ...): true and the id. False also when the id does not fit. */
bool resource_id(const char *name, const char *subdistrict, const char *collection, char *id,
                 size_t id_bytes);
/* Both at once, subdistrict not yet known. */
bool resource_split(const char *name, const char *collection, char *code, size_t code_bytes,
                    char *id, size_t id_bytes);

#endif
