/* help.c - help and completion, printed from the rows of command.c and nothing else. */
#include <string.h>

#include "cli/json.h"
#include "cli/request.h"
#include "cli/special.h"
#include "cli/text.h"

#include "base/base.h"

enum { WORDS_COLUMNS = 24, OPTION_COLUMNS = 36 };

static size_t group_size(const char *words)
{
    return strcspn(words, " ");
}

void help_options(struct session *session)
{
    puts(say(session, "\n全局选项(放在命令前后均可):",
             "\nOptions of the program, before or after the command:"));
    for (size_t i = 0; i < n_global_options; i++) {
        const struct global_option *option = &global_options[i];

        fputs("  ", stdout);
        text_put(arena_printf(&session->arena, "%s %s", option->word,
                              option->value ? option->value : ""),
                 OPTION_COLUMNS - 12, stdout);
        puts(say(session, option->zh, option->en));
    }
}

void help_all(struct session *session)
{
    const char *before = "";

    puts(
        say(session, "12345 市民服务热线客户端\n用法: hotline [选项] 命令 [参数]\n",
            "Client of the 12345 citizen hotline\nUsage: hotline [options] command [arguments]\n"));
    for (size_t i = 0; i < n_commands; i++) {
        const char *words = commands[i].words;

        if (*before && (strchr(words, ' ') || strchr(before, ' ')) &&
            strncmp(before, words, group_size(words) + 1) != 0)
            fputc('\n', stdout);
        before = words;
        fputs("  ", stdout);
        text_put(words, WORDS_COLUMNS, stdout);
        puts(say(session, commands[i].zh, commands[i].en));
    }
    help_options(session);
    puts(say(session,
             "\n某一命令的参数: hotline help order take\n"
             "退出码: 0 办成, 1 被拒绝, 2 用法有误, 3 连接不上",
             "\nArguments of a command: hotline help order take\n"
             "Exit codes: 0 done, 1 refused, 2 usage, 3 not reached"));
}

/* "FIVE_DAYS" as people type it. */
static void choices_put(const struct command *command, const struct argument *argument)
{
    const ProtobufCFieldDescriptor *field =
        argument->path && command->rpc
            ? field_at(hotline_method_of(command->rpc)->request, argument->path)
            : NULL;

    if (argument->preset && *argument->preset)
        printf(" [%s]", argument->preset);
    if (field && field->label == PROTOBUF_C_LABEL_REPEATED)
        fputs(" ...", stdout);
}

static void argument_print(struct session *session, const struct command *command,
                           const struct argument *argument)
{
    const ProtobufCFieldDescriptor *field =
        argument->path && command->rpc
            ? field_at(hotline_method_of(command->rpc)->request, argument->path)
            : NULL;
    const char *kind = argument->word[0] != '-'                       ? ""
                       : field && field->type == PROTOBUF_C_TYPE_BOOL ? ""
                       : field && is_timestamp(field)                 ? " TIME"
                       : field && field->type == PROTOBUF_C_TYPE_ENUM ? " WORD"
                                                                      : " VALUE";

    fputs("  ", stdout);
    text_put(arena_printf(&session->arena, "%s%s", argument->word, kind), OPTION_COLUMNS, stdout);
    fputs(say(session, argument->zh, argument->en), stdout);
    choices_put(command, argument);
    fputc('\n', stdout);
}

static void common_print(struct session *session, const struct command *command)
{
    const ProtobufCMessageDescriptor *type = hotline_method_of(command->rpc)->request;
    const struct {
        const char *field, *word, *zh, *en;
    } common[] = {
        { "page_token", "--all", "逐页取完", "all pages" },
        { "request_id", "--request-id UUID", "请求号，重复同一请求时给出",
          "id of the request, to repeat it" },
        { "etag", "--etag ETAG", "读到的版本标记，已变则拒绝", "refuse if it has changed since" },
        { "validate_only", "--validate-only", "仅校验，不办理", "check only" },
        { NULL, "--from-file FILE", "请求取自 JSON 文件(- 为标准输入)",
          "the request from a JSON file (- = standard input)" },
    };

    for (size_t i = 0; i < COUNT_OF(common); i++) {
        if (common[i].field && !field_at(type, common[i].field))
            continue;
        fputs("  ", stdout);
        text_put(common[i].word, OPTION_COLUMNS, stdout);
        puts(say(session, common[i].zh, common[i].en));
    }
}

static void command_print(struct session *session, const struct command *command)
{
    static const char *const certificates[] = { [CERTIFICATE_BACKEND] = "backend",
                                                [CERTIFICATE_DISTRICT] = "district",
                                                [CERTIFICATE_ADMIN] = "admin" };

    printf("hotline %s", command->words);
    for (const struct argument *argument = command->arguments; argument && argument->word;
         argument++)
        if (argument->word[0] != '-')
            printf(" %s", argument->word);
    printf("\n  %s\n", say(session, command->zh, command->en));
    if (command->rpc)
        printf("  %s, --as %s\n", hotline_method_of(command->rpc)->path + 1,
               certificates[command->as]);
    fputc('\n', stdout);
    for (const struct argument *argument = command->arguments; argument && argument->word;
         argument++)
        argument_print(session, command, argument);
    if (command->rpc)
        common_print(session, command);
}

bool help_of(struct session *session, int argc, char **argv)
{
    const struct command *command;
    bool found = false;
    int words;

    command = argc > 0 ? command_find(argc, argv, &words) : NULL;
    if (command) {
        command_print(session, command);
        return true;
    }
    for (size_t i = 0; argc > 0 && i < n_commands; i++) {
        if (strlen(argv[0]) != group_size(commands[i].words) ||
            strncmp(argv[0], commands[i].words, strlen(argv[0])) != 0)
            continue;
        text_put(commands[i].words, WORDS_COLUMNS, stdout);
        puts(say(session, commands[i].zh, commands[i].en));
        found = true;
    }
    return found;
}

enum outcome run_help(struct session *session, const struct command *command,
                      const struct given *given)
{
    char *words[2];
    int n = 0;

    (void)command;
    for (size_t i = 0; i < given->n_values; i++)
        words[n++] = (char *)(uintptr_t)given->values[i].value;
    if (n == 0)
        help_all(session);
    else if (!help_of(session, n, words))
        return session_usage(session, "没有这个命令", "no such command", words[0]);
    return OUTCOME_OK;
}

/* completion ----------------------------------------------------------------------------------- */

/* The second words of a group, or its own options. */
static void completion_case(const struct command *command)
{
    printf("    '%s') words='", command->words);
    for (const struct argument *argument = command->arguments; argument && argument->word;
         argument++)
        if (argument->word[0] == '-')
            printf("%s ", argument->word);
    fputs("' ;;\n", stdout);
}

void completion_bash(void)
{
    const char *before = "";

    puts("# source <(hotline completion bash)\n_hotline() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} words= path= word i\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        word=${COMP_WORDS[i]}\n"
         "        case $word in");
    fputs("        ", stdout);
    for (size_t i = 0; i < n_global_options; i++) {
        if (!global_options[i].value)
            continue;
        printf("%s%s", *before ? "|" : "", global_options[i].word);
        before = global_options[i].word;
    }
    puts(") ((i++)) ;;\n        -*) ;;\n        *) path+=\"${path:+ }$word\" ;;\n        esac\n"
         "    done\n    case $path in");
    fputs("    '') words='", stdout);
    before = "";
    for (size_t i = 0; i < n_commands; i++) {
        const char *words = commands[i].words;

        if (strncmp(before, words, group_size(words) + 1) != 0)
            printf("%.*s ", (int)group_size(words), words);
        before = words;
    }
    puts("' ;;");
    for (size_t i = 0; i < n_commands; i++) {
        const char *words = commands[i].words;
        size_t size = group_size(words);

        if (!words[size] || (i > 0 && strncmp(commands[i - 1].words, words, size + 1) == 0))
            continue;
        printf("    %.*s) words='", (int)size, words);
        for (size_t j = i; j < n_commands && strncmp(commands[j].words, words, size + 1) == 0; j++)
            printf("%s ", commands[j].words + size + 1);
        puts("' ;;");
    }
    for (size_t i = 0; i < n_commands; i++)
        completion_case(&commands[i]);
    fputs("    esac\n    [[ $current == -* ]] && words+=' --help", stdout);
    for (size_t i = 0; i < n_global_options; i++)
        printf(" %s", global_options[i].word);
    puts("'\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
         "complete -o default -F _hotline hotline");
}

enum outcome run_completion(struct session *session, const struct command *command,
                            const struct given *given)
{
    const char *shell = given_value(given, command, "SHELL");

    if (!shell || strcmp(shell, "bash") != 0)
        return session_usage(session, "只有 bash 的补全", "there is completion for bash only",
                             shell ? shell : "");
    completion_bash();
    return OUTCOME_OK;
}
