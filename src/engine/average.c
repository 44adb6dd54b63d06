#include "engine/average.h"

#include "base/error.h"
#include "kernels/vector.h"

#include <string.h>

DLT_K_CLONES static void take(int64_t count, dlt_real rest, const dlt_real *restrict weight,
                              dlt_real *restrict average) {
    for (int64_t i = 0; i < count; i++)
        average[i] += rest * (weight[i] - average[i]);
}

void dlt_average_take(const dlt_problem *problem, dlt_train_state *state, dlt_range range) {
    const dlt_real *weight = dlt_model_params(problem->model) + range.first;
    if (state->average == NULL)
        return;
    dlt_real *average = state->average + range.first;
    if (state->step == 0)
        memcpy(average, weight, (size_t)range.count * sizeof *average);
    else
        take(range.count, (dlt_real)(1 - problem->run->settings.train.average), weight, average);
}

static void exchange(int64_t count, dlt_real *restrict first, dlt_real *restrict second) {
    for (int64_t i = 0; i < count; i++) {
        dlt_real held = first[i];
        first[i] = second[i];
        second[i] = held;
    }
}

dlt_status dlt_average_exchange(dlt_strategy *strategy, dlt_train_state *state) {
    dlt_real *weights = dlt_model_params(strategy->problem->model);
    if (state->average == NULL || state->step == 0)
        return DLT_OK;
    /* Nobody reads the weights any more. */
    DLT_TRY(strategy->ops->publish(strategy, false));
    for (int i = 0; i < strategy->ops->range_count(strategy); i++) {
        dlt_range range = dlt_strategy_range(strategy, i);
        exchange(range.count, weights + range.first, state->average + range.first);
    }
    return strategy->ops->publish(strategy, true);
}
