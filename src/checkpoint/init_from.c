/* Initial parameters from a checkpoint or any other HDF5 file (`train.init_from`). */
#include "base/error.h"
#include "base/log.h"
#include "checkpoint/checkpoint_internal.h"

#include <stdio.h>

static const char PARAMS[] = "/params";

static dlt_status check_tensor(dlt_h5_file *file, const dlt_snapshot_tensor *tensor) {
    char in_file[DLT_SHAPE_TEXT_BYTES];
    char needed[DLT_SHAPE_TEXT_BYTES];
    const char *path = dlt_h5_path(file);
    if (!dlt_h5_exists(file, tensor->name))
        return dlt_fail(DLT_ERR_MISMATCH,
                        "%s does not fit this model: it has no %s, which must be of shape %s", path,
                        tensor->name, dlt_shape_text(&tensor->shape, needed));
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, tensor->name, &dataset));
    dlt_shape shape = dlt_h5_dataset_info(dataset)->shape;
    dlt_h5_dataset_close(&dataset);
    if (!dlt_shape_equal(&shape, &tensor->shape))
        return dlt_fail(
            DLT_ERR_MISMATCH, "%s does not fit this model: it has %s %s, this run needs %s", path,
            tensor->name, dlt_shape_text(&shape, in_file), dlt_shape_text(&tensor->shape, needed));
    return DLT_OK;
}

typedef dlt_status tensor_visitor(dlt_h5_file *file, const dlt_snapshot_tensor *tensor);

static dlt_status for_each_parameter(dlt_h5_file *file, const dlt_snapshot *snapshot,
                                     tensor_visitor *visit) {
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        if (dlt_checkpoint_is_below(snapshot->tensors[i].name, PARAMS))
            DLT_TRY(visit(file, &snapshot->tensors[i]));
    return DLT_OK;
}

static dlt_status read_tensor(dlt_h5_file *file, const dlt_snapshot_tensor *tensor) {
    return dlt_h5_read(file, tensor->name, tensor->type, &tensor->shape, tensor->data);
}

typedef struct surplus {
    const char *path;
    const dlt_snapshot *known;
} surplus;

static dlt_status warn_of_surplus(void *context, const char *visited, const dlt_h5_info *info) {
    const surplus *all = context;
    char name[DLT_CHECKPOINT_NAME_BYTES];
    char shape[DLT_SHAPE_TEXT_BYTES];
    snprintf(name, sizeof name, "%s/%s", PARAMS, visited);
    if (dlt_snapshot_find(all->known, name) == NULL)
        dlt_log(DLT_LOG_WARNING, "%s has %s %s, which this model has not; it is ignored", all->path,
                name, dlt_shape_text(&info->shape, shape));
    return DLT_OK;
}

static dlt_status warn_of_all_surplus(dlt_h5_file *file, const dlt_snapshot *known) {
    surplus all = {.path = dlt_h5_path(file), .known = known};
    if (!dlt_h5_exists(file, PARAMS))
        return DLT_OK;
    return dlt_h5_visit(file, PARAMS, warn_of_surplus, &all);
}

dlt_status dlt_checkpoint_read_params(dlt_h5_gate *gate, const char *path, dlt_snapshot *into) {
    if (dlt_seal_present(path))
        DLT_TRY(dlt_checkpoint_verify(path));
    dlt_h5_file *file = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_open(gate, path, &file));
    DLT_TRY_OUT(for_each_parameter(file, into, check_tensor));
    DLT_TRY_OUT(warn_of_all_surplus(file, into));
    DLT_TRY_OUT(for_each_parameter(file, into, read_tensor));
out:
    dlt_h5_close(&file);
    return status;
}
