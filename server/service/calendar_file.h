/*
 * calendar_file.h - years of the working-day calendar from YAML (server/data/calendar_cn.yaml, or
 * --calendar FILE).
 *
 *   - year: 2026
 *     status: OFFICIAL
 *     document: 国办发明电〔2025〕7号
 *     source: https://...
 *     off: [2026-01-01, 2026-01-02, 2026-01-03]
 *     work: [2026-01-04]
 *
 * All or nothing: one wrong day refuses the file, with its line and the reason, and whoever asked
 * keeps the years he has.
 */
#ifndef HOTLINE_SERVICE_CALENDAR_FILE_H
#define HOTLINE_SERVICE_CALENDAR_FILE_H

#include "base/slice.h"
#include "domain/calendar.h"

struct arena;

/* Years in the order of the file, in the arena. -ENOMEM, or -EINVAL and *ret_why (in the arena):
 * "line 41: work[2] 2026-02-29: ..."; several are separated by "; ". */
int calendar_file_parse(struct slice yaml, struct arena *a, struct calendar_year **ret_years,
                        size_t *ret_n_years, const char **ret_why);
/* The same from a file; -errno and *ret_why also when it cannot be read. */
int calendar_file_read(const char *path, struct arena *a, struct calendar_year **ret_years,
                       size_t *ret_n_years, const char **ret_why);

#endif
