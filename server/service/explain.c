/*
 * explain.c - the days of a count, each with its reason in words.
 *
 * The reasons are not kept anywhere: they are asked from the calendar again, day by day, with the
 * very function that counts (calendar_day_at), so the explanation cannot tell another story than
 * the count. Only a year that was loaded anew since the clock started can make them differ, and the
 * clock names the version it was counted with.
 */
#include "service/explain.h"

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/order.h"
#include "service/view_base.h"

#include "base/base.h"

static const char *const weekdays_zh[] = { "周一", "周二", "周三", "周四", "周五", "周六", "周日" };
static const char *const weekdays_en[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday" };

/* clang-format off */
/* What is said of a day, by reason; provisional days have words of their own. */
static const struct day_words {
    Hotline__V1__DayReason reason;
    const char *zh, *en;
} official[] = {
    [DAY_WORKING]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_WORKING_DAY,
                             "工作日", "a working day" },
    [DAY_MAKE_UP]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_MAKE_UP_DAY,
                             "调休上班", "a make-up working day" },
    [DAY_WEEKEND]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_WEEKEND,
                             "周末休息", "a weekend day" },
    [DAY_HOLIDAY]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_OFF_DAY,
                             "放假", "a day off" },
    [DAY_STATUTORY_ONLY] = { HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_OFF_DAY,
                             "法定节日", "a statutory day off" },
}, presumed[] = {
    [DAY_WORKING]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_WORKING_DAY,
                             "暂按工作日", "presumed a working day" },
    [DAY_MAKE_UP]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_MAKE_UP_DAY,
                             "暂按调休上班", "presumed a make-up working day" },
    [DAY_WEEKEND]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_WEEKEND,
                             "暂按周末休息", "presumed a weekend day" },
    [DAY_HOLIDAY]        = { HOTLINE__V1__DAY_REASON__DAY_REASON_OFF_DAY,
                             "暂按放假", "presumed a day off" },
    [DAY_STATUTORY_ONLY] = { HOTLINE__V1__DAY_REASON__DAY_REASON_PRESUMED_OFF_DAY,
                             "暂按法定节日", "presumed a statutory day off" },
};
/* clang-format on */

struct count count_of_clock(const struct clock *clock, const struct calendar *calendar,
                            const struct rules *rules)
{
    return (struct count){
        .calendar = calendar,
        .rules = rules,
        .start_ms = clock->start_ms,
        .due_ms = clock->due_ms,
        .unit = clock->length.unit,
        .amount = clock->length.amount,
    };
}

static int32_t count_last_day(const struct count *count)
{
    return civil_day_of(count->due_ms > count->start_ms ? count->due_ms - 1 : count->start_ms);
}

/* "（国办发明电〔2025〕7号）"; "" for days that need no notice. */
static const char *notice_zh(const struct calendar_day *day, struct arena *a)
{
    if (!day->notice || !day->notice->document[0])
        return day->provisional ? "（该年度放假通知尚未入库）" : "";
    return view_text(arena_printf(a, "（%s）", day->notice->document));
}

static const char *notice_en(const struct calendar_day *day, struct arena *a)
{
    if (!day->notice || !day->notice->document[0])
        return day->provisional ? " (the year's notice is not loaded)" : "";
    return view_text(arena_printf(a, " (%s)", day->notice->document));
}

/* The words of a day, and how it counts, at the end of the sentence. */
static void explain_words(const struct calendar_day *day, const struct day_words *words,
                          const char *counts_zh, const char *counts_en,
                          Hotline__V1__DayCount *shown, struct arena *a)
{
    int32_t weekday = civil_weekday_of(day->day);

    shown->reason = words->reason;
    shown->why_zh = view_text(arena_printf(a, "%s，%s%s，%s", weekdays_zh[weekday], words->zh,
                                           notice_zh(day, a), counts_zh));
    shown->why_en = view_text(arena_printf(a, "%s, %s%s: %s", weekdays_en[weekday], words->en,
                                           notice_en(day, a), counts_en));
}

static void explain_day(const struct calendar_day *day, uint32_t number,
                        Hotline__V1__DayCount *shown, struct arena *a)
{
    const struct day_words *words =
        day->provisional ? &presumed[day->reason] : &official[day->reason];

    shown->counted = day->working;
    if (!day->working) {
        explain_words(day, words, "不计入", "not counted", shown, a);
        return;
    }
    shown->number = number;
    explain_words(day, words, view_text(arena_printf(a, "第%u个工作日", number)),
                  view_text(arena_printf(a, "working day %u", number)), shown, a);
}

/* The day of the start is never counted, whatever day it is (reading A1). */
static void explain_start_day(const struct calendar_day *day, Hotline__V1__DayCount *shown,
                              struct arena *a)
{
    static const struct day_words words = { HOTLINE__V1__DAY_REASON__DAY_REASON_START_DAY,
                                            "起算当日", "the day it starts" };
    struct calendar_day start = *day;

    start.notice = NULL;
    start.provisional = false;
    explain_words(&start, &words, "不计入，次日起数", "not counted, counting begins the next day",
                  shown, a);
}

/* A limit in hours counts from its very instant, inside the office hours. */
static void explain_minutes(const struct count *count, const struct calendar_day *day,
                            Hotline__V1__DayCount *shown, struct arena *a)
{
    const struct day_words *words =
        day->provisional ? &presumed[day->reason] : &official[day->reason];
    int64_t from_ms = civil_day_start_ms(day->day), until_ms = civil_day_start_ms(day->day + 1);
    int32_t minutes;

    from_ms = from_ms < count->start_ms ? count->start_ms : from_ms;
    until_ms = until_ms > count->due_ms ? count->due_ms : until_ms;
    minutes = calendar_working_minutes(count->calendar, count->rules, from_ms, until_ms);
    shown->counted_minutes = (uint32_t)minutes;
    shown->counted = minutes > 0;
    explain_words(day, words, view_text(arena_printf(a, "计入%d分钟", minutes)),
                  view_text(arena_printf(a, "%d minutes counted", minutes)), shown, a);
}

static Hotline__V1__DayCount *show_day(const struct count *count, int32_t at, bool first,
                                       uint32_t *number, struct arena *a)
{
    struct calendar_day day = calendar_day_at(count->calendar, at);
    Hotline__V1__DayCount *shown = view_new(a, &hotline__v1__day_count__descriptor);

    if (!shown)
        return NULL;
    if (count->unit == LENGTH_WORKING_MINUTES)
        explain_minutes(count, &day, shown, a);
    else if (first)
        explain_start_day(&day, shown, a);
    else
        explain_day(&day, *number += day.working, shown, a);
    shown->date = view_date(at, a);
    shown->provisional = day.provisional && !(first && count->unit == LENGTH_WORKING_DAYS);
    if (day.notice && shown->reason != HOTLINE__V1__DAY_REASON__DAY_REASON_START_DAY)
        shown->source =
            view_text(day.notice->document[0] ? day.notice->document : day.notice->source);
    return shown;
}

Hotline__V1__DayCount **explain_days(const struct count *count, struct arena *a, size_t *ret_days)
{
    int32_t first = civil_day_of(count->start_ms), last = count_last_day(count);
    size_t room = (size_t)(last - first) + 1, n = 0;
    Hotline__V1__DayCount **days;
    uint32_t number = 0;

    *ret_days = 0;
    room = room > EXPLAINED_DAYS_MAX ? EXPLAINED_DAYS_MAX : room;
    days = ARENA_ARRAY(a, Hotline__V1__DayCount *, room);
    if (!days)
        return NULL;
    for (; n < room; n++)
        days[n] = show_day(count, first + (int32_t)n, n == 0, &number, a);
    if (a->failed)
        return NULL;
    *ret_days = n;
    return days;
}

/* sentences ----------------------------------------------------------------------------------- */

/* Days between start and last day that did not count. */
static int32_t days_left_out(const struct count *count)
{
    int32_t last = count_last_day(count), left_out = 0;

    for (int32_t day = civil_day_of(count->start_ms) + 1; day <= last; day++)
        left_out += !calendar_day_at(count->calendar, day).working;
    return left_out;
}

/* "2026-07-17 09:12" as the office reads it. */
static const char *instant_of(int64_t at_ms, struct arena *a)
{
    int32_t minute = civil_minute_of(at_ms);
    char day[CIVIL_TEXT_BYTES];

    civil_format(civil_day_of(at_ms), day);
    return view_text(arena_printf(a, "%s %02d:%02d", day, minute / 60, minute % 60));
}

/* The end of the last day: 24:00, or closing time where the rules say so (reading A2). */
static const char *end_of_day(const struct count *count, struct arena *a)
{
    int32_t minute = civil_minute_of(count->due_ms);

    if (minute == 0)
        return "24:00";
    return view_text(arena_printf(a, "%02d:%02d", minute / 60, minute % 60));
}

char *explain_summary_zh(const struct count *count, const char *limit, struct arena *a)
{
    const char *start = instant_of(count->start_ms, a);

    if (count->unit == LENGTH_WORKING_DAYS)
        return view_text(arena_printf(
            a, "%s：自%s起算，当日不计，%d个工作日，其间不计入的日子%d天，截止日%s（当日%s前）",
            limit, start, count->amount, days_left_out(count), view_date(count_last_day(count), a),
            end_of_day(count, a)));
    if (count->unit == LENGTH_WORKING_MINUTES)
        return view_text(arena_printf(a, "%s：自%s起算，工作时间内%d分钟，至%s到期", limit, start,
                                      count->amount, instant_of(count->due_ms, a)));
    return view_text(arena_printf(a, "%s：自%s起算，%d分钟，至%s到期", limit, start, count->amount,
                                  instant_of(count->due_ms, a)));
}

char *explain_summary_en(const struct count *count, const char *limit, struct arena *a)
{
    const char *start = instant_of(count->start_ms, a);

    if (count->unit == LENGTH_WORKING_DAYS)
        return view_text(arena_printf(a,
                                      "%s: from %s, that day not counted, %d working day(s), %d "
                                      "day(s) between left out, last day %s (until %s)",
                                      limit, start, count->amount, days_left_out(count),
                                      view_date(count_last_day(count), a), end_of_day(count, a)));
    if (count->unit == LENGTH_WORKING_MINUTES)
        return view_text(arena_printf(a, "%s: from %s, %d minutes within office hours, due at %s",
                                      limit, start, count->amount, instant_of(count->due_ms, a)));
    return view_text(arena_printf(a, "%s: from %s, %d minutes, due at %s", limit, start,
                                  count->amount, instant_of(count->due_ms, a)));
}
