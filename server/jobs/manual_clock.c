/* manual_clock.c - GET, follow, wait, again. */
#include "jobs/manual_clock.h"

#include <errno.h>
#include <stddef.h>

#include "base/loop.h"
#include "base/memory.h"
#include "service/office.h"

#include "base/base.h"

enum { PERIOD_MS = 50 };

struct clock_follower {
    struct office *office;
    struct loop_timer timer;
    struct loop_job begin;
    struct storage_ask ask;
};

static void follower_read(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct clock_follower *follower = CONTAINER_OF(ask, struct clock_follower, ask);

    if (status == 0 && answer_kind(answer) == ANSWER_BYTES)
        office_clock_follow(office_settings(follower->office)->clock, answer_integer(answer));
    loop_timer_set(office_loop(follower->office), &follower->timer, PERIOD_MS);
}

static void follower_ask(struct clock_follower *follower)
{
    const struct slice arguments[] = { slice_text("GET"), slice_text(KEY_CLOCK) };

    follower->ask = (struct storage_ask){ .done = follower_read };
    if (link_ask(office_link(follower->office), &follower->ask, arguments, COUNT_OF(arguments)) < 0)
        loop_timer_set(office_loop(follower->office), &follower->timer, PERIOD_MS);
}

static void follower_timer(struct loop_timer *timer)
{
    follower_ask(CONTAINER_OF(timer, struct clock_follower, timer));
}

static void follower_begin(struct loop_job *job)
{
    follower_ask(CONTAINER_OF(job, struct clock_follower, begin));
}

int clock_follower_create(struct office *office, struct clock_follower **ret_follower)
{
    struct clock_follower *follower = memory_alloc(sizeof(*follower));

    if (!follower)
        return -ENOMEM;
    follower->office = office;
    follower->timer.fire = follower_timer;
    follower->begin.run = follower_begin;
    loop_post(office_loop(office), &follower->begin);
    *ret_follower = follower;
    return 0;
}

struct clock_follower *clock_follower_free(struct clock_follower *follower)
{
    return memory_free(follower);
}
