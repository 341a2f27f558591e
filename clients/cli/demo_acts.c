/*
 * demo_acts.c - what is done with an order, one function an act: who does it, with which words.
 * Each is also an example of the library's typed calls.
 */
#include <errno.h>
#include <string.h>

#include "cli/demo.h"
#include "cli/moment.h"

#include "base/base.h"

enum { HOUR_MS = 3600 * 1000 };

/* Checks an answer and frees it; every command's answer begins with the order. */
static int done(struct demo *demo, const struct entry *entry, int r, void *answer)
{
    const Hotline__V1__TakeOrderResponse *any = answer;
    Hotline__V1__OrderState then = acts[entry->act].then;

    demo->n_calls++;
    if (r == 0 && !entry->sample->order)
        entry->sample->order = arena_strdup(&demo->session->arena, any->order->name);
    if (r == 0 && then && any->order->state != then) {
        fprintf(stderr, "\n%s: %s: state %d, expected %d\n", entry->sample->id, acts[entry->act].en,
                (int)any->order->state, (int)then);
        r = -EILSEQ;
    }
    if (r == 0 && then)
        demo->n_checks++;
    hotline_message_free(answer);
    return r;
}

static struct hotline *unit_person(struct demo *demo, const struct entry *entry)
{
    return person(demo, specialist_of(demo, entry->sample->expected.main_unit));
}

#define ERROR (&demo->session->error)
#define NAME TEXT(entry->sample->order)

/* intake, first contact, dispatch ---------------------------------------------------------------- */

static int receive(struct demo *demo, const struct entry *entry)
{
    const struct sample *sample = entry->sample;
    bool body = strstr(sample->citizen, "公司"); /* a company asks */
    Hotline__V1__ReceiveOrderRequest ask = HOTLINE__V1__RECEIVE_ORDER_REQUEST__INIT;
    Hotline__V1__Matter matter = HOTLINE__V1__MATTER__INIT;
    Hotline__V1__OrderText text = HOTLINE__V1__ORDER_TEXT__INIT;
    Hotline__V1__Place place = HOTLINE__V1__PLACE__INIT;
    Hotline__V1__OrderFlags flags = HOTLINE__V1__ORDER_FLAGS__INIT;
    Hotline__V1__CitizenPhone phone = HOTLINE__V1__CITIZEN_PHONE__INIT, *phones[] = { &phone };
    Hotline__V1__Citizen citizen = HOTLINE__V1__CITIZEN__INIT;
    Google__Protobuf__Timestamp received = moment_of(sample->received_ms);
    Hotline__V1__ReceiveOrderResponse *answer = NULL;
    int r;

    matter.label = TEXT(sample->matter);
    text.title = TEXT(sample->title);
    text.content = TEXT(sample->content);
    place.address = TEXT(sample->address);
    if (*sample->area)
        place.residential_area = TEXT(resource(demo, "units", sample->area));
    flags.urgent = sample->urgent;
    phone.number = TEXT(sample->phone);
    citizen.kind = body ? HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_LEGAL_PERSON
                        : HOTLINE__V1__CITIZEN_KIND__CITIZEN_KIND_NATURAL_PERSON;
    citizen.name = TEXT(sample->citizen);
    citizen.sex = sample->sex;
    citizen.n_phones = 1;
    citizen.phones = phones;
    citizen.wants_confidentiality = sample->confidential;
    ask.parent = TEXT(session_parent(demo->session));
    ask.district_number = TEXT(sample->number);
    ask.channel = sample->channel;
    ask.category = sample->category;
    ask.matter = &matter;
    ask.received_time = &received;
    ask.text = &text;
    ask.place = &place;
    ask.citizen = &citizen;
    ask.flags = &flags;
    r = hotline_receive_order(demo->district, &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int accept_order(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__AcceptOrderRequest ask = HOTLINE__V1__ACCEPT_ORDER_REQUEST__INIT;
    Hotline__V1__Matter matter = HOTLINE__V1__MATTER__INIT;
    Hotline__V1__AcceptOrderResponse *answer = NULL;
    int r;

    matter.label = TEXT(entry->sample->matter);
    ask.name = NAME;
    ask.category = entry->sample->category;
    ask.matter = &matter;
    r = hotline_accept_order(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int contact(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RecordContactRequest ask = HOTLINE__V1__RECORD_CONTACT_REQUEST__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__RecordContactResponse *answer = NULL;
    int r;

    ask.name = NAME;
    ask.side = HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_OFFICE;
    ask.channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask.contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask.result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED;
    ask.contact_time = &at;
    ask.summary = TEXT("已与市民电话联系，确认诉求与地点，告知办理流程。");
    r = hotline_record_contact(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int dispatch(struct demo *demo, const struct entry *entry)
{
    const struct expected *expected = &entry->sample->expected;
    Hotline__V1__DispatchOrderRequest ask = HOTLINE__V1__DISPATCH_ORDER_REQUEST__INIT;
    Hotline__V1__StatutoryDispatch statutory = HOTLINE__V1__STATUTORY_DISPATCH__INIT;
    Hotline__V1__DispatchOrderResponse *answer = NULL;
    char *informed[DEMO_INFORMED_MAX];
    int r;

    for (size_t i = 0; i < expected->n_informed; i++)
        informed[i] = TEXT(resource(demo, "units", expected->informed[i]));
    statutory.main_unit = TEXT(resource(demo, "units", expected->main_unit));
    statutory.legal_basis = TEXT("街道职责清单(示例)");
    statutory.limit_class = (Hotline__V1__LimitClass)expected->limit_days;
    statutory.limit_class_reason = TEXT(expected->limit_days == 1 ? "可即时办理"
                                        : expected->limit_days == 10 ? "情况复杂，需现场核查处置"
                                                                     : "");
    statutory.n_informed_units = expected->n_informed;
    statutory.informed_units = informed;
    ask.name = NAME;
    ask.mode_case = HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY;
    ask.statutory = &statutory;
    r = hotline_dispatch_order(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

/* the unit --------------------------------------------------------------------------------------- */

static int take(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__TakeOrderRequest ask = HOTLINE__V1__TAKE_ORDER_REQUEST__INIT;
    Hotline__V1__TakeOrderResponse *answer = NULL;
    int r;

    ask.name = NAME;
    r = hotline_take_order(unit_person(demo, entry), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int progress(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RecordProgressRequest ask = HOTLINE__V1__RECORD_PROGRESS_REQUEST__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__RecordProgressResponse *answer = NULL;
    int r;

    ask.name = NAME;
    ask.kind = entry->act == ACT_REPORT
                   ? HOTLINE__V1__PROGRESS_KIND__PROGRESS_KIND_MID_COURSE_REPORT
                   : HOTLINE__V1__PROGRESS_KIND__PROGRESS_KIND_SITE_VISIT;
    ask.progress_time = &at;
    ask.text = TEXT(entry->text);
    r = hotline_record_progress(unit_person(demo, entry), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

/* A reply says in which of the five ways it ends (article 10); a plan has its date. */
static int reply(struct demo *demo, const struct entry *entry)
{
    static const Hotline__V1__ResultType results[ACT_MAX] = {
        [ACT_REPLY] = HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_HANDLED,
        [ACT_REPLY_PLAN] = HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_HAS_PLAN,
        [ACT_REPLY_WAY] = HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_WAY_INDICATED,
    };
    Hotline__V1__SubmitReplyRequest ask = HOTLINE__V1__SUBMIT_REPLY_REQUEST__INIT;
    Hotline__V1__CitizenAnswer told = HOTLINE__V1__CITIZEN_ANSWER__INIT;
    Hotline__V1__Plan plan = HOTLINE__V1__PLAN__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__SubmitReplyResponse *answer = NULL;
    int r;

    told.channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    told.answer_time = &at;
    told.summary = TEXT("已电话答复市民处理过程和结果，市民表示知晓。");
    plan.text = TEXT("限期自行拆除，逾期组织拆除并复查。");
    plan.plan_date = TEXT("2026-04-20");
    ask.name = NAME;
    ask.result_type = results[entry->act];
    ask.handling_basis = HOTLINE__V1__HANDLING_BASIS__HANDLING_BASIS_LAW_EXPLICIT;
    ask.answer = &told;
    ask.result_text = TEXT(entry->text);
    ask.plan = entry->act == ACT_REPLY_PLAN ? &plan : NULL;
    r = hotline_submit_reply(unit_person(demo, entry), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

/* review, visit, closing ------------------------------------------------------------------------- */

static int reject_reply(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RejectReplyRequest ask = HOTLINE__V1__REJECT_REPLY_REQUEST__INIT;
    Hotline__V1__RejectionReason reasons[] = {
        HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_PLAN_INSUFFICIENT,
        HOTLINE__V1__REJECTION_REASON__REJECTION_REASON_RESULT_UNCLEAR,
    };
    Hotline__V1__RejectReplyResponse *answer = NULL;
    int r;

    ask.name = NAME;
    ask.n_reasons = COUNT_OF(reasons);
    ask.reasons = reasons;
    ask.text = TEXT(entry->text);
    r = hotline_reject_reply(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int accept_reply(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__AcceptReplyRequest ask = HOTLINE__V1__ACCEPT_REPLY_REQUEST__INIT;
    Hotline__V1__AcceptReplyResponse *answer = NULL;
    int r;

    ask.name = NAME;
    r = hotline_accept_reply(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int visit_attempt(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RecordVisitAttemptRequest ask = HOTLINE__V1__RECORD_VISIT_ATTEMPT_REQUEST__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__RecordVisitAttemptResponse *answer = NULL;
    int r;

    ask.name = NAME;
    ask.attempt_time = &at;
    ask.channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask.contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask.result = HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_NO_ANSWER;
    r = hotline_record_visit_attempt(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int visit(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RecordVisitRequest ask = HOTLINE__V1__RECORD_VISIT_REQUEST__INIT;
    Hotline__V1__ContactIndicator made = HOTLINE__V1__CONTACT_INDICATOR__INIT;
    Hotline__V1__ResultIndicator result = HOTLINE__V1__RESULT_INDICATOR__INIT;
    Hotline__V1__SatisfactionIndicator satisfaction = HOTLINE__V1__SATISFACTION_INDICATOR__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__RecordVisitResponse *answer = NULL;
    int r;

    made.unit_made_contact = made.demand_learned = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    result.actively_coordinated = result.process_and_result_told = result.actually_solved =
        HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
    result.unsolved_explained = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NOT_APPLICABLE;
    satisfaction.attitude = HOTLINE__V1__SATISFACTION__SATISFACTION_SATISFIED;
    satisfaction.handling = HOTLINE__V1__SATISFACTION__SATISFACTION_BASICALLY_SATISFIED;
    satisfaction.bad_attitude = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NO;
    satisfaction.understanding_sought = HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_NOT_APPLICABLE;
    ask.name = NAME;
    ask.visit_time = &at;
    ask.channel = HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE;
    ask.contact_line = HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST;
    ask.contact = &made;
    ask.result = &result;
    ask.satisfaction = &satisfaction;
    ask.outcome = HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_SATISFIED;
    r = hotline_record_visit(person(demo, "clerk"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int submit(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__SubmitClosingRequest ask = HOTLINE__V1__SUBMIT_CLOSING_REQUEST__INIT;
    Hotline__V1__SubmitClosingResponse *answer = NULL;
    int r;

    ask.name = NAME;
    r = hotline_submit_closing(person(demo, "head"), &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

static int close_order(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__RecordClosingRequest ask = HOTLINE__V1__RECORD_CLOSING_REQUEST__INIT;
    Google__Protobuf__Timestamp at = moment_of(demo->now_ms);
    Hotline__V1__RecordClosingResponse *answer = NULL;
    int r;

    ask.name = NAME;
    ask.registration_number = arena_printf(&demo->session->arena, "JA-%s", entry->sample->number);
    ask.registration_time = &at;
    r = hotline_record_closing(demo->district, &ask, &answer, ERROR);
    return done(demo, entry, r, answer);
}

/* reminders -------------------------------------------------------------------------------------- */

static const Hotline__V1__Rung awaited[ACT_MAX] = {
    [ACT_AWAIT_HALF] = HOTLINE__V1__RUNG__RUNG_HALF,
    [ACT_AWAIT_LAST_DAY] = HOTLINE__V1__RUNG__RUNG_LAST_DAY,
    [ACT_AWAIT_TWO_HOURS] = HOTLINE__V1__RUNG__RUNG_TWO_HOURS,
    [ACT_AWAIT_OVERDUE] = HOTLINE__V1__RUNG__RUNG_OVERDUE,
    [ACT_AWAIT_DAY_AFTER] = HOTLINE__V1__RUNG__RUNG_OVERDUE_ONE_DAY,
    [ACT_ACKNOWLEDGE] = HOTLINE__V1__RUNG__RUNG_OVERDUE,
};

/* The reminder of the handling clock that time has brought; it must reach the watcher. */
static int await(struct demo *demo, const struct entry *entry)
{
    struct seen_reminder seen;
    int r = watcher_wait(&demo->watcher, NAME, HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_HANDLE,
                         awaited[entry->act], &seen);

    fputc('\n', stdout);
    watcher_tell(&demo->watcher, NAME);
    fflush(stdout);
    demo->line_open = false;
    if (r < 0)
        fprintf(stderr, "%s: %s: %s\n", entry->sample->id, acts[entry->act].en,
                say(demo->session, "提醒没有到", "the reminder did not come"));
    else
        demo->n_checks++;
    return r < 0 ? -EILSEQ : 0;
}

static int acknowledge(struct demo *demo, const struct entry *entry)
{
    Hotline__V1__AcknowledgeReminderRequest ask = HOTLINE__V1__ACKNOWLEDGE_REMINDER_REQUEST__INIT;
    Hotline__V1__AcknowledgeReminderResponse *answer = NULL;
    struct seen_reminder seen;
    int r = watcher_wait(&demo->watcher, NAME, HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_HANDLE,
                         awaited[entry->act], &seen);

    if (r < 0)
        return -EILSEQ;
    ask.name = seen.name;
    r = hotline_acknowledge_reminder(person(demo, "head"), &ask, &answer, ERROR);
    hotline_message_free(answer);
    demo->n_calls++;
    return r;
}

#define STATE(name) HOTLINE__V1__ORDER_STATE__ORDER_STATE_##name

/* clang-format off */
const struct act acts[ACT_MAX] = {
    [ACT_RECEIVE]         = {"接收",     "received",      STATE(RECEIVED),       receive},
    [ACT_ACCEPT]          = {"受理",     "accepted",      STATE(ACCEPTED),       accept_order},
    [ACT_CONTACT]         = {"先行联系", "contacted",     0,                     contact},
    [ACT_DISPATCH]        = {"派单",     "dispatched",    STATE(DISPATCHED),     dispatch},
    [ACT_TAKE]            = {"接单",     "taken",         STATE(HANDLING),       take},
    [ACT_PROGRESS]        = {"现场查看", "site visit",    STATE(HANDLING),       progress},
    [ACT_REPORT]          = {"中途汇报", "report",        STATE(HANDLING),       progress},
    [ACT_REPLY]           = {"回复",     "replied",       STATE(REPLIED),        reply},
    [ACT_REPLY_PLAN]      = {"回复(计划)", "replied with a plan", STATE(REPLIED), reply},
    [ACT_REPLY_WAY]       = {"回复(指明途径)", "replied with the way", STATE(REPLIED), reply},
    [ACT_REJECT]          = {"审核退回", "rejected",      STATE(REPLY_REJECTED), reject_reply},
    [ACT_ACCEPT_REPLY]    = {"审核通过", "reviewed",      STATE(REVIEWED),       accept_reply},
    [ACT_VISIT_ATTEMPT]   = {"回访未接通", "visit not reached", STATE(REVIEWED),  visit_attempt},
    [ACT_VISIT]           = {"回访",     "visited",       STATE(REVIEWED),       visit},
    [ACT_SUBMIT]          = {"报区",     "submitted",     STATE(SUBMITTED),      submit},
    [ACT_CLOSE]           = {"结案",     "closed",        STATE(CLOSED),         close_order},
    [ACT_AWAIT_HALF]      = {"时限过半", "half is used",  0,                     await},
    [ACT_AWAIT_LAST_DAY]  = {"截止日",   "last day",      0,                     await},
    [ACT_AWAIT_TWO_HOURS] = {"到期前两小时", "two hours left", 0,                await},
    [ACT_AWAIT_OVERDUE]   = {"超期",     "overdue",       0,                     await},
    [ACT_AWAIT_DAY_AFTER] = {"超期一日", "one day overdue", 0,                   await},
    [ACT_ACKNOWLEDGE]     = {"确认提醒", "acknowledged",  0,                     acknowledge},
};
/* clang-format on */
