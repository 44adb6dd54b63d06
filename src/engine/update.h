/* The optimizer's part of a step. */
#ifndef DLT_ENGINE_UPDATE_H
#define DLT_ENGINE_UPDATE_H

#include "engine/stepper.h"

/** Updates the parameters, optimizer states and EMA of this rank's ranges from the gradient sums.
 * scale: what multiplies these; lr: after the schedule. Allocates nothing.
 *  Collective: Collective with an optimizer that prepares its updates, else not
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_update_params(dlt_stepper *stepper, const dlt_real *gradients,
                                         double scale, double lr);

#endif
