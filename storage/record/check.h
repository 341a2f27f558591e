/*
 * check.h - hotlined --check and --rebuild: is what stands in Redis consistent?
 *
 * Check reads, for every subdistrict of the registry: every order's history (chain whole, replay
 * through order_apply gives the stored record, text digests match the texts), every index entry
 * (recomputed from the records and compared both ways), claims (district number -> order), and
 * the event stream's numbering. Rebuild removes all index keys of a subdistrict and writes them
 * again from the records. Both run on a blocking connection of their own and print progress
 * through the callback.
 *
 * Neither is atomic: check takes what a running server commits meanwhile for faults, and rebuild
 * would lose it. So both are for a subdistrict on which nobody works.
 */
#ifndef HOTLINE_STORAGE_RECORD_CHECK_H
#define HOTLINE_STORAGE_RECORD_CHECK_H

#include <stdint.h>

#include "storage/redis.h"

struct check_report {
    uint64_t orders, history_entries, texts, index_entries, events;
    uint64_t faults; /* 0 = clean */
};

/* say(user, text): one line: progress, or a fault found (starts with "fault:"). Never personal
 * data. 0, or negative errno when Redis failed; the report is set either way. */
int storage_check(struct redis_tool *tool, void (*say)(void *user, const char *text), void *user,
                  struct check_report *ret_report);
int storage_rebuild(struct redis_tool *tool, void (*say)(void *user, const char *text), void *user,
                    struct check_report *ret_report);

#endif
