#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#include <string.h>

/* A layer that cannot stand where it stands, and the sentence that says so. */
typedef struct refusal {
    const char *text;
    int input_count;
    dlt_shape inputs[3];
    dlt_status status;
    const char *message;
} refusal;

static void check_refusal(const refusal *expected) {
    layer_fixture fixture;
    dlt_status status =
        fixture_infer(expected->text, 2, expected->input_count, expected->inputs, &fixture);
    assert_int_equal(status, expected->status);
    assert_string_equal(dlt_error_message(), expected->message);
    fixture_destroy(&fixture);
}

static void layers_infer_names_both_nodes_and_both_shapes(void **state) {
    (void)state;
    const refusal refusals[] = {
        {"dense: 3",
         1,
         {{0}},
         DLT_ERR_SHAPE,
         "node 'self' (dense) cannot take [] from node 'a': it works along the last dimension, and "
         "a "
         "scalar has none"},
        {"conv2d: {filters: 2, kernel: 3}",
         1,
         {{1, {784}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d) cannot take [784] from node 'a': it needs images [H, W, C]"},
        {"conv2d: {filters: 2, kernel: [2, 3], dilation: 2, padding: [0, 1, 0, 0]}",
         1,
         {{3, {2, 4, 1}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d) cannot take [2, 4, 1] from node 'a': its window is 5 wide and the "
         "image with its padding only 4"},
        {"conv2d: {filters: 4, kernel: 1, groups: 2}",
         1,
         {{3, {2, 2, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d) cannot take [2, 2, 3] from node 'a': its 2 groups do not divide the "
         "channels"},
        {"max_pool2d: 3",
         1,
         {{3, {2, 8, 1}}},
         DLT_ERR_SHAPE,
         "node 'self' (max_pool2d) cannot take [2, 8, 1] from node 'a': its window is 3 high and "
         "the "
         "image with its padding only 2"},
        {"global_avg_pool2d",
         1,
         {{2, {4, 4}}},
         DLT_ERR_SHAPE,
         "node 'self' (global_avg_pool2d) cannot take [4, 4] from node 'a': it needs images [H, W, "
         "C]"},
        {"reshape: [3, 3]",
         1,
         {{1, {8}}},
         DLT_ERR_SHAPE,
         "node 'self' (reshape) cannot take [8] from node 'a': it does not have the elements of "
         "[3, "
         "3]"},
        {"reshape: [3, -1]",
         1,
         {{1, {8}}},
         DLT_ERR_SHAPE,
         "node 'self' (reshape) cannot take [8] from node 'a': it does not have the elements of "
         "[3, "
         "-1]"},
        {"add",
         3,
         {{1, {4}}, {1, {4}}, {2, {4, 1}}},
         DLT_ERR_SHAPE,
         "node 'self' (add) cannot take [4, 1] from node 'c': node 'a' gives [4], and all inputs "
         "must have one shape"},
        {"concat",
         2,
         {{3, {4, 4, 2}}, {3, {4, 5, 2}}},
         DLT_ERR_SHAPE,
         "node 'self' (concat) cannot take [4, 5, 2] from node 'b': node 'a' gives [4, 4, 2], and "
         "inputs may differ in dimension 2 only"},
        {"concat: 1",
         2,
         {{1, {4}}, {1, {4}}},
         DLT_ERR_SHAPE,
         "node 'self' (concat) cannot take [4] from node 'a': it has no dimension 1"},
        {"mul",
         2,
         {{2, {4, 3}}, {2, {2, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (mul) cannot take [2, 3] from node 'b': node 'a' gives [4, 3], and counted "
         "from the last dimension sizes must be equal or 1"},
        {"mul",
         2,
         {{1, {4}}, {3, {4, 1, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (mul) cannot take [4, 1, 3] from node 'b': node 'a' gives [4], and counted "
         "from the last dimension sizes must be equal or 1"},
        {"reduce: {op: sum, axes: 2}",
         1,
         {{2, {4, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (reduce) cannot take [4, 3] from node 'a': it has no dimension 2"},
        {"reduce: {op: max, axes: [0, -3]}",
         1,
         {{2, {4, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (reduce) cannot take [4, 3] from node 'a': it has no dimension -3"},
        {"reduce: {op: mean, axes: -1}",
         1,
         {{0}},
         DLT_ERR_SHAPE,
         "node 'self' (reduce) cannot take [] from node 'a': it has no dimension -1"},
        {"slice: {axis: 1}",
         1,
         {{1, {4}}},
         DLT_ERR_SHAPE,
         "node 'self' (slice) cannot take [4] from node 'a': it has no dimension 1"},
        {"slice: {axis: -1, start: 3, end: 3}",
         1,
         {{2, {2, 5}}},
         DLT_ERR_SHAPE,
         "node 'self' (slice) cannot take [2, 5] from node 'a': its start, end and step take none "
         "of the 5 positions of dimension 1"},
        {"slice: {axis: 0, start: 9}",
         1,
         {{2, {2, 5}}},
         DLT_ERR_SHAPE,
         "node 'self' (slice) cannot take [2, 5] from node 'a': its start, end and step take none "
         "of the 2 positions of dimension 0"},
        {"slice: {axis: 0, start: 0, end: 3, step: -1}",
         1,
         {{1, {4}}},
         DLT_ERR_SHAPE,
         "node 'self' (slice) cannot take [4] from node 'a': its start, end and step take none of "
         "the 4 positions of dimension 0"},
        {"transpose: [1, 0]",
         1,
         {{3, {2, 3, 4}}},
         DLT_ERR_SHAPE,
         "node 'self' (transpose) cannot take [2, 3, 4] from node 'a': its perm names 2 "
         "dimensions"},
        {"transpose: [1, 2, 3]",
         1,
         {{3, {2, 3, 4}}},
         DLT_ERR_SHAPE,
         "node 'self' (transpose) cannot take [2, 3, 4] from node 'a': it has no dimension 3"},
        {"matmul",
         2,
         {{2, {4, 3}}, {1, {3}}},
         DLT_ERR_SHAPE,
         "node 'self' (matmul) cannot take [3] from node 'b': it multiplies matrices"},
        {"matmul",
         2,
         {{0}, {2, {3, 2}}},
         DLT_ERR_SHAPE,
         "node 'self' (matmul) cannot take [] from node 'a': it multiplies matrices"},
        {"matmul",
         2,
         {{2, {4, 3}}, {2, {4, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (matmul) cannot take [4, 3] from node 'b': node 'a' gives [4, 3], whose 3 "
         "columns do not match these 4 rows"},
        {"matmul",
         2,
         {{3, {2, 4, 3}}, {3, {5, 3, 4}}},
         DLT_ERR_SHAPE,
         "node 'self' (matmul) cannot take [5, 3, 4] from node 'b': node 'a' gives [2, 4, 3], and "
         "dimensions before the last two must be equal or 1"},
        {"conv2d_transpose: {filters: 2, kernel: 3}",
         1,
         {{1, {8}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d_transpose) cannot take [8] from node 'a': it needs images [H, W, C]"},
        {"conv2d_transpose: {filters: 4, kernel: 2, groups: 2}",
         1,
         {{3, {2, 2, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d_transpose) cannot take [2, 2, 3] from node 'a': its 2 groups do not "
         "divide the channels"},
        {"conv2d_transpose: {filters: 4, kernel: 3, padding: [1, 2]}",
         1,
         {{3, {2, 2, 3}}},
         DLT_ERR_SHAPE,
         "node 'self' (conv2d_transpose) cannot take [2, 2, 3] from node 'a': its padding cuts off "
         "all "
         "columns of the output"},
        {"lstm: 4",
         1,
         {{1, {8}}},
         DLT_ERR_SHAPE,
         "node 'self' (lstm) cannot take [8] from node 'a': it needs sequences [T, D]"},
        {"lstm: 4",
         2,
         {{2, {3, 8}}, {1, {3}}},
         DLT_ERR_SHAPE,
         "node 'self' (lstm) cannot take [3] from node 'b': the number of steps is one number per "
         "sample"},
        {"attention: 3",
         3,
         {{2, {2, 8}}, {2, {2, 8}}, {2, {2, 8}}},
         DLT_ERR_SHAPE,
         "node 'self' (attention) cannot take [2, 8] from node 'a': its 3 heads do not divide the "
         "features"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        check_refusal(&refusals[i]);
}

static void layers_infer_refuses_settings_that_contradict_each_other(void **state) {
    (void)state;
    const refusal refusals[] = {
        {"conv2d: {filters: 3, kernel: 1, groups: 2}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d): groups 2 does not divide filters 3"},
        {"conv2d: {filters: 3, kernel: 1, padding: [1, 2, 3]}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d): padding takes 1, 2 or 4 numbers, not 3"},
        {"avg_pool2d: {size: 2, padding: [0, 2]}",
         1,
         {{3, {8, 8, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (avg_pool2d): padding 2 must be smaller than the window's size 2"},
        {"reshape: [-1, 2, -1]",
         1,
         {{1, {8}}},
         DLT_ERR_CONFIG,
         "node 'self' (reshape): only one dimension can be -1"},
        {"reshape: [8, 0]",
         1,
         {{1, {8}}},
         DLT_ERR_CONFIG,
         "node 'self' (reshape): a dimension cannot be 0"},
        {"reduce: {op: sum, axes: [0, -2]}",
         1,
         {{2, {4, 3}}},
         DLT_ERR_CONFIG,
         "node 'self' (reduce): axes name dimension 0 twice"},
        {"slice: {axis: 0, step: 0}",
         1,
         {{1, {4}}},
         DLT_ERR_CONFIG,
         "node 'self' (slice): step cannot be 0"},
        {"transpose: [0, 2, -1]",
         1,
         {{3, {2, 3, 4}}},
         DLT_ERR_CONFIG,
         "node 'self' (transpose): perm names dimension 2 twice"},
        {"conv2d_transpose: {filters: 3, kernel: 1, groups: 2}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d_transpose): groups 2 does not divide filters 3"},
        {"conv2d_transpose: {filters: 3, kernel: 1, padding: [1, 2, 3]}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d_transpose): padding takes 1, 2 or 4 numbers, not 3"},
        {"conv2d_transpose: {filters: 3, kernel: 3, stride: [3, 2], output_padding: 2}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d_transpose): output_padding 2 must be smaller than the stride 2"},
        {"conv2d_transpose: {filters: 3, kernel: 3, stride: 2, padding: same, output_padding: 1}",
         1,
         {{3, {2, 2, 2}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d_transpose): output_padding needs padding as numbers, since same "
         "gives input * stride outputs"},
        {"conv2d_transpose: {filters: 1, kernel: 1, stride: 1048576}",
         1,
         {{3, {1048576, 1048576, 1}}},
         DLT_ERR_CONFIG,
         "node 'self' (conv2d_transpose) would have an output of more than 281474976710656 "
         "numbers; no computer holds that"},
        {"mul",
         2,
         {{2, {1073741824, 1}}, {2, {1, 1073741824}}},
         DLT_ERR_CONFIG,
         "node 'self' (mul) would have an output of more than 281474976710656 numbers; no computer "
         "holds that"},
        {"matmul",
         2,
         {{2, {1073741824, 1}}, {2, {1, 1073741824}}},
         DLT_ERR_CONFIG,
         "node 'self' (matmul) would have an output of more than 281474976710656 numbers; no "
         "computer holds that"},
        {"dense: 2147483647",
         1,
         {{1, {INT64_C(1) << 40}}},
         DLT_ERR_CONFIG,
         "node 'self' (dense) would have a weight of more than 281474976710656 numbers; no "
         "computer "
         "holds that"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        check_refusal(&refusals[i]);
}

static void layers_shape_error_fills_in_its_reason(void **state) {
    (void)state;
    const dlt_layer_context context = {.node = "fc",
                                       .input_count = 1,
                                       .input_nodes = {"pool"},
                                       .inputs = {{.shape = {.rank = 3, .dim = {7, 7, 32}}}}};
    assert_int_equal(dlt_layer_shape_error(&context, "dense", 0, "it is %s", "too large"),
                     DLT_ERR_SHAPE);
    assert_string_equal(dlt_error_message(), "node 'fc' (dense) cannot take [7, 7, "
                                             "32] from node 'pool': it is too large");
}

/* A layer and the shape that comes out. */
typedef struct output_case {
    const char *text;
    dlt_shape input;
    dlt_shape output;
} output_case;

static void layers_infer_gives_the_output_shape(void **state) {
    (void)state;
    const output_case cases[] = {
        {"dense: 7", {2, {5, 3}}, {2, {5, 7}}},
        {"conv2d: {filters: 8, kernel: 3}", {3, {28, 27, 1}}, {3, {26, 25, 8}}},
        {"conv2d: {filters: 8, kernel: 3, padding: same, stride: 2}",
         {3, {7, 8, 1}},
         {3, {4, 4, 8}}},
        {"conv2d: {filters: 8, kernel: 7, padding: 3, stride: 2}",
         {3, {224, 224, 3}},
         {3, {112, 112, 8}}},
        {"conv2d: {filters: 1, kernel: 3, dilation: 2}", {3, {9, 6, 1}}, {3, {5, 2, 1}}},
        {"max_pool2d: 2", {3, {5, 4, 3}}, {3, {2, 2, 3}}},
        {"avg_pool2d: {size: 3, stride: 2, padding: 1}", {3, {8, 7, 3}}, {3, {4, 4, 3}}},
        {"global_max_pool2d", {3, {8, 7, 3}}, {1, {3}}},
        {"flatten", {3, {2, 3, 4}}, {1, {24}}},
        {"reshape: [2, -1, 3]", {1, {24}}, {3, {2, 4, 3}}},
        {"reshape: -1", {3, {2, 3, 4}}, {1, {24}}},
        {"softmax", {2, {5, 3}}, {2, {5, 3}}},
        {"reduce: sum", {2, {5, 3}}, {0}},
        {"reduce: {op: max, axes: [0, -1]}", {3, {5, 3, 2}}, {1, {3}}},
        {"reduce: {op: mean, keep_dims: true}", {2, {5, 3}}, {2, {1, 1}}},
        {"slice: {axis: 0, start: -3, end: -1}", {2, {5, 3}}, {2, {2, 3}}},
        {"slice: {axis: -1, step: -2}", {2, {5, 3}}, {2, {5, 2}}},
        {"slice: {axis: 0, start: -9, end: 99, step: 4}", {1, {5}}, {1, {2}}},
        {"transpose: [2, 0, 1]", {3, {5, 3, 2}}, {3, {2, 5, 3}}},
        {"transpose", {3, {5, 3, 2}}, {3, {2, 3, 5}}},
        {"conv2d_transpose: {filters: 8, kernel: 2, stride: 2}", {3, {7, 5, 3}}, {3, {14, 10, 8}}},
        {"conv2d_transpose: {filters: 8, kernel: 4, stride: 2, padding: 1}",
         {3, {7, 5, 3}},
         {3, {14, 10, 8}}},
        {"conv2d_transpose: {filters: 8, kernel: 3, stride: 2, padding: 1, output_padding: [0, 1]}",
         {3, {7, 5, 3}},
         {3, {13, 10, 8}}},
        {"conv2d_transpose: {filters: 8, kernel: 3, stride: 3, padding: same}",
         {3, {7, 5, 3}},
         {3, {21, 15, 8}}},
        {"conv2d_transpose: {filters: 8, kernel: [3, 1], dilation: 2, padding: [1, 0, 0, 1]}",
         {3, {7, 5, 3}},
         {3, {10, 4, 8}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        layer_fixture fixture;
        assert_int_equal(fixture_infer(cases[i].text, 2, 1, &cases[i].input, &fixture), DLT_OK);
        assert_true(dlt_shape_equal(&fixture.layer.spec.outputs[0].shape, &cases[i].output));
        fixture_destroy(&fixture);
    }
}

/* Two inputs, and the shape that comes out. */
typedef struct pair_case {
    const char *text;
    dlt_shape inputs[2];
    dlt_shape output;
} pair_case;

static void layers_infer_broadcasts_two_inputs(void **state) {
    (void)state;
    const pair_case cases[] = {
        {"mul", {{2, {5, 3}}, {2, {5, 3}}}, {2, {5, 3}}},
        {"mul", {{2, {5, 3}}, {1, {1}}}, {2, {5, 3}}},
        {"mul", {{0}, {2, {5, 3}}}, {2, {5, 3}}},
        {"mul", {{2, {5, 1}}, {3, {2, 1, 3}}}, {3, {2, 5, 3}}},
        {"matmul", {{2, {5, 3}}, {2, {3, 4}}}, {2, {5, 4}}},
        {"matmul", {{2, {5, 3}}, {3, {2, 3, 4}}}, {3, {2, 5, 4}}},
        {"matmul", {{4, {6, 1, 5, 3}}, {3, {2, 3, 4}}}, {4, {6, 2, 5, 4}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        layer_fixture fixture;
        assert_int_equal(fixture_infer(cases[i].text, 2, 2, cases[i].inputs, &fixture), DLT_OK);
        assert_true(dlt_shape_equal(&fixture.layer.spec.outputs[0].shape, &cases[i].output));
        fixture_destroy(&fixture);
    }
}

static void layers_infer_counts_fans_and_operations_of_a_convolution(void **state) {
    (void)state;
    const dlt_shape image = {.rank = 3, .dim = {6, 6, 4}};
    layer_fixture fixture;
    assert_int_equal(
        fixture_infer("conv2d: {filters: 8, kernel: [3, 2], groups: 2}", 5, 1, &image, &fixture),
        DLT_OK);
    const dlt_param_spec *weight = &fixture.layer.spec.params[0];
    assert_int_equal(weight->fan_in, 3 * 2 * 4 / 2);
    assert_int_equal(weight->fan_out, 3 * 2 * 8);
    const dlt_shape shape = {.rank = 4, .dim = {3, 2, 2, 8}};
    assert_true(dlt_shape_equal(&weight->shape, &shape));
    /* A multiplication and an addition per weight seen, and the bias. */
    assert_int_equal(fixture.layer.spec.flops, 5 * (4 * 5 * 8) * (2 * 12 + 1));
    fixture_destroy(&fixture);
}

/* From q, k, v of 4096 positions with 8 heads of 64: the scores alone would be 512 MiB. */
static void layers_attention_needs_no_memory_for_scores(void **state) {
    (void)state;
    layer_fixture fixture;
    const dlt_shape each = {2, {4096, 512}};
    const dlt_shape inputs[] = {each, each, each};
    assert_int_equal(fixture_infer("attention: {heads: 8, causal: true}", 1, 3, inputs, &fixture),
                     DLT_OK);
    const dlt_layer_spec *spec = &fixture.layer.spec;
    assert_true(spec->saved_bytes + spec->workspace_bytes <= INT64_C(1) << 20);
    fixture_destroy(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_infer_names_both_nodes_and_both_shapes),
        cmocka_unit_test(layers_infer_refuses_settings_that_contradict_each_other),
        cmocka_unit_test(layers_shape_error_fills_in_its_reason),
        cmocka_unit_test(layers_infer_gives_the_output_shape),
        cmocka_unit_test(layers_infer_broadcasts_two_inputs),
        cmocka_unit_test(layers_infer_counts_fans_and_operations_of_a_convolution),
        cmocka_unit_test(layers_attention_needs_no_memory_for_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
