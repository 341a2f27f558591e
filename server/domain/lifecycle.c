/*
 * lifecycle.c - the life of an order, one row per sentence of the rulebook (DOMAIN 2.3).
 *
 * Read a row aloud: in state WHEN, this may be ASKED BY these roles, PROVIDED that; THEN the order
 * is in the next state and those clocks start or are met, as article so-and-so says. What happens
 * to every other clock is said by the state that is entered (states.c).
 */
#include "domain/guards.h"

#include "base/base.h"

#define T(transition) .number = transition
#define ASKED(name) .command = COMMAND_##name
#define THEN(name) .then = ORDER_STATE_##name
#define STAYS .then = ORDER_STATE_UNSPECIFIED

#define DISTRICT ROLES(ROLE_DISTRICT_SYNC)
#define OFFICE ROLES_OFFICE
#define UNIT ROLES_UNIT
#define UNIT_AND_GRID (ROLES_UNIT | ROLES(ROLE_GRID_WORKER))
#define TIMER ROLES(ROLE_TIMER)
#define REMINDED                                                                                   \
    (OFFICE | UNIT_AND_GRID | ROLES(ROLE_UOC_HEAD) | ROLES(ROLE_LEADER_IN_CHARGE) |                \
     ROLES(ROLE_MAIN_LEADER))

#define WITH_A_UNIT                                                                                \
    (IN(DISPATCHED) | IN(HANDLING) | IN(REPLIED) | IN(REPLY_REJECTED) | IN(REVIEWED) |             \
     IN(SUBMITTED))
#define OPEN_AT_THE_DISTRICT (IN(RECEIVED) | IN(ACCEPTED) | WITH_A_UNIT)
#define OPEN (OPEN_AT_THE_DISTRICT | IN(CLOSED_VISIT_DUE))
#define EXISTING (OPEN | IN(CLOSED))

/* clang-format off */
const struct lifecycle_row lifecycle[] = {

    /* --- receipt and acceptance (articles 6, 8(1)) --- */

    { T(1), .when = IN(UNSPECIFIED), ASKED(RECEIVE_ORDER), .by = DISTRICT,
      THEN(RECEIVED), .start = CLK(ACCEPT) | CLK(CONTACT) | CLK(ORDER),
      .article = "6",
      .zh = "区热线办派来工单，热线办接收；受理、先行联系、总时限开始计算" },

    { T(39), .when = EXISTING, ASKED(AMEND_ORDER), .by = DISTRICT,
      STAYS,
      .article = "6",
      .zh = "区热线办变更工单内容，状态和时限不变，办结后也照记；时限类别只能人工调整" },

    { T(2), .when = IN(RECEIVED), ASKED(ACCEPT_ORDER), .by = OFFICE,
      THEN(ACCEPTED), .meet = CLK(ACCEPT), .start = CLK(DISPATCH),
      .article = "6",
      .zh = "热线办受理工单并分类，派发时限开始计算" },

    /* --- first contact (article 8(1)) --- */

    { T(3), .when = OPEN_AT_THE_DISTRICT, ASKED(RECORD_CONTACT), .by = OFFICE,
      .given = citizen_was_reached, .given_zh = "已联系上市民",
      .provided = { &contact_time_is_real },
      STAYS, .meet = CLK(CONTACT),
      .article = "8(1)",
      .zh = "热线办联系上市民并了解诉求，先行联系完成" },
    { T(3), .when = OPEN_AT_THE_DISTRICT, ASKED(RECORD_CONTACT), .by = OFFICE,
      .given = citizen_declined, .given_zh = "市民拒绝联系或无法联系（匿名）",
      .provided = { &contact_time_is_real },
      STAYS, .meet = CLK(CONTACT),
      .article = "8(1)",
      .zh = "市民不愿或无从联系，热线办记明来源，先行联系按免联系完成，不计入联系率" },
    { T(3), .when = OPEN_AT_THE_DISTRICT, ASKED(RECORD_CONTACT), .by = OFFICE,
      .given = contact_attempts_are_used_up, .given_zh = "未接通次数已满",
      .provided = { &contact_time_is_real, &contact_attempts_lie_apart },
      STAYS, .meet = CLK(CONTACT),
      .article = "8(1)",
      .zh = "热线办多次联系均未接通且次数已满，先行联系按未接通完成" },
    { T(3), .when = OPEN_AT_THE_DISTRICT, ASKED(RECORD_CONTACT), .by = OFFICE,
      .provided = { &contact_time_is_real, &contact_attempts_lie_apart },
      STAYS,
      .article = "8(1)",
      .zh = "热线办登记一次未接通的联系，先行联系时限继续计算" },

    /* The office owns first contact and may leave it to the unit (A4): the unit's own contact
     * meets it when the citizen was reached; its failed attempts are facts, no discharge. */
    { T(3), .when = WITH_A_UNIT, ASKED(RECORD_CONTACT), .by = UNIT_AND_GRID,
      .given = citizen_was_reached, .given_zh = "已联系上市民",
      .provided = { &contact_time_is_real },
      STAYS, .meet = CLK(CONTACT),
      .article = "8(1)",
      .zh = "处置单位主动联系上市民，先行联系完成，并作为回访指标一的事实" },
    { T(3), .when = WITH_A_UNIT, ASKED(RECORD_CONTACT), .by = UNIT_AND_GRID,
      .provided = { &contact_time_is_real, &contact_attempts_lie_apart },
      STAYS,
      .article = "8(1)",
      .zh = "处置单位登记一次未联系上的联系，先行联系时限继续计算" },

    /* --- dispatch and taking (articles 6, 8(2), 12(2)) --- */

    { T(4), .when = IN(ACCEPTED), ASKED(DISPATCH_ORDER), .by = OFFICE,
      .provided = { &mode_is_statutory, &one_unit_is_enough, &basis_is_given, &limit_is_a_class,
                    &limit_reason_is_given, &main_unit_exists, &main_unit_is_active,
                    &main_unit_is_ours, &informed_units_exist },
      THEN(DISPATCHED), .meet = CLK(DISPATCH),
      .start = CLK(TAKE) | CLK(HANDLE) | CLK(EXTENSION_WINDOW),
      .article = "6",
      .zh = "热线办按法定职责派发至一个主办单位，当即送达；接单、办理时限和延期申请窗口开始计算" },

    { T(10), .when = IN(DISPATCHED), ASKED(TAKE_ORDER), .by = UNIT,
      THEN(HANDLING), .meet = CLK(TAKE),
      .article = "12(2)",
      .zh = "主办单位接单，办理时限自送达起继续计算" },

    /* --- handling and reply (article 8) --- */

    /* A unit that mends its reply is handling again and may note its progress (R8.10). */
    { T(15), .when = IN(DISPATCHED) | IN(HANDLING) | IN(REPLY_REJECTED), ASKED(RECORD_PROGRESS),
      .by = UNIT_AND_GRID,
      STAYS,
      .article = "8(3)",
      .zh = "主办单位登记办理进展，时限不变" },

    { T(25), .when = IN(HANDLING) | IN(REPLY_REJECTED), ASKED(SUBMIT_REPLY), .by = UNIT,
      .provided = { &result_is_named, &citizen_has_been_answered, &plan_is_given,
                    &citizen_was_talked_to, &statement_is_attached },
      THEN(REPLIED), .start = CLK(REVIEW),
      .article = "8(4)",
      .zh = "主办单位答复市民后提交回复，是否按时以此刻为准；办理时限暂停，转热线办审核" },

    /* --- review (article 10) --- */

    { T(26), .when = IN(REPLIED), ASKED(ACCEPT_REPLY), .by = OFFICE,
      .given = visit_comes_before_submission, .given_zh = "规则为先回访后报区",
      .provided = { &reviewer_is_not_author },
      THEN(REVIEWED), .meet = CLK(REVIEW) | CLK(HANDLE) | CLK(FIX), .start = CLK(VISIT),
      .article = "10",
      .zh = "热线办审核回复合理，办理时限以回复提交之时完成；回访时限开始计算" },
    { T(26), .when = IN(REPLIED), ASKED(ACCEPT_REPLY), .by = OFFICE,
      .provided = { &reviewer_is_not_author },
      THEN(REVIEWED), .meet = CLK(REVIEW) | CLK(HANDLE) | CLK(FIX),
      .start = CLK(VISIT) | CLK(SUBMIT),
      .article = "10",
      .zh = "热线办审核回复合理，办理时限以回复提交之时完成；回访、报区时限同时开始计算" },

    /* A19: the original limit stays. When it has passed, one fix day and no second overdue mark. */
    { T(27), .when = IN(REPLIED), ASKED(REJECT_REPLY), .by = OFFICE,
      .given = handling_limit_has_not_passed, .given_zh = "办理时限未过",
      .provided = { &reviewer_is_not_author, &reasons_are_given },
      THEN(REPLY_REJECTED), .meet = CLK(REVIEW), .resume = CLK(HANDLE),
      .article = "10",
      .zh = "热线办审核退回，主办单位按原办理时限继续办理" },
    { T(27), .when = IN(REPLIED), ASKED(REJECT_REPLY), .by = OFFICE,
      .given = fix_day_has_not_passed, .given_zh = "办理时限已过，补正时限未过",
      .provided = { &reviewer_is_not_author, &reasons_are_given },
      THEN(REPLY_REJECTED), .meet = CLK(REVIEW), .pause = CLK(HANDLE), .resume = CLK(FIX),
      .article = "10",
      .zh = "热线办再次退回，主办单位在原补正时限内继续补正" },
    { T(27), .when = IN(REPLIED), ASKED(REJECT_REPLY), .by = OFFICE,
      .provided = { &reviewer_is_not_author, &reasons_are_given },
      THEN(REPLY_REJECTED), .meet = CLK(REVIEW), .pause = CLK(HANDLE), .restart = CLK(FIX),
      .article = "10",
      .zh = "热线办审核退回而办理时限已过，主办单位有一个补正时限，不重复记超期" },

    /* --- return visit (article 11) --- */

    { T(28), .when = IN(REVIEWED), ASKED(RECORD_VISIT), .by = OFFICE,
      .given = submission_waits_for_the_visit, .given_zh = "报区时限尚未开始",
      .provided = { &visit_is_still_due, &visit_time_is_real, &visit_outcome_is_told,
                    &citizen_is_not_dissatisfied, &indicators_are_given },
      STAYS, .meet = CLK(VISIT), .start = CLK(SUBMIT),
      .article = "11",
      .zh = "热线办回访完成，市民没有不满意；报区时限开始计算" },
    { T(28), .when = IN(REVIEWED) | IN(SUBMITTED), ASKED(RECORD_VISIT), .by = OFFICE,
      .provided = { &visit_is_still_due, &visit_time_is_real, &visit_outcome_is_told,
                    &citizen_is_not_dissatisfied, &indicators_are_given },
      STAYS, .meet = CLK(VISIT),
      .article = "11",
      .zh = "热线办回访完成，市民没有不满意" },
    { T(28), .when = IN(CLOSED_VISIT_DUE), ASKED(RECORD_VISIT), .by = OFFICE,
      .provided = { &visit_time_is_real, &visit_outcome_is_told, &citizen_is_not_dissatisfied,
                    &indicators_are_given },
      THEN(CLOSED), .meet = CLK(VISIT),
      .article = "11",
      .zh = "区热线办结案登记后热线办完成回访，工单结案" },

    { T(28), .when = IN(REVIEWED), ASKED(RECORD_VISIT_ATTEMPT), .by = OFFICE,
      .given = attempt_ends_the_visit_and_submission_waits,
      .given_zh = "未接通次数已满或市民拒绝，且报区时限尚未开始",
      .provided = { &visit_is_still_due, &visit_time_is_real, &attempt_was_unanswered,
                    &visit_attempts_lie_apart },
      STAYS, .meet = CLK(VISIT), .start = CLK(SUBMIT),
      .article = "11",
      .zh = "本轮回访按未接通或免回访结束（未接通只计入回访率，免回访不计）；报区时限开始计算" },
    { T(28), .when = IN(REVIEWED) | IN(SUBMITTED), ASKED(RECORD_VISIT_ATTEMPT), .by = OFFICE,
      .given = attempt_ends_the_visit, .given_zh = "未接通次数已满或市民拒绝",
      .provided = { &visit_is_still_due, &visit_time_is_real, &attempt_was_unanswered,
                    &visit_attempts_lie_apart },
      STAYS, .meet = CLK(VISIT),
      .article = "11",
      .zh = "本轮回访按未接通或免回访结束（未接通只计入回访率，免回访不计）" },
    { T(28), .when = IN(REVIEWED) | IN(SUBMITTED), ASKED(RECORD_VISIT_ATTEMPT), .by = OFFICE,
      .provided = { &visit_is_still_due, &visit_time_is_real, &attempt_was_unanswered,
                    &visit_attempts_lie_apart },
      STAYS,
      .article = "11",
      .zh = "热线办登记一次未接通的回访，回访时限继续计算" },
    { T(28), .when = IN(CLOSED_VISIT_DUE), ASKED(RECORD_VISIT_ATTEMPT), .by = OFFICE,
      .given = attempt_ends_the_visit, .given_zh = "未接通次数已满或市民拒绝",
      .provided = { &visit_time_is_real, &attempt_was_unanswered, &visit_attempts_lie_apart },
      THEN(CLOSED), .meet = CLK(VISIT),
      .article = "11",
      .zh = "结案登记后本轮回访按未接通或免回访结束，工单结案" },
    { T(28), .when = IN(CLOSED_VISIT_DUE), ASKED(RECORD_VISIT_ATTEMPT), .by = OFFICE,
      .provided = { &visit_time_is_real, &attempt_was_unanswered, &visit_attempts_lie_apart },
      STAYS,
      .article = "11",
      .zh = "结案登记后热线办登记一次未接通的回访，回访时限继续计算" },

    /* --- submission and closing (article 10) --- */

    { T(33), .when = IN(REVIEWED), ASKED(SUBMIT_CLOSING), .by = OFFICE,
      .provided = { &visit_has_been_made },
      THEN(SUBMITTED), .meet = CLK(SUBMIT), .start = CLK(DISTRICT),
      .article = "10",
      .zh = "热线办将办理情况回复区热线办，等待结案登记" },

    { T(34), .when = IN(SUBMITTED), ASKED(RECORD_CLOSING), .by = DISTRICT,
      .given = visit_is_done, .given_zh = "本轮回访已完成",
      THEN(CLOSED), .meet = CLK(DISTRICT) | CLK(ORDER),
      .article = "10",
      .zh = "区热线办结案登记，工单结案" },
    { T(34), .when = IN(SUBMITTED), ASKED(RECORD_CLOSING), .by = DISTRICT,
      THEN(CLOSED_VISIT_DUE), .meet = CLK(DISTRICT) | CLK(ORDER),
      .article = "10",
      .zh = "区热线办结案登记而回访未完成，热线办仍须回访" },

    /* --- reminders and the timer (articles 3, 8) --- */

    { T(0), .when = EXISTING, ASKED(ACKNOWLEDGE_REMINDER), .by = REMINDED,
      .provided = { &clock_is_known, &reminder_is_open },
      STAYS,
      .article = "3",
      .zh = "被提醒人确认收到提醒，时限不变" },

    { T(42), .when = OPEN, ASKED(FIRE_TIMER), .by = TIMER,
      STAYS,
      .article = "3",
      .zh = "时限到点，定时器发出提醒；硬时限已过的，记一次超期" },
};
/* clang-format on */

const size_t lifecycle_rows = COUNT_OF(lifecycle);

const struct lifecycle_row *lifecycle_find(const struct situation *situation,
                                           const struct command *command)
{
    uint32_t state = 1u << situation->order->state, role = ROLES(command->actor.role);

    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        if (row->command != command->kind || !(row->when & state) || !(row->by & role))
            continue;
        if (!row->given || row->given(situation, command))
            return row;
    }
    return NULL;
}

uint32_t lifecycle_roles(uint32_t when, enum command_kind command)
{
    uint32_t found = 0;

    for (size_t i = 0; i < lifecycle_rows; i++)
        if (lifecycle[i].command == command && lifecycle[i].when & when)
            found |= lifecycle[i].by;
    return found;
}
