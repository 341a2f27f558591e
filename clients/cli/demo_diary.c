/*
 * demo_diary.c - the plan of the demonstration in the order of time, and how it is followed.
 *
 * Every sample is received, accepted, contacted and, when by legal duty, dispatched. Three go on to
 * their closing and one is left lying: those stories are the table below.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/demo.h"
#include "cli/moment.h"
#include "cli/text.h"

#include "base/base.h"

enum { MINUTE_MS = 60 * 1000, ENTRIES_MAX = 256, TITLE_COLUMNS = 30, DAY_COLUMNS = 10 };

static const struct {
    const char *sample, *at;
    enum act_kind act;
    const char *text;
} stories[] = {
    /* An urgent call in the Spring Festival: done on the day, the limit counts from the 24th. */
    { "S03", "2026-02-17 08:00", ACT_TAKE, NULL },
    { "S03", "2026-02-17 08:30", ACT_PROGRESS, "值班人员上门，老人在家，手机欠费停机。" },
    { "S03", "2026-02-17 09:10", ACT_REPORT, "已见到老人，身体无碍，正协助联系家属。" },
    { "S03", "2026-02-17 11:00", ACT_REPLY, "已上门确认老人安全，协助恢复通信，家属已知晓。" },
    { "S03", "2026-02-24 09:10", ACT_ACCEPT_REPLY, NULL },
    { "S03", "2026-02-24 10:00", ACT_VISIT, NULL },
    { "S03", "2026-02-24 15:00", ACT_SUBMIT, NULL },
    { "S03", "2026-02-25 09:30", ACT_CLOSE, NULL },

    /* Ten days, confidential: the first reply is rejected, the second has a plan with its date. */
    { "S04", "2026-03-09 14:00", ACT_TAKE, NULL },
    { "S04", "2026-03-10 14:30", ACT_PROGRESS, "会同物业现场查看，测量搭建面积并拍照取证。" },
    { "S04", "2026-03-16 16:00", ACT_REPLY_PLAN, "已要求整改。" },
    { "S04", "2026-03-17 09:40", ACT_REJECT, "未写明处置过程和复查安排，请补充后重新回复。" },
    { "S04", "2026-03-19 10:20", ACT_REPLY_PLAN,
      "3月10日现场取证，3月12日发出责令整改通知书，"
      "限4月20日前拆除，届时复查；施工已停止。" },
    { "S04", "2026-03-19 15:00", ACT_ACCEPT_REPLY, NULL },
    { "S04", "2026-03-20 10:00", ACT_VISIT_ATTEMPT, NULL },
    { "S04", "2026-03-20 15:30", ACT_VISIT, NULL },
    { "S04", "2026-03-23 09:30", ACT_SUBMIT, NULL },
    { "S04", "2026-03-24 10:00", ACT_CLOSE, NULL },

    /* Left lying: the reminders climb the ladder, the clock runs out. */
    { "S09", "2026-05-13 15:00", ACT_AWAIT_HALF, NULL },
    { "S09", "2026-05-15 09:00", ACT_AWAIT_LAST_DAY, NULL },
    { "S09", "2026-05-15 17:00", ACT_AWAIT_TWO_HOURS, NULL },
    { "S09", "2026-05-18 08:40", ACT_AWAIT_OVERDUE, NULL },
    { "S09", "2026-05-18 09:15", ACT_ACKNOWLEDGE, NULL },
    { "S09", "2026-05-19 09:00", ACT_AWAIT_DAY_AFTER, NULL },

    /* A consultation, answered within its one day. */
    { "S01", "2026-07-15 09:50", ACT_TAKE, NULL },
    { "S01", "2026-07-15 11:00", ACT_REPLY_WAY, "已告知医疗帮扶条件、所需材料和受理窗口。" },
    { "S01", "2026-07-15 14:00", ACT_ACCEPT_REPLY, NULL },
    { "S01", "2026-07-16 09:30", ACT_VISIT, NULL },
    { "S01", "2026-07-16 10:30", ACT_SUBMIT, NULL },
    { "S01", "2026-07-17 09:30", ACT_CLOSE, NULL },
};

struct diary {
    struct entry entries[ENTRIES_MAX];
    size_t n;
};

static void plan(struct diary *diary, struct sample *sample, int64_t at_ms, enum act_kind act,
                 const char *text)
{
    must(diary->n < ENTRIES_MAX);
    diary->entries[diary->n] = (struct entry){
        .at_ms = at_ms, .place = diary->n, .sample = sample, .act = act, .text = text
    };
    diary->n++;
}

static void plan_intake(struct diary *diary, struct sample *sample)
{
    int64_t at_ms = sample->received_ms;

    plan(diary, sample, at_ms, ACT_RECEIVE, NULL);
    plan(diary, sample, at_ms + 5 * MINUTE_MS, ACT_ACCEPT, NULL);
    plan(diary, sample, at_ms + 10 * MINUTE_MS, ACT_CONTACT, NULL);
    if (sample_statutory(sample))
        plan(diary, sample,
             sample->expected.dispatched_ms ? sample->expected.dispatched_ms
                                            : at_ms + 15 * MINUTE_MS,
             ACT_DISPATCH, NULL);
}

static struct sample *sample_of(struct demo *demo, const char *id)
{
    for (size_t i = 0; i < demo->n_samples; i++)
        if (strcmp(demo->samples[i].id, id) == 0)
            return &demo->samples[i];
    return NULL;
}

static int in_time(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;

    if (one->at_ms != other->at_ms)
        return one->at_ms < other->at_ms ? -1 : 1;
    return one->place < other->place ? -1 : 1;
}

/* Samples of another file may lack those that the stories tell of. */
static void diary_make(struct demo *demo, struct diary *diary)
{
    for (size_t i = 0; i < demo->n_samples; i++)
        plan_intake(diary, &demo->samples[i]);
    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        struct sample *sample = sample_of(demo, stories[i].sample);
        int64_t at_ms = 0;

        must(moment_parse(stories[i].at, 0, &at_ms));
        if (sample)
            plan(diary, sample, at_ms, stories[i].act, stories[i].text);
    }
    qsort(diary->entries, diary->n, sizeof(diary->entries[0]), in_time);
}

/* "2026-02-17 07:35  S03 独居老人…  接收 受理": a line goes on while order and day stay the same. */
static void entry_tell(struct demo *demo, const struct entry *entry, const struct entry *before)
{
    struct session *session = demo->session;
    const char *day = moment_text_ms(&session->arena, entry->at_ms);
    const char *last = before ? moment_text_ms(&session->arena, before->at_ms) : "";

    if (!demo->line_open || before->sample != entry->sample ||
        strncmp(day, last, DAY_COLUMNS) != 0) {
        printf("%s%s  %-4s", demo->line_open ? "\n" : "", day, entry->sample->id);
        text_put(text_cut(&session->arena, entry->sample->title, TITLE_COLUMNS), TITLE_COLUMNS + 2,
                 stdout);
    }
    fputs(say(session, acts[entry->act].zh, acts[entry->act].en), stdout);
    if (entry->act == ACT_DISPATCH)
        printf("→%s", entry->sample->expected.main_unit);
    fputs(say(session, " ", "; "), stdout);
    fflush(stdout);
    demo->line_open = true;
}

int advance(struct demo *demo, int64_t to_ms)
{
    Hotline__Test__V1__AdvanceClockRequest ask = HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__INIT;
    Google__Protobuf__Timestamp to = moment_of(to_ms);
    Hotline__Test__V1__AdvanceClockResponse *answer = NULL;
    int r;

    if (to_ms <= demo->now_ms)
        return 0;
    ask.target_case = HOTLINE__TEST__V1__ADVANCE_CLOCK_REQUEST__TARGET_TO_TIME;
    ask.to_time = &to;
    r = hotline_advance_clock(demo->admin, &ask, &answer, &demo->session->error);
    hotline_message_free(answer);
    demo->n_calls++;
    if (r == 0)
        demo->now_ms = to_ms;
    return r;
}

int diary_follow(struct demo *demo)
{
    struct diary *diary = ARENA_NEW(&demo->session->arena, struct diary);
    int r = diary ? 0 : -ENOMEM;

    if (r == 0)
        diary_make(demo, diary);
    for (size_t i = 0; r == 0 && i < diary->n; i++) {
        const struct entry *entry = &diary->entries[i];

        entry_tell(demo, entry, i ? &diary->entries[i - 1] : NULL);
        r = advance(demo, entry->at_ms);
        if (r == 0)
            r = acts[entry->act].run(demo, entry);
    }
    if (demo->line_open)
        fputc('\n', stdout);
    fflush(stdout);
    return r;
}
