/*
 * test_desks.c - what is asked of each desk: requests as commands, their own refusals, answers.
 */
#include "tests/unit/test_view.h"

#include "base/base.h"

/* happy asks ---------------------------------------------------------------------------------- */

static struct errand *asked(struct desk_office *o, const char *method, const void *request,
                            enum role role)
{
    struct errand *errand = errand_for(o, method, request, role);

    assert_null(step_ask(errand));
    return errand;
}

static void a_delivery_becomes_the_intake_of_an_order(void **state)
{
    struct desk_office o;
    Hotline__V1__ReceiveOrderRequest *ask;
    const struct command *command;
    uint8_t phone[BLIND_INDEX_BYTES];

    (void)state;
    office_open(&o);
    ask = a_delivery(&o);
    ask->flags = NEW(&o, order_flags);
    ask->flags->urgent = ask->flags->major = true;
    ask->citizen->wants_confidentiality = true;
    ask->received_time = at(&o, o.now_ms + DISTRICT_SKEW_MS); /* just forgiven */
    command = &asked(&o, "ReceiveOrder", ask, ROLE_DISTRICT_SYNC)->command;
    assert_int_equal(command->kind, COMMAND_RECEIVE_ORDER);
    assert_int_equal(strlen(command->intake.id), ORDER_ID_BYTES - 1);
    assert_string_equal(command->intake.district_number, "BS20260706001");
    assert_string_equal(command->intake.city_number, "SH20260706001");
    assert_string_equal(command->intake.matter_code, "010203");
    assert_string_equal(command->intake.area_unit, "J01");
    assert_string_equal(command->intake.grid, "G-07");
    assert_int_equal(command->intake.channel, 1);
    assert_int_equal(command->intake.category, CATEGORY_HELP);
    assert_int_equal(command->intake.received_ms, o.now_ms + DISTRICT_SKEW_MS);
    assert_true(command->intake.urgent && command->intake.major);
    assert_true(command->intake.confidential); /* the citizen asked for it */
    assert_false(command->intake.multi_department);
    blind_index(&o.settings.blind_index_key, "13800000001", phone);
    assert_int_equal(command->intake.n_phones, 1);
    assert_memory_equal(command->intake.phones[0], phone, BLIND_INDEX_BYTES);
    office_close(&o);
}

static void a_dispatch_is_looked_up_in_the_directory(void **state)
{
    struct desk_office o;
    Hotline__V1__DispatchOrderRequest *ask;
    const struct command *command;

    (void)state;
    office_open(&o);
    ask = a_dispatch(&o);
    ask->statutory->limit_class = HOTLINE__V1__LIMIT_CLASS__LIMIT_CLASS_TEN_DAYS;
    ask->statutory->limit_class_reason = said("情况复杂");
    command = &asked(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->dispatch.mode, DISPATCH_MODE_STATUTORY);
    assert_string_equal(command->dispatch.main_unit, "U01");
    assert_true(command->dispatch.main_unit_known && command->dispatch.main_unit_active);
    assert_int_equal(command->dispatch.main_unit_kind, UNIT_KIND_DEPARTMENT);
    assert_string_equal(command->dispatch.informed[0], "U02");
    assert_null(command->dispatch.unknown_informed);
    assert_int_equal(command->dispatch.limit, LIMIT_TEN_DAYS);
    assert_true(command->dispatch.limit_reason_given);
    ask->statutory->main_unit = said("subdistricts/" CODE "/units/OLD");
    ask->statutory->informed_units[0] = said("subdistricts/" CODE "/units/NONE");
    command = &asked(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK)->command;
    assert_true(command->dispatch.main_unit_known);
    assert_false(command->dispatch.main_unit_active); /* ended */
    assert_string_equal(command->dispatch.unknown_informed, "NONE");
    ask->statutory->main_unit = said("subdistricts/" CODE "/units/NONE2");
    assert_false(
        asked(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK)->command.dispatch.main_unit_known);
    ask->mode_case = 0;
    assert_int_equal(asked(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK)->command.dispatch.mode,
                     DISPATCH_MODE_UNSPECIFIED);
    office_close(&o);
}

static void what_units_and_office_record_becomes_facts(void **state)
{
    struct desk_office o;
    const struct command *command;
    Hotline__V1__AcceptOrderRequest *acceptance;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    acceptance = an_acceptance(&o);
    acceptance->flags = NEW(&o, order_flags);
    acceptance->flags->multi_department = acceptance->flags->confidential = true;
    command = &asked(&o, "AcceptOrder", acceptance, ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->accept.category, CATEGORY_COMPLAINT);
    assert_string_equal(command->accept.matter_code, "010204");
    assert_true(command->accept.multi_department && command->accept.confidential);
    assert_int_equal(
        asked(&o, "TakeOrder", a_request(&o, COMMAND_TAKE_ORDER), ROLE_SPECIALIST)->command.kind,
        COMMAND_TAKE_ORDER);
    command = &asked(&o, "RecordContact", a_contact(&o), ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->contact.at_ms, o.now_ms);
    assert_int_equal(command->contact.channel, 1);
    assert_int_equal(command->contact.line, 1);
    assert_int_equal(command->contact.result, CONTACT_RESULT_REACHED);
    assert_false(command->contact.by_unit);
    assert_int_equal(asked(&o, "RecordProgress", a_note(&o), ROLE_SPECIALIST)->command.kind,
                     COMMAND_RECORD_PROGRESS);
    command = &asked(&o, "SubmitReply", a_reply(&o), ROLE_SPECIALIST)->command;
    assert_int_equal(command->reply.result, RESULT_HAS_PLAN);
    assert_int_equal(command->reply.basis, BASIS_LAW_EXPLICIT);
    assert_int_equal(command->reply.answered_ms, o.now_ms);
    assert_int_equal(command->reply.answer_channel, 1);
    assert_int_equal(command->reply.plan_day, 20666); /* 2026-08-01 */
    office_close(&o);
}

static void reviews_visits_and_closings_become_facts(void **state)
{
    struct desk_office o;
    const struct command *command;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_REVIEWED);
    assert_int_equal(asked(&o, "AcceptReply", an_approval(&o), ROLE_OFFICE_CLERK)->command.kind,
                     COMMAND_ACCEPT_REPLY);
    command = &asked(&o, "RejectReply", a_rejection(&o), ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->reject.n_reasons, 2);
    assert_int_equal(command->reject.reasons[0], 3);
    command = &asked(&o, "RecordVisitAttempt", an_attempt(&o), ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->visit.at_ms, o.now_ms);
    assert_int_equal(command->visit.result, CONTACT_RESULT_NO_ANSWER);
    assert_int_equal(command->visit.outcome, VISIT_OUTCOME_UNSPECIFIED);
    command = &asked(&o, "RecordVisit", a_visit(&o), ROLE_OFFICE_CLERK)->command;
    assert_int_equal(command->visit.result, CONTACT_RESULT_REACHED);
    assert_int_equal(command->visit.outcome, VISIT_OUTCOME_SATISFIED);
    assert_int_equal(command->visit.contacted, 1);
    assert_int_equal(command->visit.solved, 1);
    assert_int_equal(command->visit.handling, SATISFACTION_BASICALLY_SATISFIED);
    assert_int_equal(command->visit.understanding, 3);
    assert_false(command->visit.bad_attitude);
    assert_int_equal(
        asked(&o, "SubmitClosing", a_request(&o, COMMAND_SUBMIT_CLOSING), ROLE_OFFICE_CLERK)
            ->command.kind,
        COMMAND_SUBMIT_CLOSING);
    command = &asked(&o, "RecordClosing", a_registration(&o), ROLE_DISTRICT_SYNC)->command;
    assert_string_equal(command->closing.number, "JA-2026-0099");
    assert_int_equal(command->closing.at_ms, o.now_ms);
    office_close(&o);
}

/* refusals ------------------------------------------------------------------------------------ */

static void refused(struct desk_office *o, const char *method, const void *request, enum role role,
                    const char *field)
{
    struct errand *errand = errand_for(o, method, request, role);
    const struct refusal *refusal = step_ask(errand);

    if (!refusal)
        fail_msg("%s was not refused for %s", method, field);
    assert_int_equal(refusal->fault->id, FAULT_REQUEST_INVALID);
    for (size_t i = 0; i < refusal->n_fields; i++)
        if (strcmp(refusal->fields[i].field, field) == 0)
            return;
    fail_msg("%s names %s, not %s", method, refusal->fields[0].field, field);
}

static char *long_text(struct desk_office *o, size_t size)
{
    char *text = arena_alloc(&o->arena, size + 1);

    memset(text, '8', size);
    return text;
}

static void a_delivery_that_cannot_be_right_is_refused_by_field(void **state)
{
    struct desk_office o;
    Hotline__V1__ReceiveOrderRequest *ask;

    (void)state;
    office_open(&o);
#define SPOILED(spoil, field)                                                                      \
    do {                                                                                           \
        ask = a_delivery(&o);                                                                      \
        spoil;                                                                                     \
        refused(&o, "ReceiveOrder", ask, ROLE_DISTRICT_SYNC, field);                               \
    } while (0)
    SPOILED(ask->received_time = at(&o, o.now_ms + DISTRICT_SKEW_MS + 1), "received_time");
    SPOILED(ask->citizen->kind = HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_ANONYMOUS, "citizen.kind");
    SPOILED(ask->citizen->phones[0]->number = said("一三八"), "citizen.phones[0]");
    SPOILED(ask->citizen->phones[0]->number = said("138+1"), "citizen.phones[0]");
    SPOILED(ask->citizen->phones[0]->number = said("+-"), "citizen.phones[0]");
    SPOILED(ask->place->residential_area = said("subdistricts/" CODE "/units/NONE"),
            "place.residential_area");
    SPOILED(ask->place->residential_area = said("subdistricts/999/units/J01"),
            "place.residential_area");
    SPOILED(ask->district_number = long_text(&o, NUMBER_BYTES), "district_number");
    SPOILED(ask->city_number = long_text(&o, NUMBER_BYTES), "city_number");
    SPOILED(ask->matter->code = long_text(&o, MATTER_CODE_BYTES), "matter.code");
    SPOILED(ask->place->grid = long_text(&o, GRID_BYTES), "place.grid");
#undef SPOILED
    office_close(&o);
}

static void a_good_delivery_need_not_say_everything(void **state)
{
    struct desk_office o;
    Hotline__V1__ReceiveOrderRequest *ask;
    const struct command *command;

    (void)state;
    office_open(&o);
    ask = a_delivery(&o);
    ask->matter = NULL;
    ask->place = NULL;
    ask->citizen = NEW(&o, citizen);
    ask->citizen->kind = HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_ANONYMOUS;
    command = &asked(&o, "ReceiveOrder", ask, ROLE_DISTRICT_SYNC)->command;
    assert_int_equal(command->intake.n_phones, 0);
    assert_string_equal(command->intake.area_unit, "");
    office_close(&o);
}

static void everything_that_is_wrong_is_named_at_once(void **state)
{
    struct desk_office o;
    Hotline__V1__ReceiveOrderRequest *ask;
    const struct refusal *refusal;

    (void)state;
    office_open(&o);
    ask = a_delivery(&o);
    ask->received_time = at(&o, o.now_ms + HOUR_MS);
    ask->citizen->phones[0]->number = said("x");
    ask->city_number = long_text(&o, NUMBER_BYTES);
    refusal = step_ask(errand_for(&o, "ReceiveOrder", ask, ROLE_DISTRICT_SYNC));
    assert_int_equal(refusal->n_fields, 3);
    office_close(&o);
}

static void an_acceptance_needs_a_matter(void **state)
{
    struct desk_office o;
    Hotline__V1__AcceptOrderRequest *ask;

    (void)state;
    office_open(&o);
    ask = an_acceptance(&o);
    ask->matter->code = ask->matter->label = said("");
    refused(&o, "AcceptOrder", ask, ROLE_OFFICE_CLERK, "matter");
    ask->matter->code = long_text(&o, MATTER_CODE_BYTES);
    refused(&o, "AcceptOrder", ask, ROLE_OFFICE_CLERK, "matter.code");
    office_close(&o);
}

static void a_unit_is_named_once_and_of_this_subdistrict(void **state)
{
    struct desk_office o;
    Hotline__V1__DispatchOrderRequest *ask;

    (void)state;
    office_open(&o);
    ask = a_dispatch(&o);
    ask->statutory->informed_units[0] = ask->statutory->main_unit;
    refused(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK, "statutory.informed_units[0]");
    ask = a_dispatch(&o);
    ask->statutory->informed_units[1] = ask->statutory->informed_units[0];
    ask->statutory->n_informed_units = 2;
    refused(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK, "statutory.informed_units[1]");
    ask = a_dispatch(&o);
    ask->statutory->main_unit = said("subdistricts/999/units/U01");
    refused(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK, "statutory.main_unit");
    ask = a_dispatch(&o);
    ask->statutory->informed_units[0] = said("subdistricts/999/units/U02");
    refused(&o, "DispatchOrder", ask, ROLE_OFFICE_CLERK, "statutory.informed_units[0]");
    office_close(&o);
}

static void a_contact_fits_its_caller_its_line_and_its_result(void **state)
{
    struct desk_office o;
    Hotline__V1__RecordContactRequest *ask;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    refused(&o, "RecordContact", a_contact(&o), ROLE_SPECIALIST, "side");
    ask = a_contact(&o);
    ask->side = HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_UNIT;
    refused(&o, "RecordContact", ask, ROLE_OFFICE_CLERK, "side");
    assert_null(step_ask(errand_for(&o, "RecordContact", ask, ROLE_GRID_WORKER)));
    ask = a_contact(&o);
    ask->summary = said("");
    refused(&o, "RecordContact", ask, ROLE_OFFICE_CLERK, "summary");
    ask = a_contact(&o);
    ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED;
    ask->contact_line = 0; /* nothing was dialled */
    refused(&o, "RecordContact", ask, ROLE_OFFICE_CLERK, "waiver_source");
    ask->waiver_source = said("匿名");
    assert_null(step_ask(errand_for(&o, "RecordContact", ask, ROLE_OFFICE_CLERK)));
    ask = a_contact(&o);
    ask->contact_line = 0;
    refused(&o, "RecordContact", ask, ROLE_OFFICE_CLERK, "contact_line");
    ask->channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_HOME_VISIT;
    assert_null(step_ask(errand_for(&o, "RecordContact", ask, ROLE_OFFICE_CLERK)));
    ask = a_contact(&o);
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_SECOND; /* the citizen has one */
    refused(&o, "RecordContact", ask, ROLE_OFFICE_CLERK, "contact_line");
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_OTHER;
    assert_null(step_ask(errand_for(&o, "RecordContact", ask, ROLE_OFFICE_CLERK)));
    office_close(&o);
}

static void progress_lies_between_receipt_and_now(void **state)
{
    struct desk_office o;
    Hotline__V1__RecordProgressRequest *ask;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    ask = a_note(&o);
    ask->progress_time = at(&o, o.now_ms + 1);
    refused(&o, "RecordProgress", ask, ROLE_SPECIALIST, "progress_time");
    ask->progress_time = at(&o, o.order.received_ms - 1);
    refused(&o, "RecordProgress", ask, ROLE_SPECIALIST, "progress_time");
    office_close(&o);
}

static void a_plan_has_a_date_and_belongs_to_one_result(void **state)
{
    struct desk_office o;
    Hotline__V1__SubmitReplyRequest *ask;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    ask = a_reply(&o);
    ask->plan->plan_date = said("2026-02-30");
    refused(&o, "SubmitReply", ask, ROLE_SPECIALIST, "plan.plan_date");
    ask = a_reply(&o);
    ask->result_type = HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_HANDLED;
    refused(&o, "SubmitReply", ask, ROLE_SPECIALIST, "plan");
    ask->plan = NULL;
    assert_int_equal(asked(&o, "SubmitReply", ask, ROLE_SPECIALIST)->command.reply.plan_day, 0);
    office_close(&o);
}

static void a_reason_is_named_once_and_not_without_end(void **state)
{
    struct desk_office o;
    Hotline__V1__RejectReplyRequest *ask;
    size_t most = REASONS_MAX;

    (void)state;
    office_open(&o);
    ask = a_rejection(&o);
    ask->reasons[1] = ask->reasons[0];
    refused(&o, "RejectReply", ask, ROLE_OFFICE_CLERK, "reasons[1]");
    for (int i = 0; i < 11; i++)
        ask->reasons[i] = (Hotline__V1__RejectionReason)(i + 1);
    ask->n_reasons = most < 11 ? most : 11;
    assert_int_equal(asked(&o, "RejectReply", ask, ROLE_OFFICE_CLERK)->command.reject.n_reasons,
                     ask->n_reasons);
    office_close(&o);
}

static void a_visit_ends_as_its_indicators_say(void **state)
{
    struct desk_office o;
    Hotline__V1__RecordVisitRequest *ask;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_REVIEWED);
    ask = a_visit(&o);
    ask->outcome = HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_NOT_REACHED;
    refused(&o, "RecordVisit", ask, ROLE_OFFICE_CLERK, "outcome");
    ask = a_visit(&o);
    ask->satisfaction->attitude = HOTLINE__V1__SATISFACTION__SATISFACTION_DISSATISFIED;
    refused(&o, "RecordVisit", ask, ROLE_OFFICE_CLERK, "outcome");
    ask->outcome = HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_DISSATISFIED;
    refused(&o, "RecordVisit", ask, ROLE_OFFICE_CLERK, "dissatisfaction_reasons");
    ask = a_visit(&o);
    ask->contact_line = 0;
    refused(&o, "RecordVisit", ask, ROLE_OFFICE_CLERK, "contact_line");
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_THIRD;
    refused(&o, "RecordVisit", ask, ROLE_OFFICE_CLERK, "contact_line");
    office_close(&o);
}

static void an_attempt_reached_nobody(void **state)
{
    struct desk_office o;
    Hotline__V1__RecordVisitAttemptRequest *ask;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_REVIEWED);
    ask = an_attempt(&o);
    ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED;
    refused(&o, "RecordVisitAttempt", ask, ROLE_OFFICE_CLERK, "result");
    ask = an_attempt(&o);
    ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED;
    ask->note = said("");
    refused(&o, "RecordVisitAttempt", ask, ROLE_OFFICE_CLERK, "note");
    ask = an_attempt(&o);
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_SECOND;
    refused(&o, "RecordVisitAttempt", ask, ROLE_OFFICE_CLERK, "contact_line");
    office_close(&o);
}

static void a_registration_has_a_number_that_fits_and_a_time_that_was(void **state)
{
    struct desk_office o;
    Hotline__V1__RecordClosingRequest *ask;

    (void)state;
    office_open(&o);
    ask = a_registration(&o);
    ask->registration_number = long_text(&o, NUMBER_BYTES);
    refused(&o, "RecordClosing", ask, ROLE_DISTRICT_SYNC, "registration_number");
    ask = a_registration(&o);
    ask->registration_time = at(&o, o.now_ms + DISTRICT_SKEW_MS + 1);
    refused(&o, "RecordClosing", ask, ROLE_DISTRICT_SYNC, "registration_time");
    office_close(&o);
}

/* no memory ----------------------------------------------------------------------------------- */

static void a_delivery_without_memory_is_refused(void **state)
{
    struct desk_office o;
    const struct refusal *refusal = NULL;

    (void)state;
    office_open(&o);
    for (size_t bytes = 0; bytes == 0 || refusal; bytes += 64) {
        struct errand *errand = errand_for(&o, "ReceiveOrder", a_delivery(&o), ROLE_DISTRICT_SYNC);
        struct arena a;

        arena_init(&a, bytes);
        errand->arena = &a;
        refusal = step_ask(errand);
        assert_true(!refusal || (a.failed && refusal->fault->id == FAULT_TOO_LARGE));
        arena_release(&a);
    }
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_becomes_the_intake_of_an_order),
        cmocka_unit_test(a_dispatch_is_looked_up_in_the_directory),
        cmocka_unit_test(what_units_and_office_record_becomes_facts),
        cmocka_unit_test(reviews_visits_and_closings_become_facts),
        cmocka_unit_test(a_delivery_that_cannot_be_right_is_refused_by_field),
        cmocka_unit_test(a_good_delivery_need_not_say_everything),
        cmocka_unit_test(everything_that_is_wrong_is_named_at_once),
        cmocka_unit_test(an_acceptance_needs_a_matter),
        cmocka_unit_test(a_unit_is_named_once_and_of_this_subdistrict),
        cmocka_unit_test(a_contact_fits_its_caller_its_line_and_its_result),
        cmocka_unit_test(progress_lies_between_receipt_and_now),
        cmocka_unit_test(a_plan_has_a_date_and_belongs_to_one_result),
        cmocka_unit_test(a_reason_is_named_once_and_not_without_end),
        cmocka_unit_test(a_visit_ends_as_its_indicators_say),
        cmocka_unit_test(an_attempt_reached_nobody),
        cmocka_unit_test(a_registration_has_a_number_that_fits_and_a_time_that_was),
        cmocka_unit_test(a_delivery_without_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
