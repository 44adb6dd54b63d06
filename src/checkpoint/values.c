/* State values and texts of an open checkpoint: int64 and float64 scalars, and text as uint8 with
 * its terminator. */
#include "checkpoint/values.h"
#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/names.h"
#include "checkpoint/snapshot.h"

#include <string.h>

typedef struct value_reader {
    dlt_h5_file *file;
    dlt_snapshot *into;
} value_reader;

static dlt_status fail_on_value(const dlt_h5_file *file, const char *name) {
    return dlt_fail(DLT_ERR_FORMAT, "checkpoint %s has %s in a form that this version cannot read",
                    dlt_h5_path(file), name);
}

static dlt_status read_text(dlt_h5_file *file, const char *name, const dlt_shape *shape,
                            char **out) {
    int64_t bytes = dlt_shape_count(shape);
    DLT_TRY(DLT_NEW(*out, bytes + 1));
    dlt_status status = dlt_h5_read(file, name, DLT_H5_U8, shape, *out);
    if (status == DLT_OK && (int64_t)strlen(*out) != bytes - 1)
        status = fail_on_value(file, name);
    if (status != DLT_OK) {
        dlt_free(*out);
        *out = NULL;
    }
    return status;
}

static dlt_status read_text_value(const value_reader *reader, const char *full, const char *name,
                                  const dlt_shape *shape) {
    char *text = NULL;
    DLT_TRY(read_text(reader->file, full, shape, &text));
    dlt_status status = dlt_snapshot_set_text(reader->into, name, text);
    dlt_free(text);
    return status;
}

static dlt_status read_value(void *context, const char *visited, const dlt_h5_info *info) {
    const value_reader *reader = context;
    char full[DLT_CHECKPOINT_NAME_BYTES];
    dlt_checkpoint_full_name(visited, full);
    if (!dlt_checkpoint_is_below(full, DLT_CHECKPOINT_STATE))
        return DLT_OK;
    const char *name = full + sizeof DLT_CHECKPOINT_STATE;
    int64_t integer = 0;
    double real = 0;
    if (!info->contiguous)
        return fail_on_value(reader->file, full);
    if (info->type == DLT_H5_I64 && info->shape.rank == 0) {
        DLT_TRY(dlt_h5_read(reader->file, full, DLT_H5_I64, &info->shape, &integer));
        return dlt_snapshot_set_int(reader->into, name, integer);
    }
    if (info->type == DLT_H5_F64 && info->shape.rank == 0) {
        DLT_TRY(dlt_h5_read(reader->file, full, DLT_H5_F64, &info->shape, &real));
        return dlt_snapshot_set_real(reader->into, name, real);
    }
    if (info->type == DLT_H5_U8 && info->shape.rank == 1)
        return read_text_value(reader, full, name, &info->shape);
    return fail_on_value(reader->file, full);
}

/* Replaces *place by a text of the file, if the file has it. */
static dlt_status read_named_text(dlt_h5_file *file, const char *name, char **place) {
    if (!dlt_h5_exists(file, name))
        return DLT_OK;
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    dlt_h5_info info = *dlt_h5_dataset_info(dataset);
    dlt_h5_dataset_close(&dataset);
    if (info.type != DLT_H5_U8 || info.shape.rank != 1 || !info.contiguous)
        return fail_on_value(file, name);
    char *text = NULL;
    DLT_TRY(read_text(file, name, &info.shape, &text));
    dlt_free(*place);
    *place = text;
    return DLT_OK;
}

dlt_status dlt_checkpoint_read_values(dlt_h5_file *file, dlt_snapshot *into) {
    DLT_TRY(dlt_h5_visit(file, "/", read_value, &(value_reader){.file = file, .into = into}));
    DLT_TRY(read_named_text(file, DLT_CHECKPOINT_RUN_FILE, &into->run_file));
    return read_named_text(file, DLT_CHECKPOINT_MODEL, &into->model);
}
