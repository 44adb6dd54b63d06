/* Updates the EMA right after the optimizer, only on the ranges that this rank owns. The exchange
 * swaps weights and EMA in place, so evaluation needs no other copy. It publishes before the swap,
 * so that no rank still reads the weights, and after it, so that all ranks see the new ones. */
#include "engine/ema.h"

#include "base/error.h"
#include "kernels/vector.h"

#include <string.h>

DLT_K_CLONES static void take(int64_t count, dlt_real rest, const dlt_real *restrict weight,
                              dlt_real *restrict ema) {
    for (int64_t i = 0; i < count; i++)
        ema[i] += rest * (weight[i] - ema[i]);
}

void dlt_ema_update(const dlt_task *task, dlt_train_state *state, dlt_range range) {
    const dlt_real *weight = dlt_model_params(task->model) + range.first;
    if (state->ema == NULL)
        return;
    dlt_real *ema = state->ema + range.first;
    if (state->step == 0)
        memcpy(ema, weight, (size_t)range.count * sizeof *ema);
    else
        take(range.count, (dlt_real)(1 - task->run->settings.train.ema), weight, ema);
}

static void exchange(int64_t count, dlt_real *restrict first, dlt_real *restrict second) {
    for (int64_t i = 0; i < count; i++) {
        dlt_real held = first[i];
        first[i] = second[i];
        second[i] = held;
    }
}

dlt_status dlt_ema_exchange(dlt_strategy *strategy, dlt_train_state *state) {
    dlt_real *weights = dlt_model_params(strategy->task->model);
    if (state->ema == NULL || state->step == 0)
        return DLT_OK;
    /* Nobody reads the weights any more. */
    DLT_TRY(strategy->ops->publish(strategy, DLT_CHANGED_NOTHING));
    for (int i = 0; i < strategy->ops->range_count(strategy); i++) {
        dlt_range range = dlt_strategy_range(strategy, i);
        exchange(range.count, weights + range.first, state->ema + range.first);
    }
    return strategy->ops->publish(strategy, DLT_CHANGED_ALL);
}
