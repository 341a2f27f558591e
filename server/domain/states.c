/*
 * states.c - who must act next, and which clocks may run meanwhile (DOMAIN 2.2).
 *
 * Entering a state ends every clock it neither runs nor holds, so no row needs to remember to stop
 * anything and nothing leaks. First contact and the order clock run in every state until the
 * district closes the order: nobody escapes article 8(1) by replying.
 */
#include "domain/tables.h"

#include "base/base.h"

/* clang-format off */
#define ALWAYS (CLK(CONTACT) | CLK(ORDER))

const struct state_row states[ORDER_STATE_MAX] = {
    [ORDER_STATE_UNSPECIFIED] = {
        .name = "UNSPECIFIED", .zh = "尚未接收", .en = "not received yet",
    },
    [ORDER_STATE_RECEIVED] = {
        .name = "RECEIVED", .zh = "已接收", .en = "received",
        .acts = DESK_OFFICE, .shown_as = SHOWN_RECEIVED,
        .runs = ALWAYS | CLK(ACCEPT),
    },
    [ORDER_STATE_ACCEPTED] = {
        .name = "ACCEPTED", .zh = "已受理", .en = "accepted",
        .acts = DESK_OFFICE, .shown_as = SHOWN_IN_PROGRESS,
        .runs = ALWAYS | CLK(DISPATCH),
    },
    [ORDER_STATE_DISPATCHED] = {
        .name = "DISPATCHED", .zh = "已派发", .en = "dispatched",
        .acts = DESK_UNIT, .shown_as = SHOWN_IN_PROGRESS,
        .runs = ALWAYS | CLK(TAKE) | CLK(HANDLE) | CLK(EXTENSION_WINDOW),
    },
    [ORDER_STATE_HANDLING] = {
        .name = "HANDLING", .zh = "办理中", .en = "being handled",
        .acts = DESK_UNIT, .shown_as = SHOWN_IN_PROGRESS,
        .runs = ALWAYS | CLK(HANDLE) | CLK(EXTENSION_WINDOW),
    },
    /* An extension window that has not shut is open again when the reply comes back. */
    [ORDER_STATE_REPLIED] = {
        .name = "REPLIED", .zh = "已回复待审", .en = "replied, under review",
        .acts = DESK_OFFICE, .shown_as = SHOWN_IN_PROGRESS,
        .runs = ALWAYS | CLK(REVIEW),
        .holds = CLK(HANDLE) | CLK(FIX) | CLK(EXTENSION_WINDOW),
    },
    /* HANDLE stays held while FIX runs: the limit has passed, and it is not counted twice. */
    [ORDER_STATE_REPLY_REJECTED] = {
        .name = "REPLY_REJECTED", .zh = "回复退回", .en = "reply rejected",
        .acts = DESK_UNIT, .shown_as = SHOWN_IN_PROGRESS,
        .runs = ALWAYS | CLK(HANDLE) | CLK(FIX) | CLK(EXTENSION_WINDOW),
        .holds = CLK(HANDLE),
    },
    [ORDER_STATE_REVIEWED] = {
        .name = "REVIEWED", .zh = "审核通过", .en = "reply accepted",
        .acts = DESK_OFFICE, .shown_as = SHOWN_ANSWERED,
        .runs = ALWAYS | CLK(VISIT) | CLK(SUBMIT),
    },
    [ORDER_STATE_SUBMITTED] = {
        .name = "SUBMITTED", .zh = "已报区", .en = "submitted to the district",
        .acts = DESK_DISTRICT, .shown_as = SHOWN_ANSWERED,
        .runs = ALWAYS | CLK(VISIT) | CLK(DISTRICT),
    },
    [ORDER_STATE_CLOSED] = {
        .name = "CLOSED", .zh = "已结案", .en = "closed",
        .acts = DESK_NOBODY, .shown_as = SHOWN_CLOSED, .final = true,
    },
    [ORDER_STATE_CLOSED_VISIT_DUE] = {
        .name = "CLOSED_VISIT_DUE", .zh = "已结案待回访", .en = "closed, visit due",
        .acts = DESK_OFFICE, .shown_as = SHOWN_CLOSED,
        .runs = CLK(VISIT),
    },
};
/* clang-format on */
