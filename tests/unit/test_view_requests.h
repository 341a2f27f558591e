/*
 * test_view_requests.h - one good request of each command, for tests to spoil. Part of test_view.h.
 */
#ifndef HOTLINE_TESTS_UNIT_TEST_VIEW_REQUESTS_H
#define HOTLINE_TESTS_UNIT_TEST_VIEW_REQUESTS_H

#include <hotline/v1/dispatch.pb-c.h>
#include <hotline/v1/handling.pb-c.h>
#include <hotline/v1/intake.pb-c.h>
#include <hotline/v1/return_visit.pb-c.h>
#include <hotline/v1/review.pb-c.h>

#include "tests/unit/test_view_office.h"

static inline char *said(const char *text)
{
    return (char *)(uintptr_t)text;
}

static inline Google__Protobuf__Timestamp *at(struct desk_office *o, int64_t at_ms)
{
    return view_time(at_ms, &o->arena);
}

#define NEW(o, type) view_new(&(o)->arena, &hotline__v1__##type##__descriptor)

static inline Hotline__V1__ReceiveOrderRequest *a_delivery(struct desk_office *o)
{
    Hotline__V1__ReceiveOrderRequest *ask = NEW(o, receive_order_request);

    ask->parent = said("subdistricts/" CODE);
    ask->district_number = said("BS20260706001");
    ask->city_number = said("SH20260706001");
    ask->channel = HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_PHONE;
    ask->category = HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_HELP;
    ask->received_time = at(o, o->now_ms);
    ask->matter = NEW(o, matter);
    ask->matter->code = said("010203");
    ask->matter->label = said("物业管理");
    ask->text = NEW(o, order_text);
    ask->text->title = said("电梯故障");
    ask->text->content = said("三号楼电梯停运两天，老人无法下楼。");
    ask->place = NEW(o, place);
    ask->place->address = said("友谊路1号三号楼");
    ask->place->grid = said("G-07");
    ask->place->residential_area = said("subdistricts/" CODE "/units/J01");
    ask->citizen = NEW(o, citizen);
    ask->citizen->kind = HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_NATURAL_PERSON;
    ask->citizen->name = said("王某某");
    ask->citizen->address = said("友谊路1号302室");
    ask->citizen->phones = ARENA_ARRAY(&o->arena, Hotline__V1__CitizenPhone *, 4);
    ask->citizen->phones[0] = NEW(o, citizen_phone);
    ask->citizen->phones[0]->number = said("138-0000-0001");
    ask->citizen->n_phones = 1;
    return ask;
}

static inline Hotline__V1__AcceptOrderRequest *an_acceptance(struct desk_office *o)
{
    Hotline__V1__AcceptOrderRequest *ask = NEW(o, accept_order_request);

    ask->category = HOTLINE__V1__REQUEST_CATEGORY__REQUEST_CATEGORY_COMPLAINT;
    ask->matter = NEW(o, matter);
    ask->matter->code = said("010204");
    ask->matter->label = said("电梯维修");
    return ask;
}

static inline Hotline__V1__DispatchOrderRequest *a_dispatch(struct desk_office *o)
{
    Hotline__V1__DispatchOrderRequest *ask = NEW(o, dispatch_order_request);

    ask->mode_case = HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY;
    ask->statutory = NEW(o, statutory_dispatch);
    ask->statutory->main_unit = said("subdistricts/" CODE "/units/U01");
    ask->statutory->legal_basis = said("街道职责清单第12项");
    ask->statutory->limit_class = HOTLINE__V1__LIMIT_CLASS__LIMIT_CLASS_FIVE_DAYS;
    ask->statutory->informed_units = ARENA_ARRAY(&o->arena, char *, 4);
    ask->statutory->informed_units[0] = said("subdistricts/" CODE "/units/U02");
    ask->statutory->n_informed_units = 1;
    return ask;
}

static inline Hotline__V1__RecordContactRequest *a_contact(struct desk_office *o)
{
    Hotline__V1__RecordContactRequest *ask = NEW(o, record_contact_request);

    ask->side = HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_OFFICE;
    ask->channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED;
    ask->contact_time = at(o, o->now_ms);
    ask->summary = said("市民希望尽快修复");
    ask->clarified_demand = said("请今日内修复电梯");
    return ask;
}

static inline Hotline__V1__RecordProgressRequest *a_note(struct desk_office *o)
{
    Hotline__V1__RecordProgressRequest *ask = NEW(o, record_progress_request);

    ask->kind = HOTLINE__V1__PROGRESS_KIND__PROGRESS_KIND_SITE_VISIT;
    ask->progress_time = at(o, o->now_ms);
    ask->text = said("已到现场，主板损坏");
    ask->participants = said("物业、维保单位");
    return ask;
}

static inline Hotline__V1__SubmitReplyRequest *a_reply(struct desk_office *o)
{
    Hotline__V1__SubmitReplyRequest *ask = NEW(o, submit_reply_request);

    ask->result_type = HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_HAS_PLAN;
    ask->handling_basis = HOTLINE__V1__HANDLING_BASIS__HANDLING_BASIS_LAW_EXPLICIT;
    ask->answer = NEW(o, citizen_answer);
    ask->answer->channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask->answer->answer_time = at(o, o->now_ms);
    ask->answer->summary = said("已告知更换主板的安排");
    ask->answer->delivered_to = said("王某某之女");
    ask->result_text = said("已联系维保单位订购主板");
    ask->plan = NEW(o, plan);
    ask->plan->text = said("更换主板");
    ask->plan->plan_date = said("2026-08-01");
    return ask;
}

static inline Hotline__V1__RejectReplyRequest *a_rejection(struct desk_office *o)
{
    Hotline__V1__RejectReplyRequest *ask = NEW(o, reject_reply_request);

    ask->reasons = arena_alloc(&o->arena, 16 * sizeof(*ask->reasons));
    ask->reasons[0] = HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_RESULT_UNCLEAR;
    ask->reasons[1] = HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_PLAN_INSUFFICIENT;
    ask->n_reasons = 2;
    ask->text = said("请写明完成时间");
    return ask;
}

static inline Hotline__V1__AcceptReplyRequest *an_approval(struct desk_office *o)
{
    Hotline__V1__AcceptReplyRequest *ask = NEW(o, accept_reply_request);

    ask->text = said("同意");
    return ask;
}

static inline Hotline__V1__RecordVisitAttemptRequest *an_attempt(struct desk_office *o)
{
    Hotline__V1__RecordVisitAttemptRequest *ask = NEW(o, record_visit_attempt_request);

    ask->attempt_time = at(o, o->now_ms);
    ask->channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask->result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_NO_ANSWER;
    ask->note = said("无人接听，晚些再打");
    return ask;
}

static inline Hotline__V1__RecordVisitRequest *a_visit(struct desk_office *o)
{
    Hotline__V1__RecordVisitRequest *ask = NEW(o, record_visit_request);

    ask->visit_time = at(o, o->now_ms);
    ask->channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask->contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask->contact = NEW(o, contact_indicator);
    ask->contact->unit_made_contact = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    ask->contact->demand_learned = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    ask->result = NEW(o, result_indicator);
    ask->result->actively_coordinated = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    ask->result->process_and_result_told = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    ask->result->unsolved_explained = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NOT_APPLICABLE;
    ask->result->actually_solved = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    ask->satisfaction = NEW(o, satisfaction_indicator);
    ask->satisfaction->attitude = HOTLINE__V1__SATISFACTION__SATISFACTION_SATISFIED;
    ask->satisfaction->handling = HOTLINE__V1__SATISFACTION__SATISFACTION_BASICALLY_SATISFIED;
    ask->satisfaction->bad_attitude = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NO;
    ask->satisfaction->understanding_sought =
        HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NOT_APPLICABLE;
    ask->outcome = HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_SATISFIED;
    ask->text = said("市民表示感谢");
    ask->script_version = said("话术3.1");
    ask->recording_reference = said("REC-0042");
    return ask;
}

static inline Hotline__V1__RecordClosingRequest *a_registration(struct desk_office *o)
{
    Hotline__V1__RecordClosingRequest *ask = NEW(o, record_closing_request);

    ask->registration_number = said("JA-2026-0099");
    ask->registration_time = at(o, o->now_ms);
    ask->note = said("予以结案");
    return ask;
}

/* The request of a command of the main path. */
static inline void *a_request(struct desk_office *o, enum command_kind kind)
{
    switch (kind) {
    case COMMAND_RECEIVE_ORDER:
        return a_delivery(o);
    case COMMAND_ACCEPT_ORDER:
        return an_acceptance(o);
    case COMMAND_DISPATCH_ORDER:
        return a_dispatch(o);
    case COMMAND_SUBMIT_REPLY:
        return a_reply(o);
    case COMMAND_ACCEPT_REPLY:
        return an_approval(o);
    case COMMAND_RECORD_VISIT:
        return a_visit(o);
    case COMMAND_RECORD_CLOSING:
        return a_registration(o);
    default: /* says nothing but its name */
        return view_new(&o->arena, words_type(kind));
    }
}

#endif
