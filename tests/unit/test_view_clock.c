/*
 * test_view_clock.c - time limits, the duty of first contact, and the actors of an order, as shown.
 */
#include "tests/unit/test_view.h"

#include "service/view_clock.h"

#include "base/base.h"

enum { VIEW_ARENA_BYTES = 1 << 20 };

static Hotline__V1__Order *shown(struct desk_office *o, enum relation relation)
{
    struct order_view view = view_for(o, relation, true);
    Hotline__V1__Order *order = view_order(&view, &o->arena);

    assert_non_null(order);
    return order;
}

/* first contact ------------------------------------------------------------------------------- */

static Hotline__V1__FirstContact *after_contacts(struct desk_office *o, int unanswered,
                                                 Hotline__V1__ContactResult last, enum role role)
{
    Hotline__V1__RecordContactRequest *ask;

    for (int i = 0; i < unanswered; i++) {
        ask = a_contact(o);
        ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_NO_ANSWER;
        step(o, "RecordContact", ask, ROLE_OFFICE_CLERK);
        o->now_ms += 3 * HOUR_MS;
    }
    if (last) {
        ask = a_contact(o);
        ask->result = last;
        ask->waiver_source = said("市民来信说明");
        if (role == ROLE_SPECIALIST)
            ask->side = HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_UNIT;
        step(o, "RecordContact", ask, role);
    }
    return shown(o, RELATION_OFFICE)->first_contact;
}

static void the_duty_of_first_contact_ends_as_the_rules_say(void **state)
{
    static const struct {
        int unanswered;
        Hotline__V1__ContactResult last;
        enum role role;
        Hotline__V1__FirstContactOutcome outcome;
        uint32_t attempts;
    } cases[] = {
        { 0, 0, 0, 0, 0 },
        { 2, 0, 0, 0, 2 },
        { 3, 0, 0, HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_NOT_REACHED, 3 },
        { 1, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED, ROLE_OFFICE_CLERK,
          HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_REACHED, 2 },
        { 0, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REFUSED, ROLE_OFFICE_CLERK,
          HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_WAIVED, 1 },
        { 0, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED, ROLE_OFFICE_CLERK,
          HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_WAIVED, 1 },
        /* a unit ends it by reaching the citizen; what it did not reach counts for nothing */
        { 0, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED, ROLE_SPECIALIST,
          HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_REACHED, 1 },
        { 1, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_NO_ANSWER, ROLE_SPECIALIST, 0, 1 },
        /* what comes after the end does not change it */
        { 3, HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED, ROLE_OFFICE_CLERK,
          HOTLINE__V1__FIRST_CONTACT_OUTCOME__FIRST_CONTACT_OUTCOME_NOT_REACHED, 3 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct desk_office o;
        Hotline__V1__FirstContact *duty;

        office_open(&o);
        walk_to(&o, ORDER_STATE_HANDLING);
        duty = after_contacts(&o, cases[i].unanswered, cases[i].last, cases[i].role);
        assert_int_equal(duty->outcome, cases[i].outcome);
        assert_int_equal(duty->attempt_count, cases[i].attempts);
        assert_int_equal(duty->met_time != NULL, cases[i].outcome != 0);
        office_close(&o);
    }
}

/* clocks -------------------------------------------------------------------------------------- */

static void overdue_is_computed_at_reading_and_never_of_soft_or_provisional_clocks(void **state)
{
    static const struct {
        enum clock_kind kind;
        struct clock clock;
        int64_t held_ms;
        bool overdue;
    } cases[] = {
        /* now is 100 */
        { CLOCK_CONTACT, { .status = CLOCK_STATUS_RUNNING, .due_ms = 101 }, 0, false },
        { CLOCK_CONTACT, { .status = CLOCK_STATUS_RUNNING, .due_ms = 100 }, 0, true },
        { CLOCK_CONTACT,
          { .status = CLOCK_STATUS_RUNNING, .due_ms = 50, .provisional_from = 1 },
          0,
          false },
        { CLOCK_ACCEPT, { .status = CLOCK_STATUS_RUNNING, .due_ms = 50 }, 0, false },
        { CLOCK_ORDER, { .status = CLOCK_STATUS_RUNNING, .due_ms = 50 }, 0, false },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_PAUSED, .due_ms = 50 }, 49, false },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_PAUSED, .due_ms = 50 }, 50, true },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_MET, .due_ms = 50, .stopped_ms = 49 }, 0, false },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_MET, .due_ms = 50, .stopped_ms = 50 }, 0, true },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_VOID, .due_ms = 50 }, 0, false },
        { CLOCK_HANDLE, { .status = CLOCK_STATUS_VOID, .due_ms = 50, .overdue_ms = 51 }, 0, true },
        { CLOCK_FIX, { .status = CLOCK_STATUS_UNSPECIFIED }, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(clock_is_overdue(cases[i].kind, &cases[i].clock, cases[i].held_ms, 100),
                         cases[i].overdue);
}

static void a_clock_shows_its_length_its_calendar_and_what_the_tables_say(void **state)
{
    struct desk_office o;
    Hotline__V1__Order *order;
    Hotline__V1__Clock *clock;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_DISPATCHED);
    order = shown(&o, RELATION_OFFICE);
    clock = clock_of(order, CLOCK_HANDLE);
    assert_int_equal(clock->length, 5);
    assert_int_equal(clock->length_unit, HOTLINE__V1__LENGTH_UNIT__LENGTH_UNIT_WORKING_DAYS);
    assert_int_equal(clock->stamp, 1);
    assert_string_equal(clock->last_date, "2026-07-13");
    assert_string_equal(clock->article, "8(2)");
    assert_string_equal(clock->label_zh, "办理时限");
    assert_string_equal(clock->calendar_version, "2026.1");
    assert_string_equal(clock->rule_version, "1");
    assert_int_equal(clock->nature, HOTLINE__V1__CLOCK_NATURE__CLOCK_NATURE_HARD);
    assert_int_equal(clock->scope, HOTLINE__V1__CLOCK_SCOPE__CLOCK_SCOPE_ASSIGNMENT);
    assert_string_equal(clock->unit, "subdistricts/" CODE "/units/U01");
    assert_false(clock->provisional);
    clock = clock_of(order, CLOCK_TAKE);
    assert_int_equal(clock->length, 4);
    assert_int_equal(clock->length_unit, HOTLINE__V1__LENGTH_UNIT__LENGTH_UNIT_WORKING_HOURS);
    assert_string_equal(clock_of(order, CLOCK_CONTACT)->unit, "");
    office_close(&o);
}

static void a_count_by_an_older_calendar_names_no_versions(void **state)
{
    struct desk_office o;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_RECEIVED);
    o.order.clocks[CLOCK_CONTACT].calendar_version = 6;
    assert_string_equal(clock_of(shown(&o, RELATION_OFFICE), CLOCK_CONTACT)->calendar_version, "");
    assert_string_equal(view_calendar_version(o.calendar, 20454, 20819, &o.arena),
                        "2026.1+2027.0"); /* 2026-01-01 .. 2027-01-01 */
    office_close(&o);
}

/* actors -------------------------------------------------------------------------------------- */

static void actors_are_people_with_their_names_or_machines(void **state)
{
    static const struct {
        struct actor actor;
        const char *staff, *name, *unit, *principal;
    } cases[] = {
        { { ROLE_SPECIALIST, "lin" },
          "subdistricts/" CODE "/staff/lin",
          "林专员",
          "subdistricts/" CODE "/units/U01",
          "" },
        { { ROLE_OFFICE_HEAD, "gone" }, "subdistricts/" CODE "/staff/gone", "", "", "" },
        { { ROLE_DISTRICT_SYNC, "hub" }, "", "", "", "hotline://" CODE "/district/hub" },
        { { ROLE_ADMIN, "root" }, "", "", "", "hotline://" CODE "/admin/root" },
        { { ROLE_ADMIN, "head" }, "subdistricts/" CODE "/staff/head", "何主任", "", "" },
        { { ROLE_TIMER, "timer" }, "", "", "", "timer" },
    };
    struct directory directory;
    struct arena a;

    (void)state;
    office_people(&directory);
    arena_init(&a, VIEW_ARENA_BYTES);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Hotline__V1__Actor *actor = view_actor(CODE, &directory, &cases[i].actor, "U01", &a);

        assert_string_equal(actor->staff, cases[i].staff);
        assert_string_equal(actor->display_name, cases[i].name);
        assert_string_equal(actor->unit, cases[i].unit);
        assert_string_equal(actor->principal, cases[i].principal);
        assert_int_equal(actor->role, cases[i].actor.role == ROLE_TIMER ? 0 : cases[i].actor.role);
    }
    assert_null(view_actor(CODE, &directory, &(struct actor){ 0 }, "U01", &a));
    arena_release(&a);
}

static void instants_are_exact_to_the_millisecond_and_absent_when_never(void **state)
{
    static const int64_t instants[] = { 1, 999, 1000, MONDAY_MS + 7, -1, -1500 };
    struct arena a;

    (void)state;
    arena_init(&a, VIEW_ARENA_BYTES);
    for (size_t i = 0; i < COUNT_OF(instants); i++)
        assert_int_equal(view_ms(view_time(instants[i], &a)), instants[i]);
    assert_null(view_time(0, &a));
    assert_int_equal(view_ms(NULL), 0);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_duty_of_first_contact_ends_as_the_rules_say),
        cmocka_unit_test(overdue_is_computed_at_reading_and_never_of_soft_or_provisional_clocks),
        cmocka_unit_test(a_clock_shows_its_length_its_calendar_and_what_the_tables_say),
        cmocka_unit_test(a_count_by_an_older_calendar_names_no_versions),
        cmocka_unit_test(actors_are_people_with_their_names_or_machines),
        cmocka_unit_test(instants_are_exact_to_the_millisecond_and_absent_when_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
