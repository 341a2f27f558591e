/*
 * guards.h - what must hold before a row of the lifecycle is taken, and which of several rows
 * applies. Private to the domain: lifecycle.c names them, guards.c defines them.
 */
#ifndef HOTLINE_DOMAIN_GUARDS_H
#define HOTLINE_DOMAIN_GUARDS_H

#include "domain/tables.h"

/* guards: a refusal when they do not hold */
extern const struct guard mode_is_statutory, one_unit_is_enough, basis_is_given, limit_is_a_class,
    limit_reason_is_given, main_unit_exists, main_unit_is_active, main_unit_is_ours,
    informed_units_exist;
extern const struct guard contact_time_is_real, contact_attempts_lie_apart;
extern const struct guard result_is_named, citizen_has_been_answered, plan_is_given,
    citizen_was_talked_to, statement_is_attached;
extern const struct guard reviewer_is_not_author, reasons_are_given;
extern const struct guard visit_is_still_due, visit_has_been_made, visit_time_is_real,
    attempt_was_unanswered, visit_attempts_lie_apart, visit_outcome_is_told, indicators_are_given,
    citizen_is_not_dissatisfied;
extern const struct guard clock_is_known, reminder_is_open;

/* conditions: which row */
typedef bool condition(const struct situation *situation, const struct command *command);
condition citizen_was_reached, citizen_declined, contact_attempts_are_used_up;
condition handling_limit_has_not_passed, fix_day_has_not_passed;
condition visit_comes_before_submission;
condition submission_waits_for_the_visit, attempt_ends_the_visit,
    attempt_ends_the_visit_and_submission_waits, visit_is_done;

/* NO_ANSWER, WRONG_NUMBER: the attempts that A14 counts. */
bool is_unanswered(enum contact_result result);

#endif
