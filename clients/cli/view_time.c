/* view_time.c - how deadlines were counted, reminders, the calendar, the clock. */
#include <string.h>

#include "cli/moment.h"
#include "cli/view.h"
#include "cli/words.h"

#include "base/base.h"

static void days_print(struct session *session, Hotline__V1__DayCount *const *days, size_t n)
{
    struct arena *a = &session->arena;
    struct table table;

    TABLE_HEAD(&table, a, say(session, "日期", "date"), say(session, "第几日", "day"),
               say(session, "缘由", "why"), say(session, "依据", "source"));
    for (size_t i = 0; i < n; i++) {
        const char *why = session->zh ? days[i]->why_zh : days[i]->why_en;

        TABLE_ROW(&table, days[i]->date,
                  days[i]->counted && days[i]->number ? arena_printf(a, "%u", days[i]->number)
                                                      : "-",
                  *why ? why : WORD_OF(session, day_reason, days[i]->reason), days[i]->source);
    }
    table_print(&table, stdout);
}

void view_explanation(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__ExplainDeadlineResponse *told = (const void *)answer;

    line_put(session, "区工单编号", "district number", told->district_number);
    if (told->clock) {
        line_put(session, "时限", "clock", clock_label(session, told->clock));
        line_put(session, "起算", "from", moment_text(&session->arena, told->clock->start_time));
        line_put(session, "截止日", "last date", told->clock->last_date);
        line_put(session, "到期(不含)", "due before",
                 moment_text(&session->arena, told->clock->due_time));
        line_put(session, "备注", "remarks", clock_marks(session, told->clock));
    }
    if (told->start_event)
        line_put(session, "起因", "started by",
                 session->zh ? told->start_event->label_zh : told->start_event->label_en);
    days_print(session, told->days, told->n_days);
    puts(session->zh ? told->summary_zh : told->summary_en);
}

/* reminders ------------------------------------------------------------------------------------ */

void reminder_line(struct session *session, const Hotline__V1__Reminder *reminder, FILE *out)
{
    const char *text = session->zh ? reminder->text_zh : reminder->text_en;
    struct arena *a = &session->arena;

    fprintf(out, "%s  %-16s  ", moment_text(a, reminder->raised_time),
            *reminder->district_number ? reminder->district_number : last_segment(reminder->order));
    text_put(WORD_OF(session, rung, reminder->rung), 12, out);
    text_put(WORD_OF(session, clock_kind, reminder->clock_kind), 14, out);
    text_put(text, 0, out);
    fputc('\n', out);
}

void view_reminders(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__ListRemindersResponse *list = (const void *)answer;
    struct arena *a = &session->arena;
    struct table table;

    TABLE_HEAD(&table, a, say(session, "提醒", "reminder"), say(session, "时间", "raised"),
               say(session, "区工单编号", "district number"), say(session, "级别", "rung"),
               say(session, "时限", "clock"), say(session, "截止日", "last date"),
               say(session, "单位", "unit"), say(session, "确认", "acknowledged"));
    for (size_t i = 0; i < list->n_reminders; i++) {
        const Hotline__V1__Reminder *reminder = list->reminders[i];

        TABLE_ROW(&table, last_segment(reminder->name), moment_text(a, reminder->raised_time),
                  reminder->district_number, WORD_OF(session, rung, reminder->rung),
                  WORD_OF(session, clock_kind, reminder->clock_kind), reminder->last_date,
                  last_segment(reminder->unit),
                  reminder->acknowledged ? say(session, "已确认", "yes") : "");
    }
    table_print(&table, stdout);
}

void view_acknowledged(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__AcknowledgeReminderResponse *done = (const void *)answer;

    reminder_line(session, done->reminder, stdout);
    puts(done->reminder->acknowledged ? say(session, "已确认", "acknowledged") : "-");
}

/* calendar ------------------------------------------------------------------------------------- */

static void dates_print(struct session *session, const char *zh, const char *en, char *const *dates,
                        size_t n)
{
    const char *text = "";

    for (size_t i = 0; i < n && text; i++)
        text = arena_printf(&session->arena, "%s%s%s", text, i ? " " : "", dates[i]);
    line_put(session, zh, en, text);
}

static void year_print(struct session *session, const Hotline__V1__CalendarYear *year)
{
    struct arena *a = &session->arena;

    line_put(session, "年份", "year",
             arena_printf(a, "%u  %s  v%u", year->year,
                          WORD_OF(session, calendar_status, year->status), year->version));
    line_put(session, "工作日总数", "working days", arena_printf(a, "%u", year->working_day_count));
    line_put(session, "文号", "document", year->document_number);
    line_put(session, "来源", "source", year->source_url);
    dates_print(session, "放假日", "off", year->off_dates, year->n_off_dates);
    dates_print(session, "调休上班日", "working", year->work_dates, year->n_work_dates);
    line_put(session, "录入人", "loaded by", actor_text(session, year->loaded_by));
    line_put(session, "版本标记", "etag", year->etag);
}

void view_calendar(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__GetCalendarResponse *calendar = (const void *)answer;

    for (size_t i = 0; i < calendar->n_years; i++) {
        year_print(session, calendar->years[i]);
        fputc('\n', stdout);
    }
    line_put(session, "有效期", "covers",
             arena_printf(&session->arena, "%s .. %s", calendar->valid_from_date,
                          calendar->valid_through_date));
}

void view_working_days(struct session *session, const ProtobufCMessage *answer)
{
    const Hotline__V1__AddWorkingDaysResponse *count = (const void *)answer;

    days_print(session, count->days, count->n_days);
    line_put(session, "截止日", "last date", count->last_date);
    line_put(session, "到期(不含)", "due before", moment_text(&session->arena, count->due_time));
    if (count->provisional)
        line_put(session, "暂定起始日", "provisional from", count->provisional_from_date);
    line_put(session, "日历版本", "calendar", count->calendar_version);
}

void view_calendar_year(struct session *session, const ProtobufCMessage *answer)
{
    year_print(session, ((const Hotline__V1__PutCalendarYearResponse *)answer)->calendar_year);
}

/* clock ---------------------------------------------------------------------------------------- */

void view_clock(struct session *session, const ProtobufCMessage *answer)
{
    line_put(session, "办公时间", "office time",
             moment_text(&session->arena,
                         ((const Hotline__Test__V1__GetClockResponse *)answer)->now_time));
}

void view_advanced(struct session *session, const ProtobufCMessage *answer)
{
    line_put(session, "办公时间", "office time",
             moment_text(&session->arena,
                         ((const Hotline__Test__V1__AdvanceClockResponse *)answer)->now_time));
}
