/*
 * clock.h - the two clocks (ARCHITECTURE 6).
 *
 * Office time is injected: UTC milliseconds, either the system's or a manual value that follows
 * the database (storage/manual_clock.h sets it). Every rule, expiry and reminder uses it.
 * Machine time is monotonic: I/O timeouts and back-off only. No other file of ours asks the
 * system for the time.
 */
#ifndef HOTLINE_BASE_CLOCK_H
#define HOTLINE_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct office_clock {
    bool manual;
    _Atomic int64_t manual_ms; /* valid when manual; only ever moves forward */
};

/* UTC milliseconds of office time. */
int64_t office_clock_now_ms(const struct office_clock *clock);
/* Manual clocks only: moves forward to at_ms; a smaller value is ignored. */
void office_clock_follow(struct office_clock *clock, int64_t at_ms);

/* UTC milliseconds of the system, whatever the office clock says (skew check, certificates). */
int64_t system_time_ms(void);
/* Monotonic. */
int64_t machine_ms(void);
int64_t machine_us(void);

#endif
