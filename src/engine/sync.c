/* Keeps all micro-batches of this rank in flight at once, each with gradients and sums of its own.
 * A second reducer adds the sums of one synchronised node at a time, along the same canonical tree
 * as the gradients. Order: read all, forward from node to node, losses, backward from node to node,
 * push. A failure on one rank, in reading or before the step, reaches all ranks with the first
 * reduction, and they skip the rest. */
#include "engine/sync.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "engine/denominators.h"
#include "engine/metric_sums.h"
#include "engine/objectives.h"
#include "engine/reduction_flags.h"

#include <string.h>

/* One micro-batch under way. */
typedef struct open_micro {
    const dlt_micro_batch *batch; /* borrowed from the source */
    dlt_model_call call;
    dlt_real *reals; /* gradients and batch statistics, owned */
    double *sums;    /* loss, weight and metrics, owned */
} open_micro;

struct dlt_sync {
    const dlt_task *task; /* borrowed */
    dlt_reducer *reducer; /* of the synchronised nodes' sums */
    int64_t real_count;
    int64_t sum_count;
    int open_max;
    int open_count; /* of the batch under way */
    open_micro *open;
    bool failed; /* some rank has failed: the rest of the batch is not computed */
};

static dlt_status make_open(dlt_sync *sync, const dlt_batch_partition *partition) {
    const dlt_model *model = sync->task->model;
    sync->real_count = dlt_model_grad_elements(model) + dlt_model_buffer_elements(model);
    sync->sum_count = dlt_sums_length(sync->task, dlt_sums_training_metrics(sync->task));
    sync->open_max = dlt_batch_partition_held(partition);
    DLT_TRY(DLT_NEW(sync->open, sync->open_max));
    for (int i = 0; i < sync->open_max; i++) {
        DLT_TRY(DLT_NEW(sync->open[i].reals, sync->real_count));
        DLT_TRY(DLT_NEW(sync->open[i].sums, sync->sum_count));
    }
    return DLT_OK;
}

dlt_status dlt_sync_create(const dlt_task *task, const dlt_batch_partition *partition,
                           dlt_sync **out) {
    const int *nodes = NULL;
    *out = NULL;
    if (dlt_model_sync_nodes(task->model, &nodes) == 0)
        return DLT_OK;
    dlt_sync *sync = NULL;
    dlt_status status = DLT_NEW(sync, 1);
    if (status == DLT_OK) {
        sync->task = task;
        status = make_open(sync, partition);
    }
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK) {
        int64_t micros[2];
        int count = dlt_batch_partition_micro_counts(partition, micros);
        const dlt_reducer_options options = {.double_count = dlt_model_sync_count(task->model),
                                             .micros = micros,
                                             .micros_count = count};
        status = dlt_reducer_create(task->comm, &options, &sync->reducer);
    }
    if (status != DLT_OK)
        dlt_sync_destroy(&sync);
    *out = sync;
    return status;
}

void dlt_sync_destroy(dlt_sync **sync) {
    if (*sync == NULL)
        return;
    for (int i = 0; (*sync)->open != NULL && i < (*sync)->open_max; i++) {
        dlt_free((*sync)->open[i].reals);
        dlt_free((*sync)->open[i].sums);
    }
    dlt_free((*sync)->open);
    dlt_reducer_destroy(&(*sync)->reducer);
    dlt_free(*sync);
    *sync = NULL;
}

static dlt_status read_next(dlt_stepper *stepper, open_micro *self, int in_flight) {
    const dlt_task *task = stepper->task;
    DLT_TRY(stepper->source.ops->next(stepper->source.self, &self->batch));
    if (self->batch == NULL)
        return dlt_fail(DLT_ERR_INTERNAL, "the data ended before the epoch did");
    self->call = dlt_task_model_call(task, self->batch);
    self->call.training = true;
    self->call.seed = (uint64_t)task->run->settings.seed;
    self->call.step = stepper->state->step;
    self->call.epoch = stepper->state->epoch;
    self->call.in_flight = in_flight;
    return DLT_OK;
}

static dlt_status read_all(dlt_stepper *stepper, dlt_sync *sync, dlt_status status) {
    for (int i = 0; i < sync->open_count; i++) {
        sync->open[i].batch = NULL;
        if (status == DLT_OK)
            status = read_next(stepper, &sync->open[i], i);
    }
    return status;
}

static dlt_real *statistics_of(const dlt_sync *sync, const open_micro *self) {
    return self->reals + dlt_model_grad_elements(sync->task->model);
}

/* The sums of one node, over all micro-batches and ranks. */
static dlt_status add_up(dlt_sync *sync, int node, bool backward, int64_t micros, int64_t samples,
                         bool failed_here) {
    const double flags[DLT_REDUCTION_FLAGS] = {[DLT_FLAG_FAILED] = failed_here};
    DLT_TRY(dlt_reducer_begin(sync->reducer, micros));
    dlt_reducer_set_flags(sync->reducer, flags);
    for (int i = 0; i < sync->open_count; i++) {
        dlt_sums leaf = dlt_reducer_leaf(sync->reducer);
        if (!failed_here)
            dlt_model_batch_sums(sync->task->model, &sync->open[i].call, node, backward,
                                 leaf.doubles);
        dlt_reducer_push(sync->reducer);
    }
    dlt_total total;
    DLT_TRY(dlt_reducer_finish(sync->reducer, &total));
    sync->failed = total.flags[DLT_FLAG_FAILED] > 0;
    dlt_model_set_sums(sync->task->model, node, total.doubles, samples);
    return DLT_OK;
}

static void forward_opens(dlt_sync *sync, int first, int last) {
    for (int i = 0; i < sync->open_count; i++) {
        open_micro *self = &sync->open[i];
        dlt_model_forward_part(sync->task->model, &self->call, statistics_of(sync, self), first,
                               last);
    }
}

static dlt_status forward_all(dlt_sync *sync, int64_t micros, int64_t samples, bool failed_here) {
    const int *nodes = NULL;
    int count = dlt_model_sync_nodes(sync->task->model, &nodes);
    int first = 0;
    for (int i = 0; i < count && !sync->failed; i++) {
        if (!failed_here)
            forward_opens(sync, first, nodes[i]);
        DLT_TRY(add_up(sync, nodes[i], false, micros, samples, failed_here));
        first = nodes[i];
    }
    if (!sync->failed)
        forward_opens(sync, first, dlt_model_node_count(sync->task->model));
    return DLT_OK;
}

/* The metrics, too, for backward overwrites the prediction. */
static void compute_losses(const dlt_stepper *stepper, dlt_sync *sync) {
    for (int i = 0; i < sync->open_count; i++) {
        open_micro *self = &sync->open[i];
        memset(self->sums, 0, (size_t)sync->sum_count * sizeof *self->sums);
        const dlt_objectives_call losses = dlt_stepper_losses(stepper, self->batch, i, self->sums);
        dlt_objectives_compute(sync->task, &losses);
        dlt_model_backward_begin(sync->task->model, &self->call);
    }
}

static void backward_opens(dlt_sync *sync, int first, int last) {
    for (int i = 0; i < sync->open_count; i++)
        dlt_model_backward_part(sync->task->model, &sync->open[i].call, sync->open[i].reals, first,
                                last);
}

/* No rank has failed here: what may fail is behind. */
static dlt_status backward_all(dlt_sync *sync, int64_t micros, int64_t samples) {
    const int *nodes = NULL;
    int count = dlt_model_sync_nodes(sync->task->model, &nodes);
    int last = dlt_model_node_count(sync->task->model);
    for (int i = count - 1; i >= 0; i--) {
        if (!dlt_model_trains(sync->task->model, nodes[i]))
            continue;
        backward_opens(sync, nodes[i] + 1, last);
        DLT_TRY(add_up(sync, nodes[i], true, micros, samples, false));
        last = nodes[i] + 1;
    }
    backward_opens(sync, 0, last);
    return DLT_OK;
}

/* Hands the open micro-batches to the step's own reduction, and the micro-batches back to the
 * source. */
static void push_opens(dlt_stepper *stepper, dlt_sync *sync) {
    for (int i = 0; i < sync->open_count; i++) {
        open_micro *self = &sync->open[i];
        dlt_sums leaf = dlt_reducer_leaf(stepper->strategy->reducer);
        if (!sync->failed) {
            memcpy(leaf.reals, self->reals, (size_t)sync->real_count * sizeof *leaf.reals);
            memcpy(leaf.doubles, self->sums, (size_t)sync->sum_count * sizeof *leaf.doubles);
            dlt_reducer_set_rows(stepper->strategy->reducer,
                                 dlt_model_row_gradients(sync->task->model, i));
            dlt_coverage_add(&stepper->coverage, self->batch->samples, self->call.n);
        }
        if (self->batch != NULL)
            stepper->source.ops->release(stepper->source.self, self->batch);
        dlt_reducer_push(stepper->strategy->reducer);
    }
}

/* The weights of several losses over the batch. */
static dlt_status weigh_all(dlt_stepper *stepper, const dlt_sync *sync, int64_t micros,
                            int64_t samples, bool failed_here) {
    dlt_denominators *denominators = stepper->denominators;
    bool failed = false;
    if (denominators == NULL)
        return DLT_OK;
    for (int i = 0; i < sync->open_count; i++)
        denominators->batches[i] = sync->open[i].batch;
    return dlt_denominators_find(denominators, micros, samples, sync->open_count, failed_here,
                                 &failed);
}

dlt_status dlt_sync_compute(dlt_stepper *stepper, const dlt_step_requests *requests, int64_t micros,
                            int64_t samples) {
    dlt_sync *sync = stepper->sync;
    int64_t first = 0;
    int64_t last = 0;
    dlt_batch_partition_run(micros, stepper->partition.rank, stepper->partition.size, &first,
                            &last);
    sync->open_count = (int)(last - first);
    sync->failed = false;
    dlt_status status = read_all(stepper, sync, requests->failure);
    DLT_TRY(weigh_all(stepper, sync, micros, samples, status != DLT_OK));
    DLT_TRY(forward_all(sync, micros, samples, status != DLT_OK));
    if (!sync->failed) {
        compute_losses(stepper, sync);
        DLT_TRY(backward_all(sync, micros, samples));
    }
    dlt_step_set_flags(stepper, requests, status);
    push_opens(stepper, sync);
    return status;
}
