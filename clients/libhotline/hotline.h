/*
 * hotline.h - the client of the 12345 citizen hotline: typed calls over mutual TLS.
 *
 * A `struct hotline` is a connection seen by one acting person. It may be used by any number of
 * threads at once; a call blocks its own thread only. Invariants:
 * - A command (a request with a `request_id`) is safe to give again: an empty request_id is filled
 *   with a new UUID, and every try of one call carries the same one.
 * - A call whose server is UNAVAILABLE, and only that, is tried again with growing pauses until its
 *   time is up. Nothing else is repeated.
 * - Functions return 0 or a negative errno and then say more in `error` (which may be NULL). The
 *   answer is written only on success. -EINPROGRESS: the command was sent and no answer came; it
 *   may have taken effect. Give it again with error->request_id.
 *
 *     struct hotline *h = NULL;
 *     struct hotline_error error = {0};
 *     Hotline__V1__TakeOrderRequest ask = HOTLINE__V1__TAKE_ORDER_REQUEST__INIT;
 *     Hotline__V1__TakeOrderResponse *answer = NULL;
 *
 *     if (hotline_create(&options, &h, &error) == 0 &&
 *         hotline_take_order(h, &ask, &answer, &error) == 0)
 *         puts(answer->order->name);
 *     else
 *         hotline_error_print(&error, "zh", stderr);
 *     hotline_message_free(answer);
 *     hotline_error_release(&error);
 *     hotline_free(h);
 */
#ifndef HOTLINE_H
#define HOTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <hotline/test/v1/manual_clock.pb-c.h>
#include <hotline/v1/calendar.pb-c.h>
#include <hotline/v1/deadline.pb-c.h>
#include <hotline/v1/directory.pb-c.h>
#include <hotline/v1/dispatch.pb-c.h>
#include <hotline/v1/handling.pb-c.h>
#include <hotline/v1/intake.pb-c.h>
#include <hotline/v1/order_service.pb-c.h>
#include <hotline/v1/return_visit.pb-c.h>
#include <hotline/v1/review.pb-c.h>

#include "hotline_calls.h"

struct hotline;

/* what went wrong ----------------------------------------------------------------------------- */

enum { HOTLINE_REQUEST_ID_BYTES = 37 };

struct hotline_error_field {
    const char *field, *description; /* path as in the request, and what is wrong with it */
};

struct hotline_error_fact {
    const char *key, *value; /* what would be allowed: state, allowed_commands, not_before, ... */
};

/* {0} is "nothing went wrong". Every call given an error clears it first; its texts live until the
 * next call with it or hotline_error_release(). Texts are never NULL after a failed call. */
struct hotline_error {
    int status;                          /* gRPC status code; 0 when the trouble is local */
    const char *reason;                  /* UPPER_SNAKE; "" when the server gave none */
    const char *message_zh, *message_en; /* for people */
    const char *article;                 /* of the rulebook; "" when it is technical */
    const char *request_id;              /* of the command; "" for reads */
    const struct hotline_error_field *fields;
    size_t n_fields;
    const struct hotline_error_fact *facts;
    size_t n_facts;
    int64_t retry_after_ms; /* the server's advice; 0 = none */
    void *owned;
};

void hotline_error_release(struct hotline_error *error);
/* Some lines for people; language "zh", anything else is English. */
void hotline_error_print(const struct hotline_error *error, const char *language, FILE *out);
/* The value of a fact, NULL when the server did not state it. */
const char *hotline_error_fact(const struct hotline_error *error, const char *key);

/* life cycle ---------------------------------------------------------------------------------- */

struct hotline_options {
    const char *target;      /* "127.0.0.1:8443" */
    const char *server_name; /* name in the server's certificate; NULL = the host of target */
    const char *ca_path, *certificate_path, *key_path; /* PEM */
    const char *person;     /* acting person, for certificates of a backend; NULL = none */
    int64_t call_ms_max;    /* a call with all its tries; 0 = 10 s */
    int64_t silence_ms_max; /* a watch that hears nothing so long connects anew; 0 = 35 s */
    int tries_max;          /* of a call; 0 = as many as its time allows */
};

/* Connects at the first call, not here: fails only for files that cannot be read or are no PEM. */
int hotline_create(const struct hotline_options *options, struct hotline **ret,
                   struct hotline_error *error);
/* The same connection for another person and another call_ms_max (NULL, 0 = as h). Free it too. */
int hotline_derive(const struct hotline *h, const char *person, int64_t call_ms_max,
                   struct hotline **ret);
/* Ends all calls running on this handle with -ECANCELED, and all later ones. Any thread. */
void hotline_interrupt(struct hotline *h);
/* No call may be running. Accepts NULL, returns NULL. */
struct hotline *hotline_free(struct hotline *h);

/* Frees a message that a call answered. Accepts NULL, returns NULL. */
void *hotline_message_free(void *message);
/* gRPC's own log on stderr, for the whole process: whether it is shown. */
void hotline_transport_log(bool on);
/* A new random UUID (version 4). 0 or -EIO. */
int hotline_request_id(char text[HOTLINE_REQUEST_ID_BYTES]);

/* calls --------------------------------------------------------------------------------------- */

#define HOTLINE_DECLARE(name, Package, Method)                                                     \
    int hotline_##name(struct hotline *h, const Package##__##Method##Request *ask,                 \
                       Package##__##Method##Response **ret_answer, struct hotline_error *error);
#define HOTLINE_DECLARE_V1(name, service, Method) HOTLINE_DECLARE(name, Hotline__V1, Method)
#define HOTLINE_DECLARE_TEST(name, service, Method) HOTLINE_DECLARE(name, Hotline__Test__V1, Method)

HOTLINE_CALLS(HOTLINE_DECLARE_V1, HOTLINE_DECLARE_TEST)

/* 0 and the answer of grpc.health.v1.Health/Check; service "" is the server as a whole. */
int hotline_check_health(struct hotline *h, const char *service, bool *ret_serving,
                         struct hotline_error *error);

/* streams ------------------------------------------------------------------------------------- */

/* Messages are borrowed until return. 0 goes on, anything else ends the stream and is returned. */
typedef int hotline_due_fn(void *user, const Hotline__V1__ListDueResponse *message);
typedef int hotline_reminder_fn(void *user, const Hotline__V1__WatchRemindersResponse *message);

/* Ends by itself, after the last row. Not repeated: rows were handed out already. */
int hotline_list_due(struct hotline *h, const Hotline__V1__ListDueRequest *ask,
                     hotline_due_fn *each, void *user, struct hotline_error *error);
/* Goes on until each() or hotline_interrupt() ends it, or the server refuses. When the connection
 * breaks it comes back after the last cursor, so every reminder comes at least once, in order. */
int hotline_watch_reminders(struct hotline *h, const Hotline__V1__WatchRemindersRequest *ask,
                            hotline_reminder_fn *each, void *user, struct hotline_error *error);

/* by name, for programs that know the method only at run time --------------------------------- */

struct hotline_method {
    const char *name; /* "TakeOrder" */
    const char *path; /* "/hotline.v1.HandlingService/TakeOrder" */
    const ProtobufCMessageDescriptor *request, *answer;
    bool stream; /* the server streams */
};

size_t hotline_methods(const struct hotline_method **ret_methods);
/* NULL when there is none of this name. */
const struct hotline_method *hotline_method_of(const char *name);
int hotline_call(struct hotline *h, const struct hotline_method *method,
                 const ProtobufCMessage *ask, ProtobufCMessage **ret_answer,
                 struct hotline_error *error);

#endif
