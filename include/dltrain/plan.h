/** What a run will cost before it runs: per node of its model, in memory, and in time on many
 * ranks. */
#ifndef DLTRAIN_PLAN_H
#define DLTRAIN_PLAN_H

#include "dltrain/comm.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Numbers of ranks that one plan predicts, at most. */
enum { DLT_PLAN_RANKS_MAX = 64 };

typedef struct dlt_plan_options {
    const char *workload;         /* a name (mlp, cnn, …) or the path of a run file */
    const char *const *overrides; /* of the run file, "a.b=VALUE" */
    int override_count;
    const dlt_shape *samples; /* shape of one sample; NULL: the data set says */
    bool weak;                /* the batch grows with the ranks; false: it stays */
    int rank_count;           /* 0: 1, 2, 4, … 4096 */
    int ranks[DLT_PLAN_RANKS_MAX];
    int64_t ranks_per_node; /* 0: as many as this machine has cores for this process */
    double latency_s;       /* of a message between nodes */
    double net_bytes_per_s; /* of a node's link, each way */
    bool json;              /* end with one line that is a JSON object */
    FILE *out;
} dlt_plan_options;

/** Prints what each node of the model computes and moves, the memory of a training run by kind, and
 *  predicted step times for many numbers of ranks, from rates that are measured on this machine
 *  within seconds. No run is made and nothing is written.
 *  Collective: Collective over a communicator of one rank
 *  Errors:     those of a run file, its data set and its model; ARG for more than one rank; MEM; IO
 *              if out cannot be written
 */
DLT_CHECKED dlt_status dlt_plan(const dlt_comm *comm, const dlt_plan_options *options);

#ifdef __cplusplus
}
#endif
#endif
