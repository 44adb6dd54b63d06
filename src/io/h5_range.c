/* Reads a run of elements of a dataset in row-major order, which HDF5 only knows as boxes. */
#include "base/cast.h"
#include "base/error.h"
#include "io/io_internal.h"

/* Elements that follow each other in row-major order and form a box of the dataset. */
typedef struct box {
    hsize_t start[DLT_SHAPE_MAX];
    hsize_t extent[DLT_SHAPE_MAX];
    int64_t count;
} box;

/* Elements of one step along a dimension. */
static int64_t stride_of(const dlt_shape *shape, int dimension) {
    int64_t stride = 1;
    for (int d = dimension + 1; d < shape->rank; d++)
        stride *= shape->dim[d];
    return stride;
}

/* The largest box that begins at element `first` and has at most `count` elements: whole steps
 * along the outermost dimension at whose step it begins and of which there is a whole one, up to
 * the end of that dimension. */
static box box_at(const dlt_shape *shape, int64_t first, int64_t count) {
    int along = 0;
    while (along < shape->rank - 1 &&
           (first % stride_of(shape, along) != 0 || count < stride_of(shape, along)))
        along++;
    box found = {.count = 1};
    for (int d = 0; d < shape->rank; d++) {
        int64_t stride = stride_of(shape, d);
        int64_t at = first / stride % shape->dim[d];
        int64_t extent = d < along ? 1 : shape->dim[d];
        if (d == along)
            extent = dlt_min_i64(shape->dim[d] - at, count / stride);
        found.start[d] = (hsize_t)at;
        found.extent[d] = (hsize_t)extent;
        found.count *= extent;
    }
    return found;
}

static dlt_status read_box(dlt_h5_dataset *dataset, dlt_h5_type type, const box *part, void *out) {
    const hsize_t none = 0;
    const hsize_t elements = (hsize_t)part->count;
    dlt_status status = DLT_OK;
    hid_t memory = H5Screate_simple(1, &elements, NULL);
    hid_t file = dlt_h5_space_locked(&dataset->info.shape);
    if (memory < 0 || file < 0 ||
        H5Sselect_hyperslab(memory, H5S_SELECT_SET, &none, NULL, &elements, NULL) < 0 ||
        (dataset->info.shape.rank > 0 &&
         H5Sselect_hyperslab(file, H5S_SELECT_SET, part->start, NULL, part->extent, NULL) < 0))
        status = dlt_h5_fail_locked(DLT_ERR_INTERNAL, "cannot select elements of '%s' of %s",
                                    dataset->name, dataset->file->path);
    else
        status = dlt_h5_read_selection_locked(dataset, type, memory, file, out);
    H5Sclose(file);
    H5Sclose(memory);
    return status;
}

static dlt_status read_locked(dlt_h5_dataset *dataset, dlt_h5_type type, int64_t first,
                              int64_t count, char *out) {
    while (count > 0) {
        box part = box_at(&dataset->info.shape, first, count);
        DLT_TRY(read_box(dataset, type, &part, out));
        out += part.count * dlt_h5_type_bytes(type);
        first += part.count;
        count -= part.count;
    }
    return DLT_OK;
}

static dlt_status read_range(dlt_h5_dataset *dataset, dlt_h5_type type, const dlt_shape *shape,
                             int64_t first, int64_t count, void *out) {
    DLT_TRY(dlt_h5_check_shape(dataset, shape));
    if (first < 0 || count < 0 || first > dlt_shape_count(shape) - count)
        return dlt_fail(DLT_ERR_ARG, "elements %lld to %lld are not in dataset '%s' of %s",
                        (long long)first, (long long)(first + count), dataset->name,
                        dataset->file->path);
    dlt_h5_enter(dataset->file->h5_lock);
    dlt_status status = read_locked(dataset, type, first, count, out);
    dlt_h5_leave(dataset->file->h5_lock);
    return status;
}

dlt_status dlt_h5_read_range(dlt_h5_file *file, const char *name, dlt_h5_type type,
                             const dlt_shape *shape, int64_t first, int64_t count, void *out) {
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    dlt_status status = read_range(dataset, type, shape, first, count, out);
    dlt_h5_dataset_close(&dataset);
    return status;
}
