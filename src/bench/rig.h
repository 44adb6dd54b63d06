/* Training steps without a trainer: everything that a step works on, on synthetic samples in memory. */
#ifndef DLT_BENCH_RIG_H
#define DLT_BENCH_RIG_H

#include "bench/memory_source.h"
#include "engine/problem.h"
#include "engine/state.h"
#include "engine/step.h"
#include "engine/sync.h"

typedef struct dlt_rig {
    dlt_comm *comm; /* owned; arranged as the run file says */
    dlt_problem problem;
    dlt_train_state state;
    dlt_strategy *strategy;
    dlt_sync *sync;
    dlt_memory_source *source;
    dlt_stepper stepper;
    int64_t
        held_bytes; /* of all this without the samples; of what the node holds once, this rank's part */
    int64_t sample_bytes; /* of the samples */
} dlt_rig;

typedef struct dlt_rig_options {
    const dlt_comm *comm;     /* borrowed */
    dlt_run *run;             /* borrowed; its batch is set to `batch` */
    const dlt_shape *samples; /* shape of the made samples; NULL: that of the run's data set */
    int64_t batch;            /* samples per step, all ranks together */
    int64_t micro_batch;      /* 0: as the run file says */
    bool allreduce;           /* gradients are added by MPI_Allreduce, for comparison */
} dlt_rig_options;

/** Builds the model and what a step needs, with parameters as a fresh run has them.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     those of a run file and its model; MEM: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_rig_create(const dlt_rig_options *options, dlt_rig *out);
void dlt_rig_destroy(dlt_rig *rig);

/** So many updates, from the moment at which all ranks are there until all are done, in seconds of this rank.
 *  Collective: Collective; steps equal on all ranks. Errors: as dlt_rig_step. */
DLT_CHECKED dlt_status dlt_rig_time(dlt_rig *rig, int64_t steps, double *time_s);

/** One update. Collective. Errors: MPI; MISMATCH if the loss is no longer finite. */
DLT_CHECKED dlt_status dlt_rig_step(dlt_rig *rig, dlt_step_result *result);

/** Bytes of parameters, gradients and slots and of the activations that live at once: what a step cannot do
 *  without. */
int64_t dlt_rig_needed_bytes(const dlt_rig *rig);

#endif
