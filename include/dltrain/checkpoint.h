/** Looking into checkpoints. */
#ifndef DLTRAIN_CHECKPOINT_H
#define DLTRAIN_CHECKPOINT_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Prints what a checkpoint holds: state values, parameters with their shapes and statistics,
 * optimizer slots, the run file, and whether every checksum matches. Of any other HDF5 file it
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
