/* What cannot be a graph is refused with the place in the run file. */
#include "base/alloc.h"
#include "base/error.h"
#include "config/config.h"
#include "model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct document {
    dlt_selection_list nodes;
} document;

static const dlt_key document_keys[] = {{.name = "model",
                                         .type = DLT_KEY_SELECTIONS,
                                         .offset = offsetof(document, nodes),
                                         .least = 1,
                                         .most = 100,
                                         .section = dlt_node_keys,
                                         .section_size = sizeof(dlt_node_settings),
                                         .registry = dlt_layers,
                                         .help = "The nodes."},
                                        {0}};

typedef struct fixture {
    int64_t balance;
    dlt_config *config;
    dlt_kernels kernels;
    dlt_model *model;
    int inputs;                      /* of real numbers [6], and of whole ones [2] */
    dlt_model_output_request output; /* none: the last node */
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    it = (fixture){.balance = dlt_alloc_balance(), .inputs = 1};
    return dlt_kernels_select("ref", &it.kernels) != DLT_OK;
}

static int tear_down(void **state) {
    (void)state;
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    return dlt_alloc_balance() != it.balance;
}

/* A model from a list as in a run file. */
static dlt_status create(const char *model) {
    static const int64_t sizes[] = {4, 1};
    char text[1024];
    document nodes;
    snprintf(text, sizeof text, "model:\n%s", model);
    DLT_TRY(dlt_config_parse(text, "run.yaml", NULL, 0, &it.config));
    DLT_TRY(dlt_config_read(it.config, document_keys, &nodes));
    const dlt_model_input inputs[] = {
        {.name = "x", .spec = {.shape = {1, {6}}}},
        {.name = "words", .spec = {.dtype = DLT_DTYPE_I32, .shape = {1, {2}}}}};
    dlt_model_options options = {.nodes = nodes.nodes,
                                 .inputs = inputs,
                                 .input_count = it.inputs,
                                 .outputs = &it.output,
                                 .output_count = it.output.name != NULL ? 1 : 0,
                                 .kernels = &it.kernels,
                                 .sizes = sizes,
                                 .size_count = 2,
                                 .training = true,
                                 .in_flight_max = 1};
    return dlt_model_create(&options, &it.model);
}

static void expect_refusal(const char *model, dlt_status code, const char *sentence) {
    assert_int_equal(create(model), code);
    assert_string_equal(dlt_error_message(), sentence);
}

static void model_create_refuses_unknown_input_name(void **state) {
    (void)state;
    expect_refusal("- dense: 3\n- relu: {}\n  from: [dense_2]\n", DLT_ERR_CONFIG,
                   "run.yaml:3:3: node 'relu_1' comes from 'dense_2', which is not the name of an "
                   "earlier node");
}

static void model_create_refuses_a_later_node_as_input(void **state) {
    (void)state;
    assert_int_equal(create("- add: {}\n  from: [input, last]\n- dense: 3\n  name: last\n"),
                     DLT_ERR_CONFIG);
}

static void model_create_refuses_two_nodes_of_one_name(void **state) {
    (void)state;
    expect_refusal("- dense: 3\n  name: a\n- dense: 3\n  name: a\n", DLT_ERR_CONFIG,
                   "run.yaml:4:3: two nodes have the name 'a'");
}

static void model_create_refuses_the_name_of_the_data(void **state) {
    (void)state;
    assert_int_equal(create("- dense: 3\n  name: input\n"), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "'input' is the name of the data"));
}

static void model_create_refuses_a_node_that_feeds_nothing(void **state) {
    (void)state;
    expect_refusal("- dense: 3\n  name: a\n- dense: 3\n  name: b\n  from: [input]\n",
                   DLT_ERR_CONFIG,
                   "run.yaml:2:3: node 'a' feeds no other node and is not the last");
}

static void model_create_refuses_too_few_inputs(void **state) {
    (void)state;
    assert_int_equal(create("- dense: 3\n- add\n"), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "node 'add_1' (add) takes 2 to "));
}

static void model_create_names_both_nodes_and_shapes_that_do_not_fit(void **state) {
    (void)state;
    assert_int_equal(create("- dense: 3\n  name: a\n- dense: 4\n  name: b\n- add: {}\n"
                            "  from: [a, b]\n"),
                     DLT_ERR_SHAPE);
    const char *parts[] = {"run.yaml:6:3: ", "'add_1' (add)", "'a'", "[3]", "'b'", "[4]"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(dlt_error_message(), parts[i]));
}

static void model_create_refuses_fields_of_another_type(void **state) {
    (void)state;
    it.inputs = 2;
    expect_refusal(
        "- dense: 3\n  from: [words]\n", DLT_ERR_SHAPE,
        "run.yaml:2:3: node 'dense_1' (dense) takes real numbers from 'words', which has "
        "whole numbers (int32)");
    dlt_config_destroy(&it.config);
    expect_refusal("- embedding: {vocabulary: 3, features: 2}\n", DLT_ERR_SHAPE,
                   "run.yaml:2:3: node 'embedding_1' (embedding) takes whole numbers (int32) from "
                   "'x', which has real numbers");
}

static void model_create_refuses_unknown_fields_and_outputs(void **state) {
    (void)state;
    it.inputs = 2;
    expect_refusal("- dense: 3\n  from: [ages]\n", DLT_ERR_CONFIG,
                   "run.yaml:2:3: node 'dense_1' comes from 'ages', which is not the name of an "
                   "earlier node or of a field");
    dlt_config_destroy(&it.config);
    expect_refusal("- split: 3\n- relu: {}\n  from: [split_1.3]\n", DLT_ERR_CONFIG,
                   "run.yaml:3:3: node 'relu_1' comes from 'split_1.3', which is not the name of "
                   "an earlier node or of a field");
    dlt_config_destroy(&it.config);
    it.output.name = "tail";
    expect_refusal("- dense: 3\n", DLT_ERR_CONFIG, "the model has no node 'tail'");
}

static void model_create_takes_any_node_as_output(void **state) {
    (void)state;
    it.output = (dlt_model_output_request){.name = "split_1.1", .has_loss = true};
    assert_int_equal(create("- split: {sizes: [2, 4]}\n"), DLT_OK);
    assert_int_equal(dlt_model_output(it.model, 0)->shape.dim[0], 4);
    assert_string_equal(dlt_model_output_node(it.model, 0), "split_1");
}

static void model_create_counts_more_than_ten_outputs(void **state) {
    (void)state;
    it.output = (dlt_model_output_request){.name = "relu_1", .has_loss = true};
    assert_int_equal(create("- dense: 12\n- {split: 12, name: parts}\n"
                            "- {add: {}, name: sum, from: [parts.11, parts.3]}\n- relu\n"),
                     DLT_OK);
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    assert_int_equal(
        create("- dense: 12\n- {split: 12, name: parts}\n- {relu: {}, from: parts.12}\n"),
        DLT_ERR_CONFIG);
}

static void model_create_takes_whole_numbers_as_output_without_a_loss(void **state) {
    (void)state;
    it.inputs = 2;
    it.output = (dlt_model_output_request){.name = "next", .has_loss = false};
    assert_int_equal(create("- slice: {axis: 0, start: 1}\n  name: next\n  from: [words]\n"),
                     DLT_OK);
    assert_int_equal(dlt_model_output(it.model, 0)->dtype, DLT_DTYPE_I32);
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    it.output.has_loss = true;
    expect_refusal("- slice: {axis: 0, start: 1}\n  name: next\n  from: [words]\n", DLT_ERR_CONFIG,
                   "the output 'next' of the model has whole numbers (int32); a loss needs the "
                   "gradient of real ones");
}

static void model_input_bound_is_that_of_the_smallest_embedding(void **state) {
    (void)state;
    const char *name = NULL;
    it.inputs = 2;
    assert_int_equal(create("- {embedding: {vocabulary: 9, features: 2}, from: words}\n"
                            "- {slice: {axis: 0, start: 1}, name: later, from: words}\n"
                            "- {reshape: [1, 1], name: cell}\n"
                            "- {embedding: {vocabulary: 7, features: 4}, name: small, from: cell}\n"
                            "- {embedding: {vocabulary: 8, features: 4}, from: later}\n"
                            "- {flatten: {}, name: a, from: embedding_1}\n"
                            "- {flatten: {}, name: b, from: small}\n"
                            "- {flatten: {}, name: c, from: embedding_3}\n"
                            "- {add: {}, from: [a, b, c]}\n"),
                     DLT_OK);
    assert_int_equal(dlt_model_input_bound(it.model, 1, &name), 7);
    assert_string_equal(name, "small");
    assert_int_equal(dlt_model_input_bound(it.model, 0, &name), 0);
    assert_null(name);
}

static void model_create_numbers_nodes_of_a_kind(void **state) {
    (void)state;
    const dlt_model_tensor *tensors = NULL;
    assert_int_equal(create("- dense: 5\n- relu\n- dense: 3\n"), DLT_OK);
    assert_int_equal(dlt_model_param_tensors(it.model, &tensors), 4);
    assert_string_equal(dlt_model_output_node(it.model, 0), "dense_2");
    assert_int_equal(dlt_model_param_count(it.model), 6 * 5 + 5 + 5 * 3 + 3);
}

/* The last node's first, each on a cache line of its own, without overlap. */
static void model_create_lays_out_parameters_in_the_order_of_backward(void **state) {
    (void)state;
    const dlt_model_tensor *tensors = NULL;
    assert_int_equal(create("- dense: 5\n- relu\n- dense: 3\n"), DLT_OK);
    int count = dlt_model_param_tensors(it.model, &tensors);
    int64_t dense_1 = -1;
    int64_t dense_2 = -1;
    for (int t = 0; t < count; t++) {
        assert_int_equal(tensors[t].offset % 16, 0);
        assert_true(tensors[t].offset + tensors[t].count <= dlt_model_param_elements(it.model));
        for (int other = 0; other < t; other++)
            assert_true(tensors[t].offset >= tensors[other].offset + tensors[other].count ||
                        tensors[other].offset >= tensors[t].offset + tensors[t].count);
        if (strcmp(tensors[t].name, "weight") == 0)
            *(strcmp(tensors[t].node, "dense_1") == 0 ? &dense_1 : &dense_2) = tensors[t].offset;
    }
    assert_true(dense_2 >= 0 && dense_2 < dense_1);
}

static uint64_t fingerprint_of(const char *model) {
    assert_int_equal(create(model), DLT_OK);
    uint64_t fingerprint = dlt_model_fingerprint(it.model);
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    return fingerprint;
}

static void model_fingerprint_tells_models_apart(void **state) {
    (void)state;
    uint64_t base = fingerprint_of("- dense: 5\n- relu\n- dense: 3\n");
    assert_true(base == fingerprint_of("- dense: {units: 5}\n- relu: {}\n- dense: 3\n"));
    assert_true(base != fingerprint_of("- dense: 6\n- relu\n- dense: 3\n"));
    assert_true(base != fingerprint_of("- dense: 5\n- tanh\n- dense: 3\n"));
    assert_true(base != fingerprint_of("- dense: 5\n  name: a\n- relu\n- dense: 3\n"));
}

static void model_init_is_a_function_of_the_seed(void **state) {
    (void)state;
    dlt_real first[64];
    assert_int_equal(create("- dense: 5\n"), DLT_OK);
    size_t bytes = (size_t)dlt_model_param_elements(it.model) * sizeof(dlt_real);
    assert_true(bytes <= sizeof first);
    dlt_model_init(it.model, 3);
    memcpy(first, dlt_model_params(it.model), bytes);
    dlt_model_init(it.model, 4);
    assert_memory_not_equal(first, dlt_model_params(it.model), bytes);
    dlt_model_init(it.model, 3);
    assert_memory_equal(first, dlt_model_params(it.model), bytes);
}

/* Every allocation fails once, in turn: MEM each time, and nothing is kept. */
static void model_create_survives_any_failing_allocation(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    int64_t nth = 0;
    while (status != DLT_OK) {
        dlt_alloc_fail_at(++nth);
        status = create("- dense: 5\n- batch_norm\n- dropout: 0.5\n- dense: 3\n");
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        dlt_model_destroy(&it.model);
        dlt_config_destroy(&it.config);
        assert_int_equal(dlt_alloc_balance(), it.balance);
    }
    assert_true(nth > 8);
}

#define model_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        model_test(model_create_refuses_unknown_input_name),
        model_test(model_create_refuses_a_later_node_as_input),
        model_test(model_create_refuses_two_nodes_of_one_name),
        model_test(model_create_refuses_the_name_of_the_data),
        model_test(model_create_refuses_a_node_that_feeds_nothing),
        model_test(model_create_refuses_too_few_inputs),
        model_test(model_create_names_both_nodes_and_shapes_that_do_not_fit),
        model_test(model_create_takes_any_node_as_output),
        model_test(model_create_counts_more_than_ten_outputs),
        model_test(model_create_takes_whole_numbers_as_output_without_a_loss),
        model_test(model_input_bound_is_that_of_the_smallest_embedding),
        model_test(model_create_refuses_unknown_fields_and_outputs),
        model_test(model_create_refuses_fields_of_another_type),
        model_test(model_create_numbers_nodes_of_a_kind),
        model_test(model_create_lays_out_parameters_in_the_order_of_backward),
        model_test(model_fingerprint_tells_models_apart),
        model_test(model_init_is_a_function_of_the_seed),
        model_test(model_create_survives_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
