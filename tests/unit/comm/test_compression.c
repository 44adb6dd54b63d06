/* Rounding to bf16, against values worked out by hand, and how rounded values are added and sent.
 */
#include "comm/bf16.h"
#include "comm/compression.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct rounding {
    uint32_t value;
    uint32_t expected;
} rounding;

/* Bits of floats: the lower half goes, and half of its range is a tie. */
static void comm_bf16_round_goes_to_the_nearest_and_from_ties_to_even(void **state) {
    (void)state;
    static const rounding cases[] = {
        {0x00000000, 0x00000000}, {0x80000000, 0x80000000}, /* zeros keep their sign */
        {0x3f800000, 0x3f800000}, {0xbf800000, 0xbf800000}, /* what is a bf16 value stays */
        {0x3f807fff, 0x3f800000}, {0x3f808001, 0x3f810000}, /* just below and above a tie */
        {0x3f808000, 0x3f800000}, {0x3f818000, 0x3f820000}, /* ties: down and up, to even */
        {0xbf808000, 0xbf800000}, {0xbf818000, 0xbf820000}, /* the same below zero */
        {0x3fffffff, 0x40000000}, {0x3fff8000, 0x40000000}, /* into the next binade */
        {0x42f6e979, 0x42f70000},                           /* 123.456 is nearest to 123.5 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(dlt_float_bits(dlt_bf16_round(dlt_float_of_bits(cases[i].value))),
                         cases[i].expected);
}

static void comm_bf16_round_keeps_subnormals_and_overflows_to_infinity(void **state) {
    (void)state;
    static const rounding cases[] = {
        {0x00000001, 0x00000000}, {0x00008000, 0x00000000}, /* a tie with zero, which is even */
        {0x00008001, 0x00010000}, {0x00018000, 0x00020000}, /* the least bf16 value and twice it */
        {0x80008001, 0x80010000}, {0x007fffff, 0x00800000}, /* into the normal range */
        {0x7f7f7fff, 0x7f7f0000}, {0x7f7f8000, 0x7f800000}, /* the largest, and a tie above it */
        {0xff7fffff, 0xff800000}, {0x7f800000, 0x7f800000}, {0xff800000, 0xff800000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(dlt_float_bits(dlt_bf16_round(dlt_float_of_bits(cases[i].value))),
                         cases[i].expected);
}

/* Also those whose payload is in the lower half, or all ones, where an addition would carry. */
static void comm_bf16_round_makes_every_nan_a_quiet_one(void **state) {
    (void)state;
    static const rounding cases[] = {{0x7fc00000, 0x7fc00000}, {0x7f800001, 0x7fc00000},
                                     {0xffffffff, 0xffff0000}, {0x7fffffff, 0x7fff0000},
                                     {0xff8fffff, 0xffcf0000}, {0x7fa00000, 0x7fe00000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(dlt_float_bits(dlt_bf16_round(dlt_float_of_bits(cases[i].value))),
                         cases[i].expected);
}

/* Half of a float's significand is kept, so nearest means to half of the last of 8 bits. */
static void comm_bf16_round_is_as_near_as_the_nearest_neighbour(void **state) {
    (void)state;
    for (uint32_t bits = 0x00800000; bits < 0x7f7f0000; bits += 7919) {
        float value = dlt_float_of_bits(bits);
        double below = dlt_float_of_bits(bits & 0xffff0000);
        double above = dlt_float_of_bits((bits & 0xffff0000) + 0x10000);
        double error = fabs((double)value - (double)dlt_bf16_round(value));
        assert_true(error == fmin((double)value - below, above - (double)value));
    }
}

static void comm_bf16_bits_come_back(void **state) {
    (void)state;
    for (uint32_t bits = 0; bits <= 0xffff; bits++)
        assert_int_equal(dlt_bf16_bits(dlt_bf16_of_bits((uint16_t)bits)), bits);
}

/* 1 + 2^-9 is below the tie: bf16 has 1 and 1 + 2^-7. The same gradient thrice: what was left out
 * is in the third. */
static void comm_compression_round_leaf_makes_up_for_what_it_left_out(void **state) {
    (void)state;
    const dlt_real gradient = 1 + 0x1p-9f;
    dlt_real residual = 0;
    static const dlt_real leaves[] = {1, 1, 1 + 0x1p-7f};
    static const dlt_real residuals[] = {0x1p-9f, 0x2p-9f, -0x1p-9f};
    for (int i = 0; i < 3; i++) {
        dlt_real leaf = gradient;
        dlt_compression_round_leaf(&leaf, &residual, 1);
        assert_true(leaf == leaves[i] && residual == residuals[i]);
    }
    dlt_real leaf = gradient;
    dlt_compression_round_leaf(&leaf, NULL, 1);
    assert_true(leaf == 1);
}

static void comm_compression_round_leaf_forgets_the_residual_of_what_is_not_finite(void **state) {
    (void)state;
    dlt_real leaf[] = {INFINITY, -INFINITY, NAN, dlt_float_of_bits(0x7f7fffff), 1};
    dlt_real residual[] = {1, 1, 1, 1, NAN};
    dlt_compression_round_leaf(leaf, residual, 5);
    assert_true(leaf[0] == INFINITY && leaf[1] == -INFINITY && isnan(leaf[2]));
    assert_true(leaf[3] == INFINITY && isnan(leaf[4]));
    for (int i = 0; i < 5; i++)
        assert_true(residual[i] == 0);
}

static void comm_compression_add_rounds_every_sum(void **state) {
    (void)state;
    const dlt_real from[] = {0x1p-8f, 0x3p-8f, 0x1p-9f, 1};
    dlt_real into[] = {1, 1, 1, INFINITY};
    dlt_real sum[4];
    const dlt_real expected[] = {1, 1 + 0x2p-7f, 1, INFINITY};
    dlt_compression_add_to(sum, into, from, 4);
    dlt_compression_add(into, from, 4);
    for (int i = 0; i < 4; i++)
        assert_true(into[i] == expected[i] && sum[i] == expected[i]);
}

enum { LENGTH = 5000 };

/* Any part of the elements in 2 bytes each, unpacked where they were received. */
static void check_message(const dlt_real *sent, int64_t count, int64_t rounded) {
    static _Alignas(dlt_real) char message[LENGTH * sizeof(dlt_real)];
    dlt_real received[LENGTH];
    int64_t bytes = dlt_compression_bytes(count, rounded);
    assert_int_equal(bytes, 2 * rounded + (int64_t)sizeof(dlt_real) * (count - rounded));
    dlt_compression_pack(sent, count, rounded, message);
    memset(received, 0xff, sizeof received);
    memcpy(dlt_compression_landing(received, rounded), message, (size_t)bytes);
    dlt_compression_unpack(received, rounded);
    assert_int_equal(memcmp(received, sent, (size_t)count * sizeof *sent), 0);
}

static void comm_compression_unpack_restores_what_pack_was_given(void **state) {
    (void)state;
    static const int64_t parts[] = {0, 1, 2, 3, 15, 1023, 1024, 1025, 2500, LENGTH};
    dlt_real sent[LENGTH];
    for (uint32_t i = 0; i < LENGTH; i++)
        sent[i] = dlt_bf16_round(dlt_float_of_bits(i * 2654435761U));
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        check_message(sent, parts[p], parts[p]);
        check_message(sent, LENGTH, parts[p]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comm_bf16_round_goes_to_the_nearest_and_from_ties_to_even),
        cmocka_unit_test(comm_bf16_round_keeps_subnormals_and_overflows_to_infinity),
        cmocka_unit_test(comm_bf16_round_makes_every_nan_a_quiet_one),
        cmocka_unit_test(comm_bf16_round_is_as_near_as_the_nearest_neighbour),
        cmocka_unit_test(comm_bf16_bits_come_back),
        cmocka_unit_test(comm_compression_round_leaf_makes_up_for_what_it_left_out),
        cmocka_unit_test(comm_compression_round_leaf_forgets_the_residual_of_what_is_not_finite),
        cmocka_unit_test(comm_compression_add_rounds_every_sum),
        cmocka_unit_test(comm_compression_unpack_restores_what_pack_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
