/* Rows of a dataset by HDF5's own selections. */
#include "base/error.h"
#include "io/io_internal.h"

#include <string.h>

/* Rows [first, first + count) in the file and in memory. */
typedef struct row_spaces {
    hid_t file;
    hid_t memory;
} row_spaces;

static void close_spaces(row_spaces *spaces) {
    H5Sclose(spaces->memory);
    H5Sclose(spaces->file);
}

static dlt_status select_rows(const dlt_h5_dataset *dataset, int64_t first, int64_t count,
                              row_spaces *out) {
    const dlt_shape *shape = &dataset->info.shape;
    if (shape->rank == 0 || first < 0 || count < 0 || first > shape->dim[0] - count)
        return dlt_fail(DLT_ERR_ARG, "rows %lld to %lld are not in dataset '%s' of %s",
                        (long long)first, (long long)(first + count), dataset->name,
                        dataset->file->path);
    hsize_t start[DLT_SHAPE_MAX] = {(hsize_t)first};
    hsize_t extent[DLT_SHAPE_MAX] = {(hsize_t)count};
    for (int d = 1; d < shape->rank; d++)
        extent[d] = (hsize_t)shape->dim[d];
    const hsize_t none[DLT_SHAPE_MAX] = {0};
    out->file = dlt_h5_space_locked(shape);
    out->memory = H5Screate_simple(shape->rank, extent, NULL);
    if (out->memory < 0 || out->file < 0 ||
        H5Sselect_hyperslab(out->memory, H5S_SELECT_SET, none, NULL, extent, NULL) < 0 ||
        H5Sselect_hyperslab(out->file, H5S_SELECT_SET, start, NULL, extent, NULL) < 0) {
        close_spaces(out);
        return dlt_h5_fail_locked(DLT_ERR_INTERNAL, "cannot select rows of dataset '%s' of %s",
                                  dataset->name, dataset->file->path);
    }
    return DLT_OK;
}

dlt_status dlt_h5_read_selection_locked(dlt_h5_dataset *dataset, dlt_h5_type type, hid_t memory,
                                        hid_t file, void *out) {
    if (dataset->parts != NULL)
        return dlt_h5_virtual_read_locked(dataset, type, memory, file, out);
    if (H5Dread(dataset->id, dlt_h5_native(type), memory, file, H5P_DEFAULT, out) < 0)
        return dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot read dataset '%s' of %s", dataset->name,
                                  dataset->file->path);
    return DLT_OK;
}

static dlt_status read_locked(dlt_h5_dataset *dataset, dlt_h5_type type, int64_t first,
                              int64_t count, void *out) {
    row_spaces spaces = {0};
    DLT_TRY(select_rows(dataset, first, count, &spaces));
    dlt_status status =
        dlt_h5_read_selection_locked(dataset, type, spaces.memory, spaces.file, out);
    close_spaces(&spaces);
    return status;
}

dlt_status dlt_h5_read_rows(dlt_h5_dataset *dataset, int64_t first, int64_t count, void *out) {
    dlt_h5_enter(dataset->file->h5_lock);
    dlt_status status = read_locked(dataset, dataset->info.type, first, count, out);
    dlt_h5_leave(dataset->file->h5_lock);
    return status;
}

static dlt_status write_locked(dlt_h5_dataset *dataset, int64_t first, int64_t count,
                               const void *rows) {
    row_spaces spaces = {0};
    DLT_TRY(select_rows(dataset, first, count, &spaces));
    dlt_status status = DLT_OK;
    if (H5Dwrite(dataset->id, dlt_h5_native(dataset->info.type), spaces.memory, spaces.file,
                 H5P_DEFAULT, rows) < 0)
        status = dlt_h5_fail_locked(DLT_ERR_IO, "cannot write dataset '%s' of %s", dataset->name,
                                    dataset->file->path);
    close_spaces(&spaces);
    return status;
}

dlt_status dlt_h5_write_rows(dlt_h5_dataset *dataset, int64_t first, int64_t count,
                             const void *rows) {
    dlt_h5_enter(dataset->file->h5_lock);
    dlt_status status = write_locked(dataset, first, count, rows);
    dlt_h5_leave(dataset->file->h5_lock);
    return status == DLT_OK ? dlt_h5_check_written(dataset->file) : status;
}

dlt_status dlt_h5_check_shape(const dlt_h5_dataset *dataset, const dlt_shape *shape) {
    char found[DLT_SHAPE_TEXT_BYTES];
    char wanted[DLT_SHAPE_TEXT_BYTES];
    if (dlt_shape_equal(&dataset->info.shape, shape))
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "dataset '%s' of %s has shape %s where %s was expected",
                    dataset->name, dataset->file->path, dlt_shape_text(&dataset->info.shape, found),
                    dlt_shape_text(shape, wanted));
}

static dlt_status read_whole(dlt_h5_dataset *dataset, dlt_h5_type type, const dlt_shape *shape,
                             void *out) {
    DLT_TRY(dlt_h5_check_shape(dataset, shape));
    dlt_status status = DLT_OK;
    dlt_h5_enter(dataset->file->h5_lock);
    if (dataset->parts != NULL)
        status = read_locked(dataset, type, 0, dataset->info.shape.dim[0], out);
    else if (H5Dread(dataset->id, dlt_h5_native(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        status = dlt_h5_fail_locked(DLT_ERR_FORMAT, "cannot read dataset '%s' of %s", dataset->name,
                                    dataset->file->path);
    dlt_h5_leave(dataset->file->h5_lock);
    return status;
}

dlt_status dlt_h5_read(dlt_h5_file *file, const char *name, dlt_h5_type type,
                       const dlt_shape *shape, void *out) {
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    dlt_status status = read_whole(dataset, type, shape, out);
    dlt_h5_dataset_close(&dataset);
    return status;
}

static dlt_status write_whole(dlt_h5_dataset *dataset, const void *data) {
    dlt_status status = DLT_OK;
    dlt_h5_enter(dataset->file->h5_lock);
    if (H5Dwrite(dataset->id, dlt_h5_native(dataset->info.type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 data) < 0)
        status = dlt_h5_fail_locked(DLT_ERR_IO, "cannot write dataset '%s' of %s", dataset->name,
                                    dataset->file->path);
    dlt_h5_leave(dataset->file->h5_lock);
    return status == DLT_OK ? dlt_h5_check_written(dataset->file) : status;
}

dlt_status dlt_h5_write(dlt_h5_file *file, const char *name, dlt_h5_type type,
                        const dlt_shape *shape, const void *data) {
    const dlt_h5_layout contiguous = {0};
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_create(file, name, type, shape, &contiguous, &dataset));
    dlt_status status = write_whole(dataset, data);
    dlt_h5_dataset_close(&dataset);
    return status;
}
