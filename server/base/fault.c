/* fault.c - the table of faults and the making of refusals. */
#include "base/fault.h"

#include "base/arena.h"

#include "base/base.h"

static const struct fault faults[FAULT_MAX] = {
#define FAULT(name, code, again, rule, chinese, english)                                           \
    [FAULT_##name] = { .id = FAULT_##name,                                                         \
                       .reason = #name,                                                            \
                       .status = code,                                                             \
                       .retryable = again,                                                         \
                       .article = rule,                                                            \
                       .zh = chinese,                                                              \
                       .en = english },
#include "base/faults.def"
#undef FAULT
};

/* What refusal_new() hands out when there is no memory: never written to. */
static struct refusal bare[FAULT_MAX] = {
#define FAULT(name, code, again, rule, chinese, english)                                           \
    [FAULT_##name] = { .fault = &faults[FAULT_##name] },
#include "base/faults.def"
#undef FAULT
};

const struct fault *fault_of(enum fault_id id)
{
    must(id > FAULT_NONE && id < FAULT_MAX);
    return &faults[id];
}

struct refusal *refusal_new(struct arena *a, enum fault_id id)
{
    struct refusal *r = ARENA_NEW(a, struct refusal);

    if (!r)
        return &bare[id];
    r->fault = fault_of(id);
    return r;
}

static bool is_bare(const struct refusal *r)
{
    return r >= bare && r < bare + FAULT_MAX;
}

struct refusal *refusal_field(struct refusal *r, const char *field, const char *zh, const char *en)
{
    if (!is_bare(r) && field && zh && en && r->n_fields < REFUSAL_FIELDS_MAX)
        r->fields[r->n_fields++] = (struct refusal_field){ .field = field, .zh = zh, .en = en };
    return r;
}

struct refusal *refusal_fact(struct refusal *r, const char *key, const char *value)
{
    if (!is_bare(r) && key && value && r->n_facts < REFUSAL_FACTS_MAX)
        r->facts[r->n_facts++] = (struct refusal_fact){ .key = key, .value = value };
    return r;
}
