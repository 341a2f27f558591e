/*
 * domain_world.h - what the tests of the domain stand on: the rules and the calendar as shipped,
 * one order, a clock that the test moves, and short words for commands.
 */
#ifndef HOTLINE_TESTS_DOMAIN_WORLD_H
#define HOTLINE_TESTS_DOMAIN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"
#include "domain/civil.h"
#include "domain/decide.h"
#include "domain/ladder.h"
#include "domain/tables.h"
#include "service/calendar_file.h"
#include "service/rules_file.h"

#include "base/base.h"

#define UNUSED __attribute__((unused))

enum { WORLD_BYTES_MAX = 64 << 20 };

struct world {
    struct arena arena;
    struct rules rules;
    struct calendar_year *years;
    size_t n_years;
    struct calendar *calendar;
    struct order order;
    int64_t now_ms;
    struct event event; /* the newest */
};

/* A file of the source tree. */
static UNUSED const char *source_path(struct arena *a, const char *path)
{
    const char *root = getenv("HOTLINE_SOURCE");
    const char *full = arena_printf(a, "%s/%s", root ? root : ".", path);

    must(full);
    return full;
}

/* "2026-07-15 09:12" at UTC+8. */
static UNUSED int64_t at(const char *text)
{
    char date[CIVIL_TEXT_BYTES] = { 0 };
    int32_t day = 0;
    bool real;

    must(strlen(text) == 16);
    memcpy(date, text, 10);
    real = civil_parse(date, &day);
    must(real);
    return civil_day_start_ms(day) +
           (strtol(text + 11, NULL, 10) * 60 + strtol(text + 14, NULL, 10)) * MINUTE_MS;
}

static UNUSED int32_t day_of(const char *text)
{
    int32_t day = 0;
    bool real = civil_parse(text, &day);

    must(real);
    return day;
}

/* The end of a day: due instants are exclusive. */
static UNUSED int64_t end_of(const char *text)
{
    return civil_day_start_ms(day_of(text) + 1);
}

static UNUSED void world_load(struct world *w)
{
    const char *why = NULL;
    int r;

    arena_init(&w->arena, WORLD_BYTES_MAX);
    r = rules_file_read(source_path(&w->arena, "server/data/rules.yaml"), &w->arena, &w->rules,
                        &why);
    if (r < 0)
        fail_msg("rules.yaml: %s", why);
    r = calendar_file_read(source_path(&w->arena, "server/data/calendar_cn.yaml"), &w->arena,
                           &w->years, &w->n_years, &why);
    if (r < 0)
        fail_msg("calendar_cn.yaml: %s", why);
    w->calendar = calendar_create(w->years, w->n_years, 1);
    assert_non_null(w->calendar);
    w->now_ms = at("2026-07-15 09:12"); /* an ordinary Wednesday */
}

static UNUSED int world_open(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    must(w);
    world_load(w);
    *state = w;
    return 0;
}

static UNUSED int world_close(void **state)
{
    struct world *w = *state;

    calendar_free(w->calendar);
    arena_release(&w->arena);
    free(w);
    return 0;
}

#define OPEN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

static UNUSED struct situation situation_of(const struct world *w)
{
    return (struct situation){
        .order = &w->order, .rules = &w->rules, .calendar = w->calendar, .now_ms = w->now_ms
    };
}

/* who ----------------------------------------------------------------------------------------- */

static UNUSED struct actor who(enum role role, const char *id)
{
    struct actor actor = { .role = role };

    (void)snprintf(actor.id, sizeof(actor.id), "%s", id);
    return actor;
}
#define DISTRICT who(ROLE_DISTRICT_SYNC, "district")
#define CLERK who(ROLE_OFFICE_CLERK, "clerk")
#define SPECIALIST who(ROLE_SPECIALIST, "specialist")
#define GRID who(ROLE_GRID_WORKER, "grid")
#define TIMER who(ROLE_TIMER, "timer")

/* what ---------------------------------------------------------------------------------------- */

static UNUSED struct command ask(enum command_kind kind, struct actor actor)
{
    return (struct command){ .kind = kind, .actor = actor, .has_text = true };
}

static UNUSED struct command ask_receive(const struct world *w)
{
    struct command command = ask(COMMAND_RECEIVE_ORDER, DISTRICT);

    command.intake = (struct order){ .id = "0123456789ABCDEF",
                                     .district_number = "BS2026071500001",
                                     .channel = 1,
                                     .category = CATEGORY_COMPLAINT,
                                     .matter_code = "noise",
                                     .area_unit = "J01",
                                     .received_ms = w->now_ms,
                                     .n_phones = 1,
                                     .intake_digest = { 1 } };
    return command;
}

static UNUSED struct command ask_dispatch(enum limit_class limit)
{
    struct command command = ask(COMMAND_DISPATCH_ORDER, CLERK);

    command.dispatch.mode = DISPATCH_MODE_STATUTORY;
    (void)snprintf(command.dispatch.main_unit, UNIT_CODE_BYTES, "U01");
    command.dispatch.main_unit_kind = UNIT_KIND_DEPARTMENT;
    command.dispatch.main_unit_known = command.dispatch.main_unit_active = true;
    command.dispatch.limit = limit;
    command.dispatch.limit_reason_given = limit != LIMIT_FIVE_DAYS;
    return command;
}

static UNUSED struct command ask_contact(const struct world *w, struct actor actor,
                                         enum contact_result result)
{
    struct command command = ask(COMMAND_RECORD_CONTACT, actor);

    command.contact = (struct contact){ .at_ms = w->now_ms, .channel = 1, .result = result };
    return command;
}

static UNUSED struct command ask_reply(const struct world *w)
{
    struct command command = ask(COMMAND_SUBMIT_REPLY, SPECIALIST);

    command.reply = (struct reply){ .result = RESULT_HANDLED,
                                    .basis = BASIS_LAW_EXPLICIT,
                                    .answer_channel = 1,
                                    .answered_ms = w->now_ms };
    return command;
}

static UNUSED struct command ask_reject(void)
{
    struct command command = ask(COMMAND_REJECT_REPLY, CLERK);

    command.reject.reasons[0] = 2;
    command.reject.n_reasons = 1;
    return command;
}

static UNUSED struct command ask_visit(const struct world *w, enum visit_outcome outcome)
{
    struct command command = ask(COMMAND_RECORD_VISIT, CLERK);

    command.visit = (struct visit){ .at_ms = w->now_ms,
                                    .channel = 1,
                                    .outcome = outcome,
                                    .contacted = 1,
                                    .informed = 1,
                                    .solved = 1,
                                    .explained = 3,
                                    .attitude = SATISFACTION_SATISFIED,
                                    .handling = SATISFACTION_BASICALLY_SATISFIED,
                                    .understanding = 3 };
    return command;
}

static UNUSED struct command ask_attempt(const struct world *w, enum contact_result result)
{
    struct command command = ask(COMMAND_RECORD_VISIT_ATTEMPT, CLERK);

    command.visit = (struct visit){ .at_ms = w->now_ms, .channel = 1, .result = result };
    return command;
}

static UNUSED struct command ask_closing(const struct world *w)
{
    struct command command = ask(COMMAND_RECORD_CLOSING, DISTRICT);

    (void)snprintf(command.closing.number, NUMBER_BYTES, "JA-1");
    command.closing.at_ms = w->now_ms;
    return command;
}

static UNUSED struct command ask_acknowledge(enum clock_kind clock, uint32_t stamp, uint8_t rung)
{
    struct command command = ask(COMMAND_ACKNOWLEDGE_REMINDER, CLERK);

    command.has_text = false;
    command.acknowledge.clock = clock;
    command.acknowledge.stamp = stamp;
    command.acknowledge.rung = rung;
    return command;
}

/* giving commands ----------------------------------------------------------------------------- */

static UNUSED const struct refusal *try(struct world *w, const struct command *command)
{
    struct situation situation = situation_of(w);
    const struct refusal *refusal = decide(&situation, command, &w->arena, &w->event);

    if (!refusal)
        order_apply(&w->order, &w->event);
    return refusal;
}

/* The office does it. */
#define give(w, ...) give_at((w), (struct command[]){ __VA_ARGS__ }, __LINE__)
static UNUSED void give_at(struct world *w, const struct command *command, int line)
{
    const struct refusal *refusal = try(w, command);

    if (refusal)
        fail_msg("line %d: %s refused: %s", line, commands[command->kind].name,
                 refusal->fault->reason);
}

/* The office says no, for this reason. */
#define refused(w, reason, ...) refused_at((w), reason, (struct command[]){ __VA_ARGS__ }, __LINE__)
static UNUSED const struct refusal *refused_at(struct world *w, enum fault_id fault,
                                               const struct command *command, int line)
{
    const struct refusal *refusal = try(w, command);

    if (!refusal)
        fail_msg("line %d: %s was not refused", line, commands[command->kind].name);
    if (refusal->fault->id != fault)
        fail_msg("line %d: refused for %s", line, refusal->fault->reason);
    return refusal;
}

static UNUSED const char *fact(const struct refusal *refusal, const char *key)
{
    for (size_t i = 0; i < refusal->n_facts; i++)
        if (strcmp(refusal->facts[i].key, key) == 0)
            return refusal->facts[i].value;
    return "";
}

static UNUSED const struct clock *clock_of(const struct world *w, enum clock_kind kind)
{
    return &w->order.clocks[kind];
}

#define assert_clock(w, kind, expected)                                                            \
    assert_int_equal(clock_of((w), CLOCK_##kind)->status, CLOCK_##expected)

/* roads: from nothing to a state, at now */

static UNUSED void go_accepted(struct world *w)
{
    give(w, ask_receive(w));
    give(w, ask(COMMAND_ACCEPT_ORDER, CLERK));
}

static UNUSED void go_handling(struct world *w, enum limit_class limit)
{
    go_accepted(w);
    give(w, ask_dispatch(limit));
    give(w, ask(COMMAND_TAKE_ORDER, SPECIALIST));
}

static UNUSED void go_replied(struct world *w, enum limit_class limit)
{
    go_handling(w, limit);
    give(w, ask_reply(w));
}

static UNUSED void go_reviewed(struct world *w)
{
    go_replied(w, LIMIT_FIVE_DAYS);
    give(w, ask(COMMAND_ACCEPT_REPLY, CLERK));
}

static UNUSED void go_submitted_unvisited(struct world *w)
{
    w->rules.visit_before_submit = false;
    go_reviewed(w);
    give(w, ask(COMMAND_SUBMIT_CLOSING, CLERK));
}

/* Lets the timer work at every wake instant up to until_ms, and stops there. */
static UNUSED void wait_until(struct world *w, int64_t until_ms)
{
    for (;;) {
        int64_t wake_ms = order_wake_ms(&w->order);

        if (wake_ms == 0 || wake_ms > until_ms)
            break;
        if (wake_ms > w->now_ms)
            w->now_ms = wake_ms;
        give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    }
    w->now_ms = until_ms;
}

#endif
