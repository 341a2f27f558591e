/*
 * order.h - an order (工单) as the office knows it: facts, clocks, references; no text, no identity.
 *
 * Plain data, copied freely. Invariants: `state` answers "who must act next?"; the clocks that
 * run or are held are those its state lists (states.c); texts are referred to by number and stand
 * in records of their own; replaying the history through order_apply() gives this very struct.
 */
#ifndef HOTLINE_DOMAIN_ORDER_H
#define HOTLINE_DOMAIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/types.h"

enum {
    ORDER_ID_BYTES = 17, /* 16 characters, sortable by creation */
    UNIT_CODE_BYTES = 33,
    PERSON_ID_BYTES = 48,
    NUMBER_BYTES = 65, /* district, city, closing numbers */
    MATTER_CODE_BYTES = 33,
    GRID_BYTES = 48,
    INFORMED_MAX = 20,
    CONTACTS_MAX = 12, /* newest kept here; all stand in the history */
    REPLIES_MAX = 8,
    VISITS_MAX = 12,
    REASONS_MAX = 11,
    PHONES_MAX = 3,
    BLIND_INDEX_BYTES = 16,
};

/* Who did it: role and staff id, or a machine's id. Never a name. */
struct actor {
    enum role role;
    char id[PERSON_ID_BYTES];
};

/* One running, held or stopped clock; the kind is its index in order.clocks. */
struct clock {
    enum clock_status status;
    uint32_t stamp; /* 1, 2 ...; a restart counts up, so an old timer entry is recognised */
    int64_t start_ms, due_ms; /* due is exclusive */
    int64_t stopped_ms;       /* when MET, VOID or SUPERSEDED */
    int64_t overdue_ms;       /* commit instant of its OVERDUE event; 0 = none */
    int64_t wake_ms;          /* next instant the timer must look at it; 0 = never */
    int32_t provisional_from; /* civil day; 0 = the calendar is official */
    uint32_t calendar_version;
    struct {
        enum length_unit unit;
        int32_t amount;
    } length;
    uint8_t rungs_fired; /* rungs 0..n-1 are behind us */
    int64_t rung_ms;     /* when the newest one fired; 0 = none */
    bool rung_acknowledged;
};

struct contact {
    int64_t at_ms;
    uint32_t channel, line; /* API enums, passed through */
    enum contact_result result;
    bool by_unit; /* the unit's own contact (indicator 1), not the office's */
    struct actor by;
    uint32_t text; /* number of its text record; 0 = none */
};

struct reply {
    uint32_t number; /* 1, 2 ... */
    int64_t submitted_ms;
    struct actor author;
    enum result_type result;
    enum handling_basis basis;
    uint32_t answer_channel;
    int64_t answered_ms; /* when the citizen was answered (article 8(4)) */
    int32_t plan_day;    /* 0 = no plan */
    uint32_t text;
    int64_t reviewed_ms; /* 0 = waiting */
    struct actor reviewer;
    bool accepted;
    bool late; /* submitted after the handling limit */
    uint32_t reasons[REASONS_MAX];
    size_t n_reasons;
    uint32_t review_text;
};

struct visit {
    int64_t at_ms;
    uint32_t channel;
    enum contact_result result;
    enum visit_outcome outcome; /* unspecified for an attempt that decided nothing */
    struct actor by;
    /* the three indicators of article 11, API enums passed through */
    uint32_t contacted, informed, solved, explained, attitude, handling, understanding;
    bool bad_attitude;
    uint32_t text;
};

struct assignment {
    uint32_t number; /* 1, 2 ...; 0 = never dispatched */
    enum dispatch_mode mode;
    char main_unit[UNIT_CODE_BYTES];
    char informed[INFORMED_MAX][UNIT_CODE_BYTES];
    size_t n_informed;
    enum limit_class limit;
    int64_t delivered_ms, taken_ms;
    struct actor taken_by;
    uint32_t text; /* legal basis, reason of the class */
};

struct order {
    char id[ORDER_ID_BYTES];
    uint64_t version; /* of the fact record; 0 = not stored yet */
    enum order_state state;
    /* intake (article 6) */
    char district_number[NUMBER_BYTES], city_number[NUMBER_BYTES];
    uint32_t channel; /* API enum */
    enum request_category category;
    char matter_code[MATTER_CODE_BYTES];
    char area_unit[UNIT_CODE_BYTES]; /* residential area of the place */
    char grid[GRID_BYTES];
    int64_t received_ms; /* delivery by the district: day 0 of D-CONTACT */
    int64_t recorded_ms; /* committed here */
    bool urgent, confidential, major, multi_department;
    uint8_t phones[PHONES_MAX][BLIND_INDEX_BYTES]; /* keyed digests, never numbers */
    size_t n_phones;
    uint32_t amendments;
    uint8_t intake_digest[32]; /* of the received content: replay or amendment? */
    /* parts */
    struct assignment assignment;
    struct clock clocks[CLOCK_MAX];
    struct contact contacts[CONTACTS_MAX];
    size_t n_contacts;
    uint32_t progress_count;
    int64_t progress_ms;
    struct reply replies[REPLIES_MAX];
    size_t n_replies;
    uint32_t replies_rejected;
    struct visit visits[VISITS_MAX];
    size_t n_visits;
    bool visit_done;      /* this round */
    int64_t submitted_ms; /* to the district */
    char closing_number[NUMBER_BYTES];
    int64_t closed_ms;
    /* bookkeeping */
    uint32_t texts;  /* text records so far */
    uint32_t events; /* history entries so far */
    int64_t last_event_ms;
    uint32_t rules_version;
    uint8_t chain[32]; /* head of the hash chain over the history */
};

bool order_is_open(const struct order *order); /* exists and is in no final state */
/* The reply under review or last decided; NULL before the first. */
const struct reply *order_last_reply(const struct order *order);
/* Earliest wake instant of its running clocks; 0 = none. */
int64_t order_wake_ms(const struct order *order);
/* A hard clock is past its due instant now and running, or was missed and marked. */
bool order_is_overdue(const struct order *order, int64_t now_ms);

#endif
