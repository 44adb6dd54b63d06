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

bool dlt_objective_is_static(const dlt_objective *objective) {
    return objective->row_weights == NULL && objective->ops->denominator == NULL;
}
