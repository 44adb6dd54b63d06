/* The targets of a split of the data: whether they are what the loss expects. */
#ifndef DLT_ENGINE_TARGETS_H
#define DLT_ENGINE_TARGETS_H

#include "engine/task.h"

/** Checks the shape of a split's targets and its number of classes against the losses and the
 *  model's outputs.
 *  Collective: Not collective
 *  Errors:     SHAPE, naming both shapes
 */
DLT_CHECKED dlt_status dlt_targets_check(const dlt_task *task, const dlt_task_split *split);

/** Reads this rank's share of the targets of a split's whole data set, so that a value that the
 * loss cannot take is found before the first update. Sets of more than 256 MiB of targets are left
 * to the reads of training and evaluation, which check the same.
 *  Collective: Not collective
 *  Errors:     FORMAT, naming the value and its place; IO, MEM
 */
DLT_CHECKED dlt_status dlt_targets_scan(const dlt_task *task, const dlt_task_split *split);

/** Makes room for class weights where the loss balances classes: all 1, or, not in training, those
 *  of the checkpoint.
 *  Collective: Not collective
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_targets_make_weights(dlt_task *task, const dlt_task_options *options);

/** Fills them from the training samples: n / (k n_c), as scikit-learn's class_weight='balanced'; 1
 *  for a class without samples.
 *  Collective: Collective
 *  Errors:     IO, FORMAT, MEM, MPI: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_targets_balance(dlt_task *task);

/** Where a checkpoint has the class weights of loss `k`. */
void dlt_class_weights_name(int k, char *out, size_t bytes);

/** Warns of a last node that does not suit the loss: an activation before a loss that takes logits.
 *  Collective: Not collective; for one rank to call */
void dlt_targets_warn(const dlt_task *task);

/** Fills split->origins where the targets are values: sums of differences from the values of the
 *  split's first row do not cancel, since the row is one of those that are counted.
 *  Collective: Not collective; the same on every rank
 *  Errors:     IO, FORMAT, MEM
 */
DLT_CHECKED dlt_status dlt_targets_find_origin(const dlt_task *task, dlt_task_split *split);

#endif
