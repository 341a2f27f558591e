/*
 * demo_directory.c - who works for the hotline: per unit a specialist and the two responsible
 * persons, the office's clerk and head, a leader in charge with a portfolio, the head of the Urban
 * Operation Centre. Names are made of a surname and the post, so that nobody is meant.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/demo.h"
#include "cli/moment.h"

#include "base/base.h"

#define VALID_FROM "2026-01-01"

/* Posts of a unit; residential areas and departments call them differently (article 4). */
static const struct post {
    const char *prefix;
    Hotline__V1__Role role;
    const char *in_area, *in_department;
} posts[] = {
    { "spec", HOTLINE__V1__ROLE__ROLE_SPECIALIST, "热线专员", "热线专员" },
    { "head1", HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_1, "书记", "科长" },
    { "head2", HOTLINE__V1__ROLE__ROLE_UNIT_HEAD_2, "主任", "副科长" },
};

/* Posts outside the units. */
static const struct {
    const char *id, *name;
    Hotline__V1__Role role;
} office[] = {
    { "clerk", "方受理员", HOTLINE__V1__ROLE__ROLE_OFFICE_CLERK },
    { "head", "严主任", HOTLINE__V1__ROLE__ROLE_OFFICE_HEAD },
    { "leader", "秦副主任(分管)", HOTLINE__V1__ROLE__ROLE_LEADER_IN_CHARGE },
    { "uoc", "史主任(城运中心)", HOTLINE__V1__ROLE__ROLE_UOC_HEAD },
};

static const char *const surnames[] = { "张", "王", "李", "赵", "刘", "陈", "杨", "黄",
                                        "周", "吴", "徐", "孙", "朱", "马", "胡", "郭",
                                        "林", "何", "高", "梁", "郑", "罗", "宋", "谢" };

const char *resource(struct demo *demo, const char *collection, const char *id)
{
    return session_name(demo->session, collection, id);
}

static const char *person_id(struct demo *demo, const char *prefix, const char *unit_code)
{
    char *id = arena_printf(&demo->session->arena, "%s-%s", prefix, unit_code);

    for (char *at = id; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return id;
}

const char *specialist_of(struct demo *demo, const char *unit_code)
{
    return person_id(demo, "spec", unit_code);
}

struct hotline *person(struct demo *demo, const char *id)
{
    struct hotline *backend, *h = NULL;

    for (size_t i = 0; i < demo->n_persons; i++)
        if (strcmp(demo->persons[i].id, id) == 0)
            return demo->persons[i].h;
    must(demo->n_persons < DEMO_PERSONS_MAX);
    must(session_link(demo->session, CERTIFICATE_BACKEND, &backend) == 0); /* run_demo() did it */
    must(hotline_derive(backend, id, 0, &h) == 0);
    demo->persons[demo->n_persons].id = id;
    demo->persons[demo->n_persons++].h = h;
    return h;
}

static int unit_put(struct demo *demo, const char *code, const char *name,
                    Hotline__V1__UnitKind kind)
{
    Hotline__V1__PutUnitRequest ask = HOTLINE__V1__PUT_UNIT_REQUEST__INIT;
    Hotline__V1__Unit unit = HOTLINE__V1__UNIT__INIT;
    Hotline__V1__PutUnitResponse *answer = NULL;
    int r;

    unit.display_name = TEXT(name);
    unit.kind = kind;
    ask.name = TEXT(resource(demo, "units", code));
    ask.unit = &unit;
    r = hotline_put_unit(demo->admin, &ask, &answer, &demo->session->error);
    hotline_message_free(answer);
    demo->n_calls++;
    return r;
}

static int staff_put(struct demo *demo, const char *id, const char *name)
{
    Hotline__V1__PutStaffMemberRequest ask = HOTLINE__V1__PUT_STAFF_MEMBER_REQUEST__INIT;
    Hotline__V1__StaffMember staff = HOTLINE__V1__STAFF_MEMBER__INIT;
    Hotline__V1__PutStaffMemberResponse *answer = NULL;
    int r;

    staff.display_name = TEXT(name);
    ask.name = TEXT(resource(demo, "staff", id));
    ask.staff_member = &staff;
    r = hotline_put_staff_member(demo->admin, &ask, &answer, &demo->session->error);
    hotline_message_free(answer);
    demo->n_calls++;
    return r;
}

static Google__Protobuf__Timestamp valid_from(void)
{
    int64_t ms = 0;

    must(moment_parse(VALID_FROM, 0, &ms));
    return moment_of(ms);
}

/* unit_code NULL = none. */
static int appointment_put(struct demo *demo, const char *id, Hotline__V1__Role role,
                           const char *unit_code)
{
    Hotline__V1__PutAppointmentRequest ask = HOTLINE__V1__PUT_APPOINTMENT_REQUEST__INIT;
    Hotline__V1__Appointment appointment = HOTLINE__V1__APPOINTMENT__INIT;
    Hotline__V1__PutAppointmentResponse *answer = NULL;
    Google__Protobuf__Timestamp from = valid_from();
    int r;

    appointment.staff = TEXT(resource(demo, "staff", id));
    appointment.role = role;
    appointment.valid_from_time = &from;
    if (unit_code)
        appointment.unit = TEXT(resource(demo, "units", unit_code));
    ask.name = TEXT(resource(demo, "appointments", id));
    ask.appointment = &appointment;
    r = hotline_put_appointment(demo->admin, &ask, &answer, &demo->session->error);
    hotline_message_free(answer);
    demo->n_calls++;
    return r;
}

static int portfolio_put(struct demo *demo, const char *leader)
{
    Hotline__V1__PutPortfolioRequest ask = HOTLINE__V1__PUT_PORTFOLIO_REQUEST__INIT;
    Hotline__V1__Portfolio portfolio = HOTLINE__V1__PORTFOLIO__INIT;
    Hotline__V1__PutPortfolioResponse *answer = NULL;
    Google__Protobuf__Timestamp from = valid_from();
    int r;

    portfolio.leader = TEXT(resource(demo, "staff", leader));
    portfolio.valid_from_time = &from;
    portfolio.units = ARENA_ARRAY(&demo->session->arena, char *, demo->n_units);
    must(portfolio.units);
    for (size_t i = 0; i < demo->n_units; i++)
        if (demo->units[i].kind != HOTLINE__V1__UNIT_KIND__UNIT_KIND_EXTERNAL)
            portfolio.units[portfolio.n_units++] =
                TEXT(resource(demo, "units", demo->units[i].code));
    ask.name = TEXT(resource(demo, "portfolios", leader));
    ask.portfolio = &portfolio;
    r = hotline_put_portfolio(demo->admin, &ask, &answer, &demo->session->error);
    hotline_message_free(answer);
    demo->n_calls++;
    return r;
}

static int unit_load(struct demo *demo, size_t number)
{
    const struct demo_unit *unit = &demo->units[number];
    bool area = unit->kind == HOTLINE__V1__UNIT_KIND__UNIT_KIND_RESIDENTIAL_AREA;
    int r = unit_put(demo, unit->code, unit->name, unit->kind);

    for (size_t i = 0; i < COUNT_OF(posts) && r == 0; i++) {
        const char *id = person_id(demo, posts[i].prefix, unit->code);
        const char *surname = surnames[(number * COUNT_OF(posts) + i) % COUNT_OF(surnames)];
        const char *post = area ? posts[i].in_area : posts[i].in_department;

        r = staff_put(demo, id, arena_printf(&demo->session->arena, "%s%s", surname, post));
        if (r == 0)
            r = appointment_put(demo, id, posts[i].role, unit->code);
    }
    return r;
}

int directory_load(struct demo *demo)
{
    int r = 0;

    for (size_t i = 0; i < demo->n_units && r == 0; i++)
        r = unit_load(demo, i);
    for (size_t i = 0; i < COUNT_OF(office) && r == 0; i++) {
        r = staff_put(demo, office[i].id, office[i].name);
        if (r == 0)
            r = appointment_put(demo, office[i].id, office[i].role, NULL);
    }
    if (r == 0)
        r = portfolio_put(demo, "leader");
    return r;
}
