/* Row-sparse gradients in a model: where tables lie, and their lists beside the dense gradient. */
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

enum { SAMPLES = 4, WORDS = 3, ROWS = 40, WIDTH = 2 };

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

/* A model and its gradient. */
typedef struct fixture {
    dlt_config *config;
    dlt_kernels kernels;
    dlt_model *model;
    dlt_real *grads;
} fixture;

static dlt_status create_from(const char *text, fixture *out) {
    static const int64_t sizes[] = {SAMPLES, 1};
    static const dlt_model_input input = {.name = "words",
                                          .spec = {.dtype = DLT_DTYPE_I32, .shape = {1, {WORDS}}}};
    document nodes;
    *out = (fixture){0};
    DLT_TRY(dlt_kernels_select("ref", &out->kernels));
    DLT_TRY(dlt_config_parse(text, "run.yaml", NULL, 0, &out->config));
    DLT_TRY(dlt_config_read(out->config, document_keys, &nodes));
    dlt_model_options options = {.nodes = nodes.nodes,
                                 .inputs = &input,
                                 .input_count = 1,
                                 .kernels = &out->kernels,
                                 .sizes = sizes,
                                 .size_count = 2,
                                 .training = true,
                                 .in_flight_max = 1};
    DLT_TRY(dlt_model_create(&options, &out->model));
    return DLT_NEW(out->grads, dlt_model_param_elements(out->model));
}

/* Two tables with other parameters before, between and behind them. */
static dlt_status create(bool is_sparse, fixture *out) {
    const char *word = is_sparse ? "true" : "false";
    char text[1024];
    snprintf(text, sizeof text,
             "model:\n"
             "- embedding: {vocabulary: 40, features: 2, sparse: %s}\n  name: first\n"
             "- dense: 5\n"
             "- embedding: {vocabulary: 9, features: 5, sparse: %s}\n"
             "  name: second\n  from: [words]\n"
             "- add: {}\n  from: [dense_1, second]\n"
             "- flatten\n- dense: 3\n",
             word, word);
    return create_from(text, out);
}

static void destroy(fixture *it) {
    dlt_free(it->grads);
    dlt_model_destroy(&it->model);
    dlt_config_destroy(&it->config);
}

static void compute(fixture *it) {
    static const int32_t words[] = {8, 0, 3, 0, 8, 8, 5, 3, 0, 8, 1, 1};
    const dlt_model_call call = {.n = SAMPLES, .inputs = {words}, .training = true};
    dlt_model_init(it->model, 3);
    dlt_model_forward(it->model, &call, NULL);
    dlt_real *gradient = dlt_model_output_gradient(it->model, 0, 0);
    for (int i = 0; i < SAMPLES * 3; i++)
        gradient[i] = (dlt_real)(i % 5) - (dlt_real)1.7;
    dlt_model_backward(it->model, &call, it->grads);
}

static const dlt_model_tensor *tensor_of(const fixture *it, const char *node, const char *name) {
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(it->model, &tensors);
    for (int t = 0; t < count; t++)
        if (strcmp(tensors[t].node, node) == 0 && strcmp(tensors[t].name, name) == 0)
            return &tensors[t];
    return NULL;
}

static void model_lays_tables_behind_all_other_parameters(void **state) {
    (void)state;
    fixture it;
    const dlt_row_table *tables = NULL;
    assert_int_equal(create(true, &it), DLT_OK);
    assert_int_equal(dlt_model_tables(it.model, &tables), 2);
    assert_int_equal(tables[0].rows, 9);
    assert_int_equal(tables[0].most, 9);
    assert_int_equal(tables[1].rows, ROWS);
    assert_int_equal(tables[1].width, WIDTH);
    assert_int_equal(tables[1].most, SAMPLES * WORDS);
    assert_int_equal(tables[0].offset, dlt_model_grad_elements(it.model));
    assert_int_equal(tables[1].offset, tensor_of(&it, "first", "weight")->offset);
    assert_true(tensor_of(&it, "dense_1", "bias")->offset < tables[0].offset);
    assert_true(tables[1].offset + ROWS * WIDTH <= dlt_model_param_elements(it.model));
    const int last = dlt_model_node_count(it.model) - 1;
    assert_int_equal(dlt_model_grads_ready(it.model, 0), dlt_model_grad_elements(it.model));
    assert_int_equal(dlt_model_grads_ready(it.model, last),
                     tensor_of(&it, "dense_1", "weight")->offset);
    destroy(&it);
}

static void expect_list(const fixture *dense, const char *node, const dlt_row_list *list,
                        int64_t width) {
    static const int32_t rows[] = {0, 1, 3, 5, 8};
    const dlt_real *all = dense->grads + tensor_of(dense, node, "weight")->offset;
    assert_int_equal(list->count, 5);
    assert_memory_equal(list->rows, rows, sizeof rows);
    for (int64_t i = 0; i < list->count; i++)
        assert_memory_equal(list->values + i * width, all + list->rows[i] * width,
                            (size_t)width * sizeof *all);
}

static void model_gives_the_rows_of_a_dense_gradient(void **state) {
    (void)state;
    fixture dense;
    fixture sparse;
    assert_int_equal(create(false, &dense), DLT_OK);
    assert_int_equal(create(true, &sparse), DLT_OK);
    assert_int_equal(dlt_model_grad_elements(dense.model), dlt_model_param_elements(dense.model));
    assert_null(dlt_model_row_gradients(dense.model, 0));
    compute(&dense);
    compute(&sparse);
    const dlt_row_list *lists = dlt_model_row_gradients(sparse.model, 0);
    expect_list(&dense, "second", &lists[0], 5);
    expect_list(&dense, "first", &lists[1], WIDTH);
    const dlt_model_tensor *tensor = tensor_of(&dense, "dense_1", "weight");
    assert_memory_equal(sparse.grads + tensor_of(&sparse, "dense_1", "weight")->offset,
                        dense.grads + tensor->offset, (size_t)tensor->count * sizeof *dense.grads);
    destroy(&dense);
    destroy(&sparse);
}

/* Each use of a table would need a list of its own. */
static void model_refuses_to_share_a_table(void **state) {
    (void)state;
    static const char *const uses[] = {
        "- embedding: {vocabulary: 40, features: 2, sparse: true}\n"
        "  from: [words]\n  share: first\n",
        "- embedding: {vocabulary: 40, features: 2}\n  from: [words]\n  share: first\n",
        "- dense: {units: 40, transposed: true, bias: false}\n  share: first\n"};
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        fixture it = {.config = NULL};
        char text[512];
        snprintf(text, sizeof text,
                 "model:\n- embedding: {vocabulary: 40, features: 2, sparse: true}\n"
                 "  name: first\n%s",
                 uses[i]);
        assert_int_equal(create_from(text, &it), DLT_ERR_CONFIG);
        assert_non_null(strstr(dlt_error_message(), "set 'sparse: false'"));
        destroy(&it);
    }
}

static void model_with_tables_survives_any_failing_allocation(void **state) {
    (void)state;
    const int64_t balance = dlt_alloc_balance();
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        fixture it;
        dlt_alloc_fail_at(nth);
        status = create(true, &it);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        destroy(&it);
        assert_int_equal(dlt_alloc_balance(), balance);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_lays_tables_behind_all_other_parameters),
        cmocka_unit_test(model_gives_the_rows_of_a_dense_gradient),
        cmocka_unit_test(model_refuses_to_share_a_table),
        cmocka_unit_test(model_with_tables_survives_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
