/* Nodes that share parameters: one tensor, gradients added in the order of the nodes. */
#include "fixture.h"

static const char *const SHARED =
    "- dense: 6\n  name: a\n- tanh\n- dense: 6\n  name: b\n  share: a\n"
    "- tanh\n- dense: 6\n  name: c\n  share: b\n- dense: 3\n";
static const char *const APART = "- dense: 6\n  name: a\n- tanh\n- dense: 6\n  name: b\n"
                                 "- tanh\n- dense: 6\n  name: c\n- dense: 3\n";

static void share_keeps_one_tensor(void **state) {
    (void)state;
    const dlt_model_tensor *tensors = NULL;
    assert_int_equal(create(APART, "{}"), DLT_OK);
    const uint64_t apart = dlt_model_fingerprint(it.model);
    assert_int_equal(create(SHARED, "{}"), DLT_OK);
    assert_int_equal(dlt_model_param_tensors(it.model, &tensors), 4);
    assert_int_equal(dlt_model_param_count(it.model), 6 * 6 + 6 + 6 * 3 + 3);
    assert_string_equal(tensors[2].node, "a");
    assert_true(dlt_model_fingerprint(it.model) != apart);
    dlt_text shares = DLT_TEXT_EMPTY;
    dlt_model_describe_shares(it.model, &shares);
    assert_string_equal(dlt_text_of(&shares), "b/weight is a/weight, b/bias is a/bias, "
                                              "c/weight is a/weight, c/bias is a/bias");
    dlt_text_destroy(&shares);
}

/* The same model with a tensor for each use, all equal: of three uses the order of the sum shows in
 * the bits. */
static void share_adds_uses_in_the_order_of_the_nodes(void **state) {
    (void)state;
    static const char *const uses[] = {"a", "b", "c"};
    static const char *const names[] = {"weight", "bias"};
    dlt_real apart[ELEMENTS_MAX], shared[ELEMENTS_MAX], expected[2][64];
    assert_int_equal(create(APART, "{}"), DLT_OK);
    dlt_model_init(it.model, 5);
    copy_params("b", "a");
    copy_params("c", "a");
    gradients_from_here(0, apart);
    for (int p = 0; p < 2; p++)
        for (int64_t i = 0; i < tensor_of("a", names[p])->count; i++) {
            dlt_real sum = 0;
            for (int u = 0; u < 3; u++)
                sum += apart[tensor_of(uses[u], names[p])->offset + i];
            expected[p][i] = sum;
        }
    assert_int_equal(create(SHARED, "{}"), DLT_OK);
    gradients_of(0, shared);
    for (int p = 0; p < 2; p++) {
        const dlt_model_tensor *tensor = tensor_of("a", names[p]);
        assert_memory_equal(shared + tensor->offset, expected[p],
                            (size_t)tensor->count * sizeof *shared);
    }
}

/* A frozen parameter is frozen in all its uses, under the name of the first. */
static void share_is_frozen_as_its_first_node_is(void **state) {
    (void)state;
    dlt_real grads[ELEMENTS_MAX];
    assert_int_equal(create(SHARED, "{a: {freeze: true}}"), DLT_OK);
    gradients_of(0, grads);
    assert_true(all_are(tensor_of("a", "weight"), grads, 7));
    assert_false(dlt_model_trains(it.model, 4));
    assert_int_equal(create(SHARED, "{b: {freeze: true}}"), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "'b' matches no parameter"));
}

/* What only one of both has stays its own. */
static void share_leaves_other_names_apart(void **state) {
    (void)state;
    dlt_real grads[ELEMENTS_MAX];
    assert_int_equal(create("- dense: {units: 5, bias: false, transposed: true}\n  name: a\n"
                            "- dense: 6\n  name: b\n  share: a\n- dense: 3\n",
                            "{}"),
                     DLT_OK);
    assert_int_equal(dlt_model_param_count(it.model), 5 * 6 + 6 + 6 * 3 + 3);
    gradients_of(0, grads);
    assert_false(all_are(tensor_of("b", "bias"), grads, 7));
    assert_false(all_are(tensor_of("a", "weight"), grads, 7));
}

static void share_refuses_what_does_not_fit(void **state) {
    (void)state;
    static const struct {
        const char *model;
        const char *sentence;
    } rows[] = {
        {"- dense: 6\n- dense: 5\n  share: dense_1\n- dense: 3\n",
         "run.yaml:4:3: a shared parameter of two shapes: 'weight' is [6, 5] in node 'dense_2' and "
         "[6, 6] in node 'dense_1'"},
        {"- dense: 6\n  share: dense_2\n- dense: 3\n",
         "run.yaml:3:3: node 'dense_1' shares the parameters of 'dense_2', which is not the name "
         "of "
         "an earlier node"},
        {"- dense: 6\n- relu: {}\n  share: dense_1\n- dense: 3\n",
         "run.yaml:4:3: node 'relu_1' shares the parameters of 'dense_1', but they have none of "
         "the "
         "same name"},
        {"- dense: 6\n- dense: 3\n  share: input\n",
         "run.yaml:4:3: node 'dense_2' shares the parameters of 'input', which is not the name of "
         "an earlier node"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(create(rows[i].model, "{}"), DLT_ERR_CONFIG);
        assert_string_equal(dlt_error_message(), rows[i].sentence);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        model_test(share_keeps_one_tensor),
        model_test(share_adds_uses_in_the_order_of_the_nodes),
        model_test(share_is_frozen_as_its_first_node_is),
        model_test(share_leaves_other_names_apart),
        model_test(share_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
