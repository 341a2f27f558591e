/*
 * session.h - one run of the program: what was asked for, the connections, the language.
 *
 * Memory of a run lies in one arena. Connections are made when first used, one per certificate.
 */
#ifndef HOTLINE_CLI_SESSION_H
#define HOTLINE_CLI_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "libhotline/hotline.h"

/* Files DIR/<name>.pem and DIR/<name>.key; AUTO = the command's own. */
enum certificate {
    CERTIFICATE_AUTO,
    CERTIFICATE_BACKEND,
    CERTIFICATE_DISTRICT,
    CERTIFICATE_ADMIN,
    CERTIFICATE_MAX,
};

enum outcome {
    OUTCOME_OK = 0,
    OUTCOME_REFUSED = 1,
    OUTCOME_USAGE = 2,
    OUTCOME_UNREACHABLE = 3,
};

struct session {
    const char *server, *server_name, *certs, *person, *subdistrict;
    enum certificate as;
    bool zh, json, verbose;
    int64_t call_ms_max; /* 0 = the library's own */
    int tries_max;

    struct arena arena;
    struct hotline *links[CERTIFICATE_MAX];
    struct hotline_error error; /* of the last call */
};

/* Defaults from the environment: HOTLINE_SERVER, HOTLINE_CERTS, HOTLINE_PERSON, LANG. */
void session_init(struct session *session);
void session_release(struct session *session);
bool certificate_of(const char *name, enum certificate *ret_certificate);

/* The text in the language of the session. */
const char *say(const struct session *session, const char *zh, const char *en);

/* A connection with the certificate that --as names, else with `own`. 0 or negative errno, the
 * trouble being in session->error. */
int session_link(struct session *session, enum certificate own, struct hotline **ret);
/* Prints session->error for a failed call; what the program exits with. */
enum outcome session_failed(struct session *session, int r);
/* Prints a usage error. */
enum outcome session_usage(struct session *session, const char *zh, const char *en,
                           const char *what);

/* Office time: the manual clock of a test database if the server has one, else the system's. */
int64_t session_now_ms(struct session *session);

/* "subdistricts/310113003" and "subdistricts/310113003/units/U01"; a full name stays as it is. */
const char *session_parent(struct session *session);
const char *session_name(struct session *session, const char *collection, const char *id);
/* "U01" of a full name. */
const char *last_segment(const char *name);

#endif
