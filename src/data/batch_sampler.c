/* Computes the partition with integer arithmetic alone: no table, no message. Steps in which this
 * rank has no micro-batch are skipped, so the sampler yields exactly the work of one rank, in
 * order. The step finds its number of micro-batches with dlt_batch_partition_run, as the sampler
 * does: both must agree, or the data ends before the step expects it. */
#include "data/batch_sampler.h"

#include "base/cast.h"

int64_t dlt_batch_partition_steps(const dlt_batch_partition *partition) {
    return dlt_ceil_div(partition->samples, partition->batch);
}

int64_t dlt_batch_partition_batch(const dlt_batch_partition *partition, int64_t step) {
    return dlt_min_i64(partition->batch, partition->samples - step * partition->batch);
}

int64_t dlt_batch_partition_micros(const dlt_batch_partition *partition, int64_t step) {
    return dlt_ceil_div(dlt_batch_partition_batch(partition, step), partition->micro_batch);
}

int dlt_batch_partition_micro_counts(const dlt_batch_partition *partition, int64_t micros[2]) {
    micros[0] = dlt_batch_partition_micros(partition, 0);
    micros[1] = dlt_batch_partition_micros(partition, dlt_batch_partition_steps(partition) - 1);
    return micros[1] == micros[0] ? 1 : 2;
}

void dlt_batch_partition_run(int64_t micros, int rank, int size, int64_t *first, int64_t *last) {
    *first = rank * micros / size;
    *last = (rank + 1) * micros / size;
}

static dlt_micro_batch_id make_id(const dlt_batch_sampler *sampler, int64_t micro) {
    const dlt_batch_partition *partition = &sampler->partition;
    int64_t before = micro * partition->micro_batch;
    int64_t left = dlt_batch_partition_batch(partition, sampler->step) - before;
    return (dlt_micro_batch_id){.epoch = sampler->epoch,
                                .step = sampler->step,
                                .micro = micro,
                                .position = sampler->step * partition->batch + before,
                                .count = dlt_min_i64(partition->micro_batch, left)};
}

static void go_to_next_step(dlt_batch_sampler *sampler) {
    sampler->micro = 0;
    sampler->step++;
    if (sampler->step < dlt_batch_partition_steps(&sampler->partition))
        return;
    sampler->step = 0;
    sampler->epoch++;
}

int dlt_batch_partition_held(const dlt_batch_partition *partition) {
    int64_t micros = dlt_batch_partition_micros(partition, 0);
    return (int)dlt_max_i64(dlt_ceil_div(micros, partition->size), 1);
}

bool dlt_batch_sampler_next(dlt_batch_sampler *sampler, dlt_micro_batch_id *out) {
    const dlt_batch_partition *partition = &sampler->partition;
    /* A resume right at the end of an epoch stands one step behind its last. */
    if (sampler->step >= dlt_batch_partition_steps(partition)) {
        sampler->step = 0;
        sampler->epoch++;
    }
    while (partition->samples > 0 && sampler->epoch < sampler->end_epoch) {
        int64_t first = 0;
        int64_t last = 0;
        dlt_batch_partition_run(dlt_batch_partition_micros(partition, sampler->step),
                                partition->rank, partition->size, &first, &last);
        if (first + sampler->micro < last) {
            *out = make_id(sampler, first + sampler->micro);
            sampler->micro++;
            return true;
        }
        go_to_next_step(sampler);
    }
    return false;
}
