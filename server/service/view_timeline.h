/*
 * view_timeline.h - the history of an order as a caller may see it, oldest event first.
 *
 * Every event shows who did what when, what became of the state and of the clocks, and what the
 * caller wrote: each free text by itself, everything else of the request in one text of facts. So
 * what later events overwrite in the order (an amended content, an older contact) stays readable.
 */
#ifndef HOTLINE_SERVICE_VIEW_TIMELINE_H
#define HOTLINE_SERVICE_VIEW_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "domain/decide.h"
#include "domain/directory.h"
#include "hotline/v1/deadline.pb-c.h"
#include "hotline/v1/order_service.pb-c.h"
#include "security/permission.h"
#include "storage/record/record.h"

struct arena;

/* What a timeline is shown from; borrowed as long as the answer. */
struct timeline_view {
    const char *subdistrict;
    const struct directory *directory;
    const struct calendar *calendar;
    const struct rules *rules;
    enum relation relation;
    const struct slice *history; /* entries of HISTORY, oldest first: all of them */
    size_t n_history;
    const struct slice *texts; /* packed text records; none = no texts are shown */
    size_t n_texts;
};

/* Events first+1 .. first+count of the history into ret_events (room for count); their number in
 * *ret_count. 0, -EBADMSG when an entry cannot be read, -ENOMEM. */
int view_timeline(const struct timeline_view *view, size_t first, size_t count, struct arena *a,
                  Hotline__V1__TimelineEvent **ret_events, size_t *ret_count);

/* The event that started this clock (view->texts and relation are not looked at); NULL when the
 * history does not hold it, cannot be read, or without memory. */
Hotline__V1__StartEvent *view_start_event(const struct timeline_view *view, enum clock_kind kind,
                                          uint32_t stamp, struct arena *a);

#endif
