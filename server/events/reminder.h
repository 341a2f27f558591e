/*
 * reminder.h - a reminder as it travels: made from the event entry that recorded it.
 *
 * A clock whose rung fired in an event is one reminder. Its stable id is (order, clock, stamp,
 * rung), so a receiver that sees it twice can tell. No personal data, by construction.
 */
#ifndef HOTLINE_EVENTS_REMINDER_H
#define HOTLINE_EVENTS_REMINDER_H

#include <stdint.h>

#include "base/slice.h"
#include "domain/order.h"

struct reminder {
    uint64_t sequence; /* of the event entry: the watcher's cursor */
    char order_id[ORDER_ID_BYTES];
    char district_number[NUMBER_BYTES];
    char main_unit[UNIT_CODE_BYTES];
    bool urgent;
    enum clock_kind kind;
    uint8_t rung; /* index in the clock's ladder */
    struct clock clock;
};

/* The reminders of an event entry (bytes of the stream). Returns how many were written; -EBADMSG,
 * -ENOMEM. */
struct arena;
int reminders_of_entry(uint64_t sequence, struct slice entry, struct arena *a,
                       struct reminder ret_reminders[CLOCK_MAX]);

#endif
