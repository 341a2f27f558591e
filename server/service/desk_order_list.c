/*
 * desk_order_list.c - ListOrders: a page of the orders that match a filter, as this caller may see
 * them.
 *
 * Round trips: index entries, fact records (a batch of each, until the page is full), then texts
 * and identity of the rows of the page alone. At most 2,000 records are looked at, so a page may be
 * short and carry a token: the place of the last entry looked at. Every row is masked by the
 * caller's own relation to its order.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hotline/v1/order_service.pb-c.h"
#include "service/desks_admin.h"
#include "service/field_rules.h"
#include "service/order_fetch.h"
#include "service/order_filter.h"
#include "service/order_scan.h"
#include "service/page_token.h"
#include "service/view_base.h"
#include "service/view_order.h"

#include "base/base.h"

enum {
    PAGE_ROWS_DEFAULT = 50,
    PAGE_ROWS_MAX = 200,
    RECORDS_MAX = 2000,        /* looked at in one call */
    BATCH_BYTES_MAX = 2 << 20, /* fact records of one batch, unpacked */
    TEXT_BYTES_MAX = 1 << 20,  /* texts of one page; what is beyond goes to the next */
};

struct order_list;

struct list_row {
    struct order_list *list;
    struct order *order;
    struct scan_entry entry;
    struct storage_ask ask;
    struct slice *texts;
    size_t n_texts;
    struct slice identity;
};

struct order_list {
    struct errand *errand;
    struct order_filter filter;
    struct order_plan plan;
    struct order_scan scan;
    struct order_fetch fetch;
    struct arena batch; /* the records of one fetch */
    struct page_binding binding;
    struct list_row *rows;
    size_t rows_max, n_rows, n_records;
    struct scan_entry last; /* the next page begins behind it */
    bool more;
    struct storage_ask identities;
    size_t text_bytes;
    size_t waiting;
    int trouble;
};

/* the answer ---------------------------------------------------------------------------------- */

static Hotline__V1__Order *row_view(struct order_list *list, const struct list_row *row)
{
    struct errand *errand = list->errand;
    const struct snapshot *snapshot = errand->snapshot;
    struct order_view view = {
        .order = row->order,
        .subdistrict = errand->subdistrict,
        .directory = &snapshot->directory,
        .calendar = snapshot->calendar,
        .rules = snapshot->rules,
        .now_ms = errand->now_ms,
        .relation = relation_to(&errand->principal, row->order),
        .texts = row->texts,
        .n_texts = row->n_texts,
        .identity = row->identity,
    };
    Hotline__V1__Order *shown = view_order(&view, errand->arena);

    if (!shown || !field_rules_mask(road_field_rules(), &shown->base, view.relation, errand->arena))
        return NULL;
    return shown;
}

static void list_answer(struct order_list *list)
{
    struct errand *errand = list->errand;
    Hotline__V1__ListOrdersResponse *response =
        view_new(errand->arena, &hotline__v1__list_orders_response__descriptor);
    struct page_position position = { 0 };

    if (response)
        response->orders = ARENA_ARRAY(errand->arena, Hotline__V1__Order *, list->n_rows + 1);
    for (size_t i = 0; response && response->orders && i < list->n_rows; i++)
        response->orders[response->n_orders++] = row_view(list, &list->rows[i]);
    if (response && list->more) {
        response->next_page_token = arena_alloc(errand->arena, PAGE_TOKEN_BYTES);
        order_scan_place(&list->last, &position);
        if (response->next_page_token)
            page_token_seal(&list->binding, &position, response->next_page_token);
    }
    if (errand->arena->failed) {
        road_refuse(errand, FAULT_TOO_LARGE);
        return;
    }
    errand->masked = true;
    errand->response = &response->base;
    road_finish(errand);
}

/* texts and identity of the page -------------------------------------------------------------- */

static void list_arrived(struct order_list *list, int status)
{
    if (status < 0 && list->trouble == 0)
        list->trouble = status;
    if (--list->waiting > 0)
        return;
    if (list->trouble < 0)
        road_trouble(list->errand, list->trouble);
    else
        list_answer(list);
}

static struct slice list_keep(struct order_list *list, struct slice bytes)
{
    if (!bytes.data)
        return bytes;
    list->text_bytes += bytes.size;
    return slice_of(arena_copy(list->errand->arena, bytes.data, bytes.size), bytes.size);
}

/* Rows come in order. The first row beyond the limit, and all behind it, go to the next page. */
static void texts_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct list_row *row = CONTAINER_OF(ask, struct list_row, ask);
    struct order_list *list = row->list;
    size_t place = (size_t)(row - list->rows), n = status == 0 ? answer_count(answer) : 0;

    if (place < list->n_rows && place > 0 && list->text_bytes > TEXT_BYTES_MAX) {
        list->n_rows = place;
        list->last = list->rows[place - 1].entry;
        list->more = true;
    }
    if (place < list->n_rows && n > 0) {
        row->texts = ARENA_ARRAY(list->errand->arena, struct slice, n);
        for (size_t i = 0; row->texts && i < n; i++)
            row->texts[row->n_texts++] = list_keep(list, answer_bytes(answer_at(answer, i)));
    }
    list_arrived(list, status);
}

static void identities_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct order_list *list = CONTAINER_OF(ask, struct order_list, identities);

    for (size_t i = 0; status == 0 && i < list->n_rows; i++) {
        uint64_t version;
        struct slice bytes;

        record_split(answer_bytes(answer_at(answer, i)), &version, &bytes);
        list->rows[i].identity = list_keep(list, bytes);
    }
    list_arrived(list, status);
}

static void list_ask(struct order_list *list, struct storage_ask *ask,
                     void (*done)(struct storage_ask *, int, const struct answer *),
                     const struct slice *arguments, size_t n_arguments)
{
    int r;

    list->waiting++;
    *ask = (struct storage_ask){ .done = done, .deadline_ms = list->errand->deadline_ms };
    r = link_ask(office_link(list->errand->office), ask, arguments, n_arguments);
    if (r < 0)
        done(ask, r, NULL);
}

static void ask_texts(struct order_list *list, struct list_row *row)
{
    struct key key = key_of(KEY_TEXTS, list->errand->subdistrict, row->order->id);
    const struct slice arguments[] = { slice_text("LRANGE"), key_slice(&key), slice_text("0"),
                                       slice_text("-1") };

    row->list = list;
    list_ask(list, &row->ask, texts_arrived, arguments, COUNT_OF(arguments));
}

static void list_load_rows(struct order_list *list)
{
    const char *code = list->errand->subdistrict;
    struct key keys[PAGE_ROWS_MAX];
    struct slice arguments[1 + PAGE_ROWS_MAX] = { slice_text("MGET") };
    size_t n = list->n_rows;

    list->waiting = 1; /* this function's own, so that the answer comes after all were asked */
    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of(KEY_IDENTITY, code, list->rows[i].order->id);
        arguments[1 + i] = key_slice(&keys[i]);
        ask_texts(list, &list->rows[i]);
    }
    if (n > 0)
        list_ask(list, &list->identities, identities_arrived, arguments, 1 + n);
    list_arrived(list, 0);
}

/* records ------------------------------------------------------------------------------------- */

/* An index is read before the record: what moved in between will be met at its new place. */
static bool list_wants(const struct order_list *list, const struct order *order,
                       const struct scan_entry *entry)
{
    const struct errand *errand = list->errand;

    if (!order || !order_filter_matches(&list->filter, order))
        return false;
    if (list->plan.by_due && order->clocks[list->filter.clock].due_ms != entry->score)
        return false;
    return may_on(&errand->principal, errand->row->permission, order, NULL);
}

static void list_read(struct order_list *list)
{
    size_t batch = list->rows_max - list->n_rows;

    /* What only passes through the filter costs: larger batches once that is seen. */
    if (list->n_records > list->n_rows || batch > SCAN_BATCH_MAX)
        batch = SCAN_BATCH_MAX;
    order_scan_next(&list->scan, batch);
}

static void list_fetched(struct order_fetch *fetch, int status)
{
    struct order_list *list = CONTAINER_OF(fetch, struct order_list, fetch);

    list->last = list->scan.last;
    list->more = !list->scan.ended;
    list->n_records += fetch->count;
    for (size_t i = 0; status == 0 && i < fetch->count; i++) {
        struct list_row *row = &list->rows[list->n_rows];

        if (list->n_rows == list->rows_max) {
            list->last = list->rows[list->n_rows - 1].entry;
            list->more = true;
            break;
        }
        if (!list_wants(list, fetch->orders[i], &list->scan.entries[i]))
            continue;
        row->order = arena_copy(list->errand->arena, fetch->orders[i], sizeof(*row->order));
        row->entry = list->scan.entries[i];
        if (row->order)
            list->n_rows++;
        else
            status = -ENOMEM;
    }
    arena_release(&list->batch);
    if (status < 0)
        road_trouble(list->errand, status);
    else if (list->more && list->n_rows < list->rows_max && list->n_records < RECORDS_MAX)
        list_read(list);
    else
        list_load_rows(list);
}

static void list_scanned(struct order_scan *scan, int status)
{
    struct order_list *list = CONTAINER_OF(scan, struct order_list, scan);

    if (status < 0) {
        road_trouble(list->errand, status);
        return;
    }
    if (scan->count == 0) {
        list->last = scan->last;
        list->more = !scan->ended;
        list_load_rows(list);
        return;
    }
    arena_init(&list->batch, BATCH_BYTES_MAX);
    memcpy(list->fetch.ids, scan->ids, sizeof(scan->ids[0]) * scan->count);
    list->fetch.count = scan->count;
    order_fetch_send(&list->fetch);
}

/* the request --------------------------------------------------------------------------------- */

static const struct refusal *list_prepare(struct order_list *list)
{
    struct errand *errand = list->errand;
    const Hotline__V1__ListOrdersRequest *ask = (const void *)errand->request;
    const struct refusal *refusal;
    struct order_confines confines;
    struct page_position position;

    refusal = order_filter_of(ask->filter, errand->subdistrict, errand->arena, &list->filter);
    if (refusal)
        return refusal;
    order_confines_of(&errand->principal, errand->row->permission, &confines);
    order_plan_make(&list->filter, &confines, errand->subdistrict, &list->plan);
    list->binding.key = &office_settings(errand->office)->page_token_key;
    list->binding.subdistrict = errand->subdistrict;
    if (!page_query_of(errand->request, errand->arena, &list->binding.query))
        return refusal_new(errand->arena, FAULT_TOO_LARGE);
    if (ask->page_token[0] && !(page_token_open(&list->binding, ask->page_token, &position) &&
                                order_scan_continue(&list->scan, &position)))
        return refusal_new(errand->arena, FAULT_PAGE_TOKEN_INVALID);
    list->rows_max = ask->page_size ? ask->page_size : PAGE_ROWS_DEFAULT;
    if (list->rows_max > PAGE_ROWS_MAX)
        list->rows_max = PAGE_ROWS_MAX;
    list->rows = ARENA_ARRAY(errand->arena, struct list_row, list->rows_max + 1);
    return list->rows ? NULL : refusal_new(errand->arena, FAULT_TOO_LARGE);
}

static void list_orders(struct errand *errand)
{
    struct order_list *list = ARENA_NEW(errand->arena, struct order_list);

    if (!list) {
        road_refuse(errand, FAULT_TOO_LARGE);
        return;
    }
    list->errand = errand;
    errand->refusal = list_prepare(list);
    if (errand->refusal) {
        road_finish(errand);
        return;
    }
    list->scan.office = list->fetch.office = errand->office;
    list->scan.subdistrict = list->fetch.subdistrict = errand->subdistrict;
    list->scan.deadline_ms = list->fetch.deadline_ms = errand->deadline_ms;
    list->scan.plan = &list->plan;
    list->scan.district_number = list->filter.district_number;
    list->scan.clock = list->filter.clock;
    list->scan.arena = errand->arena;
    list->scan.done = list_scanned;
    list->fetch.arena = &list->batch;
    list->fetch.done = list_fetched;
    list_read(list);
}

const struct road_row list_orders_row = {
    .method = "ListOrders", /* 工单列表 */
    .permission = MAY_LIST_ORDERS,
    .load = LOAD_NOTHING,
    .walk = list_orders,
};
