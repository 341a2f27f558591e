/* view_order.c - orders, their history, and what can be done with them. */
#include <string.h>

#include "cli/moment.h"
#include "cli/view.h"
#include "cli/words.h"

#include "base/base.h"

enum { LABEL_COLUMNS = 18, TITLE_COLUMNS = 36 };

/* pieces --------------------------------------------------------------------------------------- */

void line_put(struct session *session, const char *zh, const char *en, const char *text)
{
    if (!text || !*text)
        return;
    text_put(say(session, zh, en), LABEL_COLUMNS, stdout);
    text_put(text, 0, stdout);
    fputc('\n', stdout);
}

const char *clock_label(struct session *session, const Hotline__V1__Clock *clock)
{
    const char *label = session->zh ? clock->label_zh : clock->label_en;

    return *label ? label : WORD_OF(session, clock_kind, clock->kind);
}

const char *clock_marks(struct session *session, const Hotline__V1__Clock *clock)
{
    return arena_printf(&session->arena, "%s%s%s",
                        clock->overdue ? say(session, "超期", "overdue") : "",
                        clock->overdue && clock->provisional ? " " : "",
                        clock->provisional ? say(session, "暂定", "provisional") : "");
}

const char *actor_text(struct session *session, const Hotline__V1__Actor *actor)
{
    if (!actor)
        return "";
    if (!*actor->staff)
        return *actor->principal ? last_segment(actor->principal) : "";
    return arena_printf(&session->arena, "%s(%s)",
                        *actor->display_name ? actor->display_name : last_segment(actor->staff),
                        WORD_OF(session, role, actor->role));
}

static const char *flags_text(struct session *session, const Hotline__V1__OrderFlags *flags)
{
    if (!flags)
        return "";
    return arena_printf(
        &session->arena, "%s%s%s%s", flags->urgent ? say(session, "紧急 ", "urgent ") : "",
        flags->confidential ? say(session, "保密 ", "confidential ") : "",
        flags->major ? say(session, "重大 ", "major ") : "",
        flags->multi_department ? say(session, "涉及多部门", "multi-department") : "");
}

static void clocks_print(struct session *session, Hotline__V1__Clock *const *clocks, size_t n)
{
    struct table table;

    if (n == 0)
        return;
    TABLE_HEAD(&table, &session->arena, say(session, "时限", "clock"),
               say(session, "状态", "status"), say(session, "截止日", "last date"),
               say(session, "到期(不含)", "due before"), say(session, "条款", "article"),
               say(session, "备注", "remarks"));
    for (size_t i = 0; i < n; i++)
        TABLE_ROW(&table, clock_label(session, clocks[i]),
                  WORD_OF(session, clock_status, clocks[i]->status), clocks[i]->last_date,
                  moment_text(&session->arena, clocks[i]->due_time), clocks[i]->article,
                  clock_marks(session, clocks[i]));
    table_print(&table, stdout);
}

/* one order ------------------------------------------------------------------------------------ */

static void order_head(struct session *session, const Hotline__V1__Order *order)
{
    const Hotline__V1__Intake *intake = order->intake;

    line_put(session, "工单", "order", last_segment(order->name));
    if (intake) {
        line_put(session, "区工单编号", "district number", intake->district_number);
        line_put(session, "来件渠道", "channel", WORD_OF(session, intake_channel, intake->channel));
        line_put(session, "诉求类别", "category",
                 WORD_OF(session, request_category, intake->category));
        line_put(session, "事项", "matter", intake->matter ? intake->matter->label : "");
        line_put(session, "区派发时间", "received",
                 moment_text(&session->arena, intake->received_time));
        line_put(session, "标记", "marks", flags_text(session, intake->flags));
    }
    line_put(session, "状态", "state", WORD_OF(session, order_state, order->state));
    line_put(session, "对外状态", "told outside",
             WORD_OF(session, coarse_status, order->coarse_status));
}

static void order_content(struct session *session, const Hotline__V1__Order *order)
{
    const Hotline__V1__Citizen *citizen = order->citizen;

    if (order->text) {
        line_put(session, "标题", "title", order->text->title);
        line_put(session, "正文", "content", order->text->content);
    }
    line_put(session, "事发地点", "place", order->place ? order->place->address : "");
    if (citizen) {
        line_put(session, "市民", "citizen", citizen->name);
        for (size_t i = 0; i < citizen->n_phones; i++)
            line_put(session, "电话", "telephone", citizen->phones[i]->number);
    }
    if (order->assignment) {
        const Hotline__V1__Assignment *assignment = order->assignment;

        line_put(session, "主办单位", "main unit", last_segment(assignment->main_unit));
        for (size_t i = 0; i < assignment->n_informed_units; i++)
            line_put(session, "知会单位", "informed unit",
                     last_segment(assignment->informed_units[i]));
        line_put(session, "时限类别", "limit class",
                 WORD_OF(session, limit_class, assignment->limit_class));
        line_put(session, "送达时间", "delivered",
                 moment_text(&session->arena, assignment->delivered_time));
        line_put(session, "接单", "taken by", actor_text(session, assignment->taken_by));
    }
}

static void order_records(struct session *session, const Hotline__V1__Order *order)
{
    struct arena *a = &session->arena;

    for (size_t i = 0; i < order->n_contacts; i++)
        line_put(session, "联系记录", "contact",
                 arena_printf(a, "%s %s %s %s", moment_text(a, order->contacts[i]->contact_time),
                              WORD_OF(session, contact_side, order->contacts[i]->side),
                              WORD_OF(session, contact_result, order->contacts[i]->result),
                              order->contacts[i]->summary));
    for (size_t i = 0; i < order->n_progress_notes; i++)
        line_put(session, "进展记录", "progress",
                 arena_printf(a, "%s %s", moment_text(a, order->progress_notes[i]->progress_time),
                              order->progress_notes[i]->text));
    for (size_t i = 0; i < order->n_replies; i++)
        line_put(session, "回复", "reply",
                 arena_printf(a, "%s %s %s: %s", moment_text(a, order->replies[i]->submit_time),
                              WORD_OF(session, reply_status, order->replies[i]->status),
                              WORD_OF(session, result_type, order->replies[i]->result_type),
                              order->replies[i]->result_text));
    for (size_t i = 0; i < order->n_visits; i++)
        line_put(session, "回访", "visit",
                 arena_printf(a, "%s %s", moment_text(a, order->visits[i]->recorded_time),
                              WORD_OF(session, visit_outcome, order->visits[i]->outcome)));
    if (order->closing)
        line_put(session, "结案登记", "registration",
                 arena_printf(a, "%s %s", moment_text(a, order->closing->registration_time),
                              order->closing->registration_number));
}

void view_order(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__Order *order = ((const Hotline__V1__GetOrderResponse *)answer)->order;

    order_head(session, order);
    order_content(session, order);
    order_records(session, order);
    clocks_print(session, order->clocks, order->n_clocks);
    line_put(session, "版本标记", "etag", order->etag);
}

/* Every command's answer begins with the order (ARCHITECTURE 8). */
void view_changed(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__TakeOrderResponse *any = (const void *)answer;
    const Hotline__V1__Order *order = any->order;

    if (any->replayed)
        puts(
            say(session, "(此请求先前已办，以下为当时结果)", "(done before; this is that result)"));
    line_put(session, "工单", "order", last_segment(order->name));
    line_put(session, "区工单编号", "district number",
             order->intake ? order->intake->district_number : "");
    line_put(session, "状态", "state", WORD_OF(session, order_state, order->state));
    clocks_print(session, order->clocks, order->n_clocks);
}

/* lists ---------------------------------------------------------------------------------------- */

/* The running clock that is due first, hard or soft. */
static const Hotline__V1__Clock *next_due(const Hotline__V1__Order *order)
{
    const Hotline__V1__Clock *first = NULL;

    for (size_t i = 0; i < order->n_clocks; i++) {
        const Hotline__V1__Clock *clock = order->clocks[i];

        if (clock->status == HOTLINE__V1__CLOCK_STATUS__CLOCK_STATUS_RUNNING &&
            clock->nature != HOTLINE__V1__CLOCK_NATURE__CLOCK_NATURE_WINDOW && clock->due_time &&
            (!first || moment_ms(clock->due_time) < moment_ms(first->due_time)))
            first = clock;
    }
    return first;
}

static bool any_overdue(const Hotline__V1__Order *order)
{
    for (size_t i = 0; i < order->n_clocks; i++)
        if (order->clocks[i]->overdue)
            return true;
    return false;
}

void view_orders(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__ListOrdersResponse *list = (const void *)answer;
    struct arena *a = &session->arena;
    struct table table;

    TABLE_HEAD(&table, a, say(session, "区工单编号", "district number"),
               say(session, "工单", "order"), say(session, "区派发时间", "received"),
               say(session, "状态", "state"), say(session, "主办", "unit"),
               say(session, "下一时限", "next clock"), say(session, "到期(不含)", "due before"),
               say(session, "备注", "remarks"), say(session, "标题", "title"));
    for (size_t i = 0; i < list->n_orders; i++) {
        const Hotline__V1__Order *order = list->orders[i];
        const Hotline__V1__Clock *clock = next_due(order);

        TABLE_ROW(
            &table, order->intake ? order->intake->district_number : "", last_segment(order->name),
            order->intake ? moment_text(a, order->intake->received_time) : "",
            WORD_OF(session, order_state, order->state),
            order->assignment ? last_segment(order->assignment->main_unit) : "",
            clock ? clock_label(session, clock) : "", clock ? moment_text(a, clock->due_time) : "",
            any_overdue(order) ? say(session, "超期", "overdue") : "",
            order->text ? text_cut(a, order->text->title, TITLE_COLUMNS) : "");
    }
    table_print(&table, stdout);
}

void view_timeline(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__GetTimelineResponse *page = (const void *)answer;
    struct arena *a = &session->arena;
    struct table table;

    TABLE_HEAD(&table, a, "#", say(session, "时间", "time"), say(session, "流转", "row"),
               say(session, "事件", "event"), say(session, "状态", "state"),
               say(session, "操作人", "actor"), say(session, "条款", "article"));
    for (size_t i = 0; i < page->n_events; i++) {
        const Hotline__V1__TimelineEvent *event = page->events[i];
        const char *label = session->zh ? event->label_zh : event->label_en;

        TABLE_ROW(&table, arena_printf(a, "%u", event->number), moment_text(a, event->event_time),
                  event->transition, *label ? label : WORD_OF(session, event_kind, event->kind),
                  WORD_OF(session, order_state, event->to_state), actor_text(session, event->actor),
                  event->article);
    }
    table_print(&table, stdout);
}

void view_available(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__ListAvailableCommandsResponse *list = (const void *)answer;
    struct arena *a = &session->arena;
    struct table table;

    line_put(session, "状态", "state", WORD_OF(session, order_state, list->state));
    TABLE_HEAD(&table, a, say(session, "可用", "now"), say(session, "操作", "command"),
               say(session, "方法", "method"), say(session, "条款", "article"),
               say(session, "原因", "why not"));
    for (size_t i = 0; i < list->n_commands; i++) {
        const Hotline__V1__AvailableCommand *command = list->commands[i];

        TABLE_ROW(&table, command->allowed ? say(session, "是", "yes") : "-",
                  session->zh ? command->label_zh : command->label_en, command->command,
                  command->article, session->zh ? command->refusal_zh : command->refusal_en);
    }
    table_print(&table, stdout);
}
