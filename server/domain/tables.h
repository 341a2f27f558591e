/*
 * tables.h - the tables a clerk can read: states, clocks, commands, lifecycle, guards.
 * One row per fact; the linter test (tests/unit/test_tables.c) keeps them honest, and the clerk
 * pages (api/LIFECYCLE.zh-CN.md, lifecycle.dot) are generated from them.
 */
#ifndef HOTLINE_DOMAIN_TABLES_H
#define HOTLINE_DOMAIN_TABLES_H

#include "base/fault.h"
#include "domain/decide.h"

/* A set of clocks or states. */
#define CLK(name) (1u << CLOCK_##name)
#define IN(name) (1u << ORDER_STATE_##name)

/* Who must act: the desk whose work list shows the order. */
enum desk { DESK_NOBODY, DESK_OFFICE, DESK_UNIT, DESK_LEADER, DESK_DISTRICT };

/* What a citizen is told (coarse status). */
enum shown_as {
    SHOWN_NONE,
    SHOWN_RECEIVED,
    SHOWN_IN_PROGRESS,
    SHOWN_ANSWERED,
    SHOWN_CLOSED,
    SHOWN_WITHDRAWN
};

struct state_row {
    const char *name, *zh, *en;
    enum desk acts;
    uint32_t runs, holds; /* clocks; entering the state voids every other one */
    enum shown_as shown_as;
    bool final;
};
extern const struct state_row states[ORDER_STATE_MAX]; /* empty name: not in this release */

enum clock_hardness { CLOCK_HARD, CLOCK_SOFT, CLOCK_WINDOW, CLOCK_WATCH };
enum clock_scope { SCOPE_ORDER, SCOPE_ASSIGNMENT, SCOPE_VISIT, SCOPE_EXTENSION };

struct clock_row {
    const char *name, *zh, *en;
    const char *article;
    enum clock_hardness hardness; /* only hard clocks are marked overdue */
    enum clock_scope scope;
    enum desk owner;  /* who must act before it ends */
    bool by_class;    /* its length follows the limit class */
    const char *from; /* 自何时起算, a Chinese sentence */
};
extern const struct clock_row clocks[CLOCK_MAX];

struct command_row {
    const char *name; /* RPC name, "TakeOrder" */
    const char *zh, *en;
};
extern const struct command_row commands[COMMAND_MAX];

struct role_row {
    const char *name; /* as in the API, without its prefix */
    const char *zh, *en;
};
extern const struct role_row role_names[ROLE_MAX];

/* A guard is pure; it is of the order (ListAvailableCommands asks it), or it needs the payload or
 * the person. */
struct guard {
    const char *name, *zh;
    bool of_payload;
    enum fault_id fault;
    const char *field; /* of the request, named by the refusal; NULL: no single field is wrong */
    bool (*holds)(const struct situation *situation, const struct command *command);
    /* What would be allowed: adds facts to the refusal. May be NULL. */
    void (*explain)(const struct situation *situation, const struct command *command,
                    struct arena *a, struct refusal *refusal);
};

enum { GUARDS_A_ROW = 12 }; /* one stays NULL: the end */

struct lifecycle_row {
    uint32_t number; /* T number of DOMAIN 2.3; 0 = has none */
    uint32_t when;   /* states */
    enum command_kind command;
    uint32_t by; /* roles */
    /* Among rows of one state, command and role the first whose `given` holds is taken. Such rows
     * end with one that has no `given`. */
    bool (*given)(const struct situation *situation, const struct command *command);
    const char *given_zh;
    const struct guard *provided[GUARDS_A_ROW];   /* asked in this order */
    enum order_state then;                        /* UNSPECIFIED = stays */
    uint32_t start, restart, pause, resume, meet; /* clocks; they override what the state says */
    const char *article;
    const char *zh; /* one Chinese sentence: who does what, what follows */
};
extern const struct lifecycle_row lifecycle[];
extern const size_t lifecycle_rows;

/* The row that applies to this order, command and the actor's role, or NULL. */
const struct lifecycle_row *lifecycle_find(const struct situation *situation,
                                           const struct command *command);
/* Roles that some row lets do this in one of these states; 0 = none. */
uint32_t lifecycle_roles(uint32_t when, enum command_kind command);

/* Clerk pages, generated: Markdown and Graphviz text in the arena. */
const char *lifecycle_page_zh(const struct rules *rules, struct arena *a);
const char *lifecycle_picture(struct arena *a);

#endif
