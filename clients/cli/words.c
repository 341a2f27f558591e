/* words.c - the table of words.def; English is the value's own name without its prefix. */
#include "cli/words.h"

#include <ctype.h>

#include "base/arena.h"
#include "cli/json.h"
#include "libhotline/hotline.h"

#include "base/base.h"

struct word {
    const ProtobufCEnumDescriptor *type;
    int value;
    const char *zh;
};

#define WORD(enum_, value_, zh_) { &enum_##__descriptor, value_, zh_ },
static const struct word words[] = {
#include "cli/words.def"
};

static const char *english(struct arena *a, const ProtobufCEnumDescriptor *type, int value)
{
    char *text = arena_strdup(a, enum_short_name(type, value));

    for (char *at = text; at && *at; at++)
        *at = *at == '_' ? ' ' : (char)tolower((unsigned char)*at);
    return text ? text : "";
}

const char *word_of(struct arena *a, const ProtobufCEnumDescriptor *type, int value, bool zh)
{
    if (value == 0)
        return "";
    for (size_t i = 0; zh && i < COUNT_OF(words); i++)
        if (words[i].type == type && words[i].value == value)
            return words[i].zh;
    return english(a, type, value);
}
