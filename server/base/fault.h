/*
 * fault.h - refusals: the office (or the server) says no, and says why.
 *
 * A fault is a constant row of faults.def: reason (the ErrorInfo reason that programs test),
 * gRPC status, whether a retry of the same call can help, the article it rests on, Chinese and
 * English text. A refusal is one occurrence: the fault, the fields it names and the facts that
 * say what would be allowed. Refusals live in the request's arena.
 */
#ifndef HOTLINE_BASE_FAULT_H
#define HOTLINE_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* gRPC status codes (google.rpc.Code), so that nobody outside rpc/ includes grpc for them. */
enum status_code {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_FAILED_PRECONDITION = 9,
    STATUS_ABORTED = 10,
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
    STATUS_UNAUTHENTICATED = 16,
};

enum fault_id {
    FAULT_NONE = 0,
#define FAULT(id, status, retryable, article, zh, en) FAULT_##id,
#include "base/faults.def"
#undef FAULT
    FAULT_MAX,
};

struct fault {
    enum fault_id id;
    const char *reason; /* UPPER_SNAKE, stable */
    enum status_code status;
    bool retryable;      /* the very same call may succeed later: RetryInfo is sent */
    const char *article; /* of the rulebook, "8(2)"; "" when it is technical */
    const char *zh, *en;
};

/* The row of an id; never NULL for an id below FAULT_MAX. */
const struct fault *fault_of(enum fault_id id);

enum { REFUSAL_FIELDS_MAX = 16, REFUSAL_FACTS_MAX = 12 };

struct refusal_field {
    const char *field; /* path as in the request: "statutory.main_unit" */
    const char *zh, *en;
};

struct refusal_fact {
    const char *key, *value; /* ErrorInfo metadata: state, allowed_commands, until, article ... */
};

struct refusal {
    const struct fault *fault;
    struct refusal_field fields[REFUSAL_FIELDS_MAX];
    size_t n_fields;
    struct refusal_fact facts[REFUSAL_FACTS_MAX];
    size_t n_facts;
    int64_t retry_after_ms; /* used when the fault is retryable; 0 = one second */
};

/* A refusal of this fault in the arena. When the arena has failed, a constant refusal of the
 * same fault without details: never NULL. */
struct refusal *refusal_new(struct arena *a, enum fault_id id);
/* Adds a named field or a fact; silently full beyond the maximum (the first ones tell enough).
 * Return r, so that calls chain. Texts are borrowed: arena or constants. */
struct refusal *refusal_field(struct refusal *r, const char *field, const char *zh, const char *en);
struct refusal *refusal_fact(struct refusal *r, const char *key, const char *value);

#endif
