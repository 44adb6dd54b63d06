/* Data sets of inputs x and targets y, opened and read in the short form. */
#ifndef DLT_TESTS_FIELDS_H
#define DLT_TESTS_FIELDS_H

#include "data/dataset.h"

#include <stddef.h>

/* NULL stands for the names "x" and "y". */
static inline dlt_status open_x_y(dlt_h5_lock *h5_lock, const char *source, const char *x,
                                  const char *y, bool y_required, dlt_dataset **out) {
    const dlt_field_requests fields = dlt_field_requests_x_y(x, y, y_required);
    return dlt_dataset_open(h5_lock, source, &fields, out);
}

static inline dlt_status read_x(dlt_dataset *dataset, const int64_t *samples, int64_t count,
                                dlt_real *out) {
    const dlt_loader_field field =
        dlt_loader_field_reals(&dlt_dataset_facts_of(dataset)->fields[0]);
    return dlt_dataset_read(dataset, &field, samples, count, out);
}

static inline dlt_status read_labels(dlt_dataset *dataset, const int64_t *samples, int64_t count,
                                     int64_t classes, int32_t *out) {
    dlt_loader_field field =
        dlt_loader_field_integers(&dlt_dataset_facts_of(dataset)->fields[1], classes);
    field.spec.shape = (dlt_shape){.rank = 0};
    return dlt_dataset_read(dataset, &field, samples, count, out);
}

static inline dlt_status read_values(dlt_dataset *dataset, const int64_t *samples, int64_t count,
                                     int64_t width, dlt_real *out) {
    dlt_loader_field field = dlt_loader_field_reals(&dlt_dataset_facts_of(dataset)->fields[1]);
    field.spec.shape = (dlt_shape){.rank = 1, .dim = {width}};
    return dlt_dataset_read(dataset, &field, samples, count, out);
}

#endif
