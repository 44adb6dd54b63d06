/* Initial parameters, and the running statistics that belong to them, from a checkpoint or any
 * other HDF5 file (`train.init_from`). Other programs' files seldom have the statistics, which then
 * begin afresh. */
#include "base/error.h"
#include "base/log.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/names.h"
#include "checkpoint/seal.h"
#include "checkpoint/snapshot.h"

#include <math.h>
#include <stdio.h>

static const char PARAMS[] = "/params";
static const char STATISTICS[] = "/buffers";

enum { MISFIT_BYTES = DLT_CHECKPOINT_NAME_BYTES + 2 * DLT_SHAPE_TEXT_BYTES + 64 };

/* Why a tensor cannot be taken, as the end of a sentence about the file; empty if it can. */
static dlt_status find_misfit(dlt_h5_file *file, const dlt_snapshot_tensor *tensor,
                              char why[MISFIT_BYTES]) {
    char in_file[DLT_SHAPE_TEXT_BYTES];
    char needed[DLT_SHAPE_TEXT_BYTES];
    why[0] = '\0';
    if (!dlt_h5_exists(file, tensor->name)) {
        snprintf(why, MISFIT_BYTES, "no %s, which must be of shape %s", tensor->name,
                 dlt_shape_text(&tensor->shape, needed));
        return DLT_OK;
    }
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, tensor->name, &dataset));
    dlt_shape shape = dlt_h5_dataset_info(dataset)->shape;
    dlt_h5_dataset_close(&dataset);
    if (!dlt_shape_equal(&shape, &tensor->shape))
        snprintf(why, MISFIT_BYTES, "%s %s, this run needs %s", tensor->name,
                 dlt_shape_text(&shape, in_file), dlt_shape_text(&tensor->shape, needed));
    return DLT_OK;
}

static dlt_status check_finite(dlt_h5_file *file, const dlt_snapshot_tensor *tensor) {
    if (tensor->type != DLT_H5_F32)
        return DLT_OK;
    const float *values = tensor->data;
    const int64_t count = dlt_shape_count(&tensor->shape);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s has a value that is NaN, infinite or too large for float32 in %s: "
                            "element %lld",
                            dlt_h5_path(file), tensor->name, (long long)i);
    return DLT_OK;
}

static dlt_status read_tensor(dlt_h5_file *file, const dlt_snapshot_tensor *tensor) {
    DLT_TRY(dlt_h5_read(file, tensor->name, tensor->type, &tensor->shape, tensor->data));
    return check_finite(file, tensor);
}

static dlt_status count_statistics(dlt_h5_file *file, const dlt_snapshot *into,
                                   dlt_init_report *report) {
    char why[MISFIT_BYTES];
    for (int64_t i = 0; i < into->tensor_count; i++) {
        if (!dlt_checkpoint_is_below(into->tensors[i].name, STATISTICS))
            continue;
        DLT_TRY(find_misfit(file, &into->tensors[i], why));
        report->statistics++;
        report->taken_statistics += why[0] == '\0';
    }
    return DLT_OK;
}

/* What the file has for the model: tells it, or fails at the first thing it has not. */
static dlt_status compare(dlt_h5_file *file, const dlt_snapshot *into, bool strict,
                          dlt_init_report *report) {
    char why[MISFIT_BYTES];
    for (int64_t i = 0; i < into->tensor_count; i++) {
        const dlt_snapshot_tensor *tensor = &into->tensors[i];
        if (!dlt_checkpoint_is_below(tensor->name, PARAMS))
            continue;
        DLT_TRY(find_misfit(file, tensor, why));
        if (why[0] != '\0' && strict)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "%s does not fit this model: it has %s; `train.strict: false` takes "
                            "the parameters that fit",
                            dlt_h5_path(file), why);
        report->count++;
        if (why[0] == '\0') {
            dlt_text_add(&report->taken, "%s%s", report->taken_count++ > 0 ? ", " : "",
                         tensor->name);
            continue;
        }
        dlt_text_add(&report->left, "%s%s", report->left.used > 0 ? "; " : "", why);
    }
    DLT_TRY(count_statistics(file, into, report));
    DLT_TRY(dlt_text_check(&report->taken));
    DLT_TRY(dlt_text_check(&report->left));
    if (report->taken_count == 0 && report->count > 0)
        return dlt_fail(DLT_ERR_MISMATCH,
                        "%s has no parameter that fits this model, by name and shape",
                        dlt_h5_path(file));
    return DLT_OK;
}

static dlt_status read_what_fits(dlt_h5_file *file, const dlt_snapshot *into) {
    char why[MISFIT_BYTES];
    for (int64_t i = 0; i < into->tensor_count; i++) {
        const char *name = into->tensors[i].name;
        if (!dlt_checkpoint_is_below(name, PARAMS) && !dlt_checkpoint_is_below(name, STATISTICS))
            continue;
        DLT_TRY(find_misfit(file, &into->tensors[i], why));
        if (why[0] == '\0')
            DLT_TRY(read_tensor(file, &into->tensors[i]));
    }
    return DLT_OK;
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
        dlt_log(DLT_LOG_WARNING, "%s has %s %s, which this model lacks; it is ignored", all->path,
                name, dlt_shape_text(&info->shape, shape));
    return DLT_OK;
}

static dlt_status warn_of_all_surplus(dlt_h5_file *file, const dlt_snapshot *known) {
    surplus all = {.path = dlt_h5_path(file), .known = known};
    if (!dlt_h5_exists(file, PARAMS))
        return DLT_OK;
    return dlt_h5_visit(file, PARAMS, warn_of_surplus, &all);
}

void dlt_init_report_destroy(dlt_init_report *report) {
    dlt_text_destroy(&report->taken);
    dlt_text_destroy(&report->left);
    *report = (dlt_init_report){0};
}

dlt_status dlt_checkpoint_read_params(dlt_h5_lock *h5_lock, const char *path, bool strict,
                                      dlt_snapshot *into, dlt_init_report *report) {
    if (dlt_seal_present(path))
        DLT_TRY(dlt_checkpoint_verify(path));
    dlt_h5_file *file = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_open(h5_lock, path, &file));
    DLT_TRY_OUT(compare(file, into, strict, report));
    DLT_TRY_OUT(warn_of_all_surplus(file, into));
    DLT_TRY_OUT(read_what_fits(file, into));
out:
    dlt_h5_close(&file);
    return status;
}
