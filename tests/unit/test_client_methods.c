/*
 * test_client_methods.c - libhotline knows every method of the contract, no other, and its errors,
 * pauses and request ids are what they promise.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "libhotline/internal.h"

#include "base/base.h"

static const ProtobufCServiceDescriptor *const services[] = {
    &hotline__v1__intake_service__descriptor,
    &hotline__v1__dispatch_service__descriptor,
    &hotline__v1__handling_service__descriptor,
    &hotline__v1__review_service__descriptor,
    &hotline__v1__return_visit_service__descriptor,
    &hotline__v1__order_service__descriptor,
    &hotline__v1__deadline_service__descriptor,
    &hotline__v1__calendar_service__descriptor,
    &hotline__v1__directory_service__descriptor,
    &hotline__test__v1__manual_clock_service__descriptor,
};

static void every_method_of_the_contract_has_its_call(void **state)
{
    const struct hotline_method *methods;
    size_t n = hotline_methods(&methods), found = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        for (unsigned j = 0; j < services[i]->n_methods; j++) {
            const ProtobufCMethodDescriptor *method = &services[i]->methods[j];
            const struct hotline_method *ours = hotline_method_of(method->name);
            char path[128];

            snprintf(path, sizeof(path), "/%s/%s", services[i]->name, method->name);
            assert_non_null(ours);
            assert_string_equal(ours->path, path);
            assert_ptr_equal(ours->request, method->input);
            assert_ptr_equal(ours->answer, method->output);
            found++;
        }
    }
    assert_int_equal(found, n);
    assert_null(hotline_method_of("Teleport"));
}

/* A packed google.rpc.Status as hotlined sends it: code 9, "no"; ErrorInfo (WRONG_STATE, article 10,
 * state CLOSED, state_zh 已结案); LocalizedMessage zh-CN 不行; RetryInfo 1.5 s. */
/* clang-format off */
static const uint8_t details[] = {
    0x08, 0x09, 0x12, 0x02, 0x6e, 0x6f, 0x1a, 0x79, 0x0a, 0x28, 0x74, 0x79, 0x70, 0x65, 0x2e, 0x67,
    0x6f, 0x6f, 0x67, 0x6c, 0x65, 0x61, 0x70, 0x69, 0x73, 0x2e, 0x63, 0x6f, 0x6d, 0x2f, 0x67, 0x6f,
    0x6f, 0x67, 0x6c, 0x65, 0x2e, 0x72, 0x70, 0x63, 0x2e, 0x45, 0x72, 0x72, 0x6f, 0x72, 0x49, 0x6e,
    0x66, 0x6f, 0x12, 0x4d, 0x0a, 0x0b, 0x57, 0x52, 0x4f, 0x4e, 0x47, 0x5f, 0x53, 0x54, 0x41, 0x54,
    0x45, 0x12, 0x07, 0x68, 0x6f, 0x74, 0x6c, 0x69, 0x6e, 0x65, 0x1a, 0x0d, 0x0a, 0x07, 0x61, 0x72,
    0x74, 0x69, 0x63, 0x6c, 0x65, 0x12, 0x02, 0x31, 0x30, 0x1a, 0x0f, 0x0a, 0x05, 0x73, 0x74, 0x61,
    0x74, 0x65, 0x12, 0x06, 0x43, 0x4c, 0x4f, 0x53, 0x45, 0x44, 0x1a, 0x15, 0x0a, 0x08, 0x73, 0x74,
    0x61, 0x74, 0x65, 0x5f, 0x7a, 0x68, 0x12, 0x09, 0xe5, 0xb7, 0xb2, 0xe7, 0xbb, 0x93, 0xe6, 0xa1,
    0x88, 0x1a, 0x42, 0x0a, 0x2f, 0x74, 0x79, 0x70, 0x65, 0x2e, 0x67, 0x6f, 0x6f, 0x67, 0x6c, 0x65,
    0x61, 0x70, 0x69, 0x73, 0x2e, 0x63, 0x6f, 0x6d, 0x2f, 0x67, 0x6f, 0x6f, 0x67, 0x6c, 0x65, 0x2e,
    0x72, 0x70, 0x63, 0x2e, 0x4c, 0x6f, 0x63, 0x61, 0x6c, 0x69, 0x7a, 0x65, 0x64, 0x4d, 0x65, 0x73,
    0x73, 0x61, 0x67, 0x65, 0x12, 0x0f, 0x0a, 0x05, 0x7a, 0x68, 0x2d, 0x43, 0x4e, 0x12, 0x06, 0xe4,
    0xb8, 0x8d, 0xe8, 0xa1, 0x8c, 0x1a, 0x36, 0x0a, 0x28, 0x74, 0x79, 0x70, 0x65, 0x2e, 0x67, 0x6f,
    0x6f, 0x67, 0x6c, 0x65, 0x61, 0x70, 0x69, 0x73, 0x2e, 0x63, 0x6f, 0x6d, 0x2f, 0x67, 0x6f, 0x6f,
    0x67, 0x6c, 0x65, 0x2e, 0x72, 0x70, 0x63, 0x2e, 0x52, 0x65, 0x74, 0x72, 0x79, 0x49, 0x6e, 0x66,
    0x6f, 0x12, 0x0a, 0x0a, 0x08, 0x08, 0x01, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01,
};
/* clang-format on */

static void details_are_read_from_their_bytes(void **state)
{
    struct hotline_error error = { 0 };

    (void)state;
    error_decode(&error, STATUS_FAILED_PRECONDITION, "no", details, sizeof(details));
    assert_string_equal(error.reason, "WRONG_STATE");
    assert_string_equal(error.article, "10");
    assert_int_equal(error.n_facts, 2);
    assert_string_equal(hotline_error_fact(&error, "state"), "CLOSED");
    assert_string_equal(error.message_zh, "不行");
    assert_string_equal(error.message_en, "no");
    assert_int_equal(error.retry_after_ms, 1500);
    hotline_error_release(&error);
}

/* Whatever is cut off or flipped: no crash, and status and message stay. */
static void damaged_details_do_no_harm(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(details); size++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            uint8_t bytes[sizeof(details)];
            struct hotline_error error = { 0 };

            memcpy(bytes, details, sizeof(details));
            bytes[size / 2] ^= (uint8_t)(1u << bit);
            error_decode(&error, STATUS_ABORTED, "no", bytes, size);
            assert_int_equal(error.status, STATUS_ABORTED);
            assert_non_null(error.message_zh);
            assert_non_null(error.reason);
            hotline_error_release(&error);
        }
    }
}

static void an_error_is_printed_in_one_language(void **state)
{
    struct hotline_error error = { 0 };
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    error_decode(&error, STATUS_FAILED_PRECONDITION, "no", details, sizeof(details));
    hotline_error_print(&error, "zh", out);
    fflush(out);
    assert_string_equal(text, "不行 [WRONG_STATE]\n  依据: 第10条\n  当前状态: 已结案\n"
                              "  可在 1.5 秒后重试\n");
    fclose(out);
    free(text);
    hotline_error_release(&error);
}

static void a_silent_command_is_in_progress_a_silent_read_is_not(void **state)
{
    (void)state;
    assert_int_equal(error_errno(STATUS_OK, "", true, true), 0);
    assert_int_equal(error_errno(STATUS_DEADLINE_EXCEEDED, "", true, true), -EINPROGRESS);
    assert_int_equal(error_errno(STATUS_DEADLINE_EXCEEDED, "", true, false), -ETIMEDOUT);
    assert_int_equal(error_errno(STATUS_DEADLINE_EXCEEDED, "", false, true), -ETIMEDOUT);
    assert_int_equal(error_errno(STATUS_UNAVAILABLE, "", true, true), -EINPROGRESS);
    assert_int_equal(error_errno(STATUS_UNAVAILABLE, "STORAGE_UNAVAILABLE", true, true),
                     -EHOSTUNREACH);
    assert_int_equal(error_errno(STATUS_UNAVAILABLE, "OUTCOME_UNKNOWN", true, true), -EINPROGRESS);
    assert_int_equal(error_errno(STATUS_PERMISSION_DENIED, "", true, true), -EPERM);
    assert_int_equal(error_errno(99, "", true, true), -EREMOTEIO);
}

static void pauses_grow_and_stay_bounded(void **state)
{
    int64_t pause_ms = 0;

    (void)state;
    assert_int_equal(backoff_next_ms(0, 0), BACKOFF_BASE_MS);
    assert_in_range(backoff_next_ms(0, UINT32_MAX), BACKOFF_BASE_MS, BACKOFF_BASE_MS * 3);
    for (int i = 0; i < 20; i++) {
        int64_t next = backoff_next_ms(pause_ms, UINT32_MAX);

        assert_true(next >= pause_ms && next <= BACKOFF_MS_MAX);
        pause_ms = next;
    }
    assert_int_equal(pause_ms, BACKOFF_MS_MAX);
}

static void request_ids_are_random_uuids(void **state)
{
    char one[HOTLINE_REQUEST_ID_BYTES], other[HOTLINE_REQUEST_ID_BYTES];

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(hotline_request_id(one), 0);
        assert_int_equal(hotline_request_id(other), 0);
        assert_string_not_equal(one, other);
        assert_int_equal(strlen(one), 36);
        assert_true(one[8] == '-' && one[13] == '-' && one[18] == '-' && one[23] == '-');
        assert_int_equal(one[14], '4');
        assert_non_null(strchr("89ab", one[19]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_of_the_contract_has_its_call),
        cmocka_unit_test(details_are_read_from_their_bytes),
        cmocka_unit_test(damaged_details_do_no_harm),
        cmocka_unit_test(an_error_is_printed_in_one_language),
        cmocka_unit_test(a_silent_command_is_in_progress_a_silent_read_is_not),
        cmocka_unit_test(pauses_grow_and_stay_bounded),
        cmocka_unit_test(request_ids_are_random_uuids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
