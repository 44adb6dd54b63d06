/* One rank's part of a step, measured: as many whole steps on synthetic samples as fit into a
 * moment, by one thread or by several at once, each with a model and samples of its own, as the
 * ranks of a node have them. */
#ifndef DLT_PLAN_LOCAL_H
#define DLT_PLAN_LOCAL_H

#include "dltrain/comm.h"
#include "dltrain/shape.h"
#include "model/costs.h"
#include "run/run.h"

#include <stdbool.h>

enum { DLT_LOCAL_KEPT = 128 };

/** The steps that are meant. */
typedef struct dlt_local_case {
    int64_t micro_batch;
    int64_t micros; /* of one rank */
    int members;    /* ranks that compute at once */
} dlt_local_case;

typedef struct dlt_local_figures {
    double step_s;   /* until the last of the ranks is done; its update included */
    double update_s; /* of it the update */
    dlt_model_memory arena;
} dlt_local_figures;

/** What has been measured so far. */
typedef struct dlt_local {
    const dlt_comm *comm;     /* borrowed; one rank */
    dlt_run *run;             /* borrowed */
    const dlt_shape *samples; /* borrowed; NULL: of the shapes of the run's data */
    double seconds;           /* of a measurement, about */
    int64_t held_bytes;       /* by one rank, about */
    int count;
    struct {
        dlt_local_case of;
        dlt_local_figures figures;
    } kept[DLT_LOCAL_KEPT];
} dlt_local;

/** Whether memory has room for so many ranks at once. */
bool dlt_local_has_room(const dlt_local *local, int members);

/** Measured up to 8 micro-batches, beyond along the line through 4 and 8. The same question is
 * measured once.
 *  Collective: Collective over the one rank; uses threads
 *  Errors:     those of the model; INTERNAL if no thread can be started; MEM
 */
DLT_CHECKED dlt_status dlt_local_step(dlt_local *local, const dlt_local_case *it,
                                      dlt_local_figures *out);

#endif
