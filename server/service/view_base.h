/*
 * view_base.h - the small pieces every answer is made of: instants, days, resource names, actors.
 *
 * All results live in the arena. Without memory a message or list is NULL and a text is empty,
 * the arena stays failed, and whoever builds the answer asks the arena once at the end.
 */
#ifndef HOTLINE_SERVICE_VIEW_BASE_H
#define HOTLINE_SERVICE_VIEW_BASE_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "domain/directory.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "hotline/v1/actor.pb-c.h"

struct arena;
struct calendar;

/* An empty message of this type; NULL without memory. */
void *view_new(struct arena *a, const ProtobufCMessageDescriptor *type);

/* An instant; absent when it is 0. And back: 0 when it is absent. */
Google__Protobuf__Timestamp *view_time(int64_t at_ms, struct arena *a);
int64_t view_ms(const Google__Protobuf__Timestamp *time);

/* "YYYY-MM-DD"; "" for day 0. */
char *view_date(int32_t day, struct arena *a);
/* A borrowed text as a field of a message: answers are masked by replacing texts, never by
 * writing to them. NULL becomes "". */
char *view_text(const char *text);
/* "v42": prefix and number. */
char *view_number(const char *prefix, uint64_t number, struct arena *a);
/* "sha256:<hex>". */
char *view_digest(const uint8_t digest[32], struct arena *a);

/* "subdistricts/<code>/<collection>/<id>"; "" for id "". */
char *view_name(const char *subdistrict, const char *collection, const char *id, struct arena *a);

/* Who did it: a person with the name the directory has now, or a machine. unit: the unit such a
 * person acts for, used only when the role is one of a unit. NULL for nobody. */
Hotline__V1__Actor *view_actor(const char *subdistrict, const struct directory *directory,
                               const struct actor *actor, const char *unit, struct arena *a);

/* Versions of the calendar years that cover these days, "2026.1+2027.0" (0 = not loaded). */
char *view_calendar_version(const struct calendar *calendar, int32_t first_day, int32_t last_day,
                            struct arena *a);

#endif
