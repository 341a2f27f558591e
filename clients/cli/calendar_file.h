/*
 * calendar_file.h - years of the calendar from the format they are shipped in, JSON or YAML.
 *
 *     - year: 2026
 *       status: OFFICIAL
 *       document: 国办发明电〔2025〕7号
 *       source: https://...
 *       off: [2026-01-01, 2026-01-02]
 *       work: [2026-01-04]
 *
 * Of YAML what such a file needs: one list of mappings, texts, lists in brackets (over several
 * lines too) or with hyphens, comments. Whether the dates make sense is the server's to say.
 */
#ifndef HOTLINE_CLI_CALENDAR_FILE_H
#define HOTLINE_CLI_CALENDAR_FILE_H

#include <jansson.h>

/* YAML as JSON: a list of objects with texts and lists of texts. A new reference; NULL and the
 * line that is wrong. */
json_t *calendar_yaml(const char *text, int *ret_line);
/* An entry of either file as the contract's CalendarYear in JSON. A new reference; NULL when a
 * name in it is unknown. */
json_t *calendar_year_json(const json_t *entry);
/* The entries of a file, whatever it is: list, {"years": list}, one entry. A new reference. */
json_t *calendar_entries(json_t *file);

#endif
