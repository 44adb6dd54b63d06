#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/philox.h"
#include "fixture.h"

#include <math.h>
#include <string.h>

enum { DROPPED = 20000 };

static void build(const char *text, int64_t n, dlt_shape input, layer_fixture *out) {
    assert_int_equal(fixture_infer(text, n, 1, &input, out), DLT_OK);
}

/* Trains batch_norm on n samples of one feature; *mean and *variance get the batch statistics. */
static void observe(const dlt_layer *layer, int64_t n, const dlt_real *x, dlt_real *mean,
                    dlt_real *variance) {
    const dlt_real weight = 1;
    const dlt_real bias = 0;
    dlt_real y[8];
    dlt_real saved[2];
    dlt_real workspace[2];
    const dlt_layer_call call = {.n = n,
                                 .training = true,
                                 .x = {x},
                                 .y = {y},
                                 .params = {&weight, &bias},
                                 .statistics = {mean, variance},
                                 .saved = saved,
                                 .workspace = workspace};
    layer->ops->forward(layer, &call);
}

static void layers_batch_norm_observes_the_unbiased_variance_times_samples(void **state) {
    (void)state;
    layer_fixture fixture;
    build("batch_norm", 3, (dlt_shape){.rank = 1, .dim = {1}}, &fixture);
    const dlt_real x[] = {1, 2, 6};
    dlt_real mean;
    dlt_real variance;
    observe(&fixture.layer, 3, x, &mean, &variance);
    /* Mean 3; squared deviations 4 + 1 + 9 = 14, over 3 - 1; a few roundings each. */
    assert_true(fabs((double)mean - 3 * 3.0) <= 1e-5);
    assert_true(fabs((double)variance - 3 * 7.0) <= 1e-5);
    fixture_destroy(&fixture);
}

static void layers_batch_norm_of_images_weighs_by_samples_not_pixels(void **state) {
    (void)state;
    layer_fixture fixture;
    build("batch_norm", 1, (dlt_shape){.rank = 3, .dim = {1, 3, 1}}, &fixture);
    const dlt_real x[] = {1, 2, 6};
    dlt_real mean;
    dlt_real variance;
    observe(&fixture.layer, 1, x, &mean, &variance);
    assert_true(fabs((double)mean - 3) <= 1e-5);
    assert_true(fabs((double)variance - 7) <= 1e-5);
    fixture_destroy(&fixture);
}

static void layers_batch_norm_of_one_row_observes_no_variance(void **state) {
    (void)state;
    layer_fixture fixture;
    build("batch_norm", 1, (dlt_shape){.rank = 1, .dim = {1}}, &fixture);
    const dlt_real x = 5;
    dlt_real mean;
    dlt_real variance;
    observe(&fixture.layer, 1, &x, &mean, &variance);
    assert_true(mean == 5 && variance == 0);
    fixture_destroy(&fixture);
}

static void layers_batch_norm_weighs_micro_batches_by_their_samples(void **state) {
    (void)state;
    layer_fixture fixture;
    build("batch_norm: {momentum: 0.25}", 3, (dlt_shape){.rank = 1, .dim = {1}}, &fixture);
    /* Sums of statistics over a batch of 3 + 1 samples: means 3 and 5, variances 7 and 0. */
    const dlt_real mean_sum = 3 * 3 + 1 * 5;
    const dlt_real variance_sum = 3 * 7 + 1 * 0;
    const dlt_real *const statistics[] = {&mean_sum, &variance_sum};
    dlt_real mean = 1;
    dlt_real variance = 2;
    dlt_real *const buffers[] = {&mean, &variance};
    fixture.layer.ops->update_statistics(&fixture.layer, statistics, 4, 2, buffers);
    /* 0.75 * 1 + 0.25 * 14/4 and 0.75 * 2 + 0.25 * 21/4: sixteenths, exact. */
    assert_true(mean == (dlt_real)1.625);
    assert_true(variance == (dlt_real)2.8125);
    fixture_destroy(&fixture);
}

static void layers_batch_norm_evaluates_with_the_running_statistics(void **state) {
    (void)state;
    layer_fixture fixture;
    build("batch_norm: {eps: 1e-12}", 2, (dlt_shape){.rank = 1, .dim = {1}}, &fixture);
    const dlt_real x[] = {1, 7};
    const dlt_real weight = 3;
    const dlt_real bias = -1;
    const dlt_real mean = 5;
    const dlt_real variance = 4;
    dlt_real y[2];
    const dlt_layer_call call = {
        .n = 2, .x = {x}, .y = {y}, .params = {&weight, &bias}, .buffers = {&mean, &variance}};
    fixture.layer.ops->forward(&fixture.layer, &call);
    assert_true(fabs((double)y[0] - -7) <= 1e-5);
    assert_true(fabs((double)y[1] - 2) <= 1e-5);
    fixture_destroy(&fixture);
}

/* Runs dropout on ones with the stream of a micro-batch; backward on ones likewise. */
static void drop_ones(const dlt_layer *layer, uint64_t micro_batch, dlt_real *y, dlt_real *dx) {
    static dlt_real ones[DROPPED];
    for (int i = 0; i < DROPPED; i++)
        ones[i] = 1;
    dlt_stream stream = dlt_stream_make(3, DLT_PURPOSE_DROPOUT, 1, 0, micro_batch);
    dlt_layer_call call = {
        .n = 1, .training = true, .x = {ones}, .y = {y}, .dy = {ones}, .dx = {dx}};
    memcpy(call.random_key, stream.key, sizeof call.random_key);
    memcpy(call.random_high, stream.high, sizeof call.random_high);
    layer->ops->forward(layer, &call);
    layer->ops->backward(layer, &call);
}

static void layers_dropout_drops_the_same_elements_in_both_passes(void **state) {
    (void)state;
    static dlt_real y[DROPPED];
    static dlt_real dx[DROPPED];
    static dlt_real other[DROPPED];
    layer_fixture fixture;
    build("dropout: 0.2", 1, (dlt_shape){.rank = 1, .dim = {DROPPED}}, &fixture);
    drop_ones(&fixture.layer, 0, y, dx);
    assert_memory_equal(y, dx, sizeof y);
    drop_ones(&fixture.layer, 1, other, dx);
    assert_memory_not_equal(y, other, sizeof y);
    fixture_destroy(&fixture);
}

static void layers_dropout_keeps_the_mean(void **state) {
    (void)state;
    static dlt_real y[DROPPED];
    static dlt_real dx[DROPPED];
    layer_fixture fixture;
    build("dropout: 0.2", 1, (dlt_shape){.rank = 1, .dim = {DROPPED}}, &fixture);
    drop_ones(&fixture.layer, 0, y, dx);
    int kept = 0;
    for (int i = 0; i < DROPPED; i++) {
        assert_true(y[i] == 0 || y[i] == (dlt_real)1.25);
        kept += y[i] != 0;
    }
    /* Binomial with probability 0.8: five standard deviations. */
    assert_true(fabs(kept - 0.8 * DROPPED) <= 5 * sqrt(0.8 * 0.2 * DROPPED));
    fixture_destroy(&fixture);
}

static void layers_conv2d_create_survives_failing_allocations(void **state) {
    (void)state;
    const dlt_shape image = {.rank = 3, .dim = {4, 4, 2}};
    const int64_t sizes[] = {3, 2, 3};
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        assert_true(nth < 20);
        layer_fixture fixture;
        build("conv2d: {filters: 2, kernel: 3}", 3, image, &fixture);
        int64_t before = dlt_alloc_balance();
        dlt_alloc_fail_at(nth);
        status = fixture.layer.ops->create(&fixture.layer, sizes, 3);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        if (status != DLT_OK)
            assert_int_equal(dlt_alloc_balance(), before);
        fixture_destroy(&fixture);
    }
    assert_int_equal(dlt_alloc_balance(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_batch_norm_observes_the_unbiased_variance_times_samples),
        cmocka_unit_test(layers_batch_norm_of_images_weighs_by_samples_not_pixels),
        cmocka_unit_test(layers_batch_norm_of_one_row_observes_no_variance),
        cmocka_unit_test(layers_batch_norm_weighs_micro_batches_by_their_samples),
        cmocka_unit_test(layers_batch_norm_evaluates_with_the_running_statistics),
        cmocka_unit_test(layers_dropout_drops_the_same_elements_in_both_passes),
        cmocka_unit_test(layers_dropout_keeps_the_mean),
        cmocka_unit_test(layers_conv2d_create_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
