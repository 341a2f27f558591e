/*
 * yaml_file.h - reads our YAML files by a libcyaml schema, with our memory and errors that name a
 * line. What the schema cannot say (a wrong weekday, a missing clock) its reader checks; the line
 * of such an entry is found here too.
 */
#ifndef HOTLINE_SERVICE_YAML_FILE_H
#define HOTLINE_SERVICE_YAML_FILE_H

#include <cyaml/cyaml.h>

#include "base/slice.h"

struct arena;

enum { YAML_FILE_BYTES_MAX = 1 << 20 };

/* The bytes of a file, in the arena. -errno (-EFBIG beyond the maximum) and *ret_why. */
int yaml_file_read(const char *path, struct arena *a, struct slice *ret_text, const char **ret_why);

/* What a schema made of a text. */
struct yaml_document {
    const cyaml_schema_value_t *schema;
    void *data;
    unsigned n; /* entries, when the outermost value is a list */
};

/* Give the document back with yaml_file_free(). -ENOMEM, or -EINVAL and *ret_why (in the arena):
 * "line 12: in mapping field 'amount': Invalid INT value: 'two'". */
int yaml_file_parse(struct slice text, const cyaml_schema_value_t *schema, struct arena *a,
                    struct yaml_document *ret_document, const char **ret_why);
void yaml_file_free(struct yaml_document *document);

/* Line (from 1) of entry `entry` of the document's outermost block list ("- ..."), or of entry
 * `item` of the list under `key` in it: a date or another plain word. key NULL: the entry itself.
 * 0 when it is not to be found (another style of YAML); the caller then names it in words. */
size_t yaml_file_line(struct slice text, size_t entry, const char *key, size_t item);

#endif
