/*
 * event.h - what happened: the outcome of one command on one order.
 *
 * An event carries everything that order_apply() needs (states, the full new value of every clock
 * it changed, the part it adds), so replay needs no rules and no calendar. Texts are referred to
 * by number; the history entry adds their salted digest. A clock whose rung_ms equals at_ms fired
 * a reminder; one whose overdue_ms equals at_ms was marked overdue, in this event (or in another
 * one of the same instant: (clock, stamp, rung) is the id that tells). A clock that is started
 * again stands twice in the list: the old stamp as SUPERSEDED, then the new one.
 */
#ifndef HOTLINE_DOMAIN_EVENT_H
#define HOTLINE_DOMAIN_EVENT_H

#include "domain/order.h"

struct clock_change {
    enum clock_kind kind;
    struct clock after;
};

/* Only the member named by `command` is used. */
union event_body {
    struct order received; /* RECEIVE_ORDER: the intake fields only */
    struct order amended;  /* AMEND_ORDER: the intake fields only */
    struct {
        enum request_category category;
        char matter_code[MATTER_CODE_BYTES];
        bool urgent, confidential, major, multi_department;
    } accepted;
    struct assignment dispatched;
    struct contact contacted;
    struct reply replied;
    struct {
        uint32_t reasons[REASONS_MAX];
        size_t n_reasons;
    } rejected;
    struct visit visited;
    struct {
        char number[NUMBER_BYTES];
    } closed;
};

struct event {
    enum command_kind command; /* what was done; the lifecycle row's T number is in `row` */
    uint32_t row;              /* 1..42: transition of DOMAIN 2.3 */
    int64_t at_ms;
    struct actor actor;
    enum order_state from, to;
    struct clock_change clocks[CLOCK_MAX];
    size_t n_clocks;
    uint32_t text;   /* number of the text record it brought; 0 = none */
    bool visit_done; /* the visit round ended with this event */
    union event_body body;
};

/* The order after the event. Pure; `order` may be empty (RECEIVE_ORDER). Does not touch version
 * and chain, which belong to the store. */
void order_apply(struct order *order, const struct event *event);

#endif
