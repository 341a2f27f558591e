/* order.c - questions to an order. */
#include "domain/order.h"

#include "domain/tables.h"

#include "base/base.h"

bool order_is_open(const struct order *order)
{
    return order->state != ORDER_STATE_UNSPECIFIED && !states[order->state].final;
}

const struct reply *order_last_reply(const struct order *order)
{
    return order->n_replies ? &order->replies[order->n_replies - 1] : NULL;
}

int64_t order_wake_ms(const struct order *order)
{
    int64_t earliest = 0;

    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &order->clocks[kind];

        if (clock->status != CLOCK_STATUS_RUNNING || clock->wake_ms == 0)
            continue;
        if (earliest == 0 || clock->wake_ms < earliest)
            earliest = clock->wake_ms;
    }
    return earliest;
}

/* A provisional clock may remind, never blame: running past its due instant is not overdue yet. */
bool order_is_overdue(const struct order *order, int64_t now_ms)
{
    for (int kind = 1; kind < CLOCK_MAX; kind++) {
        const struct clock *clock = &order->clocks[kind];

        if (clocks[kind].hardness != CLOCK_HARD)
            continue;
        if (clock->overdue_ms)
            return true;
        if (clock->status == CLOCK_STATUS_RUNNING && !clock->provisional_from &&
            now_ms >= clock->due_ms)
            return true;
    }
    return false;
}
