/* A model from the text of a run file, its gradients for one call, and what parameters they are of.
 * For use with cmocka. */
#ifndef DLT_TESTS_MODEL_FIXTURE_H
#define DLT_TESTS_MODEL_FIXTURE_H

#include "base/alloc.h"
#include "base/error.h"
#include "config/config.h"
#include "model/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct document {
    dlt_selection_list nodes;
    dlt_named_list parameters;
} document;

static const dlt_key document_keys[] = {{.name = "model",
                                         .type = DLT_KEY_SELECTIONS,
                                         .offset = offsetof(document, nodes),
                                         .section = dlt_node_keys,
                                         .section_size = sizeof(dlt_node_settings),
                                         .registry = dlt_layers,
                                         .help = "The nodes."},
                                        {.name = "parameters",
                                         .type = DLT_KEY_NAMED,
                                         .offset = offsetof(document, parameters),
                                         .default_value = "{}",
                                         .section = dlt_param_keys,
                                         .section_size = sizeof(dlt_param_settings),
                                         .help = "Patterns."},
                                        {0}};

enum { ELEMENTS_MAX = 512, INPUTS = 6, SAMPLES = 4, OUTPUTS = 3 };

typedef struct fixture {
    int64_t balance;
    dlt_config *config;
    dlt_kernels kernels;
    dlt_model *model;
} fixture;

static fixture it;

static inline int set_up(void **state) {
    (void)state;
    it = (fixture){.balance = dlt_alloc_balance()};
    return dlt_kernels_select("ref", &it.kernels) != DLT_OK;
}

static inline int tear_down(void **state) {
    (void)state;
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    return dlt_alloc_balance() != it.balance;
}

static inline dlt_status create(const char *model, const char *parameters) {
    static const int64_t sizes[] = {SAMPLES};
    char text[2048];
    document read;
    dlt_model_destroy(&it.model);
    dlt_config_destroy(&it.config);
    snprintf(text, sizeof text, "parameters: %s\nmodel:\n%s", parameters, model);
    DLT_TRY(dlt_config_parse(text, "run.yaml", NULL, 0, &it.config));
    DLT_TRY(dlt_config_read(it.config, document_keys, &read));
    const dlt_model_input input = {.name = "x", .spec = {.shape = {1, {INPUTS}}}};
    dlt_model_options options = {.nodes = read.nodes,
                                 .parameters = read.parameters,
                                 .inputs = &input,
                                 .input_count = 1,
                                 .kernels = &it.kernels,
                                 .sizes = sizes,
                                 .size_count = 1,
                                 .training = true,
                                 .in_flight_max = 1};
    return dlt_model_create(&options, &it.model);
}

static inline const dlt_model_tensor *tensor_of(const char *node, const char *name) {
    const dlt_model_tensor *tensors = NULL;
    const int count = dlt_model_param_tensors(it.model, &tensors);
    for (int t = 0; t < count; t++)
        if (strcmp(tensors[t].node, node) == 0 && strcmp(tensors[t].name, name) == 0)
            return &tensors[t];
    fail_msg("no parameter %s/%s", node, name);
    return NULL;
}

/* Gradients of one call, with 7 where nothing has been written. */
static inline void gradients_from_here(int64_t epoch, dlt_real *grads) {
    dlt_real x[SAMPLES * INPUTS];
    for (int i = 0; i < SAMPLES * INPUTS; i++)
        x[i] = (dlt_real)((i * 31 % 17) - 8) / 4;
    dlt_real statistics[64];
    const dlt_model_call call = {.n = SAMPLES, .inputs = {x}, .training = true, .epoch = epoch};
    assert_true(dlt_model_buffer_elements(it.model) <= 64);
    for (int64_t i = 0; i < dlt_model_param_elements(it.model); i++)
        grads[i] = 7;
    dlt_model_forward(it.model, &call, statistics);
    dlt_real *dy = dlt_model_output_gradient(it.model, 0, 0);
    for (int i = 0; i < SAMPLES * OUTPUTS; i++)
        dy[i] = (dlt_real)(i % 5) - 2;
    dlt_model_backward(it.model, &call, grads);
}

static inline void gradients_of(int64_t epoch, dlt_real *grads) {
    dlt_model_init(it.model, 5);
    gradients_from_here(epoch, grads);
}

/* Gives the weight and the bias of one node to another. */
static inline void copy_params(const char *to, const char *from) {
    static const char *const names[] = {"weight", "bias"};
    dlt_real *params = dlt_model_params(it.model);
    for (int p = 0; p < 2; p++)
        memcpy(params + tensor_of(to, names[p])->offset, params + tensor_of(from, names[p])->offset,
               (size_t)tensor_of(to, names[p])->count * sizeof *params);
}

static inline bool all_are(const dlt_model_tensor *tensor, const dlt_real *grads, dlt_real value) {
    for (int64_t i = 0; i < tensor->count; i++)
        if (grads[tensor->offset + i] != value)
            return false;
    return true;
}

#define model_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
