/* desk_deadline.h - DeadlineService: due lists, explanations, reminders. */
#ifndef HOTLINE_SERVICE_DESK_DEADLINE_H
#define HOTLINE_SERVICE_DESK_DEADLINE_H

#include "rpc/rpc.h"

struct hub;

extern const struct rpc_service desk_deadline;

/* Where reminders are heard; set once before the server starts. */
void desk_deadline_open(struct hub *hub);
struct hub *desk_deadline_hub(void);

/* Rows and streams that stand in files of their own. */
extern const struct rpc_stream_ops list_due_ops, watch_reminders_ops;
extern const struct road_row list_due_row, watch_reminders_row, list_reminders_row,
    acknowledge_reminder_row;

#endif
