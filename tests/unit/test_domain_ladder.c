/* test_domain_ladder.c - reminders and overdue marks: when, once, and never to the wrong effect. */
#include "domain_world.h"

/* Every rung that fires, in order: "R0 2026-07-15T09:12". */
struct log {
    struct {
        enum clock_kind kind;
        uint32_t stamp;
        int rung; /* -1 = overdue mark */
        int64_t at_ms;
    } lines[512];
    size_t n;
};

static void log_changes(struct log *log, const struct order *before, const struct event *event)
{
    for (size_t i = 0; i < event->n_clocks; i++) {
        const struct clock *after = &event->clocks[i].after;
        const struct clock *was = &before->clocks[event->clocks[i].kind];
        bool fresh = was->stamp != after->stamp;

        must(log->n + 2 < COUNT_OF(log->lines));
        if (after->rungs_fired > (fresh ? 0 : was->rungs_fired)) {
            assert_int_equal(after->rung_ms, event->at_ms);
            assert_false(after->rung_acknowledged);
            log->lines[log->n].kind = event->clocks[i].kind;
            log->lines[log->n].stamp = after->stamp;
            log->lines[log->n].rung = after->rungs_fired - 1;
            log->lines[log->n++].at_ms = event->at_ms;
        }
        if (after->overdue_ms && (fresh || !was->overdue_ms)) {
            assert_int_equal(after->overdue_ms, event->at_ms);
            log->lines[log->n].kind = event->clocks[i].kind;
            log->lines[log->n].stamp = after->stamp;
            log->lines[log->n].rung = -1;
            log->lines[log->n++].at_ms = event->at_ms;
        }
    }
}

/* Works the timer up to until_ms and writes down what fires. */
static void run(struct world *w, struct log *log, int64_t until_ms)
{
    for (;;) {
        struct order before = w->order;
        int64_t wake_ms = order_wake_ms(&w->order);
        struct situation situation;

        if (wake_ms == 0 || wake_ms > until_ms)
            break;
        if (wake_ms > w->now_ms)
            w->now_ms = wake_ms;
        situation = situation_of(w);
        assert_true(timer_has_work(&situation));
        give(w, ask(COMMAND_FIRE_TIMER, TIMER));
        log_changes(log, &before, &w->event);
        situation = situation_of(w);
        assert_false(timer_has_work(&situation));
    }
    w->now_ms = until_ms;
}

struct expected {
    int rung;
    const char *at;
};

static void assert_log(const struct log *log, enum clock_kind kind, const struct expected *expected,
                       size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < log->n; i++) {
        if (log->lines[i].kind != kind)
            continue;
        if (found == n) {
            fail_msg("one rung too many: %d", log->lines[i].rung);
            return;
        }
        if (log->lines[i].rung != expected[found].rung ||
            log->lines[i].at_ms != at(expected[found].at))
            fail_msg("line %zu: rung %d, not %d at %s (off by %lld minutes)", found,
                     log->lines[i].rung, expected[found].rung, expected[found].at,
                     (long long)((log->lines[i].at_ms - at(expected[found].at)) / MINUTE_MS));
        found++;
    }
    assert_int_equal(found, n);
}
#define ASSERT_LOG(log, kind, ...)                                                                 \
    assert_log((log), (kind), (struct expected[]){ __VA_ARGS__ },                                  \
               COUNT_OF(((struct expected[]){ __VA_ARGS__ })))

/* the ladder of a hard clock ------------------------------------------------------------------ */

static void a_five_day_limit_climbs_its_whole_ladder(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    go_accepted(w);
    w->now_ms = at("2026-07-15 20:00"); /* in the evening: R0 waits for the morning */
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->rungs_fired, 0);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, at("2026-07-16 08:30"));
    run(w, &log, at("2026-08-20 00:00"));
    ASSERT_LOG(&log, CLOCK_HANDLE, { 0, "2026-07-16 08:30" },
               { 1, "2026-07-20 13:00" },  /* half of 45 working hours */
               { 2, "2026-07-22 09:00" },  /* the last day */
               { 3, "2026-07-22 15:30" },  /* two working hours before */
               { -1, "2026-07-23 00:00" }, /* the mark, at midnight */
               { 4, "2026-07-23 08:30" },  /* its reminder, when the office opens */
               { 5, "2026-07-24 08:30" },  /* one working day later */
               { 6, "2026-07-28 08:30" }); /* three: over a weekend */
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, 0);
}

static void the_first_rung_rings_with_its_cause_in_office_hours(void **state)
{
    struct world *w = *state;
    struct order before;
    struct log log = { 0 };

    go_accepted(w);
    before = w->order;
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    log_changes(&log, &before, &w->event);
    ASSERT_LOG(&log, CLOCK_HANDLE, { 0, "2026-07-15 09:12" });
    ASSERT_LOG(&log, CLOCK_TAKE, { 0, "2026-07-15 09:12" });
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->rungs_fired, 1);
}

static void in_a_one_day_limit_the_last_day_overtakes_the_half(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    w->now_ms = at("2026-07-15 20:00");
    give(w, ask_receive(w));
    run(w, &log, at("2026-07-17 00:00"));
    /* half of the working time is 13:00 of the last day: told at 09:00 already, so only once */
    ASSERT_LOG(&log, CLOCK_CONTACT, { 0, "2026-07-16 08:30" }, { 2, "2026-07-16 09:00" },
               { 3, "2026-07-16 15:30" }, { -1, "2026-07-17 00:00" });
}

static void urgent_reminders_do_not_wait_for_the_office(void **state)
{
    struct world *w = *state;
    struct command receive;
    struct log log = { 0 };

    w->now_ms = at("2026-02-17 07:35"); /* Spring Festival */
    receive = ask_receive(w);
    receive.intake.urgent = true;
    give(w, receive);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->rungs_fired, 1);
    run(w, &log, at("2026-03-10 00:00"));
    ASSERT_LOG(&log, CLOCK_CONTACT, { 2, "2026-02-24 09:00" }, { 3, "2026-02-24 15:30" },
               { 4, "2026-02-25 00:00" }, /* due: at once */
               { -1, "2026-02-25 00:00" }, { 5, "2026-02-26 00:00" }, { 6, "2026-02-28 00:00" });
}

static void an_order_that_becomes_urgent_rings_at_once(void **state)
{
    struct world *w = *state;
    struct command accept = ask(COMMAND_ACCEPT_ORDER, CLERK);

    w->now_ms = at("2026-07-18 22:00"); /* Saturday night */
    give(w, ask_receive(w));
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->rungs_fired, 0);
    accept.accept.urgent = true;
    give(w, accept);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->rungs_fired, 1);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->rung_ms, w->now_ms);
    assert_int_equal(clock_of(w, CLOCK_DISPATCH)->rungs_fired, 1);
}

static void an_amendment_to_urgent_rings_at_once_too(void **state)
{
    struct world *w = *state;
    struct command amend;

    w->now_ms = at("2026-07-18 22:00");
    give(w, ask_receive(w));
    amend = ask_receive(w);
    amend.kind = COMMAND_AMEND_ORDER;
    amend.intake.urgent = true;
    give(w, amend);
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->rungs_fired, 1);
    assert_int_equal(clock_of(w, CLOCK_CONTACT)->rungs_fired, 1);
}

static void a_soft_clock_reminds_and_is_never_overdue(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    give(w, ask_receive(w));
    run(w, &log, at("2026-08-20 00:00"));
    ASSERT_LOG(&log, CLOCK_ACCEPT, { 1, "2026-07-15 10:12" }, { 2, "2026-07-15 11:12" });
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->overdue_ms, 0);
    assert_clock(w, ACCEPT, STATUS_RUNNING);
}

static void the_order_clock_is_watched_and_never_overdue(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    give(w, ask_receive(w));
    run(w, &log, at("2026-08-20 00:00"));
    ASSERT_LOG(&log, CLOCK_ORDER, { 0, "2026-07-29 09:00" }, { 1, "2026-07-30 08:30" });
    assert_int_equal(clock_of(w, CLOCK_ORDER)->overdue_ms, 0);
}

static void a_window_shuts_in_silence(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    go_handling(w, LIMIT_FIVE_DAYS);
    w->rules.clocks[CLOCK_EXTENSION_WINDOW].ladder = w->rules.clocks[CLOCK_HANDLE].ladder;
    run(w, &log, at("2026-08-20 00:00"));
    assert_log(&log, CLOCK_EXTENSION_WINDOW, NULL, 0);
    assert_int_equal(clock_of(w, CLOCK_EXTENSION_WINDOW)->overdue_ms, 0);
    assert_int_equal(clock_of(w, CLOCK_EXTENSION_WINDOW)->wake_ms, 0);
}

/* provisional, outage, exactly once ----------------------------------------------------------- */

static void a_provisional_clock_reminds_but_never_blames(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    w->now_ms = at("2026-12-28 10:30");
    go_handling(w, LIMIT_FIVE_DAYS);
    run(w, &log, at("2027-02-20 00:00"));
    ASSERT_LOG(&log, CLOCK_HANDLE, { 1, "2026-12-31 09:30" }, { 2, "2027-01-05 09:00" },
               { 3, "2027-01-05 15:30" });
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, 0);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, 0);
    assert_false(w->order.clocks[CLOCK_CONTACT].provisional_from);
    assert_true(order_is_overdue(&w->order, w->now_ms)); /* first contact, which is official */
    w->order.clocks[CLOCK_CONTACT] = (struct clock){ 0 };
    assert_false(order_is_overdue(&w->order, w->now_ms));
}

static void after_an_outage_only_the_newest_rung_rings(void **state)
{
    struct world *w = *state;
    struct order before;
    struct log log = { 0 };

    go_handling(w, LIMIT_FIVE_DAYS);
    before = w->order;
    w->now_ms = at("2026-07-24 10:00"); /* the servers were down for nine days */
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    log_changes(&log, &before, &w->event);
    ASSERT_LOG(&log, CLOCK_HANDLE, { 5, "2026-07-24 10:00" }, { -1, "2026-07-24 10:00" });
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, at("2026-07-28 08:30"));
}

static void a_rung_that_is_late_waits_for_the_office_too(void **state)
{
    struct world *w = *state;

    go_handling(w, LIMIT_FIVE_DAYS);
    w->now_ms = at("2026-07-22 20:00"); /* R3 was due at 15:30, when no server ran */
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->rungs_fired, 1);
    /* looks again at midnight, for the mark; the rung of the next morning covers R3 */
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->wake_ms, end_of("2026-07-22"));
}

static void a_held_clock_catches_up_when_it_runs_again(void **state)
{
    struct world *w = *state;
    struct order before;
    struct log log = { 0 };

    go_replied(w, LIMIT_FIVE_DAYS);
    run(w, &log, at("2026-07-22 10:00"));
    assert_log(&log, CLOCK_HANDLE, NULL, 0); /* held: silent */
    before = w->order;
    log.n = 0;
    give(w, ask_reject());
    log_changes(&log, &before, &w->event);
    ASSERT_LOG(&log, CLOCK_HANDLE, { 2, "2026-07-22 10:00" }); /* R1 and R2 passed: one reminder */
}

static void the_timer_finds_nothing_to_do_twice(void **state)
{
    struct world *w = *state;
    struct situation situation;

    go_accepted(w);
    give(w, ask_dispatch(LIMIT_FIVE_DAYS));
    situation = situation_of(w);
    assert_false(timer_has_work(&situation));
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    assert_int_equal(w->event.n_clocks, 0);
    w->now_ms = at("2026-07-16 08:00");
    situation = situation_of(w);
    assert_true(timer_has_work(&situation)); /* TAKE was due yesterday afternoon */
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    assert_int_equal(w->event.n_clocks, 0);
}

static void a_calendar_that_changed_only_moves_the_next_look(void **state)
{
    struct world *w = *state;
    struct calendar_year years[3];
    struct calendar *revised;
    uint8_t fired;

    go_handling(w, LIMIT_FIVE_DAYS);
    fired = clock_of(w, CLOCK_HANDLE)->rungs_fired;
    memcpy(years, w->years, sizeof(years));
    years[2].version = 2; /* a typhoon: 17 and 20 July off */
    years[2].off[years[2].n_off++] = day_of("2026-07-17");
    years[2].off[years[2].n_off++] = day_of("2026-07-20");
    revised = calendar_create(years, 3, 2);
    assert_non_null(revised);
    calendar_free(w->calendar);
    w->calendar = revised;
    w->now_ms = at("2026-07-20 13:00");
    give(w, ask(COMMAND_FIRE_TIMER, TIMER));
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->rungs_fired, fired);
    assert_true(clock_of(w, CLOCK_HANDLE)->wake_ms > w->now_ms);
}

static void a_year_that_is_loaded_no_more_does_no_harm(void **state)
{
    struct world *w = *state;
    struct log log = { 0 };

    go_handling(w, LIMIT_FIVE_DAYS);
    calendar_free(w->calendar);
    w->calendar = calendar_create(
        &(struct calendar_year){ .year = 2030, .version = 1, .status = CALENDAR_OFFICIAL }, 1, 3);
    run(w, &log, at("2026-08-20 00:00"));
    for (size_t i = 0; i < log.n; i++)
        assert_true(log.lines[i].kind != CLOCK_HANDLE || log.lines[i].rung < 7);
    assert_int_equal(clock_of(w, CLOCK_HANDLE)->overdue_ms, end_of("2026-07-22"));
}

/* lengths ------------------------------------------------------------------------------------- */

static void natural_minutes_count_day_and_night(void **state)
{
    struct world *w = *state;
    struct clock_rules *accept = &w->rules.clocks[CLOCK_ACCEPT];
    struct command receive;
    struct log log = { 0 };

    accept->length = (struct length){ LENGTH_NATURAL_MINUTES, 30 };
    w->now_ms = at("2026-07-18 22:00");
    receive = ask_receive(w);
    receive.intake.urgent = true;
    give(w, receive);
    assert_int_equal(clock_of(w, CLOCK_ACCEPT)->due_ms, at("2026-07-18 22:30"));
    run(w, &log, at("2026-07-19 00:00"));
    ASSERT_LOG(&log, CLOCK_ACCEPT, { 1, "2026-07-18 22:15" }, { 2, "2026-07-18 22:30" });
}

static void a_limit_shorter_than_its_warning_warns_at_its_start(void **state)
{
    struct world *w = *state;
    struct situation situation;
    struct clock clock = { 0 };

    give(w, ask_receive(w));
    situation = situation_of(w);
    w->rules.clocks[CLOCK_ACCEPT].ladder =
        (struct ladder){ .rungs = { { RUNG_BEFORE_DUE, 500, ROLES(ROLE_OFFICE_CLERK) },
                                    { RUNG_UNUSED, 0, 0 } },
                         .n_rungs = 2 };
    assert_true(clock_start(&situation, CLOCK_ACCEPT, LIMIT_UNSPECIFIED, w->now_ms, &clock));
    assert_int_equal(rung_instant(&situation, CLOCK_ACCEPT, &clock, 0), w->now_ms);
    assert_int_equal(rung_instant(&situation, CLOCK_ACCEPT, &clock, 1), INT64_MAX);
    assert_int_equal(rung_instant(&situation, CLOCK_ACCEPT, &clock, 2), INT64_MAX);
    /* and one whose year is loaded no more */
    clock.start_ms = at("2023-06-01 10:00");
    clock.due_ms = at("2026-07-15 12:00");
    assert_int_equal(rung_instant(&situation, CLOCK_ACCEPT, &clock, 0), clock.start_ms);
    assert_false(clock_start(&situation, CLOCK_ACCEPT, LIMIT_UNSPECIFIED, clock.start_ms, &clock));
}

/* a whole life, at random ---------------------------------------------------------------------- */

static uint64_t seed_now;

static uint32_t dice(uint32_t sides)
{
    seed_now ^= seed_now << 13;
    seed_now ^= seed_now >> 7;
    seed_now ^= seed_now << 17;
    return (uint32_t)(seed_now >> 32) % sides;
}

static void assert_fired_once_and_in_hours(const struct world *w, const struct log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(log->lines[k].kind == log->lines[i].kind &&
                         log->lines[k].stamp == log->lines[i].stamp &&
                         log->lines[k].rung == log->lines[i].rung);
        if (log->lines[i].rung >= 0 && !w->order.urgent)
            assert_int_equal(calendar_next_opening(w->calendar, &w->rules, log->lines[i].at_ms),
                             log->lines[i].at_ms);
    }
}

static void every_rung_fires_at_most_once_and_in_hours(void **state)
{
    struct world *w = *state;
    const char *given = getenv("HOTLINE_SEED");
    int64_t first_ms = at("2024-01-02 00:00");

    seed_now = given ? strtoull(given, NULL, 10) : 20261124;
    print_message("seed %llu (HOTLINE_SEED)\n", (unsigned long long)seed_now);
    for (int i = 0; i < 200; i++) {
        struct log log = { 0 };
        struct order before = { 0 };
        struct command receive;

        memset(&w->order, 0, sizeof(w->order));
        w->now_ms = first_ms + (int64_t)dice(1000 * 24 * 60) * MINUTE_MS;
        receive = ask_receive(w);
        receive.intake.urgent = dice(4) == 0;
        give(w, receive);
        log_changes(&log, &before, &w->event);
        for (int step = 0; step < 8; step++) {
            struct command commands_then[] = {
                ask(COMMAND_ACCEPT_ORDER, CLERK),
                ask_dispatch((enum limit_class[]){ 1, 5, 10 }[dice(3)]),
                ask(COMMAND_TAKE_ORDER, SPECIALIST),
                ask_reply(w),
                ask_reject(),
                ask_reply(w),
                ask_reject(),
                ask_contact(w, CLERK, CONTACT_RESULT_REACHED),
            };

            /* the timer may be late by up to four days */
            run(w, &log, w->now_ms + (int64_t)dice(4 * 24 * 60) * MINUTE_MS);
            w->now_ms += (int64_t)dice(2) * dice(4 * 24 * 60) * MINUTE_MS;
            commands_then[3].reply.answered_ms = w->now_ms;
            commands_then[5].reply.answered_ms = w->now_ms;
            commands_then[7].contact.at_ms = w->now_ms;
            before = w->order;
            give(w, commands_then[step]);
            log_changes(&log, &before, &w->event);
        }
        run(w, &log, w->now_ms + 60 * DAY_MS);
        assert_fired_once_and_in_hours(w, &log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(a_five_day_limit_climbs_its_whole_ladder),
        OPEN_WORLD(the_first_rung_rings_with_its_cause_in_office_hours),
        OPEN_WORLD(in_a_one_day_limit_the_last_day_overtakes_the_half),
        OPEN_WORLD(urgent_reminders_do_not_wait_for_the_office),
        OPEN_WORLD(an_order_that_becomes_urgent_rings_at_once),
        OPEN_WORLD(an_amendment_to_urgent_rings_at_once_too),
        OPEN_WORLD(a_soft_clock_reminds_and_is_never_overdue),
        OPEN_WORLD(the_order_clock_is_watched_and_never_overdue),
        OPEN_WORLD(a_window_shuts_in_silence),
        OPEN_WORLD(a_provisional_clock_reminds_but_never_blames),
        OPEN_WORLD(after_an_outage_only_the_newest_rung_rings),
        OPEN_WORLD(a_rung_that_is_late_waits_for_the_office_too),
        OPEN_WORLD(a_held_clock_catches_up_when_it_runs_again),
        OPEN_WORLD(the_timer_finds_nothing_to_do_twice),
        OPEN_WORLD(a_calendar_that_changed_only_moves_the_next_look),
        OPEN_WORLD(a_year_that_is_loaded_no_more_does_no_harm),
        OPEN_WORLD(natural_minutes_count_day_and_night),
        OPEN_WORLD(a_limit_shorter_than_its_warning_warns_at_its_start),
        OPEN_WORLD(every_rung_fires_at_most_once_and_in_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
