/* demo_watch.c - the office head's watch on all reminders, in a thread of its own. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/demo.h"
#include "cli/moment.h"
#include "cli/text.h"
#include "cli/words.h"

#include "base/base.h"

enum { WAIT_MS_MAX = 5000, OPEN_MS_MAX = 3000, RUNG_COLUMNS = 28 };

static void keep(struct watcher *watcher, const Hotline__V1__Reminder *reminder)
{
    const char *text = watcher->session->zh ? reminder->text_zh : reminder->text_en;
    struct seen_reminder seen = { .clock = reminder->clock_kind,
                                  .rung = reminder->rung,
                                  .raised_ms = moment_ms(reminder->raised_time) };

    for (size_t i = 0; i < watcher->n_seen; i++) /* a reminder may come again: its name tells */
        if (strcmp(watcher->seen[i].name, reminder->name) == 0)
            return;
    if (watcher->n_seen == DEMO_REMINDERS_MAX)
        return;
    snprintf(seen.order, sizeof(seen.order), "%s", reminder->order);
    snprintf(seen.name, sizeof(seen.name), "%s", reminder->name);
    snprintf(seen.text, sizeof(seen.text), "%s", text);
    watcher->seen[watcher->n_seen++] = seen;
}

static int heard(void *user, const Hotline__V1__WatchRemindersResponse *message)
{
    struct watcher *watcher = user;

    pthread_mutex_lock(&watcher->mutex);
    if (message->message_case == HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_CREATED)
        watcher->open = true;
    else if (message->message_case == HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER)
        keep(watcher, message->reminder->reminder);
    pthread_cond_broadcast(&watcher->news);
    pthread_mutex_unlock(&watcher->mutex);
    return 0;
}

static void *watch(void *user)
{
    Hotline__V1__WatchRemindersRequest ask = HOTLINE__V1__WATCH_REMINDERS_REQUEST__INIT;
    struct watcher *watcher = user;
    char parent[64];
    int r;

    snprintf(parent, sizeof(parent), "subdistricts/%s", watcher->session->subdistrict);
    ask.parent = parent;
    r = hotline_watch_reminders(watcher->h, &ask, heard, watcher, NULL);
    pthread_mutex_lock(&watcher->mutex);
    watcher->ended = r;
    pthread_cond_broadcast(&watcher->news);
    pthread_mutex_unlock(&watcher->mutex);
    return NULL;
}

/* Waits for news, not past the instant; the mutex is held. False when the time is up. */
static bool news_until(struct watcher *watcher, int64_t until_us)
{
    struct timespec until = { .tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000 };

    if (machine_us() >= until_us || watcher->ended)
        return false;
    pthread_cond_timedwait(&watcher->news, &watcher->mutex, &until);
    return true;
}

int watcher_start(struct watcher *watcher, struct session *session, struct hotline *as)
{
    int64_t until_us = machine_us() + OPEN_MS_MAX * 1000;
    pthread_condattr_t monotonic;
    int r;

    *watcher = (struct watcher){ .session = session };
    watcher->seen = memory_alloc(sizeof(*watcher->seen) * DEMO_REMINDERS_MAX);
    if (!watcher->seen)
        return -ENOMEM;
    r = hotline_derive(as, NULL, 0, &watcher->h); /* its own, so that it can be interrupted */
    if (r < 0)
        return r;
    must(pthread_condattr_init(&monotonic) == 0);
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_mutex_init(&watcher->mutex, NULL) == 0);
    must(pthread_cond_init(&watcher->news, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    must(pthread_create(&watcher->thread, NULL, watch, watcher) == 0);
    watcher->started = true;
    pthread_mutex_lock(&watcher->mutex);
    while (!watcher->open && news_until(watcher, until_us))
        ;
    r = watcher->open ? 0 : watcher->ended < 0 ? watcher->ended : -ETIMEDOUT;
    pthread_mutex_unlock(&watcher->mutex);
    return r;
}

void watcher_stop(struct watcher *watcher)
{
    if (watcher->started) {
        hotline_interrupt(watcher->h);
        pthread_join(watcher->thread, NULL);
        pthread_cond_destroy(&watcher->news);
        pthread_mutex_destroy(&watcher->mutex);
    }
    watcher->h = hotline_free(watcher->h);
    watcher->seen = memory_free(watcher->seen);
    watcher->started = false;
}

static const struct seen_reminder *find(const struct watcher *watcher, const char *order,
                                        Hotline__V1__ClockKind clock, Hotline__V1__Rung rung)
{
    for (size_t i = 0; i < watcher->n_seen; i++) {
        const struct seen_reminder *seen = &watcher->seen[i];

        if (seen->clock == clock && seen->rung == rung && strcmp(seen->order, order) == 0)
            return seen;
    }
    return NULL;
}

int watcher_wait(struct watcher *watcher, const char *order, Hotline__V1__ClockKind clock,
                 Hotline__V1__Rung rung, struct seen_reminder *ret_seen)
{
    int64_t until_us = machine_us() + WAIT_MS_MAX * 1000;
    const struct seen_reminder *seen;

    pthread_mutex_lock(&watcher->mutex);
    while (!(seen = find(watcher, order, clock, rung)) && news_until(watcher, until_us))
        ;
    if (seen)
        *ret_seen = *seen;
    pthread_mutex_unlock(&watcher->mutex);
    return seen ? 0 : -ETIMEDOUT;
}

void watcher_tell(struct watcher *watcher, const char *order)
{
    struct session *session = watcher->session;
    struct arena *a = &session->arena;

    pthread_mutex_lock(&watcher->mutex);
    for (size_t i = 0; i < watcher->n_seen; i++) {
        struct seen_reminder *seen = &watcher->seen[i];

        if (seen->told || strcmp(seen->order, order) != 0)
            continue;
        printf("    %s %s  ", say(session, "提醒", "reminder"), moment_text_ms(a, seen->raised_ms));
        text_put(
            arena_printf(
                a, "%s/%s",
                word_of(a, &hotline__v1__clock_kind__descriptor, (int)seen->clock, session->zh),
                word_of(a, &hotline__v1__rung__descriptor, (int)seen->rung, session->zh)),
            RUNG_COLUMNS, stdout);
        puts(seen->text);
        seen->told = true;
    }
    pthread_mutex_unlock(&watcher->mutex);
}
