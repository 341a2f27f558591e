/*
 * directory_rules.h - what may be put into the directory (article 4): from the content that was
 * sent to the entry as it will be stored, or a refusal that names every wrong field. Pure.
 *
 * An entry that is there already is replaced only by a caller who says which version he read
 * (etag); the same content again changes nothing and needs no etag. What the past rests on never
 * changes: the kind of a unit; person, role and unit of an appointment.
 */
#ifndef HOTLINE_SERVICE_DIRECTORY_RULES_H
#define HOTLINE_SERVICE_DIRECTORY_RULES_H

#include "base/fault.h"
#include "domain/directory.h"
#include "hotline/v1/directory.pb-c.h"

struct arena;

/* The whole directory is one record, copied at each change and read at each start. */
enum {
    DIRECTORY_UNITS_MAX = 1000,
    DIRECTORY_STAFF_MAX = 5000,
    DIRECTORY_APPOINTMENTS_MAX = 10000,
    DIRECTORY_PORTFOLIOS_MAX = 500,
};

struct directory_put {
    const struct directory *directory; /* as it stands */
    const char *subdistrict, *id;      /* of the entry, from the request's name */
    const char *etag;                  /* as the caller read it; "" = none */
    int64_t now_ms;
    struct arena *arena;
};

/* The entry as it will be stored, its version counted up; *ret_changes is false when it stands
 * there already, and the entry is what stands. NULL, or REQUEST_INVALID, ETAG_MISMATCH,
 * TOO_LARGE. */
const struct refusal *unit_put(const struct directory_put *put, const Hotline__V1__Unit *said,
                               struct unit *ret_unit, bool *ret_changes);
const struct refusal *staff_put(const struct directory_put *put,
                                const Hotline__V1__StaffMember *said,
                                struct staff_member *ret_member, bool *ret_changes);
const struct refusal *appointment_put(const struct directory_put *put,
                                      const Hotline__V1__Appointment *said,
                                      struct appointment *ret_appointment, bool *ret_changes);
const struct refusal *portfolio_put(const struct directory_put *put,
                                    const Hotline__V1__Portfolio *said,
                                    struct portfolio *ret_portfolio, bool *ret_changes);

/* Not ended at this instant; it may not have begun. */
bool interval_is_open(int64_t until_ms, int64_t at_ms);

#endif
