/*
 * test_record_commands.c - the store under the rulebook: orders that the real rules move from
 * receipt to closing are packed after every command, replayed from their history, and each
 * command's index changes are counted.
 */
#include "tests/unit/domain_world.h"

#include "storage/record/index.h"
#include "storage/record/record.h"

enum { CHANGES_A_COMMAND_MAX = 8, FACT_BYTES_MAX = 600 };
#define SUBDISTRICT "310113-yy"

/* What the store holds of the world's order. */
struct store {
    struct world *world;
    struct order before; /* as stored */
    struct slice bytes;
    struct slice history[64];
    size_t n_history;
    size_t most[COMMAND_MAX]; /* index changes of a command */
};

/* Stores what the newest command did, as the road would. */
static void store_newest(struct store *store)
{
    struct world *w = store->world;
    struct commit_index changes[2 * ORDER_INDEX_MAX];
    struct history_entry entry;
    struct order back;
    struct slice again;
    size_t n;

    memset(&entry, 0, sizeof(entry));
    memcpy(entry.order_id, w->order.id, sizeof(entry.order_id));
    memcpy(entry.main_unit, w->order.assignment.main_unit, sizeof(entry.main_unit));
    entry.order_version = ++w->order.version;
    entry.event = w->event;
    must(store->n_history < COUNT_OF(store->history));
    store->history[store->n_history++] = history_pack(&entry, w->order.chain, &w->arena);
    store->bytes = order_pack(&w->order, store->bytes, &w->arena);
    assert_int_equal(order_unpack(store->bytes, &w->arena, &back), 0);
    back.version = w->order.version;
    again = order_pack(&back, store->bytes, &w->arena); /* not memcmp: structs have padding */
    assert_true(slice_equal(again, store->bytes));

    n = order_index_difference(&store->before, &w->order, SUBDISTRICT, &w->arena, changes);
    if (n > store->most[w->event.command])
        store->most[w->event.command] = n;
    store->before = w->order;
}

#define do_and_store(store, ...)                                                                   \
    do {                                                                                           \
        (store)->world->now_ms += 60 * MINUTE_MS;                                                  \
        give((store)->world, __VA_ARGS__);                                                         \
        store_newest(store);                                                                       \
    } while (0)

/* The timer, at every wake instant up to until_ms. */
static void wait_and_store(struct store *store, int64_t until_ms)
{
    struct world *w = store->world;

    for (int64_t wake_ms = order_wake_ms(&w->order); wake_ms != 0 && wake_ms <= until_ms;
         wake_ms = order_wake_ms(&w->order)) {
        w->now_ms = wake_ms > w->now_ms ? wake_ms : w->now_ms;
        give(w, ask(COMMAND_FIRE_TIMER, TIMER));
        store_newest(store);
    }
    w->now_ms = until_ms;
}

/* Every command of this release once at least. */
static void live_a_whole_life(struct store *store)
{
    struct world *w = store->world;
    struct command progress = ask(COMMAND_RECORD_PROGRESS, SPECIALIST);
    struct command amend = ask_receive(w);

    do_and_store(store, ask_receive(w));
    amend.kind = COMMAND_AMEND_ORDER;
    amend.intake.urgent = true;
    amend.intake.intake_digest[0] = 2;
    do_and_store(store, amend);
    do_and_store(store, ask(COMMAND_ACCEPT_ORDER, CLERK));
    do_and_store(store, ask_contact(w, CLERK, CONTACT_RESULT_REACHED));
    do_and_store(store, ask_dispatch(LIMIT_FIVE_DAYS));
    do_and_store(store, ask(COMMAND_TAKE_ORDER, SPECIALIST));
    printf("a taken order: %zu bytes\n", store->bytes.size);
    assert_in_range(store->bytes.size, 1, FACT_BYTES_MAX);
    do_and_store(store, progress);
    wait_and_store(store, end_of("2026-07-21"));
    do_and_store(store, ask_reply(w));
    do_and_store(store, ask_reject());
    do_and_store(store, ask_reply(w));
    do_and_store(store, ask(COMMAND_ACCEPT_REPLY, CLERK));
    do_and_store(store, ask_attempt(w, CONTACT_RESULT_NO_ANSWER));
    do_and_store(store, ask_visit(w, VISIT_OUTCOME_SATISFIED));
    do_and_store(store, ask(COMMAND_SUBMIT_CLOSING, CLERK));
    do_and_store(store, ask_closing(w));
    printf("a closed order: %zu bytes, %zu entries\n", store->bytes.size, store->n_history);
}

static void replaying_the_stored_history_gives_the_stored_record(void **state)
{
    static struct store store;
    struct order replayed;

    memset(&store, 0, sizeof(store));
    memset(&replayed, 0, sizeof(replayed));
    store.world = *state;
    live_a_whole_life(&store);
    for (size_t i = 0; i < store.n_history; i++) {
        struct history_entry entry;

        assert_int_equal(history_unpack(store.history[i], &store.world->arena, &entry), 0);
        order_apply(&replayed, &entry.event);
        replayed.version = entry.order_version;
        history_chain(replayed.chain, store.history[i]);
    }
    assert_memory_equal(&replayed, &store.before, sizeof(replayed));
}

static void an_ordinary_command_changes_at_most_eight_index_entries(void **state)
{
    /* The commands that bring several clocks into the world at once, once in an order's life. */
    static const size_t more[COMMAND_MAX] = {
        [COMMAND_RECEIVE_ORDER] = 10, [COMMAND_DISPATCH_ORDER] = 11
    };
    static struct store store;
    bool in_bounds = true;

    memset(&store, 0, sizeof(store));
    store.world = *state;
    live_a_whole_life(&store);
    for (size_t kind = 1; kind < COMMAND_MAX; kind++) {
        size_t most = more[kind] ? more[kind] : CHANGES_A_COMMAND_MAX;

        printf("%2zu  %s\n", store.most[kind], commands[kind].name);
        in_bounds &= store.most[kind] <= most;
    }
    assert_true(in_bounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_WORLD(replaying_the_stored_history_gives_the_stored_record),
        OPEN_WORLD(an_ordinary_command_changes_at_most_eight_index_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
