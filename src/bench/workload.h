/* The workloads that have a name: ordinary run files, with the shape of the samples that a
 * benchmark makes for them. */
#ifndef DLT_BENCH_WORKLOAD_H
#define DLT_BENCH_WORKLOAD_H

#include "dltrain/shape.h"
#include "dltrain/status.h"

#include <stddef.h>

enum { DLT_WORKLOAD_PATH_BYTES = 4096 };

typedef struct dlt_workload {
    char path[DLT_WORKLOAD_PATH_BYTES]; /* of the run file */
    const dlt_shape *input; /* static; NULL for a run file of one's own: its data set says */
} dlt_workload;

/** Finds a workload by name, or takes a path to a run file. Not collective. Errors: ARG naming all.
 */
DLT_CHECKED dlt_status dlt_workload_find(const char *name, dlt_workload *out);

#endif
