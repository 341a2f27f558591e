/* permission.c - the table, and the conditions that need the order. */
#include "security/permission.h"

#include <string.h>

#include "base/base.h"

#define WATCHING (ROLES(ROLE_UOC_HEAD) | ROLES(ROLE_MAIN_LEADER) | ROLES(ROLE_AUDITOR))
#define UNIT_AND_GRID (ROLES_UNIT | ROLES(ROLE_GRID_WORKER))
#define DISTRICT ROLES(ROLE_DISTRICT_SYNC)
#define LEADER ROLES(ROLE_LEADER_IN_CHARGE)

const struct permission_row permissions[PERMISSION_MAX] = {
    [MAY_RECEIVE] = { .name = "receive", .zh = "接收区派工单", .always = DISTRICT },
    [MAY_ACCEPT] = { .name = "accept", .zh = "受理", .always = ROLES_OFFICE },
    [MAY_DISPATCH] = { .name = "dispatch", .zh = "派单", .always = ROLES_OFFICE },
    [MAY_TAKE] = { .name = "take", .zh = "接单", .own_unit = ROLES_UNIT },
    [MAY_CONTACT] = { .name = "contact",
                      .zh = "先行联系",
                      .always = ROLES_OFFICE,
                      .own_unit = UNIT_AND_GRID },
    [MAY_PROGRESS] = { .name = "progress", .zh = "登记进展", .own_unit = UNIT_AND_GRID },
    [MAY_REPLY] = { .name = "reply", .zh = "提交回复", .own_unit = ROLES_UNIT },
    [MAY_REVIEW] = { .name = "review", .zh = "审核回复", .always = ROLES_OFFICE },
    [MAY_VISIT] = { .name = "visit", .zh = "回访", .always = ROLES_OFFICE },
    [MAY_SUBMIT] = { .name = "submit", .zh = "报区热线办", .always = ROLES_OFFICE },
    [MAY_CLOSE] = { .name = "close", .zh = "结案登记", .always = DISTRICT },
    [MAY_READ_ORDER] = { .name = "read_order",
                         .zh = "查看工单",
                         .always = ROLES_OFFICE | DISTRICT | WATCHING,
                         .own_unit = UNIT_AND_GRID,
                         .informed = UNIT_AND_GRID,
                         .portfolio = LEADER },
    [MAY_LIST_ORDERS] = { .name = "list_orders",
                          .zh = "查询工单列表",
                          .always = ROLES_OFFICE | DISTRICT | WATCHING,
                          .own_unit = UNIT_AND_GRID,
                          .informed = UNIT_AND_GRID,
                          .portfolio = LEADER },
    [MAY_REMINDERS] = { .name = "reminders",
                        .zh = "接收并处理提醒",
                        .always = ROLES_OFFICE | WATCHING,
                        .own_unit = UNIT_AND_GRID,
                        .portfolio = LEADER },
    [MAY_READ_CALENDAR] = { .name = "read_calendar",
                            .zh = "查看工作日历",
                            .always = ROLES_OFFICE | DISTRICT | WATCHING | UNIT_AND_GRID | LEADER |
                                      ROLES(ROLE_ADMIN) },
    /* Two persons (propose, activate) come with the next release; until then the head loads it. */
    [MAY_WRITE_CALENDAR] = { .name = "write_calendar",
                             .zh = "录入工作日历",
                             .always = ROLES(ROLE_OFFICE_HEAD) | ROLES(ROLE_UOC_HEAD) |
                                       ROLES(ROLE_ADMIN) },
    [MAY_READ_DIRECTORY] = { .name = "read_directory",
                             .zh = "查看机构人员目录",
                             .always = ROLES_OFFICE | WATCHING | UNIT_AND_GRID | LEADER |
                                       ROLES(ROLE_ADMIN) },
    [MAY_WRITE_DIRECTORY] = { .name = "write_directory",
                              .zh = "维护机构人员目录",
                              .always = ROLES(ROLE_ADMIN) | ROLES(ROLE_OFFICE_HEAD) },
    [MAY_MOVE_CLOCK] = { .name = "move_clock",
                         .zh = "拨动手动时钟（仅测试库）",
                         .always = ROLES(ROLE_ADMIN) },
};

bool may_at_all(const struct principal *principal, enum permission permission)
{
    const struct permission_row *row = &permissions[permission];

    return principal->roles & (row->always | row->own_unit | row->informed | row->portfolio);
}

bool may_always(const struct principal *principal, enum permission permission)
{
    return principal->roles & permissions[permission].always;
}

static enum role lowest_of(uint32_t roles)
{
    for (int role = 1; role < ROLE_MAX; role++)
        if (roles & ROLES(role))
            return (enum role)role;
    return ROLE_UNSPECIFIED;
}

/* Roles the person holds in this unit. */
static uint32_t roles_in(const struct standing *standing, const char *unit)
{
    uint32_t roles = 0;

    if (!unit[0])
        return 0;
    for (size_t i = 0; i < standing->n_units; i++)
        if (strcmp(standing->units[i], unit) == 0)
            roles |= standing->unit_roles[i];
    return roles;
}

static uint32_t roles_in_informed(const struct standing *standing, const struct order *order)
{
    uint32_t roles = 0;

    for (size_t i = 0; i < order->assignment.n_informed; i++)
        roles |= roles_in(standing, order->assignment.informed[i]);
    return roles;
}

static uint32_t roles_leading(const struct standing *standing, const struct order *order)
{
    if (!order->assignment.main_unit[0])
        return 0;
    for (size_t i = 0; i < standing->n_led; i++)
        if (strcmp(standing->led[i], order->assignment.main_unit) == 0)
            return LEADER;
    return 0;
}

bool may_on(const struct principal *principal, enum permission permission,
            const struct order *order, enum role *ret_role)
{
    const struct permission_row *row = &permissions[permission];
    const struct standing *standing = &principal->standing;
    uint32_t by = principal->roles & row->always;

    if (!by && row->own_unit)
        by = row->own_unit & roles_in(standing, order->assignment.main_unit);
    if (!by && row->informed)
        by = row->informed & roles_in_informed(standing, order);
    if (!by && row->portfolio)
        by = row->portfolio & roles_leading(standing, order);
    if (by && ret_role)
        *ret_role = lowest_of(by);
    return by;
}

enum relation relation_to(const struct principal *principal, const struct order *order)
{
    const struct standing *standing = &principal->standing;

    if (principal->roles & ROLES(ROLE_DISTRICT_SYNC))
        return RELATION_DISTRICT;
    if (principal->roles & ROLES_OFFICE)
        return RELATION_OFFICE;
    if (roles_in(standing, order->assignment.main_unit))
        return RELATION_UNIT;
    if (roles_leading(standing, order))
        return RELATION_LEADER;
    if (principal->roles & WATCHING)
        return RELATION_AUDIT;
    return roles_in_informed(standing, order) ? RELATION_INFORMED : RELATION_NONE;
}
