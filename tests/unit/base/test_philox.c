#include "base/philox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The known answers of the authors' Random123 library for philox4x32-10. */
static void base_philox_gives_the_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        dlt_philox_block block = dlt_philox4x32(known[i].key, known[i].counter);
        assert_memory_equal(block.word, known[i].expected, sizeof block.word);
    }
}

static void base_stream_word_is_the_word_of_its_block(void **state) {
    (void)state;
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 2, 3, 4);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(dlt_stream_word(&stream, i), dlt_stream_block(&stream, i / 4).word[i % 4]);
}

static void base_stream_make_tells_every_argument_apart(void **state) {
    (void)state;
    const uint64_t high = (uint64_t)1 << 32;
    const dlt_stream streams[] = {
        dlt_stream_make(1, DLT_PURPOSE_INIT, 2, 3, 4),
        dlt_stream_make(2, DLT_PURPOSE_INIT, 2, 3, 4),
        dlt_stream_make(1 + high, DLT_PURPOSE_INIT, 2, 3, 4),
        dlt_stream_make(1, DLT_PURPOSE_TEST, 2, 3, 4),
        dlt_stream_make(1, DLT_PURPOSE_INIT, 3, 3, 4),
        dlt_stream_make(1, DLT_PURPOSE_INIT, 2, 4, 4),
        dlt_stream_make(1, DLT_PURPOSE_INIT, 2, 3 + high, 4),
        dlt_stream_make(1, DLT_PURPOSE_INIT, 2, 3, 5),
        dlt_stream_make(1, DLT_PURPOSE_INIT, 2, 3, 4 + high),
    };
    enum { STREAMS = sizeof streams / sizeof streams[0] };
    for (int i = 0; i < STREAMS; i++)
        for (int j = 0; j < i; j++)
            assert_true(dlt_stream_word(&streams[i], 0) != dlt_stream_word(&streams[j], 0));
}

/* The mean and variance of n numbers lie within five standard errors of those of the distribution;
 * the stream is fixed. */
static void base_stream_uniform_and_normal_have_their_moments(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    double uniform_sum = 0;
    double normal_sum = 0;
    double normal_squares = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        double uniform = dlt_stream_uniform(&stream, i);
        double normal = dlt_stream_normal(&stream, i);
        assert_true(uniform >= 0 && uniform < 1);
        uniform_sum += uniform;
        normal_sum += normal;
        normal_squares += normal * normal;
    }
    assert_true(fabs(uniform_sum / COUNT - 0.5) <= 5 * sqrt(1.0 / 12 / COUNT));
    assert_true(fabs(normal_sum / COUNT) <= 5 * sqrt(1.0 / COUNT));
    assert_true(fabs(normal_squares / COUNT - 1) <= 5 * sqrt(2.0 / COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_philox_gives_the_known_answers),
        cmocka_unit_test(base_stream_word_is_the_word_of_its_block),
        cmocka_unit_test(base_stream_make_tells_every_argument_apart),
        cmocka_unit_test(base_stream_uniform_and_normal_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
