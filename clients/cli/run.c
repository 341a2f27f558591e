/* run.c - the one way of a command: request, call, answer; page by page where --all is given. */
#include "cli/run.h"

#include <errno.h>

#include "cli/json.h"
#include "cli/request.h"

#include "base/base.h"

void json_print(const ProtobufCMessage *message)
{
    json_t *json = json_of_message(message);

    must(json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0);
    fputc('\n', stdout);
    json_decref(json);
}

static void answer_show(struct session *session, const struct command *command,
                        const ProtobufCMessage *answer)
{
    if (session->json || !command->show)
        json_print(answer);
    else
        command->show(session, answer);
}

static char **text_field(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    return field ? (char **)(void *)((char *)(uintptr_t)message + field->offset) : NULL;
}

/* The token of the next page goes into the request. False when this was the last. */
static bool turn_page(struct session *session, ProtobufCMessage *ask,
                      const ProtobufCMessage *answer)
{
    char **from = text_field(answer, "next_page_token"), **to = text_field(ask, "page_token");

    if (!from || !to || !**from)
        return false;
    *to = arena_strdup(&session->arena, *from);
    return *to;
}

enum outcome command_run(struct session *session, const struct command *command,
                         const struct given *given)
{
    const struct hotline_method *method;
    ProtobufCMessage *ask, *answer;
    struct hotline *h;
    bool more;
    int r;

    if (command->run)
        return command->run(session, command, given);
    method = hotline_method_of(command->rpc);
    r = request_build(session, command, method->request, given, &ask);
    if (r < 0) /* said already; a look-up may have failed on the way */
        return r == -EINVAL && session->error.status == 0 ? OUTCOME_USAGE
               : r == -EHOSTUNREACH || r == -ETIMEDOUT    ? OUTCOME_UNREACHABLE
                                                          : OUTCOME_REFUSED;
    r = session_link(session, command->as, &h);
    if (r < 0)
        return session_failed(session, r);
    do {
        answer = NULL;
        r = hotline_call(h, method, ask, &answer, &session->error);
        if (r < 0)
            return session_failed(session, r);
        answer_show(session, command, answer);
        more = turn_page(session, ask, answer);
        hotline_message_free(answer);
    } while (more && given->all);
    if (more && !session->json)
        printf(say(session, "还有更多: --page-token %s 或 --all\n",
                   "there is more: --page-token %s or --all\n"),
               *text_field(ask, "page_token"));
    return OUTCOME_OK;
}
