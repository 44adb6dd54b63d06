/* Every rank holds the optimizer states of the slices that it owns, updates these, and the new
 * parameters are shared (Rajbhandari et al. 2020, "ZeRO", arXiv 1910.02054, its first stage). The
 * ranks of a node see one copy of the parameters; between nodes the owner's slice of the parameters
 * travels in the place of its slice of the gradient, so that as many bytes are sent as without
 * sharding. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "engine/strategy.h"
#include "optim/norm.h"

#include <string.h>

static void set_options_sharded(const dlt_task *task, dlt_reducer_options *options) {
    options->grain = DLT_NORM_BLOCK;
    options->scattered_count = dlt_model_grad_elements(task->model);
    options->common_count = dlt_model_param_elements(task->model);
}

static int64_t block_count(const dlt_strategy *self) {
    return dlt_ceil_div(dlt_model_grad_elements(self->task->model), DLT_NORM_BLOCK);
}

static dlt_status create_sharded(dlt_strategy *self) {
    DLT_TRY(DLT_NEW(self->block_norms, block_count(self)));
    dlt_model_place_params(self->task->model, dlt_reducer_common(self->reducer));
    return DLT_OK;
}

/* Slices of what has a dense gradient, then rows of each table. */
static int range_count_sharded(const dlt_strategy *self) {
    const dlt_row_table *tables = NULL;
    return dlt_reducer_owned_count(self->reducer) + dlt_model_tables(self->task->model, &tables);
}

static dlt_range range_sharded(const dlt_strategy *self, int index) {
    const int slices = dlt_reducer_owned_count(self->reducer);
    const dlt_row_table *table = NULL;
    if (index < slices) {
        dlt_range slice = dlt_reducer_owned(self->reducer, index);
        slice.count = dlt_range_below(slice, dlt_model_grad_elements(self->task->model));
        return slice;
    }
    (void)dlt_model_tables(self->task->model, &table);
    table += index - slices;
    const dlt_range rows = dlt_reducer_owned_rows(self->reducer, index - slices);
    return (dlt_range){.first = table->offset + rows.first * table->width,
                       .count = rows.count * table->width};
}

/* Slices are whole blocks of the norm, so that each block has one owner. */
static dlt_status norm2_sharded(dlt_strategy *self, const dlt_real *gradients, double *out) {
    int64_t blocks = block_count(self);
    memset(self->block_norms, 0, (size_t)blocks * sizeof *self->block_norms);
    for (int i = 0; i < dlt_reducer_owned_count(self->reducer); i++) {
        dlt_range range = dlt_strategy_range(self, i);
        dlt_norm_blocks(range.count, gradients + range.first,
                        self->block_norms + range.first / DLT_NORM_BLOCK);
    }
    DLT_TRY(dlt_sum_reals(self->task->comm, self->block_norms, blocks));
    *out = dlt_norm_of_blocks(blocks, self->block_norms);
    return DLT_OK;
}

static dlt_status add_sums_sharded(dlt_strategy *self, double *sums, int64_t count) {
    return dlt_sum_reals(self->task->comm, sums, count);
}

static dlt_status publish_sharded(dlt_strategy *self, dlt_reducer_change change) {
    return dlt_reducer_share(self->reducer, change);
}

static dlt_status assemble_sharded(dlt_strategy *self, dlt_real *optim_state) {
    return dlt_reducer_assemble(self->reducer, optim_state,
                                dlt_model_grad_elements(self->task->model));
}

const dlt_strategy_ops dlt_strategy_sharded = {
    .name = "sharded",
    .summary =
        "every rank keeps the optimizer's state of its slices, updates these, and shares them",
    .keeps_all = false,
    .set_options = set_options_sharded,
    .create = create_sharded,
    .range_count = range_count_sharded,
    .range = range_sharded,
    .norm2 = norm2_sharded,
    .add_sums = add_sums_sharded,
    .publish = publish_sharded,
    .assemble = assemble_sharded};
