/* test_domain_review.c - review of replies, and the fix day: T26 T27. */
#include "domain_world.h"

/* T26, T27 ------------------------------------------------------------------------------------ */

static void t26_acceptance_meets_handling_at_the_submission(void **state)
{
    struct world *w = *state;
    int64_t submitted_ms;

    go_replied(w, LIMIT_FIVE_DAYS);
    submitted_ms = w->now_ms;
    w->now_ms = at("2026-07-24 10:00"); /* a slow review */
    give(w, ask(COMMAND_ACCEPT_REPLY, CLERK));
    assert_int_equal(w->order.state, ORDER_STATE_REVIEWED);
    assert_clock(w, HANDLE, STATUS_MET);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->stopped_ms, submitted_ms);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, 0);
    assert_clock(w, REVIEW, STATUS_MET);
    assert_int_equal(clock_of(w, CLOCK_REVIEW)->stopped_ms, w->now_ms);
    assert_clock(w, EXTENSION_WINDOW, STATUS_VOID);
    assert_clock(w, VISIT, STATUS_RUNNING);
    assert_clock(w, SUBMIT, STATUS_UNSPECIFIED); /* waits for the visit */
    assert_true(order_last_reply(&w->order)->accepted);
    assert_int_equal(order_last_reply(&w->order)->reviewed_ms, w->now_ms);
}

static void t26_the_rules_may_say_submit_first(void **state)
{
    struct world *w = *state;

    w->rules.visit_before_submit = false;
    go_reviewed(w);
    assert_clock(w, VISIT, STATUS_RUNNING);
    assert_clock(w, SUBMIT, STATUS_RUNNING);
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED)); /* either comes first */
    assert_clock(w, VISIT, STATUS_MET);
    assert_clock(w, SUBMIT, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_SUBMIT)->stamp, 1);
}

static void t26_nobody_reviews_his_own_reply(void **state)
{
    struct world *w = *state;
    struct command accept = ask(COMMAND_ACCEPT_REPLY, who(ROLE_OFFICE_HEAD, "specialist"));
    struct command reject = ask_reject();

    go_replied(w, LIMIT_FIVE_DAYS);
    refused(w, FAULT_OWN_REPLY, accept);
    reject.actor = accept.actor;
    refused(w, FAULT_OWN_REPLY, reject);
}

static void t27_a_rejected_reply_keeps_the_original_limit(void **state)
{
    struct world *w = *state;

    go_replied(w, LIMIT_FIVE_DAYS);
    w->now_ms = at("2026-07-16 10:00");
    give(w, ask_reject());
    assert_int_equal(w->order.state, ORDER_STATE_REPLY_REJECTED);
    assert_clock(w, HANDLE, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->due_ms, end_of("2026-07-22"));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->stamp, 1);
    assert_clock(w, EXTENSION_WINDOW, STATUS_RUNNING); /* not shut yet: open again */
    assert_clock(w, FIX, STATUS_UNSPECIFIED);
    assert_clock(w, REVIEW, STATUS_MET);
    assert_int_equal(w->order.replies_rejected, 1);
    assert_int_equal(order_last_reply(&w->order)->n_reasons, 1);
    assert_false(order_last_reply(&w->order)->accepted);
    give(w, ask(COMMAND_RECORD_PROGRESS, SPECIALIST)); /* mending is handling */
    give(w, ask_reply(w));
    assert_int_equal(order_last_reply(&w->order)->number, 2);
    assert_int_equal(clock_of(w, CLOCK_REVIEW)->stamp, 2);
}

static void t27_a_reason_is_required(void **state)
{
    struct world *w = *state;
    struct command reject = ask_reject();

    go_replied(w, LIMIT_FIVE_DAYS);
    reject.reject.n_reasons = 0;
    refused(w, FAULT_REASON_REQUIRED, reject);
    give(w, ask_reject());
    w->now_ms = end_of("2026-07-22");
    give(w, ask_reply(w));
    refused(w, FAULT_REASON_REQUIRED, reject);
}

static void t27_after_the_limit_there_is_one_fix_day(void **state)
{
    struct world *w = *state;

    go_replied(w, LIMIT_ONE_DAY);
    w->now_ms = at("2026-07-20 10:00"); /* reviewed after the limit; the reply was in time */
    give(w, ask_reject());
    assert_clock(w, HANDLE, STATUS_PAUSED);
    assert_clock(w, FIX, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_FIX)->due_ms, end_of("2026-07-21"));
    w->now_ms = at("2026-07-21 16:00");
    give(w, ask_reply(w));
    assert_false(order_last_reply(&w->order)->late);
    assert_clock(w, FIX, STATUS_PAUSED);
    /* rejected again on the fix day: the rest of that day, not a new one */
    w->now_ms = at("2026-07-21 17:00");
    give(w, ask_reject());
    assert_clock(w, FIX, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_FIX)->stamp, 1);
    assert_int_equal(clock_of(w, CLOCK_FIX)->due_ms, end_of("2026-07-21"));
    assert_clock(w, HANDLE, STATUS_PAUSED);
    give(w, ask_reply(w));
    w->now_ms = at("2026-07-23 09:00");
    give(w, ask(COMMAND_ACCEPT_REPLY, CLERK));
    assert_int_equal(clock_of(w, CLOCK_FIX)->stopped_ms, at("2026-07-21 17:00"));
    assert_clock(w, FIX, STATUS_MET);
    assert_clock(w, HANDLE, STATUS_MET);
    assert_int_equal(clock_of(w, CLOCK_FIX)->stopped_ms, order_last_reply(&w->order)->submitted_ms);
}

static void t27_a_fix_day_that_passed_is_superseded_by_a_new_one(void **state)
{
    struct world *w = *state;

    go_replied(w, LIMIT_ONE_DAY);
    w->now_ms = at("2026-07-20 10:00");
    give(w, ask_reject());
    w->now_ms = at("2026-07-21 16:00");
    give(w, ask_reply(w));
    w->now_ms = at("2026-07-23 10:00");
    give(w, ask_reject());
    assert_int_equal(clock_of(w, CLOCK_FIX)->stamp, 2);
    assert_int_equal(clock_of(w, CLOCK_FIX)->due_ms, end_of("2026-07-24"));
    assert_int_equal(w->event.n_clocks, 3); /* FIX twice, and REVIEW */
    assert_int_equal(w->event.clocks[0].kind, CLOCK_FIX);
    assert_int_equal(w->event.clocks[0].after.status, CLOCK_STATUS_SUPERSEDED);
    assert_int_equal(w->event.clocks[0].after.stamp, 1);
    assert_int_equal(w->event.clocks[1].kind, CLOCK_FIX);
    assert_int_equal(w->event.clocks[1].after.stamp, 2);
}

static void t27_the_fix_day_is_marked_only_when_the_limit_was_not(void **state)
{
    struct world *w = *state;

    go_replied(w, LIMIT_ONE_DAY); /* in time */
    w->now_ms = at("2026-07-20 10:00");
    give(w, ask_reject());
    wait_until(w, at("2026-07-22 10:00"));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, 0);
    assert_int_equal(clock_of(w, CLOCK_FIX)->overdue_ms, end_of("2026-07-21"));

    memset(&w->order, 0, sizeof(w->order));
    w->now_ms = at("2026-07-15 09:12");
    go_handling(w, LIMIT_ONE_DAY);
    wait_until(w, at("2026-07-17 10:00"));
    give(w, ask_reply(w)); /* late */
    give(w, ask_reject());
    wait_until(w, at("2026-07-21 10:00"));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, end_of("2026-07-16"));
    assert_clock(w, FIX, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_FIX)->overdue_ms, 0);
    give(w, ask_reply(w));
    assert_true(order_last_reply(&w->order)->late);
    assert_int_equal(clock_of(w, CLOCK_FIX)->overdue_ms, 0);
}

static void t27_a_fix_in_time_does_not_wash_a_missed_limit(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_ONE_DAY);
    w->now_ms = at("2026-07-17 10:00");
    give(w, ask_reply(w)); /* after the limit */
    give(w, ask_reject());
    w->now_ms = at("2026-07-20 10:00"); /* on the fix day */
    give(w, ask_reply(w));
    assert_true(order_last_reply(&w->order)->late);
}

static void t27_a_reply_after_the_fix_day_is_late(void **state)
{
    struct world *w = *state;

    go_replied(w, LIMIT_ONE_DAY);
    w->now_ms = at("2026-07-20 10:00");
    give(w, ask_reject());
    w->now_ms = end_of("2026-07-21");
    give(w, ask_reply(w));
    assert_true(order_last_reply(&w->order)->late);
    assert_int_equal(clock_of(w, CLOCK_FIX)->overdue_ms, w->now_ms);
}

static void t27_only_the_newest_replies_are_kept_here(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_TEN_DAYS);
    for (int i = 0; i < REPLIES_MAX + 2; i++) {
        give(w, ask_reply(w));
        give(w, ask_reject());
    }
    assert_int_equal(w->order.n_replies, REPLIES_MAX);
    assert_int_equal(order_last_reply(&w->order)->number, REPLIES_MAX + 2);
    assert_int_equal(w->order.replies[0].number, 3);
    assert_int_equal(w->order.replies_rejected, REPLIES_MAX + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(t26_acceptance_meets_handling_at_the_submission),
        OPEN_WORLD(t26_the_rules_may_say_submit_first),
        OPEN_WORLD(t26_nobody_reviews_his_own_reply),
        OPEN_WORLD(t27_a_rejected_reply_keeps_the_original_limit),
        OPEN_WORLD(t27_a_reason_is_required),
        OPEN_WORLD(t27_after_the_limit_there_is_one_fix_day),
        OPEN_WORLD(t27_a_fix_day_that_passed_is_superseded_by_a_new_one),
        OPEN_WORLD(t27_the_fix_day_is_marked_only_when_the_limit_was_not),
        OPEN_WORLD(t27_a_fix_in_time_does_not_wash_a_missed_limit),
        OPEN_WORLD(t27_a_reply_after_the_fix_day_is_late),
        OPEN_WORLD(t27_only_the_newest_replies_are_kept_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
