/*
 * guards.c - small pure questions, each with the reason that is given when the answer is no.
 * Whether a form is filled in at all is the API's to check; here stands what the rulebook asks.
 */
#include "domain/guards.h"

#include "domain/civil.h"
#include "domain/refuse.h"

#include "base/base.h"

#define ASKED                                                                                      \
    __attribute__((unused)) const struct situation *situation,                                     \
        __attribute__((unused)) const struct command *command
#define EXPLAINED ASKED, struct arena *a, struct refusal *refusal

bool is_unanswered(enum contact_result result)
{
    return result == CONTACT_RESULT_NO_ANSWER || result == CONTACT_RESULT_WRONG_NUMBER;
}

/* dispatch (article 6) ------------------------------------------------------------------------ */

static bool is_statutory(ASKED)
{
    return command->dispatch.mode == DISPATCH_MODE_STATUTORY;
}

/* Article 2: major matters and matters of several departments are coordinated, not just sent. */
static bool is_single_and_clear(ASKED)
{
    return !situation->order->major && !situation->order->multi_department;
}

static bool has_basis(ASKED)
{
    return command->has_text;
}

static bool has_class(ASKED)
{
    return command->dispatch.limit == LIMIT_ONE_DAY || command->dispatch.limit == LIMIT_FIVE_DAYS ||
           command->dispatch.limit == LIMIT_TEN_DAYS;
}

static bool has_limit_reason(ASKED)
{
    return command->dispatch.limit == LIMIT_FIVE_DAYS || command->dispatch.limit_reason_given;
}

static bool knows_main_unit(ASKED)
{
    return command->dispatch.main_unit_known;
}

static bool has_active_main_unit(ASKED)
{
    return command->dispatch.main_unit_active;
}

static bool has_own_main_unit(ASKED)
{
    return command->dispatch.main_unit_kind != UNIT_KIND_EXTERNAL;
}

static bool knows_informed_units(ASKED)
{
    return !command->dispatch.unknown_informed;
}

static void name_main_unit(EXPLAINED)
{
    refusal_fact(refusal, "unit", arena_strdup(a, command->dispatch.main_unit));
}

static void name_informed_unit(EXPLAINED)
{
    refusal_fact(refusal, "unit", arena_strdup(a, command->dispatch.unknown_informed));
}

/* first contact (article 8(1)) ---------------------------------------------------------------- */

static bool has_real_contact_time(ASKED)
{
    return command->contact.at_ms <= situation->now_ms &&
           command->contact.at_ms >= situation->order->received_ms;
}

static void tell_contact_times(EXPLAINED)
{
    refusal_fact(refusal, "not_before", instant_text(situation->order->received_ms, a));
    refusal_fact(refusal, "not_after", instant_text(situation->now_ms, a));
}

static bool by_a_unit(const struct command *command)
{
    return !(ROLES(command->actor.role) & ROLES_OFFICE);
}

/* An unanswered attempt of the same side: office and unit are told apart (A4). */
static bool is_like(const struct contact *contact, const struct command *command)
{
    return is_unanswered(contact->result) && contact->by_unit == by_a_unit(command);
}

static bool lies_apart(ASKED)
{
    const struct order *order = situation->order;
    int64_t gap_ms = situation->rules->contact_gap_minutes * MINUTE_MS;

    if (!is_unanswered(command->contact.result))
        return true;
    for (size_t i = 0; i < order->n_contacts; i++) {
        int64_t away_ms = command->contact.at_ms - order->contacts[i].at_ms;

        if (is_like(&order->contacts[i], command) && away_ms < gap_ms && -away_ms < gap_ms)
            return false; /* both ways: what was done offline may be recorded later */
    }
    return true;
}

static void tell_next_contact(EXPLAINED)
{
    const struct order *order = situation->order;
    int64_t latest_ms = 0;

    for (size_t i = 0; i < order->n_contacts; i++)
        if (is_like(&order->contacts[i], command) && order->contacts[i].at_ms > latest_ms)
            latest_ms = order->contacts[i].at_ms;
    latest_ms += situation->rules->contact_gap_minutes * MINUTE_MS;
    refusal_fact(refusal, "not_before", instant_text(latest_ms, a));
}

bool citizen_was_reached(ASKED)
{
    return command->contact.result == CONTACT_RESULT_REACHED;
}

bool citizen_declined(ASKED)
{
    return command->contact.result == CONTACT_RESULT_REFUSED ||
           command->contact.result == CONTACT_RESULT_WAIVED;
}

/* A14. That they went to two ways or numbers "where known" is left to the clerk: how many the
 * citizen has is identity, which is not here. */
bool contact_attempts_are_used_up(ASKED)
{
    const struct order *order = situation->order;
    int32_t attempts = is_unanswered(command->contact.result);

    if (!attempts)
        return false;
    for (size_t i = 0; i < order->n_contacts; i++)
        attempts += is_like(&order->contacts[i], command);
    return attempts >= situation->rules->contact_attempts;
}

/* reply (articles 8(3), 8(4), 10) ------------------------------------------------------------- */

static bool has_result(ASKED)
{
    return command->reply.result != RESULT_UNSPECIFIED && command->reply.basis != BASIS_UNSPECIFIED;
}

static bool has_answered_citizen(ASKED)
{
    return command->reply.answered_ms >= situation->order->assignment.delivered_ms &&
           command->reply.answered_ms <= situation->now_ms;
}

static void tell_answer_times(EXPLAINED)
{
    refusal_fact(refusal, "not_before", instant_text(situation->order->assignment.delivered_ms, a));
    refusal_fact(refusal, "not_after", instant_text(situation->now_ms, a));
}

static bool has_plan(ASKED)
{
    if (command->reply.result != RESULT_HAS_PLAN)
        return true;
    return command->has_text && command->reply.plan_day >= civil_day_of(situation->now_ms);
}

static bool has_talk(ASKED)
{
    const struct order *order = situation->order;

    if (command->reply.basis != BASIS_CONDITIONS_NOT_RIPE)
        return true;
    for (size_t i = 0; i < order->n_contacts; i++)
        if (order->contacts[i].by_unit && order->contacts[i].result == CONTACT_RESULT_REACHED)
            return true;
    return false;
}

/* A claim is no statement: until attachments can be checked, procedural matters wait. */
static bool has_statement(ASKED)
{
    return command->reply.basis != BASIS_PROCEDURAL;
}

/* review (article 10) ------------------------------------------------------------------------- */

static bool is_not_author(ASKED)
{
    const struct reply *reply = order_last_reply(situation->order);

    return !reply || strcmp(reply->author.id, command->actor.id) != 0;
}

static bool has_reasons(ASKED)
{
    return command->reject.n_reasons > 0;
}

bool handling_limit_has_not_passed(ASKED)
{
    return situation->now_ms < situation->order->clocks[CLOCK_HANDLE].due_ms;
}

/* A reply that comes back on its fix day has the rest of that day, not a new one. */
bool fix_day_has_not_passed(ASKED)
{
    const struct clock *fix = &situation->order->clocks[CLOCK_FIX];

    return fix->status == CLOCK_STATUS_PAUSED && situation->now_ms < fix->due_ms;
}

bool visit_comes_before_submission(ASKED)
{
    return situation->rules->visit_before_submit;
}

/* return visit (article 11) ------------------------------------------------------------------- */

/* When this round began: a visit concerns the reply that was accepted last. */
static int64_t round_start_ms(const struct order *order)
{
    const struct reply *reply = order_last_reply(order);

    return reply ? reply->reviewed_ms : order->received_ms;
}

static bool still_due(ASKED)
{
    return !situation->order->visit_done;
}

static bool has_been_visited(ASKED)
{
    return situation->order->visit_done || !situation->rules->visit_before_submit;
}

static bool has_real_visit_time(ASKED)
{
    return command->visit.at_ms <= situation->now_ms &&
           command->visit.at_ms >= round_start_ms(situation->order);
}

static void tell_visit_times(EXPLAINED)
{
    refusal_fact(refusal, "not_before", instant_text(round_start_ms(situation->order), a));
    refusal_fact(refusal, "not_after", instant_text(situation->now_ms, a));
}

static bool was_not_reached(ASKED)
{
    return command->visit.result > CONTACT_RESULT_REACHED &&
           command->visit.result <= CONTACT_RESULT_WAIVED;
}

/* Half-days are numbered: two a day, the second begins at 12:00. */
static int64_t half_day_of(int64_t at_ms)
{
    return 2 * (int64_t)civil_day_of(at_ms) + (civil_minute_of(at_ms) >= 12 * 60);
}

static bool is_attempt_of_this_round(const struct order *order, const struct visit *visit)
{
    return is_unanswered(visit->result) && visit->at_ms >= round_start_ms(order);
}

static bool falls_in_a_new_half_day(ASKED)
{
    const struct order *order = situation->order;

    if (!is_unanswered(command->visit.result))
        return true;
    for (size_t i = 0; i < order->n_visits; i++)
        if (is_attempt_of_this_round(order, &order->visits[i]) &&
            half_day_of(order->visits[i].at_ms) == half_day_of(command->visit.at_ms))
            return false;
    return true;
}

static void tell_next_half_day(EXPLAINED)
{
    const struct order *order = situation->order;
    int64_t latest = half_day_of(command->visit.at_ms);

    for (size_t i = 0; i < order->n_visits; i++)
        if (is_attempt_of_this_round(order, &order->visits[i]) &&
            half_day_of(order->visits[i].at_ms) > latest)
            latest = half_day_of(order->visits[i].at_ms);
    latest++;
    refusal_fact(
        refusal, "not_before",
        instant_text(civil_day_start_ms((int32_t)(latest / 2)) + latest % 2 * DAY_MS / 2, a));
}

static bool has_outcome(ASKED)
{
    return command->visit.outcome == VISIT_OUTCOME_SATISFIED ||
           command->visit.outcome == VISIT_OUTCOME_DISSATISFIED;
}

static bool has_indicators(ASKED)
{
    const struct visit *visit = &command->visit;

    return visit->contacted && visit->solved && visit->attitude && visit->handling;
}

/* "Dissatisfied" in an indicator is not outvoted by "satisfied" in the outcome. */
static bool is_not_dissatisfied(ASKED)
{
    return command->visit.outcome != VISIT_OUTCOME_DISSATISFIED &&
           command->visit.attitude != SATISFACTION_DISSATISFIED &&
           command->visit.handling != SATISFACTION_DISSATISFIED;
}

bool submission_waits_for_the_visit(ASKED)
{
    return situation->order->clocks[CLOCK_SUBMIT].status != CLOCK_STATUS_RUNNING;
}

/* A15: who declines is not called again. A14: the last attempt that counts ends the round. */
bool attempt_ends_the_visit(ASKED)
{
    const struct order *order = situation->order;
    int32_t attempts = 1;

    if (!is_unanswered(command->visit.result))
        return true;
    for (size_t i = 0; i < order->n_visits; i++)
        attempts += is_attempt_of_this_round(order, &order->visits[i]);
    return attempts >= situation->rules->visit_attempts;
}

bool attempt_ends_the_visit_and_submission_waits(ASKED)
{
    return attempt_ends_the_visit(situation, command) &&
           submission_waits_for_the_visit(situation, command);
}

bool visit_is_done(ASKED)
{
    return situation->order->visit_done;
}

/* reminders ----------------------------------------------------------------------------------- */

static const struct clock *named_clock(const struct situation *situation,
                                       const struct command *command)
{
    enum clock_kind kind = command->acknowledge.clock;

    return kind > CLOCK_UNSPECIFIED && kind < CLOCK_MAX ? &situation->order->clocks[kind] : NULL;
}

static bool knows_clock(ASKED)
{
    const struct clock *clock = named_clock(situation, command);

    return clock && clock->stamp > 0;
}

/* Only the newest rung of the newest clock can be open: it has taken the place of the others. */
static bool is_open_reminder(ASKED)
{
    const struct clock *clock = named_clock(situation, command);

    return clock->stamp == command->acknowledge.stamp && clock->rungs_fired > 0 &&
           clock->rungs_fired - 1 == command->acknowledge.rung && !clock->rung_acknowledged;
}

/* the table of guards ------------------------------------------------------------------------- */

/* clang-format off */
#define GUARD(guard_name, ...) const struct guard guard_name = {.name = #guard_name, __VA_ARGS__}
#define OF_PAYLOAD .of_payload = true

GUARD(mode_is_statutory, OF_PAYLOAD, .holds = is_statutory, .zh = "为法定派单",
      .fault = FAULT_DISPATCH_MODE_NOT_AVAILABLE, .field = "statutory");
GUARD(one_unit_is_enough, .holds = is_single_and_clear, .zh = "不是重大或涉及多部门的事项",
      .fault = FAULT_JOINT_HANDLING_REQUIRED);
GUARD(basis_is_given, OF_PAYLOAD, .holds = has_basis, .zh = "写明法定依据",
      .fault = FAULT_BASIS_REQUIRED, .field = "statutory.legal_basis");
GUARD(limit_is_a_class, OF_PAYLOAD, .holds = has_class, .zh = "办理时限为1、5或10个工作日",
      .fault = FAULT_LIMIT_CLASS_REQUIRED, .field = "statutory.limit_class");
GUARD(limit_reason_is_given, OF_PAYLOAD, .holds = has_limit_reason,
      .zh = "办理时限不是5个工作日的，写明理由",
      .fault = FAULT_LIMIT_REASON_REQUIRED, .field = "statutory.limit_class_reason");
GUARD(main_unit_exists, OF_PAYLOAD, .holds = knows_main_unit, .zh = "主办单位在目录中",
      .fault = FAULT_UNIT_NOT_FOUND, .field = "statutory.main_unit", .explain = name_main_unit);
GUARD(main_unit_is_active, OF_PAYLOAD, .holds = has_active_main_unit, .zh = "主办单位现行有效",
      .fault = FAULT_UNIT_INACTIVE, .field = "statutory.main_unit", .explain = name_main_unit);
GUARD(main_unit_is_ours, OF_PAYLOAD, .holds = has_own_main_unit, .zh = "主办单位属于本街道",
      .fault = FAULT_MAIN_UNIT_EXTERNAL, .field = "statutory.main_unit", .explain = name_main_unit);
GUARD(informed_units_exist, OF_PAYLOAD, .holds = knows_informed_units, .zh = "知会单位在目录中",
      .fault = FAULT_UNIT_NOT_FOUND, .field = "statutory.informed_units",
      .explain = name_informed_unit);

GUARD(contact_time_is_real, OF_PAYLOAD, .holds = has_real_contact_time,
      .zh = "联系时间不早于收单、不晚于现在",
      .fault = FAULT_CONTACT_BEFORE_RECEIPT, .field = "contact_time",
      .explain = tell_contact_times);
GUARD(contact_attempts_lie_apart, OF_PAYLOAD, .holds = lies_apart,
      .zh = "未接通的联系与同一方上一次间隔足够",
      .fault = FAULT_CONTACT_TOO_SOON, .explain = tell_next_contact);

GUARD(result_is_named, OF_PAYLOAD, .holds = has_result, .zh = "注明结案类型和办理依据",
      .fault = FAULT_RESULT_REQUIRED, .field = "result_type");
GUARD(citizen_has_been_answered, OF_PAYLOAD, .holds = has_answered_citizen,
      .zh = "送达后已答复来电市民",
      .fault = FAULT_CITIZEN_NOT_ANSWERED, .explain = tell_answer_times);
GUARD(plan_is_given, OF_PAYLOAD, .holds = has_plan, .zh = "有办理计划的，写明计划及不早于今日的日期",
      .fault = FAULT_PLAN_REQUIRED, .field = "plan");
GUARD(citizen_was_talked_to, OF_PAYLOAD, .holds = has_talk,
      .zh = "条件不成熟暂不能解决的，单位已与诉求人沟通",
      .fault = FAULT_TALK_REQUIRED);
GUARD(statement_is_attached, OF_PAYLOAD, .holds = has_statement, .zh = "程序性事项附详实情况说明",
      .fault = FAULT_STATEMENT_REQUIRED);

GUARD(reviewer_is_not_author, OF_PAYLOAD, .holds = is_not_author, .zh = "审核人不是回复人",
      .fault = FAULT_OWN_REPLY);
GUARD(reasons_are_given, OF_PAYLOAD, .holds = has_reasons, .zh = "写明退回理由",
      .fault = FAULT_REASON_REQUIRED, .field = "reasons");

GUARD(visit_is_still_due, .holds = still_due, .zh = "本轮回访尚未完成", .fault = FAULT_VISIT_DONE);
GUARD(visit_has_been_made, .holds = has_been_visited, .zh = "本轮回访已完成（规则为先回访后报区时）",
      .fault = FAULT_VISIT_REQUIRED);
GUARD(visit_time_is_real, OF_PAYLOAD, .holds = has_real_visit_time,
      .zh = "回访时间不早于审核通过、不晚于现在",
      .fault = FAULT_VISIT_BEFORE_REVIEW, .explain = tell_visit_times);
GUARD(attempt_was_unanswered, OF_PAYLOAD, .holds = was_not_reached, .zh = "未接通市民",
      .fault = FAULT_VISIT_OUTCOME_REQUIRED, .field = "result");
GUARD(visit_attempts_lie_apart, OF_PAYLOAD, .holds = falls_in_a_new_half_day,
      .zh = "未接通的回访各在不同的半天",
      .fault = FAULT_VISIT_TOO_SOON, .explain = tell_next_half_day);
GUARD(visit_outcome_is_told, OF_PAYLOAD, .holds = has_outcome, .zh = "登记满意或不满意",
      .fault = FAULT_VISIT_OUTCOME_REQUIRED, .field = "outcome");
GUARD(indicators_are_given, OF_PAYLOAD, .holds = has_indicators, .zh = "三项指标填写完整",
      .fault = FAULT_VISIT_INCOMPLETE);
GUARD(citizen_is_not_dissatisfied, OF_PAYLOAD, .holds = is_not_dissatisfied,
      .zh = "市民没有表示不满意",
      .fault = FAULT_REWORK_NOT_AVAILABLE);

GUARD(clock_is_known, OF_PAYLOAD, .holds = knows_clock, .zh = "该项时限存在",
      .fault = FAULT_CLOCK_NOT_FOUND);
GUARD(reminder_is_open, OF_PAYLOAD, .holds = is_open_reminder, .zh = "该提醒是最新一级且未确认",
      .fault = FAULT_REMINDER_NOT_FOUND);
/* clang-format on */
