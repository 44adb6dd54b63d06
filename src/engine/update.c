/* Hands the optimizer this rank's ranges of the flat parameters. Without the section `parameters`
 * each range is one call; otherwise it is cut into groups with their own learning rate and decay,
 * and frozen ones are left out. An optimizer that needs sums over whole tensors first sees its
 * blocks of them (tensor_sums.h), then each tensor by itself. Of tables only rows in use are
 * updated (row_update.h). Updates of a group that is frozen for
 * its first epochs are counted from its first one, as bias corrections need it. */
#include "engine/update.h"

#include "base/cast.h"
#include "base/error.h"
#include "engine/ema.h"
#include "engine/row_update.h"
#include "engine/tensor_sums.h"
#include "optim/norm.h"
#include "optim/regularize.h"

#include <math.h>

/* An update under way: `whole` has the pointers to the first element of the flat parameters. */
typedef struct update_call {
    const dlt_stepper *stepper;
    const dlt_optimizer_ops *optimizer;
    const void *settings;
    dlt_update whole;
} update_call;

static dlt_range common_part(dlt_range range, int64_t first, int64_t count) {
    const int64_t end = dlt_min_i64(range.first + range.count, first + count);
    const int64_t begin = dlt_max_i64(range.first, first);
    return (dlt_range){.first = begin, .count = dlt_max_i64(end - begin, 0)};
}

/* Of a range of this rank what has a dense gradient: what lies before the tables. */
static dlt_range dense_part(const update_call *call, int index) {
    return common_part(dlt_strategy_range(call->stepper->strategy, index), 0,
                       dlt_model_grad_elements(call->stepper->task->model));
}

static bool is_frozen(const update_call *call, const dlt_model_group *group) {
    return dlt_param_is_frozen(&group->settings, call->stepper->state->epoch);
}

/* The update of a range of one group. */
static dlt_update part_of(const update_call *call, const dlt_model_group *group, dlt_range range) {
    const dlt_stepper *stepper = call->stepper;
    const dlt_train_state *state = stepper->state;
    dlt_update part = call->whole;
    part.count = range.count;
    part.grad += range.first;
    part.param += range.first;
    for (int s = 0; s < DLT_OPTIMIZER_STATES_MAX && s < state->optim_state_count; s++)
        part.states[s] = state->optim_states[s] + range.first;
    part.lr *= group->settings.lr_factor;
    if (!isnan(group->settings.weight_decay))
        dlt_regularize_group(group->settings.weight_decay, &stepper->task->run->settings.optimizer,
                             &part);
    if (group->settings.freeze > 0)
        part.step = dlt_max_i64(
            part.step - group->settings.freeze * dlt_batch_partition_steps(&stepper->partition), 1);
    return part;
}

static void prepare_tensor(const update_call *call, const dlt_model_group *group, int tensor,
                           dlt_range range) {
    const dlt_model_tensor *tensors = NULL;
    (void)dlt_model_param_tensors(call->stepper->task->model, &tensors);
    const dlt_range own = common_part(range, tensors[tensor].offset, tensors[tensor].count);
    const int64_t end = own.first + own.count;
    for (int64_t first = own.first; first < end;) {
        double sums[DLT_UPDATE_SUMS_MAX] = {0};
        const int64_t next = dlt_min_i64((first / DLT_NORM_BLOCK + 1) * DLT_NORM_BLOCK, end);
        dlt_update block = part_of(call, group, (dlt_range){.first = first, .count = next - first});
        block.role = tensors[tensor].role;
        call->optimizer->prepare(call->settings, &block, sums);
        dlt_tensor_sums_set(&call->stepper->strategy->tensor_sums, tensors, tensor, first, sums);
        first = next;
    }
}

static void step_tensor(const update_call *call, const dlt_model_group *group, int tensor,
                        dlt_range range) {
    const dlt_model_tensor *tensors = NULL;
    (void)dlt_model_param_tensors(call->stepper->task->model, &tensors);
    const double *totals =
        call->stepper->strategy->tensor_sums.totals + (int64_t)tensor * DLT_UPDATE_SUMS_MAX;
    dlt_update part =
        part_of(call, group, common_part(range, tensors[tensor].offset, tensors[tensor].count));
    part.role = tensors[tensor].role;
    for (int i = 0; i < DLT_UPDATE_SUMS_MAX; i++)
        part.sums[i] = totals[i];
    if (part.count > 0)
        call->optimizer->step(call->settings, &part);
}

/* Calls visit for each tensor that is not frozen, group by group, with each range of this rank. */
static void each_tensor(const update_call *call,
                        void (*visit)(const update_call *call, const dlt_model_group *group,
                                      int tensor, dlt_range range)) {
    const dlt_strategy *strategy = call->stepper->strategy;
    const dlt_model_group *groups = NULL;
    const int group_count = dlt_model_groups(call->stepper->task->model, &groups);
    for (int i = 0; i < strategy->ops->range_count(strategy); i++)
        for (int g = 0; g < group_count; g++)
            for (int t = 0; t < groups[g].tensor_count && !is_frozen(call, &groups[g]); t++)
                visit(call, &groups[g], groups[g].first_tensor + t,
                      dlt_strategy_range(strategy, i));
}

static dlt_status step_by_tensors(const update_call *call) {
    dlt_strategy *strategy = call->stepper->strategy;
    dlt_tensor_sums *sums = &strategy->tensor_sums;
    dlt_tensor_sums_clear(sums);
    each_tensor(call, prepare_tensor);
    DLT_TRY(
        strategy->ops->add_sums(strategy, sums->blocks, DLT_UPDATE_SUMS_MAX * sums->block_count));
    dlt_tensor_sums_add_up(sums);
    each_tensor(call, step_tensor);
    return DLT_OK;
}

static void step_by_groups(const update_call *call) {
    const dlt_strategy *strategy = call->stepper->strategy;
    const dlt_model_group *groups = NULL;
    const int group_count = dlt_model_groups(call->stepper->task->model, &groups);
    for (int i = 0; i < strategy->ops->range_count(strategy); i++)
        for (int g = 0; g < group_count; g++) {
            const dlt_range own =
                common_part(dense_part(call, i), groups[g].offset, groups[g].count);
            if (own.count == 0 || is_frozen(call, &groups[g]))
                continue;
            const dlt_update part = part_of(call, &groups[g], own);
            call->optimizer->step(call->settings, &part);
        }
}

/* Rows in use, and the EMA of these: before the first update, of all rows, it is a copy. */
static void step_tables(const update_call *call) {
    const dlt_stepper *stepper = call->stepper;
    const dlt_row_table *tables = NULL;
    const dlt_model_group *groups = NULL;
    const int table_count = dlt_model_tables(stepper->task->model, &tables);
    const int group_count = dlt_model_groups(stepper->task->model, &groups);
    for (int t = 0; t < table_count; t++)
        for (int g = 0; g < group_count; g++) {
            const dlt_range first = {.first = tables[t].offset};
            if (groups[g].offset > first.first ||
                groups[g].offset + groups[g].count <= first.first || is_frozen(call, &groups[g]))
                continue;
            const dlt_update part = part_of(call, &groups[g], first);
            dlt_row_update_step(stepper, t, &part);
        }
}

dlt_status dlt_update_params(dlt_stepper *stepper, const dlt_real *gradients, double scale,
                             double lr) {
    const dlt_run_settings *settings = &stepper->task->run->settings;
    const dlt_strategy *strategy = stepper->strategy;
    const double clip_value = settings->train.clip_value;
    update_call call = {
        .stepper = stepper,
        .optimizer = (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind,
        .settings = settings->optimizer.settings,
        .whole = {.step = stepper->state->step + 1,
                  .lr = lr,
                  .scale = (dlt_real)scale,
                  .clip_value = isnan(clip_value) ? (dlt_real)INFINITY : (dlt_real)clip_value,
                  .grad = gradients,
                  .param = dlt_model_params(stepper->task->model)}};
    dlt_regularize_update(&settings->regularize, &settings->optimizer, &call.whole);
    if (call.optimizer->prepare != NULL)
        DLT_TRY(step_by_tensors(&call));
    else
        step_by_groups(&call);
    step_tables(&call);
    for (int i = 0; i < strategy->ops->range_count(strategy); i++) {
        const bool is_first = stepper->state->step == 0;
        dlt_ema_update(stepper->task, stepper->state,
                       is_first ? dlt_strategy_range(strategy, i) : dense_part(&call, i));
    }
    return DLT_OK;
}
