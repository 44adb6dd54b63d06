/* Training steps without a trainer: everything that a step works on, on synthetic samples in
 * memory. */
#ifndef DLT_BENCH_HARNESS_H
#define DLT_BENCH_HARNESS_H

#include "bench/memory_source.h"
#include "session/engine.h"

typedef struct dlt_harness {
    dlt_engine engine;
    dlt_memory_source *source;
    int64_t held_bytes; /* of all this without the samples; of what the node holds once, this rank's
                     * part */
    int64_t sample_bytes; /* of the samples */
} dlt_harness;

typedef struct dlt_harness_options {
    const dlt_comm *comm;     /* borrowed */
    dlt_run *run;             /* borrowed; its batch is set to `batch` */
    const dlt_shape *samples; /* shape of the synthetic samples; NULL: that of the run's data set */
    int64_t batch;            /* samples per step, all ranks together */
    int64_t micro_batch;      /* 0: as the run file says */
    bool allreduce;           /* gradients are added by MPI_Allreduce, for comparison */
} dlt_harness_options;

/** Builds the model and what a step needs, with parameters as a fresh run has them.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out, also after a failure
 *  Errors:     those of a run file and its model; MEM: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_harness_create(const dlt_harness_options *options, dlt_harness *out);
void dlt_harness_destroy(dlt_harness *harness);

/** So many updates, from the moment at which all ranks are there until all are done, in seconds of
 * this rank.
 *  Collective: Collective; steps equal on all ranks. Errors: as dlt_harness_step. */
DLT_CHECKED dlt_status dlt_harness_time(dlt_harness *harness, int64_t steps, double *time_s);

/** One update. Collective. Errors: MPI; MISMATCH if the loss is no longer finite. */
DLT_CHECKED dlt_status dlt_harness_step(dlt_harness *harness, dlt_step_result *result);

/** Bytes of parameters, gradients and optimizer states and of the activations that live at once:
 * what a step cannot do without. */
int64_t dlt_harness_needed_bytes(const dlt_harness *harness);

#endif
