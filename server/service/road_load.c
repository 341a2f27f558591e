/*
 * road_load.c - the first round trip: fact record, epoch, identity, texts, history.
 *
 * All asks of one errand are written together, so this is one round trip whatever is wanted; the
 * bytes are copied into the errand's arena, because answers are only lent.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "service/road_state.h"

#include "base/base.h"

/* What MGET brings, in this order. The manual clock is read too where there is one, so a command
 * sees every move of the clock that was answered before it was sent. */
enum { FACT_ORDER, FACT_EPOCH, FACT_IDENTITY, FACT_CLOCK, FACTS_MAX };

/* Bytes of an answer, kept as long as the errand. */
static struct slice errand_keep(struct errand *errand, struct slice bytes)
{
    if (!bytes.data)
        return bytes;
    return slice_of(arena_copy(errand->arena, bytes.data, bytes.size), bytes.size);
}

static struct slice *errand_keep_list(struct errand *errand, const struct answer *answer,
                                      size_t *ret_count)
{
    size_t count = answer_count(answer);
    struct slice *list = ARENA_ARRAY(errand->arena, struct slice, count + 1);

    for (size_t i = 0; list && i < count; i++)
        list[i] = errand_keep(errand, answer_bytes(answer_at(answer, i)));
    *ret_count = list ? count : 0;
    return list;
}

static void road_arrived(struct road_state *state, int status)
{
    struct errand *errand = state->errand;

    if (status < 0 && state->trouble == 0)
        state->trouble = status;
    if (--state->waiting > 0)
        return;
    if (state->trouble == 0 && errand->arena->failed)
        state->trouble = -ENOMEM;
    if (state->trouble == -EINPROGRESS)
        state->trouble = -EAGAIN; /* a read that was not answered changed nothing */
    if (state->trouble < 0)
        road_trouble(errand, state->trouble);
    else
        road_loaded(errand);
}

static void road_texts_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct road_state *state = CONTAINER_OF(ask, struct road_state, texts);

    if (status == 0)
        state->errand->texts = errand_keep_list(state->errand, answer, &state->errand->n_texts);
    road_arrived(state, status);
}

static void road_history_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct road_state *state = CONTAINER_OF(ask, struct road_state, history);

    if (status == 0)
        state->errand->history = errand_keep_list(state->errand, answer, &state->errand->n_history);
    road_arrived(state, status);
}

static int road_take_facts(struct errand *errand, const struct answer *answer)
{
    struct slice epoch = answer_bytes(answer_at(answer, FACT_EPOCH));
    uint64_t version;
    struct slice bytes;
    int r = 0;

    record_split(answer_bytes(answer_at(answer, FACT_ORDER)), &version, &bytes);
    errand->stored = errand_keep(errand, bytes);
    if (bytes.size)
        r = order_unpack(errand->stored, errand->arena, errand->before);
    else
        memset(errand->before, 0, sizeof(*errand->before));
    errand->before->version = version;
    errand->identity_bytes = errand_keep(errand, answer_bytes(answer_at(answer, FACT_IDENTITY)));
    if (answer_count(answer) > FACT_CLOCK &&
        answer_kind(answer_at(answer, FACT_CLOCK)) == ANSWER_BYTES) {
        office_clock_follow(office_settings(errand->office)->clock,
                            answer_integer(answer_at(answer, FACT_CLOCK)));
        errand->now_ms = office_now_ms(errand->office);
    }
    errand->state->epoch_moved = !slice_equal(epoch, slice_text(errand->snapshot->epoch));
    return r;
}

static void road_facts_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct road_state *state = CONTAINER_OF(ask, struct road_state, facts);

    if (status == 0)
        status = road_take_facts(state->errand, answer);
    road_arrived(state, status);
}

static void road_send(struct road_state *state, struct storage_ask *ask,
                      void (*done)(struct storage_ask *, int, const struct answer *),
                      const struct slice *arguments, size_t n_arguments)
{
    int r;

    *ask = (struct storage_ask){ .done = done, .deadline_ms = state->errand->deadline_ms };
    r = link_ask(office_link(state->errand->office), ask, arguments, n_arguments);
    if (r < 0)
        done(ask, r, NULL);
}

static void road_send_list(struct road_state *state, struct storage_ask *ask,
                           void (*done)(struct storage_ask *, int, const struct answer *),
                           enum key_kind kind)
{
    struct key key = key_of(kind, state->errand->subdistrict, state->errand->resource);
    const struct slice arguments[] = {
        slice_text("LRANGE"),
        key_slice(&key),
        slice_text("0"),
        slice_text("-1"),
    };

    road_send(state, ask, done, arguments, COUNT_OF(arguments));
}

/* By order id; errand->resource is set. */
static void road_load_order(struct errand *errand)
{
    struct road_state *state = errand->state;
    const char *code = errand->subdistrict;
    bool manual = office_settings(errand->office)->clock->manual;
    bool texts = errand->row->needs_texts, history = errand->row->needs_history;
    struct key order = key_of(KEY_ORDER, code, errand->resource);
    struct key epoch = key_of(KEY_EPOCH, code, "");
    struct key identity = key_of(KEY_IDENTITY, code, errand->resource);
    const struct slice arguments[1 + FACTS_MAX] = {
        slice_text("MGET"),   key_slice(&order),     key_slice(&epoch),
        key_slice(&identity), slice_text(KEY_CLOCK),
    };

    state->trouble = 0;
    state->waiting = 1 + texts + history;
    /* facts first: lists only grow, so what the facts refer to is in them */
    road_send(state, &state->facts, road_facts_arrived, arguments,
              manual ? 1 + FACTS_MAX : FACTS_MAX);
    if (texts)
        road_send_list(state, &state->texts, road_texts_arrived, KEY_TEXTS);
    if (history)
        road_send_list(state, &state->history, road_history_arrived, KEY_HISTORY);
}

static void road_number_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct road_state *state = CONTAINER_OF(ask, struct road_state, facts);
    struct errand *errand = state->errand;
    struct slice id;

    if (status < 0) {
        road_trouble(errand, status == -EINPROGRESS ? -EAGAIN : status);
        return;
    }
    id = answer_bytes(answer);
    if (id.size >= ORDER_ID_BYTES) {
        road_trouble(errand, -EBADMSG);
        return;
    }
    if (id.size) {
        memcpy(errand->resource, id.data, id.size);
        errand->resource[id.size] = 0;
    } else {
        memcpy(errand->resource, errand->command.intake.id, ORDER_ID_BYTES);
    }
    road_load_order(errand);
}

/* By the district's number: is it known? */
static void road_load_delivery(struct errand *errand)
{
    struct key number =
        key_of(KEY_NUMBER, errand->subdistrict, errand->command.intake.district_number);
    const struct slice arguments[] = { slice_text("GET"), key_slice(&number) };

    road_send(errand->state, &errand->state->facts, road_number_arrived, arguments,
              COUNT_OF(arguments));
}

static void road_epoch_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct road_state *state = CONTAINER_OF(ask, struct road_state, facts);

    if (status == 0)
        state->epoch_moved =
            !slice_equal(answer_bytes(answer), slice_text(state->errand->snapshot->epoch));
    road_arrived(state, status);
}

/* Nothing but the question whether the snapshot is still the newest. */
static void road_load_epoch(struct errand *errand)
{
    struct road_state *state = errand->state;
    struct key epoch = key_of(KEY_EPOCH, errand->subdistrict, "");
    const struct slice arguments[] = { slice_text("GET"), key_slice(&epoch) };

    state->trouble = 0;
    state->waiting = 1;
    road_send(state, &state->facts, road_epoch_arrived, arguments, COUNT_OF(arguments));
}

void road_load(struct errand *errand)
{
    if (errand->row->load == LOAD_NOTHING) {
        road_load_epoch(errand);
        return;
    }
    if (errand->row->load == LOAD_DELIVERY && !errand->state->replaying)
        road_load_delivery(errand);
    else
        road_load_order(errand);
}
