/*
 * desk_directory.c - DirectoryService: units, staff, appointments, portfolios (article 4).
 *
 * Reads answer from the snapshot. A Put makes the next directory of the present one and has it
 * committed whole, guarded by its version: of two at once, the second is decided again.
 */
#include <stdio.h>

#include "service/desk_directory.h"
#include "service/desks_admin.h"
#include "service/directory_rules.h"
#include "service/view_base.h"
#include "storage/record/record.h"

#include "base/base.h"

/* What every Put is judged by. */
static struct directory_put put_of(const struct errand *errand)
{
    const struct command_head *head = (const void *)errand->request;

    return (struct directory_put){
        .directory = &errand->snapshot->directory,
        .subdistrict = errand->subdistrict,
        .id = errand->resource,
        .etag = head->etag,
        .now_ms = errand->now_ms,
        .arena = errand->arena,
    };
}

static bool only_validates(const struct errand *errand)
{
    return ((const struct command_head *)(const void *)errand->request)->validate_only;
}

/* Commits this directory; NULL without memory. When nothing changes, no bytes: nothing is written. */
static const struct refusal *change_directory(struct errand *errand, bool changes,
                                              const struct directory *next, uint64_t version,
                                              struct snapshot_change *ret_change)
{
    struct snapshot_change change = {
        .record = KEY_DIRECTORY,
        .expected_version = errand->snapshot->directory.version,
        .result.version = version,
    };

    (void)snprintf(change.result.resource, sizeof(change.result.resource), "%s", errand->resource);
    if (changes && next)
        change.bytes = directory_pack(next, errand->arena);
    if (changes && !change.bytes.data)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    *ret_change = change;
    return NULL;
}

/* units --------------------------------------------------------------------------------------- */

static const struct refusal *read_unit(struct errand *errand, ProtobufCMessage **ret_response)
{
    const struct unit *unit = directory_unit(&errand->snapshot->directory, errand->resource);
    Hotline__V1__GetUnitResponse *response =
        view_new(errand->arena, &hotline__v1__get_unit_response__descriptor);

    if (!unit)
        return refusal_new(errand->arena, FAULT_UNIT_NOT_FOUND);
    if (!response)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    response->unit = show_unit(errand, unit);
    *ret_response = &response->base;
    return NULL;
}

static const struct refusal *change_unit(struct errand *errand, const ProtobufCMessage *request,
                                         struct snapshot_change *ret_change)
{
    const Hotline__V1__PutUnitRequest *ask = (const void *)request;
    const struct directory_put put = put_of(errand);
    const struct refusal *refusal;
    struct unit unit;
    bool changes;

    refusal = unit_put(&put, ask->unit, &unit, &changes);
    if (refusal)
        return refusal;
    return change_directory(errand, changes,
                            directory_with_unit(put.directory, &unit, errand->arena), unit.version,
                            ret_change);
}

/* What is stored; when it is only validated, what would be. */
static ProtobufCMessage *view_unit(struct errand *errand)
{
    const Hotline__V1__PutUnitRequest *ask = (const void *)errand->request;
    const struct directory_put put = put_of(errand);
    const struct unit *unit = directory_unit(put.directory, errand->resource);
    struct unit *asked = ARENA_NEW(errand->arena, struct unit);
    Hotline__V1__PutUnitResponse *response =
        view_new(errand->arena, &hotline__v1__put_unit_response__descriptor);
    bool changes;

    if (!asked || !response)
        return NULL;
    if (only_validates(errand) && !unit_put(&put, ask->unit, asked, &changes))
        unit = asked;
    if (!unit)
        return NULL;
    response->unit = show_unit(errand, unit);
    response->replayed = errand->replayed;
    return &response->base;
}

/* staff --------------------------------------------------------------------------------------- */

static const struct refusal *read_staff(struct errand *errand, ProtobufCMessage **ret_response)
{
    const struct staff_member *member =
        directory_staff(&errand->snapshot->directory, errand->resource);
    Hotline__V1__GetStaffMemberResponse *response =
        view_new(errand->arena, &hotline__v1__get_staff_member_response__descriptor);

    if (!member)
        return refusal_new(errand->arena, FAULT_STAFF_NOT_FOUND);
    if (!response)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    response->staff_member = show_staff(errand, member);
    *ret_response = &response->base;
    return NULL;
}

static const struct refusal *change_staff(struct errand *errand, const ProtobufCMessage *request,
                                          struct snapshot_change *ret_change)
{
    const Hotline__V1__PutStaffMemberRequest *ask = (const void *)request;
    const struct directory_put put = put_of(errand);
    const struct refusal *refusal;
    struct staff_member member;
    bool changes;

    refusal = staff_put(&put, ask->staff_member, &member, &changes);
    if (refusal)
        return refusal;
    return change_directory(errand, changes,
                            directory_with_staff(put.directory, &member, errand->arena),
                            member.version, ret_change);
}

static ProtobufCMessage *view_staff(struct errand *errand)
{
    const Hotline__V1__PutStaffMemberRequest *ask = (const void *)errand->request;
    const struct directory_put put = put_of(errand);
    const struct staff_member *member = directory_staff(put.directory, errand->resource);
    struct staff_member *asked = ARENA_NEW(errand->arena, struct staff_member);
    Hotline__V1__PutStaffMemberResponse *response =
        view_new(errand->arena, &hotline__v1__put_staff_member_response__descriptor);
    bool changes;

    if (!asked || !response)
        return NULL;
    if (only_validates(errand) && !staff_put(&put, ask->staff_member, asked, &changes))
        member = asked;
    if (!member)
        return NULL;
    response->staff_member = show_staff(errand, member);
    response->replayed = errand->replayed;
    return &response->base;
}

/* appointments -------------------------------------------------------------------------------- */

static const struct refusal *read_appointment(struct errand *errand,
                                              ProtobufCMessage **ret_response)
{
    const struct appointment *appointment =
        directory_appointment(&errand->snapshot->directory, errand->resource);
    Hotline__V1__GetAppointmentResponse *response =
        view_new(errand->arena, &hotline__v1__get_appointment_response__descriptor);

    if (!appointment)
        return refusal_new(errand->arena, FAULT_APPOINTMENT_NOT_FOUND);
    if (!response)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    response->appointment = show_appointment(errand, appointment);
    *ret_response = &response->base;
    return NULL;
}

static const struct refusal *change_appointment(struct errand *errand,
                                                const ProtobufCMessage *request,
                                                struct snapshot_change *ret_change)
{
    const Hotline__V1__PutAppointmentRequest *ask = (const void *)request;
    const struct directory_put put = put_of(errand);
    const struct refusal *refusal;
    struct appointment appointment;
    bool changes;

    refusal = appointment_put(&put, ask->appointment, &appointment, &changes);
    if (refusal)
        return refusal;
    return change_directory(errand, changes,
                            directory_with_appointment(put.directory, &appointment, errand->arena),
                            appointment.version, ret_change);
}

static ProtobufCMessage *view_appointment(struct errand *errand)
{
    const Hotline__V1__PutAppointmentRequest *ask = (const void *)errand->request;
    const struct directory_put put = put_of(errand);
    const struct appointment *appointment = directory_appointment(put.directory, errand->resource);
    struct appointment *asked = ARENA_NEW(errand->arena, struct appointment);
    Hotline__V1__PutAppointmentResponse *response =
        view_new(errand->arena, &hotline__v1__put_appointment_response__descriptor);
    bool changes;

    if (!asked || !response)
        return NULL;
    if (only_validates(errand) && !appointment_put(&put, ask->appointment, asked, &changes))
        appointment = asked;
    if (!appointment)
        return NULL;
    response->appointment = show_appointment(errand, appointment);
    response->replayed = errand->replayed;
    return &response->base;
}

/* portfolios ---------------------------------------------------------------------------------- */

static const struct refusal *read_portfolio(struct errand *errand, ProtobufCMessage **ret_response)
{
    const struct portfolio *portfolio =
        directory_portfolio(&errand->snapshot->directory, errand->resource);
    Hotline__V1__GetPortfolioResponse *response =
        view_new(errand->arena, &hotline__v1__get_portfolio_response__descriptor);

    if (!portfolio)
        return refusal_new(errand->arena, FAULT_PORTFOLIO_NOT_FOUND);
    if (!response)
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    response->portfolio = show_portfolio(errand, portfolio);
    *ret_response = &response->base;
    return NULL;
}

static const struct refusal *change_portfolio(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct snapshot_change *ret_change)
{
    const Hotline__V1__PutPortfolioRequest *ask = (const void *)request;
    const struct directory_put put = put_of(errand);
    const struct refusal *refusal;
    struct portfolio portfolio;
    bool changes;

    refusal = portfolio_put(&put, ask->portfolio, &portfolio, &changes);
    if (refusal)
        return refusal;
    return change_directory(errand, changes,
                            directory_with_portfolio(put.directory, &portfolio, errand->arena),
                            portfolio.version, ret_change);
}

static ProtobufCMessage *view_portfolio(struct errand *errand)
{
    const Hotline__V1__PutPortfolioRequest *ask = (const void *)errand->request;
    const struct directory_put put = put_of(errand);
    const struct portfolio *portfolio = directory_portfolio(put.directory, errand->resource);
    struct portfolio *asked = ARENA_NEW(errand->arena, struct portfolio);
    Hotline__V1__PutPortfolioResponse *response =
        view_new(errand->arena, &hotline__v1__put_portfolio_response__descriptor);
    bool changes;

    if (!asked || !response)
        return NULL;
    if (only_validates(errand) && !portfolio_put(&put, ask->portfolio, asked, &changes))
        portfolio = asked;
    if (!portfolio)
        return NULL;
    response->portfolio = show_portfolio(errand, portfolio);
    response->replayed = errand->replayed;
    return &response->base;
}

/* the desk ------------------------------------------------------------------------------------ */

/* clang-format off */
#define GET(method_, collection_, read_)                                                           \
    &(const struct road_row){ .method = method_, .permission = MAY_READ_DIRECTORY,                 \
                              .load = LOAD_NOTHING, .collection = collection_, .read = read_ }
#define LIST(method_, read_)                                                                       \
    &(const struct road_row){ .method = method_, .permission = MAY_READ_DIRECTORY,                 \
                              .load = LOAD_NOTHING, .read = read_ }
#define PUT(method_, collection_, change_, view_)                                                  \
    &(const struct road_row){ .method = method_, .permission = MAY_WRITE_DIRECTORY,                \
                              .load = LOAD_NOTHING, .collection = collection_, .change = change_,  \
                              .view = view_ }
#define METHOD(name_, row_) { .name = name_, .shape = RPC_UNARY, .unary = road_serve, .row = row_ }

static const struct rpc_method methods[] = {
    METHOD("GetUnit",          GET("GetUnit", "units", read_unit)),                      /* 查看单位 */
    METHOD("ListUnits",        LIST("ListUnits", list_units)),                           /* 列出单位 */
    METHOD("PutUnit",          PUT("PutUnit", "units", change_unit, view_unit)),         /* 维护单位 */
    METHOD("GetStaffMember",   GET("GetStaffMember", "staff", read_staff)),              /* 查看人员 */
    METHOD("ListStaffMembers", LIST("ListStaffMembers", list_staff)),                    /* 列出人员 */
    METHOD("PutStaffMember",   PUT("PutStaffMember", "staff", change_staff, view_staff)), /* 维护人员 */
    METHOD("GetAppointment",   GET("GetAppointment", "appointments", read_appointment)), /* 查看任职 */
    METHOD("ListAppointments", LIST("ListAppointments", list_appointments)),             /* 列出任职 */
    METHOD("PutAppointment",   PUT("PutAppointment", "appointments", change_appointment,
                                   view_appointment)),                                   /* 维护任职 */
    METHOD("GetPortfolio",     GET("GetPortfolio", "portfolios", read_portfolio)),       /* 查看分管范围 */
    METHOD("ListPortfolios",   LIST("ListPortfolios", list_portfolios)),                 /* 列出分管范围 */
    METHOD("PutPortfolio",     PUT("PutPortfolio", "portfolios", change_portfolio,
                                   view_portfolio)),                                     /* 维护分管范围 */
};
/* clang-format on */

const struct rpc_service desk_directory = {
    .descriptor = &hotline__v1__directory_service__descriptor,
    .methods = methods,
    .n_methods = COUNT_OF(methods),
};
