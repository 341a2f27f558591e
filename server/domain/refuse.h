/*
 * refuse.h - saying no in a way that helps: which article, what state, what is allowed instead.
 * Private to the domain.
 */
#ifndef HOTLINE_DOMAIN_REFUSE_H
#define HOTLINE_DOMAIN_REFUSE_H

#include <string.h>

#include "base/arena.h"
#include "domain/tables.h"

/* A refusal with the facts article, state, state_zh. article: cited when the fault has none. */
struct refusal *refuse(const struct situation *situation, enum fault_id fault, const char *article,
                       struct arena *a);
/* The same, and the commands allowed to these roles now. */
struct refusal *refuse_with_help(const struct situation *situation, enum fault_id fault,
                                 const char *article, uint32_t roles_asking, struct arena *a);
/* The first guard of the row that does not hold, or NULL. of_payload: ask those too. */
const struct guard *guard_broken(const struct situation *situation, const struct command *command,
                                 const struct lifecycle_row *row, bool of_payload);
/* Article of the first row that names the command; "" when none does. */
const char *article_of(enum command_kind command);
/* A list with one more item; NULL without memory, and for a list that was lost so. */
const char *list_with(const char *list, const char *between, const char *item, struct arena *a);
/* "2026-07-15T09:12:40+08:00" in the arena; NULL without memory. */
const char *instant_text(int64_t at_ms, struct arena *a);

#endif
