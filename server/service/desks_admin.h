/*
 * desks_admin.h - the desks of whoever runs the office: directory, calendar, the manual clock of
 * test databases; and the list of orders, a row of OrderService.
 */
#ifndef HOTLINE_SERVICE_DESKS_ADMIN_H
#define HOTLINE_SERVICE_DESKS_ADMIN_H

#include "rpc/rpc.h"
#include "service/road.h"

extern const struct rpc_service desk_directory; /* DirectoryService */
extern const struct rpc_service desk_calendar;  /* CalendarService */
/* ManualClockService: only added where office_settings()->clock->manual. */
extern const struct rpc_service desk_manual_clock;

/* OrderService/ListOrders; its method's unary is road_serve. */
extern const struct road_row list_orders_row;

#endif
