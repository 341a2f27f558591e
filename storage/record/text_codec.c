/*
 * text_codec.c - text records and the identity record: the only two places where words of
 * citizens stand. Both are unpacked into the arena, because their strings are kept, not copied.
 */
#include "storage/record/record.h"

#include <errno.h>

#include "base/arena.h"
#include "storage/record/codec.h"

#include "base/base.h"

/* --- texts ------------------------------------------------------------------------------------ */

struct slice text_pack(const struct text_record *record, struct arena *a)
{
    struct scratch s;
    Store__TextRecord to = STORE__TEXT_RECORD__INIT;

    scratch_init(&s, a);
    to.number = record->number;
    to.salt = (ProtobufCBinaryData){ .len = SALT_BYTES, .data = (uint8_t *)record->salt };
    to.command = record->command;
    to.at_ms = record->at_ms;
    to.by = actor_to_store(&record->by, &s);
    to.words =
        (ProtobufCBinaryData){ .len = record->words.size, .data = (uint8_t *)record->words.data };
    if (s.failed)
        return (struct slice){ 0 };
    return message_pack(&to.base, a);
}

static bool text_record_of_store(const Store__TextRecord *from, struct text_record *to)
{
    to->number = from->number;
    to->command = (enum command_kind)from->command;
    to->at_ms = from->at_ms;
    to->words = from->words.len ? slice_of(from->words.data, from->words.len) : slice_of("", 0);
    return from->salt.len == SALT_BYTES &&
           bytes_of_store(to->salt, sizeof(to->salt), &from->salt) &&
           from->command > COMMAND_UNSPECIFIED && from->command < COMMAND_MAX &&
           instant_is_sane(from->at_ms) && actor_of_store(from->by, &to->by);
}

int text_unpack(struct slice bytes, struct arena *a, struct text_record *ret_record)
{
    struct text_record record = { 0 };
    ProtobufCMessage *message;
    int r = message_unpack_kept(&store__text_record__descriptor, bytes, a, &message);

    if (r < 0)
        return r;
    if (!text_record_of_store((const Store__TextRecord *)message, &record))
        return -EBADMSG;
    *ret_record = record;
    return 0;
}

/* Over the meaning, not over the packed bytes: another release may pack the record otherwise.
 * When and by whom stand in the history entry that carries this digest. */
void text_digest(const struct text_record *record, struct digest *ret_digest)
{
    uint8_t command = (uint8_t)record->command;
    struct slice parts[] = { slice_of(record->salt, SALT_BYTES), slice_of(&command, 1),
                             record->words };

    digest_of(parts, COUNT_OF(parts), ret_digest);
}

/* --- identity --------------------------------------------------------------------------------- */

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

struct slice identity_pack(const struct identity *identity, struct arena *a)
{
    Store__Identity to = STORE__IDENTITY__INIT;
    const char *phones[PHONES_MAX];

    must(identity->n_phones <= PHONES_MAX);
    to.name = text_or_empty(identity->name);
    to.id_number = text_or_empty(identity->id_number);
    to.address = text_or_empty(identity->address);
    to.contact_person = text_or_empty(identity->contact_person);
    for (size_t i = 0; i < identity->n_phones; i++)
        phones[i] = text_or_empty(identity->phones[i]);
    to.phones = phones;
    to.n_phones = identity->n_phones;
    to.sex = identity->sex;
    to.kind = identity->kind;
    to.wants_confidentiality = identity->wants_confidentiality;
    return message_pack(&to.base, a);
}

int identity_unpack(struct slice bytes, struct arena *a, struct identity *ret_identity)
{
    struct identity identity = { 0 };
    ProtobufCMessage *message;
    const Store__Identity *from;
    int r = message_unpack_kept(&store__identity__descriptor, bytes, a, &message);

    if (r < 0)
        return r;
    from = (const Store__Identity *)message;
    if (from->n_phones > PHONES_MAX)
        return -EBADMSG;
    identity.name = from->name;
    identity.id_number = from->id_number;
    identity.address = from->address;
    identity.contact_person = from->contact_person;
    for (size_t i = 0; i < from->n_phones; i++)
        identity.phones[i] = from->phones[i];
    identity.n_phones = from->n_phones;
    identity.sex = from->sex;
    identity.kind = from->kind;
    identity.wants_confidentiality = from->wants_confidentiality;
    *ret_identity = identity;
    return 0;
}

/* "+86 138-0000-0001", "0086..." and "13800000001" are one telephone. */
void blind_index(const struct secret_key *key, const char *phone, uint8_t index[BLIND_INDEX_BYTES])
{
    enum { DIGITS_MAX = 32 }; /* E.164 has 15 */
    char digits[DIGITS_MAX];
    struct slice number;
    struct digest digest;
    size_t n = 0;
    bool international = phone[0] == '+';

    for (; *phone && n < DIGITS_MAX; phone++) {
        if (*phone >= '0' && *phone <= '9')
            digits[n++] = *phone;
    }
    number = slice_of(digits, n);
    if (n > 4 && memcmp(digits, "0086", 4) == 0)
        number = slice_of(digits + 4, n - 4);
    else if (n > 2 && international && memcmp(digits, "86", 2) == 0)
        number = slice_of(digits + 2, n - 2);
    keyed_digest(key, number, &digest);
    memcpy(index, digest.bytes, BLIND_INDEX_BYTES);
}
