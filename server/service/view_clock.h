/*
 * view_clock.h - a time limit of an order as people are told it: what it is called, the last day in
 * time, whether it was missed.
 */
#ifndef HOTLINE_SERVICE_VIEW_CLOCK_H
#define HOTLINE_SERVICE_VIEW_CLOCK_H

#include "hotline/v1/clock.pb-c.h"
#include "service/view_order.h"

/* The clock of a kind as it stands in view->order; NULL when it was never started, and without
 * memory. Texts and identity of the view are not looked at. */
Hotline__V1__Clock *view_clock(const struct order_view *view, enum clock_kind kind,
                               struct arena *a);

/* The last civil day in time. */
int32_t clock_last_day(const struct clock *clock);
/* A hard clock that ran past its due instant, or was met or held after it; never while its due
 * instant is provisional. held_ms: when it was paused. */
bool clock_is_overdue(enum clock_kind kind, const struct clock *clock, int64_t held_ms,
                      int64_t now_ms);

#endif
