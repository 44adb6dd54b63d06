/* Creates, assembles and hashes the state; state_snapshot.c has its form in a checkpoint. Each
 * optimizer state is a flat array as long as the parameters, on every rank. A sharded rank writes
 * only its own ranges; pages that nobody writes cost no memory, so one layout serves all
 * strategies. assemble fills rank 0's arrays for a save or a hash, and forget then gives the pages
 * between the ranges back. */
#include "engine/state.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"

#include <math.h>

static const dlt_optimizer_ops *optimizer_of(const dlt_task *task) {
    return (const dlt_optimizer_ops *)(const void *)task->run->settings.optimizer.kind;
}

/* Gaps between tensors stay zero, whatever the states start from. */
static void fill_optim_state(const dlt_task *task, dlt_range range, double value,
                             dlt_real *optim_state) {
    const dlt_model_tensor *tensors = NULL;
    int count = dlt_model_param_tensors(task->model, &tensors);
    for (int t = 0; t < count; t++) {
        int64_t first = dlt_max_i64(tensors[t].offset, range.first);
        int64_t end = dlt_min_i64(tensors[t].offset + tensors[t].count, range.first + range.count);
        for (int64_t i = first; i < end; i++)
            optim_state[i] = (dlt_real)value;
    }
}

/* What is not written costs no memory. */
static void start_optim_state(const dlt_task *task, const dlt_strategy *strategy, double value,
                              dlt_real *optim_state) {
    const dlt_range whole = {.count = dlt_model_param_elements(task->model)};
    if (strategy == NULL)
        fill_optim_state(task, whole, value, optim_state);
    for (int i = 0; strategy != NULL && i < strategy->ops->range_count(strategy); i++)
        fill_optim_state(task, dlt_strategy_range(strategy, i), value, optim_state);
}

static dlt_status add_optim_state(const dlt_task *task, const dlt_strategy *strategy,
                                  dlt_train_state *state, int index) {
    int64_t elements = dlt_model_param_elements(task->model);
    DLT_TRY(DLT_NEW(state->optim_states[index], elements));
    if (strategy == NULL || strategy->ops->keeps_all)
        dlt_use_large_pages(state->optim_states[index], elements * (int64_t)sizeof(dlt_real));
    state->optim_state_count = index + 1;
    return DLT_OK;
}

dlt_status dlt_state_create(const dlt_task *task, const dlt_strategy *strategy,
                            dlt_train_state *out) {
    const dlt_optimizer_ops *optimizer = optimizer_of(task);
    const void *settings = task->run->settings.optimizer.settings;
    *out = (dlt_train_state){.best_value = NAN};
    DLT_TRY(dlt_feedback_residuals_create(strategy, &out->residuals));
    int count = optimizer->states(settings, out->optim_state_names);
    for (int s = 0; s < count; s++) {
        DLT_TRY(add_optim_state(task, strategy, out, s));
        if (optimizer->state_initial != NULL)
            start_optim_state(task, strategy, optimizer->state_initial(settings, s),
                              out->optim_states[s]);
    }
    if (isnan(task->run->settings.train.ema))
        return DLT_OK;
    out->optim_state_names[count] = "average";
    DLT_TRY(add_optim_state(task, strategy, out, count));
    out->ema = out->optim_states[count];
    return DLT_OK;
}

void dlt_state_destroy(dlt_train_state *state) {
    for (int s = 0; s < state->optim_state_count; s++)
        dlt_free(state->optim_states[s]);
    dlt_feedback_residuals_destroy(&state->residuals);
    *state = (dlt_train_state){0};
}

dlt_status dlt_state_assemble(dlt_strategy *strategy, dlt_train_state *state) {
    for (int s = 0; s < state->optim_state_count; s++)
        DLT_TRY(strategy->ops->assemble(strategy, state->optim_states[s]));
    return dlt_feedback_residuals_assemble(strategy, &state->residuals);
}

int64_t dlt_state_kept_bytes(const dlt_strategy *strategy, const dlt_train_state *state) {
    int64_t kept = 0;
    for (int i = 0; i < strategy->ops->range_count(strategy); i++)
        kept += dlt_strategy_range(strategy, i).count;
    return kept * state->optim_state_count * (int64_t)sizeof(dlt_real);
}

/* What lies between the ranges that are kept. */
void dlt_state_forget(const dlt_strategy *strategy, dlt_train_state *state) {
    int64_t kept = 0;
    dlt_feedback_residuals_forget(&state->residuals);
    for (int i = 0; i <= strategy->ops->range_count(strategy); i++) {
        bool last = i == strategy->ops->range_count(strategy);
        const dlt_range end = {.first = dlt_model_param_elements(strategy->task->model)};
        dlt_range next = last ? end : dlt_strategy_range(strategy, i);
        for (int s = 0; s < state->optim_state_count && next.first > kept; s++)
            dlt_forget(state->optim_states[s] + kept,
                       (next.first - kept) * (int64_t)sizeof *state->optim_states[s]);
        kept = next.first + next.count;
    }
}

uint64_t dlt_state_hash(const dlt_task *task, const dlt_train_state *state) {
    dlt_model *model = task->model;
    size_t params = (size_t)dlt_model_param_elements(model) * sizeof(dlt_real);
    size_t buffers = (size_t)dlt_model_buffer_elements(model) * sizeof(dlt_real);
    uint64_t hash = dlt_hash(0, &state->step, sizeof state->step);
    hash = dlt_hash(hash, dlt_model_params(model), params);
    hash = dlt_hash(hash, dlt_model_buffers(model), buffers);
    for (int s = 0; s < state->optim_state_count; s++)
        hash = dlt_hash(hash, state->optim_states[s], params);
    return dlt_feedback_residuals_hash(hash, &state->residuals);
}

bool dlt_state_is_finite(const dlt_task *task) {
    const dlt_real *params = dlt_model_params(task->model);
    int64_t count = dlt_model_param_elements(task->model);
    bool finite = true;
    for (int64_t i = 0; i < count; i++)
        finite = finite && isfinite(params[i]);
    return finite;
}
