/*
 * directory_rules.c - the entries of the directory, from what was sent to what is stored.
 *
 * Every check adds to one refusal, so that whoever types a form learns everything at once. Texts
 * are copied into the entries' arrays, which hold what the API allows.
 */
#include "service/directory_rules.h"

#include <string.h>

#include "base/arena.h"
#include "service/resource_name.h"
#include "service/view_base.h"

#include "base/base.h"

#define ROLES_WITH_UNIT (ROLES_UNIT | ROLES(ROLE_GRID_WORKER))
#define ROLES_OF_MACHINES (ROLES(ROLE_DISTRICT_SYNC) | ROLES(ROLE_SCREEN) | ROLES(ROLE_TIMER))

/* what is wrong ------------------------------------------------------------------------------- */

struct findings {
    const struct directory_put *put;
    struct refusal *refusal; /* NULL while nothing is wrong */
};

static void wrong(struct findings *findings, const char *field, const char *zh, const char *en)
{
    if (!findings->refusal)
        findings->refusal = refusal_new(findings->put->arena, FAULT_REQUEST_INVALID);
    refusal_field(findings->refusal, field, zh, en);
}

static void take_text(struct findings *findings, const char *field, const char *said, char *to,
                      size_t size)
{
    size_t length = strlen(said);

    if (length < size)
        memcpy(to, said, length + 1);
    else
        wrong(findings, field, "超过长度上限", "is too long");
}

/* valid_from_time and valid_until_time; 0 = open on that side. */
static void take_interval(struct findings *findings, const char *until_field,
                          const Google__Protobuf__Timestamp *from,
                          const Google__Protobuf__Timestamp *until, int64_t *ret_from_ms,
                          int64_t *ret_until_ms)
{
    *ret_from_ms = view_ms(from);
    *ret_until_ms = view_ms(until);
    if (until && *ret_until_ms <= *ret_from_ms)
        wrong(findings, until_field, "须晚于起始时间", "must lie after valid_from_time");
}

/* The code of a unit that exists; "" when the name is empty. */
static const struct unit *take_unit(struct findings *findings, const char *field, const char *name,
                                    char code[UNIT_CODE_BYTES])
{
    const struct unit *unit = NULL;

    if (!name[0])
        return NULL;
    if (resource_id(name, findings->put->subdistrict, "units", code, UNIT_CODE_BYTES))
        unit = directory_unit(findings->put->directory, code);
    if (!unit)
        wrong(findings, field, "本街道没有这个单位", "is no unit of this subdistrict");
    return unit;
}

static void take_staff(struct findings *findings, const char *field, const char *name,
                       char id[PERSON_ID_BYTES])
{
    if (!resource_id(name, findings->put->subdistrict, "staff", id, PERSON_ID_BYTES) ||
        !directory_staff(findings->put->directory, id))
        wrong(findings, field, "本街道没有这个人员", "is no staff member of this subdistrict");
}

/* new, the same, or another content ----------------------------------------------------------- */

/* What the etag says of it; `version` is that of the entry that stands, 0 = none. */
static const struct refusal *settle(const struct findings *findings, uint64_t version, bool same,
                                    bool *ret_changes)
{
    struct arena *a = findings->put->arena;
    const char *etag = findings->put->etag, *present = view_number("v", version, a);
    struct refusal *refusal;

    if (findings->refusal)
        return findings->refusal;
    *ret_changes = !same;
    if (same || (version == 0 && !etag[0]) || (version > 0 && strcmp(etag, present) == 0))
        return NULL;
    refusal = refusal_new(a, FAULT_ETAG_MISMATCH);
    if (version == 0)
        return refusal_field(refusal, "etag", "该条目尚不存在", "there is no such entry yet");
    refusal_fact(refusal, "etag", present);
    return refusal_field(refusal, "etag", "修改已有内容须附当前版本标记",
                         "replacing other content needs the present etag");
}

static const struct refusal *too_many(const struct directory_put *put)
{
    return refusal_field(refusal_new(put->arena, FAULT_TOO_LARGE), "name", "目录条目已达上限",
                         "the directory holds no more entries of this kind");
}

/* units --------------------------------------------------------------------------------------- */

/* Would a chain of successors come back to this unit? */
static bool leads_back(const struct directory *directory, const struct unit *successor,
                       const char *code)
{
    for (size_t i = 0; successor && i <= directory->n_units; i++) {
        if (strcmp(successor->code, code) == 0)
            return true;
        successor = directory_unit(directory, successor->successor);
    }
    return false;
}

static bool same_unit(const struct unit *a, const struct unit *b)
{
    return strcmp(a->name, b->name) == 0 && a->kind == b->kind && a->from_ms == b->from_ms &&
           a->until_ms == b->until_ms && strcmp(a->successor, b->successor) == 0 &&
           strcmp(a->office_phone, b->office_phone) == 0;
}

const struct refusal *unit_put(const struct directory_put *put, const Hotline__V1__Unit *said,
                               struct unit *ret_unit, bool *ret_changes)
{
    const struct unit *before = directory_unit(put->directory, put->id), *successor;
    struct findings findings = { .put = put };
    struct unit unit = {
        .kind = (enum unit_kind)said->kind,
        .version = before ? before->version + 1 : 1,
        .updated_ms = put->now_ms,
    };
    const struct refusal *refusal;
    bool same;

    if (!before && put->directory->n_units >= DIRECTORY_UNITS_MAX)
        return too_many(put);
    take_text(&findings, "name", put->id, unit.code, sizeof(unit.code));
    take_text(&findings, "unit.display_name", said->display_name, unit.name, sizeof(unit.name));
    take_text(&findings, "unit.office_phone", said->office_phone, unit.office_phone,
              sizeof(unit.office_phone));
    if (before && before->kind != unit.kind)
        wrong(&findings, "unit.kind", "单位类别不可更改", "the kind of a unit never changes");
    take_interval(&findings, "unit.valid_until_time", said->valid_from_time, said->valid_until_time,
                  &unit.from_ms, &unit.until_ms);
    successor = take_unit(&findings, "unit.successor_unit", said->successor_unit, unit.successor);
    if (leads_back(put->directory, successor, put->id))
        wrong(&findings, "unit.successor_unit", "承接关系不能回到本单位",
              "is this unit, or its own successors lead back to it");
    same = before && same_unit(before, &unit);
    refusal = settle(&findings, before ? before->version : 0, same, ret_changes);
    if (!refusal)
        *ret_unit = same ? *before : unit;
    return refusal;
}

/* staff --------------------------------------------------------------------------------------- */

static bool same_staff(const struct staff_member *a, const struct staff_member *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->number, b->number) == 0 &&
           strcmp(a->office_phone, b->office_phone) == 0 && a->from_ms == b->from_ms &&
           a->until_ms == b->until_ms;
}

const struct refusal *staff_put(const struct directory_put *put,
                                const Hotline__V1__StaffMember *said,
                                struct staff_member *ret_member, bool *ret_changes)
{
    const struct staff_member *before = directory_staff(put->directory, put->id);
    struct findings findings = { .put = put };
    struct staff_member member = {
        .version = before ? before->version + 1 : 1,
        .updated_ms = put->now_ms,
    };
    const struct refusal *refusal;
    bool same;

    if (!before && put->directory->n_staff >= DIRECTORY_STAFF_MAX)
        return too_many(put);
    take_text(&findings, "name", put->id, member.id, sizeof(member.id));
    take_text(&findings, "staff_member.display_name", said->display_name, member.name,
              sizeof(member.name));
    take_text(&findings, "staff_member.staff_number", said->staff_number, member.number,
              sizeof(member.number));
    take_text(&findings, "staff_member.office_phone", said->office_phone, member.office_phone,
              sizeof(member.office_phone));
    take_interval(&findings, "staff_member.valid_until_time", said->valid_from_time,
                  said->valid_until_time, &member.from_ms, &member.until_ms);
    same = before && same_staff(before, &member);
    refusal = settle(&findings, before ? before->version : 0, same, ret_changes);
    if (!refusal)
        *ret_member = same ? *before : member;
    return refusal;
}

/* appointments -------------------------------------------------------------------------------- */

static void check_role(struct findings *findings, const struct appointment *appointment,
                       const char *unit)
{
    uint32_t role = ROLES(appointment->role);

    if (role & ROLES_OF_MACHINES)
        wrong(findings, "appointment.role", "该角色属于系统，不能任命人员",
              "is a machine's role; nobody is appointed to it");
    else if ((role & ROLES_WITH_UNIT) && !unit[0])
        wrong(findings, "appointment.unit", "该角色须指明单位", "this role needs a unit");
    else if (!(role & ROLES_WITH_UNIT) && unit[0])
        wrong(findings, "appointment.unit", "该角色不属于某一单位", "this role has no unit");
}

static void check_fixed(struct findings *findings, const struct appointment *before,
                        const struct appointment *appointment)
{
    static const char zh[] = "任职的人员、角色、单位不可更改；请结束原任职后新建";
    static const char en[] = "person, role and unit of an appointment never change: end it and "
                             "make another";

    if (strcmp(before->staff, appointment->staff) != 0)
        wrong(findings, "appointment.staff", zh, en);
    if (before->role != appointment->role)
        wrong(findings, "appointment.role", zh, en);
    if (strcmp(before->unit, appointment->unit) != 0)
        wrong(findings, "appointment.unit", zh, en);
}

const struct refusal *appointment_put(const struct directory_put *put,
                                      const Hotline__V1__Appointment *said,
                                      struct appointment *ret_appointment, bool *ret_changes)
{
    const struct appointment *before = directory_appointment(put->directory, put->id);
    struct findings findings = { .put = put };
    struct appointment appointment = {
        .role = (enum role)said->role,
        .version = before ? before->version + 1 : 1,
        .updated_ms = put->now_ms,
    };
    const struct refusal *refusal;
    bool same;

    if (!before && put->directory->n_appointments >= DIRECTORY_APPOINTMENTS_MAX)
        return too_many(put);
    take_text(&findings, "name", put->id, appointment.id, sizeof(appointment.id));
    take_staff(&findings, "appointment.staff", said->staff, appointment.staff);
    take_unit(&findings, "appointment.unit", said->unit, appointment.unit);
    check_role(&findings, &appointment, said->unit);
    take_interval(&findings, "appointment.valid_until_time", said->valid_from_time,
                  said->valid_until_time, &appointment.from_ms, &appointment.until_ms);
    if (before && !findings.refusal)
        check_fixed(&findings, before, &appointment);
    same = before && before->from_ms == appointment.from_ms &&
           before->until_ms == appointment.until_ms;
    refusal = settle(&findings, before ? before->version : 0, same, ret_changes);
    if (!refusal)
        *ret_appointment = same ? *before : appointment;
    return refusal;
}

/* portfolios ---------------------------------------------------------------------------------- */

static void take_units(struct findings *findings, const Hotline__V1__Portfolio *said,
                       struct portfolio *portfolio)
{
    struct arena *a = findings->put->arena;

    if (said->n_units > PORTFOLIO_UNITS_MAX) {
        wrong(findings, "portfolio.units", "单位过多", "too many units");
        return;
    }
    for (size_t i = 0; i < said->n_units; i++) {
        const char *field = arena_printf(a, "portfolio.units[%zu]", i);
        char *code = portfolio->units[portfolio->n_units];

        if (!take_unit(findings, field, said->units[i], code))
            continue;
        for (size_t k = 0; k < portfolio->n_units; k++) {
            if (strcmp(portfolio->units[k], code) == 0)
                wrong(findings, field, "重复", "is named twice");
        }
        portfolio->n_units++;
    }
}

/* The order of the units says nothing. */
static bool same_units(const struct portfolio *a, const struct portfolio *b)
{
    size_t found = 0;

    for (size_t i = 0; i < a->n_units; i++) {
        for (size_t k = 0; k < b->n_units; k++)
            found += strcmp(a->units[i], b->units[k]) == 0;
    }
    return a->n_units == b->n_units && found == a->n_units;
}

const struct refusal *portfolio_put(const struct directory_put *put,
                                    const Hotline__V1__Portfolio *said,
                                    struct portfolio *ret_portfolio, bool *ret_changes)
{
    const struct portfolio *before = directory_portfolio(put->directory, put->id);
    struct findings findings = { .put = put };
    struct portfolio portfolio = {
        .version = before ? before->version + 1 : 1,
        .updated_ms = put->now_ms,
    };
    const struct refusal *refusal;
    bool same;

    if (!before && put->directory->n_portfolios >= DIRECTORY_PORTFOLIOS_MAX)
        return too_many(put);
    take_text(&findings, "name", put->id, portfolio.id, sizeof(portfolio.id));
    take_staff(&findings, "portfolio.leader", said->leader, portfolio.leader);
    take_units(&findings, said, &portfolio);
    take_interval(&findings, "portfolio.valid_until_time", said->valid_from_time,
                  said->valid_until_time, &portfolio.from_ms, &portfolio.until_ms);
    same = before && strcmp(before->leader, portfolio.leader) == 0 &&
           same_units(before, &portfolio) && before->from_ms == portfolio.from_ms &&
           before->until_ms == portfolio.until_ms;
    refusal = settle(&findings, before ? before->version : 0, same, ret_changes);
    if (!refusal)
        *ret_portfolio = same ? *before : portfolio;
    return refusal;
}

bool interval_is_open(int64_t until_ms, int64_t at_ms)
{
    return until_ms == 0 || at_ms < until_ms;
}
