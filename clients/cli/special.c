/* special.c - commands that are more than one call: health, raw calls, streams, calendar files. */
#include "cli/special.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/calendar_file.h"
#include "cli/json.h"
#include "cli/moment.h"
#include "cli/request.h"
#include "cli/view.h"
#include "cli/words.h"

#include "base/base.h"

enum { HEALTH_MS_MAX = 1800, FILE_BYTES_MAX = 1024 * 1024 };

/* About the server ----------------------------------------------------------------------------- */

enum outcome run_health(struct session *session, const struct command *command,
                        const struct given *given)
{
    bool serving = false;
    struct hotline *h;
    int r;

    if (session->call_ms_max == 0 || session->call_ms_max > HEALTH_MS_MAX)
        session->call_ms_max = HEALTH_MS_MAX;
    session->tries_max = 1;
    r = session_link(session, command->as, &h);
    if (r == 0)
        r = hotline_check_health(h, given_value(given, command, "[SERVICE]"), &serving,
                                 &session->error);
    if (r < 0)
        return session_failed(session, r);
    if (session->json)
        printf("{\"status\": \"%s\"}\n", serving ? "SERVING" : "NOT_SERVING");
    else
        puts(serving ? "SERVING" : "NOT_SERVING");
    return serving ? OUTCOME_OK : OUTCOME_REFUSED;
}

enum outcome run_services(struct session *session, const struct command *command,
                          const struct given *given)
{
    const struct hotline_method *methods;
    size_t n = hotline_methods(&methods);
    struct table table;

    (void)command;
    (void)given;
    TABLE_HEAD(&table, &session->arena, say(session, "方法", "method"),
               say(session, "应答", "answer"), say(session, "命令", "command"));
    for (size_t i = 0; i < n; i++) {
        const char *words = "";

        for (size_t j = 0; j < n_commands; j++)
            if (commands[j].rpc && strcmp(commands[j].rpc, methods[i].name) == 0)
                words = commands[j].words;
        TABLE_ROW(&table, methods[i].path + 1,
                  methods[i].stream ? say(session, "流", "stream") : say(session, "单个", "one"),
                  words);
    }
    table_print(&table, stdout);
    return OUTCOME_OK;
}

/* Raw calls: METHOD and a file are as good as a command row made on the spot. */
enum outcome run_call(struct session *session, const struct command *command,
                      const struct given *given)
{
    const char *name = given_value(given, command, "METHOD");
    const struct hotline_method *method = name ? hotline_method_of(name) : NULL;
    struct command raw = { .words = command->words, .rpc = name, .as = command->as };
    struct given request = { .from = given_value(given, command, "[FILE]") };

    if (!method || method->stream)
        return session_usage(session, "没有这个单次方法，见 hotline services",
                             "no such unary method, see hotline services", name ? name : "");
    return command_run(session, &raw, &request);
}

/* Streams -------------------------------------------------------------------------------------- */

struct due_list {
    struct session *session;
    struct table table;
};

static int due_row(void *user, const Hotline__V1__ListDueResponse *message)
{
    struct due_list *due = user;
    struct session *session = due->session;
    struct arena *a = &session->arena;

    if (session->json)
        json_print(&message->base);
    for (size_t i = 0; i < message->n_rows && !session->json; i++) {
        const Hotline__V1__DueRow *row = message->rows[i];

        TABLE_ROW(&due->table, moment_text(a, row->clock->due_time),
                  arena_strdup(a, clock_label(session, row->clock)),
                  arena_strdup(a, row->district_number), arena_strdup(a, last_segment(row->order)),
                  arena_strdup(a, last_segment(row->unit)),
                  WORD_OF(session, order_state, row->state),
                  arena_printf(a, "%s %s", clock_marks(session, row->clock),
                               row->urgent ? say(session, "紧急", "urgent") : ""));
    }
    return 0;
}

enum outcome run_due(struct session *session, const struct command *command,
                     const struct given *given)
{
    struct due_list due = { .session = session };
    ProtobufCMessage *ask;
    struct hotline *h;
    int r =
        request_build(session, command, &hotline__v1__list_due_request__descriptor, given, &ask);

    if (r < 0)
        return OUTCOME_USAGE;
    TABLE_HEAD(&due.table, &session->arena, say(session, "到期(不含)", "due before"),
               say(session, "时限", "clock"), say(session, "区工单编号", "district number"),
               say(session, "工单", "order"), say(session, "单位", "unit"),
               say(session, "状态", "state"), say(session, "备注", "remarks"));
    r = session_link(session, command->as, &h);
    if (r == 0)
        r = hotline_list_due(h, (const Hotline__V1__ListDueRequest *)(void *)ask, due_row, &due,
                             &session->error);
    if (r < 0)
        return session_failed(session, r);
    if (!session->json)
        table_print(&due.table, stdout);
    return OUTCOME_OK;
}

struct watch_list {
    struct session *session;
    long left; /* reminders until the end; -1 = no end */
};

/* One line each, at once: others read along. */
static int watch_row(void *user, const Hotline__V1__WatchRemindersResponse *message)
{
    struct watch_list *watch = user;
    struct arena line;

    if (watch->session->json) {
        json_t *json = json_of_message(&message->base);

        json_dumpf(json, stdout, JSON_COMPACT);
        fputc('\n', stdout);
        json_decref(json);
    } else if (message->message_case == HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER) {
        struct session *session = watch->session;

        line = session->arena; /* a line's texts are given back with it */
        arena_init(&session->arena, FILE_BYTES_MAX);
        reminder_line(session, message->reminder->reminder, stdout);
        arena_release(&session->arena);
        session->arena = line;
    }
    fflush(stdout);
    if (message->message_case == HOTLINE__V1__WATCH_REMINDERS_RESPONSE__MESSAGE_REMINDER &&
        watch->left > 0 && --watch->left == 0)
        return 1;
    return 0;
}

enum outcome run_watch(struct session *session, const struct command *command,
                       const struct given *given)
{
    const char *count = given_value(given, command, "--count");
    struct watch_list watch = { .session = session, .left = count ? strtol(count, NULL, 10) : -1 };
    ProtobufCMessage *ask;
    struct hotline *h;
    int r = request_build(session, command, &hotline__v1__watch_reminders_request__descriptor,
                          given, &ask);

    if (r < 0)
        return OUTCOME_USAGE;
    r = session_link(session, command->as, &h);
    if (r == 0)
        r = hotline_watch_reminders(h, (const Hotline__V1__WatchRemindersRequest *)(void *)ask,
                                    watch_row, &watch, &session->error);
    return r < 0 ? session_failed(session, r) : OUTCOME_OK;
}

/* Calendar files ------------------------------------------------------------------------------- */

static json_t *calendar_read(struct session *session, const char *path)
{
    char *text = arena_alloc(&session->arena, FILE_BYTES_MAX);
    FILE *file = fopen(path, "re");
    json_t *json = NULL;
    json_error_t error;
    int line = 0;

    if (!file || !text) {
        fprintf(stderr, "hotline: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    text[0] = '\n'; /* so that every line has one before it */
    must(fread(text + 1, 1, FILE_BYTES_MAX - 2, file) < FILE_BYTES_MAX);
    fclose(file);
    if (strchr("{[", text[1 + strspn(text + 1, " \t\r\n")])) {
        json = json_loads(text + 1, JSON_REJECT_DUPLICATES, &error);
        line = error.line;
    } else {
        json = calendar_yaml(text, &line);
        line--;
    }
    if (!json)
        fprintf(
            stderr,
            say(session, "hotline: %s 第 %d 行读不懂\n", "hotline: %s: line %d cannot be read\n"),
            path, line);
    return json;
}

static enum outcome year_put(struct session *session, const struct command *command,
                             const struct given *given, const json_t *entry)
{
    const ProtobufCMessageDescriptor *type = &hotline__v1__put_calendar_year_request__descriptor;
    json_t *year = calendar_year_json(entry);
    const char *number =
        json_is_string(json_object_get(entry, "year"))
            ? json_string_value(json_object_get(entry, "year"))
            : arena_printf(&session->arena, "%lld",
                           (long long)json_integer_value(json_object_get(entry, "year")));
    struct json_trouble trouble = { "", "文件中有不认识的名称", "the file holds an unknown name" };
    ProtobufCMessage *ask = NULL, *answer = NULL;
    struct hotline *h;
    json_t *body;
    int r = -EINVAL;

    if (!year) {
        fprintf(stderr, "hotline: %s: %s\n", number, say(session, trouble.zh, trouble.en));
        return OUTCOME_USAGE;
    }
    body = json_pack("{s:s, s:o, s:b, s:b}", "name", session_name(session, "calendars", number),
                     "calendar_year", year, "confirm_missing_statutory_days",
                     given_value(given, command, "--confirm-missing-statutory-days") != NULL,
                     "validate_only", (int)given->validate_only);
    r = json_to_message(&session->arena, type, body, &ask, &trouble);
    json_decref(body);
    if (r < 0) {
        fprintf(stderr, "hotline: %s: %s\n", trouble.where, say(session, trouble.zh, trouble.en));
        return OUTCOME_USAGE;
    }
    r = session_link(session, command->as, &h);
    if (r == 0)
        r = hotline_call(h, hotline_method_of(command->rpc), ask, &answer, &session->error);
    if (r < 0)
        return session_failed(session, r);
    if (session->json)
        json_print(answer);
    else
        command->show(session, answer);
    hotline_message_free(answer);
    return OUTCOME_OK;
}

static bool year_wanted(const json_t *entry, const char *wanted)
{
    const json_t *year = json_object_get(entry, "year");

    return !wanted || (json_is_string(year) ? strcmp(json_string_value(year), wanted) == 0
                                            : json_integer_value(year) == strtol(wanted, NULL, 10));
}

/* Years are loaded one by one; the first that is refused ends it, those before stay. */
enum outcome run_calendar_put(struct session *session, const struct command *command,
                              const struct given *given)
{
    const char *path = given_value(given, command, "FILE");
    const char *wanted = given_value(given, command, "--year");
    enum outcome outcome = OUTCOME_OK;
    json_t *file, *entries, *entry;
    size_t i, found = 0;

    if (!path)
        return session_usage(session, "缺少文件", "a file is needed", "");
    file = calendar_read(session, path);
    if (!file)
        return OUTCOME_USAGE;
    entries = calendar_entries(file);
    json_array_foreach(entries, i, entry)
    {
        if (!year_wanted(entry, wanted))
            continue;
        found++;
        outcome = year_put(session, command, given, entry);
        if (outcome != OUTCOME_OK)
            break;
    }
    json_decref(entries);
    json_decref(file);
    if (found == 0)
        return session_usage(session, "文件中没有这一年", "no such year in the file",
                             wanted ? wanted : path);
    return outcome;
}
