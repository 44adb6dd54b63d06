#include "dltrain/extend/loss.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>
#include <string.h>

static dlt_status check(const char *settings, const dlt_shape *output) {
    dlt_selection loss = settings_choose(dlt_losses, settings);
    const dlt_loss_operands operands = {.prediction = {.name = "node 'head'", .shape = output}};
    dlt_loss_rows rows;
    return dlt_loss_cut(&loss, &operands, &rows);
}

static void loss_cross_entropy_check_refuses_single_scores(void **state) {
    (void)state;
    const dlt_shape single = {1, {1}}, none = {0}, image = {3, {7, 7, 1}};
    const dlt_shape *const shapes[] = {&single, &none, &image};
    for (int i = 0; i < 3; i++)
        assert_int_equal(check("cross_entropy", shapes[i]), DLT_ERR_SHAPE);
    assert_non_null(strstr(dlt_error_message(), "node 'head' has shape [7, 7, 1]"));
}

static void loss_cross_entropy_check_refuses_weights_of_another_length(void **state) {
    (void)state;
    const dlt_shape output = {1, {3}}, positions = {2, {3, 2}};
    assert_int_equal(check("cross_entropy: {class_weights: [1, 2, 3]}", &output), DLT_OK);
    assert_int_equal(check("cross_entropy: {class_weights: [1, 2]}", &output), DLT_ERR_SHAPE);
    assert_non_null(strstr(dlt_error_message(), "2 numbers"));
    assert_non_null(strstr(dlt_error_message(), "3 classes"));
    assert_int_equal(check("cross_entropy: {class_weights: [1, 2]}", &positions), DLT_OK);
}

static void loss_cross_entropy_balances_where_asked(void **state) {
    (void)state;
    static const dlt_shape output = {1, {2}};
    assert_int_equal(check("cross_entropy: {class_weights: balanced}", &output), DLT_OK);
    assert_int_equal(check("cross_entropy: {class_weights: [balanced, 1]}", &output),
                     DLT_ERR_CONFIG);
    static const dlt_real prediction[] = {1, -1, 0.5F, 2, 0, 0};
    static const int32_t labels[] = {0, 1, 0};
    static const double weights[] = {0.75, 1.5};
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("ref", &kernels), DLT_OK);
    dlt_loss_call call = {.n = 3,
                          .d = 2,
                          .prediction = prediction,
                          .target = {.kind = DLT_TARGET_LABELS, .labels = labels},
                          .kernels = &kernels,
                          .class_weights = weights};
    double losses[3];
    static const char *const texts[] = {"cross_entropy: {class_weights: balanced}",
                                        "cross_entropy: {class_weights: [0.75, 1.5]}",
                                        "cross_entropy"};
    for (int i = 0; i < 3; i++) {
        dlt_selection loss = settings_choose(dlt_losses, texts[i]);
        const dlt_loss_ops *ops = (const dlt_loss_ops *)(const void *)loss.kind;
        assert_int_equal(ops->balances(loss.settings), i == 0);
        dlt_loss_sum sum = ops->compute(loss.settings, &call);
        losses[i] = sum.loss / sum.weight;
    }
    assert_true(losses[0] == losses[1]);
    assert_true(losses[0] != losses[2]);
}

static void loss_cross_entropy_weight_is_the_sum_of_class_weights(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("ref", &kernels), DLT_OK);
    dlt_selection loss = settings_choose(dlt_losses, "cross_entropy: {class_weights: [0.5, 1, 4]}");
    const dlt_real logits[] = {0, 0, 0, 1, 2, 3, 3, 2, 1};
    const int32_t labels[] = {2, 0, 2};
    const dlt_loss_call call = {.n = 3,
                                .d = 3,
                                .prediction = logits,
                                .target = {.kind = DLT_TARGET_LABELS, .labels = labels},
                                .kernels = &kernels};
    dlt_loss_sum sum = ((const dlt_loss_ops *)loss.kind)->compute(loss.settings, &call);
    assert_true(sum.weight == 8.5);
}

static void loss_probabilities_of_cross_entropy_sum_to_one(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("ref", &kernels), DLT_OK);
    dlt_selection loss = settings_choose(dlt_losses, "cross_entropy");
    const dlt_real logits[] = {0, 1, 2, -50, 0, 50};
    dlt_real out[6];
    ((const dlt_loss_ops *)loss.kind)->probabilities(&kernels, 2, 3, logits, out);
    for (int row = 0; row < 2; row++) {
        double sum = (double)out[3 * row] + (double)out[3 * row + 1] + (double)out[3 * row + 2];
        assert_true(fabs(sum - 1) <= 3 * (double)FLT_EPSILON);
    }
    assert_true(out[2] > out[1] && out[1] > out[0]);
}

static void loss_probabilities_of_binary_cross_entropy_are_one_half_at_zero(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("ref", &kernels), DLT_OK);
    dlt_selection loss = settings_choose(dlt_losses, "binary_cross_entropy");
    const dlt_real logits[] = {0, 100, -100};
    dlt_real out[3];
    ((const dlt_loss_ops *)loss.kind)->probabilities(&kernels, 3, 1, logits, out);
    assert_true(out[0] == (dlt_real)0.5 && out[1] == 1 && out[2] < (dlt_real)1e-30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(loss_cross_entropy_check_refuses_single_scores),
        settings_test(loss_cross_entropy_check_refuses_weights_of_another_length),
        settings_test(loss_cross_entropy_balances_where_asked),
        settings_test(loss_cross_entropy_weight_is_the_sum_of_class_weights),
        settings_test(loss_probabilities_of_cross_entropy_sum_to_one),
        settings_test(loss_probabilities_of_binary_cross_entropy_are_one_half_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
