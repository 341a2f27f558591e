/* test_domain_refusals.c - a refusal helps: article, state, what is allowed; and it survives a lack
 * of memory. */
#include "domain_world.h"

#include "base/memory.h"

static void a_wrong_state_says_what_is_allowed(void **state)
{
    struct world *w = *state;
    const struct refusal *refusal;

    go_accepted(w);
    refusal = refused(w, FAULT_WRONG_STATE, ask(COMMAND_ACCEPT_REPLY, CLERK));
    assert_string_equal(fact(refusal, "state"), "ACCEPTED");
    assert_string_equal(fact(refusal, "state_zh"), "已受理");
    assert_string_equal(fact(refusal, "article"), "10"); /* of what was asked */
    assert_string_equal(fact(refusal, "allowed_commands"),
                        "DispatchOrder,RecordContact,AcknowledgeReminder");
    assert_string_equal(fact(refusal, "allowed_commands_zh"), "派发、登记联系、确认提醒");
}

static void what_is_allowed_depends_on_who_asks(void **state)
{
    struct world *w = *state;

    go_accepted(w);
    assert_string_equal(fact(refused(w, FAULT_WRONG_STATE, ask(COMMAND_TAKE_ORDER, SPECIALIST)),
                             "allowed_commands"),
                        "AcknowledgeReminder");
    assert_string_equal(fact(refused(w, FAULT_WRONG_STATE, ask_closing(w)), "allowed_commands"),
                        "AmendOrder");
}

static void an_order_guard_keeps_a_command_off_the_list(void **state)
{
    struct world *w = *state;

    go_reviewed(w); /* submission waits for the visit */
    assert_string_equal(
        fact(refused(w, FAULT_WRONG_STATE, ask(COMMAND_ACCEPT_REPLY, CLERK)), "allowed_commands"),
        "RecordContact,RecordVisitAttempt,RecordVisit,AcknowledgeReminder");
    give(w, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    assert_string_equal(
        fact(refused(w, FAULT_WRONG_STATE, ask(COMMAND_ACCEPT_REPLY, CLERK)), "allowed_commands"),
        "RecordContact,SubmitClosing,AcknowledgeReminder");
}

static void a_role_that_may_never_do_it_is_told_who_may(void **state)
{
    struct world *w = *state;
    const struct refusal *refusal;

    go_accepted(w);
    refusal = refused(w, FAULT_PERMISSION_DENIED, ask(COMMAND_ACCEPT_REPLY, SPECIALIST));
    assert_string_equal(fact(refusal, "allowed_roles"), "OFFICE_CLERK,OFFICE_HEAD");
    assert_string_equal(fact(refusal, "article"), "10");
    refused(w, FAULT_PERMISSION_DENIED, ask(COMMAND_FIRE_TIMER, CLERK));
    refused(w, FAULT_PERMISSION_DENIED,
            ask(COMMAND_ACKNOWLEDGE_REMINDER, who(ROLE_AUDITOR, "auditor")));
}

static void a_command_of_another_release_is_refused(void **state)
{
    struct world *w = *state;
    const struct refusal *refusal = refused(w, FAULT_WRONG_STATE, ask(COMMAND_MAX, CLERK));

    assert_string_equal(fact(refusal, "article"), "");
    assert_string_equal(fact(refusal, "state"), "UNSPECIFIED");
}

static void every_refusal_cites_an_article(void **state)
{
    struct world *w = *state;

    go_reviewed(w);
    for (int kind = 1; kind < COMMAND_MAX; kind++)
        for (int role = 1; role < ROLE_MAX; role++) {
            struct command command = ask((enum command_kind)kind, who((enum role)role, "x"));
            struct situation situation = situation_of(w);
            struct event event;
            const struct refusal *refusal = decide(&situation, &command, &w->arena, &event);

            if (refusal && !fact(refusal, "article")[0])
                fail_msg("%s cites nothing", refusal->fault->reason);
            if (refusal && refusal->fault->article[0] && refusal->fault->id != FAULT_WRONG_STATE)
                assert_string_equal(fact(refusal, "article"), refusal->fault->article);
        }
}

/* ListAvailableCommands ----------------------------------------------------------------------- */

static const struct available_command *find(const struct available_command *list, size_t n,
                                            enum command_kind kind)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].kind == kind)
            return &list[i];
    return NULL;
}

static void available_commands_say_why_not(void **state)
{
    struct world *w = *state;
    struct available_command list[COMMAND_MAX];
    struct situation situation;
    size_t n;

    go_reviewed(w);
    situation = situation_of(w);
    n = available_commands(&situation, ROLES_OFFICE, &w->arena, list);
    assert_true(find(list, n, COMMAND_RECORD_VISIT)->allowed);
    assert_null(find(list, n, COMMAND_RECORD_VISIT)->refusal);
    assert_false(find(list, n, COMMAND_SUBMIT_CLOSING)->allowed);
    assert_int_equal(find(list, n, COMMAND_SUBMIT_CLOSING)->refusal->fault->id,
                     FAULT_VISIT_REQUIRED);
    assert_string_equal(fact(find(list, n, COMMAND_SUBMIT_CLOSING)->refusal, "article"), "11");
    assert_int_equal(find(list, n, COMMAND_DISPATCH_ORDER)->refusal->fault->id, FAULT_WRONG_STATE);
    assert_null(find(list, n, COMMAND_TAKE_ORDER));    /* never theirs */
    assert_null(find(list, n, COMMAND_RECEIVE_ORDER)); /* not for an order that exists */
    n = available_commands(&situation, ROLES(ROLE_SPECIALIST) | ROLES(ROLE_OFFICE_CLERK), &w->arena,
                           list);
    assert_non_null(find(list, n, COMMAND_TAKE_ORDER));
    n = available_commands(&situation, ROLES(ROLE_AUDITOR), &w->arena, list);
    assert_int_equal(n, 0);
}

static void available_commands_agree_with_decide(void **state)
{
    struct world *w = *state;
    struct available_command list[COMMAND_MAX];
    struct situation situation;
    size_t n;

    go_submitted_unvisited(w);
    situation = situation_of(w);
    for (int role = 1; role < ROLE_MAX; role++) {
        n = available_commands(&situation, ROLES(role), &w->arena, list);
        for (size_t i = 0; i < n; i++) {
            struct command command = ask(list[i].kind, who((enum role)role, "x"));
            struct event event;
            const struct refusal *refusal = decide(&situation, &command, &w->arena, &event);

            if (!list[i].allowed) {
                assert_non_null(refusal);
                assert_int_equal(refusal->fault->id, list[i].refusal->fault->id);
            } else {
                assert_true(!refusal || refusal->fault->id != FAULT_WRONG_STATE);
            }
        }
    }
}

/* memory -------------------------------------------------------------------------------------- */

/* Runs the question with the n-th allocation failing, until none fails. */
static void torture(struct world *w, const struct command *command, enum fault_id expected)
{
    for (uint64_t n = 1;; n++) {
        struct situation situation = situation_of(w);
        struct event event = { .row = 42 };
        const struct refusal *refusal;
        struct arena arena;
        bool failed;

        arena_init(&arena, 1 << 20);
        memory_fail_at(n);
        refusal = decide(&situation, command, &arena, &event);
        failed = memory_count() >= n;
        memory_fail_at(0);
        if (expected == FAULT_NONE) {
            assert_null(refusal);
        } else {
            assert_non_null(refusal);
            assert_int_equal(refusal->fault->id, expected);
            assert_int_equal(event.row, 42); /* the outcome is untouched */
        }
        arena_release(&arena);
        if (!failed)
            return;
    }
}

static void a_lack_of_memory_takes_details_never_the_answer(void **state)
{
    struct world *w = *state;
    struct command dispatch = ask_dispatch(LIMIT_FIVE_DAYS), bad = dispatch;
    struct command early = ask_receive(w);

    early.intake.received_ms = at("2023-01-01 10:00");
    torture(w, &early, FAULT_YEAR_UNSUPPORTED);
    go_accepted(w);
    torture(w, &dispatch, FAULT_NONE);
    bad.dispatch.main_unit_known = false;
    torture(w, &bad, FAULT_UNIT_NOT_FOUND);
    torture(w, &(struct command){ .kind = COMMAND_TAKE_ORDER, .actor = SPECIALIST },
            FAULT_WRONG_STATE);
    torture(w, &(struct command){ .kind = COMMAND_TAKE_ORDER, .actor = CLERK },
            FAULT_PERMISSION_DENIED);
}

static void a_small_arena_takes_details_too(void **state)
{
    struct world *w = *state;
    struct situation situation;

    go_accepted(w);
    situation = situation_of(w);
    for (size_t bytes = 0; bytes < 20000; bytes += 512) {
        struct arena arena;
        struct event event;
        struct command command = ask(COMMAND_TAKE_ORDER, SPECIALIST);
        const struct refusal *refusal;

        arena_init(&arena, bytes);
        refusal = decide(&situation, &command, &arena, &event);
        assert_int_equal(refusal->fault->id, FAULT_WRONG_STATE);
        arena_release(&arena);
    }
}

static void pages_and_calendars_report_a_lack_of_memory(void **state)
{
    struct world *w = *state;

    for (uint64_t n = 1;; n++) {
        struct arena arena;
        const char *page, *picture;
        bool failed;

        arena_init(&arena, 1 << 22);
        memory_fail_at(n);
        page = lifecycle_page_zh(&w->rules, &arena);
        picture = lifecycle_picture(&arena);
        failed = memory_count() >= n;
        memory_fail_at(0);
        assert_true(failed ? !page || !picture : page && picture);
        arena_release(&arena);
        if (!failed)
            break;
    }
    memory_fail_at(1);
    assert_null(calendar_create(w->years, w->n_years, 1));
    memory_fail_at(0);
}

static void a_calendar_check_without_memory_still_refuses(void **state)
{
    struct world *w = *state;
    struct calendar_year year = w->years[2];
    struct arena arena;

    year.work[0] = day_of("2026-01-05");
    arena_init(&arena, 0);
    assert_int_equal(calendar_check(&year, &arena)->fault->id, FAULT_CALENDAR_INVALID);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(a_wrong_state_says_what_is_allowed),
        OPEN_WORLD(what_is_allowed_depends_on_who_asks),
        OPEN_WORLD(an_order_guard_keeps_a_command_off_the_list),
        OPEN_WORLD(a_role_that_may_never_do_it_is_told_who_may),
        OPEN_WORLD(a_command_of_another_release_is_refused),
        OPEN_WORLD(every_refusal_cites_an_article),
        OPEN_WORLD(available_commands_say_why_not),
        OPEN_WORLD(available_commands_agree_with_decide),
        OPEN_WORLD(a_lack_of_memory_takes_details_never_the_answer),
        OPEN_WORLD(a_small_arena_takes_details_too),
        OPEN_WORLD(pages_and_calendars_report_a_lack_of_memory),
        OPEN_WORLD(a_calendar_check_without_memory_still_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
