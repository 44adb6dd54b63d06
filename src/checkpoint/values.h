/* The values and texts of a checkpoint, without its tensors. */
#ifndef DLT_CHECKPOINT_VALUES_H
#define DLT_CHECKPOINT_VALUES_H

#include "checkpoint/snapshot.h"
#include "dltrain/status.h"
#include "io/h5.h"

/** Reads state values, run file and model fingerprint of an open file. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_checkpoint_read_values(dlt_h5_file *file, dlt_snapshot *into);

#endif
