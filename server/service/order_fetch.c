/* order_fetch.c - MGET, then decode each. */
#include "service/order_fetch.h"

#include <errno.h>
#include <stddef.h>

#include "storage/record/record.h"

#include "base/base.h"

/* Decodes straight from the answer: order_unpack copies what it keeps. */
static int order_of(struct order_fetch *fetch, struct slice stored, struct order **ret_order)
{
    uint64_t version;
    struct slice bytes;
    struct order *order;
    int r;

    *ret_order = NULL;
    record_split(stored, &version, &bytes);
    if (!bytes.size)
        return 0;
    order = ARENA_NEW(fetch->arena, struct order);
    if (!order)
        return -ENOMEM;
    r = order_unpack(bytes, fetch->arena, order);
    if (r < 0)
        return r;
    order->version = version;
    *ret_order = order;
    return 0;
}

static void order_fetch_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct order_fetch *fetch = CONTAINER_OF(ask, struct order_fetch, ask);

    for (size_t i = 0; status == 0 && i < fetch->count; i++)
        status = order_of(fetch, answer_bytes(answer_at(answer, i)), &fetch->orders[i]);
    fetch->done(fetch, status);
}

void order_fetch_send(struct order_fetch *fetch)
{
    struct key keys[ORDER_FETCH_MAX];
    struct slice arguments[1 + ORDER_FETCH_MAX] = { slice_text("MGET") };
    int r;

    must(fetch->count > 0 && fetch->count <= ORDER_FETCH_MAX);
    for (size_t i = 0; i < fetch->count; i++) {
        keys[i] = key_of(KEY_ORDER, fetch->subdistrict, fetch->ids[i]);
        arguments[1 + i] = key_slice(&keys[i]);
    }
    fetch->ask = (struct storage_ask){
        .done = order_fetch_arrived,
        .deadline_ms = fetch->deadline_ms,
    };
    r = link_ask(office_link(fetch->office), &fetch->ask, arguments, 1 + fetch->count);
    if (r < 0)
        fetch->done(fetch, r);
}
