/*
 * road.c - the one road every request takes. Read it from the bottom: road_run().
 *
 * Each step either goes on to the next, asks storage and is called back, or ends the errand. The
 * steps stand in the order of the road; every arrow back (conflict, moved epoch, replay) is bounded.
 */
#include "service/road.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "domain/civil.h"
#include "service/resource_name.h"
#include "service/road_state.h"
#include "service/words.h"

#include "base/base.h"

static void road_who(struct errand *errand);
static void road_decide(struct errand *errand);
static void road_view(struct errand *errand);

/* the end ------------------------------------------------------------------------------------- */

void road_finish(struct errand *errand)
{
    struct snapshot *snapshot = errand->snapshot; /* the answer borrows from it until it is sent */

    if (!errand->response && !errand->refusal && errand->row->view)
        errand->refusal = refusal_new(errand->arena, FAULT_INTERNAL);
    if (errand->refusal)
        errand->response = NULL;
    errand->done(errand);
    snapshot_unref(snapshot);
}

static void road_refuse_with(struct errand *errand, const struct refusal *refusal)
{
    errand->refusal = refusal;
    road_finish(errand);
}

void road_refuse(struct errand *errand, enum fault_id fault)
{
    road_refuse_with(errand, refusal_new(errand->arena, fault));
}

void road_trouble(struct errand *errand, int status)
{
    bool unknown = status == -EINPROGRESS && (errand->row->ask || errand->row->change);

    if (status == -ENOMEM)
        road_refuse(errand, FAULT_TOO_LARGE);
    else if (status == -EBADMSG)
        road_refuse(errand, FAULT_INTERNAL);
    else
        road_refuse(errand, unknown ? FAULT_OUTCOME_UNKNOWN : FAULT_STORAGE_UNAVAILABLE);
}

/* view ---------------------------------------------------------------------------------------- */

static void road_view(struct errand *errand)
{
    if (errand->row->read)
        errand->refusal = errand->row->read(errand, &errand->response);
    else if (errand->row->view)
        errand->response = errand->row->view(errand);
    road_finish(errand);
}

/* A change is seen through the snapshot that holds it. */
static void road_changed(struct snapshot_ask *ask, int status)
{
    struct errand *errand = CONTAINER_OF(ask, struct road_state, snapshot)->errand;

    if (status < 0) {
        road_trouble(errand, -EINPROGRESS); /* committed, but not shown: the same id repeats it */
        return;
    }
    snapshot_unref(errand->snapshot);
    errand->snapshot = office_snapshot(errand->office, errand->subdistrict);
    road_view(errand);
}

static void road_show_change(struct errand *errand)
{
    errand->state->snapshot.done = road_changed;
    office_refresh(errand->office, errand->subdistrict, &errand->state->snapshot);
}

/* commit -------------------------------------------------------------------------------------- */

/* The request id was committed before: show the resource as it stands now, with today's rights. */
static void road_replay(struct errand *errand, struct slice kept)
{
    struct request_result result;

    if (result_unpack(kept, &result) < 0) {
        road_refuse(errand, FAULT_INTERNAL);
        return;
    }
    errand->replayed = true;
    errand->verdict = COMMIT_REPLAYED;
    errand->state->replaying = true;
    (void)snprintf(errand->resource, sizeof(errand->resource), "%s", result.resource);
    if (errand->row->change)
        road_show_change(errand);
    else
        road_load(errand);
}

static void road_refreshed(struct snapshot_ask *ask, int status)
{
    struct errand *errand = CONTAINER_OF(ask, struct road_state, snapshot)->errand;

    if (status < 0)
        road_trouble(errand, status == -EINPROGRESS ? -EAGAIN : status);
    else
        road_who(errand);
}

/* Back to "who is it": the directory, calendar or rules changed under us. */
static void road_refresh(struct errand *errand)
{
    struct road_state *state = errand->state;

    if (++state->refreshes > ROAD_REFRESHES_MAX) {
        road_refuse(errand, FAULT_CONFLICT);
        return;
    }
    errand->snapshot = snapshot_unref(errand->snapshot);
    state->snapshot.done = road_refreshed;
    office_refresh(errand->office, errand->subdistrict, &state->snapshot);
}

/* Another command was faster. */
static void road_again(struct errand *errand)
{
    if (errand->row->change)
        road_refresh(errand);
    else if (++errand->state->conflicts > ROAD_CONFLICTS_MAX)
        road_refuse(errand, FAULT_CONFLICT);
    else
        road_load(errand);
}

void road_committed(struct commit_ask *ask, int status, const struct commit_outcome *outcome)
{
    struct errand *errand = CONTAINER_OF(ask, struct road_state, commit)->errand;

    if (status < 0) {
        road_trouble(errand, status);
        return;
    }
    errand->verdict = outcome->verdict;
    switch (outcome->verdict) {
    case COMMIT_DONE:
        errand->sequence = outcome->sequence;
        if (errand->row->change)
            road_show_change(errand);
        else
            road_view(errand);
        return;
    case COMMIT_REPLAYED:
        road_replay(errand, outcome->result);
        return;
    case COMMIT_ID_REUSED:
        road_refuse(errand, FAULT_REQUEST_ID_REUSED);
        return;
    case COMMIT_EPOCH_MOVED:
        road_refresh(errand);
        return;
    case COMMIT_CONFLICT:
    case COMMIT_CLAIMED:
        road_again(errand);
        return;
    }
}

/* decide -------------------------------------------------------------------------------------- */

static void road_looked_up(struct result_ask *ask, int status, const struct commit_outcome *outcome)
{
    struct errand *errand = CONTAINER_OF(ask, struct road_state, result)->errand;

    if (status < 0)
        road_trouble(errand, -EAGAIN);
    else if (outcome->verdict == COMMIT_REPLAYED)
        road_replay(errand, outcome->result);
    else if (outcome->verdict == COMMIT_ID_REUSED)
        road_refuse(errand, FAULT_REQUEST_ID_REUSED);
    else if (errand->state->held)
        road_refuse_with(errand, errand->state->held);
    else
        road_view(errand);
}

/* A command that is refused, or finds nothing to write (NULL), may be the repetition of one that
 * was done: ask before answering. */
static void road_refuse_unless_replayed(struct errand *errand, const struct refusal *refusal)
{
    struct road_state *state = errand->state;
    int r;

    if (!errand_has_id(errand) || errand_head(errand)->validate_only) {
        road_refuse_with(errand, refusal);
        return;
    }
    state->held = refusal;
    state->result = (struct result_ask){
        .ask.deadline_ms = errand->deadline_ms,
        .done = road_looked_up,
    };
    r = result_ask(office_link(errand->office), &state->result, errand->subdistrict,
                   slice_of(state->request_key, REQUEST_KEY_BYTES),
                   slice_of(state->body_digest, BODY_DIGEST_BYTES), civil_month_of(errand->now_ms));
    if (r < 0)
        road_trouble(errand, r);
}

static bool etag_differs(const struct errand *errand)
{
    char etag[32];
    const struct command_head *head = errand_head(errand);

    if (!head || !head->etag || !head->etag[0] || errand->row->change)
        return false;
    (void)snprintf(etag, sizeof(etag), "v%llu", (unsigned long long)errand->before->version);
    return strcmp(head->etag, etag) != 0;
}

static void road_decide(struct errand *errand)
{
    struct situation situation = {
        .order = errand->before,
        .rules = errand->snapshot->rules,
        .calendar = errand->snapshot->calendar,
        .now_ms = errand->now_ms,
    };
    const struct refusal *refusal = NULL;
    int r;

    if (!errand->caller && !timer_has_work(&situation)) {
        road_finish(errand); /* another server was faster */
        return;
    }
    if (etag_differs(errand))
        refusal = refusal_new(errand->arena, FAULT_ETAG_MISMATCH);
    if (!refusal && errand->row->check)
        refusal = errand->row->check(errand, &errand->command);
    if (!refusal)
        refusal = decide(&situation, &errand->command, errand->arena, &errand->event);
    if (refusal) {
        road_refuse_unless_replayed(errand, refusal);
        return;
    }
    *errand->after = *errand->before;
    order_apply(errand->after, &errand->event);
    if (errand->request && errand_head(errand)->validate_only) {
        road_view(errand);
        return;
    }
    errand->after->version = errand->before->version + 1;
    r = road_commit_order(errand);
    if (r < 0)
        road_trouble(errand, r);
}

static void road_decide_change(struct errand *errand)
{
    const struct refusal *refusal =
        errand->row->change(errand, errand->request, &errand->state->change);
    int r;

    if (refusal) {
        road_refuse_unless_replayed(errand, refusal);
        return;
    }
    if (errand_head(errand)->validate_only) {
        road_view(errand);
        return;
    }
    if (!errand->state->change.bytes.data) { /* equal content changes nothing */
        road_refuse_unless_replayed(errand, NULL);
        return;
    }
    r = road_commit_change(errand);
    if (r < 0)
        road_trouble(errand, r);
}

/* may they (this order) ----------------------------------------------------------------------- */

/* The same district number again: the same content is the first answer, another is an amendment. */
static void road_delivered_before(struct errand *errand)
{
    const struct order *sent = &errand->command.intake, *before = errand->before;

    if (memcmp(sent->intake_digest, before->intake_digest, sizeof(before->intake_digest)) == 0) {
        errand->replayed = true;
        *errand->after = *before;
        road_view(errand);
        return;
    }
    errand->command.kind = COMMAND_AMEND_ORDER;
    road_decide(errand);
}

static void road_may_on_order(struct errand *errand)
{
    bool exists = errand->before->state != ORDER_STATE_UNSPECIFIED;
    enum role role = ROLE_TIMER;

    if (!exists && errand->row->load == LOAD_ORDER) {
        bool told = !errand->caller || may_always(&errand->principal, errand->row->permission);

        road_refuse(errand, told ? FAULT_ORDER_NOT_FOUND : FAULT_PERMISSION_DENIED);
        return;
    }
    if (errand->caller &&
        !may_on(&errand->principal, errand->row->permission, errand->before, &role)) {
        road_refuse(errand, FAULT_PERMISSION_DENIED);
        return;
    }
    if (errand->caller)
        errand->relation = relation_to(&errand->principal, errand->before);
    if (errand->state->replaying || errand->row->read) {
        *errand->after = *errand->before;
        road_view(errand);
        return;
    }
    if (errand->caller)
        errand->command.actor = principal_actor(&errand->principal, role);
    else
        errand->command.actor = (struct actor){ .role = ROLE_TIMER, .id = "timer" };
    errand->command.has_text = errand->row->brings_text;
    if (exists && errand->row->load == LOAD_DELIVERY)
        road_delivered_before(errand);
    else
        road_decide(errand);
}

/* Everything has arrived (road_load.c). */
void road_loaded(struct errand *errand)
{
    const struct road_row *row = errand->row;

    if (errand->state->epoch_moved)
        road_refresh(errand);
    else if (row->load != LOAD_NOTHING)
        road_may_on_order(errand);
    else if (row->walk)
        row->walk(errand);
    else if (row->change)
        road_decide_change(errand);
    else
        road_view(errand);
}

/* validate, may they (role), who is it -------------------------------------------------------- */

/* The request as the office understands it. */
static void road_ask(struct errand *errand)
{
    const struct road_row *row = errand->row;

    if (row->ask)
        errand->refusal = row->ask(errand, errand->request, &errand->command);
    if (errand->refusal)
        road_finish(errand);
    else
        road_load(errand);
}

static void road_may(struct errand *errand)
{
    if (errand->caller && !may_at_all(&errand->principal, errand->row->permission))
        road_refuse(errand, FAULT_PERMISSION_DENIED);
    else if (errand->invalid)
        road_refuse_with(errand, errand->invalid);
    else
        road_ask(errand);
}

static void road_who(struct errand *errand)
{
    enum fault_id fault = FAULT_NONE;

    errand->now_ms = office_now_ms(errand->office);
    errand->snapshot = office_snapshot(errand->office, errand->subdistrict);
    if (!errand->snapshot) {
        road_refresh(errand);
        return;
    }
    if (errand->caller)
        fault = principal_of(errand->caller, errand->subdistrict, errand->person,
                             &errand->snapshot->directory, errand->now_ms, &errand->principal);
    if (fault != FAULT_NONE) {
        road_refuse(errand, fault);
        return;
    }
    if (errand_has_id(errand))
        principal_request_key(&errand->principal, errand_head(errand)->request_id,
                              errand->state->request_key);
    road_may(errand);
}

/* the start ----------------------------------------------------------------------------------- */

/* Which subdistrict and which resource: from the request's name or parent. An unreadable name is
 * the validator's to refuse, after we know the caller: until then the caller's own subdistrict
 * would have to be guessed, so it is refused at once, without saying more. */
static bool road_where(struct errand *errand)
{
    const struct command_head *head = errand_head(errand);

    if (!head)
        return office_serves(errand->office, errand->subdistrict);
    if (!head->name)
        return false;
    if (errand->row->inside) { /* ".../orders/<id>/reminders/<reminder>": the order before it */
        const char *inside = strstr(head->name, errand->row->inside);
        char *outer = arena_strdup(errand->arena, head->name);

        if (!inside || !outer)
            return false;
        outer[inside - head->name] = 0;
        (void)resource_split(outer, errand->row->collection, errand->subdistrict,
                             sizeof(errand->subdistrict), errand->resource,
                             sizeof(errand->resource));
        return errand->subdistrict[0] && office_serves(errand->office, errand->subdistrict);
    }
    if (errand->row->collection)
        (void)resource_split(head->name, errand->row->collection, errand->subdistrict,
                             sizeof(errand->subdistrict), errand->resource,
                             sizeof(errand->resource));
    else
        (void)resource_subdistrict(head->name, errand->subdistrict, sizeof(errand->subdistrict));
    return errand->subdistrict[0] && office_serves(errand->office, errand->subdistrict);
}

void road_run(struct errand *errand)
{
    struct road_state *state = ARENA_NEW(errand->arena, struct road_state);

    errand->before = ARENA_NEW(errand->arena, struct order);
    errand->after = ARENA_ROOM(errand->arena, struct order); /* copied from before */
    if (!state || !errand->before || !errand->after) {
        errand->refusal = refusal_new(errand->arena, FAULT_TOO_LARGE);
        errand->done(errand);
        return;
    }
    state->errand = errand;
    errand->state = state;
    road_digest_request(errand);
    if (!road_where(errand)) {
        if (errand->invalid)
            road_refuse_with(errand, errand->invalid);
        else
            road_refuse(errand, FAULT_SUBDISTRICT_UNKNOWN);
        return;
    }
    road_who(errand);
}

/* for rows ------------------------------------------------------------------------------------ */

const struct refusal *errand_field(struct errand *errand, const char *field, const char *zh,
                                   const char *en)
{
    return refusal_field(refusal_new(errand->arena, FAULT_REQUEST_INVALID), field, zh, en);
}

const char *errand_order_name(const struct errand *errand)
{
    return arena_printf(errand->arena, "subdistricts/%s/orders/%s", errand->subdistrict,
                        errand->resource);
}

const char *errand_cursor(const struct errand *errand)
{
    if (!errand->sequence)
        return "";
    return arena_printf(errand->arena, "c1-%llu", (unsigned long long)errand->sequence);
}
