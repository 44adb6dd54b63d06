/* Module card: optim (level 2).
 *
 * What lives here: one file per optimizer, each with its settings, update rule, self-tests and one
 * const dlt_optimizer_ops (dltrain/extend/optimizer.h); registry.c, the table of all of them; what
 * is added to every optimizer's gradient (regularize.h); the squared norm of a gradient (norm.h).
 * May include: base, kernels, tensor, config. Owns: nothing; parameters, gradients and optimizer
 * states are ranges of the caller's flat buffers.
 */
#ifndef DLT_OPTIM_INTERNAL_H
#define DLT_OPTIM_INTERNAL_H

#include "dltrain/extend/optimizer.h"
#include "kernels/vector.h"

#include <math.h>

extern const dlt_optimizer_ops dlt_optimizer_sgd;
extern const dlt_optimizer_ops dlt_optimizer_adam;
extern const dlt_optimizer_ops dlt_optimizer_adamw;
extern const dlt_optimizer_ops dlt_optimizer_rmsprop;
extern const dlt_optimizer_ops dlt_optimizer_adagrad;

/** The root of a dlt_real in one instruction: exact in every clone of a loop. */
DLT_K_INLINE dlt_real dlt_optim_sqrt(dlt_real x) {
#ifdef DLT_DOUBLE
    return sqrt(x);
#else
    return sqrtf(x);
#endif
}

#endif
