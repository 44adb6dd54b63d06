/* Adds the weights over the ranks along the canonical tree, with a reducer of its own: one leaf for
 * each micro-batch. Where no loss has masks, weights, ignored labels or class weights, the number
 * of samples says it all, and nothing is exchanged. */
#include "engine/denominators.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "engine/objectives.h"
#include "engine/reduction_flags.h"

static bool needs_data(const dlt_task *task) {
    for (int k = 0; k < task->objective_count; k++)
        if (!dlt_objective_is_static(&task->objectives[k]))
            return true;
    return false;
}

static dlt_status make_memory(dlt_denominators *self, const dlt_batch_partition *partition) {
    self->batches_max = dlt_batch_partition_held(partition);
    DLT_TRY(DLT_NEW(self->batches, self->batches_max));
    return DLT_NEW(self->weights, self->task->objective_count);
}

dlt_status dlt_denominators_create(const dlt_task *task, const dlt_batch_partition *partition,
                                   dlt_denominators **out) {
    dlt_denominators *self = NULL;
    *out = NULL;
    if (task->objective_count < 2)
        return DLT_OK;
    dlt_status status = DLT_NEW(self, 1);
    if (status == DLT_OK) {
        self->task = task;
        status = make_memory(self, partition);
    }
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK && needs_data(task)) {
        int64_t micros[2];
        const int count = dlt_batch_partition_micro_counts(partition, micros);
        const dlt_reducer_options options = {
            .double_count = task->objective_count, .micros = micros, .micros_count = count};
        status = dlt_reducer_create(task->comm, &options, &self->reducer);
    }
    if (status != DLT_OK)
        dlt_denominators_destroy(&self);
    *out = self;
    return status;
}

void dlt_denominators_destroy(dlt_denominators **denominators) {
    if (*denominators == NULL)
        return;
    dlt_reducer_destroy(&(*denominators)->reducer);
    dlt_free((*denominators)->batches);
    dlt_free((*denominators)->weights);
    dlt_free(*denominators);
    *denominators = NULL;
}

bool dlt_denominators_need_data(const dlt_denominators *denominators) {
    return denominators != NULL && denominators->reducer != NULL;
}

dlt_status dlt_denominators_find(dlt_denominators *denominators, int64_t micros, int64_t samples,
                                 int count, bool failed_here, bool *failed) {
    const dlt_task *task = denominators->task;
    dlt_reducer *reducer = denominators->reducer;
    const double flags[DLT_REDUCTION_FLAGS] = {[DLT_FLAG_FAILED] = failed_here};
    dlt_total total;
    *failed = failed_here;
    if (reducer == NULL) {
        for (int k = 0; k < task->objective_count; k++)
            denominators->weights[k] = (double)(samples * task->objectives[k].rows.count);
        return DLT_OK;
    }
    DLT_TRY(dlt_reducer_begin(reducer, micros));
    dlt_reducer_set_flags(reducer, flags);
    for (int i = 0; i < count; i++) {
        dlt_sums leaf = dlt_reducer_leaf(reducer);
        if (!failed_here)
            dlt_objectives_weigh(task, denominators->batches[i], leaf.doubles);
        dlt_reducer_push(reducer);
    }
    DLT_TRY(dlt_reducer_finish(reducer, &total));
    *failed = total.flags[DLT_FLAG_FAILED] > 0;
    for (int k = 0; k < task->objective_count; k++)
        denominators->weights[k] = total.doubles[k];
    return DLT_OK;
}
