/*
 * yaml_file.c - libcyaml, told to use our memory and to report to us.
 *
 * libcyaml explains an error in a message and a backtrace, innermost place first; the first of each
 * is what a person needs. It keeps no lines for what it has loaded, so the line of an entry that is
 * well-formed but wrong is found again in the text.
 */
#include "service/yaml_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"

#include "base/base.h"

enum { REPORT_BYTES = 256 };

/* reading ------------------------------------------------------------------------------------- */

static int open_and_read(const char *path, uint8_t *bytes, size_t *ret_size)
{
    FILE *file = fopen(path, "rbe");
    int r = 0;

    if (!file)
        return -errno;
    *ret_size = fread(bytes, 1, YAML_FILE_BYTES_MAX + 1, file);
    if (ferror(file))
        r = errno ? -errno : -EIO; /* a directory opens and does not read */
    else if (*ret_size > YAML_FILE_BYTES_MAX)
        r = -EFBIG;
    (void)fclose(file);
    return r;
}

int yaml_file_read(const char *path, struct arena *a, struct slice *ret_text, const char **ret_why)
{
    uint8_t *bytes = arena_alloc(a, YAML_FILE_BYTES_MAX + 1);
    size_t size = 0;
    int r;

    if (!bytes)
        return -ENOMEM;
    r = open_and_read(path, bytes, &size);
    if (r == 0)
        *ret_text = slice_of(bytes, size);
    else
        *ret_why = strerrordesc_np(-r);
    return r;
}

/* lines of a text ----------------------------------------------------------------------------- */

/* A place in the text. Lines are cut off their comments. */
struct reader {
    const char *at, *end; /* of the text that follows the line */
    const char *line, *line_end;
    size_t number;
};

static struct reader reader_of(struct slice text)
{
    const char *begin = (const char *)text.data;

    return (struct reader){ .at = begin, .end = begin + text.size };
}

static size_t indent_of(const struct reader *reader)
{
    size_t n = 0;

    while (reader->line + n < reader->line_end && reader->line[n] == ' ')
        n++;
    return n;
}

static bool next_line(struct reader *reader)
{
    const char *newline;

    if (reader->at == reader->end)
        return false;
    newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    reader->line = reader->at;
    reader->line_end = newline ? newline : reader->end;
    reader->at = newline ? newline + 1 : reader->end;
    reader->number++;
    for (const char *c = reader->line; c < reader->line_end; c++)
        if (*c == '#' && (c == reader->line || c[-1] == ' '))
            reader->line_end = c;
    return true;
}

/* Does an entry begin here: "- " behind this indentation? */
static bool begins_entry(const struct reader *reader, size_t indent)
{
    size_t size = (size_t)(reader->line_end - reader->line);

    return size > indent && reader->line[indent] == '-' &&
           (size == indent + 1 || reader->line[indent + 1] == ' ');
}

/* Behind "key:" when the line, perhaps after "- ", begins with it; else NULL. */
static const char *behind_key(const struct reader *reader, const char *key)
{
    const char *at = reader->line;
    size_t size = strlen(key);

    while (at < reader->line_end && (*at == ' ' || *at == '-'))
        at++;
    if ((size_t)(reader->line_end - at) <= size || memcmp(at, key, size) != 0 || at[size] != ':')
        return NULL;
    return at + size + 1;
}

/* Counts plain words from `at` to the end of the line; true when *item of them came by. */
static bool pass_words(const struct reader *reader, const char *at, size_t *item)
{
    static const char between[] = " \t\r,[]'\"";

    while (at < reader->line_end) {
        const char *word = at;

        while (at < reader->line_end && !strchr(between, *at))
            at++;
        if (at > word && !(at == word + 1 && *word == '-') && (*item)-- == 0)
            return true;
        if (at < reader->line_end)
            at++;
    }
    return false;
}

/* parsing ------------------------------------------------------------------------------------- */

struct report {
    char what[REPORT_BYTES], place[REPORT_BYTES];
};

/* "  in mapping field 'amount' (line: 12, column: 9)\n" without its ends. */
static void trim(char *text)
{
    size_t begin = strspn(text, " "), size = strcspn(text + begin, "\n");

    memmove(text, text + begin, size);
    text[size] = '\0';
}

static void take_report(cyaml_log_t level, void *ctx, const char *format, va_list values)
{
    static const char prefix[] = "Load: ";
    struct report *report = ctx;
    bool headed = strncmp(format, prefix, sizeof(prefix) - 1) == 0;
    char *text = headed ? report->what : report->place;

    (void)level;
    if (headed)
        format += sizeof(prefix) - 1;
    if (*text || strncmp(format, "Backtrace", 9) == 0)
        return;
    (void)vsnprintf(text, REPORT_BYTES, format, values);
    trim(text);
}

static void *cyaml_memory(void *ctx, void *block, size_t size)
{
    (void)ctx;
    return size ? memory_grow(block, size) : memory_free(block);
}

static const cyaml_config_t quiet = { .mem_fn = cyaml_memory, .log_level = CYAML_LOG_ERROR };

/* libcyaml tells of a key that should not stand there when it is still at the value before it. The
 * line of the key itself: the next that begins with it; in flow style they share one. */
static unsigned long line_of_key(struct slice text, const char *key, unsigned long told)
{
    struct reader reader = reader_of(text);

    while (next_line(&reader))
        if (reader.number > told && behind_key(&reader, key))
            return reader.number;
    return told;
}

/* "line 12: in mapping field 'amount': Invalid INT value: 'two'" */
static const char *explain(struct slice text, struct arena *a, const struct report *report,
                           cyaml_err_t error)
{
    static const char *const of_keys[] = { "Unexpected key: ", "Mapping field already seen: " };
    const char *place = strstr(report->place, " (line: ");
    const char *what = *report->what ? report->what : cyaml_strerror(error);
    unsigned long line;

    if (!place)
        return arena_printf(a, "%s", what);
    line = strtoul(place + strlen(" (line: "), NULL, 10);
    for (size_t i = 0; i < COUNT_OF(of_keys); i++)
        if (strncmp(what, of_keys[i], strlen(of_keys[i])) == 0)
            return arena_printf(a, "line %lu: %s",
                                line_of_key(text, what + strlen(of_keys[i]), line), what);
    return arena_printf(a, "line %lu: %.*s: %s", line, (int)(place - report->place), report->place,
                        what);
}

int yaml_file_parse(struct slice text, const cyaml_schema_value_t *schema, struct arena *a,
                    struct yaml_document *ret_document, const char **ret_why)
{
    struct yaml_document document = { .schema = schema };
    struct report report = { .what = "" };
    cyaml_config_t config = quiet;
    const char *why = "the file is empty";
    cyaml_err_t error;

    config.log_fn = take_report;
    config.log_ctx = &report;
    config.flags = CYAML_CFG_NO_ALIAS; /* an alias could unfold a small file into a large one */
    error = cyaml_load_data(text.data, text.size, &config, schema, &document.data,
                            schema->type == CYAML_SEQUENCE ? &document.n : NULL);
    if (error == CYAML_ERR_OOM)
        return -ENOMEM;
    if (error == CYAML_OK && document.data) {
        *ret_document = document;
        return 0;
    }
    if (error != CYAML_OK)
        why = explain(text, a, &report, error);
    if (!why)
        return -ENOMEM;
    *ret_why = why;
    return -EINVAL;
}

void yaml_file_free(struct yaml_document *document)
{
    (void)cyaml_free(&quiet, document->schema, document->data, document->n);
    document->data = NULL;
}

/* finding an entry ---------------------------------------------------------------------------- */

size_t yaml_file_line(struct slice text, size_t entry, const char *key, size_t item)
{
    struct reader reader = reader_of(text);
    size_t indent = SIZE_MAX;
    bool inside = false, counting = false;

    while (next_line(&reader)) {
        const char *at = reader.line;

        if (indent == SIZE_MAX && begins_entry(&reader, indent_of(&reader)))
            indent = indent_of(&reader);
        if (indent != SIZE_MAX && begins_entry(&reader, indent)) {
            if (inside)
                return 0;
            inside = entry-- == 0;
        }
        if (inside && !key)
            return reader.number;
        if (inside && !counting) {
            at = behind_key(&reader, key);
            counting = at != NULL;
        }
        if (counting && pass_words(&reader, at, &item))
            return reader.number;
    }
    return 0;
}
