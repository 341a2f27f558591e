/* inspector.c - asking Redis, saying what was found, lists of names. */
#include "storage/record/inspector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/base.h"

enum { LINE_BYTES = 512 };

/* --- saying and asking ------------------------------------------------------------------------ */

void inspector_say(const struct inspector *inspector, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    inspector->say(inspector->user, line);
}

void inspector_fault(struct inspector *inspector, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list values;

    inspector->report.faults++;
    if (inspector->report.faults > FAULTS_SAID_MAX)
        return;
    va_start(values, format);
    (void)vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    inspector_say(inspector, "fault: %s", line);
    if (inspector->report.faults == FAULTS_SAID_MAX)
        inspector_say(inspector, "fault: further ones are counted only");
}

static bool is_wrong_type(const struct answer *answer)
{
    struct slice text = answer_bytes(answer);

    return text.size >= 9 && memcmp(text.data, "WRONGTYPE", 9) == 0;
}

int inspector_ask(struct inspector *inspector, const struct slice *words, size_t n_words,
                  const struct answer **ret_answer)
{
    const struct answer *answer = redis_tool_ask(inspector->tool, words, n_words);

    if (!answer)
        return -ENOTCONN;
    if (answer_kind(answer) == ANSWER_ERROR && !is_wrong_type(answer))
        return -EPROTO;
    *ret_answer = answer;
    return 0;
}

int inspector_ask_range(struct inspector *inspector, const char *command, const struct key *key,
                        int64_t first, bool with_scores, const struct answer **ret_answer)
{
    char from[24], to[24];
    struct slice words[] = { slice_text(command), key_slice(key), slice_of(from, 0),
                             slice_of(to, 0), slice_text("WITHSCORES") };

    words[2].size = (size_t)snprintf(from, sizeof(from), "%" PRId64, first);
    words[3].size = (size_t)snprintf(to, sizeof(to), "%" PRId64, first + ELEMENTS_A_CHUNK - 1);
    return inspector_ask(inspector, words, with_scores ? 5 : 4, ret_answer);
}

/* --- names ------------------------------------------------------------------------------------ */

int names_add(struct names *names, struct arena *a, struct slice name)
{
    if (names->n == names->room) {
        size_t room = names->room ? 2 * names->room : 256;
        char **list = memory_grow(names->list, room * sizeof(*list));

        if (!list)
            return -ENOMEM;
        names->list = list;
        names->room = room;
    }
    names->list[names->n] = arena_text(a, name);
    if (!names->list[names->n])
        return -ENOMEM;
    names->n++;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(struct names *names)
{
    size_t kept = 0;

    if (names->n == 0)
        return;
    qsort(names->list, names->n, sizeof(*names->list), compare_names);
    for (size_t i = 1; i < names->n; i++) { /* SCAN may give a key twice */
        if (strcmp(names->list[kept], names->list[i]) != 0)
            names->list[++kept] = names->list[i];
    }
    names->n = kept + 1;
}

bool names_have(const struct names *names, const char *name)
{
    return names->n > 0 &&
           bsearch(&name, names->list, names->n, sizeof(*names->list), compare_names);
}

void names_release(struct names *names)
{
    memory_free(names->list);
    *names = (struct names){ 0 };
}

static bool can_be_subdistrict(struct slice name)
{
    if (name.size == 0 || name.size > SUBDISTRICT_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
                    name.data[i], 65))
            return false;
    }
    return true;
}

int registry_read(struct inspector *inspector, struct arena *a, struct names *names)
{
    struct slice words[] = { slice_text("SMEMBERS"), slice_text(KEY_REGISTRY) };
    const struct answer *answer;
    int r = inspector_ask(inspector, words, COUNT_OF(words), &answer);

    if (r < 0)
        return r;
    for (size_t i = 0; i < answer_count(answer); i++) {
        struct slice name = answer_bytes(answer_at(answer, i));

        if (!can_be_subdistrict(name)) {
            inspector_fault(inspector, "the registry names %.*s, which cannot be a subdistrict",
                            (int)name.size, (const char *)name.data);
            continue;
        }
        r = names_add(names, a, name);
        if (r < 0)
            return r;
    }
    names_sort(names);
    return 0;
}
