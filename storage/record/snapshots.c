/*
 * snapshots.c - the directory and the calendar, each one record a subdistrict, and the small
 * result that is kept for a request id.
 *
 * A directory is searched with bsearch, so one whose lists are not sorted is refused: it would
 * answer wrongly without a sign.
 */
#include "storage/record/record.h"

#include <errno.h>

#include "base/arena.h"
#include "storage/record/codec.h"

#include "base/base.h"

/* An array in the arena; NULL for none, and without memory (arena.failed). */
#define LIST_NEW(a, type, count) ((count) ? ARENA_ARRAY((a), type, (count)) : NULL)

/* --- directory, packing --------------------------------------------------------------------------
 * Messages are built in the arena; the scratch's own bytes serve the first few. */

static void units_to_store(const struct directory *from, Store__Directory *to, struct scratch *s)
{
    to->units = SCRATCH_LIST(s, Store__Unit, from->n_units);
    for (size_t i = 0; i < from->n_units && !s->failed; i++) {
        Store__Unit *unit = SCRATCH_NEW(s, Store__Unit);

        if (!unit)
            return;
        store__unit__init(unit);
        unit->code = from->units[i].code;
        unit->name = from->units[i].name;
        unit->kind = from->units[i].kind;
        unit->from_ms = from->units[i].from_ms;
        unit->until_ms = from->units[i].until_ms;
        unit->successor = from->units[i].successor;
        unit->office_phone = from->units[i].office_phone;
        unit->version = from->units[i].version;
        unit->updated_ms = from->units[i].updated_ms;
        to->units[to->n_units++] = unit;
    }
}

static void staff_to_store(const struct directory *from, Store__Directory *to, struct scratch *s)
{
    to->staff = SCRATCH_LIST(s, Store__StaffMember, from->n_staff);
    for (size_t i = 0; i < from->n_staff && !s->failed; i++) {
        Store__StaffMember *member = SCRATCH_NEW(s, Store__StaffMember);

        if (!member)
            return;
        store__staff_member__init(member);
        member->id = from->staff[i].id;
        member->name = from->staff[i].name;
        member->number = from->staff[i].number;
        member->office_phone = from->staff[i].office_phone;
        member->from_ms = from->staff[i].from_ms;
        member->until_ms = from->staff[i].until_ms;
        member->version = from->staff[i].version;
        member->updated_ms = from->staff[i].updated_ms;
        to->staff[to->n_staff++] = member;
    }
}

static void appointments_to_store(const struct directory *from, Store__Directory *to,
                                  struct scratch *s)
{
    to->appointments = SCRATCH_LIST(s, Store__Appointment, from->n_appointments);
    for (size_t i = 0; i < from->n_appointments && !s->failed; i++) {
        Store__Appointment *appointment = SCRATCH_NEW(s, Store__Appointment);

        if (!appointment)
            return;
        store__appointment__init(appointment);
        appointment->id = from->appointments[i].id;
        appointment->staff = from->appointments[i].staff;
        appointment->role = from->appointments[i].role;
        appointment->unit = from->appointments[i].unit;
        appointment->from_ms = from->appointments[i].from_ms;
        appointment->until_ms = from->appointments[i].until_ms;
        appointment->version = from->appointments[i].version;
        appointment->updated_ms = from->appointments[i].updated_ms;
        to->appointments[to->n_appointments++] = appointment;
    }
}

static void portfolios_to_store(const struct directory *from, Store__Directory *to,
                                struct scratch *s)
{
    to->portfolios = SCRATCH_LIST(s, Store__Portfolio, from->n_portfolios);
    for (size_t i = 0; i < from->n_portfolios && !s->failed; i++) {
        const struct portfolio *one = &from->portfolios[i];
        Store__Portfolio *portfolio = SCRATCH_NEW(s, Store__Portfolio);
        const char **units = one->n_units ? scratch_alloc(s, sizeof(*units) * one->n_units) : NULL;

        if (s->failed)
            return;
        must(one->n_units <= PORTFOLIO_UNITS_MAX);
        store__portfolio__init(portfolio);
        portfolio->id = one->id;
        portfolio->leader = one->leader;
        for (size_t k = 0; k < one->n_units; k++)
            units[k] = one->units[k];
        portfolio->units = units;
        portfolio->n_units = one->n_units;
        portfolio->from_ms = one->from_ms;
        portfolio->until_ms = one->until_ms;
        portfolio->version = one->version;
        portfolio->updated_ms = one->updated_ms;
        to->portfolios[to->n_portfolios++] = portfolio;
    }
}

struct slice directory_pack(const struct directory *directory, struct arena *a)
{
    struct scratch s;
    Store__Directory to = STORE__DIRECTORY__INIT;

    scratch_init(&s, a);
    to.version = directory->version;
    units_to_store(directory, &to, &s);
    staff_to_store(directory, &to, &s);
    appointments_to_store(directory, &to, &s);
    portfolios_to_store(directory, &to, &s);
    if (s.failed)
        return (struct slice){ 0 };
    return message_pack(&to.base, a);
}

/* --- directory, unpacking --------------------------------------------------------------------- */

/* Names entries in order: each greater than the one before. */
static bool follows(const char *name, const char *previous)
{
    return name[0] != '\0' && (!previous || strcmp(previous, name) < 0);
}

static bool unit_of_store(const Store__Unit *from, const struct unit *previous, struct unit *to)
{
    to->kind = (enum unit_kind)from->kind;
    to->from_ms = from->from_ms;
    to->until_ms = from->until_ms;
    to->version = from->version;
    to->updated_ms = from->updated_ms;
    return from->kind <= UNIT_KIND_OFFICE && TEXT_OF_STORE(to->code, from->code) &&
           follows(to->code, previous ? previous->code : NULL) &&
           TEXT_OF_STORE(to->name, from->name) && TEXT_OF_STORE(to->successor, from->successor) &&
           TEXT_OF_STORE(to->office_phone, from->office_phone);
}

static bool staff_of_store(const Store__StaffMember *from, const struct staff_member *previous,
                           struct staff_member *to)
{
    to->from_ms = from->from_ms;
    to->until_ms = from->until_ms;
    to->version = from->version;
    to->updated_ms = from->updated_ms;
    return TEXT_OF_STORE(to->id, from->id) && follows(to->id, previous ? previous->id : NULL) &&
           TEXT_OF_STORE(to->name, from->name) && TEXT_OF_STORE(to->number, from->number) &&
           TEXT_OF_STORE(to->office_phone, from->office_phone);
}

static bool appointment_of_store(const Store__Appointment *from, const struct appointment *previous,
                                 struct appointment *to)
{
    to->role = (enum role)from->role;
    to->from_ms = from->from_ms;
    to->until_ms = from->until_ms;
    to->version = from->version;
    to->updated_ms = from->updated_ms;
    return from->role < ROLE_MAX && TEXT_OF_STORE(to->id, from->id) &&
           follows(to->id, previous ? previous->id : NULL) &&
           TEXT_OF_STORE(to->staff, from->staff) && TEXT_OF_STORE(to->unit, from->unit);
}

static bool portfolio_of_store(const Store__Portfolio *from, const struct portfolio *previous,
                               struct portfolio *to)
{
    to->from_ms = from->from_ms;
    to->until_ms = from->until_ms;
    to->version = from->version;
    to->updated_ms = from->updated_ms;
    if (from->n_units > PORTFOLIO_UNITS_MAX)
        return false;
    for (size_t i = 0; i < from->n_units; i++) {
        if (!TEXT_OF_STORE(to->units[i], from->units[i]))
            return false;
    }
    to->n_units = from->n_units;
    return TEXT_OF_STORE(to->id, from->id) && follows(to->id, previous ? previous->id : NULL) &&
           TEXT_OF_STORE(to->leader, from->leader);
}

static bool lists_of_store(const Store__Directory *from, struct directory *to)
{
    for (size_t i = 0; i < from->n_units; i++) {
        if (!unit_of_store(from->units[i], i ? &to->units[i - 1] : NULL, &to->units[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_staff; i++) {
        if (!staff_of_store(from->staff[i], i ? &to->staff[i - 1] : NULL, &to->staff[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_appointments; i++) {
        if (!appointment_of_store(from->appointments[i], i ? &to->appointments[i - 1] : NULL,
                                  &to->appointments[i]))
            return false;
    }
    for (size_t i = 0; i < from->n_portfolios; i++) {
        if (!portfolio_of_store(from->portfolios[i], i ? &to->portfolios[i - 1] : NULL,
                                &to->portfolios[i]))
            return false;
    }
    return true;
}

int directory_unpack(struct slice bytes, struct arena *a, struct directory *ret_directory)
{
    struct scratch s;
    ProtobufCMessage *message;
    const Store__Directory *from;
    struct directory to;
    int r;

    scratch_init(&s, a);
    r = message_unpack(&store__directory__descriptor, bytes, &s, &message);
    if (r < 0)
        return r;
    from = (const Store__Directory *)message;
    to = (struct directory){
        .version = from->version,
        .units = LIST_NEW(a, struct unit, from->n_units),
        .n_units = from->n_units,
        .staff = LIST_NEW(a, struct staff_member, from->n_staff),
        .n_staff = from->n_staff,
        .appointments = LIST_NEW(a, struct appointment, from->n_appointments),
        .n_appointments = from->n_appointments,
        .portfolios = LIST_NEW(a, struct portfolio, from->n_portfolios),
        .n_portfolios = from->n_portfolios,
    };
    if (a->failed)
        return -ENOMEM;
    if (!lists_of_store(from, &to))
        return -EBADMSG;
    *ret_directory = to;
    return 0;
}

/* --- calendar --------------------------------------------------------------------------------- */

static Store__CalendarYear *year_to_store(const struct calendar_year *from, struct scratch *s)
{
    Store__CalendarYear *to = SCRATCH_NEW(s, Store__CalendarYear);

    if (!to)
        return NULL;
    must(from->n_off <= CALENDAR_DATES_MAX && from->n_work <= CALENDAR_DATES_MAX);
    store__calendar_year__init(to);
    to->year = from->year;
    to->version = from->version;
    to->status = from->status;
    to->document = from->document;
    to->source = from->source;
    to->note = from->note;
    to->off = (int32_t *)from->off;
    to->n_off = from->n_off;
    to->work = (int32_t *)from->work;
    to->n_work = from->n_work;
    to->loaded_by = actor_to_store(&from->loaded_by, s);
    to->loaded_ms = from->loaded_ms;
    return to;
}

struct slice calendar_pack(const struct calendar_year *years, size_t n_years, uint32_t version,
                           struct arena *a)
{
    struct scratch s;
    Store__Calendar to = STORE__CALENDAR__INIT;

    scratch_init(&s, a);
    to.version = version;
    to.years = SCRATCH_LIST(&s, Store__CalendarYear, n_years);
    for (size_t i = 0; i < n_years && !s.failed; i++)
        to.years[i] = year_to_store(&years[i], &s);
    to.n_years = n_years;
    if (s.failed)
        return (struct slice){ 0 };
    return message_pack(&to.base, a);
}

static bool year_of_store(const Store__CalendarYear *from, struct calendar_year *to)
{
    to->year = from->year;
    to->version = from->version;
    to->status = (enum calendar_status)from->status;
    if (from->n_off > CALENDAR_DATES_MAX || from->n_work > CALENDAR_DATES_MAX ||
        from->status > CALENDAR_PROVISIONAL)
        return false;
    if (from->n_off > 0)
        memcpy(to->off, from->off, sizeof(*from->off) * from->n_off);
    if (from->n_work > 0)
        memcpy(to->work, from->work, sizeof(*from->work) * from->n_work);
    to->n_off = from->n_off;
    to->n_work = from->n_work;
    to->loaded_ms = from->loaded_ms;
    return TEXT_OF_STORE(to->document, from->document) && TEXT_OF_STORE(to->source, from->source) &&
           TEXT_OF_STORE(to->note, from->note) && actor_of_store(from->loaded_by, &to->loaded_by);
}

int calendar_unpack(struct slice bytes, struct arena *a, struct calendar_year **ret_years,
                    size_t *ret_n_years, uint32_t *ret_version)
{
    struct scratch s;
    ProtobufCMessage *message;
    const Store__Calendar *from;
    struct calendar_year *years;
    int r;

    scratch_init(&s, a);
    r = message_unpack(&store__calendar__descriptor, bytes, &s, &message);
    if (r < 0)
        return r;
    from = (const Store__Calendar *)message;
    years = LIST_NEW(a, struct calendar_year, from->n_years);
    if (a->failed)
        return -ENOMEM;
    for (size_t i = 0; i < from->n_years; i++) {
        if (!year_of_store(from->years[i], &years[i]))
            return -EBADMSG;
    }
    *ret_years = years;
    *ret_n_years = from->n_years;
    *ret_version = from->version;
    return 0;
}

/* --- request result --------------------------------------------------------------------------- */

struct slice result_pack(const struct request_result *result, struct arena *a)
{
    Store__RequestResult to = STORE__REQUEST_RESULT__INIT;

    to.resource = result->resource;
    to.version = result->version;
    return message_pack(&to.base, a);
}

int result_unpack(struct slice bytes, struct request_result *ret_result)
{
    struct scratch s;
    struct request_result result = { 0 };
    ProtobufCMessage *message;
    const Store__RequestResult *from;
    int r;

    scratch_init(&s, NULL); /* a result that does not fit the scratch is not one of ours */
    r = message_unpack(&store__request_result__descriptor, bytes, &s, &message);
    if (r < 0)
        return -EBADMSG;
    from = (const Store__RequestResult *)message;
    result.version = from->version;
    if (!TEXT_OF_STORE(result.resource, from->resource))
        return -EBADMSG;
    *ret_result = result;
    return 0;
}
