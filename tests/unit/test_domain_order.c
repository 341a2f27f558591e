/* test_domain_order.c - questions to an order, and what replay must not forget. */
#include "domain_world.h"

#include "domain/guards.h"
#include "domain/refuse.h"

static void an_order_is_open_between_nothing_and_its_end(void **state UNUSED)
{
    struct order order = { 0 };

    assert_false(order_is_open(&order));
    order.state = ORDER_STATE_RECEIVED;
    assert_true(order_is_open(&order));
    order.state = ORDER_STATE_CLOSED_VISIT_DUE;
    assert_true(order_is_open(&order));
    order.state = ORDER_STATE_CLOSED;
    assert_false(order_is_open(&order));
}

static void an_order_wakes_at_the_earliest_of_its_running_clocks(void **state UNUSED)
{
    struct order order = { 0 };

    assert_int_equal(order_wake_ms(&order), 0);
    order.clocks[CLOCK_CONTACT] = (struct clock){ .status = CLOCK_STATUS_RUNNING, .wake_ms = 20 };
    order.clocks[CLOCK_ORDER] = (struct clock){ .status = CLOCK_STATUS_RUNNING, .wake_ms = 30 };
    order.clocks[CLOCK_HANDLE] = (struct clock){ .status = CLOCK_STATUS_RUNNING, .wake_ms = 10 };
    order.clocks[CLOCK_REVIEW] = (struct clock){ .status = CLOCK_STATUS_RUNNING };
    order.clocks[CLOCK_FIX] = (struct clock){ .status = CLOCK_STATUS_PAUSED, .wake_ms = 5 };
    assert_int_equal(order_wake_ms(&order), 10);
}

static void only_hard_and_official_clocks_make_an_order_overdue(void **state UNUSED)
{
    struct order order = { 0 };

    order.clocks[CLOCK_ORDER] = (struct clock){ .status = CLOCK_STATUS_RUNNING, .due_ms = 10 };
    order.clocks[CLOCK_TAKE] = (struct clock){ .status = CLOCK_STATUS_RUNNING, .due_ms = 10 };
    assert_false(order_is_overdue(&order, 100));
    order.clocks[CLOCK_HANDLE] =
        (struct clock){ .status = CLOCK_STATUS_RUNNING, .due_ms = 50, .provisional_from = 1 };
    assert_false(order_is_overdue(&order, 100));
    order.clocks[CLOCK_HANDLE].provisional_from = 0;
    assert_true(order_is_overdue(&order, 100));
    assert_true(order_is_overdue(&order, 50)); /* due is exclusive */
    assert_false(order_is_overdue(&order, 49));
    order.clocks[CLOCK_HANDLE].status = CLOCK_STATUS_PAUSED;
    assert_false(order_is_overdue(&order, 100)); /* under review */
    order.clocks[CLOCK_HANDLE].status = CLOCK_STATUS_MET;
    order.clocks[CLOCK_HANDLE].overdue_ms = 60;
    assert_true(order_is_overdue(&order, 100)); /* missed and marked */
}

static void only_the_newest_visits_are_kept_here(void **state UNUSED)
{
    struct order order = { .state = ORDER_STATE_REVIEWED };

    for (int i = 1; i <= VISITS_MAX + 5; i++) {
        struct event event = { .command = COMMAND_RECORD_VISIT_ATTEMPT,
                               .at_ms = i,
                               .from = ORDER_STATE_REVIEWED,
                               .to = ORDER_STATE_REVIEWED };

        event.body.visited.at_ms = i;
        order_apply(&order, &event);
    }
    assert_int_equal(order.n_visits, VISITS_MAX);
    assert_int_equal(order.visits[0].at_ms, 6);
    assert_int_equal(order.visits[VISITS_MAX - 1].at_ms, VISITS_MAX + 5);
    assert_int_equal(order.events, VISITS_MAX + 5);
}

static void attempts_of_an_earlier_round_do_not_count(void **state)
{
    struct world *w = *state;
    struct situation situation = situation_of(w);
    struct command attempt = ask_attempt(w, CONTACT_RESULT_NO_ANSWER);
    struct refusal *refusal = refusal_new(&w->arena, FAULT_VISIT_TOO_SOON);

    w->order.replies[0].reviewed_ms = w->now_ms - 60 * MINUTE_MS;
    w->order.n_replies = 1;
    w->order.n_visits = 3; /* two before the review, one this morning */
    w->order.visits[0] =
        (struct visit){ .at_ms = w->now_ms - 3 * DAY_MS, .result = CONTACT_RESULT_NO_ANSWER };
    w->order.visits[1] =
        (struct visit){ .at_ms = w->now_ms - 90 * MINUTE_MS, .result = CONTACT_RESULT_NO_ANSWER };
    assert_true(visit_attempts_lie_apart.holds(&situation, &attempt));
    assert_false(attempt_ends_the_visit(&situation, &attempt));
    w->order.visits[2] = (struct visit){ .at_ms = w->now_ms - 30 * MINUTE_MS,
                                         .result = CONTACT_RESULT_WRONG_NUMBER };
    assert_false(visit_attempts_lie_apart.holds(&situation, &attempt));
    assert_false(attempt_ends_the_visit(&situation, &attempt));
    visit_attempts_lie_apart.explain(&situation, &attempt, &w->arena, refusal);
    assert_string_equal(fact(refusal, "not_before"), "2026-07-15T12:00:00+08:00");
}

static void flags_of_the_district_outlive_acceptance(void **state)
{
    struct world *w = *state;
    struct command receive = ask_receive(w);

    receive.intake.urgent = receive.intake.confidential = true;
    receive.intake.major = receive.intake.multi_department = true;
    give(w, receive);
    give(w, ask(COMMAND_ACCEPT_ORDER, CLERK));
    assert_true(w->order.urgent && w->order.confidential);
    assert_true(w->order.major && w->order.multi_department);
}

static void instants_are_told_at_the_offices_time(void **state)
{
    struct world *w = *state;

    assert_string_equal(instant_text(0, &w->arena), "1970-01-01T08:00:00+08:00");
    assert_string_equal(instant_text(at("2026-12-31 23:59") + 59999, &w->arena),
                        "2026-12-31T23:59:59+08:00");
}

static void a_list_that_was_lost_stays_lost(void **state)
{
    struct world *w = *state;

    assert_null(list_with(NULL, ",", "c", &w->arena));
    assert_string_equal(list_with("", ",", "a", &w->arena), "a");
    assert_string_equal(list_with("a", ",", "b", &w->arena), "a,b");
}

static void a_clock_that_the_rules_do_not_set_never_starts(void **state)
{
    struct world *w = *state;

    w->rules.clocks[CLOCK_TAKE].length.amount = 0;
    go_handling(w, LIMIT_FIVE_DAYS);
    assert_clock(w, TAKE, STATUS_UNSPECIFIED);
}

static void a_reminder_is_acknowledged_once(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_FIVE_DAYS);
    refused(w, FAULT_REMINDER_NOT_FOUND, ask_acknowledge(CLOCK_HANDLE, 1, 1)); /* to come */
    refused(w, FAULT_REMINDER_NOT_FOUND, ask_acknowledge(CLOCK_HANDLE, 2, 0));
    refused(w, FAULT_CLOCK_NOT_FOUND, ask_acknowledge(CLOCK_FIX, 1, 0));
    refused(w, FAULT_CLOCK_NOT_FOUND, ask_acknowledge(CLOCK_UNSPECIFIED, 1, 0));
    refused(w, FAULT_CLOCK_NOT_FOUND, ask_acknowledge(CLOCK_MAX, 1, 0));
    refused(w, FAULT_REMINDER_NOT_FOUND, ask_acknowledge(CLOCK_EXTENSION_WINDOW, 1, 0));
    give(w, ask_acknowledge(CLOCK_HANDLE, 1, 0));
    assert_true(clock_of(w, CLOCK_HANDLE)->rung_acknowledged);
    assert_int_equal(w->event.row, 0);
    assert_int_equal(w->event.n_clocks, 1);
    assert_int_equal(w->event.text, 0);
    refused(w, FAULT_REMINDER_NOT_FOUND, ask_acknowledge(CLOCK_HANDLE, 1, 0));
    wait_until(w, at("2026-07-21 00:00")); /* the next rung opens it again */
    assert_false(clock_of(w, CLOCK_HANDLE)->rung_acknowledged);
    give(w, ask_acknowledge(CLOCK_HANDLE, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_open_between_nothing_and_its_end),
        cmocka_unit_test(an_order_wakes_at_the_earliest_of_its_running_clocks),
        cmocka_unit_test(only_hard_and_official_clocks_make_an_order_overdue),
        cmocka_unit_test(only_the_newest_visits_are_kept_here),
        OPEN_WORLD(attempts_of_an_earlier_round_do_not_count),
        OPEN_WORLD(flags_of_the_district_outlive_acceptance),
        OPEN_WORLD(instants_are_told_at_the_offices_time),
        OPEN_WORLD(a_list_that_was_lost_stays_lost),
        OPEN_WORLD(a_clock_that_the_rules_do_not_set_never_starts),
        OPEN_WORLD(a_reminder_is_acknowledged_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
