/** Looking at a data set. */
#ifndef DLTRAIN_DATASET_H
#define DLTRAIN_DATASET_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Prints what is known of a data set: shards, samples, shapes, types, layout, classes with their
 *  counts or the range of the targets, normalisation, fingerprint. Reads all targets, no inputs.
 *  `source` is the prefix of shards or one .h5 file; x_name and y_name may be NULL ("x", "y").
 *  Collective: Not collective
 *  Errors:     IO, FORMAT, MEM as when training on it; a label outside its classes is FORMAT
 */
DLT_CHECKED dlt_status dlt_dataset_describe(const char *source, const char *x_name,
                                            const char *y_name, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
