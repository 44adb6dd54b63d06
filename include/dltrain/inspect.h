/** Describing whatever dltrain writes, for people. */
#ifndef DLTRAIN_INSPECT_H
#define DLTRAIN_INSPECT_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Describes a run folder (its model, results and checkpoints), a checkpoint, a data set given by
 *  its prefix or file, or any other HDF5 file.
 *  Collective: Not collective
 *  Errors:     IO if there is nothing of that name; FORMAT if it is none of these or damaged; MEM
 */
DLT_CHECKED dlt_status dlt_inspect(const char *path, FILE *out);

/** Prints what is known of a dataset: shards, samples, every field with its shape, type and
 *  layout, classes with their counts or the range of the targets, normalisation, fingerprint.
 *  Reads all targets, and all samples of shards with a fingerprint. `source` is the prefix of
 *  shards or one .h5 file; x_name and y_name may be NULL ("x", "y").
 *  Collective: Not collective
 *  Errors:     IO, FORMAT, MEM as when training on it; a label outside its classes is FORMAT
 */
DLT_CHECKED dlt_status dlt_dataset_describe(const char *source, const char *x_name,
                                            const char *y_name, FILE *out);

/** Prints what a checkpoint holds: state values, parameters with their shapes and statistics,
 * optimizer states, the run file, and whether every checksum matches. Of any other HDF5 file it
 * prints the datasets with their shapes and types.
 *  Collective: Not collective
 *  Errors:     IO if path cannot be read or out cannot be written; FORMAT if path is not an HDF5
 *              file, or is a damaged checkpoint (after printing what can be told of it); MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_describe(const char *path, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
