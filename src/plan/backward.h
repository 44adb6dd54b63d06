/* When backward finishes which part of the gradient. */
#ifndef DLT_PLAN_BACKWARD_H
#define DLT_PLAN_BACKWARD_H

#include "model/model.h"
#include "plan/cost.h"

/** A micro-batch's forward and backward, spread over the nodes as their operations take at the
 *  measured rates. share: backward's of both. moments: one per node, the last node's first.
 *  Collective: Not collective
 *  Owns:       caller owns *moments, dlt_model_node_count of them
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_backward_of(const dlt_model *model, const dlt_rates *rates,
                                       double *share, dlt_cost_event **moments);

#endif
