/*
 * view_order.h - an order as a caller may see it: the parts his relation to it gives him.
 *
 * Facts come from the fact record, texts from the words callers sent, identity from the identity
 * record. Which parts are shown is a table (view_order.c); what is in a part that this caller may
 * not read in full is masked afterwards, by field_rules_mask().
 */
#ifndef HOTLINE_SERVICE_VIEW_ORDER_H
#define HOTLINE_SERVICE_VIEW_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "domain/calendar.h"
#include "domain/directory.h"
#include "domain/rules.h"
#include "hotline/v1/order.pb-c.h"
#include "security/permission.h"

struct arena;

/* Parts of an order; what is not a text is a fact. */
enum order_part {
    PART_FACTS = 1 << 0, /* state, intake, assignment, clocks, closing, without their texts */
    PART_TITLE = 1 << 1,
    PART_CONTENT = 1 << 2,
    PART_PLACE = 1 << 3,
    PART_CITIZEN = 1 << 4,
    PART_TEXTS = 1 << 5, /* legal basis, reason of the class, what the district was told */
    PART_CONTACTS = 1 << 6,
    PART_PROGRESS = 1 << 7,
    PART_REPLIES = 1 << 8,
    PART_VISITS = 1 << 9,
};
/* The parts a relation gives, in FULL view. */
uint32_t order_parts(enum relation relation);

/* What an order is shown from. Everything is borrowed as long as the answer: the answer points
 * into it. */
struct order_view {
    const struct order *order;
    const char *subdistrict;
    const struct directory *directory;
    const struct calendar *calendar;
    const struct rules *rules;
    int64_t now_ms;
    enum relation relation;
    bool full;                 /* FULL view; else BASIC, for lists */
    const struct slice *texts; /* packed text records, oldest first; none = no texts are shown */
    size_t n_texts;
    struct slice identity; /* packed identity record; absent = no citizen is shown */
};

/* NULL without memory. For RELATION_NONE an order that says nothing at all. */
Hotline__V1__Order *view_order(const struct order_view *view, struct arena *a);

#endif
