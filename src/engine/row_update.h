/* The update of tables, parameters whose gradients are lists of rows: only rows in use change.
 *
 * A row that no sample of a batch uses is not touched in that update: not by the gradient, which is
 * zero, nor by the optimizer's states, nor by weight decay, L1 and L2, nor by the EMA. Moments
 * therefore do not decay while a row is not used ("lazy" updates), and the bias corrections of Adam
 * count all updates, as PyTorch's SparseAdam and TensorFlow's LazyAdam have it. */
#ifndef DLT_ENGINE_ROW_UPDATE_H
#define DLT_ENGINE_ROW_UPDATE_H

#include "engine/stepper.h"

/** The squared 2-norm of the sums of all rows in use; 0 without tables.
 *  Collective: Collective
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_row_update_norm2(dlt_strategy *strategy, double *out);

/** Updates the rows in use of a table that this rank keeps, and their EMA after the first update.
 * whole: an update whose pointers are to the table's first element. Not collective. */
void dlt_row_update_step(const dlt_stepper *stepper, int table, const dlt_update *whole);

#endif
