/*
 * view_reminder.h - a reminder as people are told it, and whether it is for this caller.
 */
#ifndef HOTLINE_SERVICE_VIEW_REMINDER_H
#define HOTLINE_SERVICE_VIEW_REMINDER_H

#include "events/reminder.h"
#include "hotline/v1/deadline.pb-c.h"
#include "security/principal.h"
#include "service/office.h"

/* The number of the ladder's step in the API (enum Rung): R0 = ARMED ... ; 0 = no such step. */
Hotline__V1__Rung rung_number(const struct rules *rules, enum clock_kind kind, size_t rung);

/* The office and those who watch over it get all; people of a unit those addressed to one of their
 * roles there; leaders those for leaders of units in their portfolio. */
bool reminder_is_for(const struct reminder *reminder, const struct principal *principal,
                     const struct rules *rules);
/* Addressed to the acting person: by role, not by oversight. */
bool reminder_names(const struct reminder *reminder, const struct principal *principal,
                    const struct rules *rules);

/* NULL without memory. acknowledged comes from the clock. */
Hotline__V1__Reminder *view_reminder(const struct reminder *reminder,
                                     const struct snapshot *snapshot, struct arena *a);

/* The newest reminder of a clock of an order. False: none was raised. */
bool reminder_of_order(const struct order *order, enum clock_kind kind,
                       struct reminder *ret_reminder);

/* "6-1-3": clock, stamp, rung number; as the reminder's name ends. */
bool reminder_id_parse(const char *text, const struct rules *rules, enum clock_kind *ret_kind,
                       uint32_t *ret_stamp, uint8_t *ret_rung);

#endif
