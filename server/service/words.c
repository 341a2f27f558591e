/*
 * words.c - requests as text records and back; the citizen of a delivery as the identity record.
 *
 * A request is copied shallowly, the fields that are not words are emptied in the copy, and the
 * copy is packed: no list of fields stands here, so a field that is added to the API is kept by
 * itself. (A list of texts per command was the first design; it lost whatever nobody listed.)
 */
#include "service/words.h"

#include <errno.h>

#include "base/arena.h"
#include "hotline/v1/dispatch.pb-c.h"
#include "hotline/v1/handling.pb-c.h"
#include "hotline/v1/intake.pb-c.h"
#include "hotline/v1/return_visit.pb-c.h"
#include "hotline/v1/review.pb-c.h"
#include "service/arena_message.h"
#include "service/road.h"

#include "base/base.h"

static const ProtobufCMessageDescriptor *const types[COMMAND_MAX] = {
    [COMMAND_RECEIVE_ORDER] = &hotline__v1__receive_order_request__descriptor,
    [COMMAND_AMEND_ORDER] = &hotline__v1__receive_order_request__descriptor,
    [COMMAND_ACCEPT_ORDER] = &hotline__v1__accept_order_request__descriptor,
    [COMMAND_DISPATCH_ORDER] = &hotline__v1__dispatch_order_request__descriptor,
    [COMMAND_TAKE_ORDER] = &hotline__v1__take_order_request__descriptor,
    [COMMAND_RECORD_CONTACT] = &hotline__v1__record_contact_request__descriptor,
    [COMMAND_RECORD_PROGRESS] = &hotline__v1__record_progress_request__descriptor,
    [COMMAND_SUBMIT_REPLY] = &hotline__v1__submit_reply_request__descriptor,
    [COMMAND_ACCEPT_REPLY] = &hotline__v1__accept_reply_request__descriptor,
    [COMMAND_REJECT_REPLY] = &hotline__v1__reject_reply_request__descriptor,
    [COMMAND_RECORD_VISIT_ATTEMPT] = &hotline__v1__record_visit_attempt_request__descriptor,
    [COMMAND_RECORD_VISIT] = &hotline__v1__record_visit_request__descriptor,
    [COMMAND_SUBMIT_CLOSING] = &hotline__v1__submit_closing_request__descriptor,
    [COMMAND_RECORD_CLOSING] = &hotline__v1__record_closing_request__descriptor,
};

const ProtobufCMessageDescriptor *words_type(enum command_kind kind)
{
    return kind > COMMAND_UNSPECIFIED && kind < COMMAND_MAX ? types[kind] : NULL;
}

/* to pack ------------------------------------------------------------------------------------- */

/* A shallow copy without head and unknown fields; NULL without memory. */
static ProtobufCMessage *without_head(const ProtobufCMessage *request, struct arena *a)
{
    struct command_head *head = arena_copy(a, request, request->descriptor->sizeof_message);

    if (!head)
        return NULL;
    head->base.n_unknown_fields = 0;
    head->base.unknown_fields = NULL;
    head->name = head->request_id = head->etag = (char *)protobuf_c_empty_string;
    head->validate_only = false;
    return &head->base;
}

struct slice words_of(enum command_kind kind, const ProtobufCMessage *request, struct arena *a)
{
    ProtobufCMessage *words = without_head(request, a);

    must(request->descriptor == words_type(kind));
    if (!words)
        return (struct slice){ 0 };
    if (words->descriptor == &hotline__v1__receive_order_request__descriptor)
        ((Hotline__V1__ReceiveOrderRequest *)words)->citizen = NULL;
    return arena_message_pack(words, a);
}

int intake_digest(const ProtobufCMessage *request, const struct secret_key *key, struct arena *a,
                  uint8_t ret_digest[DIGEST_BYTES])
{
    const ProtobufCMessage *said = without_head(request, a);
    struct slice bytes = said ? arena_message_pack(said, a) : (struct slice){ 0 };
    struct digest digest;

    must(request->descriptor == words_type(COMMAND_RECEIVE_ORDER));
    if (!bytes.data)
        return -ENOMEM;
    keyed_digest(key, bytes, &digest);
    memcpy(ret_digest, digest.bytes, DIGEST_BYTES);
    return 0;
}

int intake_identity(const ProtobufCMessage *request, struct arena *a, struct slice *ret_bytes)
{
    const Hotline__V1__ReceiveOrderRequest *ask = (const void *)request;
    const Hotline__V1__Citizen *citizen = ask->citizen;
    struct identity identity = { .name = "", .id_number = "", .address = "", .contact_person = "" };
    struct slice bytes;

    must(request->descriptor == words_type(COMMAND_RECEIVE_ORDER));
    if (citizen) {
        identity.name = citizen->name;
        identity.id_number = citizen->id_number;
        identity.address = citizen->address;
        identity.contact_person = citizen->contact_person;
        identity.sex = citizen->sex;
        identity.kind = citizen->kind;
        identity.wants_confidentiality = citizen->wants_confidentiality;
        for (size_t i = 0; i < citizen->n_phones && i < PHONES_MAX; i++)
            identity.phones[identity.n_phones++] = citizen->phones[i]->number;
    }
    bytes = identity_pack(&identity, a);
    if (!bytes.data)
        return -ENOMEM;
    *ret_bytes = bytes;
    return 0;
}

/* to read ------------------------------------------------------------------------------------- */

ProtobufCMessage *words_read(const struct text_record *record, struct arena *a)
{
    const ProtobufCMessageDescriptor *type = words_type(record->command);

    return type ? arena_message_read(type, record->words, a) : NULL;
}

void words_list_init(struct words_list *list, const struct slice *texts, size_t n_texts,
                     struct arena *a)
{
    *list = (struct words_list){ .arena = a };
    if (n_texts == 0)
        return;
    list->entries = ARENA_ARRAY(a, struct words, n_texts);
    for (size_t i = 0; list->entries && i < n_texts; i++)
        if (text_unpack(texts[i], a, &list->entries[list->count].record) == 0)
            list->count++;
}

static const struct words *words_opened(struct words_list *list, struct words *entry)
{
    if (!entry->read)
        entry->message = words_read(&entry->record, list->arena);
    entry->read = true;
    return entry;
}

/* Looked for from the end: what is shown is mostly the newest. */
const struct words *words_numbered(struct words_list *list, uint32_t number)
{
    for (size_t i = list->count; number && i > 0; i--)
        if (list->entries[i - 1].record.number == number)
            return words_opened(list, &list->entries[i - 1]);
    return NULL;
}

const struct words *words_newest(struct words_list *list, enum command_kind kind)
{
    for (size_t i = list->count; i > 0; i--)
        if (list->entries[i - 1].record.command == kind)
            return words_opened(list, &list->entries[i - 1]);
    return NULL;
}

const struct words *words_intake(struct words_list *list)
{
    const struct words *amended = words_newest(list, COMMAND_AMEND_ORDER);

    return amended ? amended : words_newest(list, COMMAND_RECEIVE_ORDER);
}

uint32_t words_ordinal(const struct words_list *list, enum command_kind kind, uint32_t number)
{
    uint32_t ordinal = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].record.command == kind && list->entries[i].record.number <= number)
            ordinal++;
    return ordinal;
}
