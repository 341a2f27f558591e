/*
 * rules_file.h - the numbers of the rulebook from YAML (server/data/rules.yaml, or --rules FILE)
 * into struct rules.
 *
 *   version: 1
 *   opening_minute: 510            # 08:30
 *   clocks:
 *     - clock: ACCEPT
 *       length: {unit: WORKING_MINUTES, amount: 120}
 *       ladder: [{at: ARMED, to: [OFFICE_CLERK]}]
 *
 * All or nothing: an unknown key, a missing clock, a rung out of order is refused with its line.
 */
#ifndef HOTLINE_SERVICE_RULES_FILE_H
#define HOTLINE_SERVICE_RULES_FILE_H

#include "base/slice.h"
#include "domain/rules.h"

struct arena;

/* -ENOMEM, or -EINVAL and *ret_why (in the arena) with line and reason. */
int rules_file_parse(struct slice yaml, struct arena *a, struct rules *ret_rules,
                     const char **ret_why);
/* The same from a file; -errno and *ret_why also when it cannot be read. */
int rules_file_read(const char *path, struct arena *a, struct rules *ret_rules,
                    const char **ret_why);

#endif
