/* What can be said of one loss by itself. */
#include "engine/objective.h"

#include "base/alloc.h"

void dlt_objective_destroy(dlt_objective *objective) {
    dlt_free(objective->class_weights);
    dlt_free(objective->row_weights);
    dlt_free(objective->gradient);
    dlt_free(objective->counted);
    dlt_free(objective->counted_labels);
    dlt_free(objective->counted_values);
}

static bool counts_by_target(const dlt_objective *objective) {
    const dlt_loss_ops *ops = objective->ops;
    return ops->denominator != NULL &&
           (ops->counts_by_target == NULL || ops->counts_by_target(objective->selection->settings));
}

bool dlt_objective_has_row_weights(const dlt_objective *objective) {
    return objective->mask.origin != DLT_TENSOR_ABSENT ||
           objective->weight.origin != DLT_TENSOR_ABSENT || objective->has_ignored;
}

bool dlt_objective_is_static(const dlt_objective *objective) {
    return !dlt_objective_has_row_weights(objective) && !counts_by_target(objective);
}
