/*
 * fuzz_commands.c - bytes become commands, actors and times; the pure core must keep its promises:
 * what runs is what the state lists, what is held too, stamps only grow, an overdue mark stands at
 * most once a stamp, time in the order never runs back, and replay gives the same order.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/calendar.h"
#include "domain/civil.h"
#include "domain/decide.h"
#include "domain/tables.h"
#include "embedded_data.h"
#include "service/calendar_file.h"
#include "service/rules_file.h"

#include "base/base.h"

enum { STEPS_MAX = 64, STEP_BYTES = 8, WORLD_BYTES_MAX = 4 * 1024 * 1024 };

static struct arena world;
static struct rules *rules;
static struct calendar *calendar;

static void world_make(void)
{
    struct calendar_year *years;
    size_t n_years;
    const char *why = "";

    if (calendar)
        return;
    arena_init(&world, WORLD_BYTES_MAX);
    rules = ARENA_NEW(&world, struct rules);
    must(rules_file_parse(slice_of(data_rules, data_rules_size), &world, rules, &why) == 0);
    must(calendar_file_parse(slice_of(data_calendar_cn, data_calendar_cn_size), &world, &years,
                             &n_years, &why) == 0);
    calendar = calendar_create(years, n_years, 1);
    must(calendar);
}

/* A command whose payload is as odd as the bytes, but of the type it says. */
static void command_of(const uint8_t *b, const struct order *order, int64_t now_ms,
                       struct command *ret_command)
{
    struct command c = { .kind = (enum command_kind)(b[0] % COMMAND_MAX),
                         .actor = { .role = (enum role)(b[1] % ROLE_MAX) },
                         .has_text = b[2] & 1 };

    (void)snprintf(c.actor.id, sizeof(c.actor.id), "p%d", b[2] % 4);
    switch (c.kind) {
    case COMMAND_RECEIVE_ORDER:
    case COMMAND_AMEND_ORDER:
        memcpy(c.intake.id, "FUZZ000000000001", ORDER_ID_BYTES);
        memcpy(c.intake.district_number, "BS1", 4);
        c.intake.category = (enum request_category)(b[3] % 5);
        c.intake.received_ms = now_ms - b[4] * MINUTE_MS;
        c.intake.urgent = b[5] & 1;
        c.intake.major = b[5] & 2;
        break;
    case COMMAND_ACCEPT_ORDER:
        c.accept.category = (enum request_category)(b[3] % 5);
        c.accept.urgent = b[5] & 1;
        break;
    case COMMAND_DISPATCH_ORDER:
        c.dispatch.mode = (enum dispatch_mode)(b[3] % 4);
        (void)snprintf(c.dispatch.main_unit, sizeof(c.dispatch.main_unit), "U%d", b[4] % 3);
        c.dispatch.main_unit_kind = (enum unit_kind)(b[4] % 5);
        c.dispatch.main_unit_known = b[5] & 1;
        c.dispatch.main_unit_active = b[5] & 2;
        c.dispatch.limit = (enum limit_class)(b[6] % 11);
        c.dispatch.limit_reason_given = b[5] & 4;
        break;
    case COMMAND_RECORD_CONTACT:
        c.contact.at_ms = now_ms - (b[3] - 8) * MINUTE_MS;
        c.contact.result = (enum contact_result)(b[4] % 6);
        c.contact.by_unit = b[5] & 1;
        break;
    case COMMAND_SUBMIT_REPLY:
        c.reply.result = (enum result_type)(b[3] % 6);
        c.reply.basis = (enum handling_basis)(b[4] % 5);
        c.reply.answered_ms = now_ms - (b[5] - 8) * MINUTE_MS;
        c.reply.plan_day = b[6] ? civil_day_of(now_ms) + b[6] - 64 : 0;
        break;
    case COMMAND_REJECT_REPLY:
        c.reject.n_reasons = b[3] % (REASONS_MAX + 1);
        break;
    case COMMAND_RECORD_VISIT_ATTEMPT:
    case COMMAND_RECORD_VISIT:
        c.visit.at_ms = now_ms - (b[3] - 8) * MINUTE_MS;
        c.visit.result = (enum contact_result)(b[4] % 6);
        c.visit.outcome = (enum visit_outcome)(b[5] % 7);
        memset(&c.visit.contacted, b[6] & 1, sizeof(c.visit.contacted));
        break;
    case COMMAND_ACKNOWLEDGE_REMINDER:
        c.acknowledge.clock = (enum clock_kind)(b[3] % CLOCK_MAX);
        c.acknowledge.stamp = order->clocks[c.acknowledge.clock].stamp;
        c.acknowledge.rung = b[4] % 8;
        break;
    default:
        break;
    }
    *ret_command = c;
}

static void promises_kept(const struct order *before, const struct order *after)
{
    const struct state_row *state = &states[after->state];

    must(state->name);
    must(after->last_event_ms >= before->last_event_ms);
    for (int k = 1; k < CLOCK_MAX; k++) {
        const struct clock *was = &before->clocks[k], *is = &after->clocks[k];

        must(is->status != CLOCK_STATUS_RUNNING || ((state->runs >> k) & 1));
        must(is->status != CLOCK_STATUS_PAUSED || (((state->holds | state->runs) >> k) & 1));
        must(is->stamp >= was->stamp);
        must(is->stamp != was->stamp || was->overdue_ms == 0 || is->overdue_ms == was->overdue_ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct order order, before, replayed;
    static struct command command;
    static struct event event;
    int64_t now_ms = civil_day_start_ms(20500); /* 2026-02 */
    struct arena a;

    world_make();
    memset(&order, 0, sizeof(order));
    memset(&replayed, 0, sizeof(replayed));
    arena_init(&a, WORLD_BYTES_MAX);
    for (size_t i = 0; i < STEPS_MAX && (i + 1) * STEP_BYTES <= size; i++) {
        const uint8_t *b = data + i * STEP_BYTES;
        struct situation situation = {
            .order = &order, .rules = rules, .calendar = calendar, .now_ms = now_ms
        };

        command_of(b, &order, now_ms, &command);
        if (command.kind != COMMAND_FIRE_TIMER || timer_has_work(&situation)) {
            if (!decide(&situation, &command, &a, &event)) {
                before = order;
                order_apply(&order, &event);
                order_apply(&replayed, &event);
                promises_kept(&before, &order);
                must(memcmp(&order, &replayed, sizeof(order)) == 0);
            }
        }
        now_ms += (int64_t)b[7] * b[7] * MINUTE_MS;
    }
    arena_release(&a);
    return 0;
}
