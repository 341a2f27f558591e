/*
 * rpc_log.c - sorts what gRPC says.
 *
 * gRPC 1.51 reports a failed handshake three times: an error without context by the TLS code, and
 * two debug lines. Exactly one of them comes for every kind of failure (silence, no certificate,
 * plaintext, hang-up) and only on the server's side: "Handshaking failed: ". That one is kept,
 * which is why the debug level is switched on; nothing on the path of a call logs there.
 */
#include "rpc/rpc_log.h"

#include <grpc/support/log.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#include "base/base.h"

enum { TEXT_BYTES_MAX = 400 };

static const char *after(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);

    return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

/* "UNKNOWN:Ssl handshake failed: … {file:…, created_time:…}" without the ends nobody reads. */
static void log_handshake(const char *why)
{
    char text[TEXT_BYTES_MAX];
    const char *inner = after(why, "UNKNOWN:");
    char *tail;

    if (strstr(why, "Handshake timed out"))
        inner = "timed out";
    else if (strstr(why, "Socket closed"))
        inner = "the caller hung up";
    (void)snprintf(text, sizeof(text), "%s", inner ? inner : why);
    tail = strstr(text, " {");
    if (tail)
        *tail = 0;
    log_event(LOG_LEVEL_WARNING, "handshake_refused", "why=\"%s\"", text);
}

static void log_trouble(const gpr_log_func_args *args)
{
    char text[TEXT_BYTES_MAX];
    const char *file = strrchr(args->file, '/');

    (void)snprintf(text, sizeof(text), "%s", args->message);
    for (char *at = text; *at; at++)
        if (*at == '"')
            *at = '\'';
    log_event(LOG_LEVEL_WARNING, "grpc_trouble", "at=%s:%d text=\"%s\"",
              file ? file + 1 : args->file, args->line, text);
}

static void take_line(gpr_log_func_args *args)
{
    const char *why = after(args->message, "Handshaking failed: ");

    if (why)
        log_handshake(why);
    else if (args->severity == GPR_LOG_SEVERITY_ERROR &&
             !after(args->message, "Handshake failed with fatal error"))
        log_trouble(args);
}

void rpc_log_bridge(void)
{
    gpr_set_log_function(take_line);
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);
}
