/* The statistics columns of one dataset in a checkpoint: read whole as float64, finite elements
 * only, standard deviation with divisor n. A dataset that is not contiguous is not read. */
#include "base/alloc.h"
#include "base/error.h"
#include "report/format.h"
#include "tools/describe.h"

#include <math.h>

typedef struct statistics {
    int64_t finite;
    double mean;
    double deviation;
    double minimum;
    double maximum;
} statistics;

/* Two passes: the sum of squared distances from the mean does not cancel. */
static statistics compute_statistics(const double *values, int64_t count) {
    statistics of = {.minimum = INFINITY, .maximum = -INFINITY};
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        of.finite++;
        sum += values[i];
        of.minimum = fmin(of.minimum, values[i]);
        of.maximum = fmax(of.maximum, values[i]);
    }
    of.mean = sum / (double)of.finite;
    double squares = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            squares += (values[i] - of.mean) * (values[i] - of.mean);
    of.deviation = sqrt(squares / (double)of.finite);
    return of;
}

static void add_cells(const statistics *of, int64_t nonfinite, dlt_table *table) {
    char count[DLT_FORMAT_BYTES];
    const double values[] = {of->mean, of->deviation, of->minimum, of->maximum};
    for (int i = 0; i < 4; i++) {
        if (of->finite > 0)
            dlt_table_cell(table, "%.4g", values[i]);
        else
            dlt_table_cell(table, "-");
    }
    dlt_table_cell(table, "%s", dlt_format_count(nonfinite, count));
}

dlt_status dlt_describe_numbers(dlt_h5_file *file, const char *name, const dlt_h5_info *info,
                                dlt_table *table) {
    /* Tensors of checkpoints are contiguous; others may claim more than memory holds. */
    int64_t count = info->contiguous ? dlt_shape_count(&info->shape) : 0;
    statistics of = {0};
    if (count > 0) {
        double *values = NULL;
        DLT_TRY(DLT_NEW(values, count));
        dlt_status status = dlt_h5_read(file, name, DLT_H5_F64, &info->shape, values);
        if (status == DLT_OK)
            of = compute_statistics(values, count);
        dlt_free(values);
        DLT_TRY(status);
    }
    add_cells(&of, count - of.finite, table);
    return DLT_OK;
}
