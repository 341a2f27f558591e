/*
 * order_filter.h - which orders a list asks for, and which indexes find them. Pure.
 *
 * Every condition is checked on the record; indexes only make few records of many. A plan is a
 * union of sorted sets, read in one order: by receipt, newest first, or by due instant, earliest
 * first. Whoever sees orders through his units is led over the indexes of these units, so that
 * nobody else's orders are loaded on his behalf.
 */
#ifndef HOTLINE_SERVICE_ORDER_FILTER_H
#define HOTLINE_SERVICE_ORDER_FILTER_H

#include "domain/directory.h"
#include "hotline/v1/order_service.pb-c.h"
#include "security/permission.h"
#include "storage/keys.h"

struct arena;
struct refusal;

struct order_filter {
    uint32_t states; /* set of states; 0 = any */
    bool open_only;
    const char *district_number; /* NULL = any; borrowed from the request */
    char unit[UNIT_CODE_BYTES];  /* "" = any */
    enum limit_class limit;      /* unspecified = any */
    uint32_t clock;              /* API kind; 0 = any */
    int64_t due_from_ms, due_before_ms, received_from_ms, received_before_ms; /* before 0: no end */
    bool urgent_only;
};

/* From the request; no filter asks for all. NULL, or REQUEST_INVALID. */
const struct refusal *order_filter_of(const Hotline__V1__OrderFilter *said, const char *subdistrict,
                                      struct arena *a, struct order_filter *ret_filter);
bool order_filter_matches(const struct order_filter *filter, const struct order *order);

/* The units a caller sees orders through; no matter when he sees all. */
enum { CONFINES_MAX = 2 * STANDING_UNITS_MAX };
struct order_confines {
    bool none;
    const char *units[CONFINES_MAX]; /* borrowed from the principal's standing */
    size_t n_units;
};
void order_confines_of(const struct principal *principal, enum permission permission,
                       struct order_confines *ret_confines);

enum { ORDER_SOURCES_MAX = CONFINES_MAX + ORDER_STATE_MAX };
struct order_plan {
    bool by_number; /* through the claim of the district's number: one order or none */
    bool by_due;    /* the source is DUE, read upwards; else receipt, read downwards */
    struct key sources[ORDER_SOURCES_MAX];
    size_t n_sources;               /* 0: nothing can match */
    int64_t from_ms, before_ms;     /* bounds of the scores; before 0 = no end */
    struct key sieve[CONFINES_MAX]; /* of the source's orders only those in one of these */
    size_t n_sieve;                 /* 0: all of them */
};
/* Sets filter->open_only where the plan reads indexes of open orders. */
void order_plan_make(struct order_filter *filter, const struct order_confines *confines,
                     const char *subdistrict, struct order_plan *ret_plan);

#endif
