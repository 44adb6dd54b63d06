/* Writing small data sets for tests. */
#ifndef DLT_TESTS_SHARD_FILE_H
#define DLT_TESTS_SHARD_FILE_H

#include "base/error.h"
#include "io/h5.h"

#include <stddef.h>

typedef struct shard_file {
    int64_t samples;
    dlt_shape x_shape; /* of one sample */
    dlt_h5_type x_type;
    const void *x;
    dlt_shape y_shape;
    dlt_h5_type y_type;
    const void *y; /* NULL: none */
    dlt_h5_layout layout;
    const char *class_names; /* NULL: none */
    const char *recipe;      /* NULL: none */
    int64_t raw_count;       /* columns that were standardized */
    const double *raw_mean;
    const double *raw_std;
    double target_scale; /* 0: none */
} shard_file;

static inline dlt_status shard_file_describe(dlt_h5_file *file, const shard_file *it) {
    if (it->class_names != NULL)
        DLT_TRY(dlt_h5_write_text(file, "/", "class_names", it->class_names));
    if (it->recipe != NULL)
        DLT_TRY(dlt_h5_write_text(file, "/", "recipe", it->recipe));
    if (it->target_scale != 0)
        DLT_TRY(dlt_h5_write_reals(file, "/", "target_scale", 1, &it->target_scale));
    if (it->raw_count == 0)
        return DLT_OK;
    DLT_TRY(dlt_h5_write_reals(file, "/", "raw_mean", it->raw_count, it->raw_mean));
    return dlt_h5_write_reals(file, "/", "raw_std", it->raw_count, it->raw_std);
}

static inline dlt_status shard_file_put(dlt_h5_file *file, const shard_file *it, const char *name,
                                        const dlt_shape *sample, dlt_h5_type type,
                                        const void *rows) {
    dlt_h5_dataset *dataset = NULL;
    dlt_shape shape = {.rank = sample->rank + 1, .dim = {it->samples}};
    for (int d = 0; d < sample->rank; d++)
        shape.dim[d + 1] = sample->dim[d];
    dlt_status status = dlt_h5_dataset_create(file, name, type, &shape, &it->layout, &dataset);
    if (status == DLT_OK)
        status = dlt_h5_write_rows(dataset, 0, it->samples, rows);
    dlt_h5_dataset_close(&dataset);
    return status;
}

/* Writes one file with datasets x and y. */
static inline dlt_status shard_file_write(dlt_h5_lock *h5_lock, const char *path,
                                          const shard_file *it) {
    dlt_h5_file *file = NULL;
    dlt_status status = dlt_h5_create(h5_lock, path, &file);
    if (status == DLT_OK)
        status = shard_file_put(file, it, "x", &it->x_shape, it->x_type, it->x);
    if (status == DLT_OK && it->y != NULL)
        status = shard_file_put(file, it, "y", &it->y_shape, it->y_type, it->y);
    if (status == DLT_OK)
        status = shard_file_describe(file, it);
    dlt_h5_close(&file);
    return status;
}

#endif
