/* What a small model costs, against figures worked out by hand: samples [6] through dense 4, relu
 * and dense 3, 4 of them at once. */
#include "base/alloc.h"
#include "config/config.h"
#include "model/costs.h"
#include "support/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    static const int64_t sizes[] = {4};
    document nodes;
    it = (fixture){.balance = dlt_alloc_balance()};
    it.config = document_of("model: [{dense: 4}, relu, {dense: 3}]\n");
    if (dlt_kernels_select("ref", &it.kernels) != DLT_OK ||
        dlt_config_read(it.config, document_keys, &nodes) != DLT_OK)
        return 1;
    const dlt_model_input input = {.name = "input", .spec = {.shape = {1, {6}}}};
    dlt_model_options options = {.nodes = nodes.nodes,
                                 .inputs = &input,
                                 .input_count = 1,
                                 .kernels = &it.kernels,
                                 .sizes = sizes,
                                 .size_count = 1,
                                 .training = true,
                                 .in_flight_max = 1};
    return dlt_model_create(&options, &it.model) != DLT_OK;
}

static int tear_down(void **state) {
    (void)state;
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    return dlt_alloc_balance() != it.balance;
}

enum { REAL = sizeof(dlt_real) };

/* The first node: nobody needs the gradient of the samples. */
static void model_node_cost_of_the_first_dense(void **state) {
    (void)state;
    dlt_node_cost cost;
    dlt_model_node_cost(it.model, 0, &cost);
    assert_string_equal(cost.name, "dense_1");
    assert_string_equal(cost.kind, "dense");
    assert_int_equal(cost.output.dim[0], 4);
    assert_int_equal(cost.params, 6 * 4 + 4);
    assert_int_equal(cost.forward_flops, 16 * (2 * 6 + 1));
    assert_int_equal(cost.backward_flops, cost.forward_flops);
    assert_int_equal(cost.forward_bytes, REAL * (24 + 28 + 16));  /* x, parameters, y */
    assert_int_equal(cost.backward_bytes, REAL * (16 + 24 + 28)); /* dy, x, their gradients */
    assert_int_equal(cost.kept_bytes, REAL * 16);
}

/* Written over the output before it, which is counted there. */
static void model_node_cost_of_relu_in_place(void **state) {
    (void)state;
    dlt_node_cost cost;
    dlt_model_node_cost(it.model, 1, &cost);
    assert_int_equal(cost.params, 0);
    assert_int_equal(cost.forward_flops, 16);
    assert_int_equal(cost.backward_flops, 16);
    assert_int_equal(cost.forward_bytes, REAL * (16 + 16));
    assert_int_equal(cost.backward_bytes, REAL * (16 + 16 + 16)); /* dy, y, dx */
    assert_int_equal(cost.kept_bytes, 0);
}

static void model_node_cost_of_the_last_dense(void **state) {
    (void)state;
    dlt_node_cost cost;
    dlt_model_node_cost(it.model, 2, &cost);
    assert_int_equal(cost.forward_flops, 12 * (2 * 4 + 1));
    assert_int_equal(cost.backward_flops, 2 * cost.forward_flops);
    /* dy, x, dx, parameters read for dx and their gradients written */
    assert_int_equal(cost.backward_bytes, REAL * (12 + 16 + 16 + 15 + 15));
    assert_int_equal(cost.kept_bytes, 0); /* the loss is the last to read its output */
}

static void model_costs_add_up_to_the_model(void **state) {
    (void)state;
    int64_t forward = 0;
    int64_t backward = 0;
    for (int i = 0; i < dlt_model_node_count(it.model); i++) {
        dlt_node_cost cost;
        dlt_model_node_cost(it.model, i, &cost);
        forward += cost.forward_flops;
        backward += cost.backward_flops;
    }
    assert_int_equal(forward, dlt_model_flops(it.model));
    assert_int_equal(backward, dlt_model_backward_flops(it.model));
}

/* When the last dense goes backward there are its input, which is the first one's output, its dy
 * and its dx. */
static void model_memory_is_the_most_at_one_moment(void **state) {
    (void)state;
    dlt_model_memory memory;
    dlt_model_memory_of(it.model, &memory);
    assert_int_equal(memory.in_flight_max, 1);
    assert_int_equal(memory.activation_bytes, REAL * (16 + 12 + 16));
    assert_int_equal(memory.activation_bytes + memory.workspace_bytes,
                     dlt_model_arena_bytes(it.model));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_node_cost_of_the_first_dense),
        cmocka_unit_test(model_node_cost_of_relu_in_place),
        cmocka_unit_test(model_node_cost_of_the_last_dense),
        cmocka_unit_test(model_costs_add_up_to_the_model),
        cmocka_unit_test(model_memory_is_the_most_at_one_moment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
