/* test_domain_handling.c - dispatch, taking, progress, reply: T04 T10 T15 T25. */
#include "domain_world.h"

/* T04, T10, T15 ------------------------------------------------------------------------------- */

static void t04_dispatch_delivers_at_once(void **state)
{
    struct world *w = *state;
    struct command dispatch = ask_dispatch(LIMIT_FIVE_DAYS);

    go_accepted(w);
    w->now_ms += 15 * MINUTE_MS;
    dispatch.dispatch.n_informed = 1;
    (void)snprintf(dispatch.dispatch.informed[0], UNIT_CODE_BYTES, "J01");
    give(w, dispatch);
    assert_int_equal(w->order.state, ORDER_STATE_DISPATCHED);
    assert_clock(w, DISPATCH, STATUS_MET);
    assert_clock(w, TAKE, STATUS_RUNNING);
    assert_clock(w, HANDLE, STATUS_RUNNING);
    assert_clock(w, EXTENSION_WINDOW, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_EXTENSION_WINDOW)->due_ms, end_of("2026-07-20"));
    assert_int_equal(w->order.assignment.number, 1);
    assert_string_equal(w->order.assignment.main_unit, "U01");
    assert_string_equal(w->order.assignment.informed[0], "J01");
    assert_int_equal(w->order.assignment.delivered_ms, w->now_ms);
    assert_int_equal(w->order.assignment.text, 3);
}

static void t04_a_one_day_order_has_no_extension_window(void **state)
{
    struct world *w = *state;

    go_accepted(w);
    give(w, ask_dispatch(LIMIT_ONE_DAY));
    assert_clock(w, EXTENSION_WINDOW, STATUS_UNSPECIFIED);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->due_ms, end_of("2026-07-16"));
}

static void t04_each_guard_of_dispatch_says_no(void **state)
{
    struct world *w = *state;
    struct command c;
    const struct refusal *refusal;

    go_accepted(w);
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.dispatch.mode = DISPATCH_MODE_NEGOTIATED;
    refused(w, FAULT_DISPATCH_MODE_NOT_AVAILABLE, c);
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.has_text = false;
    refused(w, FAULT_BASIS_REQUIRED, c);
    c = ask_dispatch(LIMIT_UNSPECIFIED);
    refused(w, FAULT_LIMIT_CLASS_REQUIRED, c);
    c = ask_dispatch(LIMIT_TEN_DAYS), c.dispatch.limit_reason_given = false;
    refusal = refused(w, FAULT_LIMIT_REASON_REQUIRED, c);
    assert_string_equal(refusal->fields[0].field, "statutory.limit_class_reason");
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.dispatch.main_unit_known = false;
    assert_string_equal(fact(refused(w, FAULT_UNIT_NOT_FOUND, c), "unit"), "U01");
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.dispatch.main_unit_active = false;
    refused(w, FAULT_UNIT_INACTIVE, c);
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.dispatch.main_unit_kind = UNIT_KIND_EXTERNAL;
    refused(w, FAULT_MAIN_UNIT_EXTERNAL, c);
    c = ask_dispatch(LIMIT_FIVE_DAYS), c.dispatch.unknown_informed = "U99";
    assert_string_equal(fact(refused(w, FAULT_UNIT_NOT_FOUND, c), "unit"), "U99");
    assert_int_equal(w->order.state, ORDER_STATE_ACCEPTED);
}

static void t04_a_matter_of_several_departments_is_not_for_one_unit(void **state)
{
    struct world *w = *state;
    struct command accept = ask(COMMAND_ACCEPT_ORDER, CLERK);

    give(w, ask_receive(w));
    accept.accept.multi_department = true;
    give(w, accept);
    refused(w, FAULT_JOINT_HANDLING_REQUIRED, ask_dispatch(LIMIT_FIVE_DAYS));
    memset(&w->order, 0, sizeof(w->order));
    give(w, ask_receive(w));
    accept.accept.multi_department = false;
    accept.accept.major = true;
    give(w, accept);
    refused(w, FAULT_JOINT_HANDLING_REQUIRED, ask_dispatch(LIMIT_FIVE_DAYS));
}

static void t10_taking_does_not_move_the_handling_limit(void **state)
{
    struct world *w = *state;
    struct clock before;

    go_accepted(w);
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    before = *clock_of(w, CLOCK_HANDLE);
    w->now_ms = at("2026-07-17 10:00");
    give(w, ask(COMMAND_TAKE_ORDER, SPECIALIST));
    assert_int_equal(w->order.state, ORDER_STATE_HANDLING);
    assert_clock(w, TAKE, STATUS_MET);
    assert_memory_equal(&before, clock_of(w, CLOCK_HANDLE), sizeof(before));
    assert_int_equal(w->order.assignment.taken_ms, w->now_ms);
    assert_string_equal(w->order.assignment.taken_by.id, "specialist");
}

static void t15_progress_touches_no_clock(void **state)
{
    struct world *w = *state;

    go_accepted(w);
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    give(w, ask(COMMAND_RECORD_PROGRESS, GRID));
    give(w, ask(COMMAND_TAKE_ORDER, SPECIALIST));
    w->now_ms += MINUTE_MS;
    give(w, ask(COMMAND_RECORD_PROGRESS, SPECIALIST));
    assert_int_equal(w->event.n_clocks, 0);
    assert_int_equal(w->order.progress_count, 2);
    assert_int_equal(w->order.progress_ms, w->now_ms);
    assert_int_equal(w->order.state, ORDER_STATE_HANDLING);
}

/* T25 ----------------------------------------------------------------------------------------- */

static void t25_a_reply_holds_the_handling_clock(void **state)
{
    struct world *w = *state;
    struct clock before;

    go_handling(w, LIMIT_FIVE_DAYS);
    before = *clock_of(w, CLOCK_HANDLE);
    w->now_ms = at("2026-07-16 10:00");
    give(w, ask_reply(w));
    assert_int_equal(w->order.state, ORDER_STATE_REPLIED);
    assert_clock(w, HANDLE, STATUS_PAUSED);
    assert_clock(w, EXTENSION_WINDOW, STATUS_PAUSED);
    assert_clock(w, REVIEW, STATUS_RUNNING);
    assert_clock(w, CONTACT, STATUS_RUNNING); /* replying is no way round first contact */
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->due_ms, before.due_ms);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, 0);
    assert_int_equal(order_last_reply(&w->order)->number, 1);
    assert_false(order_last_reply(&w->order)->late);
    assert_string_equal(order_last_reply(&w->order)->author.id, "specialist");
}

static void t25_the_citizen_is_answered_first(void **state)
{
    struct world *w = *state;
    struct command reply;
    const struct refusal *refusal;

    go_handling(w, LIMIT_FIVE_DAYS);
    w->now_ms += 60 * MINUTE_MS;
    reply = ask_reply(w);
    reply.reply.answered_ms = 0;
    refusal = refused(w, FAULT_CITIZEN_NOT_ANSWERED, reply);
    assert_string_equal(fact(refusal, "article"), "8(4)");
    assert_string_equal(fact(refusal, "not_before"), "2026-07-15T09:12:00+08:00");
    reply.reply.answered_ms = w->order.assignment.delivered_ms - 1;
    refused(w, FAULT_CITIZEN_NOT_ANSWERED, reply);
    reply.reply.answered_ms = w->now_ms + 1;
    refused(w, FAULT_CITIZEN_NOT_ANSWERED, reply);
    reply.reply.answered_ms = w->order.assignment.delivered_ms;
    give(w, reply);
}

static void t25_a_plan_has_a_date_that_can_still_be_kept(void **state)
{
    struct world *w = *state;
    struct command reply;

    go_handling(w, LIMIT_FIVE_DAYS);
    reply = ask_reply(w);
    reply.reply.result = RESULT_HAS_PLAN;
    refused(w, FAULT_PLAN_REQUIRED, reply);
    reply.reply.plan_day = day_of("2026-07-14");
    refused(w, FAULT_PLAN_REQUIRED, reply);
    reply.reply.plan_day = day_of("2026-07-15");
    reply.has_text = false;
    refused(w, FAULT_PLAN_REQUIRED, reply);
    reply.has_text = true;
    give(w, reply);
    assert_int_equal(order_last_reply(&w->order)->plan_day, day_of("2026-07-15"));
}

static void t25_a_plan_day_without_plan_is_dropped(void **state)
{
    struct world *w = *state;
    struct command reply;

    go_handling(w, LIMIT_FIVE_DAYS);
    reply = ask_reply(w);
    reply.reply.plan_day = day_of("2026-08-01");
    give(w, reply);
    assert_int_equal(order_last_reply(&w->order)->plan_day, 0);
}

static void t25_each_basis_needs_its_evidence(void **state)
{
    struct world *w = *state;
    struct command reply;

    go_handling(w, LIMIT_FIVE_DAYS);
    reply = ask_reply(w);
    reply.reply.basis = BASIS_UNSPECIFIED;
    refused(w, FAULT_RESULT_REQUIRED, reply);
    reply = ask_reply(w);
    reply.reply.result = RESULT_UNSPECIFIED;
    refused(w, FAULT_RESULT_REQUIRED, reply);
    reply = ask_reply(w);
    reply.reply.basis = BASIS_PROCEDURAL;
    refused(w, FAULT_STATEMENT_REQUIRED, reply);
    reply.reply.basis = BASIS_CONDITIONS_NOT_RIPE;
    refused(w, FAULT_TALK_REQUIRED, reply);
    give(w,
         ask_contact(w, CLERK, CONTACT_RESULT_REACHED)); /* the office's talk is not the unit's */
    refused(w, FAULT_TALK_REQUIRED, reply);
    give(w, ask_contact(w, SPECIALIST, CONTACT_RESULT_NO_ANSWER));
    refused(w, FAULT_TALK_REQUIRED, reply);
    give(w, ask_contact(w, SPECIALIST, CONTACT_RESULT_REACHED));
    give(w, reply);
}

static void t25_a_reply_after_the_limit_is_late_and_the_miss_is_marked(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_ONE_DAY);
    w->now_ms = end_of("2026-07-16"); /* the first instant that is too late, before any timer */
    give(w, ask_reply(w));
    assert_true(order_last_reply(&w->order)->late);
    assert_clock(w, HANDLE, STATUS_PAUSED);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, w->now_ms);
}

static void t25_the_last_millisecond_is_in_time(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_ONE_DAY);
    w->now_ms = end_of("2026-07-16") - 1;
    give(w, ask_reply(w));
    assert_false(order_last_reply(&w->order)->late);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, 0);
}

static void t25_a_provisional_limit_blames_nobody(void **state)
{
    struct world *w = *state;

    w->now_ms = at("2026-12-28 10:30");
    go_handling(w, LIMIT_FIVE_DAYS);
    w->now_ms = at("2027-01-08 10:00");
    give(w, ask_reply(w));
    assert_false(order_last_reply(&w->order)->late);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(t04_dispatch_delivers_at_once),
        OPEN_WORLD(t04_a_one_day_order_has_no_extension_window),
        OPEN_WORLD(t04_each_guard_of_dispatch_says_no),
        OPEN_WORLD(t04_a_matter_of_several_departments_is_not_for_one_unit),
        OPEN_WORLD(t10_taking_does_not_move_the_handling_limit),
        OPEN_WORLD(t15_progress_touches_no_clock),
        OPEN_WORLD(t25_a_reply_holds_the_handling_clock),
        OPEN_WORLD(t25_the_citizen_is_answered_first),
        OPEN_WORLD(t25_a_plan_has_a_date_that_can_still_be_kept),
        OPEN_WORLD(t25_a_plan_day_without_plan_is_dropped),
        OPEN_WORLD(t25_each_basis_needs_its_evidence),
        OPEN_WORLD(t25_a_reply_after_the_limit_is_late_and_the_miss_is_marked),
        OPEN_WORLD(t25_the_last_millisecond_is_in_time),
        OPEN_WORLD(t25_a_provisional_limit_blames_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
