/*
 * manual_clock.h - follows the manual clock of a marked database, so that every server on it has
 * the same office time. Real-time databases have none.
 */
#ifndef HOTLINE_JOBS_MANUAL_CLOCK_H
#define HOTLINE_JOBS_MANUAL_CLOCK_H

struct clock_follower;
struct office;

/* Reads the database's clock every 50 ms on the office's loop. 0 or -ENOMEM. */
int clock_follower_create(struct office *office, struct clock_follower **ret_follower);
struct clock_follower *clock_follower_free(struct clock_follower *follower);

#endif
