/* A node takes its operations over the flops per second plus its bytes over the bytes per second.
 * These times are only used as shares of the whole. Nodes are visited from the last to the first,
 * as backward does: each one gives a moment, with the prefix of the gradient that is finished then
 * and the share of backward that is left. */
#include "plan/backward.h"

#include "base/alloc.h"
#include "base/error.h"
#include "model/costs.h"

static double time_of(const dlt_rates *rates, int64_t flops, int64_t bytes) {
    return (double)flops / rates->flops_per_s + (double)bytes / rates->bytes_per_s;
}

dlt_status dlt_backward_of(const dlt_model *model, const dlt_rates *rates, double *share,
                           dlt_cost_event **moments) {
    int nodes = dlt_model_node_count(model);
    double forward_s = 0;
    double backward_s = 0;
    dlt_node_cost cost;
    DLT_TRY(DLT_NEW(*moments, nodes));
    for (int i = 0; i < nodes; i++) {
        int node = nodes - 1 - i;
        dlt_model_node_cost(model, node, &cost);
        forward_s += time_of(rates, cost.forward_flops, cost.forward_bytes);
        backward_s += time_of(rates, cost.backward_flops, cost.backward_bytes);
        (*moments)[i] =
            (dlt_cost_event){.reals = dlt_model_grads_ready(model, node), .left = backward_s};
    }
    for (int i = 0; i < nodes; i++)
        (*moments)[i].left = backward_s > 0 ? 1 - (*moments)[i].left / backward_s : 0;
    *share = backward_s / (forward_s + backward_s);
    return DLT_OK;
}
