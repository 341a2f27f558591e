/*
 * bare_commit.h - commits with exactly the arguments and sizes that TakeOrder sends, made by the
 * domain and the codec beforehand, so that sending one costs nothing but the sending.
 */
#ifndef HOTLINE_BENCH_BARE_COMMIT_H
#define HOTLINE_BENCH_BARE_COMMIT_H

#include "hotline/v1/order.pb-c.h"
#include "storage/commit.h"

struct bare_commits;

/* Writes the records the commits change. */
int bare_commits_create(const struct link_options *link, struct bare_commits **ret_commits);
struct bare_commits *bare_commits_free(struct bare_commits *commits);
/* The next commit: an order goes from DISPATCHED to HANDLING, or back. */
int bare_commits_send(struct bare_commits *commits, struct storage_link *link,
                      struct commit_ask *ask);
/* An order as an answer shows it, rendered beforehand: of the size of a command's answer, or, with
 * texts of 1.2 KB, of GetOrder's. */
Hotline__V1__Order *bare_commits_answer(struct bare_commits *commits, bool with_texts);
/* The record of some order. */
struct key bare_commits_key(const struct bare_commits *commits, uint64_t number);

#endif
