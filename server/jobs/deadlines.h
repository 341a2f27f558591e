/*
 * deadlines.h - the timer: one more actor that sends commands down the same road (T42).
 *
 * It looks at the `wake` index of its subdistricts and sends FIRE_TIMER for every order whose
 * instant has come: overdue marks at the due instant, reminders on the ladder's rungs. Any number
 * of servers may run it on one Redis, without a leader: each command is committed with the
 * record's version, so one server wins and the others find nothing left to do. Batches are bounded,
 * so the herd at midnight never starves callers. A subdistrict's timer belongs to one lane.
 */
#ifndef HOTLINE_JOBS_DEADLINES_H
#define HOTLINE_JOBS_DEADLINES_H

#include <stdint.h>

struct deadlines;
struct office;

/* For one subdistrict on one lane's office; runs on its loop until freed (after the loop ended).
 * 0 or -ENOMEM. */
int deadlines_create(struct office *office, const char *subdistrict,
                     struct deadlines **ret_deadlines);
struct deadlines *deadlines_free(struct deadlines *deadlines);

struct deadlines_stats {
    uint64_t fired;            /* commands committed */
    uint64_t lost;             /* another server was faster */
    uint64_t troubled;         /* storage did not answer; tried again */
    int64_t lag_ms;            /* how late the newest batch began, office time */
    int64_t running, past_due; /* clocks, counted every few seconds */
};
/* Any thread. */
void deadlines_stats(const struct deadlines *deadlines, struct deadlines_stats *ret_stats);

#endif
