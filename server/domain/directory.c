/*
 * directory.c - look-ups in a directory snapshot, what a person may be at an instant, and the
 * next snapshot with one entry changed.
 *
 * The four lists are sorted by their first member (code or id), which lets one search and one
 * insertion serve them all.
 */
#include "domain/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#include "base/base.h"

_Static_assert(offsetof(struct unit, code) == 0, "the name is the first member");
_Static_assert(offsetof(struct staff_member, id) == 0, "the name is the first member");
_Static_assert(offsetof(struct appointment, id) == 0, "the name is the first member");
_Static_assert(offsetof(struct portfolio, id) == 0, "the name is the first member");

/* --- look-ups --------------------------------------------------------------------------------- */

static int compare_names(const void *name, const void *entry)
{
    return strcmp(name, entry);
}

static const void *entry_find(const void *list, size_t n, size_t size, const char *name)
{
    return n ? bsearch(name, list, n, size, compare_names) : NULL;
}

const struct unit *directory_unit(const struct directory *directory, const char *code)
{
    return entry_find(directory->units, directory->n_units, sizeof(struct unit), code);
}

const struct staff_member *directory_staff(const struct directory *directory, const char *id)
{
    return entry_find(directory->staff, directory->n_staff, sizeof(struct staff_member), id);
}

const struct appointment *directory_appointment(const struct directory *directory, const char *id)
{
    return entry_find(directory->appointments, directory->n_appointments,
                      sizeof(struct appointment), id);
}

const struct portfolio *directory_portfolio(const struct directory *directory, const char *id)
{
    return entry_find(directory->portfolios, directory->n_portfolios, sizeof(struct portfolio), id);
}

/* --- standing --------------------------------------------------------------------------------- */

/* A person with more units than fit keeps the roles in the first ones; nobody has 64. */
static void standing_add_unit(struct standing *standing, const char *unit, enum role role)
{
    size_t i = 0;

    while (i < standing->n_units && strcmp(standing->units[i], unit) != 0)
        i++;
    if (i == STANDING_UNITS_MAX)
        return;
    if (i == standing->n_units) {
        standing->units[i] = unit;
        standing->n_units++;
    }
    standing->unit_roles[i] |= ROLES(role);
}

static void standing_add_led(struct standing *standing, const char *unit)
{
    for (size_t i = 0; i < standing->n_led; i++) {
        if (strcmp(standing->led[i], unit) == 0)
            return;
    }
    if (standing->n_led < STANDING_UNITS_MAX)
        standing->led[standing->n_led++] = unit;
}

/* A portfolio without an appointment as a leader gives nothing. */
static void standing_add_portfolios(struct standing *standing, const struct directory *directory,
                                    const char *staff, int64_t now_ms)
{
    for (size_t i = 0; i < directory->n_portfolios; i++) {
        const struct portfolio *portfolio = &directory->portfolios[i];

        if (strcmp(portfolio->leader, staff) != 0 ||
            !interval_holds(portfolio->from_ms, portfolio->until_ms, now_ms))
            continue;
        for (size_t k = 0; k < portfolio->n_units; k++)
            standing_add_led(standing, portfolio->units[k]);
    }
}

struct standing directory_standing(const struct directory *directory, const char *staff,
                                   int64_t now_ms)
{
    const struct staff_member *member = directory_staff(directory, staff);
    struct standing standing = { 0 };

    if (!member || !interval_holds(member->from_ms, member->until_ms, now_ms))
        return standing;
    for (size_t i = 0; i < directory->n_appointments; i++) {
        const struct appointment *appointment = &directory->appointments[i];

        if (strcmp(appointment->staff, staff) != 0 ||
            !interval_holds(appointment->from_ms, appointment->until_ms, now_ms))
            continue;
        standing.roles |= ROLES(appointment->role);
        if (appointment->unit[0] != '\0')
            standing_add_unit(&standing, appointment->unit, appointment->role);
    }
    if (standing.roles & (ROLES(ROLE_LEADER_IN_CHARGE) | ROLES(ROLE_MAIN_LEADER)))
        standing_add_portfolios(&standing, directory, staff, now_ms);
    return standing;
}

/* --- the next snapshot ------------------------------------------------------------------------ */

/* A list while one entry is put into it. */
struct list {
    const void *entries;
    size_t n, size; /* number of entries, bytes of one */
};

/* Copies the list into the arena with `entry` in its place. *ret_place is where it now stands;
 * *ret_replaced is its predecessor in the old list, or NULL. False without memory. */
static bool list_put(struct list *list, const void *entry, struct arena *a, void **ret_place,
                     const void **ret_replaced)
{
    const char *old = list->entries;
    const void *replaced = entry_find(old, list->n, list->size, entry);
    size_t before = 0, after;
    char *copy = arena_alloc(a, (list->n + 1) * list->size);

    if (!copy)
        return false;
    while (before < list->n && strcmp(old + before * list->size, entry) < 0)
        before++;
    after = list->n - before - (replaced ? 1 : 0);
    if (before > 0)
        memcpy(copy, old, before * list->size);
    memcpy(copy + before * list->size, entry, list->size);
    if (after > 0)
        memcpy(copy + (before + 1) * list->size, old + (list->n - after) * list->size,
               after * list->size);
    *ret_place = copy + before * list->size;
    *ret_replaced = replaced;
    list->entries = copy;
    list->n = before + 1 + after;
    return true;
}

static struct directory *directory_copy(const struct directory *directory, struct arena *a)
{
    struct directory *copy = arena_copy(a, directory, sizeof(*directory));

    if (copy)
        copy->version++;
    return copy;
}

struct directory *directory_with_unit(const struct directory *directory, const struct unit *unit,
                                      struct arena *a)
{
    struct list list = { directory->units, directory->n_units, sizeof(*unit) };
    struct directory *copy = directory_copy(directory, a);
    const void *replaced;
    void *place;

    if (!copy || !list_put(&list, unit, a, &place, &replaced))
        return NULL;
    ((struct unit *)place)->version = replaced ? ((const struct unit *)replaced)->version + 1 : 1;
    copy->units = (struct unit *)list.entries;
    copy->n_units = list.n;
    return copy;
}

struct directory *directory_with_staff(const struct directory *directory,
                                       const struct staff_member *member, struct arena *a)
{
    struct list list = { directory->staff, directory->n_staff, sizeof(*member) };
    struct directory *copy = directory_copy(directory, a);
    const void *replaced;
    void *place;

    if (!copy || !list_put(&list, member, a, &place, &replaced))
        return NULL;
    ((struct staff_member *)place)->version =
        replaced ? ((const struct staff_member *)replaced)->version + 1 : 1;
    copy->staff = (struct staff_member *)list.entries;
    copy->n_staff = list.n;
    return copy;
}

struct directory *directory_with_appointment(const struct directory *directory,
                                             const struct appointment *appointment, struct arena *a)
{
    struct list list = { directory->appointments, directory->n_appointments, sizeof(*appointment) };
    struct directory *copy = directory_copy(directory, a);
    const void *replaced;
    void *place;

    if (!copy || !list_put(&list, appointment, a, &place, &replaced))
        return NULL;
    ((struct appointment *)place)->version =
        replaced ? ((const struct appointment *)replaced)->version + 1 : 1;
    copy->appointments = (struct appointment *)list.entries;
    copy->n_appointments = list.n;
    return copy;
}

struct directory *directory_with_portfolio(const struct directory *directory,
                                           const struct portfolio *portfolio, struct arena *a)
{
    struct list list = { directory->portfolios, directory->n_portfolios, sizeof(*portfolio) };
    struct directory *copy = directory_copy(directory, a);
    const void *replaced;
    void *place;

    if (!copy || !list_put(&list, portfolio, a, &place, &replaced))
        return NULL;
    ((struct portfolio *)place)->version =
        replaced ? ((const struct portfolio *)replaced)->version + 1 : 1;
    copy->portfolios = (struct portfolio *)list.entries;
    copy->n_portfolios = list.n;
    return copy;
}
