/*
 * test_client_cli.c - the parts of the CLI that need no server: its tables, JSON both ways, times,
 * widths, calendar files, requests made from command lines.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/calendar_file.h"
#include "cli/json.h"
#include "cli/moment.h"
#include "cli/request.h"
#include "cli/text.h"
#include "cli/words.h"

#include "base/base.h"

enum { BYTES_MAX = 1024 * 1024 };

static struct session session;

static int begin(void **state)
{
    (void)state;
    session_init(&session);
    return 0;
}

static int end(void **state)
{
    (void)state;
    session_release(&session);
    return 0;
}

/* the table of commands ------------------------------------------------------------------------ */

static void every_method_has_a_command(void **state)
{
    const struct hotline_method *methods;
    size_t n = hotline_methods(&methods);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t found = 0;

        for (size_t j = 0; j < n_commands; j++)
            found += commands[j].rpc && strcmp(commands[j].rpc, methods[i].name) == 0;
        if (found != 1)
            print_error("%s: %zu commands\n", methods[i].name, found);
        assert_int_equal(found, 1);
    }
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &commands[i];

        assert_true(command->zh && command->en && *command->zh && *command->en);
        assert_true(command->run || command->rpc);
        assert_true(command->as > CERTIFICATE_AUTO && command->as < CERTIFICATE_MAX);
        if (command->rpc)
            assert_non_null(hotline_method_of(command->rpc));
        if (command->rpc && !command->run)
            assert_non_null(command->show);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(command->words, commands[j].words);
    }
}

/* Paths lead to fields, words are said once, presets are values of their fields. */
static void every_argument_is_a_field_of_its_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        const struct command *command = &commands[i];

        for (const struct argument *argument = command->arguments; argument && argument->word;
             argument++) {
            const ProtobufCFieldDescriptor *field;

            assert_true(argument->zh && argument->en);
            for (const struct argument *other = command->arguments; other < argument; other++)
                assert_string_not_equal(other->word, argument->word);
            for (size_t j = 0; j < n_global_options; j++)
                assert_string_not_equal(global_options[j].word, argument->word);
            if (!argument->path)
                continue;
            assert_non_null(command->rpc);
            field = field_at(hotline_method_of(command->rpc)->request, argument->path);
            if (!field)
                print_error("%s %s: %s\n", command->words, argument->word, argument->path);
            assert_non_null(field);
            if (argument->preset && field->type == PROTOBUF_C_TYPE_ENUM)
                assert_non_null(enum_value_of(field->descriptor, argument->preset));
        }
    }
}

static void the_contract_has_neither_bytes_nor_maps(void **state)
{
    const struct hotline_method *methods;
    size_t n = hotline_methods(&methods);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (unsigned j = 0; j < methods[i].answer->n_fields; j++)
            assert_int_not_equal(methods[i].answer->fields[j].type, PROTOBUF_C_TYPE_BYTES);
}

static void commands_are_found_by_one_word_or_two(void **state)
{
    char *two[] = { "order", "take", "X" }, *one[] = { "health", "order" }, *none[] = { "order" };
    int words = 0;

    (void)state;
    assert_string_equal(command_find(3, two, &words)->words, "order take");
    assert_int_equal(words, 2);
    assert_string_equal(command_find(2, one, &words)->words, "health");
    assert_int_equal(words, 1);
    assert_null(command_find(1, none, &words));
}

/* requests from command lines ------------------------------------------------------------------ */

static ProtobufCMessage *request_of(int argc, char **argv, int expected)
{
    ProtobufCMessage *ask = NULL;
    struct given given;
    int words = 0;
    const struct command *command = command_find(argc, argv, &words);

    assert_non_null(command);
    if (given_parse(&session, command, argc - words, argv + words, &given) != OUTCOME_OK) {
        assert_int_equal(expected, -EINVAL);
        return NULL;
    }
    assert_int_equal(
        request_build(&session, command, hotline_method_of(command->rpc)->request, &given, &ask),
        expected);
    return ask;
}

static void a_command_line_becomes_a_request(void **state)
{
    char *argv[] = { "order",   "dispatch",       "0123456789ABCDEF",
                     "U06",     "--limit=5",      "--inform",
                     "U03",     "--inform",       "J05",
                     "--basis", "职责清单",       "--etag",
                     "e1",      "--validate-only" };
    const Hotline__V1__DispatchOrderRequest *ask =
        (const void *)request_of(COUNT_OF(argv), argv, 0);

    (void)state;
    assert_string_equal(ask->name, "subdistricts/310113003/orders/0123456789ABCDEF");
    assert_int_equal(ask->mode_case, HOTLINE__V1__DISPATCH_ORDER_REQUEST__MODE_STATUTORY);
    assert_string_equal(ask->statutory->main_unit, "subdistricts/310113003/units/U06");
    assert_int_equal(ask->statutory->limit_class, 5);
    assert_int_equal(ask->statutory->n_informed_units, 2);
    assert_string_equal(ask->statutory->informed_units[1], "subdistricts/310113003/units/J05");
    assert_string_equal(ask->statutory->legal_basis, "职责清单");
    assert_string_equal(ask->etag, "e1");
    assert_true(ask->validate_only);
}

static void presets_stand_in_and_parents_are_filled(void **state)
{
    char *argv[] = { "order",   "receive",     "--district-number", "BS1",
                     "--title", "题",          "--phone",           "13800000001",
                     "--phone", "13800000002", "--received",        "2026-02-17 07:35",
                     "--urgent" };
    const Hotline__V1__ReceiveOrderRequest *ask = (const void *)request_of(COUNT_OF(argv), argv, 0);

    (void)state;
    assert_string_equal(ask->parent, "subdistricts/310113003");
    assert_int_equal(ask->channel, HOTLINE__V1__INTAKE_CHANNEL__INTAKE_CHANNEL_PHONE);
    assert_int_equal(ask->citizen->n_phones, 2);
    assert_string_equal(ask->citizen->phones[1]->number, "13800000002");
    assert_int_equal(ask->received_time->seconds, 1771284900);
    assert_true(ask->flags->urgent);
    assert_null(ask->place);
}

static void the_first_telephone_goes_with_a_call(void **state)
{
    char *by_phone[] = { "order", "contact", "0123456789ABCDEF", "--at", "2026-02-17 08:00" };
    char *at_home[] = { "order",     "contact",   "0123456789ABCDEF", "--at", "2026-02-17 08:00",
                        "--channel", "home-visit" };
    const Hotline__V1__RecordContactRequest *ask;

    (void)state;
    ask = (const void *)request_of(COUNT_OF(by_phone), by_phone, 0);
    assert_int_equal(ask->contact_line, HOTLINE__V1__CONTACT_LINE__CONTACT_LINE_FIRST);
    ask = (const void *)request_of(COUNT_OF(at_home), at_home, 0);
    assert_int_equal(ask->contact_line, 0);
    assert_int_equal(ask->channel, HOTLINE__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_HOME_VISIT);
}

static void wrong_command_lines_are_refused(void **state)
{
    char *unknown[] = { "order", "take", "0123456789ABCDEF", "--colour", "red" };
    char *missing[] = { "order", "dispatch", "0123456789ABCDEF" };
    char *too_many[] = { "order", "take", "0123456789ABCDEF", "again" };
    char *no_value[] = { "order", "list", "--state" };
    char *no_state[] = { "order", "list", "--state", "asleep" };
    char *no_time[] = { "order", "list", "--received-from", "2026-02-30" };

    (void)state;
    request_of(COUNT_OF(unknown), unknown, -EINVAL);
    request_of(COUNT_OF(missing), missing, -EINVAL);
    request_of(COUNT_OF(too_many), too_many, -EINVAL);
    request_of(COUNT_OF(no_value), no_value, -EINVAL);
    request_of(COUNT_OF(no_state), no_state, -EINVAL);
    request_of(COUNT_OF(no_time), no_time, -EINVAL);
}

/* JSON ----------------------------------------------------------------------------------------- */

static const char *round_trip(const ProtobufCMessageDescriptor *type, const char *text,
                              struct json_trouble *trouble)
{
    json_t *json = json_loads(text, 0, NULL), *back;
    ProtobufCMessage *message;
    char *dumped;
    const char *kept;

    assert_non_null(json);
    if (json_to_message(&session.arena, type, json, &message, trouble) < 0) {
        json_decref(json);
        return NULL;
    }
    back = json_of_message(message);
    dumped = json_dumps(back, JSON_COMPACT);
    kept = arena_strdup(&session.arena, dumped);
    free(dumped);
    json_decref(json);
    json_decref(back);
    return kept;
}

static void json_comes_back_as_it_went(void **state)
{
    static const char text[] =
        "{\"name\":\"subdistricts/1/orders/2\",\"resultType\":\"RESULT_TYPE_HAS_PLAN\","
        "\"answer\":{\"channel\":\"CONTACT_CHANNEL_PHONE\","
        "\"answerTime\":\"2026-03-16T08:00:00Z\",\"summary\":\"已答复\"},"
        "\"resultText\":\"已整改\",\"plan\":{\"text\":\"拆除\",\"planDate\":\"2026-04-20\"}}";
    struct json_trouble trouble;

    (void)state;
    assert_string_equal(round_trip(&hotline__v1__submit_reply_request__descriptor, text, &trouble),
                        text);
}

static void json_takes_other_spellings_too(void **state)
{
    struct json_trouble trouble;

    (void)state;
    assert_string_equal(
        round_trip(&hotline__v1__record_contact_request__descriptor,
                   "{\"contact_time\":\"2026-03-16 16:00\",\"side\":\"office\","
                   "\"result\":3,\"waiverSource\":null}",
                   &trouble),
        "{\"side\":\"CONTACT_SIDE_OFFICE\",\"result\":"
        "\"CONTACT_RESULT_WRONG_NUMBER\",\"contactTime\":\"2026-03-16T08:00:00Z\"}");
    assert_string_equal(round_trip(&hotline__test__v1__advance_clock_request__descriptor,
                                   "{\"byDuration\":\"1.5s\"}", &trouble),
                        "{\"byDuration\":\"1.500s\"}");
    assert_string_equal(round_trip(&hotline__v1__get_calendar_request__descriptor,
                                   "{\"years\":[2026,\"2027\"]}", &trouble),
                        "{\"years\":[2026,2027]}");
}

static void wrong_json_says_where(void **state)
{
    static const struct {
        const char *text, *where;
    } cases[] = {
        { "{\"reciepts\":1}", "reciepts" },
        { "{\"citizen\":{\"phones\":[{\"number\":5}]}}", "citizen.phones[0].number" },
        { "{\"citizen\":{\"phones\":{}}}", "citizen.phones" },
        { "{\"citizen\":[]}", "citizen" },
        { "{\"channel\":\"PIGEON\"}", "channel" },
        { "{\"receivedTime\":\"yesterday\"}", "receivedTime" },
        { "{\"flags\":{\"urgent\":\"yes\"}}", "flags.urgent" },
    };
    struct json_trouble trouble;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_null(
            round_trip(&hotline__v1__receive_order_request__descriptor, cases[i].text, &trouble));
        assert_string_equal(trouble.where, cases[i].where);
    }
    assert_null(
        round_trip(&hotline__v1__list_orders_request__descriptor, "{\"pageSize\":-1}", &trouble));
    assert_null(round_trip(&hotline__test__v1__advance_clock_request__descriptor,
                           "{\"toTime\":\"2026-01-01\",\"byDuration\":\"1s\"}", &trouble));
}

/* times ---------------------------------------------------------------------------------------- */

static void times_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1 = not a time */
    } cases[] = {
        { "2026-02-17T07:35:00+08:00", INT64_C(1771284900000) },
        { "2026-02-17 07:35", INT64_C(1771284900000) },
        { "2026-02-16T23:35:00Z", INT64_C(1771284900000) },
        { "2026-02-16T23:35:00.250Z", INT64_C(1771284900250) },
        { "2026-02-17", INT64_C(1771257600000) },
        { "now", 1000 },
        { "+2h", 7201000 },
        { "-1s", 0 },
        { "2026-02-30", -1 },
        { "2026-02-17 24:00", -1 },
        { "2026-02-17T07:35+8", -1 },
        { "2026-02-17x", -1 },
        { "", -1 },
        { "+2w", -1 },
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_time = moment_parse(cases[i].text, 1000, &ms);

        assert_int_equal(is_time, cases[i].ms >= 0);
        if (is_time)
            assert_int_equal(ms, cases[i].ms);
    }
    assert_string_equal(moment_text_ms(&session.arena, INT64_C(1771284900000)), "2026-02-17 07:35");
}

/* text ----------------------------------------------------------------------------------------- */

static void chinese_takes_two_columns(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct table table;

    (void)state;
    assert_int_equal(text_width("工单a"), 5);
    assert_string_equal(text_cut(&session.arena, "独居老人多日未出门", 9), "独居老人…");
    assert_string_equal(text_cut(&session.arena, "短", 9), "短");
    TABLE_HEAD(&table, &session.arena, "单位", "x", "名称");
    TABLE_ROW(&table, "U01", NULL, "城管中队");
    TABLE_ROW(&table, "U02-long", "y", NULL);
    table_print(&table, out);
    fclose(out);
    assert_string_equal(text, "单位      x  名称\n"
                              "U01          城管中队\n"
                              "U02-long  y\n");
    free(text);
}

static void nothing_from_outside_reaches_the_terminal_raw(void **state)
{
    (void)state;
    assert_string_equal(text_cut(&session.arena, "a\x1b[31mb\n\xff", 20), "a [31mb ?");
    assert_string_equal(text_cut(&session.arena,
                                 "\xc2\x9b"
                                 "31m",
                                 20),
                        " 31m");
}

static void words_are_those_of_the_language(void **state)
{
    const ProtobufCEnumDescriptor *states = &hotline__v1__order_state__descriptor;

    (void)state;
    assert_string_equal(word_of(&session.arena, states, 8, true), "办理中");
    assert_string_equal(word_of(&session.arena, states, 11, false), "reply rejected");
    assert_string_equal(word_of(&session.arena, states, 0, true), "");
}

/* calendar files ------------------------------------------------------------------------------- */

static void a_calendar_file_is_read_in_yaml_and_in_json(void **state)
{
    static const char yaml[] =
        "\n# head\n- year: 2026 # this year\n  status: OFFICIAL\n"
        "  document: 国办发明电〔2025〕7号\n  source: https://www.gov.cn/x#y\n"
        "  off: [\n    2026-01-01, 2026-01-02,\n    2026-01-03\n  ]\n"
        "  work:\n  - 2026-01-04\n- year: 2027\n  off: []\n";
    int line = 0;
    json_t *file = calendar_yaml(yaml, &line), *year;
    struct json_trouble trouble;
    ProtobufCMessage *message;
    const Hotline__V1__CalendarYear *read;

    (void)state;
    assert_non_null(file);
    assert_int_equal(json_array_size(file), 2);
    year = calendar_year_json(json_array_get(file, 0));
    assert_int_equal(json_to_message(&session.arena, &hotline__v1__calendar_year__descriptor, year,
                                     &message, &trouble),
                     0);
    read = (const void *)message;
    assert_int_equal(read->year, 2026);
    assert_int_equal(read->status, HOTLINE__V1__CALENDAR_STATUS__CALENDAR_STATUS_OFFICIAL);
    assert_string_equal(read->document_number, "国办发明电〔2025〕7号");
    assert_string_equal(read->source_url, "https://www.gov.cn/x#y");
    assert_int_equal(read->n_off_dates, 3);
    assert_string_equal(read->off_dates[2], "2026-01-03");
    assert_int_equal(read->n_work_dates, 1);
    json_decref(year);
    json_decref(file);
}

static void a_broken_calendar_file_names_its_line(void **state)
{
    static const struct {
        const char *yaml;
        int line;
    } cases[] = {
        { "\n- year: 2026\n  off: [2026-01-01\n  work: []\n", 4 },
        { "\n- year: 2026\n  nonsense\n", 3 },
        { "\nyear: 2026\n", 2 },
        { "\n- year: 2026\n    off: []\n", 3 },
        { "\n- year: \"2026\n", 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int line = 0;

        assert_null(calendar_yaml(cases[i].yaml, &line));
        assert_int_equal(line, cases[i].line);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(every_method_has_a_command),
        TEST(every_row_is_whole),
        TEST(every_argument_is_a_field_of_its_request),
        TEST(the_contract_has_neither_bytes_nor_maps),
        TEST(commands_are_found_by_one_word_or_two),
        TEST(a_command_line_becomes_a_request),
        TEST(presets_stand_in_and_parents_are_filled),
        TEST(the_first_telephone_goes_with_a_call),
        TEST(wrong_command_lines_are_refused),
        TEST(json_comes_back_as_it_went),
        TEST(json_takes_other_spellings_too),
        TEST(wrong_json_says_where),
        TEST(times_are_read_as_people_write_them),
        TEST(chinese_takes_two_columns),
        TEST(nothing_from_outside_reaches_the_terminal_raw),
        TEST(words_are_those_of_the_language),
        TEST(a_calendar_file_is_read_in_yaml_and_in_json),
        TEST(a_broken_calendar_file_names_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
