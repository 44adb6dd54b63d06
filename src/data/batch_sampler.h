/* Which micro-batches a rank computes, in which order: a pure function of the run file, rank and
 * size.
 *
 * An epoch of S samples has ceil(S / B) batches, the last possibly short; a batch has ceil(b / m)
 * micro-batches, the last possibly short; rank r of N takes the contiguous run [r M / N, (r + 1) M
 * / N) of a batch's M micro-batches, which may be empty. */
#ifndef DLT_DATA_BATCH_SAMPLER_H
#define DLT_DATA_BATCH_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_batch_partition {
    int64_t samples;     /* of the subset */
    int64_t batch;       /* B */
    int64_t micro_batch; /* m */
    int rank;
    int size;
} dlt_batch_partition;

int64_t dlt_batch_partition_steps(const dlt_batch_partition *partition); /* batches per epoch */
int64_t dlt_batch_partition_batch(const dlt_batch_partition *partition,
                                  int64_t step); /* samples of batch `step` of an epoch */
int64_t dlt_batch_partition_micros(const dlt_batch_partition *partition,
                                   int64_t step); /* micro-batches of that batch */

/** Numbers of micro-batches that occur: of a whole batch and of the last one. Returns their count,
 * 1 or 2. */
int dlt_batch_partition_micro_counts(const dlt_batch_partition *partition, int64_t micros[2]);
/** The run [*first, *last) of micro-batches of `micros` that `rank` takes. */
void dlt_batch_partition_run(int64_t micros, int rank, int size, int64_t *first, int64_t *last);

/** Largest number of micro-batches of a batch that one rank takes, at least 1. */
int dlt_batch_partition_held(const dlt_batch_partition *partition);

/** One micro-batch to compute. */
typedef struct dlt_micro_batch_id {
    int64_t epoch;    /* 0 for the first */
    int64_t step;     /* in the epoch */
    int64_t micro;    /* in the batch */
    int64_t position; /* of its first sample in the epoch's order */
    int64_t count;
} dlt_micro_batch_id;

/** Walks over this rank's micro-batches. Start it as {partition, epoch, step, end_epoch}. */
typedef struct dlt_batch_sampler {
    dlt_batch_partition partition;
    int64_t epoch;
    int64_t step;
    int64_t end_epoch; /* exclusive */
    int64_t micro;     /* offset in this rank's run of the current step */
} dlt_batch_sampler;

/** False at the end. */
bool dlt_batch_sampler_next(dlt_batch_sampler *sampler, dlt_micro_batch_id *out);

#endif
