/*
 * list_reminders.c - ListReminders: the newest open reminder of each running clock, newest first.
 *
 * A page walks the reminder index, loads the orders of a piece and keeps what is for the caller; it
 * ends when it is full or when it has looked at so many entries, with a token that goes on there.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "service/desk_deadline.h"
#include "service/order_fetch.h"
#include "service/page_token.h"
#include "service/resource_name.h"
#include "service/road.h"
#include "service/view_base.h"
#include "service/view_reminder.h"
#include "storage/record/index.h"

#include "base/base.h"

enum { PAGE_DEFAULT = 50, LOOKED_AT_MAX = 2000, PIECE_BYTES_MAX = 2 * 1024 * 1024 };

struct reminder_page {
    struct errand *errand;
    Hotline__V1__ListRemindersResponse *response;
    size_t page_size, looked_at;
    char unit[UNIT_CODE_BYTES];
    bool mine;
    struct digest query;
    struct page_position place; /* the last entry looked at; member "" = none */
    int64_t rank;               /* of the next entry */
    bool last;
    struct storage_ask ask;
    struct arena piece; /* the orders of the piece at hand */
    struct order_fetch fetch;
    struct clock_member members[ORDER_FETCH_MAX];
    struct page_position places[ORDER_FETCH_MAX];
};

static void page_read(struct reminder_page *page);

static struct page_binding page_binding(const struct reminder_page *page)
{
    return (struct page_binding){
        .key = &office_settings(page->errand->office)->page_token_key,
        .subdistrict = page->errand->subdistrict,
        .query = page->query,
    };
}

static void page_finish(struct reminder_page *page)
{
    struct errand *errand = page->errand;
    char token[PAGE_TOKEN_BYTES];
    struct page_binding binding = page_binding(page);

    if (!page->last) {
        page_token_seal(&binding, &page->place, token);
        page->response->next_page_token = arena_strdup(errand->arena, token);
    }
    errand->masked = true; /* reminders hold no personal data */
    errand->response = &page->response->base;
    if (errand->arena->failed)
        road_refuse(errand, FAULT_TOO_LARGE);
    else
        road_finish(errand);
}

/* The reminder a member of the index speaks of, if it still stands and is for this caller. */
static bool page_wants(const struct reminder_page *page, const struct order *order,
                       const struct clock_member *member, struct reminder *ret_reminder)
{
    const struct errand *errand = page->errand;
    const struct rules *rules = errand->snapshot->rules;

    if (!order || !reminder_of_order(order, member->clock, ret_reminder))
        return false;
    if (ret_reminder->clock.stamp != member->stamp || ret_reminder->clock.rung_acknowledged)
        return false;
    if (page->unit[0] && strcmp(page->unit, ret_reminder->main_unit) != 0)
        return false;
    return page->mine ? reminder_names(ret_reminder, &errand->principal, rules)
                      : reminder_is_for(ret_reminder, &errand->principal, rules);
}

/* Takes what is wanted of a piece; true when the page is full. */
static bool page_take(struct reminder_page *page)
{
    Hotline__V1__ListRemindersResponse *response = page->response;
    struct order_fetch *fetch = &page->fetch;
    struct reminder reminder;

    for (size_t i = 0; i < fetch->count; i++) {
        page->place = page->places[i];
        page->looked_at++;
        if (!page_wants(page, fetch->orders[i], &page->members[i], &reminder))
            continue;
        response->reminders[response->n_reminders++] =
            view_reminder(&reminder, page->errand->snapshot, page->errand->arena);
        if (response->n_reminders < page->page_size)
            continue;
        page->last = page->last && i + 1 == fetch->count;
        return true;
    }
    return false;
}

static void page_fetched(struct order_fetch *fetch, int status)
{
    struct reminder_page *page = CONTAINER_OF(fetch, struct reminder_page, fetch);
    bool full = status == 0 && page_take(page);

    arena_release(&page->piece);
    if (status < 0)
        road_trouble(page->errand, status == -EINPROGRESS ? -EAGAIN : status);
    else if (full || page->last || page->looked_at >= LOOKED_AT_MAX)
        page_finish(page);
    else
        page_read(page);
}

static void page_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct reminder_page *page = CONTAINER_OF(ask, struct reminder_page, ask);
    size_t count = status == 0 ? answer_count(answer) / 2 : 0, n = 0;

    if (status < 0) {
        road_trouble(page->errand, status == -EINPROGRESS ? -EAGAIN : status);
        return;
    }
    page->last = count < ORDER_FETCH_MAX;
    page->rank += (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        struct slice member = answer_bytes(answer_at(answer, 2 * i));

        if (member.size >= PAGE_MEMBER_BYTES || !clock_member_parse(member, &page->members[n]))
            continue;
        page->places[n].score = (double)answer_integer(answer_at(answer, 2 * i + 1));
        memcpy(page->places[n].member, member.data, member.size);
        page->places[n].member[member.size] = 0;
        memcpy(page->fetch.ids[n], page->members[n].order_id, ORDER_ID_BYTES);
        n++;
    }
    page->fetch.count = n;
    if (n == 0) {
        page_finish(page);
        return;
    }
    arena_init(&page->piece, PIECE_BYTES_MAX);
    order_fetch_send(&page->fetch);
}

static void page_ask(struct reminder_page *page, const struct slice *arguments, size_t n,
                     void (*done)(struct storage_ask *, int, const struct answer *))
{
    int r;

    page->ask = (struct storage_ask){ .done = done, .deadline_ms = page->errand->deadline_ms };
    r = link_ask(office_link(page->errand->office), &page->ask, arguments, n);
    if (r < 0)
        done(&page->ask, r, NULL);
}

static void page_read(struct reminder_page *page)
{
    struct key key = key_of(KEY_REMIND, page->errand->subdistrict, "");
    char from[24], until[24];

    (void)snprintf(from, sizeof(from), "%lld", (long long)page->rank);
    (void)snprintf(until, sizeof(until), "%lld", (long long)page->rank + ORDER_FETCH_MAX - 1);
    const struct slice arguments[] = {
        slice_text("ZRANGE"), key_slice(&key),   slice_text(from),
        slice_text(until),    slice_text("REV"), slice_text("WITHSCORES"),
    };
    page_ask(page, arguments, COUNT_OF(arguments), page_arrived);
}

/* The place of a token: behind its member, or, when that was acknowledged meanwhile, behind all
 * later ones; entries of the same instant may then come twice. */
static void page_counted(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct reminder_page *page = CONTAINER_OF(ask, struct reminder_page, ask);

    if (status < 0) {
        road_trouble(page->errand, status == -EINPROGRESS ? -EAGAIN : status);
        return;
    }
    page->rank += answer_integer(answer);
    page_read(page);
}

static void page_ranked(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct reminder_page *page = CONTAINER_OF(ask, struct reminder_page, ask);
    struct key key = key_of(KEY_REMIND, page->errand->subdistrict, "");
    char behind[40];

    if (status < 0 || answer_kind(answer) == ANSWER_INTEGER) {
        page->rank = 1; /* behind it */
        page_counted(ask, status, answer);
        return;
    }
    (void)snprintf(behind, sizeof(behind), "(%.0f", page->place.score);
    const struct slice arguments[] = { slice_text("ZCOUNT"), key_slice(&key), slice_text(behind),
                                       slice_text("+inf") };
    page_ask(page, arguments, COUNT_OF(arguments), page_counted);
}

static void page_begin(struct errand *errand)
{
    const Hotline__V1__ListRemindersRequest *ask = (const void *)errand->request;
    struct reminder_page *page = ARENA_NEW(errand->arena, struct reminder_page);
    struct key key = key_of(KEY_REMIND, errand->subdistrict, "");
    struct page_binding binding;

    if (page)
        page->response = view_new(errand->arena, &hotline__v1__list_reminders_response__descriptor);
    if (!page || !page->response || !page_query_of(errand->request, errand->arena, &page->query)) {
        road_refuse(errand, FAULT_TOO_LARGE);
        return;
    }
    page->errand = errand;
    page->page_size = ask->page_size ? ask->page_size : PAGE_DEFAULT;
    page->mine = ask->mine_only;
    page->response->reminders =
        ARENA_ARRAY(errand->arena, Hotline__V1__Reminder *, page->page_size + 1);
    page->fetch.office = errand->office;
    page->fetch.subdistrict = errand->subdistrict;
    page->fetch.arena = &page->piece;
    page->fetch.deadline_ms = errand->deadline_ms;
    page->fetch.done = page_fetched;
    binding = page_binding(page);
    if (ask->unit[0] &&
        !resource_id(ask->unit, errand->subdistrict, "units", page->unit, sizeof(page->unit))) {
        errand->refusal =
            errand_field(errand, "unit", "须为本街道的单位", "must be a unit of this subdistrict");
        road_finish(errand);
    } else if (!ask->page_token[0]) {
        page_read(page);
    } else if (!page_token_open(&binding, ask->page_token, &page->place)) {
        road_refuse(errand, FAULT_PAGE_TOKEN_INVALID);
    } else {
        const struct slice arguments[] = { slice_text("ZREVRANK"), key_slice(&key),
                                           slice_text(page->place.member) };

        page_ask(page, arguments, COUNT_OF(arguments), page_ranked);
    }
}

const struct road_row list_reminders_row = {
    .method = "ListReminders",
    .permission = MAY_REMINDERS,
    .load = LOAD_NOTHING,
    .walk = page_begin,
};
