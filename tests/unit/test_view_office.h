/*
 * test_view_office.h - an office for the tests of desks and views: real rules, a real calendar, a
 * small directory. Part of test_view.h.
 */
#ifndef HOTLINE_TESTS_UNIT_TEST_VIEW_OFFICE_H
#define HOTLINE_TESTS_UNIT_TEST_VIEW_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <embedded_data.h>

#include "base/loop.h"
#include "base/memory.h"
#include "domain/civil.h"
#include "domain/tables.h"
#include "service/calendar_file.h"
#include "service/desks.h"
#include "service/rules_file.h"
#include "service/view_base.h"
#include "service/view_order.h"
#include "service/view_timeline.h"
#include "service/words.h"

#include "base/base.h"

#define CODE "310113003"

enum { OFFICE_ARENA_BYTES = 32 << 20, STEPS_MAX = 64 };

/* Monday 2026-07-06 09:00, UTC+8: an ordinary week. */
#define MONDAY_MS INT64_C(1783299600000)
#define HOUR_MS INT64_C(3600000)

struct desk_office {
    struct arena arena;
    struct rules rules;
    struct calendar *calendar;
    struct calendar_year *years;
    size_t n_years;
    struct office_clock clock;
    struct office_settings settings;
    struct loop *loop;
    struct office *office;
    struct snapshot *snapshot;
    /* the order as a store would hold it */
    struct order order;
    struct slice texts[STEPS_MAX], history[STEPS_MAX], identity;
    size_t n_texts, n_history;
    int64_t now_ms;
};

/* the directory ------------------------------------------------------------------------------- */

static struct unit office_units[] = {
    { .code = "EXT", .name = "派出所", .kind = UNIT_KIND_EXTERNAL },
    { .code = "J01", .name = "友谊一居", .kind = UNIT_KIND_RESIDENTIAL_AREA },
    { .code = "OLD", .name = "已撤销科", .kind = UNIT_KIND_DEPARTMENT, .until_ms = 1 },
    { .code = "U01", .name = "城管中队", .kind = UNIT_KIND_DEPARTMENT },
    { .code = "U02", .name = "房管办", .kind = UNIT_KIND_DEPARTMENT },
};
static struct staff_member office_staff[] = {
    { .id = "chen", .name = "陈经办" },
    { .id = "head", .name = "何主任" },
    { .id = "lin", .name = "林专员" },
};

static inline void office_people(struct directory *directory)
{
    *directory = (struct directory){
        .units = office_units,
        .n_units = COUNT_OF(office_units),
        .staff = office_staff,
        .n_staff = COUNT_OF(office_staff),
    };
}

/* life cycle ---------------------------------------------------------------------------------- */

static inline void office_open(struct desk_office *o)
{
    static const char *const codes[] = { CODE, NULL };
    struct slice rules = slice_of(data_rules, data_rules_size);
    struct slice years = slice_of(data_calendar_cn, data_calendar_cn_size);
    const char *why = "";

    memset(o, 0, sizeof(*o));
    arena_init(&o->arena, OFFICE_ARENA_BYTES);
    assert_int_equal(rules_file_parse(rules, &o->arena, &o->rules, &why), 0);
    assert_int_equal(calendar_file_parse(years, &o->arena, &o->years, &o->n_years, &why), 0);
    o->calendar = calendar_create(o->years, o->n_years, 7);
    assert_non_null(o->calendar);
    o->clock.manual = true;
    o->settings = (struct office_settings){
        .clock = &o->clock,
        .rules = &o->rules,
        .redis.unix_path = "/nonexistent/redis.sock",
        .blind_index_key.bytes = { 1, 2, 3 },
        .page_token_key.bytes = { 4, 5, 6 },
        .subdistricts = codes,
    };
    assert_int_equal(loop_create(&o->loop), 0);
    assert_int_equal(office_create(o->loop, &o->settings, &o->office), 0);
    o->snapshot = ARENA_NEW(&o->arena, struct snapshot);
    memcpy(o->snapshot->subdistrict, CODE, sizeof(CODE));
    office_people(&o->snapshot->directory);
    o->snapshot->calendar = o->calendar;
    o->snapshot->rules = &o->rules;
    o->now_ms = MONDAY_MS;
}

static inline void office_close(struct desk_office *o)
{
    office_free(o->office);
    loop_free(o->loop);
    calendar_free(o->calendar);
    arena_release(&o->arena);
}

#endif
