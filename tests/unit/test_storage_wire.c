/* Keys, RESP and record strings: what storage writes, byte for byte. No Redis. */
#include "tests/unit/test_storage.h"

#include <math.h>

#include "base/memory.h"
#include "storage/script.h"
#include "storage/wire.h"

#include "base/base.h"

static void a_key_is_tag_shape_and_part(void **state)
{
    struct key order = key_of(KEY_ORDER, "440305001", "20240101-0000001");
    struct key month = key_of_number(KEY_RESULTS, "440305001", 202412);
    struct key events = key_of(KEY_EVENTS, "440305001", "");

    (void)state;
    assert_slice(key_slice(&order), "h{440305001}:o:20240101-0000001");
    assert_slice(key_slice(&month), "h{440305001}:r:202412");
    assert_slice(key_slice(&events), "h{440305001}:ev");
}

static void no_two_kinds_share_a_shape(void **state)
{
    static const char *const shapes[] = {
#define KEY(name, type, shape, what) shape,
        KEY_TABLE(KEY)
#undef KEY
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(shapes[i], shapes[j]);
}

static void assert_wire(const struct wire *wire, const char *expected)
{
    assert_int_equal(wire_size(wire), strlen(expected));
    assert_memory_equal(wire_front(wire), expected, strlen(expected));
}

static void words_numbers_and_scores_are_spelled_as_redis_reads_them(void **state)
{
    struct wire wire;
    size_t size = 0;

    (void)state;
    wire_init(&wire, 4096);
    wire_begin(&wire, 9);
    wire_word(&wire, slice_text("SET"));
    wire_word(&wire, (struct slice){ 0 });
    wire_word_joined(&wire, slice_of("a\0", 2), slice_text("b"));
    wire_number(&wire, INT64_MIN);
    wire_number(&wire, 0);
    wire_score(&wire, 1700000000000.0);
    wire_score(&wire, -1);
    wire_score(&wire, 0.1);
    wire_score(&wire, -INFINITY);
    assert_int_equal(wire_end(&wire, &size), 0);
    assert_int_equal(size, wire_size(&wire));
    assert_memory_equal(wire_front(&wire), "*9\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\na\0b\r\n", 28);
    wire_take(&wire, 28);
    assert_wire(&wire, "$20\r\n-9223372036854775808\r\n$1\r\n0\r\n$13\r\n1700000000000\r\n"
                       "$2\r\n-1\r\n$19\r\n0.10000000000000001\r\n$4\r\n-inf\r\n");
    wire_release(&wire);
}

static void put(struct wire *wire, size_t bytes)
{
    static const uint8_t zeros[200000];

    wire_begin(wire, 1);
    wire_word(wire, slice_of(zeros, bytes));
}

static void a_command_beyond_the_maximum_leaves_nothing_behind(void **state)
{
    struct wire wire;
    size_t size = 0, before;

    (void)state;
    wire_init(&wire, 1000);
    put(&wire, 500);
    assert_int_equal(wire_end(&wire, &size), 0);
    before = wire_size(&wire);
    put(&wire, 500);
    assert_int_equal(wire_end(&wire, &size), -ENOBUFS);
    assert_int_equal(wire_size(&wire), before);
    put(&wire, 100);
    assert_int_equal(wire_end(&wire, &size), 0);
    wire_release(&wire);
}

/* The first word makes the wire slide, the second is too much: the start has moved, too. */
static void a_command_that_moved_the_wire_leaves_nothing_behind(void **state)
{
    static const uint8_t zeros[20000];
    struct wire wire;
    size_t size = 0;

    (void)state;
    wire_init(&wire, 20000);
    put(&wire, 10000);
    assert_int_equal(wire_end(&wire, &size), 0);
    put(&wire, 100);
    assert_int_equal(wire_end(&wire, &(size_t){ 0 }), 0);
    wire_take(&wire, size);
    size = wire_size(&wire);
    wire_begin(&wire, 2);
    wire_word(&wire, slice_of(zeros, 8000));
    wire_word(&wire, slice_of(zeros, sizeof(zeros)));
    assert_int_equal(wire_end(&wire, &(size_t){ 0 }), -ENOBUFS);
    assert_int_equal(wire_size(&wire), size);
    assert_memory_equal(wire_front(&wire), "*1\r\n$100\r\n", 10);
    wire_release(&wire);
}

/* Grows, slides, and fails at every allocation; the bytes before are never touched. */
static void a_command_without_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct wire wire;
        size_t size = 0;
        int r = 0;

        wire_init(&wire, 1 << 20);
        memory_fail_at(n);
        for (int i = 0; i < 20 && r == 0; i++) {
            size_t before = wire_size(&wire);

            put(&wire, (size_t)i * 1500);
            r = wire_end(&wire, &size);
            assert_true(r == 0 || (r == -ENOMEM && wire_size(&wire) == before));
            if (r == 0 && i % 3 == 2)
                wire_take(&wire, size); /* not the same command: only its size is of interest */
        }
        memory_fail_at(0);
        wire_release(&wire);
        if (r == 0) {
            assert_true(n > 3);
            return;
        }
    }
}

/* 20,000 random writes and takes against a plain queue of sizes. */
static void the_front_is_always_the_oldest_byte(void **state)
{
    unsigned int seed = (unsigned int)machine_us();
    struct wire wire;
    uint8_t next_in = 0, next_out = 0;
    size_t size = 0;

    (void)state;
    print_message("seed %u\n", seed);
    wire_init(&wire, 1 << 20);
    for (int i = 0; i < 20000; i++) {
        size_t left = wire_size(&wire);

        if (rand_r(&seed) % 2) {
            wire_begin(&wire, 1);
            wire_word(&wire, slice_of(&next_in, 1)); /* "*1\r\n$1\r\n" byte "\r\n": 11 bytes */
            assert_int_equal(wire_end(&wire, &size), 0);
            assert_int_equal(size, 11);
            next_in++;
        } else {
            for (size_t n = (size_t)rand_r(&seed) % 64; n > 0 && left > 0; n--, left -= 11) {
                assert_int_equal(wire_front(&wire)[8], next_out++);
                wire_take(&wire, 11);
            }
        }
    }
    wire_release(&wire);
}

static void a_record_string_is_version_then_bytes(void **state)
{
    struct slice bytes;
    uint64_t version = 1;

    (void)state;
    record_split(slice_of("\0\0\0\0\0\0\1\2record", 14), &version, &bytes);
    assert_int_equal(version, 258);
    assert_slice(bytes, "record");
    record_split((struct slice){ 0 }, &version, &bytes);
    assert_int_equal(version, 0);
    assert_null(bytes.data);
}

/* RFC 3174 section 7.3, and sizes around the border of a block. */
static void a_script_is_named_by_its_sha1(void **state)
{
    static const struct {
        const char *text, *name;
    } rows[] = {
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "0123456701234567012345670123456701234567012345670123456701234567",
          "e0c094e867ef46c350ef54a7f59dd60bed92ae83" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct script_name name = script_name_of(slice_text(rows[i].text));

        assert_memory_equal(name.hex, rows[i].name, SCRIPT_NAME_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_tag_shape_and_part),
        cmocka_unit_test(no_two_kinds_share_a_shape),
        cmocka_unit_test(words_numbers_and_scores_are_spelled_as_redis_reads_them),
        cmocka_unit_test(a_command_beyond_the_maximum_leaves_nothing_behind),
        cmocka_unit_test(a_command_that_moved_the_wire_leaves_nothing_behind),
        cmocka_unit_test(a_command_without_memory_leaves_nothing_behind),
        cmocka_unit_test(the_front_is_always_the_oldest_byte),
        cmocka_unit_test(a_record_string_is_version_then_bytes),
        cmocka_unit_test(a_script_is_named_by_its_sha1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
