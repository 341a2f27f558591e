/* view_directory.c - units, staff, appointments, portfolios: one printer each, for one and many. */
#include <string.h>

#include "cli/moment.h"
#include "cli/view.h"
#include "cli/words.h"

#include "base/base.h"

/* "2026-01-01 00:00 - " of two instants that may be absent. */
static const char *interval(struct session *session, const Google__Protobuf__Timestamp *from,
                            const Google__Protobuf__Timestamp *until)
{
    if (!from && !until)
        return "";
    return arena_printf(&session->arena, "%s - %s", moment_text(&session->arena, from),
                        moment_text(&session->arena, until));
}

static void units_print(struct session *session, Hotline__V1__Unit *const *units, size_t n)
{
    struct table table;

    TABLE_HEAD(&table, &session->arena, say(session, "单位", "unit"), say(session, "名称", "name"),
               say(session, "类别", "kind"), say(session, "电话", "telephone"),
               say(session, "有效期", "valid"), "etag");
    for (size_t i = 0; i < n; i++)
        TABLE_ROW(&table, last_segment(units[i]->name), units[i]->display_name,
                  WORD_OF(session, unit_kind, units[i]->kind), units[i]->office_phone,
                  interval(session, units[i]->valid_from_time, units[i]->valid_until_time),
                  units[i]->etag);
    table_print(&table, stdout);
}

static void staff_print(struct session *session, Hotline__V1__StaffMember *const *staff, size_t n)
{
    struct table table;

    TABLE_HEAD(&table, &session->arena, say(session, "人员", "staff"), say(session, "姓名", "name"),
               say(session, "工号", "number"), say(session, "电话", "telephone"),
               say(session, "有效期", "valid"), "etag");
    for (size_t i = 0; i < n; i++)
        TABLE_ROW(&table, last_segment(staff[i]->name), staff[i]->display_name,
                  staff[i]->staff_number, staff[i]->office_phone,
                  interval(session, staff[i]->valid_from_time, staff[i]->valid_until_time),
                  staff[i]->etag);
    table_print(&table, stdout);
}

static void appointments_print(struct session *session,
                               Hotline__V1__Appointment *const *appointments, size_t n)
{
    struct table table;

    TABLE_HEAD(&table, &session->arena, say(session, "任职", "appointment"),
               say(session, "人员", "staff"), say(session, "角色", "role"),
               say(session, "单位", "unit"), say(session, "任期", "valid"), "etag");
    for (size_t i = 0; i < n; i++)
        TABLE_ROW(
            &table, last_segment(appointments[i]->name), last_segment(appointments[i]->staff),
            WORD_OF(session, role, appointments[i]->role), last_segment(appointments[i]->unit),
            interval(session, appointments[i]->valid_from_time, appointments[i]->valid_until_time),
            appointments[i]->etag);
    table_print(&table, stdout);
}

static void portfolios_print(struct session *session, Hotline__V1__Portfolio *const *portfolios,
                             size_t n)
{
    struct arena *a = &session->arena;
    struct table table;

    TABLE_HEAD(&table, a, say(session, "分管范围", "portfolio"), say(session, "分管领导", "leader"),
               say(session, "任期", "valid"), "etag", say(session, "单位", "units"));
    for (size_t i = 0; i < n; i++) {
        const char *units = "";

        for (size_t j = 0; j < portfolios[i]->n_units && units; j++)
            units = arena_printf(a, "%s%s%s", units, j ? " " : "",
                                 last_segment(portfolios[i]->units[j]));
        TABLE_ROW(
            &table, last_segment(portfolios[i]->name), last_segment(portfolios[i]->leader),
            interval(session, portfolios[i]->valid_from_time, portfolios[i]->valid_until_time),
            portfolios[i]->etag, units);
    }
    table_print(&table, stdout);
}

/* VIEW(one, many, put): an answer that holds one entry, a list of them, the entry as stored. */
#define VIEW(print, list, one, get_view, Get, list_view, List, put_view, Put)                      \
    void get_view(struct session *session, const ProtobufCMessage *answer)                         \
    {                                                                                              \
        print(session, &((const Hotline__V1__##Get##Response *)(const void *)answer)->one, 1);     \
    }                                                                                              \
    void list_view(struct session *session, const ProtobufCMessage *answer)                        \
    {                                                                                              \
        const Hotline__V1__##List##Response *page = (const void *)answer;                          \
                                                                                                   \
        print(session, page->list, page->n_##list);                                                \
    }                                                                                              \
    void put_view(struct session *session, const ProtobufCMessage *answer)                         \
    {                                                                                              \
        print(session, &((const Hotline__V1__##Put##Response *)(const void *)answer)->one, 1);     \
    }

VIEW(units_print, units, unit, view_unit, GetUnit, view_units, ListUnits, view_unit_put, PutUnit)
VIEW(staff_print, staff_members, staff_member, view_staff_member, GetStaffMember,
     view_staff_members, ListStaffMembers, view_staff_put, PutStaffMember)
VIEW(appointments_print, appointments, appointment, view_appointment, GetAppointment,
     view_appointments, ListAppointments, view_appointment_put, PutAppointment)
VIEW(portfolios_print, portfolios, portfolio, view_portfolio, GetPortfolio, view_portfolios,
     ListPortfolios, view_portfolio_put, PutPortfolio)
