/* Groups of parameters in the updates of a run: what is frozen keeps its bits and its optimizer
 * state, what has a factor or a decay of its own follows it, and an optimizer that asks for sums
 * over whole tensors finds the same ones however the parameters are divided. */
#include "engine/ema.h"
#include "support/small_run.h"

static const char *const frozen = "parameters={'conv*': {freeze: true}, batch_norm_1: {freeze: 2}}";

static const dlt_model_tensor *tensor_of(const small_run *it, const char *node, const char *name) {
    const dlt_model_tensor *tensors = NULL;
    const int count = dlt_model_param_tensors(it->trainer.engine.task.model, &tensors);
    for (int t = 0; t < count; t++)
        if (strcmp(tensors[t].node, node) == 0 && strcmp(tensors[t].name, name) == 0)
            return &tensors[t];
    return tensors;
}

/* This rank's elements of a tensor for which `differs`. */
static int64_t count_of(const small_run *it, const dlt_model_tensor *tensor,
                        bool (*differs)(const small_run *it, int64_t element)) {
    const dlt_strategy *strategy = it->trainer.engine.strategy;
    int64_t count = 0;
    for (int i = 0; i < strategy->ops->range_count(strategy); i++) {
        const dlt_range range = dlt_strategy_range(strategy, i);
        for (int64_t at = range.first; at < range.first + range.count; at++)
            if (at >= tensor->offset && at < tensor->offset + tensor->count)
                count += differs(it, at);
    }
    return count;
}

static bool has_state(const small_run *it, int64_t element) {
    const dlt_train_state *state = &it->trainer.engine.state;
    return state->optim_states[0][element] != 0 || state->optim_states[1][element] != 0;
}

static bool ema_differs(const small_run *it, int64_t element) {
    return it->trainer.engine.state.ema[element] !=
           dlt_model_params(it->trainer.engine.task.model)[element];
}

static bool is_unchanged(const small_run *it, const dlt_model_tensor *tensor,
                         const dlt_real *start) {
    const dlt_real *now = dlt_model_params(it->trainer.engine.task.model);
    return memcmp(now + tensor->offset, start + tensor->offset,
                  (size_t)tensor->count * sizeof *now) == 0;
}

static dlt_status start(small_run *it, scratch *files, const char *const *overrides, int count) {
    DLT_TRY(small_run_open(it, files, overrides, count));
    return small_run_start(it);
}

/* Two epochs frozen, then a third in which the normalisation moves and the convolution does not. */
static uint64_t check_frozen(mpi_check *check, scratch *files, const char *strategy) {
    char override[64];
    small_run it = {.check = check};
    dlt_real *before = NULL;
    snprintf(override, sizeof override, "comm.strategy=%s", strategy);
    const char *const overrides[] = {override, frozen, "optimizer={adamw: {weight_decay: 0.1}}",
                                     "regularize={l1: 0.01, decay: 0.1}"};
    CHECK(check, start(&it, files, overrides, 4) == DLT_OK);
    const dlt_model *model = it.trainer.engine.task.model;
    CHECK(check, DLT_NEW(before, dlt_model_param_elements(model)) == DLT_OK);
    memcpy(before, dlt_model_params(it.trainer.engine.task.model),
           (size_t)dlt_model_param_elements(model) * sizeof *before);
    const int64_t epoch = dlt_batch_partition_steps(&it.trainer.engine.stepper.partition);
    const dlt_model_tensor *filter = tensor_of(&it, "conv2d_1", "weight");
    const dlt_model_tensor *scale = tensor_of(&it, "batch_norm_1", "weight");
    small_run_steps(&it, 2 * epoch);
    CHECK(check, is_unchanged(&it, filter, before) && is_unchanged(&it, scale, before));
    CHECK(check, count_of(&it, filter, has_state) == 0 && count_of(&it, scale, has_state) == 0);
    CHECK(check, count_of(&it, filter, ema_differs) == 0);
    CHECK(check, !is_unchanged(&it, tensor_of(&it, "dense_1", "weight"), before));
    small_run_steps(&it, epoch);
    CHECK(check, is_unchanged(&it, filter, before) && !is_unchanged(&it, scale, before));
    CHECK(check, count_of(&it, filter, has_state) == 0);
    const uint64_t hash = small_run_hash(&it);
    dlt_free(before);
    small_run_finish(&it);
    return hash;
}

/* One update of plain SGD from the same start, with and without settings of the weight's own: a
 * doubled rate doubles what is added, and a decay replaces all others. */
static void check_settings(mpi_check *check, scratch *files) {
    static const char *const sections[] = {
        "parameters={}", "parameters={'dense*': {lr_factor: 2}}",
        "parameters={role:weight: {lr_factor: 2}, 'dense_1/weight': {weight_decay: 0.5}}"};
    double moved[3] = {0};
    double value = 0;
    for (int i = 0; i < 3; i++) {
        const char *const overrides[] = {sections[i], "optimizer={sgd: {lr: 0.5}}",
                                         i < 2 ? "regularize={}" : "regularize={l1: 3, l2: 7}"};
        small_run it = {.check = check};
        CHECK(check, start(&it, files, overrides, 3) == DLT_OK);
        const int64_t at = tensor_of(&it, "dense_1", "weight")->offset;
        value = (double)dlt_model_params(it.trainer.engine.task.model)[at];
        small_run_steps(&it, 1);
        moved[i] = (double)dlt_model_params(it.trainer.engine.task.model)[at] - value;
        small_run_finish(&it);
    }
    CHECK(check, moved[0] != 0 && fabs(moved[1] - 2 * moved[0]) < 1e-6);
    CHECK(check, fabs(moved[2] - (moved[1] - 0.5 * value)) < 1e-6);
}

/* Layer-wise rates in the manner of LARS (You et al. 2017, arXiv 1708.03888): the norms of the
 * whole tensor decide how far each of its elements goes. */
static int states_lars(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    (void)settings;
    (void)names;
    return 0;
}

static double lr_lars(const void *settings) {
    (void)settings;
    return 0.05;
}

static void weight_decay_lars(const void *settings, double *l2, double *decoupled) {
    (void)settings;
    *l2 = *decoupled = 0;
}

static void prepare_lars(const void *settings, const dlt_update *block,
                         double sums[DLT_UPDATE_SUMS_MAX]) {
    (void)settings;
    for (int64_t i = 0; i < block->count; i++) {
        const double w = (double)block->param[i];
        const double g = (double)dlt_update_gradient(block, block->param[i], block->grad[i]);
        sums[0] += w * w;
        sums[1] += g * g;
    }
}

static void step_lars(const void *settings, const dlt_update *update) {
    (void)settings;
    double trust = 1;
    if (update->role == DLT_PARAM_WEIGHT && update->sums[0] > 0 && update->sums[1] > 0)
        trust = sqrt(update->sums[0] / update->sums[1]);
    for (int64_t i = 0; i < update->count; i++)
        update->param[i] -= (dlt_real)(update->lr * trust) *
                            dlt_update_gradient(update, update->param[i], update->grad[i]);
}

static const dlt_optimizer_ops lars = {.entry = {.name = "lars", .summary = "Layer-wise rates."},
                                       .states = states_lars,
                                       .lr = lr_lars,
                                       .weight_decay = weight_decay_lars,
                                       .prepare = prepare_lars,
                                       .step = step_lars};

static uint64_t check_tensors(mpi_check *check, scratch *files, const char *strategy) {
    char override[64];
    small_run it = {.check = check};
    snprintf(override, sizeof override, "comm.strategy=%s", strategy);
    /* Filters of 9 and 36 blocks, so that slices cut tensors. */
    const char *const overrides[] = {override, "parameters={batch_norm_1: {freeze: true}}",
                                     "model.0.conv2d.filters=4096"};
    CHECK(check, small_run_open(&it, files, overrides, 3) == DLT_OK);
    it.run->settings.optimizer = (dlt_selection){.kind = &lars.entry};
    CHECK(check, small_run_start(&it) == DLT_OK);
    small_run_steps(&it, 3);
    /* The sums of the last update are those of all its gradients, whoever owned them. */
    const dlt_tensor_sums *sums = &it.trainer.engine.strategy->tensor_sums;
    const dlt_model_tensor *tensors = NULL;
    const int count = dlt_model_param_tensors(it.trainer.engine.task.model, &tensors);
    for (int t = 0; t < count; t++) {
        const bool is_frozen = strcmp(tensors[t].node, "batch_norm_1") == 0;
        const bool is_bias = tensors[t].role == DLT_PARAM_BIAS;
        const double *totals = sums->totals + (int64_t)t * DLT_UPDATE_SUMS_MAX;
        CHECK(check, is_frozen ? totals[0] == 0 : totals[0] > 0 || is_bias);
        CHECK(check, is_frozen ? totals[1] == 0 : totals[1] > 0);
    }
    const uint64_t hash = small_run_hash(&it);
    small_run_finish(&it);
    return hash;
}

static void check_all(mpi_check *check, scratch *files) {
    const uint64_t by_groups = check_frozen(check, files, "replicated");
    CHECK(check, check_frozen(check, files, "sharded") == by_groups);
    check_settings(check, files);
    const uint64_t by_tensors = check_tensors(check, files, "replicated");
    CHECK(check, check_tensors(check, files, "sharded") == by_tensors);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
