/*
 * desk_deadline.c - DeadlineService: what is due, why it is due then, and the reminders on the way
 * (article 8, DOMAIN 2.5).
 */
#include "service/desk_deadline.h"

#include <stddef.h>
#include <string.h>

#include "domain/tables.h"
#include "hotline/v1/deadline.pb-c.h"
#include "service/explain.h"
#include "service/road.h"
#include "service/view_base.h"
#include "service/view_clock.h"
#include "service/view_reminder.h"
#include "service/view_timeline.h"

#include "base/base.h"

static struct hub *the_hub;

void desk_deadline_open(struct hub *hub)
{
    the_hub = hub;
}

struct hub *desk_deadline_hub(void)
{
    must(the_hub);
    return the_hub;
}

/* ExplainDeadline ----------------------------------------------------------------------------- */

static void explain_count(Hotline__V1__ExplainDeadlineResponse *response,
                          const struct errand *errand, enum clock_kind kind)
{
    const struct snapshot *snapshot = errand->snapshot;
    struct count count =
        count_of_clock(&errand->before->clocks[kind], snapshot->calendar, snapshot->rules);

    response->days = explain_days(&count, errand->arena, &response->n_days);
    response->summary_zh = explain_summary_zh(&count, clocks[kind].zh, errand->arena);
    response->summary_en = explain_summary_en(&count, clocks[kind].en, errand->arena);
}

/* Only the newest clock of a kind stands in the order; its forerunners are in the timeline. */
static const struct refusal *explain_deadline(struct errand *errand,
                                              ProtobufCMessage **ret_response)
{
    const Hotline__V1__ExplainDeadlineRequest *ask = (const void *)errand->request;
    const struct snapshot *snapshot = errand->snapshot;
    struct arena *a = errand->arena;
    enum clock_kind kind = (enum clock_kind)ask->clock_kind;
    Hotline__V1__ExplainDeadlineResponse *response =
        view_new(a, &hotline__v1__explain_deadline_response__descriptor);
    struct order_view view = {
        .order = errand->before,
        .subdistrict = errand->subdistrict,
        .directory = &snapshot->directory,
        .calendar = snapshot->calendar,
        .rules = snapshot->rules,
        .now_ms = errand->now_ms,
        .relation = errand->relation,
    };
    struct timeline_view history = {
        .subdistrict = errand->subdistrict,
        .directory = &snapshot->directory,
        .calendar = snapshot->calendar,
        .rules = snapshot->rules,
        .relation = errand->relation,
        .history = errand->history,
        .n_history = errand->n_history,
    };

    if (!response)
        return refusal_new(a, FAULT_TOO_LARGE);
    if (kind >= CLOCK_MAX || errand->before->clocks[kind].stamp == 0 ||
        (ask->stamp && ask->stamp != errand->before->clocks[kind].stamp))
        return refusal_new(a, FAULT_CLOCK_NOT_FOUND);
    response->clock = view_clock(&view, kind, a);
    response->start_event = view_start_event(&history, kind, errand->before->clocks[kind].stamp, a);
    response->order = view_name(errand->subdistrict, "orders", errand->before->id, a);
    response->district_number = errand->before->district_number;
    explain_count(response, errand, kind);
    *ret_response = &response->base;
    return NULL;
}

/* AcknowledgeReminder ------------------------------------------------------------------------- */

static const struct refusal *ask_acknowledge(struct errand *errand, const ProtobufCMessage *request,
                                             struct command *ret_command)
{
    const Hotline__V1__AcknowledgeReminderRequest *ask = (const void *)request;
    const char *id = strrchr(ask->name, '/');

    *ret_command = (struct command){ .kind = COMMAND_ACKNOWLEDGE_REMINDER };
    if (!id || !reminder_id_parse(id + 1, errand->snapshot->rules, &ret_command->acknowledge.clock,
                                  &ret_command->acknowledge.stamp, &ret_command->acknowledge.rung))
        return errand_field(errand, "name", "提醒名称应以“时限-序号-级别”结尾，如 6-1-3",
                            "a reminder's name ends with clock-stamp-rung, for example 6-1-3");
    return NULL;
}

static ProtobufCMessage *view_acknowledged(struct errand *errand)
{
    Hotline__V1__AcknowledgeReminderResponse *response =
        view_new(errand->arena, &hotline__v1__acknowledge_reminder_response__descriptor);
    const Hotline__V1__AcknowledgeReminderRequest *ask = (const void *)errand->request;
    struct reminder reminder;
    enum clock_kind kind = CLOCK_UNSPECIFIED;
    uint32_t stamp;
    uint8_t rung;

    if (!response ||
        !reminder_id_parse(strrchr(ask->name, '/') + 1, errand->snapshot->rules, &kind, &stamp,
                           &rung) ||
        !reminder_of_order(errand->after, kind, &reminder))
        return NULL;
    response->reminder = view_reminder(&reminder, errand->snapshot, errand->arena);
    response->cursor = view_text(errand_cursor(errand));
    response->replayed = errand->replayed;
    return &response->base;
}

/* the desk ------------------------------------------------------------------------------------ */

static const struct road_row explain_deadline_row = {
    .method = "ExplainDeadline",
    .permission = MAY_READ_ORDER,
    .load = LOAD_ORDER,
    .collection = "orders",
    .read = explain_deadline,
    .needs_history = true,
};

const struct road_row acknowledge_reminder_row = {
    .method = "AcknowledgeReminder",
    .permission = MAY_REMINDERS,
    .load = LOAD_ORDER,
    .collection = "orders",
    .inside = "/reminders/",
    .ask = ask_acknowledge,
    .view = view_acknowledged,
};

static const struct rpc_method methods[] = {
    { "ListDue", RPC_SERVER_STREAM, NULL, &list_due_ops, &list_due_row },
    { "ExplainDeadline", RPC_UNARY, road_serve, NULL, &explain_deadline_row },
    { "WatchReminders", RPC_SERVER_STREAM, NULL, &watch_reminders_ops, &watch_reminders_row },
    { "ListReminders", RPC_UNARY, road_serve, NULL, &list_reminders_row },
    { "AcknowledgeReminder", RPC_UNARY, road_serve, NULL, &acknowledge_reminder_row },
};

const struct rpc_service desk_deadline = {
    .descriptor = &hotline__v1__deadline_service__descriptor,
    .methods = methods,
    .n_methods = COUNT_OF(methods),
};
