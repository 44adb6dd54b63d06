/** Describing whatever dltrain writes, for people. */
#ifndef DLTRAIN_INSPECT_H
#define DLTRAIN_INSPECT_H

#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Describes a run folder (its model, results and checkpoints), a checkpoint, a data set given by its prefix or file,
 *  or any other HDF5 file.
 *  Collective: Not collective
 *  Errors:     IO if there is nothing of that name; FORMAT if it is none of these or damaged; MEM
 */
DLT_CHECKED dlt_status dlt_inspect(const char *path, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
