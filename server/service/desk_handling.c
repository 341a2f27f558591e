/*
 * desk_handling.c - the handling desk: the unit takes the order, speaks with the citizen, acts and
 * replies; the office makes the first contact (article 8).
 */
#include "service/desks.h"

#include <string.h>

#include "domain/civil.h"
#include "hotline/v1/handling.pb-c.h"
#include "service/view_base.h"

#include "base/base.h"

/* TakeOrder ----------------------------------------------------------------------------------- */

static const struct refusal *ask_take_order(struct errand *errand, const ProtobufCMessage *request,
                                            struct command *command)
{
    (void)errand;
    (void)request; /* says only which order */
    *command = (struct command){ .kind = COMMAND_TAKE_ORDER };
    return NULL;
}

/* RecordContact ------------------------------------------------------------------------------- */

/* The office's contact is the office's duty, the unit's is a fact of its own (A4); nobody makes a
 * contact in the other's name. */
static void ask_side(struct wrong *wrong, Hotline__V1__ContactSide side)
{
    bool of_office = wrong->errand->principal.roles & ROLES_OFFICE;
    bool for_office = side == HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_OFFICE;

    if (of_office != for_office)
        wrong_field(wrong, "side", "联系主体与操作人的角色不符",
                    "the side does not fit the role of the caller");
}

/* Each result with the words it needs. */
static void ask_contact_words(struct wrong *wrong, const Hotline__V1__RecordContactRequest *ask)
{
    if (ask->result == HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED && !ask->summary[0])
        wrong_field(wrong, "summary", "已联系上的须写明联系摘要",
                    "a citizen was reached: say what was said");
    if (ask->result == HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED && !ask->waiver_source[0])
        wrong_field(wrong, "waiver_source", "免联系的须写明来源",
                    "no contact is due: say who or what says so");
}

static const struct refusal *ask_record_contact(struct errand *errand,
                                                const ProtobufCMessage *request,
                                                struct command *command)
{
    const Hotline__V1__RecordContactRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_RECORD_CONTACT };
    command->contact.at_ms = view_ms(ask->contact_time);
    command->contact.channel = ask->channel;
    command->contact.line = ask->contact_line;
    command->contact.result = (enum contact_result)ask->result;
    command->contact.by_unit = ask->side == HOTLINE__V1__CONTACT_SIDE__CONTACT_SIDE_UNIT;
    ask_side(&wrong, ask->side);
    ask_line(&wrong, ask->channel, ask->contact_line, ask->result);
    ask_contact_words(&wrong, ask);
    return wrong.refusal;
}

static const struct refusal *check_contact(struct errand *errand, struct command *command)
{
    return check_line(errand, (Hotline__V1__ContactLine)command->contact.line);
}

/* RecordProgress ------------------------------------------------------------------------------ */

static const struct refusal *ask_record_progress(struct errand *errand,
                                                 const ProtobufCMessage *request,
                                                 struct command *command)
{
    const Hotline__V1__RecordProgressRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_RECORD_PROGRESS };
    (void)take_past(&wrong, "progress_time", ask->progress_time, NO_SKEW_MS);
    return wrong.refusal;
}

static const struct refusal *check_progress(struct errand *errand, struct command *command)
{
    const Hotline__V1__RecordProgressRequest *ask = (const void *)errand->request;
    struct wrong wrong = { .errand = errand };

    (void)command;
    if (view_ms(ask->progress_time) < errand->before->received_ms)
        wrong_field(&wrong, "progress_time", "时间不能早于收单时间",
                    "must not lie before the order was received");
    return wrong.refusal;
}

/* SubmitReply --------------------------------------------------------------------------------- */

/* A plan belongs to HAS_PLAN and to nothing else; that HAS_PLAN needs one is the domain's. */
static int32_t take_plan(struct wrong *wrong, const Hotline__V1__SubmitReplyRequest *ask)
{
    int32_t day = 0;

    if (!ask->plan)
        return 0;
    if (ask->result_type != HOTLINE__V1__RESULT_TYPE__RESULT_TYPE_HAS_PLAN)
        wrong_field(wrong, "plan", "仅“有办理计划”可附计划",
                    "only the result HAS_PLAN comes with a plan");
    if (!civil_parse(ask->plan->plan_date, &day))
        wrong_field(wrong, "plan.plan_date", "须为 YYYY-MM-DD 形式的日期",
                    "must be a date, YYYY-MM-DD");
    return day;
}

static const struct refusal *ask_submit_reply(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct command *command)
{
    const Hotline__V1__SubmitReplyRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_SUBMIT_REPLY };
    command->reply.result = (enum result_type)ask->result_type;
    command->reply.basis = (enum handling_basis)ask->handling_basis;
    command->reply.answer_channel = ask->answer->channel;
    command->reply.answered_ms = view_ms(ask->answer->answer_time);
    command->reply.plan_day = take_plan(&wrong, ask);
    return wrong.refusal;
}

/* clang-format off */
static const struct rpc_method handling_desk[] = {
    /*            method            what is asked         of this order    who may ask    kept */
    ORDER_COMMAND("TakeOrder",      ask_take_order,       NULL,            MAY_TAKE,      NO_WORDS),
    ORDER_COMMAND("RecordContact",  ask_record_contact,   check_contact,   MAY_CONTACT,   WORDS),
    ORDER_COMMAND("RecordProgress", ask_record_progress,  check_progress,  MAY_PROGRESS,  WORDS),
    ORDER_COMMAND("SubmitReply",    ask_submit_reply,     NULL,            MAY_REPLY,     WORDS),
};
/* clang-format on */

const struct rpc_service desk_handling =
    DESK(hotline__v1__handling_service__descriptor, handling_desk);
