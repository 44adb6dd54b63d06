/* Walks every layer of the registry and every one of its self-tests, on each kernel table in
 * double: known answers, and the backward pass against central differences of the forward pass.
 * Silent when all pass; one line per failing case. */
#include "difference.h"
#include "guarded.h"
#include "layer_trial.h"

#include "base/error.h"
#include "dltrain/extend/layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Outputs are sums of a few dozen products of numbers of order 1 in double, far below this. */
static const double KNOWN_ANSWER = 1e-9;

static bool fail(const layer_trial *trial, const char *what, double number) {
    selftest_expect(trial->settings, false, "table '%s': %s (%g)", trial->table, what, number);
    return false;
}

static void forward(layer_trial *trial) {
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        guarded_poison(&trial->y[k]);
    guarded_poison(&trial->saved);
    guarded_poison(&trial->workspace);
    if (trial->layer.spec.sync_count > 0 && trial->call.training)
        trial->ops->batch_sums_forward(&trial->layer, &trial->call, trial->sums);
    trial->ops->forward(&trial->layer, &trial->call);
}

static int64_t output_count(const layer_trial *trial, int k) {
    return trial->selftest->n * dlt_shape_count(&trial->layer.spec.outputs[k].shape);
}

static double output_at(const layer_trial *trial, int k, int64_t i) {
    return layer_trial_is_whole(trial, k) ? (double)trial->call.iy[k][i]
                                          : (double)trial->call.y[k][i];
}

static bool check_known_answer(layer_trial *trial) {
    const dlt_layer_selftest *selftest = trial->selftest;
    layer_trial_fill(trial, selftest->input, selftest->params, selftest->buffers);
    forward(trial);
    const double *next = selftest->output;
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        for (int64_t i = 0; i < output_count(trial, k); i++) {
            double expected = *next++;
            double error = fabs(output_at(trial, k, i) - expected);
            if (!(error <= KNOWN_ANSWER * fmax(1, fabs(expected))))
                return fail(trial, "forward differs from the known answer at 1e-9, error", error);
        }
    return true;
}

static bool check_initial_params(layer_trial *trial) {
    const dlt_layer_spec *spec = &trial->layer.spec;
    for (int i = 0; i < spec->param_count; i++) {
        guarded_poison(&trial->params[i]);
        dlt_param_init(&spec->params[i], 3, 0, (uint32_t)i, trial->params[i].at);
        if (!guarded_finite(&trial->params[i]))
            return fail(trial, "initial values are not all written; parameter", i);
    }
    return true;
}

static bool check_forward(layer_trial *trial) {
    const int outputs = trial->layer.spec.output_count;
    forward(trial);
    for (int k = 0; k < outputs; k++)
        if (!layer_trial_is_whole(trial, k) && !guarded_finite(&trial->y[k]))
            return fail(trial, "forward does not write every element of output", k);
    for (int i = 0; i < trial->layer.spec.buffer_count && trial->call.training; i++)
        if (!guarded_finite(&trial->statistics[i]))
            return fail(trial, "forward does not write the batch statistics; buffer", i);
    for (int k = 0; k < outputs; k++)
        memcpy(trial->y_first[k].at, trial->y[k].at, (size_t)trial->y[k].bytes);
    forward(trial);
    for (int k = 0; k < outputs; k++)
        if (memcmp(trial->y_first[k].at, trial->y[k].at, (size_t)trial->y[k].bytes) != 0)
            return fail(trial, "a second forward gives other bits; output", k);
    return true;
}

/* Backward with everything hidden that the spec says it does not read. */
static void backward(layer_trial *trial) {
    const dlt_layer_spec *spec = &trial->layer.spec;
    for (int i = 0; i < trial->selftest->input_count; i++) {
        const bool is_whole = trial->selftest->below[i] > 0;
        if (!is_whole)
            guarded_poison(&trial->dx[i]);
        if ((spec->backward_reads_x & DLT_INPUT(i)) == 0)
            guarded_poison(&trial->x[i]);
    }
    for (int k = 0; k < spec->output_count && !spec->backward_reads_y; k++)
        guarded_poison(&trial->y[k]);
    for (int i = 0; i < spec->param_count; i++) {
        guarded_poison(&trial->dparams[i]);
        if (trial->call.drows[i] == NULL)
            continue;
        guarded_poison(&trial->rows[i]);
        guarded_poison(&trial->row_values[i]);
        trial->call.drows[i]->count = -1;
    }
    guarded_poison(&trial->workspace);
    if (trial->layer.spec.sync_count > 0)
        trial->ops->batch_sums_backward(&trial->layer, &trial->call, trial->sums);
    trial->ops->backward(&trial->layer, &trial->call);
    layer_trial_spread_rows(trial);
}

static double weighted_output(void *context) {
    layer_trial *trial = context;
    forward(trial);
    double sum = 0;
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        for (int64_t i = 0; i < guarded_count(&trial->y[k]); i++)
            sum += (double)(trial->dy[k].at[i] * trial->y[k].at[i]);
    return sum;
}

static double magnitude_of(const layer_trial *trial) {
    double sum = 0;
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        for (int64_t i = 0; i < guarded_count(&trial->y[k]); i++)
            sum += fabs((double)(trial->dy[k].at[i] * trial->y[k].at[i]));
    return sum;
}

/* Nobody needs the gradient of one parameter: all others keep their bits. */
static bool check_without_each_dparams(layer_trial *trial) {
    const int count = trial->ops->skips_frozen ? trial->layer.spec.param_count : 0;
    for (int i = 0; i < count; i++)
        memcpy(trial->dparams_first[i].at, trial->dparams[i].at, (size_t)trial->dparams[i].bytes);
    for (int without = 0; without < count; without++) {
        layer_trial_fill(trial, NULL, NULL, NULL);
        trial->call.dparams[without] = NULL;
        forward(trial);
        backward(trial);
        for (int i = 0; i < count; i++)
            if (i != without && memcmp(trial->dparams_first[i].at, trial->dparams[i].at,
                                       (size_t)trial->dparams[i].bytes) != 0)
                return fail(trial, "without another dparams, backward gives another gradient of",
                            i);
        if (trial->dx[0].at != NULL &&
            memcmp(trial->dx_first[0].at, trial->dx[0].at, (size_t)trial->dx[0].bytes) != 0)
            return fail(trial, "without dparams, backward gives another dx; parameter", without);
        trial->call.dparams[without] = trial->dparams[without].at;
    }
    layer_trial_fill(trial, NULL, NULL, NULL);
    return true;
}

/* Nobody needs the gradient of the first node's input: then dx is NULL, and the gradients of the
 * parameters keep their bits. */
static bool check_without_dx(layer_trial *trial) {
    int param_count = trial->layer.spec.param_count;
    memset(trial->call.dx, 0, sizeof trial->call.dx);
    for (int i = 0; i < param_count; i++)
        memcpy(trial->dparams_first[i].at, trial->dparams[i].at, (size_t)trial->dparams[i].bytes);
    forward(trial);
    backward(trial);
    for (int i = 0; i < param_count; i++)
        if (memcmp(trial->dparams_first[i].at, trial->dparams[i].at,
                   (size_t)trial->dparams[i].bytes) != 0)
            return fail(trial, "without dx, backward gives another gradient of parameter", i);
    return true;
}

/* Nobody needs the gradient of one input: those of all others keep their bits. */
static bool check_without_each_dx(layer_trial *trial) {
    const int count = trial->selftest->input_count;
    for (int without = 0; without < count; without++) {
        trial->call.dx[without] = NULL;
        forward(trial);
        backward(trial);
        for (int i = 0; i < count; i++)
            if (i != without && trial->dx[i].at != NULL &&
                memcmp(trial->dx_first[i].at, trial->dx[i].at, (size_t)trial->dx[i].bytes) != 0)
                return fail(trial, "without another dx, backward gives another dx of input", i);
        trial->call.dx[without] = trial->dx[without].at;
        layer_trial_fill(trial, NULL, NULL, NULL);
    }
    return true;
}

/* A call of one sample of the trial's. */
static void forward_alone(layer_trial *trial, int64_t sample) {
    dlt_layer_call call = trial->call;
    call.n = 1;
    call.training = false;
    call.saved = NULL;
    for (int i = 0; i < trial->selftest->input_count; i++) {
        const int64_t count = dlt_shape_count(&trial->selftest->inputs[i]);
        call.x[i] = call.x[i] != NULL ? call.x[i] + sample * count : NULL;
        call.ix[i] = call.ix[i] != NULL ? call.ix[i] + sample * count : NULL;
    }
    for (int k = 0; k < trial->layer.spec.output_count; k++) {
        const int64_t first = sample * dlt_shape_count(&trial->layer.spec.outputs[k].shape);
        call.y[k] = call.y[k] != NULL ? call.y[k] + first : NULL;
        call.iy[k] = call.iy[k] != NULL ? call.iy[k] + first : NULL;
    }
    trial->ops->forward(&trial->layer, &call);
}

/* A sample's bits do not depend on its neighbours, nor on how many there are: with the plain
 * kernels, where no library cuts products by their size. */
static bool check_alone(layer_trial *trial) {
    if (strcmp(trial->table, "ref") != 0 || trial->layer.spec.buffer_count > 0)
        return true;
    dlt_layer_call *call = &trial->call;
    call->training = false;
    call->saved = NULL;
    trial->ops->forward(&trial->layer, call);
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        memcpy(trial->y_first[k].at, trial->y[k].at, (size_t)trial->y[k].bytes);
    for (int64_t sample = 0; sample < call->n; sample++)
        forward_alone(trial, sample);
    for (int k = 0; k < trial->layer.spec.output_count; k++)
        if (memcmp(trial->y_first[k].at, trial->y[k].at, (size_t)trial->y[k].bytes) != 0)
            return fail(trial, "a sample alone gives other bits; output", k);
    return true;
}

static bool check_gradients(layer_trial *trial) {
    double magnitude = magnitude_of(trial);
    backward(trial);
    for (int i = 0; i < trial->selftest->input_count; i++)
        if (trial->dx[i].at != NULL)
            memcpy(trial->dx_first[i].at, trial->dx[i].at, (size_t)trial->dx[i].bytes);
    layer_trial_fill(trial, NULL, NULL, NULL);
    for (int i = 0; i < trial->selftest->input_count; i++) {
        if (trial->selftest->below[i] > 0)
            continue;
        double error =
            difference_error(weighted_output, trial, magnitude, guarded_count(&trial->x[i]),
                             trial->x[i].at, trial->dx[i].at);
        if (!(error <= 1))
            return fail(trial, "dx differs from central differences, times the allowed", error);
    }
    for (int i = 0; i < trial->layer.spec.param_count; i++) {
        double error =
            difference_error(weighted_output, trial, magnitude, guarded_count(&trial->params[i]),
                             trial->params[i].at, trial->dparams[i].at);
        if (!(error <= 1))
            return fail(trial, "dparams differs from central differences, times the allowed",
                        error);
    }
    return check_without_each_dparams(trial) && check_without_each_dx(trial) &&
           check_without_dx(trial);
}

static bool check_trial(layer_trial *trial) {
    if (trial->selftest->output != NULL && !check_known_answer(trial))
        return false;
    if (!check_initial_params(trial))
        return false;
    layer_trial_fill(trial, NULL, NULL, NULL);
    if (!check_forward(trial))
        return false;
    if (!trial->selftest->evaluate && !layer_trial_is_whole(trial, 0) && !check_gradients(trial))
        return false;
    layer_trial_fill(trial, NULL, NULL, NULL);
    if (!check_alone(trial))
        return false;
    return layer_trial_intact(trial) ||
           fail(trial, "something was written behind the end of a buffer", 0);
}

static void run_trial(layer_trial *trial, const dlt_kernels *kernels) {
    if (layer_trial_create(trial, kernels) == DLT_OK)
        (void)check_trial(trial);
    else
        fail(trial, dlt_error_message(), 0);
    layer_trial_destroy(trial);
}

/* Every choice of the registry is the first member of its ops. */
static const dlt_layer_ops *ops_of(const dlt_registry_entry *entry) {
    return (const dlt_layer_ops *)(const void *)entry;
}

static void check_layer(selftest_run *run, const dlt_layer_ops *ops, const dlt_kernels *kernels) {
    selftest_row_begin(run, &ops->entry);
    for (int i = 0; i < ops->selftest_count; i++) {
        selftest_case settings;
        layer_trial trial = {.ops = ops,
                             .selftest = &ops->selftests[i],
                             .table = kernels->name,
                             .settings = &settings};
        if (!selftest_open(run, trial.selftest->name, trial.selftest->settings, &settings))
            continue;
        run_trial(&trial, kernels);
        selftest_close(&settings);
    }
    selftest_row_end(run);
}

int main(void) {
    static const char *const tables[] = {"ref", "blas"};
    selftest_run run = selftest_begin("layer", dlt_layers);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        dlt_kernels kernels;
        if (dlt_kernels_select(tables[i], &kernels) != DLT_OK) {
            printf("table '%s': %s\n", tables[i], dlt_error_message());
            return 1;
        }
        for (const dlt_registry_entry *const *row = dlt_layers; *row != NULL; row++)
            if (ops_of(*row)->expand == NULL)
                check_layer(&run, ops_of(*row), &kernels);
    }
    return selftest_end(&run);
}
