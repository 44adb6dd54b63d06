/* Mean and standard deviation of the training samples, for the transform `standardize` where the
 * data set has none. They are taken of what reaches the transform: behind the transforms before it,
 * without random ones. Per feature (the last dimension), with x the value and c that of the first
 * sample:
 *
 *   mean = c + sum (x - c) / n      variance = sum (x - c)^2 / n - (sum (x - c) / n)^2
 *
 * The shift c is one of the values, which bounds the cancellation (see metrics/r2.c). The sums are
 * added over blocks of a fixed number of samples along the canonical tree.
 */
#include "engine/splits.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "comm/reducer.h"
#include "engine/reduction_flags.h"
#include "engine/task_fields.h"

#include <math.h>
#include <string.h>

enum { BLOCK_SAMPLES = 256 };

typedef struct work {
    const dlt_task *task;
    dlt_loader_options options;
    int64_t features;
    int64_t per_sample; /* values of each feature in one sample */
    double *shift;      /* [features]; owned */
} work;

/* Index of the first `standardize` in the run's transforms; -1 if there is none. */
static int64_t find_standardize(const dlt_task *task) {
    const dlt_selection_list *transforms = &task->run->settings.data.transform;
    for (int64_t i = 0; i < transforms->count; i++)
        if (strcmp(transforms->at[i].kind->name, "standardize") == 0)
            return i;
    return -1;
}

static void add_block(const work *it, const dlt_micro_batch *batch, double *sums) {
    const dlt_real *x = batch->fields[0];
    for (int64_t i = 0; i < batch->id.count * it->per_sample; i++, x += it->features)
        for (int64_t f = 0; f < it->features; f++) {
            double difference = (double)x[f] - it->shift[f];
            sums[f] += difference;
            sums[it->features + f] += difference * difference;
        }
}

/* The first sample on its own, on every rank. */
static dlt_status read_shift(work *it) {
    dlt_loader_options options = it->options;
    options.sampler.partition =
        (dlt_batch_partition){.samples = 1, .batch = 1, .micro_batch = 1, .rank = 0, .size = 1};
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    DLT_TRY(DLT_NEW(it->shift, it->features));
    DLT_TRY(dlt_loader_create(&options, &loader));
    dlt_status status = dlt_loader_next(loader, &batch);
    for (int64_t f = 0; status == DLT_OK && f < it->features; f++)
        it->shift[f] = (double)((const dlt_real *)batch->fields[0])[f];
    if (batch != NULL)
        dlt_loader_release(loader, batch);
    dlt_loader_destroy(&loader);
    return status;
}

/* This rank's blocks; after a failure the rest is pushed empty, so that the ranks meet. */
static dlt_status add_blocks(const work *it, dlt_loader *loader, dlt_reducer *reducer,
                             dlt_status status) {
    const dlt_batch_partition *partition = &it->options.sampler.partition;
    int64_t first = 0;
    int64_t last = 0;
    dlt_batch_partition_run(dlt_batch_partition_micros(partition, 0), partition->rank,
                            partition->size, &first, &last);
    for (int64_t block = first; block < last; block++) {
        dlt_sums leaf = dlt_reducer_leaf(reducer);
        const dlt_micro_batch *batch = NULL;
        if (status == DLT_OK)
            status = dlt_loader_next(loader, &batch);
        if (status == DLT_OK)
            add_block(it, batch, leaf.doubles);
        if (batch != NULL)
            dlt_loader_release(loader, batch);
        dlt_reducer_set_flags(
            reducer, (const double[DLT_REDUCTION_FLAGS]){[DLT_FLAG_FAILED] = status != DLT_OK});
        dlt_reducer_push(reducer);
        dlt_heartbeat_progress(it->task->heartbeat);
    }
    if (last == first)
        dlt_reducer_set_flags(
            reducer, (const double[DLT_REDUCTION_FLAGS]){[DLT_FLAG_FAILED] = status != DLT_OK});
    return status;
}

/* Where all values are equal, all differences are exactly 0: 1, as in scikit-learn. */
static void finish(const work *it, const double *sums, dlt_normalisation *out) {
    double n = (double)(it->options.subset.count * it->per_sample);
    for (int64_t f = 0; f < it->features; f++) {
        double offset = sums[f] / n;
        double variance = sums[it->features + f] / n - offset * offset;
        out->mean[f] = it->shift[f] + offset;
        out->std[f] = variance > 0 ? sqrt(variance) : 1;
        out->constant += variance <= 0;
    }
}

static dlt_status add_up(work *it, dlt_normalisation *out) {
    int64_t blocks = dlt_batch_partition_micros(&it->options.sampler.partition, 0);
    const dlt_reducer_options reduction = {
        .double_count = 2 * it->features, .micros = &blocks, .micros_count = 1};
    const dlt_comm *comm = it->task->comm;
    dlt_reducer *reducer = NULL;
    dlt_loader *loader = NULL;
    dlt_total total;
    DLT_TRY(dlt_reducer_create(comm, &reduction, &reducer));
    dlt_status mine = dlt_loader_create(&it->options, &loader);
    dlt_status status = dlt_reducer_begin(reducer, blocks);
    if (status == DLT_OK) {
        mine = add_blocks(it, loader, reducer, mine);
        status = dlt_reducer_finish(reducer, &total);
    }
    if (status == DLT_OK && total.flags[DLT_FLAG_FAILED] > 0)
        status = dlt_agree(comm, mine);
    if (status == DLT_OK)
        finish(it, total.doubles, out);
    dlt_loader_destroy(&loader);
    dlt_reducer_destroy(&reducer);
    return status;
}

/* What a file says of its mean must not be put aside in silence. */
static dlt_status check_own_statistics(const dlt_task *task) {
    if (!dlt_dataset_facts_of(task->train.data)->has_foreign_moments)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "standardize cannot use the attributes 'mean' and 'std' of the training data: "
                    "they are not as many numbers each; remove them to have both computed");
}

/* The field that transforms apply to, alone. */
static void keep_transformed(dlt_loader_options *options) {
    for (int i = 0; i < options->field_count; i++)
        if (options->fields[i].transformed)
            options->fields[0] = options->fields[i];
    options->field_count = 1;
}

dlt_status dlt_normalisation_compute(dlt_task *task) {
    int64_t at = find_standardize(task);
    dlt_normalisation *out = &task->normalisation;
    if (task->train.data == NULL || at < 0 || out->count > 0)
        return DLT_OK;
    dlt_heartbeat_doing(task->heartbeat, DLT_PHASE_SETTING_UP, "computing mean and deviation");
    if (dlt_dataset_x(task->train.data) == NULL)
        return dlt_fail(DLT_ERR_CONFIG, "standardize needs a field of real numbers");
    const dlt_selection_list before = {.count = at, .at = task->run->settings.data.transform.at};
    dlt_shape delivered[DLT_FIELDS_MAX];
    DLT_TRY(dlt_task_deliver(task, &before, delivered));
    const dlt_shape *shape = &delivered[dlt_dataset_x(task->train.data)->index];
    const dlt_batch_partition partition = {.samples = task->train.subset.count,
                                           .batch = task->train.subset.count,
                                           .micro_batch = BLOCK_SAMPLES,
                                           .rank = dlt_comm_rank(task->comm),
                                           .size = dlt_comm_size(task->comm)};
    work it = {.task = task,
               .options = dlt_task_loader_options(task, &task->train, &partition, false),
               .features = shape->dim[shape->rank - 1]};
    it.options.transforms.count = at;
    keep_transformed(&it.options);
    it.options.fields[0].spec.shape = *shape;
    it.options.subset.shuffle = false;
    it.per_sample = dlt_shape_count(shape) / it.features;
    dlt_status status = check_own_statistics(task);
    if (status == DLT_OK)
        status = DLT_NEW(out->mean, it.features);
    if (status == DLT_OK)
        status = DLT_NEW(out->std, it.features);
    if (status == DLT_OK)
        status = read_shift(&it);
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK && it.shift != NULL) /* the second follows, which clang-tidy cannot see */
        status = add_up(&it, out);
    if (status == DLT_OK) {
        out->count = it.features;
        out->computed = true;
    }
    dlt_free(it.shift);
    return status;
}
