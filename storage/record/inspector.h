/*
 * inspector.h - what check and rebuild share. Private to storage/record.
 *
 * An inspector asks Redis one command at a time and says what it finds. A survey is the list of
 * keys a subdistrict really has, from one SCAN: the records themselves are the truth, so nothing
 * is looked up through an index that may be the broken part.
 */
#ifndef HOTLINE_STORAGE_RECORD_INSPECTOR_H
#define HOTLINE_STORAGE_RECORD_INSPECTOR_H

#include "base/arena.h"
#include "domain/order.h"
#include "storage/keys.h"
#include "storage/record/check.h"

enum {
    FAULTS_SAID_MAX = 1000, /* more are only counted */
    ORDERS_A_CHUNK = 64,    /* MGET */
    ELEMENTS_A_CHUNK = 256, /* LRANGE, ZRANGE, XRANGE, UNLINK */
};

struct inspector {
    struct redis_tool *tool;
    void (*say)(void *user, const char *text);
    void *user;
    struct check_report report;
};

/* Says a line. Never personal data. */
void inspector_say(const struct inspector *inspector, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Counts a fault and says it, while they are not too many. */
void inspector_fault(struct inspector *inspector, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One command. *ret_answer is valid until the next one; a key of the wrong type is answered like
 * an absent one would be (nil or an empty list), for whoever misses it to say so. -ENOTCONN,
 * -EPROTO. */
int inspector_ask(struct inspector *inspector, const struct slice *words, size_t n_words,
                  const struct answer **ret_answer);
/* COMMAND key first last: LRANGE, ZRANGE ... WITHSCORES when with_scores. */
int inspector_ask_range(struct inspector *inspector, const char *command, const struct key *key,
                        int64_t first, bool with_scores, const struct answer **ret_answer);

/* --- names ------------------------------------------------------------------------------------ */
/* A list of texts, each once after names_sort(). */
struct names {
    char **list;
    size_t n, room;
};
int names_add(struct names *names, struct arena *a, struct slice name); /* 0, -ENOMEM */
void names_sort(struct names *names);
bool names_have(const struct names *names, const char *name);
void names_release(struct names *names);

/* Names of subdistricts in the registry that can be names of subdistricts; others are faults. */
int registry_read(struct inspector *inspector, struct arena *a, struct names *names);

/* --- survey ----------------------------------------------------------------------------------- */
struct survey {
    const char *subdistrict;
    struct arena memory;
    struct names orders, identities, texts, histories; /* order ids */
    struct names claims, indexes;                      /* whole keys */
};
/* Release it also when it fails. */
int survey_take(struct inspector *inspector, const char *subdistrict, struct survey *survey);
void survey_release(struct survey *survey);

/* --- every order ------------------------------------------------------------------------------ */
struct walk {
    /* The order is borrowed; 0 to go on, or a negative errno that ends the walk. */
    int (*visit)(void *context, const struct order *order);
    void *context;
    bool says_faults; /* an order that cannot be read is a fault; else it is passed over */
};
int survey_walk(struct inspector *inspector, const struct survey *survey, const struct walk *walk);

/* --- parts of the check ----------------------------------------------------------------------- */
/* History and texts of an order (check_history.c). */
int check_history(struct inspector *inspector, const char *subdistrict, const struct order *order);
/* Index entries and claims against those the orders should have (check_index.c). */
struct expectations;
int expectations_create(struct expectations **ret_expectations);
struct expectations *expectations_free(struct expectations *expectations);
int expect_order(struct expectations *expectations, const char *subdistrict,
                 const struct order *order);
int check_index(struct inspector *inspector, const struct survey *survey,
                struct expectations *expectations);
/* Numbering and readability of the event stream (check_events.c). */
int check_events(struct inspector *inspector, const char *subdistrict);

#endif
