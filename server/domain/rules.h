/*
 * rules.h - the numbers of the rulebook as data: limits, windows, ladder, office hours.
 *
 * Plain data, loaded from server/data/rules.yaml (or --rules FILE); every order keeps the version
 * it was decided under. No number of this file stands in code.
 */
#ifndef HOTLINE_DOMAIN_RULES_H
#define HOTLINE_DOMAIN_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/types.h"

struct length {
    enum length_unit unit;
    int32_t amount;
};

/* 提醒阶梯: when a rung falls, relative to its clock (DOMAIN 2.5). */
enum rung_at {
    RUNG_UNUSED = 0,
    RUNG_ARMED,      /* when the clock starts */
    RUNG_HALF,       /* half of the working time used */
    RUNG_LAST_DAY,   /* last working day at minute `amount` of the day (09:00 = 540) */
    RUNG_BEFORE_DUE, /* `amount` working minutes before the due instant */
    RUNG_DUE,        /* the due instant; at the next opening when outside office hours */
    RUNG_AFTER_DUE,  /* `amount` working days after the due instant */
};

enum { RUNGS_MAX = 8, RULES_TEXT_BYTES = 96 };

struct rung {
    enum rung_at at;
    int32_t amount;
    uint32_t to; /* roles */
};

struct ladder {
    struct rung rungs[RUNGS_MAX]; /* in time order; index = the rung's number, its stable key */
    size_t n_rungs;
};

struct clock_rules {
    struct length length;      /* class clocks (HANDLE, EXTENSION_WINDOW) use by_class */
    struct length by_class[3]; /* 1, 5, 10 days; amount 0 = the class has no such clock */
    struct ladder ladder;      /* may be empty */
};

struct rules {
    uint32_t version;
    char id[RULES_TEXT_BYTES], basis[RULES_TEXT_BYTES];
    int32_t opening_minute, closing_minute;        /* 08:30 = 510, 17:30 = 1050 */
    bool ends_at_closing;                          /* A2: false = 24:00 */
    bool visit_before_submit;                      /* A12 */
    int32_t contact_attempts, contact_gap_minutes; /* A14: 3, 120 */
    int32_t visit_attempts;                        /* A14: 3, in different half-days */
    struct clock_rules clocks[CLOCK_MAX];
};

/* Index into by_class. */
static inline size_t limit_class_index(enum limit_class limit)
{
    return limit == LIMIT_ONE_DAY ? 0 : limit == LIMIT_FIVE_DAYS ? 1 : 2;
}

#endif
