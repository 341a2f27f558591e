/*
 * test_tables.c - the linter of the domain's tables, and the clerk pages made from them.
 * `test_tables --write` writes the pages; without it they are compared.
 */
#include "domain_world.h"

#include "domain/clockwork.h"

static bool exists(int state)
{
    return states[state].name != NULL;
}

static const char *row_name(const struct lifecycle_row *row)
{
    static char text[64];

    (void)snprintf(text, sizeof(text), "row %d, T%02u", (int)(row - lifecycle), row->number);
    return text;
}

#define CHECK_ROW(row, condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s: not %s", row_name(row), #condition);                                     \
    } while (0)

/* rows ---------------------------------------------------------------------------------------- */

static void every_row_is_a_whole_sentence(void **state UNUSED)
{
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        CHECK_ROW(row, row->when != 0 && row->by != 0);
        CHECK_ROW(row, row->command > 0 && row->command < COMMAND_MAX);
        CHECK_ROW(row, row->number <= 42);
        CHECK_ROW(row, row->article && row->article[0]);
        CHECK_ROW(row, row->zh && strlen(row->zh) >= 12);
        CHECK_ROW(row, !row->given == !row->given_zh);
        CHECK_ROW(row, exists((int)row->then));
        for (int s = 0; s < ORDER_STATE_MAX; s++)
            CHECK_ROW(row, !(row->when & 1u << s) || exists(s));
        CHECK_ROW(row, !(row->by & ROLES(ROLE_UNSPECIFIED)) && row->by < 1u << ROLE_MAX);
        for (size_t k = 0; k < lifecycle_rows; k++)
            CHECK_ROW(row, k == i || strcmp(row->zh, lifecycle[k].zh) != 0);
    }
}

/* For one state, command and role: conditions first, then exactly one row without. */
static void no_two_rows_fit_the_same_case(void **state UNUSED)
{
    for (int s = 0; s < ORDER_STATE_MAX; s++)
        for (int c = 1; c < COMMAND_MAX; c++)
            for (int r = 1; r < ROLE_MAX; r++) {
                const struct lifecycle_row *last = NULL;

                for (size_t i = 0; i < lifecycle_rows; i++) {
                    const struct lifecycle_row *row = &lifecycle[i];

                    if (!(row->when & 1u << s) || (int)row->command != c || !(row->by & ROLES(r)))
                        continue;
                    CHECK_ROW(row, !last || last->given);
                    last = row;
                }
                if (last)
                    CHECK_ROW(last, !last->given);
            }
}

static void a_row_starts_only_what_its_state_runs(void **state UNUSED)
{
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        for (int s = 0; s < ORDER_STATE_MAX; s++) {
            const struct state_row *entered = &states[row->then ? (int)row->then : s];

            if (!(row->when & 1u << s))
                continue;
            CHECK_ROW(row, !((row->start | row->restart | row->resume) & ~entered->runs));
            CHECK_ROW(row, !(row->pause & ~entered->holds));
        }
        CHECK_ROW(row, !((row->start | row->restart) & (row->meet | row->pause | row->resume)));
        CHECK_ROW(row, !(row->meet & (row->pause | row->resume)) && !(row->pause & row->resume));
    }
}

/* states -------------------------------------------------------------------------------------- */

static uint32_t reachable_from(uint32_t set)
{
    uint32_t before;

    do {
        before = set;
        for (size_t i = 0; i < lifecycle_rows; i++)
            if (lifecycle[i].then && lifecycle[i].when & set)
                set |= 1u << lifecycle[i].then;
    } while (set != before);
    return set;
}

static void every_state_is_reached_and_reaches_an_end(void **state UNUSED)
{
    uint32_t reached = reachable_from(IN(UNSPECIFIED)), final = 0;

    for (int s = 0; s < ORDER_STATE_MAX; s++)
        if (states[s].final)
            final |= 1u << s;
    for (int s = 0; s < ORDER_STATE_MAX; s++) {
        if (!exists(s))
            continue;
        if (!(reached & 1u << s))
            fail_msg("%s is never reached", states[s].name);
        if (!(reachable_from(1u << s) & final))
            fail_msg("%s never ends", states[s].name);
        assert_true(states[s].zh[0] && states[s].en[0]);
    }
}

static void a_final_state_is_left_by_no_row_and_runs_no_clock(void **state UNUSED)
{
    for (int s = 0; s < ORDER_STATE_MAX; s++) {
        if (!states[s].final)
            continue;
        assert_int_equal(states[s].runs | states[s].holds, 0);
        assert_int_equal(states[s].acts, DESK_NOBODY);
        for (size_t i = 0; i < lifecycle_rows; i++)
            CHECK_ROW(&lifecycle[i], !(lifecycle[i].when & 1u << s) || !lifecycle[i].then);
    }
}

static void whoever_must_act_can_act(void **state UNUSED)
{
    const uint32_t desks[] = {
        [DESK_OFFICE] = ROLES_OFFICE,
        [DESK_UNIT] = ROLES_UNIT,
        [DESK_LEADER] = ROLES(ROLE_LEADER_IN_CHARGE),
        [DESK_DISTRICT] = ROLES(ROLE_DISTRICT_SYNC),
    };

    for (int s = 1; s < ORDER_STATE_MAX; s++) {
        bool can = false;

        if (!exists(s) || states[s].final)
            continue;
        for (size_t i = 0; i < lifecycle_rows; i++)
            can |= lifecycle[i].when & 1u << s && lifecycle[i].by & desks[states[s].acts] &&
                   lifecycle[i].then;
        if (!can)
            fail_msg("%s waits for a desk that can do nothing", states[s].name);
    }
}

/* clocks -------------------------------------------------------------------------------------- */

static void every_clock_is_started_run_and_ended(void **state UNUSED)
{
    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        uint32_t clock = 1u << kind, started = 0, run = 0;

        for (size_t i = 0; i < lifecycle_rows; i++)
            started |= lifecycle[i].start | lifecycle[i].restart;
        for (int s = 0; s < ORDER_STATE_MAX; s++)
            run |= states[s].runs;
        if (!(started & clock) || !(run & clock))
            fail_msg("%s is never started or never runs", clocks[kind].name);
        assert_true(clocks[kind].zh[0] && clocks[kind].en[0] && clocks[kind].from[0]);
        assert_true(clocks[kind].article[0]);
        assert_int_not_equal(clocks[kind].owner, DESK_NOBODY);
    }
}

static void nobody_escapes_first_contact(void **state UNUSED)
{
    uint32_t contact = 0, order = 0, timer = 0, running = 0, recorded = 0;

    for (int s = 1; s < ORDER_STATE_MAX; s++) {
        contact |= states[s].runs & CLK(CONTACT) ? 1u << s : 0;
        order |= states[s].runs & CLK(ORDER) ? 1u << s : 0;
        running |= states[s].runs ? 1u << s : 0;
        if (lifecycle_roles(1u << s, COMMAND_RECORD_CONTACT) & ROLES(ROLE_OFFICE_CLERK))
            recorded |= 1u << s;
        if (lifecycle_roles(1u << s, COMMAND_FIRE_TIMER))
            timer |= 1u << s;
    }
    assert_int_equal(contact, order);
    assert_int_equal(contact, recorded);
    assert_int_equal(running, timer);
    for (int s = 1; s < ORDER_STATE_MAX; s++)
        if (exists(s) && s != ORDER_STATE_CLOSED && s != ORDER_STATE_CLOSED_VISIT_DUE)
            assert_true(contact & 1u << s);
}

/* Balance: every (state, running clocks, held clocks) that the rows can lead to. */
struct balance {
    int state;
    uint32_t running, held;
};

static struct balance balances[4096];
static size_t n_balances;

static void balance_add(struct balance balance)
{
    for (size_t i = 0; i < n_balances; i++)
        if (balances[i].state == balance.state && balances[i].running == balance.running &&
            balances[i].held == balance.held)
            return;
    must(n_balances < COUNT_OF(balances));
    balances[n_balances++] = balance;
}

/* After the row. `unset`: a clock that the rules do not set for this class is not started. */
static struct balance balance_after(const struct balance *from, const struct lifecycle_row *row,
                                    uint32_t unset)
{
    struct balance to = { .state = row->then ? (int)row->then : from->state };

    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        uint32_t clock = 1u << kind;
        enum clock_status status = from->running & clock ? CLOCK_STATUS_RUNNING
                                   : from->held & clock  ? CLOCK_STATUS_PAUSED
                                                         : CLOCK_STATUS_UNSPECIFIED;
        enum clock_fate fate = clock_fate_of(row, (enum clock_kind)kind, status);

        if (fate == FATE_RUN || fate == FATE_RESTART || (fate == FATE_START && !(unset & clock)))
            to.running |= clock;
        if (fate == FATE_HOLD)
            to.held |= clock;
        if (fate == FATE_UNTOUCHED) {
            to.running |= from->running & clock;
            to.held |= from->held & clock;
        }
    }
    return to;
}

static void clocks_are_balanced_on_every_way(void **state UNUSED)
{
    size_t checked = 0;

    n_balances = 0;
    balance_add((struct balance){ .state = ORDER_STATE_UNSPECIFIED });
    for (size_t at_world = 0; at_world < n_balances; at_world++) {
        const struct balance from = balances[at_world];

        for (size_t i = 0; i < lifecycle_rows; i++) {
            const struct lifecycle_row *row = &lifecycle[i];

            if (!(row->when & 1u << from.state))
                continue;
            /* A row with a condition may be kept from this world by it; one without may not. */
            if (row->start & (from.running | from.held)) {
                CHECK_ROW(row, row->given);
                continue;
            }
            balance_add(balance_after(&from, row, 0));
            balance_add(balance_after(&from, row, CLK(EXTENSION_WINDOW)));
            checked++;
        }
    }
    for (size_t i = 0; i < n_balances; i++) {
        const struct state_row *row = &states[balances[i].state];

        if (balances[i].running & ~row->runs || balances[i].held & ~row->holds)
            fail_msg("%s: running %x, held %x", row->name, balances[i].running, balances[i].held);
    }
    print_message("%zu worlds of (state, running, held), %zu steps\n", n_balances, checked);
}

/* words --------------------------------------------------------------------------------------- */

static void every_command_and_role_has_its_words(void **state UNUSED)
{
    for (int c = 1; c < COMMAND_MAX; c++) {
        assert_true(commands[c].name && commands[c].zh[0] && commands[c].en[0]);
        if (!lifecycle_roles(UINT32_MAX, (enum command_kind)c))
            fail_msg("%s is asked by no row", commands[c].name);
    }
    for (int r = 1; r < ROLE_MAX; r++)
        assert_true(role_names[r].name && role_names[r].zh[0] && role_names[r].en[0]);
}

static const struct guard *guard_named(const char *name, size_t size)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        for (size_t k = 0; k < GUARDS_A_ROW && lifecycle[i].provided[k]; k++)
            if (strlen(lifecycle[i].provided[k]->name) == size &&
                memcmp(lifecycle[i].provided[k]->name, name, size) == 0)
                return lifecycle[i].provided[k];
    return NULL;
}

static char *read_source(struct arena *a, const char *path)
{
    FILE *f = fopen(source_path(a, path), "r");
    char *text = arena_alloc(a, 1 << 20);
    size_t size;

    if (!f || !text)
        fail_msg("cannot read %s", path);
    size = fread(text, 1, (1 << 20) - 1, f);
    text[size] = 0;
    (void)fclose(f);
    return text;
}

static void every_guard_is_asked_and_says_why(void **state)
{
    struct world *w = *state;
    const char *at_guard = read_source(&w->arena, "server/domain/guards.c");
    size_t n = 0;

    while ((at_guard = strstr(at_guard, "\nGUARD("))) {
        const struct guard *guard;
        size_t size;

        at_guard += strlen("\nGUARD(");
        size = strcspn(at_guard, ",");
        guard = guard_named(at_guard, size);
        if (!guard) {
            fail_msg("no row asks %.*s", (int)size, at_guard);
            return;
        }
        assert_true(guard->zh[0] && guard->holds);
        assert_true(fault_of(guard->fault)->article[0]);
        n++;
    }
    assert_true(n > 20);
    for (size_t i = 0; i < lifecycle_rows; i++) /* no guard stands behind a gap */
        for (size_t k = 1; k <= GUARDS_A_ROW; k++)
            CHECK_ROW(&lifecycle[i], k == GUARDS_A_ROW ? !lifecycle[i].provided[k - 1]
                                                       : !lifecycle[i].provided[k] ||
                                                             lifecycle[i].provided[k - 1]);
}

static bool is_used(enum fault_id id)
{
    /* said by decide.c itself; the unit of the caller is checked where the directory is known */
    if (id == FAULT_WRONG_STATE || id == FAULT_YEAR_UNSUPPORTED)
        return true;
    for (size_t i = 0; i < lifecycle_rows; i++)
        for (size_t k = 0; k < GUARDS_A_ROW && lifecycle[i].provided[k]; k++)
            if (lifecycle[i].provided[k]->fault == id)
                return true;
    return false;
}

static void every_refusal_of_the_rulebook_is_used_and_cites_it(void **state UNUSED)
{
    for (int id = FAULT_WRONG_STATE; id <= FAULT_YEAR_UNSUPPORTED; id++) {
        const struct fault *fault = fault_of((enum fault_id)id);

        if (!is_used((enum fault_id)id))
            fail_msg("%s is said by no guard", fault->reason);
        assert_true(fault->article[0] && fault->zh[0] && fault->en[0]);
    }
}

/* pages --------------------------------------------------------------------------------------- */

static const struct {
    const char *path;
    bool picture;
} pages[] = { { "api/LIFECYCLE.zh-CN.md", false }, { "api/lifecycle.dot", true } };

static const char *page_text(struct world *w, size_t i)
{
    const char *text =
        pages[i].picture ? lifecycle_picture(&w->arena) : lifecycle_page_zh(&w->rules, &w->arena);

    assert_non_null(text);
    return text;
}

static void the_clerk_pages_are_current(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(pages); i++)
        if (strcmp(read_source(&w->arena, pages[i].path), page_text(w, i)) != 0)
            fail_msg("%s is out of date: run test_tables --write", pages[i].path);
}

static void the_clerk_page_says_what_the_rules_say(void **state)
{
    struct world *w = *state;
    const char *text;

    w->rules.ends_at_closing = true;
    w->rules.visit_before_submit = false;
    w->rules.clocks[CLOCK_ACCEPT].length = (struct length){ LENGTH_NATURAL_MINUTES, 30 };
    text = lifecycle_page_zh(&w->rules, &w->arena);
    assert_non_null(strstr(text, "最后一日下班止"));
    assert_non_null(strstr(text, "不必先回访"));
    assert_non_null(strstr(text, "30分钟（自然时间）"));
}

static void write_pages(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        const char *text = page_text(w, i);
        FILE *f = fopen(source_path(&w->arena, pages[i].path), "w");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_a_whole_sentence),
        cmocka_unit_test(no_two_rows_fit_the_same_case),
        cmocka_unit_test(a_row_starts_only_what_its_state_runs),
        cmocka_unit_test(every_state_is_reached_and_reaches_an_end),
        cmocka_unit_test(a_final_state_is_left_by_no_row_and_runs_no_clock),
        cmocka_unit_test(whoever_must_act_can_act),
        cmocka_unit_test(every_clock_is_started_run_and_ended),
        cmocka_unit_test(nobody_escapes_first_contact),
        cmocka_unit_test(clocks_are_balanced_on_every_way),
        cmocka_unit_test(every_command_and_role_has_its_words),
        OPEN_WORLD(every_guard_is_asked_and_says_why),
        cmocka_unit_test(every_refusal_of_the_rulebook_is_used_and_cites_it),
        OPEN_WORLD(the_clerk_pages_are_current),
        OPEN_WORLD(the_clerk_page_says_what_the_rules_say),
    };
    const struct CMUnitTest writing[] = { OPEN_WORLD(write_pages) };

    if (argc > 1 && strcmp(argv[1], "--write") == 0)
        return cmocka_run_group_tests(writing, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
