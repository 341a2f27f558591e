/* test_domain_visit.c - return visit, submission, closing: T28 T33 T34. */
#include "domain_world.h"

#include "domain/guards.h"

/* T28 ----------------------------------------------------------------------------------------- */

static void t28_a_visit_opens_the_way_to_the_district(void **state)
{
    struct world *w = *state;

    go_reviewed(w);
    refused(w, FAULT_VISIT_REQUIRED, ask(COMMAND_SUBMIT_CLOSING, CLERK));
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    assert_int_equal(w->order.state, ORDER_STATE_REVIEWED);
    assert_true(w->event.visit_done && w->order.visit_done);
    assert_clock(w, VISIT, STATUS_MET);
    assert_clock(w, SUBMIT, STATUS_RUNNING);
    assert_int_equal(w->order.visits[0].result, CONTACT_RESULT_REACHED);
    refused(w, FAULT_VISIT_DONE, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    refused(w, FAULT_VISIT_DONE, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    give(w, ask(COMMAND_SUBMIT_CLOSING, CLERK));
    assert_int_equal(w->order.state, ORDER_STATE_SUBMITTED);
}

static void t28_each_guard_of_the_visit_says_no(void **state)
{
    struct world *w = *state;
    struct command visit;

    go_reviewed(w);
    visit = ask_visit(w, VISIT_OUTCOME_DISSATISFIED);
    refused(w, FAULT_REWORK_NOT_AVAILABLE, visit);
    visit = ask_visit(w, VISIT_OUTCOME_SATISFIED);
    visit.visit.handling = SATISFACTION_DISSATISFIED; /* not outvoted by the outcome */
    refused(w, FAULT_REWORK_NOT_AVAILABLE, visit);
    visit = ask_visit(w, VISIT_OUTCOME_SATISFIED);
    visit.visit.attitude = SATISFACTION_DISSATISFIED;
    refused(w, FAULT_REWORK_NOT_AVAILABLE, visit);
    refused(w, FAULT_VISIT_OUTCOME_REQUIRED, ask_visit(w, VISIT_OUTCOME_NOT_REACHED));
    for (int i = 0; i < 4; i++) {
        visit = ask_visit(w, VISIT_OUTCOME_SATISFIED);
        *(uint32_t *[]){ &visit.visit.contacted, &visit.visit.solved, &visit.visit.attitude,
                         &visit.visit.handling }[i] = 0;
        refused(w, FAULT_VISIT_INCOMPLETE, visit);
    }
    visit = ask_visit(w, VISIT_OUTCOME_SATISFIED);
    visit.visit.at_ms = w->now_ms + 1;
    refused(w, FAULT_VISIT_BEFORE_REVIEW, visit);
    visit.visit.at_ms = w->now_ms - 1; /* before the reply was accepted */
    assert_string_equal(fact(refused(w, FAULT_VISIT_BEFORE_REVIEW, visit), "not_before"),
                        "2026-07-15T09:12:00+08:00");
    refused(w, FAULT_VISIT_OUTCOME_REQUIRED, ask_attempt(w, CONTACT_RESULT_REACHED));
    refused(w, FAULT_VISIT_OUTCOME_REQUIRED, ask_attempt(w, CONTACT_RESULT_UNSPECIFIED));
    refused(w, FAULT_VISIT_OUTCOME_REQUIRED, ask_attempt(w, CONTACT_RESULT_WAIVED + 1));
    assert_int_equal(w->order.n_visits, 0);
}

static void t28_three_attempts_in_different_half_days_end_the_visit(void **state)
{
    struct world *w = *state;

    go_reviewed(w);
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    w->now_ms = at("2026-07-15 11:59");
    assert_string_equal(
        fact(refused(w, FAULT_VISIT_TOO_SOON, ask_attempt(w, CONTACT_RESULT_WRONG_NUMBER)),
             "not_before"),
        "2026-07-15T12:00:00+08:00");
    w->now_ms = at("2026-07-15 12:00");
    give(w, ask_attempt(w, CONTACT_RESULT_WRONG_NUMBER));
    assert_int_equal(w->order.visits[1].outcome, VISIT_OUTCOME_UNSPECIFIED);
    assert_string_equal(
        fact(refused(w, FAULT_VISIT_TOO_SOON, ask_attempt(w, CONTACT_RESULT_NO_ANSWER)),
             "not_before"),
        "2026-07-16T00:00:00+08:00");
    assert_clock(w, VISIT, STATUS_RUNNING);
    w->now_ms = at("2026-07-16 09:00");
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    assert_int_equal(w->order.visits[2].outcome, VISIT_OUTCOME_NOT_REACHED);
    assert_true(w->order.visit_done);
    assert_clock(w, VISIT, STATUS_MET);
    assert_clock(w, SUBMIT, STATUS_RUNNING);
    assert_int_equal(w->order.state, ORDER_STATE_REVIEWED);
}

static void t28_attempts_recorded_later_name_the_half_day_after_all(void **state)
{
    struct world *w = *state;
    struct command attempt;

    go_reviewed(w);
    w->now_ms = at("2026-07-16 15:00");
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    w->now_ms = at("2026-07-16 16:00");
    attempt = ask_attempt(w, CONTACT_RESULT_NO_ANSWER);
    attempt.visit.at_ms = at("2026-07-15 15:00");
    give(w, attempt);
    assert_string_equal(fact(refused(w, FAULT_VISIT_TOO_SOON, attempt), "not_before"),
                        "2026-07-17T00:00:00+08:00");
}

static void t28_a_citizen_who_refuses_ends_the_visit_as_waived(void **state)
{
    struct world *w = *state;

    go_reviewed(w);
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    give(w, ask_attempt(w, CONTACT_RESULT_REFUSED)); /* same half-day: it was no unanswered call */
    assert_int_equal(w->order.visits[1].outcome, VISIT_OUTCOME_WAIVED);
    assert_true(w->order.visit_done);
}

static void t28_submitted_orders_are_visited_too(void **state)
{
    struct world *w = *state;

    go_submitted_unvisited(w);
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    assert_clock(w, VISIT, STATUS_RUNNING);
    w->now_ms = at("2026-07-15 14:00");
    give(w, ask_attempt(w, CONTACT_RESULT_WAIVED));
    assert_int_equal(w->order.state, ORDER_STATE_SUBMITTED);
    assert_clock(w, VISIT, STATUS_MET);
    assert_clock(w, DISTRICT, STATUS_RUNNING);
    refused(w, FAULT_VISIT_DONE, ask_visit(w, VISIT_OUTCOME_SATISFIED));
}

/* T33, T34 ------------------------------------------------------------------------------------ */

static void t33_t34_a_visited_order_is_closed_by_the_district(void **state)
{
    struct world *w = *state;

    go_reviewed(w);
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_REACHED));
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    w->now_ms += 60 * MINUTE_MS;
    give(w, ask(COMMAND_SUBMIT_CLOSING, CLERK));
    assert_clock(w, SUBMIT, STATUS_MET);
    assert_clock(w, DISTRICT, STATUS_RUNNING);
    assert_int_equal(w->order.submitted_ms, w->now_ms);
    w->now_ms += 60 * MINUTE_MS;
    give(w, ask_closing(w));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED);
    assert_clock(w, DISTRICT, STATUS_MET);
    assert_clock(w, ORDER, STATUS_MET);
    assert_string_equal(w->order.closing_number, "JA-1");
    assert_int_equal(w->order.closed_ms, w->now_ms);
    assert_false(order_is_open(&w->order));
    assert_int_equal(order_wake_ms(&w->order), 0);
    for (int kind = 1; kind < CLOCK_MAX; kind++)
        assert_true(w->order.clocks[kind].status != CLOCK_STATUS_RUNNING &&
                    w->order.clocks[kind].status != CLOCK_STATUS_PAUSED);
}

static void t34_an_unvisited_order_is_closed_but_owes_its_visit(void **state)
{
    struct world *w = *state;

    go_submitted_unvisited(w);
    w->now_ms = end_of("2026-07-16"); /* nobody ever called, and no timer saw it */
    give(w, ask_closing(w));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED_VISIT_DUE);
    assert_clock(w, VISIT, STATUS_RUNNING);
    assert_clock(w, CONTACT, STATUS_VOID);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->overdue_ms, w->now_ms); /* the miss stays */
    assert_true(order_is_overdue(&w->order, w->now_ms));
    assert_true(order_is_open(&w->order));
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED);
    assert_clock(w, VISIT, STATUS_MET);
}

static void t28_attempts_after_the_closing_end_the_order(void **state)
{
    struct world *w = *state;

    go_submitted_unvisited(w);
    give(w, ask_closing(w));
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED_VISIT_DUE);
    w->now_ms = at("2026-07-15 14:00");
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    w->now_ms = at("2026-07-16 09:00");
    give(w, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED);
    assert_int_equal(w->order.visits[2].outcome, VISIT_OUTCOME_NOT_REACHED);
}

/* what belongs to all rows -------------------------------------------------------------------- */

static void time_never_runs_backwards_in_an_order(void **state)
{
    struct world *w = *state;
    int64_t received_ms = w->now_ms;

    give(w, ask_receive(w));
    w->now_ms -= 5000; /* another server's clock */
    give(w, ask(COMMAND_ACCEPT_ORDER, CLERK));
    assert_int_equal(w->event.at_ms, received_ms);
    assert_int_equal(w->order.last_event_ms, received_ms);
}

static void a_command_without_text_brings_none(void **state)
{
    struct world *w = *state;
    struct command accept = ask(COMMAND_ACCEPT_ORDER, CLERK);

    give(w, ask_receive(w));
    accept.has_text = false;
    give(w, accept);
    assert_int_equal(w->event.text, 0);
    assert_int_equal(w->order.texts, 1);
    assert_int_equal(w->order.events, 2);
}

static void an_order_without_reply_has_no_author_to_spare(void **state)
{
    struct world *w = *state;
    struct situation situation = situation_of(w);
    struct command command = ask(COMMAND_ACCEPT_REPLY, CLERK);

    assert_null(order_last_reply(&w->order));
    assert_true(reviewer_is_not_author.holds(&situation, &command));
    /* and a visit time is then measured from the receipt */
    command = ask_visit(w, VISIT_OUTCOME_SATISFIED);
    assert_true(visit_time_is_real.holds(&situation, &command));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(t28_a_visit_opens_the_way_to_the_district),
        OPEN_WORLD(t28_each_guard_of_the_visit_says_no),
        OPEN_WORLD(t28_three_attempts_in_different_half_days_end_the_visit),
        OPEN_WORLD(t28_attempts_recorded_later_name_the_half_day_after_all),
        OPEN_WORLD(t28_a_citizen_who_refuses_ends_the_visit_as_waived),
        OPEN_WORLD(t28_submitted_orders_are_visited_too),
        OPEN_WORLD(t33_t34_a_visited_order_is_closed_by_the_district),
        OPEN_WORLD(t34_an_unvisited_order_is_closed_but_owes_its_visit),
        OPEN_WORLD(t28_attempts_after_the_closing_end_the_order),
        OPEN_WORLD(time_never_runs_backwards_in_an_order),
        OPEN_WORLD(a_command_without_text_brings_none),
        OPEN_WORLD(an_order_without_reply_has_no_author_to_spare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
