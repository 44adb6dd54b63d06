/* An update piece by piece: forward and backward of each of this rank's micro-batches, reduce,
 * update. The reduction is the one of dlt_step, so the bits are, too. What one rank meets alone, a
 * failed read or a call too few, is kept until reduce, which tells it to all ranks. */
#include "base/error.h"
#include "engine/denominators.h"
#include "engine/metric_sums.h"
#include "session/session_parts.h"

#include <stdio.h>
#include <string.h>

static dlt_status check_model(const dlt_engine *engine) {
    if (engine->stepper.sync != NULL)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "a model with statistics over the whole batch (`sync: true`) computes its "
                        "micro-batches together: make its updates with dlt_session_step");
    if (dlt_denominators_need_data(engine->stepper.denominators))
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "the weights of several losses follow from the whole batch: make updates "
                        "with dlt_session_step");
    return DLT_OK;
}

dlt_status dlt_session_check_idle(const dlt_session *session) {
    return session->pieces.stage == DLT_STAGE_IDLE
               ? DLT_OK
               : dlt_fail(DLT_ERR_ARG, "an update is under way: finish it with dlt_session_reduce "
                                       "and dlt_session_update");
}

static int64_t run_of(const dlt_engine *engine) {
    const dlt_batch_partition *partition = &engine->stepper.partition;
    int64_t first = 0;
    int64_t last = 0;
    dlt_batch_partition_run(dlt_batch_partition_micros(partition, engine->state.epoch_step),
                            partition->rank, partition->size, &first, &last);
    return last - first;
}

static dlt_status begin(dlt_session *session) {
    dlt_engine *engine = &session->engine;
    dlt_session_pieces *pieces = &session->pieces;
    bool failed = false;
    DLT_TRY(check_model(engine));
    DLT_TRY(dlt_session_check_epochs(session));
    DLT_TRY(dlt_step_begin(&engine->stepper, &pieces->result));
    pieces->stage = DLT_STAGE_OPEN;
    pieces->coverage = engine->stepper.coverage;
    pieces->done = 0;
    pieces->count = run_of(engine);
    pieces->failure = DLT_OK;
    if (session->pushes != NULL)
        pieces->failure = dlt_push_source_ready(session->pushes);
    if (engine->stepper.denominators != NULL && pieces->failure == DLT_OK)
        pieces->failure = dlt_denominators_find(
            engine->stepper.denominators,
            dlt_batch_partition_micros(&engine->stepper.partition, engine->state.epoch_step),
            pieces->result.samples, 0, false, &failed);
    return DLT_OK;
}

static void set_flags(dlt_session *session) {
    const dlt_step_requests nothing = {.failure = DLT_OK};
    dlt_step_set_flags(&session->engine.stepper, &nothing, session->pieces.failure);
}

int64_t dlt_session_micro_batches(const dlt_session *session) {
    return run_of(&session->engine);
}

dlt_status dlt_session_forward(dlt_session *session, dlt_session_micro *out) {
    dlt_stepper *stepper = &session->engine.stepper;
    dlt_session_pieces *pieces = &session->pieces;
    if (pieces->stage == DLT_STAGE_IDLE)
        DLT_TRY(begin(session));
    if (pieces->stage == DLT_STAGE_FORWARDED)
        return dlt_fail(DLT_ERR_ARG, "the micro-batch before has had no backward");
    if (pieces->stage == DLT_STAGE_REDUCED)
        return dlt_fail(DLT_ERR_ARG, "the gradients are reduced: dlt_session_update comes next");
    if (pieces->done == pieces->count)
        return dlt_fail(DLT_ERR_ARG, "this rank has computed all of its %lld micro-batches",
                        (long long)pieces->count);
    if (pieces->failure == DLT_OK)
        pieces->failure = dlt_step_read(stepper, &pieces->batch);
    DLT_TRY(pieces->failure);
    pieces->leaf = dlt_reducer_leaf(stepper->strategy->reducer);
    dlt_step_forward(stepper, pieces->batch, pieces->leaf, &pieces->call);
    pieces->stage = DLT_STAGE_FORWARDED;
    const dlt_batch_partition *partition = &stepper->partition;
    *out = (dlt_session_micro){.first = pieces->batch->id.micro * partition->micro_batch,
                               .count = pieces->batch->id.count};
    return DLT_OK;
}

static dlt_status check_forwarded(const dlt_session *session) {
    return session->pieces.stage == DLT_STAGE_FORWARDED
               ? DLT_OK
               : dlt_fail(DLT_ERR_ARG, "no micro-batch is between its forward and its backward");
}

/* The prediction of the first loss. */
static int prediction_of(const dlt_session *session) {
    return session->engine.task.objectives[0].prediction;
}

static int64_t prediction_count(const dlt_session *session) {
    const dlt_model *model = session->engine.task.model;
    return session->pieces.call.n *
           dlt_shape_count(&dlt_model_output(model, prediction_of(session))->shape);
}

dlt_status dlt_session_prediction(const dlt_session *session, int64_t *count,
                                  const dlt_real **out) {
    DLT_TRY(check_forwarded(session));
    *count = prediction_count(session);
    *out = dlt_model_output_at(session->engine.task.model, 0, prediction_of(session));
    return DLT_OK;
}

static dlt_status take_gradient(dlt_session *session, const dlt_session_gradient *given) {
    const dlt_task *task = &session->engine.task;
    dlt_session_pieces *pieces = &session->pieces;
    if (task->objective_count > 1)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "a gradient can be given to a run with one loss, and "
                        "this one has %d",
                        task->objective_count);
    if (given->count != prediction_count(session) || given->values == NULL)
        return dlt_fail(DLT_ERR_SHAPE,
                        "the gradient of this micro-batch has %lld elements, not %lld",
                        (long long)prediction_count(session), (long long)given->count);
    if (!(given->weight >= 0))
        return dlt_fail(DLT_ERR_ARG, "the weight of a micro-batch is not negative");
    memcpy(dlt_model_output_gradient(task->model, 0, prediction_of(session)), given->values,
           (size_t)given->count * sizeof *given->values);
    pieces->leaf.doubles[DLT_SUM_LOSS] = given->loss;
    pieces->leaf.doubles[DLT_SUM_WEIGHT] =
        given->weight > 0 ? given->weight : (double)pieces->call.n;
    return DLT_OK;
}

dlt_status dlt_session_backward(dlt_session *session, const dlt_session_gradient *given) {
    dlt_stepper *stepper = &session->engine.stepper;
    dlt_session_pieces *pieces = &session->pieces;
    DLT_TRY(check_forwarded(session));
    if (given != NULL) {
        DLT_TRY(take_gradient(session, given));
    } else {
        const dlt_objectives_call losses =
            dlt_stepper_losses(stepper, pieces->batch, 0, pieces->leaf.doubles);
        dlt_objectives_compute(stepper->task, &losses);
    }
    set_flags(session);
    dlt_step_backward(stepper, &pieces->call, pieces->leaf);
    dlt_coverage_add(&stepper->coverage, pieces->batch->samples, pieces->call.n);
    stepper->source.ops->release(stepper->source.self, pieces->batch);
    dlt_reducer_push(stepper->strategy->reducer);
    pieces->stage = DLT_STAGE_OPEN;
    pieces->done++;
    return DLT_OK;
}

/* What this rank has left out: its leaves are pushed uncomputed, so that the ranks meet. */
static void push_rest(dlt_session *session) {
    dlt_stepper *stepper = &session->engine.stepper;
    dlt_session_pieces *pieces = &session->pieces;
    if (pieces->failure == DLT_OK && pieces->done < pieces->count)
        pieces->failure = dlt_fail(DLT_ERR_ARG,
                                   "forward and backward were called for %lld of the %lld "
                                   "micro-batches of this rank",
                                   (long long)pieces->done, (long long)pieces->count);
    if (pieces->stage == DLT_STAGE_FORWARDED)
        stepper->source.ops->release(stepper->source.self, pieces->batch);
    set_flags(session);
    for (bool open = pieces->stage == DLT_STAGE_FORWARDED; pieces->done < pieces->count;
         open = false, pieces->done++) {
        if (!open)
            (void)dlt_reducer_leaf(stepper->strategy->reducer);
        dlt_reducer_push(stepper->strategy->reducer);
    }
}

dlt_status dlt_session_reduce(dlt_session *session, dlt_session_progress *out) {
    dlt_engine *engine = &session->engine;
    dlt_session_pieces *pieces = &session->pieces;
    if (pieces->stage == DLT_STAGE_REDUCED)
        return dlt_fail(DLT_ERR_ARG, "the gradients are reduced: dlt_session_update comes next");
    if (pieces->stage == DLT_STAGE_IDLE)
        DLT_TRY(begin(session));
    push_rest(session);
    pieces->stage = DLT_STAGE_IDLE;
    dlt_status status =
        dlt_step_reduce(&engine->stepper, pieces->failure, &pieces->total, &pieces->result);
    if (session->pushes != NULL)
        dlt_push_source_clear(session->pushes);
    if (status == DLT_OK) {
        pieces->stage = DLT_STAGE_REDUCED;
        *out = dlt_session_progress_of(session, &pieces->result);
        return DLT_OK;
    }
    return dlt_session_go_back(session, &pieces->coverage, status);
}

dlt_status dlt_session_refuse_step(dlt_session *session) {
    dlt_session_progress none;
    const dlt_status status = dlt_session_check_idle(session);
    if (session->pieces.stage == DLT_STAGE_REDUCED)
        return status;
    session->pieces.failure = status;
    return dlt_session_reduce(session, &none);
}

dlt_status dlt_session_gradient_of(const dlt_session *session, const char *name, int64_t count,
                                   dlt_real *out) {
    const dlt_engine *engine = &session->engine;
    const dlt_model_tensor *tensors = NULL;
    const dlt_total *total = &session->pieces.total;
    const int tensor_count = dlt_model_param_tensors(engine->task.model, &tensors);
    char full[DLT_SESSION_NAME_BYTES];
    if (session->pieces.stage != DLT_STAGE_REDUCED)
        return dlt_fail(DLT_ERR_ARG, "gradients are there between dlt_session_reduce and "
                                     "dlt_session_update");
    if (!engine->strategy->ops->keeps_all)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "with 'comm.strategy: sharded' no rank has the whole gradient");
    for (int t = 0; t < tensor_count; t++) {
        snprintf(full, sizeof full, "params/%s/%s", tensors[t].node, tensors[t].name);
        if (strcmp(full, name) != 0)
            continue;
        if (tensors[t].offset >= dlt_model_grad_elements(engine->task.model))
            return dlt_fail(DLT_ERR_UNSUPPORTED,
                            "the gradient of '%s' is row-sparse: no rank has it as an array", name);
        if (count != tensors[t].count)
            return dlt_fail(DLT_ERR_SHAPE, "'%s' has %lld elements, not %lld", name,
                            (long long)tensors[t].count, (long long)count);
        const dlt_real scale = (dlt_real)dlt_step_scale(&engine->task, total);
        for (int64_t i = 0; i < count; i++)
            out[i] = total->reals[tensors[t].offset + i] * scale;
        return DLT_OK;
    }
    return dlt_fail(DLT_ERR_ARG, "the session has no parameter '%s'", name);
}

dlt_status dlt_session_update(dlt_session *session, dlt_session_progress *out) {
    dlt_session_pieces *pieces = &session->pieces;
    if (pieces->stage != DLT_STAGE_REDUCED)
        return dlt_fail(DLT_ERR_ARG, "there are no gradients: dlt_session_reduce comes first");
    pieces->stage = DLT_STAGE_IDLE;
    DLT_TRY(dlt_step_finish(&session->engine.stepper, &pieces->total, &pieces->result));
    return dlt_session_end_update(session, &pieces->coverage, &pieces->result, out);
}
