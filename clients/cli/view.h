/*
 * view.h - answers as people read them: one function per kind of answer, named in command.c's rows.
 * Each takes the answer of the calls that its row names; nothing else reaches it.
 */
#ifndef HOTLINE_CLI_VIEW_H
#define HOTLINE_CLI_VIEW_H

#include "cli/session.h"
#include "cli/text.h"

/* orders */
void view_order(struct session *session, const ProtobufCMessage *answer);
void view_changed(struct session *session, const ProtobufCMessage *answer); /* any command's */
void view_orders(struct session *session, const ProtobufCMessage *answer);
void view_timeline(struct session *session, const ProtobufCMessage *answer);
void view_available(struct session *session, const ProtobufCMessage *answer);

/* time */
void view_explanation(struct session *session, const ProtobufCMessage *answer);
void view_reminders(struct session *session, const ProtobufCMessage *answer);
void view_acknowledged(struct session *session, const ProtobufCMessage *answer);
void view_calendar(struct session *session, const ProtobufCMessage *answer);
void view_working_days(struct session *session, const ProtobufCMessage *answer);
void view_calendar_year(struct session *session, const ProtobufCMessage *answer);
void view_clock(struct session *session, const ProtobufCMessage *answer);
void view_advanced(struct session *session, const ProtobufCMessage *answer);

/* directory */
void view_unit(struct session *session, const ProtobufCMessage *answer);
void view_units(struct session *session, const ProtobufCMessage *answer);
void view_unit_put(struct session *session, const ProtobufCMessage *answer);
void view_staff_member(struct session *session, const ProtobufCMessage *answer);
void view_staff_members(struct session *session, const ProtobufCMessage *answer);
void view_staff_put(struct session *session, const ProtobufCMessage *answer);
void view_appointment(struct session *session, const ProtobufCMessage *answer);
void view_appointments(struct session *session, const ProtobufCMessage *answer);
void view_appointment_put(struct session *session, const ProtobufCMessage *answer);
void view_portfolio(struct session *session, const ProtobufCMessage *answer);
void view_portfolios(struct session *session, const ProtobufCMessage *answer);
void view_portfolio_put(struct session *session, const ProtobufCMessage *answer);

/* pieces that several of them share */
#define WORD_OF(session, type, value)                                                              \
    word_of(&(session)->arena, &hotline__v1__##type##__descriptor, (int)(value), (session)->zh)

const char *clock_label(struct session *session, const Hotline__V1__Clock *clock);
/* "超期", "暂定", both or "". */
const char *clock_marks(struct session *session, const Hotline__V1__Clock *clock);
const char *actor_text(struct session *session, const Hotline__V1__Actor *actor);
void line_put(struct session *session, const char *zh, const char *en, const char *text);
/* A reminder in one line, as the watch prints it. */
void reminder_line(struct session *session, const Hotline__V1__Reminder *reminder, FILE *out);

#endif
