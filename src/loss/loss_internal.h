/* Module card: loss (level 2).
 *
 * What lives here: one file per loss, each with its settings, formulas, self-tests and one const
 * dlt_loss_ops (dltrain/extend/loss.h), and registry.c, the table of all of them. rows.c cuts a
 * prediction into the rows that a loss counts. elementwise.h is the loop that losses of one number
 * per element share. May include: base, kernels, tensor, config.
 * Owns: nothing; a loss reads predictions and targets and writes one gradient, all the caller's.
 */
#ifndef DLT_LOSS_INTERNAL_H
#define DLT_LOSS_INTERNAL_H

#include "dltrain/extend/loss.h"

extern const dlt_loss_ops dlt_loss_mse;
extern const dlt_loss_ops dlt_loss_mae;
extern const dlt_loss_ops dlt_loss_huber;
extern const dlt_loss_ops dlt_loss_binary_cross_entropy;
extern const dlt_loss_ops dlt_loss_cross_entropy;

#endif
