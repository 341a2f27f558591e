/*
 * view_said.c - what a caller wrote, as texts of an event.
 *
 * Free texts stand in a table with their Chinese names. Everything else of the request (codes,
 * numbers, instants, choices) is written out as one text of facts by walking the message, so a
 * field that is added to the API appears by itself; a test proves that nothing is lost. The name of
 * who received an answer has a privacy class of its own and is shown in the reply only.
 */
#include "service/view_said.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/civil.h"
#include "service/view_base.h"
#include "service/view_order.h"

#include "base/base.h"

enum { FACTS_BYTES_MAX = 8192, PATH_BYTES_MAX = 64, SAID_DEPTH_MAX = 8 };

/* clang-format off */
/* What is a text of its own, and in which part of the order it stands; NEVER: nowhere here. */
enum { NEVER = 0 };
static const struct said_row {
    enum command_kind command;
    const char *field, *zh;
    uint32_t part;
} rows[] = {
    { COMMAND_RECEIVE_ORDER,        "text.title",                   "标题",           PART_TITLE },
    { COMMAND_RECEIVE_ORDER,        "text.content",                 "正文",           PART_CONTENT },
    { COMMAND_RECEIVE_ORDER,        "place.address",                "事发地点",       PART_PLACE },
    { COMMAND_RECEIVE_ORDER,        "place.grid",                   "网格",           PART_PLACE },
    { COMMAND_DISPATCH_ORDER,       "statutory.legal_basis",        "法定依据",       PART_TEXTS },
    { COMMAND_DISPATCH_ORDER,       "statutory.limit_class_reason", "时限类别理由",   PART_TEXTS },
    { COMMAND_RECORD_CONTACT,       "summary",                      "联系摘要",       PART_CONTACTS },
    { COMMAND_RECORD_CONTACT,       "clarified_demand",             "明确后的诉求",   PART_CONTACTS },
    { COMMAND_RECORD_CONTACT,       "waiver_source",                "免联系来源",     PART_CONTACTS },
    { COMMAND_RECORD_PROGRESS,      "text",                         "进展内容",       PART_PROGRESS },
    { COMMAND_RECORD_PROGRESS,      "participants",                 "参与人员",       PART_PROGRESS },
    { COMMAND_SUBMIT_REPLY,         "answer.summary",               "答复摘要",       PART_REPLIES },
    { COMMAND_SUBMIT_REPLY,         "answer.delivered_to",          "接收人",         NEVER },
    { COMMAND_SUBMIT_REPLY,         "result_text",                  "处理过程和结果", PART_REPLIES },
    { COMMAND_SUBMIT_REPLY,         "plan.text",                    "办理计划",       PART_REPLIES },
    { COMMAND_ACCEPT_REPLY,         "text",                         "审核意见",       PART_REPLIES },
    { COMMAND_REJECT_REPLY,         "text",                         "审核意见",       PART_REPLIES },
    { COMMAND_RECORD_VISIT_ATTEMPT, "note",                         "备注",           PART_VISITS },
    { COMMAND_RECORD_VISIT,         "contact.note",                 "联系情况备注",   PART_VISITS },
    { COMMAND_RECORD_VISIT,         "result.note",                  "办理结果备注",   PART_VISITS },
    { COMMAND_RECORD_VISIT,         "satisfaction.note",            "满意情况备注",   PART_VISITS },
    { COMMAND_RECORD_VISIT,         "text",                         "回访记录",       PART_VISITS },
    { COMMAND_SUBMIT_CLOSING,       "text",                         "报区内容",       PART_TEXTS },
    { COMMAND_RECORD_CLOSING,       "note",                         "区备注",         PART_TEXTS },
};

/* In which part the facts of a command stand. */
static const uint32_t facts_part[COMMAND_MAX] = {
    [COMMAND_RECEIVE_ORDER]        = PART_FACTS,
    [COMMAND_AMEND_ORDER]          = PART_FACTS,
    [COMMAND_ACCEPT_ORDER]         = PART_FACTS,
    [COMMAND_DISPATCH_ORDER]       = PART_FACTS,
    [COMMAND_RECORD_CONTACT]       = PART_CONTACTS,
    [COMMAND_RECORD_PROGRESS]      = PART_PROGRESS,
    [COMMAND_SUBMIT_REPLY]         = PART_REPLIES,
    [COMMAND_ACCEPT_REPLY]         = PART_REPLIES,
    [COMMAND_REJECT_REPLY]         = PART_REPLIES,
    [COMMAND_RECORD_VISIT_ATTEMPT] = PART_VISITS,
    [COMMAND_RECORD_VISIT]         = PART_VISITS,
    [COMMAND_RECORD_CLOSING]       = PART_FACTS,
};
/* clang-format on */

/* The texts of one event while they are gathered. */
struct said {
    enum command_kind command; /* an amendment counts as the delivery it amends */
    uint32_t parts;
    struct arena *arena;
    Hotline__V1__EventText **texts;
    size_t n_texts;
    char facts[FACTS_BYTES_MAX];
    size_t facts_size;
};

static const struct said_row *said_row_of(const struct said *said, const char *path)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].command == said->command && strcmp(rows[i].field, path) == 0)
            return &rows[i];
    return NULL;
}

Hotline__V1__EventText *view_event_text(const char *label_zh, const char *field, const char *text,
                                        struct arena *a)
{
    Hotline__V1__EventText *shown = view_new(a, &hotline__v1__event_text__descriptor);

    if (!shown)
        return NULL;
    shown->label_zh = view_text(label_zh);
    shown->field = view_text(field);
    shown->text = view_text(text);
    return shown;
}

static void add_text(struct said *said, const char *label_zh, const char *field, const char *text)
{
    Hotline__V1__EventText *shown;

    if (said->n_texts == EVENT_TEXTS_MAX)
        return;
    shown = view_event_text(label_zh, field, text, said->arena);
    if (shown)
        said->texts[said->n_texts++] = shown;
}

/* "field: value", after "; " where something stands already. A fact that does not fit is left out
 * whole; requests are bounded well below. */
__attribute__((format(printf, 3, 4))) static void add_fact(struct said *said, const char *path,
                                                           const char *format, ...)
{
    size_t room = sizeof(said->facts) - said->facts_size;
    char *at = said->facts + said->facts_size;
    const char *between = said->facts_size ? "; " : "";
    int head = snprintf(at, room, "%s%s: ", between, path), value = -1;
    va_list values;

    va_start(values, format);
    if (head >= 0 && (size_t)head < room)
        value = vsnprintf(at + head, room - (size_t)head, format, values);
    va_end(values);
    if (value >= 0 && (size_t)head + (size_t)value < room)
        said->facts_size += (size_t)head + (size_t)value;
    else
        *at = '\0';
}

/* walking a message --------------------------------------------------------------------------- */

static void said_message(struct said *said, const ProtobufCMessage *message, const char *prefix,
                         int depth);

static void said_string(struct said *said, const char *path, const char *text)
{
    const struct said_row *row = said_row_of(said, path);

    if (!text || !text[0])
        return;
    if (!row)
        add_fact(said, path, "%s", text);
    else if (row->part & said->parts)
        add_text(said, row->zh, row->field, text);
}

/* A choice without the prefix all choices of its enum share. */
static void said_enum(struct said *said, const char *path, const ProtobufCEnumDescriptor *type,
                      int value)
{
    static const char zero[] = "UNSPECIFIED";
    const ProtobufCEnumValue *chosen = protobuf_c_enum_descriptor_get_value(type, value);
    const ProtobufCEnumValue *none = protobuf_c_enum_descriptor_get_value(type, 0);
    size_t prefix = none && strlen(none->name) >= sizeof(zero) - 1
                        ? strlen(none->name) - (sizeof(zero) - 1)
                        : 0;

    if (value == 0)
        return;
    if (chosen && strlen(chosen->name) > prefix)
        add_fact(said, path, "%s", chosen->name + prefix);
    else
        add_fact(said, path, "%d", value);
}

/* An instant as people of the office read it, UTC+8. */
static void said_time(struct said *said, const char *path, const ProtobufCMessage *message)
{
    int64_t at_ms = view_ms((const Google__Protobuf__Timestamp *)message);
    int32_t minute = civil_minute_of(at_ms);
    int second = (int)((at_ms % 60000 + 60000) % 60000) / 1000;
    char day[CIVIL_TEXT_BYTES];

    civil_format(civil_day_of(at_ms), day);
    add_fact(said, path, "%sT%02d:%02d:%02d+08:00", day, minute / 60, minute % 60, second);
}

static void said_value(struct said *said, const ProtobufCFieldDescriptor *field, const char *path,
                       const void *at, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        said_string(said, path, *(char *const *)at);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        said_enum(said, path, field->descriptor, *(const int *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        if (*(const protobuf_c_boolean *)at)
            add_fact(said, path, "true");
        break;
    case PROTOBUF_C_TYPE_UINT32:
        if (*(const uint32_t *)at)
            add_fact(said, path, "%u", *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (!*(const ProtobufCMessage *const *)at)
            break;
        if (field->descriptor == &google__protobuf__timestamp__descriptor)
            said_time(said, path, *(const ProtobufCMessage *const *)at);
        else
            said_message(said, *(const ProtobufCMessage *const *)at, path, depth + 1);
        break;
    default:
        must(false); /* a field of a type that no command has: show it here first */
    }
}

static size_t size_of_value(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE
               ? sizeof(void *)
               : sizeof(int);
}

static bool is_chosen(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;

    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return true;
    return *(const uint32_t *)(const void *)(base + field->quantifier_offset) == field->id;
}

static void said_field(struct said *said, const ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, const char *path, int depth)
{
    const uint8_t *base = (const uint8_t *)message, *list;
    size_t count;

    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        said_value(said, field, path, base + field->offset, depth);
        return;
    }
    count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    list = *(const uint8_t *const *)(const void *)(base + field->offset);
    for (size_t i = 0; i < count; i++)
        said_value(said, field, path, list + i * size_of_value(field), depth);
}

static void said_message(struct said *said, const ProtobufCMessage *message, const char *prefix,
                         int depth)
{
    char path[PATH_BYTES_MAX];

    must(depth < SAID_DEPTH_MAX); /* no message of the API contains itself */
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        if (!is_chosen(message, field))
            continue;
        (void)snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "", field->name);
        said_field(said, message, field, path, depth);
    }
}

size_t view_said(const struct words *words, uint32_t parts, struct arena *a,
                 Hotline__V1__EventText *texts[EVENT_TEXTS_MAX])
{
    struct said *said = words && words->message ? ARENA_NEW(a, struct said) : NULL;
    enum command_kind command;

    if (!said)
        return 0;
    command = words->record.command;
    said->command = command == COMMAND_AMEND_ORDER ? COMMAND_RECEIVE_ORDER : command;
    said->parts = parts;
    said->arena = a;
    said->texts = texts;
    said_message(said, words->message, "", 0);
    if (said->facts_size && (facts_part[command] & parts))
        add_text(said, "登记要素", "facts", said->facts);
    return said->n_texts;
}
