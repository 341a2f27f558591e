/* demo_table.c - all orders as the server lists them, beside what the samples expect. */
#include <errno.h>
#include <string.h>

#include "cli/demo.h"
#include "cli/moment.h"
#include "cli/text.h"
#include "cli/view.h"
#include "cli/words.h"

#include "base/base.h"

/* Pages are small so that they are turned. */
enum { TITLE_COLUMNS = 24, PAGE_ORDERS = 10, PAGES_MAX = 32 };

/* The newest clock of a kind. */
static const Hotline__V1__Clock *clock_of(const Hotline__V1__Order *order,
                                          Hotline__V1__ClockKind kind)
{
    const Hotline__V1__Clock *found = NULL;

    for (size_t i = 0; i < order->n_clocks; i++)
        if (order->clocks[i]->kind == kind && (!found || order->clocks[i]->stamp > found->stamp))
            found = order->clocks[i];
    return found;
}

static const char *last_date(const Hotline__V1__Clock *clock)
{
    return clock ? clock->last_date : "";
}

/* "2026-02-24", or "2026-02-24≠2026-02-25" with what was expected. */
static const char *compared(struct demo *demo, const char *is, const char *should)
{
    bool same = strcmp(is, should) == 0;

    demo->n_checks++;
    demo->n_differences += !same;
    if (same)
        return *is ? is : "-";
    return arena_printf(&demo->session->arena, "%s≠%s", *is ? is : "-", *should ? should : "-");
}

/* How the samples call the ways that come with later releases. */
static const char *mode_word(const struct session *session, const char *mode)
{
    if (strcmp(mode, "商定") == 0)
        return say(session, mode, "negotiated");
    if (strcmp(mode, "指定") == 0)
        return say(session, mode, "designated");
    return say(session, "退单", "return");
}

static void order_row(struct demo *demo, struct table *table, const struct sample *sample,
                      const Hotline__V1__Order *order)
{
    const Hotline__V1__Clock *contact =
        clock_of(order, HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_CONTACT);
    const Hotline__V1__Clock *handle = clock_of(order, HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_HANDLE);
    const Hotline__V1__Clock *window =
        clock_of(order, HOTLINE__V1__CLOCK_KIND__CLOCK_KIND_EXTENSION_WINDOW);
    const struct expected *expected = &sample->expected;
    struct session *session = demo->session;
    bool statutory = sample_statutory(sample);
    const char *provisional = say(session, "暂定", "provisional");
    const char *waits = arena_printf(&session->arena, "%s%s", mode_word(session, expected->mode),
                                     say(session, "，待后续版本", ": later release"));

    TABLE_ROW(table, sample->id, moment_text_ms(&session->arena, sample->received_ms),
              text_cut(&session->arena, sample->title, TITLE_COLUMNS),
              WORD_OF(session, order_state, order->state), statutory ? expected->main_unit : "",
              compared(demo, last_date(contact), expected->contact_due),
              statutory ? compared(demo, last_date(handle), expected->handle_due) : "",
              statutory ? compared(demo, last_date(window), expected->window_due) : "",
              statutory ? compared(demo, handle && handle->provisional ? provisional : "",
                                   expected->provisional ? provisional : "")
                        : waits,
              handle && handle->overdue ? say(session, "超期", "overdue") : "");
}

/* All pages of the list; rows borrow from them. */
struct listing {
    Hotline__V1__ListOrdersResponse *pages[PAGES_MAX];
    size_t n_pages;
};

static int orders_list(struct demo *demo, struct listing *listing)
{
    Hotline__V1__ListOrdersRequest ask = HOTLINE__V1__LIST_ORDERS_REQUEST__INIT;
    bool more = true;

    ask.parent = TEXT(session_parent(demo->session));
    ask.page_size = PAGE_ORDERS;
    while (more && listing->n_pages < PAGES_MAX) {
        Hotline__V1__ListOrdersResponse *page = NULL;
        int r = hotline_list_orders(person(demo, "head"), &ask, &page, &demo->session->error);

        if (r < 0)
            return r;
        demo->n_calls++;
        listing->pages[listing->n_pages++] = page;
        ask.page_token = page->next_page_token;
        more = *page->next_page_token;
    }
    return 0;
}

static const Hotline__V1__Order *order_of(const struct listing *listing,
                                          const struct sample *sample)
{
    for (size_t i = 0; i < listing->n_pages; i++)
        for (size_t j = 0; j < listing->pages[i]->n_orders; j++)
            if (strcmp(listing->pages[i]->orders[j]->name, sample->order) == 0)
                return listing->pages[i]->orders[j];
    return NULL;
}

static int table_fill(struct demo *demo, struct table *table, const struct listing *listing)
{
    for (size_t i = 0; i < demo->n_samples; i++) {
        const Hotline__V1__Order *order = order_of(listing, &demo->samples[i]);

        if (!order) {
            fprintf(stderr, "%s: %s\n", demo->samples[i].id,
                    say(demo->session, "不在工单列表中", "is not in the list of orders"));
            return -EILSEQ;
        }
        order_row(demo, table, &demo->samples[i], order);
    }
    return 0;
}

int table_compare(struct demo *demo)
{
    struct session *session = demo->session;
    struct listing listing = { .n_pages = 0 };
    struct table table;
    int r;

    TABLE_HEAD(&table, &session->arena, say(session, "样例", "sample"),
               say(session, "收件", "received"), say(session, "标题", "title"),
               say(session, "状态", "state"), say(session, "主办", "unit"),
               say(session, "先行联系截止", "first contact"), say(session, "办理截止", "handling"),
               say(session, "延期窗口", "extension window"), say(session, "备注", "remarks"), "");
    r = orders_list(demo, &listing);
    if (r == 0)
        r = table_fill(demo, &table, &listing);
    if (r == 0)
        table_print(&table, stdout);
    for (size_t i = 0; i < listing.n_pages; i++)
        hotline_message_free(listing.pages[i]);
    return r < 0 ? r : demo->n_differences ? -EILSEQ : 0;
}
