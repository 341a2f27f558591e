/*
 * directory.h - who is who in the subdistrict (article 4): units, staff, appointments, portfolios.
 *
 * An immutable snapshot. Rights follow appointments valid at an instant (half-open intervals), so
 * a person's roles are asked for with `now`, never stored. Codes and ids are 1-32 of [A-Za-z0-9-].
 */
#ifndef HOTLINE_DOMAIN_DIRECTORY_H
#define HOTLINE_DOMAIN_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/order.h"

struct arena;

enum {
    NAME_BYTES = 152,
    OFFICE_PHONE_BYTES = 36,
    STAFF_NUMBER_BYTES = 36,
    PORTFOLIO_UNITS_MAX = 64,
};

/* from_ms 0 = always, until_ms 0 = open; half-open: the last instant does not belong to it. */
static inline bool interval_holds(int64_t from_ms, int64_t until_ms, int64_t now_ms)
{
    return from_ms <= now_ms && (until_ms == 0 || now_ms < until_ms);
}

struct unit {
    char code[UNIT_CODE_BYTES];
    char name[NAME_BYTES];
    enum unit_kind kind;
    int64_t from_ms, until_ms;       /* exists from, until */
    char successor[UNIT_CODE_BYTES]; /* A39; "" = none */
    char office_phone[OFFICE_PHONE_BYTES];
    uint64_t version; /* etag */
    int64_t updated_ms;
};

struct staff_member {
    char id[PERSON_ID_BYTES];
    char name[NAME_BYTES];
    char number[STAFF_NUMBER_BYTES]; /* of the personnel list */
    char office_phone[OFFICE_PHONE_BYTES];
    int64_t from_ms, until_ms; /* works here from, until: outside it, no rights */
    uint64_t version;
    int64_t updated_ms;
};

struct appointment {
    char id[PERSON_ID_BYTES];
    char staff[PERSON_ID_BYTES];
    enum role role;
    char unit[UNIT_CODE_BYTES]; /* "" for roles of the subdistrict */
    int64_t from_ms, until_ms;
    uint64_t version;
    int64_t updated_ms;
};

struct portfolio { /* 分管: the units of a leader in charge */
    char id[PERSON_ID_BYTES];
    char leader[PERSON_ID_BYTES];
    char units[PORTFOLIO_UNITS_MAX][UNIT_CODE_BYTES];
    size_t n_units;
    int64_t from_ms, until_ms;
    uint64_t version;
    int64_t updated_ms;
};

/* Sorted by code or id. Arrays belong to whoever built the directory. */
struct directory {
    uint64_t version;
    struct unit *units;
    size_t n_units;
    struct staff_member *staff;
    size_t n_staff;
    struct appointment *appointments;
    size_t n_appointments;
    struct portfolio *portfolios;
    size_t n_portfolios;
};

const struct unit *directory_unit(const struct directory *directory, const char *code);
const struct staff_member *directory_staff(const struct directory *directory, const char *id);
const struct appointment *directory_appointment(const struct directory *directory, const char *id);
const struct portfolio *directory_portfolio(const struct directory *directory, const char *id);

/* What a person may be at an instant. */
enum { STANDING_UNITS_MAX = 64 };
struct standing {
    uint32_t roles; /* set of roles */
    /* units in which the person holds a unit role, and those of portfolios led */
    const char *units[STANDING_UNITS_MAX]; /* borrowed from the directory */
    uint32_t unit_roles[STANDING_UNITS_MAX];
    size_t n_units;
    const char *led[STANDING_UNITS_MAX];
    size_t n_led;
};
/* roles = 0 when the person is unknown, does not work here now or holds no appointment now. */
struct standing directory_standing(const struct directory *directory, const char *staff,
                                   int64_t now_ms);

/* The directory with one entry added or replaced (matched by code or id); its version and the
 * directory's count up. The changed array is in the arena, the others are borrowed from
 * `directory`: keep it as long. NULL without memory. */
struct directory *directory_with_unit(const struct directory *directory, const struct unit *unit,
                                      struct arena *a);
struct directory *directory_with_staff(const struct directory *directory,
                                       const struct staff_member *member, struct arena *a);
struct directory *directory_with_appointment(const struct directory *directory,
                                             const struct appointment *appointment,
                                             struct arena *a);
struct directory *directory_with_portfolio(const struct directory *directory,
                                           const struct portfolio *portfolio, struct arena *a);

#endif
