/*
 * view_parts.h - the records that pile up in an order: contacts, progress notes, replies, return
 * visits, and the duty of first contact that the contacts decide. Part of view_order.
 */
#ifndef HOTLINE_SERVICE_VIEW_PARTS_H
#define HOTLINE_SERVICE_VIEW_PARTS_H

#include "service/view_order.h"
#include "service/words.h"

/* One order on its way to be shown. */
struct view {
    const struct order_view *of;
    const struct order *order;
    struct words_list words;
    struct arena *arena;
    uint32_t parts;
};

static inline bool view_shows(const struct view *view, enum order_part part)
{
    return (view->parts & (uint32_t)part) != 0;
}

/* Each fills its list in the answer. */
void show_first_contact(struct view *view, Hotline__V1__Order *shown);
void show_contacts(struct view *view, Hotline__V1__Order *shown);
void show_progress_notes(struct view *view, Hotline__V1__Order *shown);
void show_replies(struct view *view, Hotline__V1__Order *shown);
void show_visits(struct view *view, Hotline__V1__Order *shown); /* view_visits.c */

/* For the parts: who and when, as the text record has it. */
Hotline__V1__Actor *show_actor(const struct view *view, const struct actor *actor);
Google__Protobuf__Timestamp *show_time(const struct view *view, int64_t at_ms);
/* When and by whom words were recorded; absent for none. */
Google__Protobuf__Timestamp *show_recorded_time(const struct view *view, const struct words *words);
Hotline__V1__Actor *show_recorded_by(const struct view *view, const struct words *words);
/* The message of words; NULL for none. */
const void *words_said(const struct words *words);
/* A message that came with the words, as a part of the answer: without what this release does not
 * know, because that cannot be masked. */
void *shown_as_said(ProtobufCMessage *said);

#endif
