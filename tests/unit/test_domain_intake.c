/* test_domain_intake.c - receipt, amendment, acceptance, first contact: T01 T39 T02 T03. */
#include "domain_world.h"

#include "domain/guards.h"

/* T01, T39, T02 ------------------------------------------------------------------------------- */

static void t01_a_received_order_runs_three_clocks(void **state)
{
    struct world *w = *state;

    give(w, ask_receive(w));
    assert_int_equal(w->order.state, ORDER_STATE_RECEIVED);
    assert_int_equal(w->event.row, 1);
    assert_int_equal(w->event.from, ORDER_STATE_UNSPECIFIED);
    assert_clock(w, ACCEPT, STATUS_RUNNING);
    assert_clock(w, CONTACT, STATUS_RUNNING);
    assert_clock(w, ORDER, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->due_ms, at("2026-07-15 11:12"));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, end_of("2026-07-16"));
    assert_int_equal(clock_of(w, CLOCK_ORDER)->due_ms, end_of("2026-07-29"));
    assert_string_equal(w->order.district_number, "BS2026071500001");
    assert_int_equal(w->order.recorded_ms, w->now_ms);
    assert_int_equal(w->order.rules_version, w->rules.version);
    assert_int_equal(w->order.texts, 1);
    assert_int_equal(w->order.events, 1);
    assert_int_equal(w->order.n_phones, 1);
    assert_true(order_is_open(&w->order));
}

static void t01_first_contact_counts_from_the_districts_delivery(void **state)
{
    struct world *w = *state;
    struct command receive = ask_receive(w);

    receive.intake.received_ms = at("2026-07-13 16:00"); /* the link was down for two days */
    give(w, receive);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->start_ms, at("2026-07-13 16:00"));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, end_of("2026-07-14"));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->overdue_ms, w->now_ms); /* missed on arrival */
    assert_int_equal(clock_of(w, CLOCK_ORDER)->start_ms, at("2026-07-13 16:00"));
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->start_ms, w->now_ms);
    assert_true(order_is_overdue(&w->order, w->now_ms));
}

static void t01_nothing_is_delivered_after_it_arrived(void **state)
{
    struct world *w = *state;
    struct command receive = ask_receive(w);

    receive.intake.received_ms = w->now_ms + 5000; /* the district's clock runs ahead */
    give(w, receive);
    assert_int_equal(w->order.received_ms, w->now_ms);
}

static void t01_an_order_of_an_unknown_year_is_refused(void **state)
{
    struct world *w = *state;
    struct command receive = ask_receive(w);
    const struct refusal *refusal;

    receive.intake.received_ms = at("2023-12-31 10:00");
    refusal = refused(w, FAULT_YEAR_UNSUPPORTED, receive);
    assert_string_equal(fact(refusal, "not_before"), "2024-01-01T00:00:00+08:00");
    assert_string_equal(fact(refusal, "article"), "8(2)");
    assert_int_equal(w->order.state, ORDER_STATE_UNSPECIFIED);
}

static void t39_an_amendment_changes_what_the_district_sent(void **state)
{
    struct world *w = *state;
    struct command amend;
    struct order before;

    give(w, ask_receive(w));
    before = w->order;
    w->now_ms += MINUTE_MS;
    amend = ask_receive(w);
    amend.kind = COMMAND_AMEND_ORDER;
    amend.intake.category = CATEGORY_HELP;
    amend.intake.urgent = true;
    amend.intake.major = true; /* not the district's to say */
    amend.intake.intake_digest[0] = 2;
    give(w, amend);
    assert_int_equal(w->event.row, 39);
    assert_int_equal(w->order.state, ORDER_STATE_RECEIVED);
    assert_int_equal(w->order.category, CATEGORY_HELP);
    assert_true(w->order.urgent && !w->order.major);
    assert_int_equal(w->order.amendments, 1);
    assert_int_equal(w->order.intake_digest[0], 2);
    assert_int_equal(w->order.received_ms, before.received_ms);
    assert_int_equal(w->order.recorded_ms, before.recorded_ms);
    assert_clock(w, CONTACT, STATUS_RUNNING);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->due_ms, before.clocks[CLOCK_CONTACT].due_ms);
}

static void t39_the_offices_classification_stands(void **state)
{
    struct world *w = *state;
    struct command accept, amend;

    give(w, ask_receive(w));
    accept = ask(COMMAND_ACCEPT_ORDER, CLERK);
    accept.accept.category = CATEGORY_SUGGESTION;
    (void)snprintf(accept.accept.matter_code, MATTER_CODE_BYTES, "parking");
    accept.accept.confidential = accept.accept.urgent = true;
    give(w, accept);
    amend = ask_receive(w);
    amend.kind = COMMAND_AMEND_ORDER;
    (void)snprintf(amend.intake.grid, GRID_BYTES, "G7");
    give(w, amend);
    assert_int_equal(w->order.category, CATEGORY_SUGGESTION);
    assert_string_equal(w->order.matter_code, "parking");
    assert_string_equal(w->order.grid, "G7");
    assert_true(w->order.confidential && w->order.urgent); /* not lowered from outside */
}

static void t39_a_closed_order_is_amended_without_waking_it(void **state)
{
    struct world *w = *state;
    struct command amend;

    go_submitted_unvisited(w);
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    give(w, ask_closing(w));
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED);
    amend = ask_receive(w);
    amend.kind = COMMAND_AMEND_ORDER;
    amend.intake.urgent = true;
    give(w, amend);
    assert_int_equal(w->order.state, ORDER_STATE_CLOSED);
    assert_false(order_is_open(&w->order));
    assert_int_equal(order_wake_ms(&w->order), 0);
    assert_int_equal(w->event.n_clocks, 0);
}

static void t02_acceptance_classifies_and_starts_dispatch(void **state)
{
    struct world *w = *state;
    struct command accept = ask(COMMAND_ACCEPT_ORDER, CLERK);

    give(w, ask_receive(w));
    w->now_ms += 10 * MINUTE_MS;
    accept.accept.major = true;
    accept.accept.multi_department = true;
    accept.accept.urgent = true;
    give(w, accept);
    assert_int_equal(w->order.state, ORDER_STATE_ACCEPTED);
    assert_int_equal(w->order.category, CATEGORY_COMPLAINT); /* as received */
    assert_string_equal(w->order.matter_code, "noise");
    assert_true(w->order.major && w->order.multi_department && w->order.urgent);
    assert_clock(w, ACCEPT, STATUS_MET);
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->stopped_ms, w->now_ms);
    assert_clock(w, DISPATCH, STATUS_RUNNING);
    assert_clock(w, CONTACT, STATUS_RUNNING);
}

/* T03 ----------------------------------------------------------------------------------------- */

static void t03_the_office_reaches_the_citizen(void **state)
{
    struct world *w = *state;
    struct command contact;

    go_accepted(w);
    w->now_ms += 30 * MINUTE_MS;
    contact = ask_contact(w, CLERK, CONTACT_RESULT_REACHED);
    contact.contact.at_ms -= 20 * MINUTE_MS; /* recorded a little later */
    give(w, contact);
    assert_int_equal(w->order.state, ORDER_STATE_ACCEPTED);
    assert_clock(w, CONTACT, STATUS_MET);
    /* as recorded, not as claimed: nobody back-dates a contact */
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->stopped_ms, w->now_ms);
    assert_int_equal(w->order.contacts[0].at_ms, w->now_ms - 20 * MINUTE_MS);
    assert_false(w->order.contacts[0].by_unit);
    assert_string_equal(w->order.contacts[0].by.id, "clerk");
    assert_int_equal(w->order.contacts[0].text, w->order.texts);
    /* a later contact is a fact and touches no clock */
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_REACHED));
    assert_int_equal(w->event.n_clocks, 0);
}

static void t03_who_declines_is_not_called_again(void **state)
{
    struct world *w = *state;

    give(w, ask_receive(w));
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_WAIVED));
    assert_clock(w, CONTACT, STATUS_MET);
    memset(&w->order, 0, sizeof(w->order));
    give(w, ask_receive(w));
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_REFUSED));
    assert_clock(w, CONTACT, STATUS_MET);
}

static void t03_three_attempts_two_hours_apart_meet_first_contact(void **state)
{
    struct world *w = *state;
    const struct refusal *refusal;

    give(w, ask_receive(w));
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER));
    assert_clock(w, CONTACT, STATUS_RUNNING);
    w->now_ms += 119 * MINUTE_MS;
    refusal =
        refused(w, FAULT_CONTACT_TOO_SOON, ask_contact(w, CLERK, CONTACT_RESULT_WRONG_NUMBER));
    assert_string_equal(fact(refusal, "not_before"), "2026-07-15T11:12:00+08:00");
    w->now_ms += MINUTE_MS;
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_WRONG_NUMBER));
    assert_clock(w, CONTACT, STATUS_RUNNING);
    w->now_ms += 121 * MINUTE_MS;
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER));
    assert_clock(w, CONTACT, STATUS_MET);
}

static void t03_attempts_recorded_out_of_order_still_lie_apart(void **state)
{
    struct world *w = *state;
    struct command earlier;

    give(w, ask_receive(w));
    w->now_ms = at("2026-07-15 15:00");
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER));
    earlier = ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER);
    earlier.contact.at_ms = at("2026-07-15 13:30");
    assert_string_equal(fact(refused(w, FAULT_CONTACT_TOO_SOON, earlier), "not_before"),
                        "2026-07-15T17:00:00+08:00");
    earlier.contact.at_ms = at("2026-07-15 13:00");
    give(w, earlier);
    earlier.contact.at_ms = at("2026-07-15 11:30");
    assert_string_equal(fact(refused(w, FAULT_CONTACT_TOO_SOON, earlier), "not_before"),
                        "2026-07-15T17:00:00+08:00"); /* behind the latest of them */
}

static void t03_the_units_own_contact_is_a_fact_of_its_own(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_FIVE_DAYS);
    give(w, ask_contact(w, CLERK, CONTACT_RESULT_NO_ANSWER));
    /* the unit may call at once: the gap binds each side for itself */
    give(w, ask_contact(w, SPECIALIST, CONTACT_RESULT_NO_ANSWER));
    w->now_ms += 120 * MINUTE_MS;
    give(w, ask_contact(w, GRID, CONTACT_RESULT_NO_ANSWER));
    w->now_ms += 120 * MINUTE_MS;
    give(w, ask_contact(w, GRID, CONTACT_RESULT_NO_ANSWER));
    give(w, ask_contact(w, SPECIALIST, CONTACT_RESULT_REFUSED));
    assert_clock(w, CONTACT,
                 STATUS_RUNNING); /* failed attempts of the unit discharge nobody (A4) */
    refused(w, FAULT_CONTACT_TOO_SOON, ask_contact(w, SPECIALIST, CONTACT_RESULT_WRONG_NUMBER));
    give(w, ask_contact(w, GRID, CONTACT_RESULT_REACHED));
    assert_clock(w, CONTACT, STATUS_MET);
    assert_true(w->order.contacts[w->order.n_contacts - 1].by_unit);
}

static void t03_the_unit_speaks_only_of_orders_it_got(void **state)
{
    struct world *w = *state;

    go_accepted(w);
    refused(w, FAULT_WRONG_STATE, ask_contact(w, SPECIALIST, CONTACT_RESULT_REACHED));
}

static void t03_a_contact_lies_between_receipt_and_now(void **state)
{
    struct world *w = *state;
    struct command contact;
    const struct refusal *refusal;

    give(w, ask_receive(w));
    w->now_ms += 60 * MINUTE_MS;
    contact = ask_contact(w, CLERK, CONTACT_RESULT_REACHED);
    contact.contact.at_ms = w->order.received_ms - 1;
    refusal = refused(w, FAULT_CONTACT_BEFORE_RECEIPT, contact);
    assert_string_equal(refusal->fields[0].field, "contact_time");
    assert_string_equal(fact(refusal, "not_before"), "2026-07-15T09:12:00+08:00");
    assert_string_equal(fact(refusal, "not_after"), "2026-07-15T10:12:00+08:00");
    contact.contact.at_ms = w->now_ms + 1;
    refused(w, FAULT_CONTACT_BEFORE_RECEIPT, contact);
}

static void t03_only_the_newest_contacts_are_kept_here(void **state)
{
    struct world *w = *state;

    give(w, ask_receive(w));
    for (int i = 0; i < CONTACTS_MAX + 3; i++) {
        w->now_ms += 1000;
        give(w, ask_contact(w, CLERK, CONTACT_RESULT_REACHED));
    }
    assert_int_equal(w->order.n_contacts, CONTACTS_MAX);
    assert_int_equal(w->order.contacts[CONTACTS_MAX - 1].at_ms, w->now_ms);
    assert_int_equal(w->order.contacts[0].at_ms, w->now_ms - (CONTACTS_MAX - 1) * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(t01_a_received_order_runs_three_clocks),
        OPEN_WORLD(t01_first_contact_counts_from_the_districts_delivery),
        OPEN_WORLD(t01_nothing_is_delivered_after_it_arrived),
        OPEN_WORLD(t01_an_order_of_an_unknown_year_is_refused),
        OPEN_WORLD(t39_an_amendment_changes_what_the_district_sent),
        OPEN_WORLD(t39_the_offices_classification_stands),
        OPEN_WORLD(t39_a_closed_order_is_amended_without_waking_it),
        OPEN_WORLD(t02_acceptance_classifies_and_starts_dispatch),
        OPEN_WORLD(t03_the_office_reaches_the_citizen),
        OPEN_WORLD(t03_who_declines_is_not_called_again),
        OPEN_WORLD(t03_three_attempts_two_hours_apart_meet_first_contact),
        OPEN_WORLD(t03_attempts_recorded_out_of_order_still_lie_apart),
        OPEN_WORLD(t03_the_units_own_contact_is_a_fact_of_its_own),
        OPEN_WORLD(t03_the_unit_speaks_only_of_orders_it_got),
        OPEN_WORLD(t03_a_contact_lies_between_receipt_and_now),
        OPEN_WORLD(t03_only_the_newest_contacts_are_kept_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
