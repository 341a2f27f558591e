/*
 * args.c - the command line taken apart: words of the command, options of the program, arguments
 * of the command's row.
 *
 * getopt_long was tried and left: options differ per command, belong to fields whose kind is read
 * from the contract, and its messages know one language.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/moment.h"
#include "cli/request.h"
#include "cli/run.h"

#include "base/base.h"

/* options of the program ----------------------------------------------------------------------- */

enum global_id {
    GLOBAL_SERVER,
    GLOBAL_SERVER_NAME,
    GLOBAL_CERTS,
    GLOBAL_AS,
    GLOBAL_PERSON,
    GLOBAL_SUBDISTRICT,
    GLOBAL_JSON,
    GLOBAL_LANG,
    GLOBAL_TIMEOUT,
    GLOBAL_VERBOSE,
    GLOBAL_MAX,
};

const struct global_option global_options[] = {
    [GLOBAL_SERVER] = { "--server", "ADDRESS", "服务地址，默认 127.0.0.1:8443",
                        "address of the server; 127.0.0.1:8443" },
    [GLOBAL_SERVER_NAME] = { "--server-name", "NAME", "服务证书上的名称，默认同地址",
                             "name in the server's certificate; as the address" },
    [GLOBAL_CERTS] = { "--certs", "DIR",
                       "证书目录，内有 ca.pem 和 {backend,district,admin}.{pem,key}",
                       "folder with ca.pem and {backend,district,admin}.{pem,key}" },
    [GLOBAL_AS] = { "--as", "NAME", "用哪张证书: backend、district、admin；默认由命令决定",
                    "which certificate: backend, district, admin; chosen by the command" },
    [GLOBAL_PERSON] = { "--person", "STAFF", "操作人(人员编号)，配合 backend 证书",
                        "acting person (staff id), with the backend's certificate" },
    [GLOBAL_SUBDISTRICT] = { "--subdistrict", "CODE", "街道代码，默认 310113003",
                             "code of the subdistrict; 310113003" },
    [GLOBAL_JSON] = { "--json", NULL, "输出 JSON，供程序读取", "print JSON, for programs" },
    [GLOBAL_LANG] = { "--lang", "zh|en", "语言，默认取自 LANG", "language; from LANG" },
    [GLOBAL_TIMEOUT] = { "--timeout", "TIME", "一次调用的时限(含重试)，如 5s；默认 10s",
                         "time for a call with its retries, such as 5s; 10s" },
    [GLOBAL_VERBOSE] = { "--verbose", NULL, "显示传输层日志和错误码",
                         "show the transport's log and status codes" },
};
const size_t n_global_options = GLOBAL_MAX;

static enum outcome global_set(struct session *session, enum global_id id, const char *value)
{
    switch (id) {
    case GLOBAL_SERVER:
        session->server = value;
        break;
    case GLOBAL_SERVER_NAME:
        session->server_name = value;
        break;
    case GLOBAL_CERTS:
        session->certs = value;
        break;
    case GLOBAL_AS:
        if (!certificate_of(value, &session->as))
            return session_usage(session, "--as 须为 backend、district 或 admin",
                                 "--as must be backend, district or admin", value);
        break;
    case GLOBAL_PERSON:
        session->person = value;
        break;
    case GLOBAL_SUBDISTRICT:
        session->subdistrict = value;
        break;
    case GLOBAL_JSON:
        session->json = true;
        break;
    case GLOBAL_LANG:
        if (strcmp(value, "zh") != 0 && strcmp(value, "en") != 0)
            return session_usage(session, "--lang 须为 zh 或 en", "--lang must be zh or en", value);
        session->zh = *value == 'z';
        break;
    case GLOBAL_TIMEOUT:
        if (!duration_parse(value, &session->call_ms_max) || session->call_ms_max == 0)
            return session_usage(session, "时限应如 5s、2m", "a time such as 5s or 2m is needed",
                                 value);
        break;
    case GLOBAL_VERBOSE:
        session->verbose = true;
        break;
    case GLOBAL_MAX:
        break;
    }
    return OUTCOME_OK;
}

/* scanning ------------------------------------------------------------------------------------- */

/* A command line being read. */
struct scan {
    struct session *session;
    char **argv;
    int argc, at;
    const char *value; /* behind '=' of the present option */
};

/* "--name=value" is "--name". */
static bool option_is(struct scan *scan, const char *word)
{
    const char *text = scan->argv[scan->at];
    size_t size = strlen(word);

    if (strncmp(text, word, size) != 0 || (text[size] && text[size] != '='))
        return false;
    scan->value = text[size] ? text + size + 1 : NULL;
    return true;
}

/* The option's value, which the scan moves over; NULL (said) when there is none. */
static const char *option_value(struct scan *scan, const char *word)
{
    if (!scan->value && scan->at + 1 < scan->argc)
        scan->value = scan->argv[++scan->at];
    if (!scan->value)
        session_usage(scan->session, "选项缺少值", "the option needs a value", word);
    return scan->value;
}

/* 1 = it was one of the program's, 0 = not, negative = wrong. */
static int scan_global(struct scan *scan)
{
    for (int i = 0; i < GLOBAL_MAX; i++) {
        const struct global_option *option = &global_options[i];

        if (!option_is(scan, option->word))
            continue;
        if (option->value && !option_value(scan, option->word))
            return -1;
        return global_set(scan->session, (enum global_id)i, scan->value) == OUTCOME_OK ? 1 : -1;
    }
    return 0;
}

int globals_parse(struct session *session, int argc, char **argv)
{
    struct scan scan = { .session = session, .argv = argv, .argc = argc, .at = 1 };

    for (; scan.at < argc && strncmp(argv[scan.at], "--", 2) == 0; scan.at++) {
        int r;

        if (strcmp(argv[scan.at], "--help") == 0 || strcmp(argv[scan.at], "--version") == 0)
            break;
        r = scan_global(&scan);
        if (r == 0)
            session_usage(session, "没有这个选项", "no such option", argv[scan.at]);
        if (r <= 0)
            return -1;
    }
    return scan.at;
}

/* arguments of a command ----------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *request_of(const struct command *command)
{
    return command->rpc ? hotline_method_of(command->rpc)->request : NULL;
}

static bool is_flag(const struct command *command, const struct argument *argument)
{
    const ProtobufCFieldDescriptor *field =
        argument->path && command->rpc ? field_at(request_of(command), argument->path) : NULL;

    return field && field->type == PROTOBUF_C_TYPE_BOOL;
}

static enum outcome take_value(struct scan *scan, struct given *given,
                               const struct argument *argument, const char *value)
{
    if (given->n_values == GIVEN_MAX)
        return session_usage(scan->session, "参数过多", "too many arguments", value);
    given->values[given->n_values].argument = argument;
    given->values[given->n_values++].value = value;
    return OUTCOME_OK;
}

/* Options that every call of its kind has. 1, 0, negative as scan_global(). */
static int scan_common(struct scan *scan, const struct command *command, struct given *given)
{
    const ProtobufCMessageDescriptor *type = request_of(command);
    bool is_command = type && protobuf_c_message_descriptor_get_field_by_name(type, "request_id");
    bool is_list = type && protobuf_c_message_descriptor_get_field_by_name(type, "page_token");

    if (option_is(scan, "--help")) {
        given->help = true;
        return 1;
    }
    if (type && option_is(scan, "--from-file"))
        return (given->from = option_value(scan, "--from-file")) ? 1 : -1;
    if (is_list && option_is(scan, "--all")) {
        given->all = true;
        return 1;
    }
    if (is_command && option_is(scan, "--request-id"))
        return (given->request_id = option_value(scan, "--request-id")) ? 1 : -1;
    if (is_command && option_is(scan, "--etag"))
        return (given->etag = option_value(scan, "--etag")) ? 1 : -1;
    if (is_command && option_is(scan, "--validate-only")) {
        given->validate_only = true;
        return 1;
    }
    return 0;
}

static int scan_own(struct scan *scan, const struct command *command, struct given *given)
{
    for (const struct argument *argument = command->arguments; argument && argument->word;
         argument++) {
        const char *value = "true";

        if (argument->word[0] != '-' || !option_is(scan, argument->word))
            continue;
        if (!is_flag(command, argument))
            value = option_value(scan, argument->word);
        else if (scan->value)
            value = scan->value;
        return value && take_value(scan, given, argument, value) == OUTCOME_OK ? 1 : -1;
    }
    return 0;
}

/* The n-th argument by position. */
static const struct argument *positional(const struct command *command, size_t n)
{
    for (const struct argument *argument = command->arguments; argument && argument->word;
         argument++)
        if (argument->word[0] != '-' && n-- == 0)
            return argument;
    return NULL;
}

static int scan_option(struct scan *scan, const struct command *command, struct given *given)
{
    int r = scan_own(scan, command, given);

    if (r == 0)
        r = scan_common(scan, command, given);
    if (r == 0)
        r = scan_global(scan);
    if (r == 0)
        session_usage(scan->session, "没有这个选项", "no such option", scan->argv[scan->at]);
    return r;
}

enum outcome given_parse(struct session *session, const struct command *command, int argc,
                         char **argv, struct given *ret_given)
{
    struct scan scan = { .session = session, .argv = argv, .argc = argc };
    const struct argument *argument;
    bool options = true;
    size_t n = 0;

    *ret_given = (struct given){ 0 };
    for (; scan.at < argc; scan.at++) {
        const char *text = argv[scan.at];

        if (options && strcmp(text, "--") == 0) {
            options = false;
        } else if (options && strncmp(text, "--", 2) == 0) {
            if (scan_option(&scan, command, ret_given) <= 0)
                return OUTCOME_USAGE;
        } else {
            argument = positional(command, n++);
            if (!argument)
                return session_usage(session, "多余的参数", "one argument too many", text);
            if (take_value(&scan, ret_given, argument, text) != OUTCOME_OK)
                return OUTCOME_USAGE;
        }
    }
    argument = positional(command, n);
    if (argument && argument->word[0] != '[' && !ret_given->help && !ret_given->from)
        return session_usage(session, "缺少参数", "an argument is missing", argument->word);
    return OUTCOME_OK;
}

const char *given_value(const struct given *given, const struct command *command, const char *word)
{
    const char *value = NULL;

    for (const struct argument *argument = command->arguments; argument->word; argument++)
        if (strcmp(argument->word, word) == 0)
            value = argument->preset;
    for (size_t i = 0; i < given->n_values; i++)
        if (strcmp(given->values[i].argument->word, word) == 0)
            value = given->values[i].value;
    return value;
}
