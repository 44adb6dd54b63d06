/* HDF5 allocates contiguous datasets at their full length once their last row is written; from then
 * on their places in the file are fixed, and ranks write without HDF5. */
#include "tools/prediction_file.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "metrics/answer.h"

#include <stdio.h>
#include <string.h>

enum { YES_AND_NO = 2 };

const char *dlt_prediction_column_name(dlt_prediction_column column) {
    static const char *const names[DLT_PREDICTION_COLUMNS] = {"prediction", "probability", "label",
                                                              "target", "sample"};
    return names[column];
}

/* One answer of yes or no per row. */
static bool is_yes_or_no(const dlt_objective *of) {
    return of->ops->binary && of->rows.d == 1;
}

static bool has_labels(const dlt_objective *of) {
    return of->ops->target == DLT_TARGET_LABELS;
}

const char *dlt_prediction_classes(const dlt_task *task) {
    const char *names = dlt_dataset_facts_of(task->test.data)->class_names;
    if (task->identity.class_names != NULL)
        names = task->identity.class_names;
    int64_t count = 1;
    for (const char *at = names; at != NULL && (at = strchr(at, '\n')) != NULL; at++)
        count++;
    const dlt_objective *of = &task->objectives[0];
    const int64_t needed = is_yes_or_no(of) ? YES_AND_NO : has_labels(of) ? of->rows.d : -1;
    return count == needed ? names : NULL;
}

/* How a column is stored; no elements: it is not. */
typedef struct layout {
    dlt_h5_type type;
    int64_t elements; /* of a sample */
    int dimensions;   /* of the prediction's shape, the first so many; the column has them */
} layout;

static layout layout_of(const dlt_task *task, const dlt_objective *of,
                        dlt_prediction_column column) {
    const int rank = dlt_model_output(task->model, of->prediction)->shape.rank;
    const layout values = {
        .type = DLT_H5_F32, .elements = of->rows.count * of->rows.d, .dimensions = rank};
    const layout rows = {
        .type = DLT_H5_I32, .elements = of->rows.count, .dimensions = of->rows.leading};
    const layout number = {.type = DLT_H5_I64, .elements = 1};
    const layout none = {.type = DLT_H5_OTHER};
    const bool has_target = task->test.has_targets && of->target.origin == DLT_TENSOR_FIELD;
    const bool has_records = dlt_dataset_facts_of(task->test.data)->has_records;
    switch (column) {
    case DLT_PREDICTION_PROBABILITY:
        return of->ops->probabilities != NULL ? values : none;
    case DLT_PREDICTION_LABEL:
        return has_labels(of) || is_yes_or_no(of) ? rows : none;
    case DLT_PREDICTION_TARGET:
        return !has_target ? none : has_labels(of) ? rows : values;
    case DLT_PREDICTION_SAMPLE:
        return has_records && of == task->objectives ? number : none;
    case DLT_PREDICTION_OUTPUT:
    case DLT_PREDICTION_COLUMNS:
        break;
    }
    return values;
}

static dlt_shape shape_of(const dlt_task *task, const dlt_objective *of, const layout *stored) {
    dlt_shape shape = {.rank = 1, .dim = {task->test.subset.count}};
    const dlt_shape *output = &dlt_model_output(task->model, of->prediction)->shape;
    for (int i = 0; i < stored->dimensions && shape.rank < DLT_SHAPE_MAX; i++)
        shape.dim[shape.rank++] = output->dim[i];
    return shape;
}

/* "label", or "label/ocean" where there are several losses. */
static void name_dataset(const dlt_task *task, int k, dlt_prediction_column column,
                         char out[DLT_LOSS_NAME_BYTES * 2]) {
    const char *name = dlt_prediction_column_name(column);
    if (task->objective_count > 1 && column != DLT_PREDICTION_SAMPLE)
        snprintf(out, DLT_LOSS_NAME_BYTES * 2, "%s/%s", name, task->objectives[k].name);
    else
        snprintf(out, DLT_LOSS_NAME_BYTES * 2, "%s", name);
}

static dlt_status make_dataset(dlt_h5_file *file, const char *name, dlt_h5_type type,
                               const dlt_shape *shape) {
    dlt_h5_layout contiguous = {0};
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_create(file, name, type, shape, &contiguous, &dataset));
    /* Writing the last row makes HDF5 allocate all of them. */
    char *row = dlt_alloc(dlt_shape_count(shape) / shape->dim[0], sizeof(double));
    dlt_status status =
        row != NULL ? dlt_h5_write_rows(dataset, shape->dim[0] - 1, 1, row) : DLT_ERR_MEM;
    dlt_free(row);
    dlt_h5_dataset_close(&dataset);
    return status;
}

static dlt_status describe(const dlt_task *task, const dlt_prediction_origin *origin,
                           dlt_h5_file *file) {
    const char *classes = dlt_prediction_classes(task);
    const dlt_identity *identity = &task->identity;
    DLT_TRY(dlt_h5_write_text(file, "/", "checkpoint", origin->checkpoint));
    DLT_TRY(dlt_h5_write_int(file, "/", "step", origin->step));
    DLT_TRY(dlt_h5_write_text(file, "/", "data", origin->data));
    if (classes != NULL)
        DLT_TRY(dlt_h5_write_text(file, "/", "class_names", classes));
    if (identity->target_name != NULL)
        DLT_TRY(dlt_h5_write_text(file, "/", "target_name", identity->target_name));
    if (identity->target_scale > 0)
        DLT_TRY(dlt_h5_write_reals(file, "/", "target_scale", 1, &identity->target_scale));
    return DLT_OK;
}

static dlt_status fill_file(const dlt_task *task, const dlt_prediction_origin *origin,
                            dlt_h5_file *file) {
    char name[DLT_LOSS_NAME_BYTES * 2];
    for (int k = 0; k < task->objective_count; k++)
        for (dlt_prediction_column c = 0; c < DLT_PREDICTION_COLUMNS; c++) {
            const dlt_objective *of = &task->objectives[k];
            const layout stored = layout_of(task, of, c);
            const dlt_shape shape = shape_of(task, of, &stored);
            name_dataset(task, k, c, name);
            if (stored.elements > 0)
                DLT_TRY(make_dataset(file, name, stored.type, &shape));
        }
    return describe(task, origin, file);
}

static dlt_status find_place(dlt_h5_file *file, const char *name, int64_t *out) {
    *out = -1;
    if (!dlt_h5_exists(file, name))
        return DLT_OK;
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    const dlt_h5_info *info = dlt_h5_dataset_info(dataset);
    dlt_status status = DLT_OK;
    if (info->contiguous)
        *out = info->offset;
    else
        status = dlt_fail(DLT_ERR_INTERNAL, "%s is not contiguous", name);
    dlt_h5_dataset_close(&dataset);
    return status;
}

dlt_status dlt_prediction_file_make(const dlt_task *task, const dlt_prediction_origin *origin,
                                    const char *path, dlt_prediction_places *out) {
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_create(task->h5_lock, path, &file));
    dlt_status status = fill_file(task, origin, file);
    if (status == DLT_OK)
        status = dlt_h5_finish(&file);
    dlt_h5_close(&file);
    DLT_TRY(status);
    DLT_TRY(dlt_h5_open(task->h5_lock, path, &file));
    for (int k = 0; k < task->objective_count; k++)
        for (dlt_prediction_column c = 0; c < DLT_PREDICTION_COLUMNS && status == DLT_OK; c++) {
            char name[DLT_LOSS_NAME_BYTES * 2];
            const bool is_stored = layout_of(task, &task->objectives[k], c).elements > 0;
            name_dataset(task, k, c, name);
            out->at[k][c] = -1;
            if (is_stored)
                status = find_place(file, name, &out->at[k][c]);
        }
    dlt_h5_close(&file);
    return status;
}

dlt_status dlt_prediction_writer_open(dlt_prediction_writer *writer, const char *path) {
    const dlt_task *task = writer->task;
    int64_t rows = 0;
    int64_t elements = 0;
    writer->file.descriptor = -1;
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_loss_rows *of = &task->objectives[k].rows;
        rows = dlt_max_i64(rows, of->count);
        elements = dlt_max_i64(elements, of->count * of->d);
    }
    DLT_TRY(DLT_NEW(writer->probability, task->micro_batch * elements));
    DLT_TRY(DLT_NEW(writer->label, task->micro_batch * rows));
    DLT_TRY(DLT_NEW(writer->sample, task->micro_batch));
    return dlt_positioned_open(path, &writer->file);
}

static void find_labels(const dlt_objective *of, int64_t n, const dlt_real *prediction,
                        int32_t *label) {
    const int64_t d = of->rows.d;
    for (int64_t i = 0; i < n; i++)
        label[i] = (int32_t)(is_yes_or_no(of) ? dlt_answer_yes(prediction[i])
                                              : dlt_answer_class(d, prediction + i * d));
}

/* The column's values of a micro-batch. */
static const void *values_of(const dlt_prediction_writer *writer, const dlt_objective *of,
                             dlt_prediction_column column, const dlt_micro_batch *batch) {
    const dlt_task *task = writer->task;
    const int64_t n = batch->id.count * of->rows.count;
    const dlt_real *prediction = dlt_model_output_at(task->model, 0, of->prediction);
    switch (column) {
    case DLT_PREDICTION_PROBABILITY:
        of->ops->probabilities(&task->kernels, n, of->rows.d, prediction, writer->probability);
        return writer->probability;
    case DLT_PREDICTION_LABEL:
        find_labels(of, n, prediction, writer->label);
        return writer->label;
    case DLT_PREDICTION_TARGET:
        return batch->fields[task->fields[of->target.index].loaded];
    case DLT_PREDICTION_SAMPLE:
        return writer->sample;
    case DLT_PREDICTION_OUTPUT:
    case DLT_PREDICTION_COLUMNS:
        break;
    }
    return prediction;
}

dlt_status dlt_prediction_write(void *context, const dlt_micro_batch *batch) {
    const dlt_prediction_writer *writer = context;
    const dlt_task *task = writer->task;
    if (writer->places.at[0][DLT_PREDICTION_SAMPLE] >= 0)
        DLT_TRY(dlt_dataset_read_records(task->test.data, batch->id.position, batch->id.count,
                                         writer->sample));
    for (int k = 0; k < task->objective_count; k++)
        for (dlt_prediction_column c = 0; c < DLT_PREDICTION_COLUMNS; c++) {
            const dlt_objective *of = &task->objectives[k];
            const int64_t place = writer->places.at[k][c];
            if (place < 0)
                continue;
            const layout stored = layout_of(task, of, c);
            const int64_t bytes = stored.elements * dlt_h5_type_bytes(stored.type);
            DLT_TRY(dlt_positioned_write(&writer->file, place + batch->id.position * bytes,
                                         values_of(writer, of, c, batch), batch->id.count * bytes));
        }
    return DLT_OK;
}

dlt_status dlt_prediction_writer_close(dlt_prediction_writer *writer) {
    dlt_free(writer->probability);
    dlt_free(writer->label);
    dlt_free(writer->sample);
    return dlt_positioned_finish(&writer->file);
}
