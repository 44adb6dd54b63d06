/* What patterns pick, what several of them say together, and what a frozen parameter spares. */
#include "fixture.h"

static const char *const THREE_LAYERS = "- dense: 5\n- batch_norm\n- dense: 4\n  name: mid\n"
                                        "- relu\n- dense: 3\n  name: head\n";

static void pattern_matches_nodes_and_full_names(void **state) {
    (void)state;
    static const struct {
        const char *pattern;
        bool weight; /* of encoder_1/weight and encoder_1/bias, and of head/bias */
        bool bias;
        bool other;
    } rows[] = {
        {"*", true, true, true},           {"*/bias", false, true, true},
        {"encoder*", true, true, false},   {"encoder_1", true, true, false},
        {"encoder", false, false, false},  {"encoder_?/weight", true, false, false},
        {"*1/*ia*", false, true, false},   {"*_1*/*", true, true, false},
        {"head/bias", false, false, true}, {"????", false, false, true},
        {"", false, false, false},         {"*/", false, false, false},
        {"role:bias", false, true, true},  {"role:weight", true, false, false},
        {"role:", false, false, false},    {"**d*d*", false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *pattern = rows[i].pattern;
        assert_int_equal(
            dlt_param_pattern_matches(pattern, "encoder_1", "weight", DLT_PARAM_WEIGHT),
            rows[i].weight);
        assert_int_equal(dlt_param_pattern_matches(pattern, "encoder_1", "bias", DLT_PARAM_BIAS),
                         rows[i].bias);
        assert_int_equal(dlt_param_pattern_matches(pattern, "head", "bias", DLT_PARAM_BIAS),
                         rows[i].other);
    }
}

static void later_patterns_win_key_by_key(void **state) {
    (void)state;
    assert_int_equal(create(THREE_LAYERS,
                            "{'*': {lr_factor: 0.5, freeze: 2}, role:bias: {weight_decay: 0}, "
                            "head: {freeze: false}, 'head/bias': {lr_factor: 3}}"),
                     DLT_OK);
    const dlt_param_settings *mid = &tensor_of("mid", "weight")->settings;
    const dlt_param_settings *head = &tensor_of("head", "bias")->settings;
    assert_true(mid->lr_factor == 0.5 && isnan(mid->weight_decay) && mid->freeze == 2);
    assert_true(head->lr_factor == 3 && head->weight_decay == 0 && head->freeze == 0);
    assert_true(tensor_of("batch_norm_1", "bias")->settings.weight_decay == 0);
    assert_int_equal(tensor_of("batch_norm_1", "weight")->role, DLT_PARAM_NORM_SCALE);
}

static void groups_cover_the_flat_parameters(void **state) {
    (void)state;
    const dlt_model_group *groups = NULL;
    assert_int_equal(create(THREE_LAYERS, "{}"), DLT_OK);
    assert_int_equal(dlt_model_groups(it.model, &groups), 1);
    assert_int_equal(groups[0].count, dlt_model_param_elements(it.model));
    assert_int_equal(create(THREE_LAYERS, "{mid: {lr_factor: 2}}"), DLT_OK);
    const int count = dlt_model_groups(it.model, &groups);
    int64_t end = 0;
    int tensors = 0;
    assert_int_equal(count, 3);
    for (int g = 0; g < count; g++) {
        assert_int_equal(groups[g].offset, end);
        assert_int_equal(groups[g].first_tensor, tensors);
        end += groups[g].count;
        tensors += groups[g].tensor_count;
    }
    assert_int_equal(end, dlt_model_param_elements(it.model));
    assert_int_equal(groups[1].tensor_count, 2);
}

static void patterns_without_a_parameter_are_refused(void **state) {
    (void)state;
    static const char *const patterns[] = {"dense", "role:embedding", "'*/gamma'", "head/weigh"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "{mid: {}, %s: {freeze: true}}", patterns[i]);
        assert_int_equal(create(THREE_LAYERS, text), DLT_ERR_CONFIG);
        assert_non_null(strstr(dlt_error_message(), "run.yaml:1:23: '"));
        assert_non_null(strstr(dlt_error_message(), "' matches no parameter of the model"));
    }
}

static void frozen_parameters_have_no_gradient(void **state) {
    (void)state;
    dlt_real whole[ELEMENTS_MAX], grads[ELEMENTS_MAX];
    assert_int_equal(create(THREE_LAYERS, "{}"), DLT_OK);
    assert_true(dlt_model_param_elements(it.model) <= ELEMENTS_MAX);
    gradients_of(0, whole);
    const int64_t arena = dlt_model_arena_bytes(it.model);
    const int64_t flops = dlt_model_backward_flops(it.model);
    assert_int_equal(
        create(THREE_LAYERS, "{'dense*': {freeze: true}, 'batch_norm*': {freeze: true}}"), DLT_OK);
    gradients_of(0, grads);
    assert_false(dlt_model_trains(it.model, 0) || dlt_model_trains(it.model, 1));
    assert_true(dlt_model_trains(it.model, 2));
    assert_true(dlt_model_arena_bytes(it.model) < arena);
    assert_true(dlt_model_backward_flops(it.model) < flops);
    assert_true(all_are(tensor_of("dense_1", "weight"), grads, 7));
    for (int p = 0; p < 2; p++) {
        const dlt_model_tensor *mid = tensor_of("mid", p == 0 ? "weight" : "bias");
        assert_memory_equal(grads + mid->offset, whole + mid->offset,
                            (size_t)mid->count * sizeof *grads);
    }
}

/* What lies before a frozen node has the gradient that it had. */
static void gradients_pass_through_frozen_nodes(void **state) {
    (void)state;
    dlt_real whole[ELEMENTS_MAX], grads[ELEMENTS_MAX];
    assert_int_equal(create(THREE_LAYERS, "{}"), DLT_OK);
    gradients_of(0, whole);
    assert_int_equal(create(THREE_LAYERS, "{head: {freeze: true}, mid/weight: {freeze: true}}"),
                     DLT_OK);
    gradients_of(0, grads);
    const dlt_model_tensor *first = tensor_of("dense_1", "weight");
    assert_memory_equal(grads + first->offset, whole + first->offset,
                        (size_t)first->count * sizeof *grads);
    const dlt_model_tensor *bias = tensor_of("mid", "bias");
    for (int64_t i = 0; i < bias->count; i++)
        assert_true(fabs((double)(grads[bias->offset + i] - whole[bias->offset + i])) < 1e-5);
    assert_true(all_are(tensor_of("mid", "weight"), grads, 7));
    assert_true(all_are(tensor_of("head", "bias"), grads, 7));
}

static void gradients_are_dropped_until_their_epoch(void **state) {
    (void)state;
    dlt_real whole[ELEMENTS_MAX], grads[ELEMENTS_MAX];
    assert_int_equal(create(THREE_LAYERS, "{mid: {freeze: 2}}"), DLT_OK);
    gradients_of(2, whole);
    assert_false(all_are(tensor_of("mid", "weight"), whole, 0));
    gradients_of(1, grads);
    assert_true(all_are(tensor_of("mid", "weight"), grads, 0));
    assert_true(all_are(tensor_of("mid", "bias"), grads, 0));
    const dlt_model_tensor *first = tensor_of("dense_1", "weight");
    assert_memory_equal(grads + first->offset, whole + first->offset,
                        (size_t)first->count * sizeof *grads);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        model_test(pattern_matches_nodes_and_full_names),
        model_test(later_patterns_win_key_by_key),
        model_test(groups_cover_the_flat_parameters),
        model_test(patterns_without_a_parameter_are_refused),
        model_test(frozen_parameters_have_no_gradient),
        model_test(gradients_pass_through_frozen_nodes),
        model_test(gradients_are_dropped_until_their_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
