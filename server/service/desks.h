/*
 * desks.h - the desks: one gRPC service each, a table of its RPCs (STYLE 12).
 *
 * A row says what is asked of the office, what of it must be checked against the order, and who may
 * ask. What the caller sees is the same for every command: the order afterwards. A desk file holds
 * its `ask_` functions (the request as the domain's command), its `check_` functions and its table,
 * and nothing else.
 */
#ifndef HOTLINE_SERVICE_DESKS_H
#define HOTLINE_SERVICE_DESKS_H

#include "google/protobuf/timestamp.pb-c.h"
#include "hotline/v1/order.pb-c.h"
#include "rpc/rpc.h"
#include "service/road.h"
#include "service/view_order.h"

extern const struct rpc_service desk_intake;       /* 受理 */
extern const struct rpc_service desk_dispatch;     /* 派单 */
extern const struct rpc_service desk_handling;     /* 办理 */
extern const struct rpc_service desk_review;       /* 审核与结案 */
extern const struct rpc_service desk_return_visit; /* 回访 */
extern const struct rpc_service desk_order;        /* 工单查询 */

/* rows ---------------------------------------------------------------------------------------- */

enum { NO_WORDS = 0, WORDS = 1 }; /* is the request kept as a text of the order? */

/* A command on an order that exists. */
#define ORDER_COMMAND(name, ask_, check_, permission_, words_)                                     \
    {                                                                                              \
        (name), RPC_UNARY, road_serve, NULL, &(const struct road_row)                              \
        {                                                                                          \
            .method = (name), .permission = (permission_), .load = LOAD_ORDER,                     \
            .collection = "orders", .ask = (ask_), .check = (check_), .view = desk_answer,         \
            .brings_text = (words_),                                                               \
        }                                                                                          \
    }

/* A read of one order: of its facts, of texts and identity too, of the history too. */
enum { FACTS = 0, TEXTS = 1, HISTORY = 2 };
#define ORDER_READ(name, read_, permission_, wants)                                                \
    {                                                                                              \
        (name), RPC_UNARY, road_serve, NULL, &(const struct road_row)                              \
        {                                                                                          \
            .method = (name), .permission = (permission_), .load = LOAD_ORDER,                     \
            .collection = "orders", .read = (read_), .needs_texts = (wants) >= TEXTS,              \
            .needs_history = (wants) >= HISTORY,                                                   \
        }                                                                                          \
    }

#define DESK(descriptor_, rows)                                                                    \
    {                                                                                              \
        .descriptor = &(descriptor_), .methods = (rows), .n_methods = COUNT_OF(rows),              \
    }

/* what is asked ------------------------------------------------------------------------------- */

/* Everything that is wrong with a request, field by field; refusal stays NULL when nothing is. */
struct wrong {
    struct errand *errand;
    struct refusal *refusal;
};
void wrong_field(struct wrong *wrong, const char *field, const char *zh, const char *en);
/* The same for an entry of a list: "reasons[3]". */
void wrong_entry(struct wrong *wrong, const char *list, size_t index, const char *zh,
                 const char *en);

/* Copies a text into its array, or says that it is too long. */
void take_text(struct wrong *wrong, const char *field, const char *text, char *to, size_t size);
#define TAKE_TEXT(wrong, field, text, array)                                                       \
    take_text((wrong), (field), (text), (array), sizeof(array))
/* The code of a unit of this subdistrict from its resource name; "" stays "". */
void take_unit(struct wrong *wrong, const char *field, const char *name,
               char code[UNIT_CODE_BYTES]);
/* An instant of the caller's clock, not ahead of ours by more than skew_ms. */
enum { NO_SKEW_MS = 0, DISTRICT_SKEW_MS = 5 * 60 * 1000 };
int64_t take_past(struct wrong *wrong, const char *field, const Google__Protobuf__Timestamp *time,
                  int64_t skew_ms);
/* A telephone call or message names the line it used, unless there was none to make. */
void ask_line(struct wrong *wrong, Hotline__V1__ContactChannel channel,
              Hotline__V1__ContactLine line, Hotline__V1__ContactResult result);
/* The citizen has that many telephones. NULL or a refusal. */
const struct refusal *check_line(struct errand *errand, Hotline__V1__ContactLine line);

/* what the caller sees ------------------------------------------------------------------------ */

/* The order as this errand may show it: after a command, or as it was loaded. */
Hotline__V1__Order *desk_order_view(struct errand *errand);
/* {order, cursor, replayed}, the answer of every order command. */
ProtobufCMessage *desk_answer(struct errand *errand);

#endif
