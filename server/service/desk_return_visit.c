/*
 * desk_return_visit.c - the return-visit desk: the office asks every citizen what became of the
 * demand (article 11).
 */
#include "service/desks.h"

#include "hotline/v1/return_visit.pb-c.h"
#include "service/view_base.h"

#include "base/base.h"

/* RecordVisitAttempt -------------------------------------------------------------------------- */

static const struct refusal *ask_record_visit_attempt(struct errand *errand,
                                                      const ProtobufCMessage *request,
                                                      struct command *command)
{
    const Hotline__V1__RecordVisitAttemptRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_RECORD_VISIT_ATTEMPT };
    command->visit.at_ms = view_ms(ask->attempt_time);
    command->visit.channel = ask->channel;
    command->visit.result = (enum contact_result)ask->result;
    ask_line(&wrong, ask->channel, ask->contact_line, ask->result);
    if (ask->result == HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED)
        wrong_field(&wrong, "result", "已联系上的请登记回访",
                    "the citizen was reached: use RecordVisit");
    if (ask->result == HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_WAIVED && !ask->note[0])
        wrong_field(&wrong, "note", "免回访的须写明来源",
                    "no visit is due: say who or what says so");
    return wrong.refusal;
}

static const struct refusal *check_visit_attempt(struct errand *errand, struct command *command)
{
    const Hotline__V1__RecordVisitAttemptRequest *ask = (const void *)errand->request;

    (void)command;
    return check_line(errand, ask->contact_line);
}

/* RecordVisit --------------------------------------------------------------------------------- */

static bool is_dissatisfied(const Hotline__V1__SatisfactionIndicator *satisfaction)
{
    return satisfaction->attitude == HOTLINE__V1__SATISFACTION__SATISFACTION_DISSATISFIED ||
           satisfaction->handling == HOTLINE__V1__SATISFACTION__SATISFACTION_DISSATISFIED;
}

static void ask_outcome(struct wrong *wrong, const Hotline__V1__RecordVisitRequest *ask)
{
    switch (ask->outcome) {
    case HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_SATISFIED:
        if (is_dissatisfied(ask->satisfaction))
            wrong_field(wrong, "outcome", "结论与满意情况指标不符",
                        "an indicator says dissatisfied");
        break;
    case HOTLINE__V1__VISIT_OUTCOME__VISIT_OUTCOME_DISSATISFIED:
        if (ask->n_dissatisfaction_reasons == 0)
            wrong_field(wrong, "dissatisfaction_reasons", "不满意的须写明原因",
                        "dissatisfied: say with what");
        break;
    default:
        wrong_field(wrong, "outcome", "已联系上的回访，结论为满意或不满意",
                    "a visit that reached the citizen ends SATISFIED or DISSATISFIED");
    }
}

/* The three indicators; those that decide nothing stand in the words only. */
static void take_indicators(const Hotline__V1__RecordVisitRequest *ask, struct visit *visit)
{
    visit->contacted = ask->contact->unit_made_contact;
    visit->informed = ask->result->process_and_result_told;
    visit->explained = ask->result->unsolved_explained;
    visit->solved = ask->result->actually_solved;
    visit->attitude = ask->satisfaction->attitude;
    visit->handling = ask->satisfaction->handling;
    visit->understanding = ask->satisfaction->understanding_sought;
    visit->bad_attitude =
        ask->satisfaction->bad_attitude == HOTLINE__V1__VISIT_ANSWER__VISIT_ANSWER_YES;
}

static const struct refusal *ask_record_visit(struct errand *errand,
                                              const ProtobufCMessage *request,
                                              struct command *command)
{
    const Hotline__V1__RecordVisitRequest *ask = (const void *)request;
    struct wrong wrong = { .errand = errand };

    *command = (struct command){ .kind = COMMAND_RECORD_VISIT };
    command->visit.at_ms = view_ms(ask->visit_time);
    command->visit.channel = ask->channel;
    command->visit.result = CONTACT_RESULT_REACHED;
    command->visit.outcome = (enum visit_outcome)ask->outcome;
    take_indicators(ask, &command->visit);
    ask_outcome(&wrong, ask);
    ask_line(&wrong, ask->channel, ask->contact_line,
             HOTLINE__V1__CONTACT_RESULT__CONTACT_RESULT_REACHED);
    return wrong.refusal;
}

static const struct refusal *check_visit(struct errand *errand, struct command *command)
{
    const Hotline__V1__RecordVisitRequest *ask = (const void *)errand->request;

    (void)command;
    return check_line(errand, ask->contact_line);
}

/* clang-format off */
static const struct rpc_method return_visit_desk[] = {
    /*            method                what is asked              of this order         who may ask  kept */
    ORDER_COMMAND("RecordVisitAttempt", ask_record_visit_attempt,  check_visit_attempt,  MAY_VISIT,   WORDS),
    ORDER_COMMAND("RecordVisit",        ask_record_visit,          check_visit,          MAY_VISIT,   WORDS),
};
/* clang-format on */

const struct rpc_service desk_return_visit =
    DESK(hotline__v1__return_visit_service__descriptor, return_visit_desk);
