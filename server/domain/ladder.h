/*
 * ladder.h - reminder rungs of a clock (提醒阶梯, DOMAIN 2.5): when each falls, which are due.
 * Rungs fall inside office hours, unless the order is urgent. A rung fires once per (clock, stamp,
 * rung); what was missed during an outage collapses into the newest.
 */
#ifndef HOTLINE_DOMAIN_LADDER_H
#define HOTLINE_DOMAIN_LADDER_H

#include "domain/decide.h"

/* The instant at which rung `number` of a clock falls; INT64_MAX when there is none. */
int64_t rung_instant(const struct situation *situation, enum clock_kind kind,
                     const struct clock *clock, size_t number);
/* The running clock at now: sets rungs_fired, rung_ms, rung_acknowledged, overdue_ms and wake_ms.
 * True when something changed that must be recorded (a rung, the overdue mark, or where to look
 * next). Afterwards wake_ms is 0 or lies in the future. */
bool clock_tick(const struct situation *situation, enum clock_kind kind, struct clock *clock);
/* Only the overdue mark, for a clock that is about to be stopped or held: what was missed must not
 * be forgotten because a command came before the timer. */
void clock_settle(const struct situation *situation, enum clock_kind kind, struct clock *clock);
/* False: these rules set no such clock (amount 0), so it is never started. */
bool clock_is_set(const struct rules *rules, enum clock_kind kind, enum limit_class limit);
/* Counts a new clock from from_ms: status RUNNING, next stamp, due by the rules; not ticked yet.
 * False: the start lies before the first loaded calendar year. */
bool clock_start(const struct situation *situation, enum clock_kind kind, enum limit_class limit,
                 int64_t from_ms, struct clock *clock);

#endif
