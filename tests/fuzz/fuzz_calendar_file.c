/*
 * fuzz_calendar_file.c - arbitrary YAML as calendar and as rules: refused with a reason, or good by
 * the domain's own check. Seeds: server/data/calendar_cn.yaml, server/data/rules.yaml.
 */
#include <errno.h>
#include <stdint.h>

#include "base/arena.h"
#include "service/calendar_file.h"
#include "service/rules_file.h"
#include "service/yaml_file.h"

#include "base/base.h"

enum { ARENA_BYTES_MAX = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice yaml = slice_of(data, size);
    struct calendar_year *years = NULL;
    size_t n_years = 0;
    const char *why = NULL;
    struct rules rules;
    struct arena a;
    int r;

    arena_init(&a, ARENA_BYTES_MAX);
    r = calendar_file_parse(yaml, &a, &years, &n_years, &why);
    must(r == 0 || (r == -EINVAL && why));
    for (size_t i = 0; r == 0 && i < n_years; i++)
        must(!calendar_check(&years[i], &a));
    why = NULL;
    r = rules_file_parse(yaml, &a, &rules, &why);
    must(r == 0 || (r == -EINVAL && why));
    must(r < 0 || rules.opening_minute < rules.closing_minute);
    if (size > 2)
        (void)yaml_file_line(yaml, data[0] % 8, data[1] & 1 ? "off" : "work", data[2]);
    arena_release(&a);
    return 0;
}
