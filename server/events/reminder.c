/* reminder.c - which clocks of an event fired a rung. */
#include "events/reminder.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "storage/record/record.h"

#include "base/base.h"

int reminders_of_entry(uint64_t sequence, struct slice entry, struct arena *a,
                       struct reminder ret_reminders[CLOCK_MAX])
{
    struct history_entry *read = ARENA_NEW(a, struct history_entry);
    int count = 0, r = read ? history_unpack(entry, a, read) : -ENOMEM;

    if (r < 0)
        return r;
    for (size_t i = 0; i < read->event.n_clocks; i++) {
        const struct clock_change *change = &read->event.clocks[i];
        struct reminder *reminder;

        /* a clock that stopped at the instant of its rung was not reminded of again */
        if (change->after.status != CLOCK_STATUS_RUNNING || change->after.rungs_fired == 0 ||
            change->after.rung_ms != read->event.at_ms || change->after.rung_acknowledged)
            continue;
        reminder = &ret_reminders[count++];
        *reminder = (struct reminder){
            .sequence = sequence,
            .urgent = read->urgent,
            .kind = change->kind,
            .rung = (uint8_t)(change->after.rungs_fired - 1),
            .clock = change->after,
        };
        memcpy(reminder->order_id, read->order_id, sizeof(reminder->order_id));
        memcpy(reminder->district_number, read->district_number, sizeof(read->district_number));
        memcpy(reminder->main_unit, read->main_unit, sizeof(reminder->main_unit));
    }
    return count;
}
