/* text.c - width by utf8proc; what is no UTF-8 counts as one column a byte and shows as '?'. */
#include "cli/text.h"

#include <string.h>

#include <utf8proc.h>

#include "base/arena.h"

#include "base/base.h"

struct table_row {
    struct table_row *next;
    const char *cells[TABLE_COLUMNS_MAX];
};

/* One character of a text as it is shown. */
struct shown {
    const char *bytes;
    size_t size, columns;
};

/* The character at *at, which moves on; false at the end. */
static bool next_shown(const char **at, struct shown *ret_shown)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t size;

    if (!**at)
        return false;
    size = utf8proc_iterate((const utf8proc_uint8_t *)*at, -1, &point);
    if (size <= 0) {
        *ret_shown = (struct shown){ "?", 1, 1 };
        size = 1;
    } else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
        *ret_shown = (struct shown){ " ", 1, 1 };
    } else {
        *ret_shown = (struct shown){ *at, (size_t)size, (size_t)utf8proc_charwidth(point) };
    }
    *at += size;
    return true;
}

size_t text_width(const char *text)
{
    struct shown shown;
    size_t columns = 0;

    while (next_shown(&text, &shown))
        columns += shown.columns;
    return columns;
}

const char *text_cut(struct arena *a, const char *text, size_t columns)
{
    bool fits = text_width(text) <= columns;
    size_t room = fits ? columns : columns > 0 ? columns - 1 : 0, used = 0, size = 0;
    char *copy = arena_alloc(a, strlen(text) + sizeof("…"));
    struct shown shown;

    if (!copy)
        return "";
    while (next_shown(&text, &shown) && used + shown.columns <= room) {
        memcpy(copy + size, shown.bytes, shown.size);
        size += shown.size;
        used += shown.columns;
    }
    memcpy(copy + size, fits ? "" : "…", fits ? 1 : sizeof("…"));
    return copy;
}

void text_put(const char *text, size_t columns, FILE *out)
{
    struct shown shown;
    size_t used = 0;

    while (next_shown(&text, &shown)) {
        fwrite(shown.bytes, 1, shown.size, out);
        used += shown.columns;
    }
    for (; used < columns; used++)
        fputc(' ', out);
}

/* tables --------------------------------------------------------------------------------------- */

void table_init(struct table *table, struct arena *a, size_t n_columns, const char *const *head)
{
    must(n_columns > 0 && n_columns <= TABLE_COLUMNS_MAX);
    *table = (struct table){ .arena = a, .n_columns = n_columns };
    table->last = &table->first;
    table_add(table, head);
    table->n_rows = 0;
}

void table_add(struct table *table, const char *const *cells)
{
    struct table_row *row = ARENA_NEW(table->arena, struct table_row);

    if (!row)
        return;
    for (size_t i = 0; i < table->n_columns; i++)
        row->cells[i] = cells[i] ? cells[i] : "";
    *table->last = row;
    table->last = &row->next;
    table->n_rows++;
}

void table_print(const struct table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX] = { 0 };

    for (const struct table_row *row = table->first; row; row = row->next)
        for (size_t i = 0; i < table->n_columns; i++)
            if (text_width(row->cells[i]) > widths[i])
                widths[i] = text_width(row->cells[i]);
    for (const struct table_row *row = table->first; row; row = row->next) {
        size_t last = table->n_columns;

        while (last > 1 && !row->cells[last - 1][0])
            last--;
        for (size_t i = 0; i < last; i++)
            text_put(row->cells[i], i + 1 < last ? widths[i] + 2 : 0, out);
        fputc('\n', out);
    }
}
