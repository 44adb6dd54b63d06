/* Nodes whose work another does: the same output and the same gradients, bit by bit, as when each
 * does its own. */
#include "base/alloc.h"
#include "config/config.h"
#include "model/costs.h"
#include "support/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 3 };

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

/* A graph on images [4, 6, 2], and how many of its nodes have their work done by others. */
typedef struct graph {
    const char *what;
    int fused;
    const char *text;
} graph;

static const graph graphs[] = {
    {"a relu behind", 1,
     "model: [{conv2d: {filters: 5, kernel: 3}}, batch_norm, relu, flatten, {dense: 3}]"},
    {"nothing behind the last node", 0, "model: [flatten, {dense: 4}, batch_norm, relu]"},
    {"a sum, not the relu that is last", 1,
     "model: [{dense: {units: 4}, name: a}, {dense: 4}, {batch_norm: {}, name: b}, {add: {}, from: "
     "[a, b]}, relu]"},
    {"a residual block", 3,
     "model: [{conv2d: {filters: 5, kernel: 1}}, batch_norm, {relu: {}, name: x},"
     " {conv2d: {filters: 5, kernel: 3, padding: 1}}, {batch_norm: {}, name: r}, {add: {}, from: "
     "[r, x]},"
     " {relu: {}, name: y}, flatten, {dense: 3}]"},
    {"a projection behind the residual", 2,
     "model: [{conv2d: {filters: 5, kernel: 1}, name: x}, {batch_norm: {}, name: r},"
     " {conv2d: {filters: 5, kernel: 1}, from: x}, {batch_norm: {}, name: p}, {add: {}, from: [r, "
     "p]}, relu,"
     " global_avg_pool2d, {dense: 3}]"},
    {"a term that comes later", 0,
     "model: [{conv2d: {filters: 5, kernel: 1}, name: x}, {batch_norm: {}, name: r},"
     " {conv2d: {filters: 5, kernel: 1}, from: x, name: p}, {add: {}, from: [r, p]}, relu, "
     "flatten, {dense: 3}]"},
    {"a sum of three", 0,
     "model: [{conv2d: {filters: 5, kernel: 1}, name: x}, {batch_norm: {}, name: r}, {add: {}, "
     "from: [r, x, x]},"
     " flatten, {dense: 3}]"},
    {"the sample as a term", 2,
     "model: [{conv2d: {filters: 2, kernel: 1}}, {batch_norm: {}, name: r}, {add: {}, from: [r, "
     "input]}, relu,"
     " flatten, {dense: 3}]"},
    {"nothing to train but the term", 2,
     "model: [{conv2d: {filters: 2, kernel: 1}, name: x}, {batch_norm: {affine: false}, from: "
     "input, name: r},"
     " {add: {}, from: [x, r]}, relu, flatten, {dense: 3}]"},
    {"an output that others read", 0,
     "model: [{conv2d: {filters: 5, kernel: 1}}, {batch_norm: {}, name: r}, {relu: {}, name: y},"
     " {add: {}, from: [r, y]}, flatten, {dense: 3}]"},
    {"a relu before a pooling", 1,
     "model: [{conv2d: {filters: 5, kernel: 3, padding: 1}}, relu, {max_pool2d: 2}, flatten, "
     "{dense: 3}]"},
    {"a relu before a pooling, behind a batch norm", 1,
     "model: [{conv2d: {filters: 5, kernel: 3, padding: 1}}, batch_norm, relu, {max_pool2d: {size: "
     "3, stride: 2}},"
     " flatten, {dense: 3}]"},
    {"a relu that two read", 0,
     "model: [{conv2d: {filters: 5, kernel: 1}}, {relu: {}, name: x}, {max_pool2d: 2, name: a},"
     " {avg_pool2d: 2, from: x, name: b}, {add: {}, from: [a, b]}, flatten, {dense: 3}]"},
};

/* One model of a graph with what one step of it writes; all owned. */
typedef struct trial {
    dlt_model *model;
    dlt_real *output;
    int64_t outputs;
    dlt_real *grads;
    dlt_real *statistics;
} trial;

static dlt_kernels kernels;

static void fill(int64_t count, dlt_real *values) {
    uint64_t state = 1;
    for (int64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = (dlt_real)((double)(state >> 40) * 0x1p-23 - 1);
    }
}

static trial run(dlt_config *config, bool unfused) {
    static const int64_t sizes[] = {N};
    document nodes;
    trial it = {0};
    dlt_real x[N * 4 * 6 * 2];
    assert_int_equal(dlt_config_read(config, document_keys, &nodes), DLT_OK);
    const dlt_model_input input = {.name = "input", .spec = {.shape = {3, {4, 6, 2}}}};
    dlt_model_options options = {.nodes = nodes.nodes,
                                 .inputs = &input,
                                 .input_count = 1,
                                 .kernels = &kernels,
                                 .sizes = sizes,
                                 .size_count = 1,
                                 .training = true,
                                 .unfused = unfused,
                                 .in_flight_max = 1};
    assert_int_equal(dlt_model_create(&options, &it.model), DLT_OK);
    dlt_model_init(it.model, 7);
    fill(N * 4 * 6 * 2, x);
    it.outputs = N * dlt_shape_count(&dlt_model_output(it.model, 0)->shape);
    assert_int_equal(DLT_NEW(it.output, it.outputs), DLT_OK);
    assert_int_equal(DLT_NEW(it.grads, dlt_model_param_elements(it.model)), DLT_OK);
    assert_int_equal(DLT_NEW(it.statistics, dlt_model_buffer_elements(it.model) + 1), DLT_OK);
    dlt_model_call call = {.n = N, .inputs = {x}, .training = true, .seed = 1};
    dlt_model_forward(it.model, &call, it.statistics);
    const dlt_real *output = dlt_model_output_at(it.model, 0, 0);
    memcpy(it.output, output, (size_t)it.outputs * sizeof *output);
    fill(it.outputs, dlt_model_output_gradient(it.model, 0, 0));
    dlt_model_backward(it.model, &call, it.grads);
    return it;
}

static void end(trial *it) {
    dlt_model_destroy(&it->model);
    dlt_free(it->output);
    dlt_free(it->grads);
    dlt_free(it->statistics);
}

static int count_fused(const dlt_model *model) {
    int count = 0;
    for (int i = 0; i < dlt_model_node_count(model); i++) {
        dlt_node_cost cost;
        dlt_model_node_cost(model, i, &cost);
        count += cost.done_by != NULL;
    }
    return count;
}

/* -0 and 0 count as equal: a relu gives either of them for -0. */
static void expect_equal(const char *what, int64_t count, const dlt_real *a, const dlt_real *b) {
    for (int64_t i = 0; i < count; i++)
        if (!(a[i] == b[i]))
            fail_msg("%s: element %lld is %.9g fused and %.9g apart", what, (long long)i,
                     (double)a[i], (double)b[i]);
}

static void model_fuses_without_a_change(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    assert_int_equal(dlt_kernels_select("ref", &kernels), DLT_OK);
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        const graph *of = &graphs[i];
        dlt_config *config = document_of(of->text);
        trial fused = run(config, false);
        trial apart = run(config, true);
        if (count_fused(fused.model) != of->fused || count_fused(apart.model) != 0)
            fail_msg("%s: %d nodes are fused, not %d", of->what, count_fused(fused.model),
                     of->fused);
        assert_true(dlt_model_fingerprint(fused.model) == dlt_model_fingerprint(apart.model));
        expect_equal(of->what, fused.outputs, fused.output, apart.output);
        expect_equal(of->what, dlt_model_param_elements(fused.model), fused.grads, apart.grads);
        expect_equal(of->what, dlt_model_buffer_elements(fused.model), fused.statistics,
                     apart.statistics);
        end(&fused);
        end(&apart);
        dlt_config_destroy(&config);
    }
    assert_int_equal(dlt_alloc_balance(), balance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_fuses_without_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
