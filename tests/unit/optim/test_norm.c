#include "optim/norm.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/philox.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BLOCKS = 11, COUNT = BLOCKS * DLT_NORM_BLOCK - 1000 };

static dlt_real grad[COUNT];

static int fill(void **state) {
    (void)state;
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < COUNT; i++)
        grad[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
    return 0;
}

/* The tree as norm.h describes it, from the top down. */
static double tree(int64_t first, int64_t blocks) {
    if (blocks == 1) {
        int64_t start = first * DLT_NORM_BLOCK;
        return dlt_gradient_norm2(dlt_min_i64(DLT_NORM_BLOCK, COUNT - start), grad + start);
    }
    int64_t left = 1;
    while (2 * left < blocks)
        left *= 2;
    return tree(first, left) + tree(first + left, blocks - left);
}

static void optim_norm_is_the_canonical_tree_over_blocks(void **state) {
    (void)state;
    assert_true(dlt_gradient_norm2(COUNT, grad) == tree(0, BLOCKS));
}

static void optim_norm_cut_between_blocks_gives_the_same_bits(void **state) {
    (void)state;
    double whole = dlt_gradient_norm2(COUNT, grad);
    for (int cut = 0; cut <= BLOCKS - 1; cut++) {
        dlt_norm norm = {0};
        int64_t at = (int64_t)cut * DLT_NORM_BLOCK;
        dlt_norm_add(&norm, at, grad);
        dlt_norm_add(&norm, COUNT - at, grad + at);
        assert_true(dlt_norm_total(&norm) == whole);
    }
}

static void optim_norm_of_any_length_is_the_sum_of_squares(void **state) {
    (void)state;
    const int64_t lengths[] = {0, 1, 31, 32, 33, 4095, 4096, 4097, COUNT};
    for (int l = 0; l < 9; l++) {
        double sum = 0;
        for (int64_t i = 0; i < lengths[l]; i++)
            sum += (double)grad[i] * (double)grad[i];
        double bound = (double)lengths[l] * DBL_EPSILON * sum;
        assert_true(fabs(dlt_gradient_norm2(lengths[l], grad) - sum) <= bound);
    }
}

static void optim_norm_of_large_floats_does_not_overflow(void **state) {
    (void)state;
    const dlt_real large[] = {(dlt_real)1e30, (dlt_real)-1e30};
    assert_true(fabs(sqrt(dlt_gradient_norm2(2, large)) / (sqrt(2) * 1e30) - 1) < 1e-6);
}

static void optim_norm_nan_stays_visible(void **state) {
    (void)state;
    grad[5000] = NAN;
    assert_true(isnan(dlt_gradient_norm2(COUNT, grad)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(optim_norm_is_the_canonical_tree_over_blocks, fill),
        cmocka_unit_test_setup(optim_norm_cut_between_blocks_gives_the_same_bits, fill),
        cmocka_unit_test_setup(optim_norm_of_any_length_is_the_sum_of_squares, fill),
        cmocka_unit_test_setup(optim_norm_of_large_floats_does_not_overflow, fill),
        cmocka_unit_test_setup(optim_norm_nan_stays_visible, fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
