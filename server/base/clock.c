/* clock.c - the only file that asks the system for the time. */
#include "base/clock.h"

#include <time.h>

#include "base/base.h"

int64_t system_time_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t machine_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t machine_ms(void)
{
    return machine_us() / 1000;
}

int64_t office_clock_now_ms(const struct office_clock *clock)
{
    return clock->manual ? atomic_load(&clock->manual_ms) : system_time_ms();
}

void office_clock_follow(struct office_clock *clock, int64_t at_ms)
{
    int64_t seen = atomic_load(&clock->manual_ms);

    must(clock->manual);
    while (seen < at_ms && !atomic_compare_exchange_weak(&clock->manual_ms, &seen, at_ms))
        ;
}
