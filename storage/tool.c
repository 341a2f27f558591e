/*
 * tool.c - one command, one answer, waiting: for start-up checks, rebuild and tests.
 *
 * hiredis's blocking context under our names. It never reconnects: a tool that loses Redis says so
 * and lets its user decide.
 */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/memory.h"
#include "storage/answer.h"
#include "storage/redis.h"
#include "storage/wire.h"

#include "base/base.h"

enum { TOOL_TIMEOUT_MS = 60000, TOOL_COMMAND_BYTES_MAX = 64 * 1024 * 1024 };

struct redis_tool {
    redisContext *context;
    redisReply *reply; /* the last answer */
    struct wire wire;
};

/* AUTH when the options have a password. */
static int tool_authenticate(struct redis_tool *tool, const struct link_options *options)
{
    struct slice words[3];
    const struct answer *answer;
    size_t n = 0;
    int r;

    if (!options->password)
        return 0;
    words[n++] = slice_text("AUTH");
    if (options->user)
        words[n++] = slice_text(options->user);
    words[n++] = slice_text(options->password);
    answer = redis_tool_ask(tool, words, n);
    if (!answer)
        return -ENOTCONN;
    r = answer_trouble(answer);
    return r == -EPROTO ? -EACCES : r;
}

int redis_tool_open(const struct link_options *options, struct redis_tool **ret_tool)
{
    int patience_ms = options->command_timeout_ms ? options->command_timeout_ms : TOOL_TIMEOUT_MS;
    struct timeval patience = { .tv_sec = patience_ms / 1000,
                                .tv_usec = patience_ms % 1000 * 1000 };
    struct redis_tool *tool = memory_alloc(sizeof(*tool));
    int r;

    if (!tool)
        return -ENOMEM;
    wire_init(&tool->wire, TOOL_COMMAND_BYTES_MAX);
    if (options->unix_path)
        tool->context = redisConnectUnixWithTimeout(options->unix_path, patience);
    else
        tool->context = redisConnectWithTimeout(options->host, options->port, patience);
    if (!tool->context || tool->context->err || redisSetTimeout(tool->context, patience) < 0)
        r = -ENOTCONN;
    else
        r = tool_authenticate(tool, options);
    if (r < 0) {
        redis_tool_close(tool);
        return r;
    }
    *ret_tool = tool;
    return 0;
}

struct redis_tool *redis_tool_close(struct redis_tool *tool)
{
    if (!tool)
        return NULL;
    if (tool->reply)
        freeReplyObject(tool->reply);
    if (tool->context)
        redisFree(tool->context);
    wire_release(&tool->wire);
    return memory_free(tool);
}

/* Not hiredis's own write: that one lets SIGPIPE end the process when Redis is gone. */
static bool tool_send(struct redis_tool *tool)
{
    while (wire_size(&tool->wire) > 0) {
        ssize_t n =
            send(tool->context->fd, wire_front(&tool->wire), wire_size(&tool->wire), MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            wire_shorten(&tool->wire, 0);
            return false;
        }
        wire_take(&tool->wire, (size_t)n);
    }
    return true;
}

const struct answer *redis_tool_ask(struct redis_tool *tool, const struct slice *arguments,
                                    size_t n_arguments)
{
    void *reply = NULL;
    size_t size;

    if (tool->reply)
        freeReplyObject(tool->reply);
    tool->reply = NULL;
    wire_begin(&tool->wire, n_arguments);
    for (size_t i = 0; i < n_arguments; i++)
        wire_word(&tool->wire, arguments[i]);
    if (wire_end(&tool->wire, &size) < 0 || !tool_send(tool))
        return NULL;
    if (redisGetReply(tool->context, &reply) != REDIS_OK)
        return NULL;
    tool->reply = reply;
    return reply;
}
