/* order_sieve.c - one ZRANGE a unit, all in one turn; then sorted. */
#include "service/order_sieve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#include "base/base.h"

struct sieve_ask {
    struct storage_ask ask;
    struct order_sieve *sieve;
};

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void sieve_arrived(struct order_sieve *sieve, int status)
{
    if (status < 0 && sieve->trouble == 0)
        sieve->trouble = status;
    if (--sieve->waiting > 0)
        return;
    if (sieve->ids)
        qsort(sieve->ids, sieve->n_ids, sizeof(*sieve->ids), compare_ids);
    sieve->done(sieve, sieve->trouble);
}

static void ids_arrived(struct storage_ask *ask, int status, const struct answer *answer)
{
    struct order_sieve *sieve = CONTAINER_OF(ask, struct sieve_ask, ask)->sieve;
    size_t n = status == 0 ? answer_count(answer) : 0;

    for (size_t i = 0; i < n && !sieve->too_many; i++) {
        struct slice id = answer_bytes(answer_at(answer, i));

        if (sieve->n_ids == SIEVE_IDS_MAX)
            sieve->too_many = true;
        else if (id.size > 0 && id.size < ORDER_ID_BYTES)
            memcpy(sieve->ids[sieve->n_ids++], id.data, id.size); /* the arena zeroed the rest */
    }
    sieve_arrived(sieve, status);
}

void order_sieve_read(struct order_sieve *sieve)
{
    char last[24];

    sieve->waiting = 1; /* this function's own, so that done() comes after all were asked */
    if (sieve->n_keys > 0) {
        sieve->asks = ARENA_ARRAY(sieve->arena, struct sieve_ask, sieve->n_keys);
        sieve->ids = arena_alloc(sieve->arena, sizeof(*sieve->ids) * SIEVE_IDS_MAX);
        if (!sieve->asks || !sieve->ids) {
            sieve_arrived(sieve, -ENOMEM);
            return;
        }
    }
    (void)snprintf(last, sizeof(last), "%d", SIEVE_IDS_MAX);
    for (size_t i = 0; i < sieve->n_keys; i++) {
        const struct slice arguments[] = { slice_text("ZRANGE"), key_slice(&sieve->keys[i]),
                                           slice_text("0"), slice_text(last) };
        struct sieve_ask *ask = &sieve->asks[i];
        int r;

        ask->sieve = sieve;
        ask->ask = (struct storage_ask){ .done = ids_arrived, .deadline_ms = sieve->deadline_ms };
        sieve->waiting++;
        r = link_ask(office_link(sieve->office), &ask->ask, arguments, COUNT_OF(arguments));
        if (r < 0)
            sieve_arrived(sieve, r);
    }
    sieve_arrived(sieve, 0);
}

bool order_sieve_passes(const struct order_sieve *sieve, const char *id)
{
    return sieve->n_keys == 0 || sieve->too_many ||
           bsearch(id, sieve->ids, sieve->n_ids, sizeof(*sieve->ids), compare_ids);
}
