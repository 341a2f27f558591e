/*
 * types.h - the words of the rulebook as enums. Numbers are the wire's and the store's numbers
 * (api/hotline/v1); a test compares them with the descriptors. Glossary: api/GLOSSARY.md.
 */
#ifndef HOTLINE_DOMAIN_TYPES_H
#define HOTLINE_DOMAIN_TYPES_H

#include <stdint.h>

/* 工单状态: who must act next? (DOMAIN 2.2) */
enum order_state {
    ORDER_STATE_UNSPECIFIED = 0, /* does not exist yet */
    ORDER_STATE_RECEIVED = 1,
    ORDER_STATE_ACCEPTED = 2,
    ORDER_STATE_RETURN_PENDING = 3,
    ORDER_STATE_RETURNED = 4,
    ORDER_STATE_CONSULTING = 5,
    ORDER_STATE_AWAIT_DESIGNATION = 6,
    ORDER_STATE_DISPATCHED = 7,
    ORDER_STATE_HANDLING = 8,
    ORDER_STATE_OBJECTED = 9,
    ORDER_STATE_REPLIED = 10,
    ORDER_STATE_REPLY_REJECTED = 11,
    ORDER_STATE_REVIEWED = 12,
    ORDER_STATE_SUBMITTED = 13,
    ORDER_STATE_REWORK = 14,
    ORDER_STATE_REWORK_SIGNING = 15,
    ORDER_STATE_CLOSED = 16,
    ORDER_STATE_CLOSED_VISIT_DUE = 17,
    ORDER_STATE_MERGED = 18,
    ORDER_STATE_CANCELLED = 19,
    ORDER_STATE_MAX,
};

/* 时限 (DOMAIN 2.5) */
enum clock_kind {
    CLOCK_UNSPECIFIED = 0,
    CLOCK_ACCEPT = 1,
    CLOCK_CONTACT = 2,
    CLOCK_ORDER = 3,
    CLOCK_DISPATCH = 4,
    CLOCK_TAKE = 5,
    CLOCK_HANDLE = 6,
    CLOCK_EXTENSION_WINDOW = 7,
    CLOCK_FIX = 8,
    CLOCK_REVIEW = 9,
    CLOCK_VISIT = 10,
    CLOCK_SUBMIT = 11,
    CLOCK_DISTRICT = 12,
    CLOCK_MAX, /* 13..22 are named in the API for the later articles */
};

enum clock_status {
    CLOCK_STATUS_UNSPECIFIED = 0, /* never started */
    CLOCK_STATUS_RUNNING = 1,
    CLOCK_STATUS_PAUSED = 2, /* held: the due instant is kept */
    CLOCK_STATUS_MET = 3,
    CLOCK_STATUS_VOID = 4,
    CLOCK_STATUS_SUPERSEDED = 5,
};

/* How a length is counted. Working days decide limits; working hours serve soft clocks (A33). */
enum length_unit {
    LENGTH_UNSPECIFIED = 0,
    LENGTH_WORKING_DAYS = 1,
    LENGTH_WORKING_MINUTES = 2,
    LENGTH_NATURAL_MINUTES = 3,
};

enum limit_class {
    LIMIT_UNSPECIFIED = 0,
    LIMIT_ONE_DAY = 1,
    LIMIT_FIVE_DAYS = 5,
    LIMIT_TEN_DAYS = 10
};

enum dispatch_mode {
    DISPATCH_MODE_UNSPECIFIED = 0,
    DISPATCH_MODE_STATUTORY = 1,
    DISPATCH_MODE_NEGOTIATED = 2,
    DISPATCH_MODE_DESIGNATED = 3,
};

enum request_category {
    CATEGORY_UNSPECIFIED = 0,
    CATEGORY_CONSULTATION = 1,
    CATEGORY_HELP = 2,
    CATEGORY_COMPLAINT = 3,
    CATEGORY_SUGGESTION = 4,
};

enum role {
    ROLE_UNSPECIFIED = 0,
    ROLE_DISTRICT_SYNC = 1,
    ROLE_OFFICE_CLERK = 2,
    ROLE_OFFICE_HEAD = 3,
    ROLE_UOC_HEAD = 4,
    ROLE_SPECIALIST = 5,
    ROLE_GRID_WORKER = 6,
    ROLE_UNIT_HEAD_1 = 7,
    ROLE_UNIT_HEAD_2 = 8,
    ROLE_LEADER_IN_CHARGE = 9,
    ROLE_MAIN_LEADER = 10,
    ROLE_PGO = 11,
    ROLE_DISCIPLINE = 12,
    ROLE_AUDITOR = 13,
    ROLE_SCREEN = 14,
    ROLE_ADMIN = 15,
    ROLE_TIMER = 16, /* the timer is an actor like people; not in the API */
    ROLE_MAX,
};
/* A set of roles. */
#define ROLES(role) (1u << (role))
#define ROLES_OFFICE (ROLES(ROLE_OFFICE_CLERK) | ROLES(ROLE_OFFICE_HEAD))
#define ROLES_UNIT (ROLES(ROLE_SPECIALIST) | ROLES(ROLE_UNIT_HEAD_1) | ROLES(ROLE_UNIT_HEAD_2))

enum unit_kind {
    UNIT_KIND_UNSPECIFIED = 0,
    UNIT_KIND_RESIDENTIAL_AREA = 1,
    UNIT_KIND_DEPARTMENT = 2,
    UNIT_KIND_EXTERNAL = 3,
    UNIT_KIND_OFFICE = 4,
};

/* 联系/回访 attempts (A14, A15) */
enum contact_result {
    CONTACT_RESULT_UNSPECIFIED = 0,
    CONTACT_RESULT_REACHED = 1,
    CONTACT_RESULT_NO_ANSWER = 2,
    CONTACT_RESULT_WRONG_NUMBER = 3,
    CONTACT_RESULT_REFUSED = 4, /* the citizen does not want contact: waived */
    CONTACT_RESULT_WAIVED = 5,  /* anonymous, or no way to reach: waived with source */
};

/* 结案类型 (article 10) */
enum result_type {
    RESULT_UNSPECIFIED = 0,
    RESULT_HANDLED = 1,
    RESULT_HAS_PLAN = 2,
    RESULT_STATUTORY_PROCEDURE = 3,
    RESULT_WAY_INDICATED = 4,
    RESULT_OBJECTIVELY_IMPOSSIBLE = 5,
};

/* 办理依据 (article 8(3)) */
enum handling_basis {
    BASIS_UNSPECIFIED = 0,
    BASIS_LAW_EXPLICIT = 1,
    BASIS_POLICY_BLOCKED_EXPLAINED = 2,
    BASIS_CONDITIONS_NOT_RIPE = 3,
    BASIS_PROCEDURAL = 4,
};

/* 回访结论: SATISFIED = reached, and no dissatisfaction was declared (the scale stands in the
 * indicators). */
enum visit_outcome {
    VISIT_OUTCOME_UNSPECIFIED = 0,
    VISIT_OUTCOME_SATISFIED = 1,
    VISIT_OUTCOME_DISSATISFIED = 2,
    VISIT_OUTCOME_NOT_REACHED = 3, /* end state after the attempts of A14 */
    VISIT_OUTCOME_WAIVED = 4,      /* the citizen refused the talk or is anonymous (A15) */
    VISIT_OUTCOME_MAX,             /* 5, 6 are named in the API for later articles */
};

/* 满意度: what the citizen says of attitude and of handling (article 11(3)). */
enum satisfaction {
    SATISFACTION_UNSPECIFIED = 0,
    SATISFACTION_SATISFIED = 1,
    SATISFACTION_BASICALLY_SATISFIED = 2,
    SATISFACTION_DISSATISFIED = 3,
    SATISFACTION_NO_OPINION = 4,
};

/* What can be asked of an order. Names are those of the RPCs; the last two are no RPCs of orders
 * on a desk: the timer's and the reminder list's. */
enum command_kind {
    COMMAND_UNSPECIFIED = 0,
    COMMAND_RECEIVE_ORDER = 1,
    COMMAND_AMEND_ORDER = 2,
    COMMAND_ACCEPT_ORDER = 3,
    COMMAND_DISPATCH_ORDER = 4,
    COMMAND_TAKE_ORDER = 5,
    COMMAND_RECORD_CONTACT = 6,
    COMMAND_RECORD_PROGRESS = 7,
    COMMAND_SUBMIT_REPLY = 8,
    COMMAND_ACCEPT_REPLY = 9,
    COMMAND_REJECT_REPLY = 10,
    COMMAND_RECORD_VISIT_ATTEMPT = 11,
    COMMAND_RECORD_VISIT = 12,
    COMMAND_SUBMIT_CLOSING = 13,
    COMMAND_RECORD_CLOSING = 14,
    COMMAND_ACKNOWLEDGE_REMINDER = 15,
    COMMAND_FIRE_TIMER = 16,
    COMMAND_MAX,
};

#endif
