#include "base/philox.h"
#include "dltrain/extend/loss.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ELEMENTS = 3 * 37 };

static dlt_real prediction[ELEMENTS], target[ELEMENTS], gradient[ELEMENTS];

static const char *const losses[] = {"mse", "mae", "huber: 0.5",
                                     "binary_cross_entropy: {pos_weight: 2}"};
enum { LOSSES = sizeof losses / sizeof losses[0] };

static void fill(void) {
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < ELEMENTS; i++) {
        prediction[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
        target[i] = (dlt_real)(dlt_stream_word(&stream, (uint64_t)(i + ELEMENTS)) & 1);
        gradient[i] = NAN;
    }
}

static dlt_loss_sum compute(const dlt_selection *loss, int64_t first, int64_t n, int64_t d,
                            dlt_real *out) {
    const dlt_loss_call call = {
        .n = n,
        .d = d,
        .prediction = prediction + first * d,
        .target = {.kind = DLT_TARGET_VALUES, .values = target + first * d},
        .dprediction = out != NULL ? out + first * d : NULL,
    };
    return ((const dlt_loss_ops *)loss->kind)->compute(loss->settings, &call);
}

static void loss_elementwise_parts_add_up_to_the_whole(void **state) {
    (void)state;
    dlt_real whole_gradient[ELEMENTS];
    for (int l = 0; l < LOSSES; l++) {
        fill();
        dlt_selection loss = settings_choose(dlt_losses, losses[l]);
        dlt_loss_sum whole = compute(&loss, 0, 37, 3, gradient);
        memcpy(whole_gradient, gradient, sizeof gradient);
        dlt_loss_sum a = compute(&loss, 0, 5, 3, gradient);
        dlt_loss_sum b = compute(&loss, 5, 32, 3, gradient);
        /* a different order of 111 additions in double */
        assert_true(fabs(a.loss + b.loss - whole.loss) <= 111 * DBL_EPSILON * whole.loss);
        assert_true(a.weight + b.weight == whole.weight);
        assert_memory_equal(gradient, whole_gradient, sizeof gradient);
    }
}

static void loss_elementwise_mse_of_any_length_is_the_mean_of_squares(void **state) {
    (void)state;
    fill();
    dlt_selection loss = settings_choose(dlt_losses, "mse");
    for (int64_t d = 1; d <= 37; d++) {
        double sum = 0;
        for (int64_t i = 0; i < d; i++)
            sum += pow((double)(prediction[i] - target[i]), 2);
        dlt_loss_sum got = compute(&loss, 0, 1, d, NULL);
        /* each square is rounded once more, to dlt_real */
        assert_true(fabs(got.loss - sum / (double)d) <= (double)FLT_EPSILON * sum / (double)d);
        assert_true(got.weight == 1);
    }
}

static void loss_elementwise_nan_stays_visible(void **state) {
    (void)state;
    for (int l = 0; l < LOSSES; l++) {
        fill();
        prediction[17] = NAN;
        dlt_selection loss = settings_choose(dlt_losses, losses[l]);
        assert_true(isnan(compute(&loss, 0, 37, 3, gradient).loss));
    }
}

static void loss_elementwise_compute_allocates_nothing(void **state) {
    (void)state;
    fill();
    for (int l = 0; l < LOSSES; l++) {
        dlt_selection loss = settings_choose(dlt_losses, losses[l]);
        int64_t made = dlt_alloc_made();
        compute(&loss, 0, 37, 3, gradient);
        assert_int_equal(dlt_alloc_made(), made);
    }
}

static void loss_binary_cross_entropy_extreme_logits_stay_finite(void **state) {
    (void)state;
    const dlt_real logits[] = {FLT_MAX, -FLT_MAX, 1e4f, -1e4f, 0};
    dlt_selection loss = settings_choose(dlt_losses, "binary_cross_entropy");
    for (int i = 0; i < 5; i++) {
        prediction[0] = logits[i];
        target[0] = logits[i] > 0;
        dlt_real slope = NAN;
        dlt_loss_sum right = compute(&loss, 0, 1, 1, &slope);
        assert_true(right.loss >= 0 && right.loss <= log(2) + (double)FLT_EPSILON);
        assert_true(isfinite(slope));
        target[0] = 1 - target[0];
        assert_true(isfinite(compute(&loss, 0, 1, 1, &slope).loss));
        assert_true(isfinite(slope));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(loss_elementwise_parts_add_up_to_the_whole),
        settings_test(loss_elementwise_mse_of_any_length_is_the_mean_of_squares),
        settings_test(loss_elementwise_nan_stays_visible),
        settings_test(loss_elementwise_compute_allocates_nothing),
        settings_test(loss_binary_cross_entropy_extreme_logits_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
