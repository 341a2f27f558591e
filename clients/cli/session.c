/* session.c - defaults, connections, names, and how trouble is told. */
#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/moment.h"

#include "base/base.h"

enum { SESSION_BYTES_MAX = 64 * 1024 * 1024 };

static const char *const certificate_names[CERTIFICATE_MAX] = {
    [CERTIFICATE_AUTO] = "auto",
    [CERTIFICATE_BACKEND] = "backend",
    [CERTIFICATE_DISTRICT] = "district",
    [CERTIFICATE_ADMIN] = "admin",
};

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

void session_init(struct session *session)
{
    const char *language = environment("LC_ALL", environment("LANG", "zh"));

    *session = (struct session){
        .server = environment("HOTLINE_SERVER", "127.0.0.1:8443"),
        .certs = environment("HOTLINE_CERTS", "build/dev/certs"),
        .person = environment("HOTLINE_PERSON", NULL),
        .subdistrict = environment("HOTLINE_SUBDISTRICT", "310113003"),
        .zh = strncmp(language, "zh", 2) == 0,
    };
    arena_init(&session->arena, SESSION_BYTES_MAX);
}

void session_release(struct session *session)
{
    for (size_t i = 0; i < CERTIFICATE_MAX; i++)
        session->links[i] = hotline_free(session->links[i]);
    hotline_error_release(&session->error);
    arena_release(&session->arena);
}

bool certificate_of(const char *name, enum certificate *ret_certificate)
{
    for (int i = CERTIFICATE_BACKEND; i < CERTIFICATE_MAX; i++) {
        if (strcmp(certificate_names[i], name) == 0) {
            *ret_certificate = (enum certificate)i;
            return true;
        }
    }
    return false;
}

const char *say(const struct session *session, const char *zh, const char *en)
{
    return session->zh ? zh : en;
}

int session_link(struct session *session, enum certificate own, struct hotline **ret)
{
    enum certificate certificate = session->as != CERTIFICATE_AUTO ? session->as : own;
    const char *name = certificate_names[certificate];
    struct arena *a = &session->arena;
    struct hotline_options options = {
        .target = session->server,
        .server_name = session->server_name,
        .ca_path = arena_printf(a, "%s/ca.pem", session->certs),
        .certificate_path = arena_printf(a, "%s/%s.pem", session->certs, name),
        .key_path = arena_printf(a, "%s/%s.key", session->certs, name),
        .person = certificate == CERTIFICATE_BACKEND ? session->person : NULL,
        .call_ms_max = session->call_ms_max,
        .tries_max = session->tries_max,
    };
    int r = 0;

    if (!session->links[certificate]) {
        hotline_transport_log(session->verbose);
        r = hotline_create(&options, &session->links[certificate], &session->error);
    }
    if (r == 0)
        *ret = session->links[certificate];
    return r;
}

enum outcome session_failed(struct session *session, int r)
{
    const struct hotline_error *error = &session->error;
    bool unreachable = r == -EHOSTUNREACH || r == -ETIMEDOUT || r == -EINPROGRESS;

    fflush(stdout);
    if (unreachable)
        fputs(say(session, "未送达: ", "not reached: "), stderr);
    else if (error->status)
        fputs(say(session, "未办成: ", "refused: "), stderr);
    else
        fputs("hotline: ", stderr);
    hotline_error_print(error, session->zh ? "zh" : "en", stderr);
    if (r == -EINPROGRESS)
        fprintf(stderr,
                say(session, "  结果未知，请用同一请求号重复: --request-id %s\n",
                    "  the outcome is unknown; repeat with --request-id %s\n"),
                error->request_id);
    if (session->verbose && error->message_en)
        fprintf(stderr, "  %s: status %d, %s\n", strerror(-r), error->status, error->message_en);
    if (unreachable)
        return OUTCOME_UNREACHABLE;
    return error->status == 0 ? OUTCOME_USAGE : OUTCOME_REFUSED;
}

enum outcome session_usage(struct session *session, const char *zh, const char *en,
                           const char *what)
{
    fprintf(stderr, "hotline: %s%s%s\n", say(session, zh, en), *what ? ": " : "", what);
    fputs(say(session, "用法见 hotline help\n", "see hotline help\n"), stderr);
    return OUTCOME_USAGE;
}

/* Only a test database answers; on any other, and without the administrator's certificate, office
 * time is the system's. */
int64_t session_now_ms(struct session *session)
{
    Hotline__Test__V1__GetClockRequest ask = HOTLINE__TEST__V1__GET_CLOCK_REQUEST__INIT;
    Hotline__Test__V1__GetClockResponse *answer = NULL;
    enum certificate asked = session->as;
    int64_t now_ms = system_time_ms();
    struct hotline *h;
    int r;

    session->as = CERTIFICATE_AUTO;
    r = session_link(session, CERTIFICATE_ADMIN, &h);
    session->as = asked;
    if (r == 0 && hotline_get_clock(h, &ask, &answer, NULL) == 0 && answer->now_time)
        now_ms = moment_ms(answer->now_time);
    hotline_message_free(answer);
    return now_ms;
}

const char *session_parent(struct session *session)
{
    return arena_printf(&session->arena, "subdistricts/%s", session->subdistrict);
}

const char *session_name(struct session *session, const char *collection, const char *id)
{
    if (strncmp(id, "subdistricts/", strlen("subdistricts/")) == 0)
        return id;
    return arena_printf(&session->arena, "subdistricts/%s/%s/%s", session->subdistrict, collection,
                        id);
}

const char *last_segment(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}
