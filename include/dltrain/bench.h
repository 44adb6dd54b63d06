/** Measuring dltrain on this machine: training steps, the reduction, the kernels, the reading of
 *  data, the writing of checkpoints; each beside its limit. */
#ifndef DLTRAIN_BENCH_H
#define DLTRAIN_BENCH_H

#include "dltrain/comm.h"
#include "dltrain/progress.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_bench_step_options {
    /* a name (mlp, cnn, …) or the path of a run file, whose data set gives the shape only */
    const char *workload;
    const char *const *overrides; /* of the run file, "a.b=VALUE" */
    int override_count;
    double seconds; /* to measure for, about */
    int64_t batch;  /* samples per step, for each rank; 0: the run file's train.batch */
    bool strong;    /* the batch is of all ranks together, not of each */
    bool profile;   /* also print a table of the time that each node of the model takes */
    bool json;      /* end with one line that is a JSON object */
    FILE *out;      /* where rank 0 prints; NULL: nothing */
} dlt_bench_step_options;

/** Times whole training steps on synthetic samples in memory, and says how far from the machine's
 * limit they are.
 *  Collective: Collective; options equal on all ranks, but for out
 *  Errors:     those of a run file and its model; ARG; MEM; IO if out cannot be written: agreed by
 *              all ranks
 */
DLT_CHECKED dlt_status dlt_bench_step(const dlt_comm *comm, const dlt_bench_step_options *options);

typedef struct dlt_bench_compare_options {
    const char *workload; /* as of dlt_bench_step_options */
    const char *const *overrides;
    int override_count;
    const char *const *against; /* further overrides of the other side */
    int against_count;
    bool allreduce; /* the other side adds gradients by MPI_Allreduce */
    double seconds;
    int64_t batch;
    bool json;
    FILE *out;
} dlt_bench_compare_options;

/** Times whole training steps in two ways, round by round in turn, and gives the median of the
 * rounds' ratios.
 *  Collective: Collective; options equal on all ranks, but for out
 *  Errors:     those of a run file and its model; ARG; UNSUPPORTED for MPI_Allreduce of other than
 *              one micro-batch per rank; MEM; IO if out cannot be written: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_bench_compare(const dlt_comm *comm,
                                         const dlt_bench_compare_options *options);

typedef struct dlt_bench_reduce_options {
    int64_t max_bytes; /* per rank, of the largest reduction */
    bool json;         /* end with one line that is a JSON object */
    FILE *out;         /* where rank 0 prints; NULL: nothing */
} dlt_bench_reduce_options;

/** Times the exact reduction of one micro-batch per rank beside MPI_Allreduce of the same bytes,
 * from 1 KiB up.
 *  Collective: Collective; options equal on all ranks, but for out
 *  Errors:     ARG; MEM; MPI; IO if out cannot be written: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_bench_reduce(const dlt_comm *comm,
                                        const dlt_bench_reduce_options *options);

typedef struct dlt_bench_kernels_options {
    const char *table; /* of kernels; NULL: each one that this build has */
    const char *only;  /* kernels whose name begins so; NULL: all */
    double seconds;    /* per kernel and shape, about */
    bool json;         /* end with one line that is a JSON object */
    FILE *out;
} dlt_bench_kernels_options;

/** Times each kernel at the shapes of the workloads beside its limit: the processor's peak of
 *  multiply-adds, or the triad on as many bytes.
 *  Collective: Not collective; one process
 *  Errors:     UNSUPPORTED for a table that this build lacks; MEM; IO if out cannot be written
 */
DLT_CHECKED dlt_status dlt_bench_kernels(const dlt_bench_kernels_options *options);

typedef struct dlt_bench_data_options {
    int64_t samples;    /* images of 28 x 28 bytes, with a label each */
    const char *folder; /* on the disk to measure; a folder is made in it, and removed at the end */
    int rounds;         /* of all cases in turn; the median counts */
    bool cold;          /* takes the files out of the system's memory before each case */
    bool json;          /* end with one line that is a JSON object */
    dlt_progress_bar *progress; /* borrowed; cleared before anything is printed; NULL: none */
    FILE *out;
} dlt_bench_data_options;

/** Times the reading of samples from HDF5 files, contiguous, chunked and compressed, in the order
 *  of the file and in random ones, beside plain reads (pread) of the same bytes in the same order.
 *  Collective: Not collective; one process
 *  Errors:     ARG; MEM; IO if the folder or out cannot be written
 */
DLT_CHECKED dlt_status dlt_bench_data(const dlt_bench_data_options *options);

typedef struct dlt_bench_checkpoint_options {
    int64_t params;     /* of the model; each with two optimizer states, as Adam's */
    const char *folder; /* on the disk to measure; a folder is made in it, and removed at the end */
    int rounds;         /* of all operations in turn; the median counts */
    bool json;          /* end with one line that is a JSON object */
    dlt_progress_bar *progress; /* borrowed; cleared before anything is printed; NULL: none */
    FILE *out;
} dlt_bench_checkpoint_options;

/** Times writing a checkpoint, checking and loading it, and what an asynchronous one keeps the
 *  training waiting, beside plain writes and reads of the same bytes.
 *  Collective: Not collective; one process
 *  Errors:     ARG; MEM; IO if the folder or out cannot be written
 */
DLT_CHECKED dlt_status dlt_bench_checkpoint(const dlt_bench_checkpoint_options *options);

#ifdef __cplusplus
}
#endif
#endif
