/*
 * moment.h - instants as people and JSON write them. The office lives at UTC+8, all year.
 */
#ifndef HOTLINE_CLI_MOMENT_H
#define HOTLINE_CLI_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <hotline/v1/clock.pb-c.h>

struct arena;

/* "now", "+2h" and "-30m" (from now; units s m h d), "2026-02-17", "2026-02-17 07:35",
 * "2026-02-17T07:35:00+08:00", "...Z". Without a zone it is office time. */
bool moment_parse(const char *text, int64_t now_ms, int64_t *ret_ms);
/* "90s", "15m", "2h", "3d": milliseconds. */
bool duration_parse(const char *text, int64_t *ret_ms);

/* "2026-02-17 07:35", "" for NULL; office time. */
const char *moment_text(struct arena *a, const Google__Protobuf__Timestamp *at);
const char *moment_text_ms(struct arena *a, int64_t at_ms);
/* RFC 3339 in UTC, as proto3 JSON has it; only the digits that are needed. */
const char *moment_rfc3339(struct arena *a, int64_t seconds, int32_t nanos);

int64_t moment_ms(const Google__Protobuf__Timestamp *at);
Google__Protobuf__Timestamp moment_of(int64_t at_ms);

#endif
