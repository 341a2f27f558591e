/* calendar_file.c - a reader of the YAML that calendar files are written in, and the names. */
#include "cli/calendar_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"

struct yaml {
    const char *at;
    int line;
    bool wrong;
};

/* lexing --------------------------------------------------------------------------------------- */

static void skip_comment(struct yaml *yaml)
{
    while (*yaml->at && *yaml->at != '\n')
        yaml->at++;
}

/* Spaces and comments; with `lines` over ends of lines too. */
static void skip_space(struct yaml *yaml, bool lines)
{
    for (;; yaml->at++) {
        if (*yaml->at == '#')
            skip_comment(yaml);
        if (*yaml->at == '\n' && lines)
            yaml->line++;
        else if (*yaml->at != ' ' && *yaml->at != '\t' && *yaml->at != '\r')
            return;
    }
}

/* Moves to the next line that says something; its indentation, -1 at the end. */
static int next_line(struct yaml *yaml)
{
    const char *begin;

    skip_space(yaml, true);
    if (strncmp(yaml->at, "---", 3) == 0) {
        yaml->at += 3;
        skip_space(yaml, true);
    }
    if (!*yaml->at)
        return -1;
    for (begin = yaml->at; begin[-1] != '\n' && begin[-1] != '\0'; begin--)
        ;
    return (int)(yaml->at - begin);
}

/* A plain or quoted text up to one of the `stops`, trimmed. */
static json_t *scalar(struct yaml *yaml, const char *stops)
{
    const char *begin = yaml->at;
    size_t size;

    if (*begin == '"' || *begin == '\'') {
        const char *end = strchr(begin + 1, *begin);

        if (!end) {
            yaml->wrong = true;
            return NULL;
        }
        yaml->at = end + 1;
        return json_stringn(begin + 1, (size_t)(end - begin - 1));
    }
    while (*yaml->at && !strchr(stops, *yaml->at) &&
           !(*yaml->at == '#' && yaml->at > begin && yaml->at[-1] == ' '))
        yaml->at++;
    size = (size_t)(yaml->at - begin);
    while (size > 0 && isspace((unsigned char)begin[size - 1]))
        size--;
    return json_stringn(begin, size);
}

/* values --------------------------------------------------------------------------------------- */

/* "[a, b]", perhaps over several lines. */
static json_t *flow_list(struct yaml *yaml)
{
    json_t *list = json_array();

    for (yaml->at++, skip_space(yaml, true); *yaml->at && *yaml->at != ']';) {
        json_array_append_new(list, scalar(yaml, ",]\n"));
        skip_space(yaml, true);
        if (*yaml->at == ',')
            yaml->at++;
        else if (*yaml->at != ']')
            break;
        skip_space(yaml, true);
    }
    if (*yaml->at == ']')
        yaml->at++;
    else
        yaml->wrong = true;
    return list;
}

/* "- a" lines deeper than the key, or as deep. */
static json_t *block_list(struct yaml *yaml, int key_indent)
{
    json_t *list = json_array();
    struct yaml ahead = *yaml;

    for (int indent = next_line(&ahead);
         indent >= key_indent && ahead.at[0] == '-' && ahead.at[1] == ' ';
         indent = next_line(&ahead)) {
        ahead.at += 2;
        skip_space(&ahead, false);
        json_array_append_new(list, scalar(&ahead, "\n"));
        *yaml = ahead;
    }
    return list;
}

/* The lines "key: value" that stand at this indentation. */
static json_t *mapping(struct yaml *yaml, int indent)
{
    json_t *object = json_object();
    int found = indent;

    while (found == indent && *yaml->at != '-' && !yaml->wrong) {
        json_t *key = scalar(yaml, ":\n"), *value;

        if (*yaml->at != ':') {
            yaml->wrong = true;
            json_decref(key);
            break;
        }
        yaml->at++;
        skip_space(yaml, false);
        value = *yaml->at == '['                  ? flow_list(yaml)
                : *yaml->at == '\n' || !*yaml->at ? block_list(yaml, indent)
                                                  : scalar(yaml, "\n");
        json_object_set_new(object, json_string_value(key), value);
        json_decref(key);
        if (!yaml->wrong)
            found = next_line(yaml);
    }
    yaml->wrong = yaml->wrong || found > indent;
    return object;
}

json_t *calendar_yaml(const char *text, int *ret_line)
{
    struct yaml yaml = { .at = text, .line = 1 };
    json_t *list = json_array();
    int indent = next_line(&yaml);

    while (indent >= 0 && !yaml.wrong && yaml.at[0] == '-' && yaml.at[1] == ' ') {
        yaml.at += 2;
        skip_space(&yaml, false);
        json_array_append_new(list, mapping(&yaml, indent + 2));
        indent = yaml.wrong ? -1 : next_line(&yaml);
    }
    if (yaml.wrong || indent >= 0) {
        *ret_line = yaml.line;
        json_decref(list);
        return NULL;
    }
    return list;
}

/* names ---------------------------------------------------------------------------------------- */

json_t *calendar_year_json(const json_t *entry)
{
    static const struct {
        const char *file, *contract;
    } names[] = {
        { "year", "year" },
        { "status", "status" },
        { "document", "document_number" },
        { "source", "source_url" },
        { "off", "off_dates" },
        { "work", "work_dates" },
        { "note", "note" },
        { "version", NULL },
        { "source_url", "source_url" },
        { "document_number", "document_number" },
        { "off_dates", "off_dates" },
        { "work_dates", "work_dates" },
    };
    json_t *year = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)(uintptr_t)entry, key, value)
    {
        size_t i;

        for (i = 0; i < COUNT_OF(names) && strcmp(names[i].file, key) != 0; i++)
            ;
        if (i == COUNT_OF(names)) {
            json_decref(year);
            return NULL;
        }
        if (names[i].contract) /* several sources: the first is the notice */
            json_object_set(year, names[i].contract,
                            strcmp(key, "source") == 0 && json_is_array(value)
                                ? json_array_get(value, 0)
                                : value);
    }
    return year;
}

json_t *calendar_entries(json_t *file)
{
    json_t *years = json_object_get(file, "years");

    if (json_is_array(years))
        return json_incref(years);
    if (json_is_array(file))
        return json_incref(file);
    return json_pack("[O]", file);
}
