/*
 * decide.h - the rulebook's answer to one command.
 *
 * decide(order, command, rules, calendar, now) -> refusal | event. Pure: no I/O, no clock, no
 * globals; memory only from the arena. The lifecycle table (lifecycle.c) says which row applies,
 * its guards say no with their own reason and article, the states table says what happens to every
 * clock. ListAvailableCommands asks the same rows.
 */
#ifndef HOTLINE_DOMAIN_DECIDE_H
#define HOTLINE_DOMAIN_DECIDE_H

#include "domain/calendar.h"
#include "domain/command.h"
#include "domain/event.h"
#include "domain/rules.h"

struct arena;
struct refusal;

/* What a decision is made under. now_ms is never behind the order's last event (decide clamps). */
struct situation {
    const struct order *order; /* state UNSPECIFIED = does not exist yet */
    const struct rules *rules;
    const struct calendar *calendar;
    int64_t now_ms;
};

/* NULL and *ret_event on success. A refusal names reason, article, state, the commands allowed to
 * this role now, and until when or what would be allowed. Memory is needed only to refuse; without
 * it the refusal is bare (refusal_new). */
const struct refusal *decide(const struct situation *situation, const struct command *command,
                             struct arena *a, struct event *ret_event);

/* False: FIRE_TIMER would change no clock; decide() then gives an event without any, which is not
 * worth a commit. */
bool timer_has_work(const struct situation *situation);

/* One line of ListAvailableCommands. */
struct available_command {
    enum command_kind kind;
    bool allowed;                  /* order guards hold and one of the roles may */
    const struct refusal *refusal; /* why not; NULL when allowed */
};
/* Every command that some row names for an order that exists and for one of these roles, with why
 * not now. Guards that need the payload or the person are not asked. Returns the number written. */
size_t available_commands(const struct situation *situation, uint32_t roles_asking, struct arena *a,
                          struct available_command ret_commands[COMMAND_MAX]);

#endif
