/* One rank's part of a step, measured: as many whole steps on made samples as fit into a moment. */
#ifndef DLT_TRAIN_PLAN_LOCAL_H
#define DLT_TRAIN_PLAN_LOCAL_H

#include "dltrain/comm.h"
#include "dltrain/shape.h"
#include "train/run.h"

enum { DLT_LOCAL_KEPT = 64 };

/** What has been measured so far. */
typedef struct dlt_local {
    const dlt_comm *comm; /* borrowed; one rank */
    dlt_run *run;         /* borrowed */
    dlt_shape samples;
    double seconds; /* of a measurement, about */
    int count;
    struct {
        int64_t micro_batch;
        int64_t micros;
        double step_s;
    } kept[DLT_LOCAL_KEPT];
} dlt_local;

/** Seconds of a step in which one rank computes `micros` micro-batches: measured up to 8 of them, beyond along the
 *  line through 4 and 8. The same question is measured once.
 *  Collective: Collective over the one rank
 *  Errors:     those of the model; MEM
 */
DLT_CHECKED dlt_status dlt_local_step(dlt_local *local, int64_t micro_batch, int64_t micros,
                                      double *step_s);

#endif
