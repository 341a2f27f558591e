/*
 * demo.h - the demonstration: a year of a subdistrict, told on the manual clock.
 *
 * The plan is a diary: entries (when, order, act) in the order of time, made from the samples
 * (receive, accept, contact, dispatch) and from the stories of demo_diary.c. Every entry moves the
 * clock to its instant, acts as the person whose act it is, and checks the state it led to.
 */
#ifndef HOTLINE_CLI_DEMO_H
#define HOTLINE_CLI_DEMO_H

#include <pthread.h>

#include "cli/session.h"

enum { DEMO_INFORMED_MAX = 4, DEMO_PERSONS_MAX = 128, DEMO_REMINDERS_MAX = 4096 };

/* protobuf-c has no const; what it gets here is only packed. */
#define TEXT(constant) ((char *)(uintptr_t)(constant))

/* demo_samples.c: what samples.json says ------------------------------------------------------- */

struct demo_unit {
    const char *code, *name;
    Hotline__V1__UnitKind kind;
};

struct expected {
    const char *mode;      /* 法定, 商定, 指定 or "" */
    const char *main_unit; /* code */
    const char *informed[DEMO_INFORMED_MAX];
    size_t n_informed;
    int limit_days;
    const char *contact_due, *handle_due, *window_due; /* last dates; "" = none */
    bool provisional;
    int64_t dispatched_ms;
};

struct sample {
    const char *id, *number, *title, *content, *matter, *address, *area;
    const char *citizen, *phone;
    Hotline__V1__Sex sex;
    Hotline__V1__IntakeChannel channel;
    Hotline__V1__RequestCategory category;
    bool urgent, confidential;
    int64_t received_ms;
    struct expected expected;

    const char *order; /* its name, once received */
};

/* How it is dispatched in this release. */
bool sample_statutory(const struct sample *sample);

/* demo_watch.c: a watcher in a thread ----------------------------------------------------------- */

struct seen_reminder {
    char order[160], name[160]; /* of the order, of the reminder */
    Hotline__V1__ClockKind clock;
    Hotline__V1__Rung rung;
    int64_t raised_ms;
    char text[301];
    bool told; /* printed already */
};

struct watcher {
    struct session *session;
    struct hotline *h;
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t news;
    struct seen_reminder *seen;
    size_t n_seen;
    bool open; /* the server has said `created` */
    int ended; /* how the watch ended; 0 while it runs */
};

int watcher_start(struct watcher *watcher, struct session *session, struct hotline *as);
void watcher_stop(struct watcher *watcher);
/* Waits for a reminder of this order, clock and rung. 0, -ETIMEDOUT. A copy when found. */
int watcher_wait(struct watcher *watcher, const char *order, Hotline__V1__ClockKind clock,
                 Hotline__V1__Rung rung, struct seen_reminder *ret_seen);
/* Prints the reminders of an order that were not printed yet. */
void watcher_tell(struct watcher *watcher, const char *order);

/* the whole -------------------------------------------------------------------------------------- */

struct demo {
    struct session *session;
    struct demo_unit *units;
    size_t n_units;
    struct sample *samples; /* by time of receipt */
    size_t n_samples;
    struct hotline *admin, *district;
    struct {
        const char *id;
        struct hotline *h;
    } persons[DEMO_PERSONS_MAX];
    size_t n_persons;
    int64_t now_ms; /* office time */
    bool line_open; /* the diary's line goes on */
    struct watcher watcher;
    size_t n_checks, n_differences, n_calls;
};

int samples_read(struct demo *demo, const char *path);
/* 24 units, their persons, the office, a leader with a portfolio. */
int directory_load(struct demo *demo);
/* The handle of a person: "clerk", "head", "spec-u01", ... */
struct hotline *person(struct demo *demo, const char *id);
/* "spec-u01" of unit U01. */
const char *specialist_of(struct demo *demo, const char *unit_code);
/* Moves the manual clock forward; an instant that has passed moves nothing. */
int advance(struct demo *demo, int64_t to_ms);
const char *resource(struct demo *demo, const char *collection, const char *id);

/* demo_acts.c: what is done with an order -------------------------------------------------------- */

enum act_kind {
    ACT_RECEIVE,
    ACT_ACCEPT,
    ACT_CONTACT,
    ACT_DISPATCH,
    ACT_TAKE,
    ACT_PROGRESS,
    ACT_REPORT,
    ACT_REPLY,
    ACT_REPLY_PLAN,
    ACT_REPLY_WAY,
    ACT_REJECT,
    ACT_ACCEPT_REPLY,
    ACT_VISIT_ATTEMPT,
    ACT_VISIT,
    ACT_SUBMIT,
    ACT_CLOSE,
    ACT_AWAIT_HALF,
    ACT_AWAIT_LAST_DAY,
    ACT_AWAIT_TWO_HOURS,
    ACT_AWAIT_OVERDUE,
    ACT_AWAIT_DAY_AFTER,
    ACT_ACKNOWLEDGE,
    ACT_MAX,
};

struct entry {
    int64_t at_ms;
    size_t place; /* in the plan: keeps the order of equal instants */
    struct sample *sample;
    enum act_kind act;
    const char *text;
};

struct act {
    const char *zh, *en;
    Hotline__V1__OrderState then; /* UNSPECIFIED = the state stays */
    int (*run)(struct demo *demo, const struct entry *entry);
};
extern const struct act acts[ACT_MAX];

/* demo_diary.c, demo_table.c --------------------------------------------------------------------- */

int diary_follow(struct demo *demo);
/* The table of orders, each compared with what its sample expects. -EILSEQ on a difference. */
int table_compare(struct demo *demo);

#endif
