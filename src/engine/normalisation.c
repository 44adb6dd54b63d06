/* Finds mean and standard deviation: for training in the attributes of its data, for evaluation and
 * inference in the checkpoint or the trained task, so that inputs are scaled as they were in
 * training. Neither has to hold any: standardize.c computes them where a run needs them. */
#include "engine/splits.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static dlt_status allocate(dlt_normalisation *normalisation, int64_t count) {
    DLT_TRY(DLT_NEW(normalisation->mean, count));
    DLT_TRY(DLT_NEW(normalisation->std, count));
    normalisation->count = count;
    return DLT_OK;
}

static dlt_status copy_from_data(const dlt_dataset *data, dlt_normalisation *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(data);
    if (facts->feature_count == 0)
        return DLT_OK;
    size_t bytes = (size_t)facts->feature_count * sizeof *facts->mean;
    DLT_TRY(allocate(out, facts->feature_count));
    memcpy(out->mean, facts->mean, bytes);
    memcpy(out->std, facts->std, bytes);
    return DLT_OK;
}

static dlt_status read_from_file(dlt_h5_file *file, dlt_normalisation *out) {
    if (!dlt_h5_exists(file, DLT_NORMALISATION_MEAN))
        return DLT_OK;
    dlt_h5_dataset *mean = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, DLT_NORMALISATION_MEAN, &mean));
    dlt_shape shape = dlt_h5_dataset_info(mean)->shape;
    dlt_h5_dataset_close(&mean);
    DLT_TRY(allocate(out, dlt_shape_count(&shape)));
    DLT_TRY(dlt_h5_read(file, DLT_NORMALISATION_MEAN, DLT_H5_F64, &shape, out->mean));
    return dlt_h5_read(file, DLT_NORMALISATION_STD, DLT_H5_F64, &shape, out->std);
}

static dlt_status copy_from_task(const dlt_normalisation *trained, dlt_normalisation *out) {
    size_t bytes = (size_t)trained->count * sizeof *trained->mean;
    if (trained->count == 0)
        return DLT_OK;
    DLT_TRY(allocate(out, trained->count));
    memcpy(out->mean, trained->mean, bytes);
    memcpy(out->std, trained->std, bytes);
    return DLT_OK;
}

dlt_status dlt_normalisation_find(dlt_task *task, const dlt_task_options *options) {
    if (options->training)
        return copy_from_data(task->train_data, &task->normalisation);
    if (options->trained != NULL)
        return copy_from_task(&options->trained->normalisation, &task->normalisation);
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_open(task->h5_lock, options->checkpoint, &file));
    dlt_status status = read_from_file(file, &task->normalisation);
    dlt_h5_close(&file);
    return status;
}
