/*
 * command.h - what is asked of the office, in the domain's words. Texts stay outside: a command
 * only says whether it brings one. What a command needs from the directory (does the unit exist,
 * may it be a main unit) is resolved by the service and carried here.
 */
#ifndef HOTLINE_DOMAIN_COMMAND_H
#define HOTLINE_DOMAIN_COMMAND_H

#include "domain/order.h"

struct command {
    enum command_kind kind;
    struct actor actor;
    bool has_text; /* a text record comes with it */
    union {
        struct order intake; /* RECEIVE_ORDER, AMEND_ORDER: id and intake fields */
        struct {
            enum request_category category; /* unspecified = as received */
            char matter_code[MATTER_CODE_BYTES];
            bool urgent, confidential, major, multi_department;
        } accept;
        struct {
            enum dispatch_mode mode;
            char main_unit[UNIT_CODE_BYTES];
            enum unit_kind main_unit_kind;
            bool main_unit_known, main_unit_active;
            char informed[INFORMED_MAX][UNIT_CODE_BYTES];
            size_t n_informed;
            const char *unknown_informed; /* first informed unit that does not exist, or NULL */
            enum limit_class limit;
            bool limit_reason_given;
        } dispatch;
        struct contact contact; /* at_ms, channel, line, result, by_unit */
        struct reply reply;     /* result, basis, answer_channel, answered_ms, plan_day */
        struct {
            uint32_t reasons[REASONS_MAX];
            size_t n_reasons;
        } reject;
        struct visit visit;
        struct {
            char number[NUMBER_BYTES];
            int64_t at_ms;
        } closing;
        struct {
            enum clock_kind clock;
            uint32_t stamp;
            uint8_t rung; /* number of the rung, 0.. */
        } acknowledge;
    };
};

#endif
