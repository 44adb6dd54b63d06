#include "engine/sync.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "engine/metric_sums.h"
#include "engine/votes.h"

#include <string.h>

/* One micro-batch under way. */
typedef struct lane {
    const dlt_micro_batch *batch; /* borrowed from the source */
    dlt_model_call call;
    dlt_real *reals; /* gradients and batch statistics, owned */
    double *sums;    /* loss, weight and metrics, owned */
    const dlt_real *prediction;
} lane;

struct dlt_sync {
    const dlt_problem *problem; /* borrowed */
    dlt_reducer *reducer;       /* of the synchronised nodes' sums */
    int64_t real_count;
    int64_t sum_count;
    int lane_room;
    int lane_count; /* of the batch under way */
    lane *lanes;
    bool failed; /* some rank has failed: the rest of the batch is not computed */
};

int dlt_sync_slots(const dlt_cut *cut) {
    int64_t micros = dlt_cut_micros(cut, 0);
    return (int)dlt_max_i64(dlt_ceil_div(micros, cut->size), 1);
}

static dlt_status make_lanes(dlt_sync *sync, const dlt_cut *cut) {
    const dlt_model *model = sync->problem->model;
    sync->real_count = dlt_model_param_elements(model) + dlt_model_extra_elements(model);
    sync->sum_count = dlt_sums_length(sync->problem, dlt_sums_training_metrics(sync->problem));
    sync->lane_room = dlt_sync_slots(cut);
    DLT_TRY(DLT_NEW(sync->lanes, sync->lane_room));
    for (int i = 0; i < sync->lane_room; i++) {
        DLT_TRY(DLT_NEW(sync->lanes[i].reals, sync->real_count));
        DLT_TRY(DLT_NEW(sync->lanes[i].sums, sync->sum_count));
    }
    return DLT_OK;
}

dlt_status dlt_sync_create(const dlt_problem *problem, const dlt_cut *cut, dlt_sync **out) {
    const int *nodes = NULL;
    *out = NULL;
    if (dlt_model_sync_nodes(problem->model, &nodes) == 0)
        return DLT_OK;
    dlt_sync *sync = NULL;
    dlt_status status = DLT_NEW(sync, 1);
    if (status == DLT_OK) {
        sync->problem = problem;
        status = make_lanes(sync, cut);
    }
    status = dlt_agree(problem->comm, status);
    if (status == DLT_OK) {
        int64_t micros[2];
        int count = dlt_cut_micro_counts(cut, micros);
        const dlt_reducer_options options = {.double_count = dlt_model_sync_count(problem->model),
                                             .micros = micros,
                                             .micros_count = count};
        status = dlt_reducer_create(problem->comm, &options, &sync->reducer);
    }
    if (status != DLT_OK)
        dlt_sync_destroy(&sync);
    *out = sync;
    return status;
}

void dlt_sync_destroy(dlt_sync **sync) {
    if (*sync == NULL)
        return;
    for (int i = 0; (*sync)->lanes != NULL && i < (*sync)->lane_room; i++) {
        dlt_free((*sync)->lanes[i].reals);
        dlt_free((*sync)->lanes[i].sums);
    }
    dlt_free((*sync)->lanes);
    dlt_reducer_destroy(&(*sync)->reducer);
    dlt_free(*sync);
    *sync = NULL;
}

static dlt_status open_lane(dlt_stepper *stepper, lane *self, int slot) {
    const dlt_problem *problem = stepper->problem;
    DLT_TRY(stepper->source.ops->next(stepper->source.self, &self->batch));
    if (self->batch == NULL)
        return dlt_fail(DLT_ERR_INTERNAL, "the data ended before the epoch did");
    self->call = (dlt_model_call){.n = self->batch->stop.count,
                                  .inputs = {self->batch->x},
                                  .training = true,
                                  .seed = (uint64_t)problem->run->settings.seed,
                                  .step = stepper->state->step,
                                  .micro = self->batch->stop.micro,
                                  .slot = slot};
    return DLT_OK;
}

static dlt_status open_lanes(dlt_stepper *stepper, dlt_sync *sync, dlt_status status) {
    for (int i = 0; i < sync->lane_count; i++) {
        sync->lanes[i].batch = NULL;
        if (status == DLT_OK)
            status = open_lane(stepper, &sync->lanes[i], i);
    }
    return status;
}

static dlt_real *observed_of(const dlt_sync *sync, const lane *self) {
    return self->reals + dlt_model_param_elements(sync->problem->model);
}

/* The sums of one node, over all micro-batches and ranks. */
static dlt_status add_up(dlt_sync *sync, int node, bool backward, int64_t micros, int64_t samples,
                         bool failed_here) {
    const double votes[DLT_VOTES] = {[DLT_VOTE_FAILED] = failed_here};
    DLT_TRY(dlt_reducer_begin(sync->reducer, micros));
    dlt_reducer_vote(sync->reducer, votes);
    for (int i = 0; i < sync->lane_count; i++) {
        dlt_sums leaf = dlt_reducer_leaf(sync->reducer);
        if (!failed_here)
            dlt_model_gather(sync->problem->model, &sync->lanes[i].call, node, backward,
                             leaf.doubles);
        dlt_reducer_push(sync->reducer);
    }
    dlt_total total;
    DLT_TRY(dlt_reducer_finish(sync->reducer, &total));
    sync->failed = total.votes[DLT_VOTE_FAILED] > 0;
    dlt_model_set_sums(sync->problem->model, node, total.doubles, samples);
    return DLT_OK;
}

static void forward_lanes(dlt_sync *sync, int first, int last) {
    for (int i = 0; i < sync->lane_count; i++) {
        lane *self = &sync->lanes[i];
        dlt_model_forward_part(sync->problem->model, &self->call, observed_of(sync, self), first,
                               last);
        self->prediction = dlt_model_output_at(sync->problem->model, i, 0);
    }
}

static dlt_status forward_all(dlt_sync *sync, int64_t micros, int64_t samples, bool failed_here) {
    const int *nodes = NULL;
    int count = dlt_model_sync_nodes(sync->problem->model, &nodes);
    int first = 0;
    for (int i = 0; i < count && !sync->failed; i++) {
        if (!failed_here)
            forward_lanes(sync, first, nodes[i]);
        DLT_TRY(add_up(sync, nodes[i], false, micros, samples, failed_here));
        first = nodes[i];
    }
    if (!sync->failed)
        forward_lanes(sync, first, dlt_model_node_count(sync->problem->model));
    return DLT_OK;
}

/* The metrics, too, for backward overwrites the prediction. */
static void compute_losses(const dlt_stepper *stepper, dlt_sync *sync) {
    for (int i = 0; i < sync->lane_count; i++) {
        lane *self = &sync->lanes[i];
        dlt_loss_sum loss =
            dlt_problem_loss(sync->problem, self->call.n, self->prediction, &self->batch->target,
                             dlt_model_output_gradient(sync->problem->model, i, 0));
        memset(self->sums, 0, (size_t)sync->sum_count * sizeof *self->sums);
        self->sums[DLT_SUM_LOSS] = loss.loss;
        self->sums[DLT_SUM_WEIGHT] = loss.weight;
        const dlt_metric_call counted =
            dlt_problem_metric_call(sync->problem, &sync->problem->train, self->call.n,
                                    self->prediction, &self->batch->target);
        dlt_sums_add(sync->problem, stepper->train_metrics, &counted, self->sums);
        dlt_model_backward_begin(sync->problem->model, &self->call);
    }
}

static void backward_lanes(dlt_sync *sync, int first, int last) {
    for (int i = 0; i < sync->lane_count; i++)
        dlt_model_backward_part(sync->problem->model, &sync->lanes[i].call, sync->lanes[i].reals,
                                first, last);
}

/* No rank has failed here: what may fail is behind. */
static dlt_status backward_all(dlt_sync *sync, int64_t micros, int64_t samples) {
    const int *nodes = NULL;
    int count = dlt_model_sync_nodes(sync->problem->model, &nodes);
    int last = dlt_model_node_count(sync->problem->model);
    for (int i = count - 1; i >= 0; i--) {
        if (!dlt_model_trains(sync->problem->model, nodes[i]))
            continue;
        backward_lanes(sync, nodes[i] + 1, last);
        DLT_TRY(add_up(sync, nodes[i], true, micros, samples, false));
        last = nodes[i] + 1;
    }
    backward_lanes(sync, 0, last);
    return DLT_OK;
}

/* Hands the lanes to the step's own reduction, and the micro-batches back to the source. */
static void push_lanes(dlt_stepper *stepper, dlt_sync *sync) {
    for (int i = 0; i < sync->lane_count; i++) {
        lane *self = &sync->lanes[i];
        dlt_sums leaf = dlt_reducer_leaf(stepper->strategy->reducer);
        if (!sync->failed) {
            memcpy(leaf.reals, self->reals, (size_t)sync->real_count * sizeof *leaf.reals);
            memcpy(leaf.doubles, self->sums, (size_t)sync->sum_count * sizeof *leaf.doubles);
            dlt_ledger_enter(&stepper->ledger, self->batch->samples, self->call.n);
        }
        if (self->batch != NULL)
            stepper->source.ops->release(stepper->source.self, self->batch);
        dlt_reducer_push(stepper->strategy->reducer);
    }
}

dlt_status dlt_sync_compute(dlt_stepper *stepper, const dlt_step_asks *asks, int64_t micros,
                            int64_t samples) {
    dlt_sync *sync = stepper->sync;
    int64_t first = 0;
    int64_t last = 0;
    dlt_cut_run(micros, stepper->cut.rank, stepper->cut.size, &first, &last);
    sync->lane_count = (int)(last - first);
    sync->failed = false;
    dlt_status status = open_lanes(stepper, sync, asks->failure);
    DLT_TRY(forward_all(sync, micros, samples, status != DLT_OK));
    if (!sync->failed) {
        compute_losses(stepper, sync);
        DLT_TRY(backward_all(sync, micros, samples));
    }
    dlt_step_vote(stepper, asks, status);
    push_lanes(stepper, sync);
    return status;
}
