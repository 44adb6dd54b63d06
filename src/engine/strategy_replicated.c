/* Every rank holds all optimizer states and makes the whole update: nothing is exchanged after the
 * gradients, and every rank could go on alone. */
#include "engine/strategy.h"
#include "optim/norm.h"

static void set_options_replicated(const dlt_task *task, dlt_reducer_options *options) {
    (void)task;
    (void)options;
}

static dlt_status create_replicated(dlt_strategy *self) {
    (void)self;
    return DLT_OK;
}

static int range_count_replicated(const dlt_strategy *self) {
    (void)self;
    return 1;
}

static dlt_range range_replicated(const dlt_strategy *self, int index) {
    (void)index;
    return (dlt_range){.count = dlt_model_param_elements(self->task->model)};
}

static dlt_status norm2_replicated(dlt_strategy *self, const dlt_real *gradients, double *out) {
    *out = dlt_gradient_norm2(dlt_model_grad_elements(self->task->model), gradients);
    return DLT_OK;
}

static dlt_status add_sums_replicated(dlt_strategy *self, double *sums, int64_t count) {
    (void)self;
    (void)sums;
    (void)count;
    return DLT_OK;
}

static dlt_status publish_replicated(dlt_strategy *self, dlt_reducer_change change) {
    (void)self;
    (void)change;
    return DLT_OK;
}

static dlt_status assemble_replicated(dlt_strategy *self, dlt_real *optim_state) {
    (void)self;
    (void)optim_state;
    return DLT_OK;
}

const dlt_strategy_ops dlt_strategy_replicated = {
    .name = "replicated",
    .summary = "every rank keeps everything and makes the whole update",
    .keeps_all = true,
    .set_options = set_options_replicated,
    .create = create_replicated,
    .range_count = range_count_replicated,
    .range = range_replicated,
    .norm2 = norm2_replicated,
    .add_sums = add_sums_replicated,
    .publish = publish_replicated,
    .assemble = assemble_replicated};
