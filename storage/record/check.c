/* check.c - hotlined --check: one subdistrict after the other, the parts in check_*.c. */
#include "storage/record/check.h"

#include <inttypes.h>

#include "storage/record/inspector.h"

#include "base/base.h"

struct order_check {
    struct inspector *inspector;
    const char *subdistrict;
    struct expectations *expectations;
};

static int visit_order(void *context, const struct order *order)
{
    const struct order_check *check = context;
    int r = expect_order(check->expectations, check->subdistrict, order);

    check->inspector->report.orders++;
    return r < 0 ? r : check_history(check->inspector, check->subdistrict, order);
}

/* Records that belong to no order. */
static void check_orphans(struct inspector *inspector, const struct survey *survey)
{
    const struct {
        const struct names *names;
        const char *what;
    } parts[] = {
        { &survey->histories, "a history" },
        { &survey->texts, "texts" },
        { &survey->identities, "an identity" },
    };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (size_t k = 0; k < parts[i].names->n; k++) {
            if (!names_have(&survey->orders, parts[i].names->list[k]))
                inspector_fault(inspector, "order %s: has %s and no record",
                                parts[i].names->list[k], parts[i].what);
        }
    }
}

static int check_subdistrict(struct inspector *inspector, const char *subdistrict)
{
    struct order_check check = { .inspector = inspector, .subdistrict = subdistrict };
    struct walk walk = { .visit = visit_order, .context = &check, .says_faults = true };
    struct survey survey;
    int r = survey_take(inspector, subdistrict, &survey);

    if (r == 0) {
        inspector_say(inspector, "%s: %zu orders", subdistrict, survey.orders.n);
        r = expectations_create(&check.expectations);
    }
    if (r == 0) {
        check_orphans(inspector, &survey);
        r = survey_walk(inspector, &survey, &walk);
    }
    if (r == 0)
        r = check_index(inspector, &survey, check.expectations);
    if (r == 0)
        r = check_events(inspector, subdistrict);
    expectations_free(check.expectations);
    survey_release(&survey);
    return r;
}

int storage_check(struct redis_tool *tool, void (*say)(void *user, const char *text), void *user,
                  struct check_report *ret_report)
{
    struct inspector inspector = { .tool = tool, .say = say, .user = user };
    struct names subdistricts = { 0 };
    struct arena a;
    int r;

    arena_init(&a, SIZE_MAX);
    r = registry_read(&inspector, &a, &subdistricts);
    for (size_t i = 0; i < subdistricts.n && r == 0; i++)
        r = check_subdistrict(&inspector, subdistricts.list[i]);
    names_release(&subdistricts);
    arena_release(&a);
    *ret_report = inspector.report;
    return r;
}
