/*
 * view_timeline.c - history entries as timeline events.
 *
 * An entry holds the full new value of every clock it changed, not what was done to it, and the
 * number of its transition, not which of the lifecycle's sentences it followed. Both are clear once
 * the order as it stood before is at hand, so the history is replayed from its start; it is short,
 * and a page only decides which events are shown.
 */
#include "service/view_timeline.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "domain/civil.h"
#include "domain/tables.h"
#include "service/view_base.h"
#include "service/view_clock.h"
#include "service/view_order.h"
#include "service/view_said.h"

#include "base/base.h"

/* What the walk remembers of the events behind it. */
struct walk {
    const struct timeline_view *of;
    struct arena *arena;
    struct words_list words;
    uint32_t parts;
    struct history_entry entry;    /* the event at hand */
    struct order before;           /* the order as it stood */
    struct command command;        /* what was asked, as far as the lifecycle looks at it */
    uint32_t records[COMMAND_MAX]; /* how many of each command so far */
    uint32_t visits;               /* ended so far */
    uint8_t chain[DIGEST_BYTES];
};

/* what happened ------------------------------------------------------------------------------- */

static bool clock_overdue_now(const struct event *event, const struct clock *clock)
{
    return clock->overdue_ms && clock->overdue_ms == event->at_ms;
}

/* A rung fired in this event: two events may share an instant, so the clock before decides. */
static bool clock_reminded_now(const struct clock *before, const struct clock *after)
{
    return after->rungs_fired > (after->stamp == before->stamp ? before->rungs_fired : 0);
}

static bool event_marks_overdue(const struct event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++)
        if (clock_overdue_now(event, &event->clocks[i].after))
            return true;
    return false;
}

/* The kind is the number of the transition; what is no transition has a number of its own. */
static Hotline__V1__EventKind event_kind(const struct event *event)
{
    switch (event->command) {
    case COMMAND_FIRE_TIMER:
        return event_marks_overdue(event) ? HOTLINE__V1__EVENT_KIND__EVENT_KIND_OVERDUE
                                          : HOTLINE__V1__EVENT_KIND__EVENT_KIND_REMINDED;
    case COMMAND_ACKNOWLEDGE_REMINDER:
        return HOTLINE__V1__EVENT_KIND__EVENT_KIND_REMINDER_ACKNOWLEDGED;
    case COMMAND_RECORD_VISIT_ATTEMPT:
        return event->visit_done ? HOTLINE__V1__EVENT_KIND__EVENT_KIND_VISITED
                                 : HOTLINE__V1__EVENT_KIND__EVENT_KIND_VISIT_ATTEMPTED;
    default:
        return (Hotline__V1__EventKind)event->row;
    }
}

/* The sentence of the lifecycle that was followed: asked again, as it was asked then. NULL when
 * today's tables have another one. */
static const struct lifecycle_row *event_row(struct walk *walk)
{
    const struct event *event = &walk->entry.event;
    struct command *command = &walk->command;
    struct situation situation = {
        .order = &walk->before,
        .rules = walk->of->rules,
        .calendar = walk->of->calendar,
        .now_ms = event->at_ms,
    };
    const struct lifecycle_row *row;

    memset(command, 0, sizeof(*command));
    command->kind = event->command;
    command->actor = event->actor;
    command->has_text = event->text;
    if (event->command == COMMAND_RECORD_CONTACT)
        command->contact = event->body.contacted;
    if (event->command == COMMAND_RECORD_VISIT || event->command == COMMAND_RECORD_VISIT_ATTEMPT)
        command->visit = event->body.visited;
    row = lifecycle_find(&situation, command);
    return row && row->number == event->row ? row : NULL;
}

static void show_label(struct walk *walk, Hotline__V1__TimelineEvent *shown)
{
    const struct event *event = &walk->entry.event;
    const struct lifecycle_row *row = event_row(walk);
    const struct command_row *command = &commands[event->command];

    shown->label_zh = view_text(row && row->zh ? row->zh : command->zh);
    shown->label_en = view_text(command->en);
    shown->article = view_text(row ? row->article : NULL);
    if (shown->kind <= HOTLINE__V1__EVENT_KIND__EVENT_KIND_OVERDUE && event->row)
        shown->transition = view_number(event->row < 10 ? "T0" : "T", event->row, walk->arena);
}

/* clocks -------------------------------------------------------------------------------------- */

/* What was done to a clock; UNSPECIFIED when only its reminders moved on. */
static Hotline__V1__ClockChangeKind clock_change_kind(const struct clock *before,
                                                      const struct clock *after)
{
    if (after->stamp > before->stamp)
        return before->stamp == 0 ? HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_STARTED
                                  : HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_RESTARTED;
    if (after->status == before->status)
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_UNSPECIFIED;
    switch (after->status) {
    case CLOCK_STATUS_RUNNING:
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_RESUMED;
    case CLOCK_STATUS_PAUSED:
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_PAUSED;
    case CLOCK_STATUS_MET:
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_MET;
    case CLOCK_STATUS_VOID:
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_VOIDED;
    case CLOCK_STATUS_SUPERSEDED:
        return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_SUPERSEDED;
    case CLOCK_STATUS_UNSPECIFIED:
        break;
    }
    return HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_UNSPECIFIED;
}

static void add_change(const struct walk *walk, const struct clock_change *change,
                       Hotline__V1__ClockChangeKind kind, Hotline__V1__TimelineEvent *shown)
{
    Hotline__V1__ClockChange *to;

    if (kind == HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_UNSPECIFIED)
        return;
    to = view_new(walk->arena, &hotline__v1__clock_change__descriptor);
    if (!to)
        return;
    to->kind = (Hotline__V1__ClockKind)change->kind;
    to->stamp = change->after.stamp;
    to->change = kind;
    to->due_time = view_time(change->after.due_ms, walk->arena);
    shown->clock_changes[shown->n_clock_changes++] = to;
}

static void show_changes(const struct walk *walk, Hotline__V1__TimelineEvent *shown)
{
    const struct event *event = &walk->entry.event;

    if (event->n_clocks == 0)
        return;
    shown->clock_changes =
        ARENA_ARRAY(walk->arena, Hotline__V1__ClockChange *, 2 * event->n_clocks);
    for (size_t i = 0; shown->clock_changes && i < event->n_clocks; i++) {
        const struct clock_change *change = &event->clocks[i];

        add_change(walk, change,
                   clock_change_kind(&walk->before.clocks[change->kind], &change->after), shown);
        if (clock_overdue_now(event, &change->after))
            add_change(walk, change, HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_OVERDUE,
                       shown);
    }
}

/* texts --------------------------------------------------------------------------------------- */

static void add_reminder(const struct walk *walk, const struct clock_change *change,
                         Hotline__V1__TimelineEvent *shown)
{
    const char *zh = clocks[change->kind].zh ? clocks[change->kind].zh : "";
    bool seen = walk->entry.event.command == COMMAND_ACKNOWLEDGE_REMINDER;
    char last_day[CIVIL_TEXT_BYTES];
    const char *text;
    Hotline__V1__EventText *to;

    civil_format(clock_last_day(&change->after), last_day);
    text = arena_printf(walk->arena, "%s：第%u级提醒%s，截止日%s", zh, change->after.rungs_fired,
                        seen ? "已确认" : "", last_day);
    to = view_event_text("提醒", "reminder", text, walk->arena);
    if (to && shown->n_texts < EVENT_TEXTS_MAX)
        shown->texts[shown->n_texts++] = to;
}

static void show_texts(struct walk *walk, Hotline__V1__TimelineEvent *shown)
{
    const struct event *event = &walk->entry.event;
    const struct clock *before;

    shown->texts = ARENA_ARRAY(walk->arena, Hotline__V1__EventText *, EVENT_TEXTS_MAX);
    if (!shown->texts)
        return;
    shown->n_texts = view_said(words_numbered(&walk->words, event->text), walk->parts, walk->arena,
                               shown->texts);
    for (size_t i = 0; i < event->n_clocks; i++) {
        before = &walk->before.clocks[event->clocks[i].kind];
        if (clock_reminded_now(before, &event->clocks[i].after) ||
            (event->clocks[i].after.rung_acknowledged && !before->rung_acknowledged))
            add_reminder(walk, &event->clocks[i], shown);
    }
}

/* one event ----------------------------------------------------------------------------------- */

/* Number of the contact, note, reply or visit this event made. */
static uint32_t record_number(const struct walk *walk)
{
    enum command_kind command = walk->entry.event.command;

    switch (command) {
    case COMMAND_RECORD_CONTACT:
    case COMMAND_RECORD_PROGRESS:
    case COMMAND_SUBMIT_REPLY:
        return walk->records[command] + 1;
    case COMMAND_RECORD_VISIT:
    case COMMAND_RECORD_VISIT_ATTEMPT:
        return walk->visits + 1;
    default:
        return 0;
    }
}

static Hotline__V1__TimelineEvent *show_event(struct walk *walk, size_t number)
{
    const struct event *event = &walk->entry.event;
    struct arena *a = walk->arena;
    Hotline__V1__TimelineEvent *shown = view_new(a, &hotline__v1__timeline_event__descriptor);

    if (!shown)
        return NULL;
    shown->number = (uint32_t)number;
    shown->kind = event_kind(event);
    shown->event_time = view_time(event->at_ms, a);
    shown->actor = view_actor(walk->of->subdistrict, walk->of->directory, &event->actor,
                              walk->entry.main_unit, a);
    shown->from_state = (Hotline__V1__OrderState)event->from;
    shown->to_state = (Hotline__V1__OrderState)event->to;
    shown->record_number = record_number(walk);
    shown->chain_digest = view_digest(walk->chain, a);
    show_label(walk, shown);
    show_changes(walk, shown);
    show_texts(walk, shown);
    return shown;
}

/* The next entry; -EBADMSG when it does not follow from the ones before. */
static int walk_read(struct walk *walk, struct slice bytes)
{
    const struct event *event = &walk->entry.event;
    int r = history_unpack(bytes, walk->arena, &walk->entry);

    if (r < 0)
        return r;
    if (event->from != walk->before.state || event->at_ms < walk->before.last_event_ms)
        return -EBADMSG;
    history_chain(walk->chain, bytes);
    return 0;
}

/* The event at hand falls behind. */
static void walk_on(struct walk *walk)
{
    const struct event *event = &walk->entry.event;

    order_apply(&walk->before, event);
    walk->records[event->command]++;
    if (event->visit_done)
        walk->visits++;
}

int view_timeline(const struct timeline_view *view, size_t first, size_t count, struct arena *a,
                  Hotline__V1__TimelineEvent **ret_events, size_t *ret_count)
{
    struct walk *walk = ARENA_NEW(a, struct walk);
    size_t shown = 0;
    int r;

    if (!walk)
        return -ENOMEM;
    walk->of = view;
    walk->arena = a;
    walk->parts = order_parts(view->relation);
    words_list_init(&walk->words, view->texts, view->n_texts, a);
    for (size_t i = 0; i < view->n_history && shown < count; i++) {
        r = walk_read(walk, view->history[i]);
        if (r < 0)
            return r;
        if (i >= first)
            ret_events[shown++] = show_event(walk, i + 1);
        walk_on(walk);
    }
    if (a->failed)
        return -ENOMEM;
    *ret_count = shown;
    return 0;
}

/* the start of a clock ------------------------------------------------------------------------ */

static bool event_started(const struct event *event, enum clock_kind kind, uint32_t stamp)
{
    for (size_t i = 0; i < event->n_clocks; i++)
        if (event->clocks[i].kind == kind && event->clocks[i].after.stamp == stamp)
            return true;
    return false;
}

Hotline__V1__StartEvent *view_start_event(const struct timeline_view *view, enum clock_kind kind,
                                          uint32_t stamp, struct arena *a)
{
    struct walk *walk = ARENA_NEW(a, struct walk);
    Hotline__V1__StartEvent *shown = view_new(a, &hotline__v1__start_event__descriptor);
    Hotline__V1__TimelineEvent event = HOTLINE__V1__TIMELINE_EVENT__INIT;

    for (size_t i = 0; walk && shown && i < view->n_history; i++, walk_on(walk)) {
        walk->of = view;
        walk->arena = a;
        if (walk_read(walk, view->history[i]) < 0)
            return NULL;
        if (!event_started(&walk->entry.event, kind, stamp))
            continue;
        event.kind = event_kind(&walk->entry.event);
        show_label(walk, &event);
        shown->number = (uint32_t)(i + 1);
        shown->label_zh = event.label_zh;
        shown->label_en = event.label_en;
        shown->transition = event.transition;
        shown->event_time = view_time(walk->entry.event.at_ms, a);
        return a->failed ? NULL : shown;
    }
    return NULL;
}
