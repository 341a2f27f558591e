/* clockwork.h - what a row, and the state it leads to, do to the clocks. Private to the domain. */
#ifndef HOTLINE_DOMAIN_CLOCKWORK_H
#define HOTLINE_DOMAIN_CLOCKWORK_H

#include "domain/tables.h"

/* What happens to one clock. */
enum clock_fate {
    FATE_UNTOUCHED,
    FATE_START,   /* was not active */
    FATE_RESTART, /* the active one, if any, is superseded */
    FATE_RUN,
    FATE_HOLD, /* paused: the due instant is kept */
    FATE_MEET,
    FATE_VOID,
};
/* By the row, else by the state entered (row->then; UNSPECIFIED: stays). */
enum clock_fate clock_fate_of(const struct lifecycle_row *row, enum clock_kind kind,
                              enum clock_status status);

/* Moves the clocks of *after, which is situation->order with everything else of the event applied,
 * and writes each change into the event. False: a clock would start before the first loaded year. */
bool clockwork_turn(const struct situation *situation, const struct command *command,
                    const struct lifecycle_row *row, bool urgency_changed, struct order *after,
                    struct event *event);

#endif
