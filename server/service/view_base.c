/*
 * view_base.c - instants, days, names and actors as the API shows them.
 *
 * An order's view holds some forty of them, so they are put together by hand; snprintf() for each
 * would be most of the cost of the view (measured: 0.3 us a name against 0.03 us).
 */
#include "service/view_base.h"

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "domain/calendar.h"
#include "domain/civil.h"

#include "base/base.h"

enum { DIGITS_MAX = 20, CALENDAR_VERSION_BYTES = 64 };

void *view_new(struct arena *a, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(a, type->sizeof_message);

    if (message)
        type->message_init(message);
    return message;
}

Google__Protobuf__Timestamp *view_time(int64_t at_ms, struct arena *a)
{
    Google__Protobuf__Timestamp *time;

    if (at_ms == 0)
        return NULL;
    time = view_new(a, &google__protobuf__timestamp__descriptor);
    if (!time)
        return NULL;
    time->seconds = at_ms / 1000 - (at_ms % 1000 < 0);
    time->nanos = (int32_t)(at_ms - time->seconds * 1000) * 1000000;
    return time;
}

int64_t view_ms(const Google__Protobuf__Timestamp *time)
{
    return time ? time->seconds * 1000 + time->nanos / 1000000 : 0;
}

char *view_text(const char *text)
{
    return (char *)(text ? text : protobuf_c_empty_string);
}

char *view_date(int32_t day, struct arena *a)
{
    char *text = day ? arena_alloc(a, CIVIL_TEXT_BYTES) : NULL;

    if (!text)
        return view_text(NULL);
    civil_format(day, text);
    return text;
}

/* Decimal digits of a number, written backwards before `end`; returns their start. */
static char *digits_before(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

char *view_number(const char *prefix, uint64_t number, struct arena *a)
{
    char digits[DIGITS_MAX], *end = digits + sizeof(digits);
    char *start = digits_before(end, number);
    size_t prefix_size = strlen(prefix), size = (size_t)(end - start);
    char *text = arena_alloc(a, prefix_size + size + 1);

    if (!text)
        return view_text(NULL);
    memcpy(text, prefix, prefix_size);
    memcpy(text + prefix_size, start, size);
    return text;
}

char *view_digest(const uint8_t digest[32], struct arena *a)
{
    static const char algorithm[] = "sha256:";
    char *text = arena_alloc(a, sizeof(algorithm) + 2 * DIGEST_BYTES);

    if (!text)
        return view_text(NULL);
    memcpy(text, algorithm, sizeof(algorithm));
    hex_of(digest, DIGEST_BYTES, text + sizeof(algorithm) - 1);
    return text;
}

char *view_name(const char *subdistrict, const char *collection, const char *id, struct arena *a)
{
    static const char root[] = "subdistricts/";
    size_t code_size = strlen(subdistrict), collection_size = strlen(collection);
    size_t id_size = strlen(id), root_size = sizeof(root) - 1;
    char *name, *at;

    if (id_size == 0)
        return view_text(NULL);
    name = arena_alloc(a, root_size + code_size + collection_size + id_size + 3);
    if (!name)
        return view_text(NULL);
    at = (char *)memcpy(name, root, root_size) + root_size;
    at = (char *)memcpy(at, subdistrict, code_size) + code_size;
    *at++ = '/';
    at = (char *)memcpy(at, collection, collection_size) + collection_size;
    *at++ = '/';
    memcpy(at, id, id_size + 1);
    return name;
}

/* "hotline://<code>/district/<id>"; the timer acts inside the server. */
static char *machine_name(const char *subdistrict, const struct actor *actor, struct arena *a)
{
    const char *kind = actor->role == ROLE_DISTRICT_SYNC ? "district"
                       : actor->role == ROLE_SCREEN      ? "screen"
                                                         : "admin";

    if (actor->role == ROLE_TIMER)
        return view_text("timer");
    return view_text(arena_printf(a, "hotline://%s/%s/%s", subdistrict, kind, actor->id));
}

/* Machines by their role alone; an administrator is a person when the directory knows the id. */
static bool is_machine(const struct actor *actor, const struct staff_member *member)
{
    return actor->role == ROLE_DISTRICT_SYNC || actor->role == ROLE_SCREEN ||
           actor->role == ROLE_TIMER || (actor->role == ROLE_ADMIN && !member);
}

Hotline__V1__Actor *view_actor(const char *subdistrict, const struct directory *directory,
                               const struct actor *actor, const char *unit, struct arena *a)
{
    const struct staff_member *member;
    Hotline__V1__Actor *shown;

    if (actor->role == ROLE_UNSPECIFIED && !actor->id[0])
        return NULL;
    shown = view_new(a, &hotline__v1__actor__descriptor);
    if (!shown)
        return NULL;
    member = directory_staff(directory, actor->id);
    shown->role = actor->role == ROLE_TIMER ? HOTLINE__V1__ROLE__ROLE_UNSPECIFIED
                                            : (Hotline__V1__Role)actor->role;
    if (is_machine(actor, member)) {
        shown->principal = machine_name(subdistrict, actor, a);
        return shown;
    }
    shown->staff = view_name(subdistrict, "staff", actor->id, a);
    shown->display_name = view_text(member ? member->name : NULL);
    if (ROLES(actor->role) & (ROLES_UNIT | ROLES(ROLE_GRID_WORKER)))
        shown->unit = view_name(subdistrict, "units", unit, a);
    return shown;
}

char *view_calendar_version(const struct calendar *calendar, int32_t first_day, int32_t last_day,
                            struct arena *a)
{
    char text[CALENDAR_VERSION_BYTES], *end = text + sizeof(text), *at = end;
    int32_t year = civil_year_of(last_day), first_year = civil_year_of(first_day);

    /* Backwards: a count spans two years at most in practice, and what fits is shown. */
    for (; year >= first_year && at - text > 2 * DIGITS_MAX; year--) {
        const struct calendar_year *loaded = calendar_year_of(calendar, year);

        if (at != end)
            *--at = '+';
        at = digits_before(at, loaded ? loaded->version : 0);
        *--at = '.';
        at = digits_before(at, (uint64_t)year);
    }
    return view_text(arena_text(a, slice_of(at, (size_t)(end - at))));
}
