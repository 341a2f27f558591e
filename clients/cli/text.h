/*
 * text.h - text on a terminal: how wide it is, cut and padded; tables of it.
 *
 * A Chinese character takes two columns. Control characters are shown as spaces, so that no text
 * from outside can move the cursor or colour the screen.
 */
#ifndef HOTLINE_CLI_TEXT_H
#define HOTLINE_CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

struct arena;

/* Columns on a terminal. */
size_t text_width(const char *text);
/* Clean and at most `columns` wide, "…" at the end when something was cut. Never NULL. */
const char *text_cut(struct arena *a, const char *text, size_t columns);
/* Writes the clean text and spaces up to `columns`. */
void text_put(const char *text, size_t columns, FILE *out);

/* A table of borrowed cells; the first row is its head. Lives in an arena. */
enum { TABLE_COLUMNS_MAX = 12 };

struct table_row;

struct table {
    struct arena *arena;
    size_t n_columns, n_rows; /* rows without the head */
    struct table_row *first, **last;
};

/* head: n_columns texts. */
void table_init(struct table *table, struct arena *a, size_t n_columns, const char *const *head);
/* NULL cells are empty. */
void table_add(struct table *table, const char *const *cells);
void table_print(const struct table *table, FILE *out);

#define TABLE_HEAD(table, a, ...)                                                                  \
    table_init((table), (a), COUNT_OF(((const char *const[]){ __VA_ARGS__ })),                     \
               (const char *const[]){ __VA_ARGS__ })
#define TABLE_ROW(table, ...)                                                                      \
    do {                                                                                           \
        must(COUNT_OF(((const char *const[]){ __VA_ARGS__ })) == (table)->n_columns);              \
        table_add((table), (const char *const[]){ __VA_ARGS__ });                                  \
    } while (0)

#endif
