/*
 * road.h - the one road of a command (ARCHITECTURE 2):
 *
 *   bytes -> decode -> who is it -> may they (role) -> validate -> load (1 round trip)
 *         -> may they (this order) -> decide -> commit (1 round trip) -> view (mask) -> bytes
 *
 * Written once, in road.c. An RPC is a row: what it asks of the office, who may ask, what the
 * caller sees. An errand is one request on its way; it knows nothing of a gRPC call, so timers and
 * batches walk the same road. Reads leave after the second "may they". `validate_only` stops after
 * decide and consumes no request id. A version conflict goes back to load, a moved epoch back to
 * "who is it", both bounded.
 */
#ifndef HOTLINE_SERVICE_ROAD_H
#define HOTLINE_SERVICE_ROAD_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/fault.h"
#include "domain/decide.h"
#include "security/permission.h"
#include "security/principal.h"
#include "service/office.h"
#include "storage/record/record.h"

struct errand;

enum { RESOURCE_ID_BYTES = 96 };

/* What is loaded before the second "may they". */
enum road_load {
    LOAD_ORDER,    /* by the request's `name`: fact record, identity, texts (as the view needs) */
    LOAD_DELIVERY, /* ReceiveOrder: by the district's number; may not exist */
    LOAD_NOTHING,
};

/* A new snapshot record (directory, calendar): what a `change` row wants committed. */
struct snapshot_change {
    enum key_kind record;
    uint64_t expected_version;
    struct slice bytes;
    struct request_result result;
};

/* One RPC on the road. Exactly one of ask, read, change and walk is set. */
struct road_row {
    const char *method; /* "TakeOrder" */
    enum permission permission;
    enum road_load load;
    const char *collection; /* of the request's `name`: "orders", "units"; NULL: it is a `parent` */
    const char *inside;     /* "/reminders/" when the name goes on inside that resource */
    /* The request as the domain's command. Pure: no I/O; memory from the errand's arena. Sets
     * kind and payload; actor and has_text are the road's. NULL or a refusal. */
    const struct refusal *(*ask)(struct errand *errand, const ProtobufCMessage *request,
                                 struct command *ret_command);
    /* What only the loaded order can say of the payload (a line the citizen has, a time before
     * receipt); fills in what `ask` could not know. Pure; runs again after a conflict. May be
     * NULL. */
    const struct refusal *(*check)(struct errand *errand, struct command *command);
    /* A read: renders the answer from what was loaded. */
    const struct refusal *(*read)(struct errand *errand, ProtobufCMessage **ret_response);
    /* A change of the subdistrict's snapshot. Pure, as ask. */
    const struct refusal *(*change)(struct errand *errand, const ProtobufCMessage *request,
                                    struct snapshot_change *ret_change);
    /* Anything else (lists, streams): goes on by itself and ends with road_finish(). */
    void (*walk)(struct errand *errand);
    /* The answer of a command or change (errand->after, cursor, replayed); NULL: none (timer). */
    ProtobufCMessage *(*view)(struct errand *errand);
    bool brings_text;   /* the request itself is kept as the command's text record */
    bool needs_texts;   /* the answer shows texts and identity */
    bool needs_history; /* the answer shows the history */
};

/* The first fields of every order command, in this order (a test compares descriptors). */
struct command_head {
    ProtobufCMessage base;
    char *name; /* or parent */
    char *request_id;
    char *etag;
    protobuf_c_boolean validate_only;
};

struct errand {
    /* set by whoever sends it */
    struct office *office;
    const struct road_row *row;
    const ProtobufCMessage *request;        /* borrowed until done(); NULL for timers */
    const struct certificate_names *caller; /* NULL = the timer */
    struct slice person;                    /* metadata hotline-person */
    int64_t deadline_ms;                    /* machine time */
    struct arena *arena;
    const struct refusal *invalid;       /* what validation found on the CQ thread, or NULL */
    void (*done)(struct errand *errand); /* outcome: response, or refusal */
    void *user;

    /* the outcome */
    ProtobufCMessage *response;
    const struct refusal *refusal;
    enum commit_verdict verdict; /* COMMIT_DONE, COMMIT_REPLAYED ... when there was a commit */

    /* on the way: filled step by step, read by rows */
    char subdistrict[SUBDISTRICT_BYTES_MAX];
    char resource[RESOURCE_ID_BYTES]; /* order id, or what `name` ends with */
    struct snapshot *snapshot;
    struct principal principal;
    int64_t now_ms;
    struct order *before, *after; /* facts loaded; facts decided (commands) */
    struct slice stored;          /* bytes of the fact record */
    struct slice identity_bytes;
    const struct slice *texts; /* entries of TEXTS, oldest first */
    size_t n_texts;
    const struct slice *history; /* entries of HISTORY, oldest first */
    size_t n_history;
    enum relation relation; /* how the caller stands to the order: the answer is masked by it */
    bool masked;            /* the row masked every entry by its own relation (lists) */
    struct command command;
    struct event event;
    uint64_t sequence; /* of the event committed */
    bool replayed;
    /* private to road.c */
    struct road_state *state;
};

/* Sends an errand on its way; done() comes exactly once, on the office's loop thread, perhaps
 * before this returns. The errand must outlive it. */
void road_run(struct errand *errand);

/* Ends an errand of a `walk` row: response or refusal is set. */
void road_finish(struct errand *errand);
/* Ends it with a plain refusal. */
void road_refuse(struct errand *errand, enum fault_id fault);
/* Ends it because storage answered with this status. */
void road_trouble(struct errand *errand, int status);

/* Refusals that rows make. The field names the request's field, e.g. "statutory.main_unit". */
const struct refusal *errand_field(struct errand *errand, const char *field, const char *zh,
                                   const char *en);
/* "subdistricts/<code>/orders/<id>" in the arena. */
const char *errand_order_name(const struct errand *errand);
/* Cursor of the event committed: opaque, "" when none. */
const char *errand_cursor(const struct errand *errand);

/* --- the gRPC side: every unary method of ours has this function ------------------------------- */
struct rpc_call;
void road_serve(struct rpc_call *call, const ProtobufCMessage *request);
/* Lanes to offices, and the rules of the API's fields; set once before the server starts. */
struct field_rules;
void road_open(struct office *const *offices, int lanes, const struct field_rules *rules);
const struct field_rules *road_field_rules(void);
/* The office of a lane (streams). */
struct office *road_office(int lane);

#endif
