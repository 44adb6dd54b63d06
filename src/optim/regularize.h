/* The `regularize:` section of a run file: what is added to every optimizer's own weight decay. */
#ifndef DLT_OPTIM_REGULARIZE_H
#define DLT_OPTIM_REGULARIZE_H

#include "dltrain/extend/optimizer.h"

typedef struct dlt_regularize {
    double l1;
    double l2;
    double decay;
} dlt_regularize;

extern const dlt_key dlt_regularize_keys[];

/** Sets l1, l2 and decay of an update: those of the section plus the optimizer's own.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_regularize_update(const dlt_regularize *section, const dlt_selection *optimizer,
                           dlt_update *update);

/** The same where a group of parameters has a weight decay of its own, which then is all there is:
 * in the optimizer's form, with neither the optimizer's own nor anything of the section.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_regularize_group(double weight_decay, const dlt_selection *optimizer, dlt_update *update);

#endif
