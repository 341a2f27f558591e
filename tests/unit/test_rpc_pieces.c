/* test_rpc_pieces.c - the parts of server/rpc that need no network. */
#include <errno.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <grpc/byte_buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fault.h"
#include "rpc/descriptor_index.h"
#include "rpc/rpc_peer.h"
#include "rpc/rpc_queue.h"
#include "rpc/rpc_state.h"
#include "rpc/rpc_trace.h"
#include "rpc/rpc_wire.h"
#include "tests/support/rpc_echo.h"

#include "base/base.h"

static struct arena arena;

static int arena_set(void **state)
{
    (void)state;
    grpc_init();
    arena_init(&arena, 1024 * 1024);
    return 0;
}

static int arena_strike(void **state)
{
    (void)state;
    arena_release(&arena);
    grpc_shutdown();
    return 0;
}

/* trace ------------------------------------------------------------------------------------------ */

static void only_a_valid_traceparent_is_taken(void **state)
{
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
    static const struct {
        const char *header;
        bool valid;
    } cases[] = {
        { "00-" TRACE "-" SPAN "-01", true },
        { "00-" TRACE "-" SPAN "-01-more", false }, /* version 00 ends there */
        { "cc-" TRACE "-" SPAN "-01-more", true },  /* a later version may go on */
        { "cc-" TRACE "-" SPAN "-01x", false },
        { "ff-" TRACE "-" SPAN "-01", false },
        { "00-00000000000000000000000000000000-" SPAN "-01", false },
        { "00-" TRACE "-0000000000000000-01", false },
        { "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", false },
        { "00_" TRACE "-" SPAN "-01", false },
        { "00-" TRACE "-" SPAN "-0", false },
        { "", false },
    };
    char trace[RPC_TRACE_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)snprintf(trace, sizeof(trace), "untouched");
        assert_int_equal(rpc_trace_parse(slice_text(cases[i].header), trace), cases[i].valid);
        assert_string_equal(trace, cases[i].valid ? TRACE : "untouched");
    }
}

static void made_traces_differ(void **state)
{
    char one[RPC_TRACE_BYTES], two[RPC_TRACE_BYTES];
    struct rpc_random random;

    (void)state;
    assert_int_equal(rpc_random_init(&random), 0);
    rpc_trace_make(&random, one);
    rpc_trace_make(&random, two);
    assert_int_equal(strlen(one), 32);
    assert_string_not_equal(one, two);
}

/* text ------------------------------------------------------------------------------------------- */

/* Field 1 of Any, a string, holding these bytes. */
static const struct refusal *check_text(const void *text, size_t size)
{
    uint8_t bytes[128] = { 0x0a, (uint8_t)size };

    must(size < 100);
    memcpy(bytes + 2, text, size);
    return rpc_wire_check(&arena, &google__protobuf__any__descriptor, slice_of(bytes, size + 2));
}

static void text_is_utf8_without_nul(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "", true },
        { "plain ASCII that is longer than one word", true },
        { "收单；接诉即办", true },
        { "seven c\xe4\xb8\xad", true },
        { "\xf0\x9f\x93\x9e", true },  /* U+1F4DE */
        { "\xf4\x8f\xbf\xbf", true },  /* U+10FFFF */
        { "\xf4\x90\x80\x80", false }, /* beyond */
        { "\xed\xa0\x80", false },     /* a surrogate */
        { "\xed\x9f\xbf", true },      /* the last before them */
        { "\xc0\x80", false },         /* overlong NUL */
        { "\xe0\x9f\xbf", false },     /* overlong */
        { "\xf0\x8f\xbf\xbf", false }, /* overlong */
        { "\xc3", false },             /* cut short */
        { "\xe4\xb8", false },         /* cut short */
        { "\xf0\x9f\x93", false },     /* cut short */
        { "\x80", false },             /* continues nothing */
        { "\xff", false },
        { "eight by\xe4\xb8\x28", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(check_text(cases[i].text, strlen(cases[i].text)) == NULL, cases[i].good);
    assert_non_null(check_text("\0", 1));
    assert_non_null(check_text("12345678\0", 9));
    assert_non_null(check_text("1234567\0abcdefgh", 16));
}

static void a_field_is_named_by_its_path(void **state)
{
    Google__Protobuf__FileDescriptorProto file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__DescriptorProto message = GOOGLE__PROTOBUF__DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__FieldDescriptorProto field = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__INIT;
    Google__Protobuf__DescriptorProto *messages[] = { &message };
    Google__Protobuf__FieldDescriptorProto *fields[] = { &field };
    const struct refusal *refusal;
    uint8_t bytes[64];

    (void)state;
    field.name = (char *)(uintptr_t) "\xff";
    file.name = (char *)(uintptr_t) "\xfe";
    message.n_field = file.n_message_type = 1;
    message.field = fields;
    file.message_type = messages;
    refusal = rpc_wire_check(
        &arena, &google__protobuf__file_descriptor_proto__descriptor,
        slice_of(bytes, google__protobuf__file_descriptor_proto__pack(&file, bytes)));
    assert_int_equal(refusal->fault->id, FAULT_REQUEST_INVALID);
    assert_int_equal(refusal->n_fields, 2);
    assert_string_equal(refusal->fields[0].field, "name");
    assert_string_equal(refusal->fields[1].field, "message_type.field.name");
}

/* DescriptorProto.nested_type is field 3, of its own type. */
static void nesting_beyond_reason_is_unreadable(void **state)
{
    const struct refusal *refusal;
    uint8_t bytes[2 * 50];

    (void)state;
    for (size_t depth = 0; depth < 50; depth++) {
        bytes[2 * depth] = 0x1a;
        bytes[2 * depth + 1] = (uint8_t)(2 * (49 - depth));
    }
    refusal = rpc_wire_check(&arena, &google__protobuf__descriptor_proto__descriptor,
                             slice_of(bytes, sizeof(bytes)));
    assert_int_equal(refusal->fault->id, FAULT_REQUEST_UNREADABLE);
    assert_null(rpc_wire_check(&arena, &google__protobuf__descriptor_proto__descriptor,
                               slice_of(bytes + 2 * 20, 2 * 30)));
}

static void malformed_bytes_are_left_to_the_unpacker(void **state)
{
    static const char *const cases[] = { "\x0a", "\x0a\x7f", "\xff", "\x0b", "\0111234", "\x08" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_null(
            rpc_wire_check(&arena, &google__protobuf__any__descriptor, slice_text(cases[i])));
}

/* wire ------------------------------------------------------------------------------------------- */

static grpc_byte_buffer *in_pieces(struct slice bytes, size_t piece)
{
    grpc_slice slices[64];
    grpc_byte_buffer *buffer;
    size_t n = 0;

    for (size_t at = 0; at < bytes.size; at += piece, n++)
        slices[n] = grpc_slice_from_copied_buffer(
            (const char *)bytes.data + at, bytes.size - at < piece ? bytes.size - at : piece);
    buffer = grpc_raw_byte_buffer_create(slices, n);
    while (n > 0)
        grpc_slice_unref(slices[--n]);
    return buffer;
}

static void a_message_may_come_in_pieces(void **state)
{
    Google__Protobuf__Any any = echo_any("接诉即办 and more than twenty-three bytes", "value");
    const struct refusal *refusal = NULL;
    uint8_t bytes[128];
    size_t size = google__protobuf__any__pack(&any, bytes);

    (void)state;
    for (size_t piece = 2; piece <= size; piece++) {
        grpc_byte_buffer *buffer = in_pieces(slice_of(bytes, size), piece);
        Google__Protobuf__Any *got = (Google__Protobuf__Any *)rpc_wire_unpack(
            &arena, &google__protobuf__any__descriptor, 1024, buffer, &refusal);

        assert_non_null(got);
        assert_string_equal(got->type_url, any.type_url);
        grpc_byte_buffer_destroy(buffer);
    }
}

static void an_empty_message_is_a_message(void **state)
{
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(NULL, 0);
    const struct refusal *refusal = NULL;

    (void)state;
    assert_non_null(
        rpc_wire_unpack(&arena, &google__protobuf__any__descriptor, 10, buffer, &refusal));
    assert_null(rpc_wire_unpack(&arena, &google__protobuf__any__descriptor, 10, NULL, &refusal));
    assert_int_equal(refusal->fault->id, FAULT_REQUEST_UNREADABLE);
    grpc_byte_buffer_destroy(buffer);
}

static void a_message_that_overflows_its_arena_is_too_large(void **state)
{
    static char text[20000];
    Google__Protobuf__Any any = echo_any("x", text);
    const struct refusal *refusal = NULL;
    grpc_byte_buffer *buffer;
    struct arena small;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    any = echo_any("x", text);
    buffer = rpc_wire_pack(&any.base, google__protobuf__any__get_packed_size(&any));
    arena_init(&small, 8192);
    assert_null(
        rpc_wire_unpack(&small, &google__protobuf__any__descriptor, 100000, buffer, &refusal));
    assert_int_equal(refusal->fault->id, FAULT_TOO_LARGE);
    arena_release(&small);
    grpc_byte_buffer_destroy(buffer);
}

/* status ----------------------------------------------------------------------------------------- */

static void details_stay_below_what_clients_accept(void **state)
{
    struct refusal refusal = { .fault = fault_of(FAULT_REQUEST_INVALID) };
    struct rpc_status status;
    Google__Rpc__Status *details;
    static char value[20000];

    (void)state;
    for (size_t i = 0; i < REFUSAL_FIELDS_MAX; i++)
        refusal_field(
            &refusal, "a.path.of.some.length",
            "这是一段相当长的说明文字，用来说明这个字段为什么不符合要求，应当怎样填写，"
            "以及填写之前需要核对哪些内容，共计约一百个汉字左右，以便超过上限。",
            "an explanation of about the same length, so that sixteen of them cannot fit");
    rpc_status_init(&status, &refusal, "00");
    assert_int_equal(status.n_details, 1);
    assert_in_range(GRPC_SLICE_LENGTH(status.details.value), 100, RPC_DETAILS_BYTES_MAX);
    details = google__rpc__status__unpack(NULL, GRPC_SLICE_LENGTH(status.details.value),
                                          GRPC_SLICE_START_PTR(status.details.value));
    assert_int_equal(details->code, STATUS_INVALID_ARGUMENT);
    assert_int_equal(details->n_details, 5);
    google__rpc__status__free_unpacked(details, NULL);
    rpc_status_release(&status);

    memset(value, 'x', sizeof(value) - 1);
    refusal.n_fields = 0;
    refusal_fact(&refusal, "huge", value);
    rpc_status_init(&status, &refusal, "00");
    assert_int_equal(status.n_details, 1);
    rpc_status_release(&status);
}

static void an_article_is_a_fact(void **state)
{
    struct refusal refusal = { .fault = fault_of(FAULT_WRONG_STATE) };
    Google__Rpc__ErrorInfo *info;
    Google__Rpc__Status *details;
    struct rpc_status status;

    (void)state;
    refusal_fact(&refusal, "state", "HANDLING");
    rpc_status_init(&status, &refusal, "00");
    details = google__rpc__status__unpack(NULL, GRPC_SLICE_LENGTH(status.details.value),
                                          GRPC_SLICE_START_PTR(status.details.value));
    info = google__rpc__error_info__unpack(NULL, details->details[0]->value.len,
                                           details->details[0]->value.data);
    assert_string_equal(info->domain, "hotline");
    assert_string_equal(info->reason, "WRONG_STATE");
    assert_int_equal(info->n_metadata, 2);
    assert_string_equal(info->metadata[1]->key, "article");
    assert_string_equal(info->metadata[1]->value, fault_of(FAULT_WRONG_STATE)->article);
    google__rpc__error_info__free_unpacked(info, NULL);
    google__rpc__status__free_unpacked(details, NULL);
    rpc_status_release(&status);
}

/* queue ------------------------------------------------------------------------------------------ */

static grpc_byte_buffer *message_of(size_t bytes)
{
    grpc_slice slice = grpc_slice_malloc(bytes);
    grpc_byte_buffer *buffer;

    memset(GRPC_SLICE_START_PTR(slice), 'x', bytes);
    buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

static void a_queue_is_bounded_in_number_and_bytes(void **state)
{
    struct rpc_queue queue;

    (void)state;
    rpc_queue_init(&queue, 20, 1000);
    assert_true(rpc_queue_takes(&queue, 5000)); /* one always fits an empty queue */
    rpc_queue_add(&queue, message_of(5000));
    assert_false(rpc_queue_takes(&queue, 1));
    grpc_byte_buffer_destroy(rpc_queue_next(&queue));
    for (int i = 0; i < 20; i++) {
        assert_true(rpc_queue_takes(&queue, 10));
        rpc_queue_add(&queue, message_of(10));
    }
    assert_false(rpc_queue_takes(&queue, 10));
    assert_false(rpc_queue_is_low(&queue));
    for (int i = 0; i < 11; i++)
        grpc_byte_buffer_destroy(rpc_queue_next(&queue));
    assert_true(rpc_queue_is_low(&queue));
    rpc_queue_release(&queue);
    assert_null(rpc_queue_next(&queue));
}

/* table ------------------------------------------------------------------------------------------ */

static void nothing(struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)call;
    (void)request;
}

static void rows_must_match_the_descriptor(void **state)
{
    struct rpc_method rows[] = {
        { .name = "Say", .unary = nothing },    { .name = "Watch", .unary = nothing },
        { .name = "Gather", .unary = nothing }, { .name = "Chat", .unary = nothing },
        { .name = "Shout", .unary = nothing },
    };
    struct rpc_service service = { .descriptor = &echo_descriptor,
                                   .methods = rows,
                                   .n_methods = 4 };
    struct rpc_table table = { 0 };

    (void)state;
    service.n_methods = 3;
    assert_int_equal(rpc_table_add(&table, &arena, &service), -EINVAL);
    service.n_methods = 5;
    assert_int_equal(rpc_table_add(&table, &arena, &service), -EINVAL);
    service.n_methods = 4;
    rows[3].name = "Say";
    assert_int_equal(rpc_table_add(&table, &arena, &service), -EINVAL);
    rows[3].name = "Chat";
    rows[3].shape = RPC_BIDI; /* but it has no stream functions */
    assert_int_equal(rpc_table_add(&table, &arena, &service), -EINVAL);
    rows[3].shape = RPC_UNARY;
    assert_int_equal(rpc_table_add(&table, &arena, &service), 0);
    rpc_table_sort(&table);
    for (size_t i = 0; i < 4; i++) {
        const char *path = arena_printf(&arena, "/test.Echo/%s", rows[i].name);

        assert_ptr_equal(rpc_table_find(&table, slice_text(path))->method, &rows[i]);
    }
    assert_null(rpc_table_find(&table, slice_text("/test.Echo/Sa"))->method);
    assert_null(rpc_table_find(&table, slice_text("/test.Echo/Says"))->method);
    assert_null(rpc_table_find(&table, slice_text(""))->method);
    rpc_table_release(&table);
}

/* peers ------------------------------------------------------------------------------------------ */

static void a_certificate_is_read_once_and_outlives_the_cache(void **state)
{
    const struct rpc_peer *peer, *again;
    struct pki_identity clerk;
    struct rpc_peers peers = { 0 };
    struct pki pki;
    char *pem;

    (void)state;
    pki_init(&pki);
    pki_issue(&pki, "office", "clerk", "URI:hotline://110101001/backend/desk", 30, &clerk);
    pem = pki_text(clerk.certificate);
    peer = rpc_peers_of(&peers, slice_text(pem));
    again = rpc_peers_of(&peers, slice_text(pem));
    assert_ptr_equal(peer, again);
    rpc_peer_unref(again);
    assert_int_equal(rpc_peers_of(&peers, slice_text("no PEM"))->names.n_uris, 0);
    rpc_peers_release(&peers);
    assert_string_equal(peer->names.uris[0], "hotline://110101001/backend/desk");
    rpc_peer_unref(peer);
    free(pem);
    pki_release(&pki);
}

/* descriptor index ---------------------------------------------------------------------------------- */

static void files_are_found_by_name_symbol_and_extension(void **state)
{
    struct descriptor_index *index;
    char command[512], *set;
    size_t size;
    FILE *f;

    (void)state;
    (void)snprintf(command, sizeof(command),
                   "d=$(mktemp -d) && cd $d && printf 'syntax=\"proto3\"; package t.v1; import "
                   "\"google/protobuf/descriptor.proto\"; message A { message B {} } enum E { Z = "
                   "0; } service S { rpc M(A) returns (A); } extend google.protobuf.FieldOptions "
                   "{ int32 class = 51234; }' > t.proto && protoc -I. -I/usr/include "
                   "--descriptor_set_out=/dev/stdout t.proto && rm -r $d");
    f = popen(command, "r");
    set = calloc(1, 65536);
    must(f && set);
    size = fread(set, 1, 65536, f);
    assert_int_equal(pclose(f), 0);
    assert_int_equal(descriptor_index_create(slice_of(set, size), &index), 0);
    assert_non_null(descriptor_index_file(index, "t.proto").data);
    assert_non_null(descriptor_index_symbol(index, "t.v1.A").data);
    assert_non_null(descriptor_index_symbol(index, "t.v1.A.B").data);
    assert_non_null(descriptor_index_symbol(index, "t.v1.E").data);
    assert_non_null(descriptor_index_symbol(index, "t.v1.S").data);
    assert_non_null(descriptor_index_symbol(index, "t.v1.S.M").data);
    assert_null(descriptor_index_symbol(index, "t.v1.C").data);
    assert_null(descriptor_index_symbol(index, "/t.proto").data);
    assert_null(descriptor_index_file(index, "u.proto").data);
    assert_non_null(descriptor_index_extension(index, "google.protobuf.FieldOptions", 51234).data);
    assert_null(descriptor_index_extension(index, "google.protobuf.FieldOptions", 51235).data);
    {
        int32_t number = 0;

        assert_int_equal(
            descriptor_index_numbers(index, "google.protobuf.FieldOptions", &number, 1), 1);
        assert_int_equal(number, 51234);
    }
    descriptor_index_free(index);
    assert_int_equal(descriptor_index_create(slice_of(set, size - 1), &index), -EINVAL);
    assert_int_equal(descriptor_index_create(slice_text("nonsense"), &index), -EINVAL);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_valid_traceparent_is_taken),
        cmocka_unit_test(made_traces_differ),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(a_field_is_named_by_its_path),
        cmocka_unit_test(nesting_beyond_reason_is_unreadable),
        cmocka_unit_test(malformed_bytes_are_left_to_the_unpacker),
        cmocka_unit_test(a_message_may_come_in_pieces),
        cmocka_unit_test(an_empty_message_is_a_message),
        cmocka_unit_test(a_message_that_overflows_its_arena_is_too_large),
        cmocka_unit_test(details_stay_below_what_clients_accept),
        cmocka_unit_test(an_article_is_a_fact),
        cmocka_unit_test(a_queue_is_bounded_in_number_and_bytes),
        cmocka_unit_test(rows_must_match_the_descriptor),
        cmocka_unit_test(a_certificate_is_read_once_and_outlives_the_cache),
        cmocka_unit_test(files_are_found_by_name_symbol_and_extension),
    };

    return cmocka_run_group_tests(tests, arena_set, arena_strike);
}
