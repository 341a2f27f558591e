/*
 * test_view_timeline.c - the history of an order, event by event.
 */
#include "tests/unit/test_view.h"

#include <errno.h>

#include "base/base.h"

enum { EVENTS_MAX = 64 };

struct page {
    Hotline__V1__TimelineEvent *events[EVENTS_MAX];
    size_t n;
};

static void read_page(struct desk_office *o, enum relation relation, size_t first, size_t count,
                      struct page *page)
{
    struct timeline_view view = timeline_for(o, relation);

    assert_int_equal(view_timeline(&view, first, count, &o->arena, page->events, &page->n), 0);
}

static const Hotline__V1__EventText *text_of(const Hotline__V1__TimelineEvent *event,
                                             const char *field)
{
    for (size_t i = 0; i < event->n_texts; i++)
        if (strcmp(event->texts[i]->field, field) == 0)
            return event->texts[i];
    return NULL;
}

/* What became of a clock in an event; 0 = nothing. */
static int change_of(const Hotline__V1__TimelineEvent *event, enum clock_kind kind)
{
    for (size_t i = 0; i < event->n_clock_changes; i++)
        if ((int)event->clock_changes[i]->kind == (int)kind)
            return (int)event->clock_changes[i]->change;
    return 0;
}

/* An order that went every way this release knows. */
static void walk_everywhere(struct desk_office *o)
{
    Hotline__V1__RecordContactRequest *missed;

    walk_to(o, ORDER_STATE_RECEIVED);
    missed = a_contact(o);
    missed->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_NO_ANSWER;
    step(o, "RecordContact", missed, ROLE_OFFICE_CLERK);
    walk_to(o, ORDER_STATE_HANDLING);
    step(o, "RecordProgress", a_note(o), ROLE_SPECIALIST);
    walk_to(o, ORDER_STATE_REPLIED);
    step(o, "RejectReply", a_rejection(o), ROLE_OFFICE_CLERK);
    walk_to(o, ORDER_STATE_REVIEWED);
    step(o, "RecordVisitAttempt", an_attempt(o), ROLE_OFFICE_CLERK);
    o->now_ms += 5 * HOUR_MS;
    walk_to(o, ORDER_STATE_CLOSED);
    step(o, "ReceiveOrder", a_delivery(o), ROLE_DISTRICT_SYNC); /* amended after all */
}

/* kinds, labels, states ----------------------------------------------------------------------- */

static void every_event_says_what_happened_by_which_article_and_who_did_it(void **state)
{
    static const struct {
        int kind;
        const char *transition;
        int to;
        uint32_t record;
    } expected[] = {
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_RECEIVED, "T01", ORDER_STATE_RECEIVED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_CONTACT_RECORDED, "T03", ORDER_STATE_RECEIVED, 1 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_ACCEPTED, "T02", ORDER_STATE_ACCEPTED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_DISPATCHED, "T04", ORDER_STATE_DISPATCHED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_TAKEN, "T10", ORDER_STATE_HANDLING, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_PROGRESS_RECORDED, "T15", ORDER_STATE_HANDLING, 1 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_REPLY_SUBMITTED, "T25", ORDER_STATE_REPLIED, 1 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_REPLY_REJECTED, "T27", ORDER_STATE_REPLY_REJECTED,
          0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_REPLY_SUBMITTED, "T25", ORDER_STATE_REPLIED, 2 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_REPLY_ACCEPTED, "T26", ORDER_STATE_REVIEWED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_VISIT_ATTEMPTED, "", ORDER_STATE_REVIEWED, 1 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_VISITED, "T28", ORDER_STATE_REVIEWED, 1 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_CLOSING_SUBMITTED, "T33", ORDER_STATE_SUBMITTED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_CLOSING_RECORDED, "T34", ORDER_STATE_CLOSED, 0 },
        { HOTLINE__V1__EVENT_KIND__EVENT_KIND_AMENDED, "T39", ORDER_STATE_CLOSED, 0 },
    };
    struct desk_office o;
    struct page page;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &page);
    assert_int_equal(page.n, COUNT_OF(expected));
    for (size_t i = 0; i < page.n; i++) {
        assert_int_equal(page.events[i]->number, i + 1);
        assert_int_equal(page.events[i]->kind, expected[i].kind);
        assert_string_equal(page.events[i]->transition, expected[i].transition);
        assert_int_equal(page.events[i]->to_state, expected[i].to);
        assert_int_equal(page.events[i]->from_state, i ? expected[i - 1].to : 0);
        assert_int_equal(page.events[i]->record_number, expected[i].record);
        assert_string_not_equal(page.events[i]->label_zh, "");
        assert_string_not_equal(page.events[i]->label_en, "");
        assert_string_not_equal(page.events[i]->article, "");
        assert_non_null(page.events[i]->actor);
    }
    assert_string_equal(page.events[0]->actor->principal, "hotline://" CODE "/district/hub");
    assert_string_equal(page.events[4]->actor->display_name, "林专员");
    assert_string_equal(page.events[4]->actor->unit, "subdistricts/" CODE "/units/U01");
    /* the sentence that was followed, not the first of its transition */
    assert_non_null(strstr(page.events[1]->label_zh, "未接通"));
    office_close(&o);
}

static void what_was_done_to_each_clock_follows_from_the_clock_before(void **state)
{
    struct desk_office o;
    struct page page;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &page);
    assert_int_equal(change_of(page.events[0], CLOCK_CONTACT),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_STARTED);
    assert_int_equal(change_of(page.events[2], CLOCK_ACCEPT),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_MET);
    assert_int_equal(change_of(page.events[6], CLOCK_HANDLE),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_PAUSED);
    assert_int_equal(change_of(page.events[7], CLOCK_HANDLE),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_RESUMED);
    assert_int_equal(change_of(page.events[8], CLOCK_REVIEW),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_RESTARTED);
    assert_int_equal(change_of(page.events[9], CLOCK_HANDLE),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_MET);
    assert_int_equal(change_of(page.events[13], CLOCK_CONTACT),
                     HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_VOIDED);
    assert_int_equal(change_of(page.events[5], CLOCK_HANDLE), 0);
    office_close(&o);
}

/* the timer ----------------------------------------------------------------------------------- */

static void reminders_and_overdue_marks_are_told_with_their_clocks(void **state)
{
    struct desk_office o;
    struct page page;
    const Hotline__V1__EventText *reminder;
    bool overdue = false;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_RECEIVED);
    while (o.n_history < 40 && o.order.clocks[CLOCK_CONTACT].overdue_ms == 0)
        step_timer(&o, order_wake_ms(&o.order));
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &page);
    assert_in_range(page.n, 3, EVENTS_MAX);
    for (size_t i = 1; i < page.n; i++) {
        reminder = text_of(page.events[i], "reminder");
        overdue = change_of(page.events[i], CLOCK_CONTACT) ==
                  HOTLINE__V1__CLOCK_CHANGE_KIND__CLOCK_CHANGE_KIND_OVERDUE;
        assert_int_equal(page.events[i]->kind, overdue
                                                   ? HOTLINE__V1__EVENT_KIND__EVENT_KIND_OVERDUE
                                                   : HOTLINE__V1__EVENT_KIND__EVENT_KIND_REMINDED);
        assert_true(reminder || overdue);
        if (reminder)
            assert_non_null(strstr(reminder->text, "截止日2026-07-"));
        assert_string_equal(page.events[i]->actor->principal, "timer");
    }
    assert_true(overdue); /* the last one */
    office_close(&o);
}

static void an_acknowledged_reminder_is_told(void **state)
{
    struct desk_office o;
    struct errand *errand;
    struct page page;
    const Hotline__V1__TimelineEvent *last;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_RECEIVED);
    step_timer(&o, order_wake_ms(&o.order));
    errand = errand_for(&o, "TakeOrder", NULL, ROLE_OFFICE_CLERK);
    errand->command = (struct command){
        .kind = COMMAND_ACKNOWLEDGE_REMINDER,
        .actor = { ROLE_OFFICE_CLERK, "chen" },
        .acknowledge.clock = CLOCK_CONTACT,
        .acknowledge.stamp = 1,
        .acknowledge.rung = (uint8_t)(o.order.clocks[CLOCK_CONTACT].rungs_fired - 1),
    };
    assert_null(step_decide(&o, errand));
    keep_step(&o, errand);
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &page);
    last = page.events[page.n - 1];
    assert_int_equal(last->kind, HOTLINE__V1__EVENT_KIND__EVENT_KIND_REMINDER_ACKNOWLEDGED);
    assert_string_equal(last->transition, "");
    assert_non_null(strstr(text_of(last, "reminder")->text, "已确认"));
    office_close(&o);
}

/* texts --------------------------------------------------------------------------------------- */

static void the_texts_of_an_event_are_those_its_command_brought(void **state)
{
    struct desk_office o;
    struct page page;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &page);
    assert_string_equal(text_of(page.events[0], "text.title")->text, "电梯故障");
    assert_string_equal(text_of(page.events[0], "text.title")->label_zh, "标题");
    assert_non_null(strstr(text_of(page.events[0], "facts")->text, "channel: PHONE"));
    assert_non_null(
        strstr(text_of(page.events[0], "facts")->text, "received_time: 2026-07-06T09:00:00+08:00"));
    assert_string_equal(text_of(page.events[3], "statutory.legal_basis")->text,
                        "街道职责清单第12项");
    assert_int_equal(page.events[4]->n_texts, 0);
    assert_non_null(strstr(text_of(page.events[7], "facts")->text, "reasons: RESULT_UNCLEAR"));
    assert_null(text_of(page.events[6], "answer.delivered_to")); /* a name: in the reply only */
    for (size_t i = 0; i < page.n; i++)
        for (size_t j = 0; j < page.events[i]->n_texts; j++)
            assert_null(strstr(page.events[i]->texts[j]->text, "王某某")); /* nor the citizen */
    office_close(&o);
}

static void an_informed_unit_reads_only_what_its_parts_hold(void **state)
{
    struct desk_office o;
    struct page page;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    read_page(&o, RELATION_INFORMED, 0, EVENTS_MAX, &page);
    assert_non_null(text_of(page.events[0], "text.title"));
    assert_null(text_of(page.events[0], "text.content"));
    assert_non_null(text_of(page.events[0], "place.address"));
    assert_int_equal(page.events[1]->n_texts, 0); /* the contact */
    assert_null(text_of(page.events[3], "statutory.legal_basis"));
    assert_null(text_of(page.events[6], "result_text"));
    assert_null(text_of(page.events[6], "facts"));
    assert_non_null(text_of(page.events[6], "reminder")); /* the review clock is armed: a fact */
    read_page(&o, RELATION_NONE, 0, EVENTS_MAX, &page);
    for (size_t i = 0; i < page.n; i++)
        assert_null(text_of(page.events[i], "text.title"));
    office_close(&o);
}

/* pages, chain, trouble ----------------------------------------------------------------------- */

static void a_page_is_the_same_events_as_the_whole(void **state)
{
    struct desk_office o;
    struct page whole, page;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    read_page(&o, RELATION_OFFICE, 0, EVENTS_MAX, &whole);
    for (size_t first = 0; first <= whole.n; first += 4) {
        read_page(&o, RELATION_OFFICE, first, 4, &page);
        assert_int_equal(page.n, whole.n - first < 4 ? whole.n - first : 4);
        for (size_t i = 0; i < page.n; i++) {
            assert_string_equal(page.events[i]->chain_digest,
                                whole.events[first + i]->chain_digest);
            assert_int_equal(page.events[i]->n_clock_changes,
                             whole.events[first + i]->n_clock_changes);
            assert_int_equal(page.events[i]->record_number, whole.events[first + i]->record_number);
        }
    }
    assert_string_equal(whole.events[whole.n - 1]->chain_digest,
                        view_digest(o.order.chain, &o.arena));
    office_close(&o);
}

static void a_history_that_does_not_follow_is_refused(void **state)
{
    struct desk_office o;
    struct timeline_view view;
    struct page page;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    view = timeline_for(&o, RELATION_OFFICE);
    o.history[1] = o.history[2]; /* an event is missing */
    assert_int_equal(view_timeline(&view, 0, 9, &o.arena, page.events, &page.n), -EBADMSG);
    o.history[1] = slice_text("\xff");
    assert_int_equal(view_timeline(&view, 0, 9, &o.arena, page.events, &page.n), -EBADMSG);
    assert_null(view_start_event(&view, CLOCK_HANDLE, 1, &o.arena));
    office_close(&o);
}

static void the_event_that_started_a_clock_is_found(void **state)
{
    struct desk_office o;
    struct timeline_view view;
    Hotline__V1__StartEvent *start;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    view = timeline_for(&o, RELATION_OFFICE);
    start = view_start_event(&view, CLOCK_HANDLE, 1, &o.arena);
    assert_int_equal(start->number, 4);
    assert_string_equal(start->transition, "T04");
    assert_non_null(strstr(start->label_zh, "派发"));
    assert_non_null(start->event_time);
    assert_int_equal(view_start_event(&view, CLOCK_REVIEW, 2, &o.arena)->number, 9);
    assert_null(view_start_event(&view, CLOCK_REVIEW, 3, &o.arena));
    office_close(&o);
}

static void every_allocation_may_fail_and_the_timeline_says_so(void **state)
{
    struct desk_office o;
    struct timeline_view view;
    struct page page;
    int r = -ENOMEM;

    (void)state;
    office_open(&o);
    walk_everywhere(&o);
    view = timeline_for(&o, RELATION_OFFICE);
    for (uint64_t n = 1; r < 0; n++) {
        struct arena a;

        arena_init(&a, 8 << 20);
        memory_fail_at(n);
        r = view_timeline(&view, 0, EVENTS_MAX, &a, page.events, &page.n);
        memory_fail_at(0);
        assert_true(r == 0 || r == -ENOMEM);
        arena_release(&a);
    }
    for (uint64_t n = 1;; n++) {
        Hotline__V1__StartEvent *start;
        struct arena a;

        arena_init(&a, 8 << 20);
        memory_fail_at(n);
        start = view_start_event(&view, CLOCK_VISIT, 1, &a);
        memory_fail_at(0);
        assert_true(start || a.failed);
        arena_release(&a);
        if (start)
            break;
    }
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_says_what_happened_by_which_article_and_who_did_it),
        cmocka_unit_test(what_was_done_to_each_clock_follows_from_the_clock_before),
        cmocka_unit_test(reminders_and_overdue_marks_are_told_with_their_clocks),
        cmocka_unit_test(an_acknowledged_reminder_is_told),
        cmocka_unit_test(the_texts_of_an_event_are_those_its_command_brought),
        cmocka_unit_test(an_informed_unit_reads_only_what_its_parts_hold),
        cmocka_unit_test(a_page_is_the_same_events_as_the_whole),
        cmocka_unit_test(a_history_that_does_not_follow_is_refused),
        cmocka_unit_test(the_event_that_started_a_clock_is_found),
        cmocka_unit_test(every_allocation_may_fail_and_the_timeline_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
