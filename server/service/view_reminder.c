/* view_reminder.c - names, recipients and texts of reminders. */
#include "service/view_reminder.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/ladder.h"
#include "domain/tables.h"
#include "service/view_base.h"
#include "service/view_clock.h"

#include "base/base.h"

enum { RECIPIENTS_MAX = 20 };

Hotline__V1__Rung rung_number(const struct rules *rules, enum clock_kind kind, size_t rung)
{
    const struct ladder *ladder = &rules->clocks[kind].ladder;

    if (rung >= ladder->n_rungs)
        return HOTLINE__V1__RUNG__RUNG_UNSPECIFIED;
    switch (ladder->rungs[rung].at) {
    case RUNG_UNUSED:
        break;
    case RUNG_ARMED:
        return HOTLINE__V1__RUNG__RUNG_ARMED;
    case RUNG_HALF:
        return HOTLINE__V1__RUNG__RUNG_HALF;
    case RUNG_LAST_DAY:
        return HOTLINE__V1__RUNG__RUNG_LAST_DAY;
    case RUNG_BEFORE_DUE:
        return HOTLINE__V1__RUNG__RUNG_TWO_HOURS;
    case RUNG_DUE:
        return clocks[kind].hardness == CLOCK_HARD ? HOTLINE__V1__RUNG__RUNG_OVERDUE
                                                   : HOTLINE__V1__RUNG__RUNG_DUE;
    case RUNG_AFTER_DUE:
        return ladder->rungs[rung].amount <= 1 ? HOTLINE__V1__RUNG__RUNG_OVERDUE_ONE_DAY
                                               : HOTLINE__V1__RUNG__RUNG_OVERDUE_THREE_DAYS;
    }
    return HOTLINE__V1__RUNG__RUNG_UNSPECIFIED;
}

/* for whom ------------------------------------------------------------------------------------ */

static uint32_t reminder_roles(const struct reminder *reminder, const struct rules *rules)
{
    const struct ladder *ladder = &rules->clocks[reminder->kind].ladder;

    return reminder->rung < ladder->n_rungs ? ladder->rungs[reminder->rung].to : 0;
}

bool reminder_names(const struct reminder *reminder, const struct principal *principal,
                    const struct rules *rules)
{
    uint32_t to = reminder_roles(reminder, rules);
    const struct standing *standing = &principal->standing;

    if (principal->roles & to & ~(ROLES_UNIT | ROLES(ROLE_LEADER_IN_CHARGE)))
        return true;
    for (size_t i = 0; i < standing->n_units; i++)
        if (strcmp(standing->units[i], reminder->main_unit) == 0 && (standing->unit_roles[i] & to))
            return true;
    for (size_t i = 0; i < standing->n_led; i++)
        if (strcmp(standing->led[i], reminder->main_unit) == 0 &&
            (to & ROLES(ROLE_LEADER_IN_CHARGE)))
            return true;
    return false;
}

bool reminder_is_for(const struct reminder *reminder, const struct principal *principal,
                     const struct rules *rules)
{
    return (principal->roles & permissions[MAY_REMINDERS].always) ||
           reminder_names(reminder, principal, rules);
}

/* An appointment that is valid now, of a role the reminder goes to, in its unit if the role is one
 * of a unit. */
static bool appointment_is_for(const struct appointment *appointment,
                               const struct reminder *reminder, uint32_t to, int64_t now_ms)
{
    uint32_t role = ROLES(appointment->role);

    if (!(role & to) || now_ms < appointment->from_ms ||
        (appointment->until_ms && now_ms >= appointment->until_ms))
        return false;
    return !(role & (ROLES_UNIT | ROLES(ROLE_GRID_WORKER))) ||
           strcmp(appointment->unit, reminder->main_unit) == 0;
}

static bool leads(const struct directory *directory, const char *leader, const char *unit,
                  int64_t now_ms)
{
    struct standing standing = directory_standing(directory, leader, now_ms);

    for (size_t i = 0; i < standing.n_led; i++)
        if (strcmp(standing.led[i], unit) == 0)
            return true;
    return false;
}

static void view_recipients(Hotline__V1__Reminder *view, const struct reminder *reminder,
                            const struct snapshot *snapshot, struct arena *a)
{
    const struct directory *directory = &snapshot->directory;
    uint32_t to = reminder_roles(reminder, snapshot->rules);
    int64_t now_ms = reminder->clock.rung_ms;

    view->recipients = ARENA_ARRAY(a, Hotline__V1__ReminderRecipient *, RECIPIENTS_MAX);
    for (size_t i = 0; view->recipients && i < directory->n_appointments; i++) {
        const struct appointment *appointment = &directory->appointments[i];
        Hotline__V1__ReminderRecipient *one;

        if (view->n_recipients == RECIPIENTS_MAX ||
            !appointment_is_for(appointment, reminder, to, now_ms))
            continue;
        if (appointment->role == ROLE_LEADER_IN_CHARGE &&
            !leads(directory, appointment->staff, reminder->main_unit, now_ms))
            continue;
        one = view_new(a, &hotline__v1__reminder_recipient__descriptor);
        if (!one)
            return;
        one->staff = view_name(snapshot->subdistrict, "staff", appointment->staff, a);
        one->role = (Hotline__V1__Role)appointment->role;
        one->unit = view_name(snapshot->subdistrict, "units", appointment->unit, a);
        view->recipients[view->n_recipients++] = one;
    }
}

/* as it is told -------------------------------------------------------------------------------- */

static const struct {
    const char *zh, *en;
} rung_texts[] = {
    [HOTLINE__V1__RUNG__RUNG_UNSPECIFIED] = { "提醒", "reminder" },
    [HOTLINE__V1__RUNG__RUNG_ARMED] = { "已启动", "has started" },
    [HOTLINE__V1__RUNG__RUNG_HALF] = { "时间已过半", "half of the time is used" },
    [HOTLINE__V1__RUNG__RUNG_LAST_DAY] = { "今日截止", "ends today" },
    [HOTLINE__V1__RUNG__RUNG_TWO_HOURS] = { "还有2个工作小时", "two working hours are left" },
    [HOTLINE__V1__RUNG__RUNG_OVERDUE] = { "已超期", "is overdue" },
    [HOTLINE__V1__RUNG__RUNG_OVERDUE_ONE_DAY] = { "已超期1个工作日", "one working day overdue" },
    [HOTLINE__V1__RUNG__RUNG_OVERDUE_THREE_DAYS] = { "已超期3个工作日",
                                                     "three working days overdue" },
    [HOTLINE__V1__RUNG__RUNG_DUE] = { "已到期", "is due" },
};

static int64_t reminder_planned_ms(const struct reminder *reminder, const struct snapshot *snapshot,
                                   struct arena *a)
{
    struct order *order = ARENA_NEW(a, struct order);
    struct situation situation = {
        .order = order,
        .rules = snapshot->rules,
        .calendar = snapshot->calendar,
        .now_ms = reminder->clock.rung_ms,
    };
    int64_t at;

    if (!order)
        return 0;
    order->urgent = reminder->urgent;
    at = rung_instant(&situation, reminder->kind, &reminder->clock, reminder->rung);
    return at == INT64_MAX ? 0 : at;
}

Hotline__V1__Reminder *view_reminder(const struct reminder *reminder,
                                     const struct snapshot *snapshot, struct arena *a)
{
    Hotline__V1__Reminder *view = view_new(a, &hotline__v1__reminder__descriptor);
    const struct clock_row *row = &clocks[reminder->kind];

    if (!view)
        return NULL;
    view->rung = rung_number(snapshot->rules, reminder->kind, reminder->rung);
    view->order = view_name(snapshot->subdistrict, "orders", reminder->order_id, a);
    view->name = arena_printf(a, "%s/reminders/%d-%u-%d", view->order, (int)reminder->kind,
                              reminder->clock.stamp, (int)view->rung);
    view->district_number = arena_strdup(a, reminder->district_number);
    view->clock_kind = (Hotline__V1__ClockKind)reminder->kind;
    view->stamp = reminder->clock.stamp;
    view->planned_time = view_time(reminder_planned_ms(reminder, snapshot, a), a);
    view->raised_time = view_time(reminder->clock.rung_ms, a);
    view->due_time = view_time(reminder->clock.due_ms, a);
    view->last_date = view_date(clock_last_day(&reminder->clock), a);
    view->unit = view_name(snapshot->subdistrict, "units", reminder->main_unit, a);
    view->urgent = reminder->urgent;
    view->provisional = reminder->clock.provisional_from != 0;
    view->acknowledged = reminder->clock.rung_acknowledged;
    view->text_zh = arena_printf(a, "%s%s：截止%s%s", row->zh, rung_texts[view->rung].zh,
                                 view->last_date, view->provisional ? "（暂定）" : "");
    view->text_en = arena_printf(a, "%s: %s; last day %s%s", row->en, rung_texts[view->rung].en,
                                 view->last_date, view->provisional ? " (provisional)" : "");
    view_recipients(view, reminder, snapshot, a);
    return a->failed ? NULL : view;
}

bool reminder_of_order(const struct order *order, enum clock_kind kind,
                       struct reminder *ret_reminder)
{
    const struct clock *clock = &order->clocks[kind];

    if (clock->rungs_fired == 0)
        return false;
    *ret_reminder = (struct reminder){
        .urgent = order->urgent,
        .kind = kind,
        .rung = (uint8_t)(clock->rungs_fired - 1),
        .clock = *clock,
    };
    memcpy(ret_reminder->order_id, order->id, sizeof(order->id));
    memcpy(ret_reminder->district_number, order->district_number, sizeof(order->district_number));
    memcpy(ret_reminder->main_unit, order->assignment.main_unit,
           sizeof(order->assignment.main_unit));
    return true;
}

bool reminder_id_parse(const char *text, const struct rules *rules, enum clock_kind *ret_kind,
                       uint32_t *ret_stamp, uint8_t *ret_rung)
{
    unsigned int kind, stamp, number;
    int end = 0;

    if (sscanf(text, "%2u-%9u-%2u%n", &kind, &stamp, &number, &end) != 3 || text[end] ||
        kind == 0 || kind >= CLOCK_MAX)
        return false;
    for (size_t rung = 0; rung < rules->clocks[kind].ladder.n_rungs; rung++) {
        if ((unsigned int)rung_number(rules, (enum clock_kind)kind, rung) != number)
            continue;
        *ret_kind = (enum clock_kind)kind;
        *ret_stamp = stamp;
        *ret_rung = (uint8_t)rung;
        return true;
    }
    return false;
}
