/*
 * view_said.h - the words of one command, as texts of its event in the timeline.
 */
#ifndef HOTLINE_SERVICE_VIEW_SAID_H
#define HOTLINE_SERVICE_VIEW_SAID_H

#include "hotline/v1/order_service.pb-c.h"
#include "service/words.h"

struct arena;

enum { EVENT_TEXTS_MAX = 8 };

/* Writes the texts these parts (enum order_part) allow into texts; returns their number. */
size_t view_said(const struct words *words, uint32_t parts, struct arena *a,
                 Hotline__V1__EventText *texts[EVENT_TEXTS_MAX]);

/* A text of an event. NULL without memory. */
Hotline__V1__EventText *view_event_text(const char *label_zh, const char *field, const char *text,
                                        struct arena *a);

#endif
