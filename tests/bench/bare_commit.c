/* bare_commit.c - templates: so many orders, each with the commit there and the commit back. */
#include "bare_commit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/decide.h"
#include "embedded_data.h"
#include "service/calendar_file.h"
#include "service/rules_file.h"
#include "service/view_base.h"
#include "service/view_order.h"
#include "storage/record/index.h"
#include "storage/record/record.h"
#include "storage/redis.h"

#include "base/base.h"

#define CODE "310113003"

enum { ORDERS = 512, BYTES_MAX = 256 * 1024 * 1024, TEXT_BYTES = 1300 };

/* One direction of one order. */
struct template
{
    struct commit commit;
    struct commit_record record;
    struct commit_append append;
    struct commit_index index[2 * ORDER_INDEX_MAX];
};

struct bare_commits {
    struct arena arena;
    struct rules *rules;
    struct calendar *calendar;
    struct order *shown; /* an order being handled */
    struct template *there[ORDERS], *back[ORDERS];
    uint64_t versions[ORDERS];
    uint64_t sent;
};

/* An order walked to a state by the domain itself. */
static void step(const struct bare_commits *commits, struct arena *a, struct order *order,
                 const struct command *command, int64_t now_ms, struct event *ret_event)
{
    struct situation situation = {
        .order = order,
        .rules = commits->rules,
        .calendar = commits->calendar,
        .now_ms = now_ms,
    };

    must(!decide(&situation, command, a, ret_event));
    order_apply(order, ret_event);
    order->version++;
}

static void walk_to_dispatched(const struct bare_commits *commits, struct arena *a, int number,
                               int64_t now_ms, struct order *order)
{
    struct event *event = ARENA_NEW(a, struct event);
    struct command *command = ARENA_NEW(a, struct command);

    must(event && command);
    *command = (struct command){
        .kind = COMMAND_RECEIVE_ORDER,
        .actor = { .role = ROLE_DISTRICT_SYNC, .id = "sync" },
        .has_text = true,
    };
    (void)snprintf(command->intake.id, ORDER_ID_BYTES, "BARE%012d", number);
    (void)snprintf(command->intake.district_number, NUMBER_BYTES, "BENCH19c8a5f-%d", number);
    command->intake.channel = 1;
    command->intake.category = CATEGORY_COMPLAINT;
    command->intake.received_ms = now_ms;
    command->intake.n_phones = 1;
    step(commits, a, order, command, now_ms, event);
    *command = (struct command){
        .kind = COMMAND_ACCEPT_ORDER,
        .actor = { .role = ROLE_OFFICE_CLERK, .id = "c1" },
        .has_text = true,
    };
    command->accept.category = CATEGORY_COMPLAINT;
    step(commits, a, order, command, now_ms, event);
    *command = (struct command){
        .kind = COMMAND_DISPATCH_ORDER,
        .actor = { .role = ROLE_OFFICE_CLERK, .id = "c1" },
        .has_text = true,
    };
    command->dispatch.mode = DISPATCH_MODE_STATUTORY;
    command->dispatch.main_unit_kind = UNIT_KIND_DEPARTMENT;
    command->dispatch.main_unit_known = command->dispatch.main_unit_active = true;
    command->dispatch.limit = LIMIT_FIVE_DAYS;
    memcpy(command->dispatch.main_unit, "U001", 5);
    step(commits, a, order, command, now_ms, event);
}

static struct template *template_of(struct bare_commits *commits, const struct order *before,
                                    const struct order *after, const struct event *event)
{
    struct arena *a = &commits->arena;
    struct template *t = ARENA_NEW(a, struct template);
    struct history_entry *entry = ARENA_NEW(a, struct history_entry);
    struct order *stored = ARENA_NEW(a, struct order);
    struct request_result result = { .version = after->version };

    must(t && entry && stored);
    *stored = *after;
    entry->event = *event;
    entry->order_version = after->version;
    memcpy(entry->order_id, after->id, sizeof(after->id));
    memcpy(entry->main_unit, "U001", 5);
    memcpy(result.resource, after->id, sizeof(after->id));
    t->commit.event = history_pack(entry, stored->chain, a);
    t->append.key = key_of(KEY_HISTORY, CODE, after->id);
    t->append.bytes = t->commit.event;
    t->record.key = key_of(KEY_ORDER, CODE, after->id);
    t->record.bytes = order_pack(stored, (struct slice){ 0 }, a);
    t->commit.subdistrict = CODE;
    t->commit.body_digest = slice_of(arena_alloc(a, BODY_DIGEST_BYTES), BODY_DIGEST_BYTES);
    t->commit.result = result_pack(&result, a);
    t->commit.results_month = 202611;
    t->commit.expected_epoch = slice_text("");
    t->commit.records = &t->record;
    t->commit.n_records = 1;
    t->commit.appends = &t->append;
    t->commit.n_appends = 1;
    t->commit.index = t->index;
    t->commit.n_index = order_index_difference(before, after, CODE, a, t->index);
    must(!a->failed);
    return t;
}

/* The order's record as it stands before the first commit. */
static void record_write(struct redis_tool *tool, const struct order *order, struct arena *a)
{
    struct key key = key_of(KEY_ORDER, CODE, order->id);
    struct slice bytes = order_pack(order, (struct slice){ 0 }, a);
    uint8_t *stored = arena_alloc(a, 8 + bytes.size);
    const struct slice arguments[] = { slice_text("SET"), key_slice(&key),
                                       slice_of(stored, 8 + bytes.size) };

    must(stored);
    stored[7] = (uint8_t)order->version;
    memcpy(stored + 8, bytes.data, bytes.size);
    must(redis_tool_ask(tool, arguments, COUNT_OF(arguments)));
}

static void order_prepare(struct bare_commits *commits, struct redis_tool *tool, int number)
{
    struct arena *a = &commits->arena;
    struct order *before = ARENA_NEW(a, struct order), *after = ARENA_NEW(a, struct order);
    struct event *event = ARENA_NEW(a, struct event);
    struct command *take = ARENA_NEW(a, struct command);
    int64_t now_ms = system_time_ms();

    must(before && after && event && take);
    walk_to_dispatched(commits, a, number, now_ms, before);
    *after = *before;
    take->kind = COMMAND_TAKE_ORDER;
    take->actor = (struct actor){ .role = ROLE_SPECIALIST, .id = "s1" };
    step(commits, a, after, take, now_ms, event);
    commits->there[number] = template_of(commits, before, after, event);
    commits->back[number] = template_of(commits, after, before, event);
    commits->versions[number] = before->version;
    commits->shown = after;
    record_write(tool, before, a);
}

int bare_commits_create(const struct link_options *link, struct bare_commits **ret_commits)
{
    struct bare_commits *commits = calloc(1, sizeof(*commits));
    struct redis_tool *tool = NULL;
    struct calendar_year *years;
    size_t n_years;
    const char *why = "";

    must(commits);
    arena_init(&commits->arena, BYTES_MAX);
    commits->rules = ARENA_NEW(&commits->arena, struct rules);
    must(rules_file_parse(slice_of(data_rules, data_rules_size), &commits->arena, commits->rules,
                          &why) == 0);
    must(calendar_file_parse(slice_of(data_calendar_cn, data_calendar_cn_size), &commits->arena,
                             &years, &n_years, &why) == 0);
    commits->calendar = calendar_create(years, n_years, 1);
    must(redis_tool_open(link, &tool) == 0);
    for (int i = 0; i < ORDERS; i++)
        order_prepare(commits, tool, i);
    redis_tool_close(tool);
    *ret_commits = commits;
    return 0;
}

struct bare_commits *bare_commits_free(struct bare_commits *commits)
{
    if (!commits)
        return NULL;
    calendar_free(commits->calendar);
    arena_release(&commits->arena);
    free(commits);
    return NULL;
}

int bare_commits_send(struct bare_commits *commits, struct storage_link *link,
                      struct commit_ask *ask)
{
    uint64_t number = commits->sent++, which = number % ORDERS;
    struct template *t = number / ORDERS % 2 ? commits->back[which] : commits->there[which];
    uint8_t request_key[REQUEST_KEY_BYTES] = { 0 };

    memcpy(request_key, &number, sizeof(number));
    t->record.expected_version = commits->versions[which]++;
    t->commit.request_key = slice_of(request_key, sizeof(request_key));
    return commit_ask(link, ask, &t->commit);
}

Hotline__V1__Order *bare_commits_answer(struct bare_commits *commits, bool with_texts)
{
    static const struct directory nobody;
    struct arena *a = &commits->arena;
    const struct order_view view = {
        .order = commits->shown,
        .subdistrict = CODE,
        .directory = &nobody,
        .calendar = commits->calendar,
        .rules = commits->rules,
        .now_ms = system_time_ms(),
        .relation = RELATION_OFFICE,
    };
    Hotline__V1__Order *order = view_order(&view, a);
    char *text = arena_alloc(a, TEXT_BYTES + 1);

    must(order && text);
    if (!with_texts)
        return order;
    memset(text, 'x', TEXT_BYTES);
    order->text = view_new(a, &hotline__v1__order_text__descriptor);
    must(order->text);
    order->text->title = (char *)"路灯不亮";
    order->text->content = text;
    return order;
}

struct key bare_commits_key(const struct bare_commits *commits, uint64_t number)
{
    return commits->there[number * 7919 % ORDERS]->record.key;
}
