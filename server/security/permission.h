/*
 * permission.h - who may do what (DOMAIN 1.19), as a table: one row per permission.
 *
 * The role check comes before anything is loaded. A right that depends on the order (own unit,
 * informed unit, own portfolio) is a pure condition after the load; who holds only such a right
 * gets PERMISSION_DENIED for unknown and for foreign orders alike.
 */
#ifndef HOTLINE_SECURITY_PERMISSION_H
#define HOTLINE_SECURITY_PERMISSION_H

#include <stdbool.h>

#include "domain/order.h"
#include "security/principal.h"

enum permission {
    MAY_NOTHING = 0,
    MAY_RECEIVE,
    MAY_ACCEPT,
    MAY_DISPATCH,
    MAY_TAKE,
    MAY_CONTACT,
    MAY_PROGRESS,
    MAY_REPLY,
    MAY_REVIEW,
    MAY_VISIT,
    MAY_SUBMIT,
    MAY_CLOSE,
    MAY_READ_ORDER,
    MAY_LIST_ORDERS,
    MAY_REMINDERS,
    MAY_READ_CALENDAR,
    MAY_WRITE_CALENDAR,
    MAY_READ_DIRECTORY,
    MAY_WRITE_DIRECTORY,
    MAY_MOVE_CLOCK,
    PERMISSION_MAX,
};

struct permission_row {
    const char *name, *zh;
    uint32_t always;    /* roles that may, whatever the order */
    uint32_t own_unit;  /* roles of the main unit of the order */
    uint32_t informed;  /* roles of an informed unit */
    uint32_t portfolio; /* leaders whose portfolio holds the main unit */
};
extern const struct permission_row permissions[PERMISSION_MAX];

/* By role alone: may it be allowed for some order? */
bool may_at_all(const struct principal *principal, enum permission permission);
/* Whatever the order: such a caller learns whether an order exists. */
bool may_always(const struct principal *principal, enum permission permission);
/* For this order. *ret_role is the role that allows it (for the history); may be NULL. */
bool may_on(const struct principal *principal, enum permission permission,
            const struct order *order, enum role *ret_role);

/* How a caller stands to an order: it decides which parts of it are shown (the view). */
enum relation {
    RELATION_NONE,
    RELATION_INFORMED, /* facts and place, not the words */
    RELATION_UNIT,     /* the main unit: what it needs to handle and to call */
    RELATION_LEADER,
    RELATION_AUDIT,
    RELATION_OFFICE,
    RELATION_DISTRICT,
    RELATION_MAX,
};
enum relation relation_to(const struct principal *principal, const struct order *order);

#endif
