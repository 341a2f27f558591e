/*
 * test_view_answers.c - the tables of the desks, and what they answer: orders after a command,
 * pages of a timeline, the commands that are possible now.
 */
#include "tests/unit/test_view.h"

#include <hotline/v1/order_service.pb-c.h>

#include "base/base.h"

static const struct rpc_service *const all_desks[] = {
    &desk_intake, &desk_dispatch, &desk_handling, &desk_review, &desk_return_visit, &desk_order,
};

/* the tables ---------------------------------------------------------------------------------- */

static void every_method_of_a_service_has_one_row_and_no_row_is_without(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all_desks); i++) {
        const struct rpc_service *desk = all_desks[i];

        assert_int_equal(desk->n_methods, desk->descriptor->n_methods);
        for (unsigned j = 0; j < desk->descriptor->n_methods; j++) {
            const struct road_row *row = desk_row(desk->descriptor->methods[j].name);

            assert_string_equal(row->method, desk->descriptor->methods[j].name);
            assert_int_not_equal(row->permission, MAY_NOTHING);
            assert_int_equal((row->ask != NULL) + (row->read != NULL) + (row->walk != NULL), 1);
        }
    }
}

static void all_commands_have_the_common_head_and_the_common_answer(void **state)
{
    static const char *const answer[] = { "order", "cursor", "replayed" };

    (void)state;
    for (size_t i = 0; i + 1 < COUNT_OF(all_desks); i++) {
        for (unsigned j = 0; j < all_desks[i]->descriptor->n_methods; j++) {
            const ProtobufCMethodDescriptor *method = &all_desks[i]->descriptor->methods[j];
            const ProtobufCFieldDescriptor *fields = method->input->fields;

            assert_int_equal(fields[0].offset, offsetof(struct command_head, name));
            assert_string_equal(fields[1].name, "request_id");
            assert_int_equal(fields[1].offset, offsetof(struct command_head, request_id));
            assert_int_equal(fields[2].offset, offsetof(struct command_head, etag));
            assert_int_equal(fields[3].offset, offsetof(struct command_head, validate_only));
            assert_int_equal(method->output->n_fields, COUNT_OF(answer));
            for (size_t k = 0; k < COUNT_OF(answer); k++)
                assert_string_equal(method->output->fields[k].name, answer[k]);
            assert_int_equal(method->output->sizeof_message,
                             hotline__v1__take_order_response__descriptor.sizeof_message);
        }
    }
}

/* answers ------------------------------------------------------------------------------------- */

static void a_command_is_answered_with_the_order_in_basic_view(void **state)
{
    struct desk_office o;
    struct errand *errand;
    Hotline__V1__RecordContactResponse *answer;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    errand = errand_for(&o, "RecordContact", a_contact(&o), ROLE_OFFICE_CLERK);
    assert_null(step_ask(errand));
    assert_null(step_decide(&o, errand));
    errand->sequence = 42;
    answer = (void *)errand->row->view(errand);
    assert_ptr_equal(answer->base.descriptor, &hotline__v1__record_contact_response__descriptor);
    assert_int_equal(answer->order->view, HOTLINE__V1__ORDER_VIEW__ORDER_VIEW_BASIC);
    assert_int_equal(answer->order->n_contacts, 0); /* whoever wants them reads the order */
    assert_string_equal(answer->cursor, "c1-42");
    assert_false(answer->replayed);
    office_close(&o);
}

static void a_delivery_is_answered_with_its_citizen_and_a_replay_with_the_stored_one(void **state)
{
    struct desk_office o;
    struct errand *errand;
    Hotline__V1__ReceiveOrderResponse *answer;

    (void)state;
    office_open(&o);
    errand = step(&o, "ReceiveOrder", a_delivery(&o), ROLE_DISTRICT_SYNC);
    errand->texts = o.texts; /* the road adds the words it commits */
    errand->n_texts = o.n_texts;
    answer = (void *)errand->row->view(errand);
    assert_string_equal(answer->order->citizen->name, "王某某");
    assert_string_equal(answer->order->text->title, "电梯故障");
    errand = errand_for(&o, "ReceiveOrder", a_delivery(&o), ROLE_DISTRICT_SYNC);
    errand->replayed = true;
    answer = (void *)errand->row->view(errand);
    assert_true(answer->replayed);
    assert_string_equal(answer->cursor, "");
    assert_string_equal(answer->order->citizen->name, "王某某");
    office_close(&o);
}

static void an_order_is_read_with_its_citizen(void **state)
{
    struct desk_office o;
    Hotline__V1__GetOrderRequest ask = HOTLINE__V1__GET_ORDER_REQUEST__INIT;
    struct errand *errand;
    ProtobufCMessage *response = NULL;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_ACCEPTED);
    errand = errand_for(&o, "GetOrder", &ask, ROLE_OFFICE_CLERK);
    assert_null(errand->row->read(errand, &response));
    assert_string_equal(((Hotline__V1__GetOrderResponse *)response)->order->citizen->name,
                        "王某某");
    office_close(&o);
}

static void a_timeline_is_paged_with_signed_tokens(void **state)
{
    struct desk_office o;
    Hotline__V1__GetTimelineRequest ask = HOTLINE__V1__GET_TIMELINE_REQUEST__INIT;
    Hotline__V1__GetTimelineResponse *response = NULL;
    struct errand *errand;
    const struct refusal *refusal;
    size_t seen = 0;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_CLOSED);
    ask.name = said("subdistricts/" CODE "/orders/X");
    ask.page_size = 4;
    do {
        errand = errand_for(&o, "GetTimeline", &ask, ROLE_OFFICE_CLERK);
        assert_null(errand->row->read(errand, (ProtobufCMessage **)(void *)&response));
        for (size_t i = 0; i < response->n_events; i++)
            assert_int_equal(response->events[i]->number, ++seen);
        ask.page_token = response->next_page_token;
    } while (response->next_page_token[0]);
    assert_int_equal(seen, o.order.events);
    ask.page_token = said("made up");
    errand = errand_for(&o, "GetTimeline", &ask, ROLE_OFFICE_CLERK);
    refusal = errand->row->read(errand, (ProtobufCMessage **)(void *)&response);
    assert_int_equal(refusal->fault->id, FAULT_PAGE_TOKEN_INVALID);
    ask.page_token = said("");
    ask.page_size = 0; /* the default is enough for all */
    o.history[1] = slice_text("\xff");
    errand = errand_for(&o, "GetTimeline", &ask, ROLE_OFFICE_CLERK);
    refusal = errand->row->read(errand, (ProtobufCMessage **)(void *)&response);
    assert_int_equal(refusal->fault->id, FAULT_INTERNAL);
    office_close(&o);
}

static Hotline__V1__ListAvailableCommandsResponse *available(struct desk_office *o, enum role role)
{
    Hotline__V1__ListAvailableCommandsRequest ask =
        HOTLINE__V1__LIST_AVAILABLE_COMMANDS_REQUEST__INIT;
    ProtobufCMessage *response = NULL;
    struct errand *errand = errand_for(o, "ListAvailableCommands", &ask, role);

    assert_null(errand->row->read(errand, &response));
    return (void *)response;
}

static const Hotline__V1__AvailableCommand *command_of(
    const Hotline__V1__ListAvailableCommandsResponse *list, const char *name)
{
    for (size_t i = 0; i < list->n_commands; i++)
        if (strcmp(list->commands[i]->command, name) == 0)
            return list->commands[i];
    return NULL;
}

static void commands_are_listed_allowed_ones_first_with_the_reason_for_the_rest(void **state)
{
    struct desk_office o;
    Hotline__V1__ListAvailableCommandsResponse *list;
    const Hotline__V1__AvailableCommand *command;
    bool ended = false;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_DISPATCHED);
    list = available(&o, ROLE_SPECIALIST);
    assert_int_equal(list->state, HOTLINE__V1__ORDER_STATE__ORDER_STATE_DISPATCHED);
    assert_string_equal(list->etag, "v3");
    for (size_t i = 0; i < list->n_commands; i++) {
        ended = ended || !list->commands[i]->allowed;
        assert_int_equal(list->commands[i]->allowed, !ended);
        assert_int_equal(list->commands[i]->refusal[0] != 0, ended);
        assert_true(list->commands[i]->n_roles > 0);
    }
    command = command_of(list, "TakeOrder");
    assert_true(command->allowed);
    assert_string_equal(command->method, "hotline.v1.HandlingService/TakeOrder");
    assert_string_equal(command->transition, "T10");
    assert_string_equal(command->label_zh, "接单");
    assert_null(command_of(list, "FireTimer"));
    assert_null(command_of(list, "AmendOrder"));
    command = command_of(list, "SubmitReply");
    assert_false(command->allowed);
    assert_string_equal(command->refusal, "WRONG_STATE");
    assert_string_not_equal(command->refusal_zh, "");
    assert_null(command_of(available(&o, ROLE_OFFICE_CLERK), "TakeOrder")); /* never theirs */
    assert_true(command_of(available(&o, ROLE_OFFICE_CLERK), "RecordContact")->allowed);
    office_close(&o);
}

static void a_specialist_of_another_unit_may_not_take(void **state)
{
    struct desk_office o;
    Hotline__V1__ListAvailableCommandsRequest ask =
        HOTLINE__V1__LIST_AVAILABLE_COMMANDS_REQUEST__INIT;
    ProtobufCMessage *response = NULL;
    struct errand *errand;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_DISPATCHED);
    errand = errand_for(&o, "ListAvailableCommands", &ask, ROLE_SPECIALIST);
    errand->principal.standing.units[0] = "U02"; /* informed, not in charge */
    assert_null(errand->row->read(errand, &response));
    assert_int_equal(((Hotline__V1__ListAvailableCommandsResponse *)response)->n_commands, 0);
    office_close(&o);
}

/* no memory ----------------------------------------------------------------------------------- */

static void an_errand_without_memory_is_refused_and_nothing_breaks(void **state)
{
    static const char *const reads[] = { "GetOrder", "GetTimeline", "ListAvailableCommands" };
    struct desk_office o;
    Hotline__V1__GetTimelineRequest ask = HOTLINE__V1__GET_TIMELINE_REQUEST__INIT;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_CLOSED);
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        const struct refusal *refusal = NULL;

        for (size_t bytes = 0; bytes == 0 || refusal; bytes += 256) {
            struct errand *errand = errand_for(&o, reads[i], &ask, ROLE_OFFICE_CLERK);
            ProtobufCMessage *response = NULL;
            struct arena a;

            arena_init(&a, bytes);
            errand->arena = &a;
            refusal = errand->row->read(errand, &response);
            assert_true(refusal ? a.failed && refusal->fault->id == FAULT_TOO_LARGE
                                : response != NULL);
            arena_release(&a);
        }
    }
    office_close(&o);
}

static void an_answer_without_memory_is_none(void **state)
{
    struct desk_office o;
    struct errand *errand;
    ProtobufCMessage *answer = NULL;

    (void)state;
    office_open(&o);
    walk_to(&o, ORDER_STATE_HANDLING);
    errand = step(&o, "RecordContact", a_contact(&o), ROLE_OFFICE_CLERK);
    for (size_t bytes = 0; !answer; bytes += 64) {
        struct arena a;

        arena_init(&a, bytes);
        errand->arena = &a;
        errand->n_texts = o.n_texts - 1;
        answer = errand->row->view(errand);
        assert_true(answer || a.failed);
        arena_release(&a);
    }
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_of_a_service_has_one_row_and_no_row_is_without),
        cmocka_unit_test(all_commands_have_the_common_head_and_the_common_answer),
        cmocka_unit_test(a_command_is_answered_with_the_order_in_basic_view),
        cmocka_unit_test(a_delivery_is_answered_with_its_citizen_and_a_replay_with_the_stored_one),
        cmocka_unit_test(an_order_is_read_with_its_citizen),
        cmocka_unit_test(a_timeline_is_paged_with_signed_tokens),
        cmocka_unit_test(commands_are_listed_allowed_ones_first_with_the_reason_for_the_rest),
        cmocka_unit_test(a_specialist_of_another_unit_may_not_take),
        cmocka_unit_test(an_errand_without_memory_is_refused_and_nothing_breaks),
        cmocka_unit_test(an_answer_without_memory_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
