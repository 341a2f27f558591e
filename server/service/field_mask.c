/*
 * field_mask.c - who sees which class of data (article 16; DOMAIN R16.2, R16.5), and how a value is
 * shortened.
 *
 * The table is the whole policy. Shortening works on characters, never on bytes, and a short value
 * loses more, so that its ends do not give it away. Most of an answer is of no class that a
 * relation is denied, so a message is entered only when something below it must change.
 */
#include "service/field_rules.h"

#include <string.h>

#include "service/field_table.h"

#include "base/base.h"

enum shown { FULL, PART, NONE };

/* clang-format off */
static const uint8_t shown_to[RELATION_MAX][PRIVACY_CLASSES] = {
/* relation               not said, none, name, phone, id number, address, place, free text */
    /* No relation: such an answer should not be made at all; if it is, it says nothing. */
    [RELATION_NONE]     = {NONE,    FULL, NONE, NONE,  NONE,      NONE,    NONE,  NONE},
    /* 知会单位: knows that there is a matter and where, not who asks nor his words. */
    [RELATION_INFORMED] = {NONE,    FULL, NONE, NONE,  NONE,      NONE,    FULL,  NONE},
    /* 主办单位: the matter in full; of the citizen what tells him from another. The number is
     * called, and more is seen, through a reveal with its purpose. */
    [RELATION_UNIT]     = {NONE,    FULL, PART, PART,  NONE,      NONE,    FULL,  FULL},
    /* 分管领导: leads the unit and needs no more than it has. */
    [RELATION_LEADER]   = {NONE,    FULL, PART, PART,  NONE,      NONE,    FULL,  FULL},
    /* 审计: judges the handling, not the citizen. */
    [RELATION_AUDIT]    = {NONE,    FULL, PART, PART,  NONE,      NONE,    FULL,  FULL},
    /* 热线办: recognises a caller and tells repeats apart; more through a reveal. */
    [RELATION_OFFICE]   = {NONE,    FULL, PART, PART,  PART,      PART,    FULL,  FULL},
    /* 区热线办: it sent these data. */
    [RELATION_DISTRICT] = {NONE,    FULL, FULL, FULL,  FULL,      FULL,    FULL,  FULL},
};
/* clang-format on */

struct mask {
    const uint8_t *shown;
    uint32_t hidden; /* classes that are not shown in full, a bit each */
    struct arena *arena;
};

/* characters ---------------------------------------------------------------------------------- */

/* Behind n characters from `text`, or at its end. In text that is no UTF-8 a stray byte belongs to
 * the character before it. */
static const char *skip_characters(const char *text, size_t n)
{
    while (n-- > 0 && *text) {
        text++;
        while (((unsigned char)*text & 0xc0) == 0x80)
            text++;
    }
    return text;
}

static size_t count_characters(const char *text)
{
    size_t n = 0;

    for (; *text; text = skip_characters(text, 1))
        n++;
    return n;
}

/* The first characters, stars, the last characters; NULL when the arena failed. */
static char *keep_ends(struct arena *a, const char *text, size_t first, const char *stars,
                       size_t last)
{
    size_t head = (size_t)(skip_characters(text, first) - text), middle = strlen(stars);
    const char *tail = skip_characters(text, count_characters(text) - last);
    char *kept = arena_alloc(a, head + middle + strlen(tail) + 1);

    if (!kept)
        return NULL;
    memcpy(kept, text, head);
    memcpy(kept + head, stars, middle);
    memcpy(kept + head + middle, tail, strlen(tail) + 1);
    return kept;
}

/* 陈** ; also for a body: 上** */
static char *shorten_name(struct arena *a, const char *text)
{
    return keep_ends(a, text, 1, "**", 0);
}

/* 138****0001, 021****0001; a number shorter than eleven keeps two digits or none. */
static char *shorten_phone(struct arena *a, const char *text)
{
    size_t n = count_characters(text);

    if (n >= 11)
        return keep_ends(a, text, 3, "****", 4);
    return keep_ends(a, text, 0, "****", n >= 7 ? 2 : 0);
}

/* 310***12 */
static char *shorten_id_number(struct arena *a, const char *text)
{
    bool shows = count_characters(text) >= 10;

    return keep_ends(a, text, shows ? 3 : 0, "***", shows ? 2 : 0);
}

/* 友谊路街道某*** */
static char *shorten_address(struct arena *a, const char *text)
{
    size_t half = count_characters(text) / 2;

    return keep_ends(a, text, half < 6 ? half : 6, "***", 0);
}

/* Only these classes are ever shown in part. */
static char *(*const shorten[PRIVACY_CLASSES])(struct arena *a, const char *text) = {
    [HOTLINE__V1__PRIVACY__PRIVACY_NAME] = shorten_name,
    [HOTLINE__V1__PRIVACY__PRIVACY_PHONE] = shorten_phone,
    [HOTLINE__V1__PRIVACY__PRIVACY_ID_NUMBER] = shorten_id_number,
    [HOTLINE__V1__PRIVACY__PRIVACY_ADDRESS] = shorten_address,
};

/* the walk ------------------------------------------------------------------------------------ */

static unsigned class_of(const struct field_rule *rule)
{
    return (unsigned)__builtin_ctz(rule->classes);
}

/* True when the text was taken away or shortened. A failed arena gives "". */
static bool mask_text(const struct mask *mask, unsigned class, char **text)
{
    char *shortened = NULL;

    if (!*text || !**text)
        return false;
    if (mask->shown[class] == PART) {
        must(shorten[class]);
        shortened = shorten[class](mask->arena, *text);
    }
    *text = shortened ? shortened : (char *)(uintptr_t)protobuf_c_empty_string;
    return true;
}

static bool mask_bytes(const struct field_rule *rule, ProtobufCMessage *message)
{
    ProtobufCBinaryData *bytes = field_member(message, rule->field->offset);

    if (bytes->len == 0)
        return false;
    *bytes = (ProtobufCBinaryData){ 0 }; /* there is no part of bytes */
    return true;
}

static bool mask_message(const struct mask *mask, const struct message_rules *table,
                         ProtobufCMessage *message);

/* An absent list has no entries; else each entry on its own. */
static bool mask_list(const struct mask *mask, const struct field_rule *rule,
                      ProtobufCMessage *message)
{
    void *entries = *(void **)field_member(message, rule->field->offset);
    size_t *n = field_member(message, rule->field->quantifier_offset);
    bool changed = false;

    if (rule->kind == FIELD_MESSAGE) {
        for (size_t i = 0; i < *n; i++)
            changed |= mask_message(mask, rule->message, ((ProtobufCMessage **)entries)[i]);
        return changed;
    }
    if (rule->kind == FIELD_BYTES || mask->shown[class_of(rule)] == NONE) {
        changed = *n > 0;
        *n = 0;
        return changed;
    }
    for (size_t i = 0; i < *n; i++)
        changed |= mask_text(mask, class_of(rule), &((char **)entries)[i]);
    return changed;
}

static bool mask_field(const struct mask *mask, const struct field_rule *rule,
                       ProtobufCMessage *message)
{
    void *member = field_member(message, rule->field->offset);

    if (rule->list)
        return mask_list(mask, rule, message);
    if (!field_chosen(rule, message))
        return false;
    if (rule->kind == FIELD_TEXT)
        return mask_text(mask, class_of(rule), member);
    if (rule->kind == FIELD_BYTES)
        return mask_bytes(rule, message);
    return *(void **)member && mask_message(mask, rule->message, *(ProtobufCMessage **)member);
}

/* True when something in it was taken away or shortened. */
static bool mask_message(const struct mask *mask, const struct message_rules *table,
                         ProtobufCMessage *message)
{
    bool changed = false;

    if (!(table->classes & mask->hidden))
        return false;
    for (unsigned i = 0; i < table->type->n_fields; i++)
        if (table->fields[i].classes & mask->hidden)
            changed |= mask_field(mask, &table->fields[i], message);
    if (changed && table->masked)
        *(protobuf_c_boolean *)field_member(message, table->masked->offset) = 1;
    return changed;
}

bool field_rules_mask(const struct field_rules *rules, ProtobufCMessage *answer,
                      enum relation relation, struct arena *a)
{
    const struct message_rules *table = field_table_of(rules, answer->descriptor);
    struct mask mask = { .shown = shown_to[relation], .arena = a };

    must(table && relation < RELATION_MAX);
    for (unsigned class = 0; class < PRIVACY_CLASSES; class ++)
        if (mask.shown[class] != FULL)
            mask.hidden |= 1u << class;
    mask_message(&mask, table, answer);
    return !a->failed;
}
