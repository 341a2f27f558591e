/* desk_directory_view.c - entries of the directory as messages; texts point into the entries. */
#include "service/desk_directory.h"
#include "service/view_base.h"

#include "base/base.h"

Hotline__V1__Unit *show_unit(struct errand *errand, const struct unit *unit)
{
    struct arena *a = errand->arena;
    Hotline__V1__Unit *shown = view_new(a, &hotline__v1__unit__descriptor);

    if (!shown)
        return NULL;
    shown->name = view_name(errand->subdistrict, "units", unit->code, a);
    shown->display_name = view_text(unit->name);
    shown->kind = (Hotline__V1__UnitKind)unit->kind;
    shown->valid_from_time = view_time(unit->from_ms, a);
    shown->valid_until_time = view_time(unit->until_ms, a);
    shown->successor_unit = view_name(errand->subdistrict, "units", unit->successor, a);
    shown->office_phone = view_text(unit->office_phone);
    shown->etag = view_number("v", unit->version, a);
    shown->update_time = view_time(unit->updated_ms, a);
    return shown;
}

Hotline__V1__StaffMember *show_staff(struct errand *errand, const struct staff_member *member)
{
    struct arena *a = errand->arena;
    Hotline__V1__StaffMember *shown = view_new(a, &hotline__v1__staff_member__descriptor);

    if (!shown)
        return NULL;
    shown->name = view_name(errand->subdistrict, "staff", member->id, a);
    shown->display_name = view_text(member->name);
    shown->staff_number = view_text(member->number);
    shown->office_phone = view_text(member->office_phone);
    shown->valid_from_time = view_time(member->from_ms, a);
    shown->valid_until_time = view_time(member->until_ms, a);
    shown->etag = view_number("v", member->version, a);
    shown->update_time = view_time(member->updated_ms, a);
    return shown;
}

Hotline__V1__Appointment *show_appointment(struct errand *errand,
                                           const struct appointment *appointment)
{
    struct arena *a = errand->arena;
    Hotline__V1__Appointment *shown = view_new(a, &hotline__v1__appointment__descriptor);

    if (!shown)
        return NULL;
    shown->name = view_name(errand->subdistrict, "appointments", appointment->id, a);
    shown->staff = view_name(errand->subdistrict, "staff", appointment->staff, a);
    shown->role = (Hotline__V1__Role)appointment->role;
    shown->unit = view_name(errand->subdistrict, "units", appointment->unit, a);
    shown->valid_from_time = view_time(appointment->from_ms, a);
    shown->valid_until_time = view_time(appointment->until_ms, a);
    shown->etag = view_number("v", appointment->version, a);
    shown->update_time = view_time(appointment->updated_ms, a);
    return shown;
}

Hotline__V1__Portfolio *show_portfolio(struct errand *errand, const struct portfolio *portfolio)
{
    struct arena *a = errand->arena;
    Hotline__V1__Portfolio *shown = view_new(a, &hotline__v1__portfolio__descriptor);
    char **units = ARENA_ARRAY(a, char *, portfolio->n_units + 1);

    if (!shown || !units)
        return NULL;
    for (size_t i = 0; i < portfolio->n_units; i++)
        units[i] = view_name(errand->subdistrict, "units", portfolio->units[i], a);
    shown->name = view_name(errand->subdistrict, "portfolios", portfolio->id, a);
    shown->leader = view_name(errand->subdistrict, "staff", portfolio->leader, a);
    shown->units = units;
    shown->n_units = portfolio->n_units;
    shown->valid_from_time = view_time(portfolio->from_ms, a);
    shown->valid_until_time = view_time(portfolio->until_ms, a);
    shown->etag = view_number("v", portfolio->version, a);
    shown->update_time = view_time(portfolio->updated_ms, a);
    return shown;
}
