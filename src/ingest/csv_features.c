/* A column of numbers is one feature, a column of words one for each category. In the training
 * split missing numbers are filled with the mean or median of the others first; mean and deviation
 * are of what results. */
#include "ingest/csv_features.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/moments.h"
#include "formats/bounds.h"
#include "ingest/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static int64_t features_of(const dlt_csv_column *column) {
    if (column->target || column->role == DLT_CSV_IGNORED)
        return 0;
    return column->role == DLT_CSV_NUMBER ? 1 : column->category_count;
}

static void name_feature(dlt_text *names, const dlt_csv_feature *feature) {
    dlt_text_add(names, "%s%s", names->used == 0 ? "" : "\n", feature->column->name);
    if (feature->category < 0)
        return;
    dlt_text_add(names, "=");
    for (const char *at = feature->column->categories[feature->category]; *at != '\0'; at++)
        dlt_text_add_bytes(names, *at == '\n' || *at == '\r' ? " " : at, 1);
}

dlt_status dlt_csv_features_make(const dlt_csv_table *table, const char *path,
                                 dlt_csv_features *out) {
    int64_t count = 0;
    for (int64_t c = 0; c < table->column_count; c++)
        count += features_of(&table->columns[c]);
    if (count == 0 || count * (int64_t)sizeof(float) > DLT_SAMPLE_BYTES_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s makes %" PRId64 " features; 1 to %d are allowed", path,
                        count, DLT_SAMPLE_BYTES_MAX / 4);
    DLT_TRY(DLT_NEW(out->at, count));
    DLT_TRY(DLT_NEW(out->mean, count));
    DLT_TRY(DLT_NEW(out->std, count));
    DLT_TRY(DLT_NEW(out->fill, count));
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        for (int64_t i = 0; i < features_of(column); i++) {
            dlt_csv_feature *feature = &out->at[out->count];
            out->std[out->count++] = 1;
            feature->column = column;
            feature->category = column->role == DLT_CSV_NUMBER ? -1 : i;
            name_feature(&out->names, feature);
        }
    }
    return dlt_text_check(&out->names);
}

void dlt_csv_features_destroy(dlt_csv_features *features) {
    dlt_free(features->at);
    dlt_free(features->mean);
    dlt_free(features->std);
    dlt_free(features->fill);
    dlt_text_destroy(&features->names);
    *features = (dlt_csv_features){0};
}

static int compare_numbers(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, int64_t count) {
    qsort(values, (size_t)count, sizeof *values, compare_numbers);
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

static dlt_status moments_of(const double *values, int64_t count, double *mean, double *std) {
    dlt_moments moments;
    DLT_TRY(dlt_moments_create(1, &moments));
    dlt_moments_add(&moments, DLT_H5_F64, count, values);
    dlt_moments_finish(&moments, mean, std);
    dlt_moments_destroy(&moments);
    return DLT_OK;
}

static bool is_constant(const double *values, int64_t count) {
    for (int64_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

/* Fill, mean and deviation of one number; values has room for all records. */
static dlt_status measure_feature(dlt_csv_features *features, int64_t index, dlt_csv_table *table,
                                  const dlt_csv_settings *settings, const int64_t *rows,
                                  int64_t count, const char *path, double *values) {
    const dlt_csv_column *column = features->at[index].column;
    int64_t present = 0;
    for (int64_t i = 0; i < count; i++) {
        double value = table->values[rows[i] * table->width + column->value_index];
        if (!isnan(value))
            values[present++] = value;
    }
    if (present == 0)
        return dlt_fail(DLT_ERR_FORMAT, "column '%s' of %s has no value in the training split",
                        column->name, path);
    if (is_constant(values, present))
        dlt_text_add(&table->notes, "%s: column '%s' has the same value in all training records\n",
                     path, column->name);
    double *fill = &features->fill[index];
    DLT_TRY(moments_of(values, present, fill, &features->std[index]));
    if (settings->missing == DLT_CSV_MISSING_MEDIAN)
        *fill = median(values, present);
    if (!settings->standardize) {
        features->std[index] = 1;
        return DLT_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        double value = table->values[rows[i] * table->width + column->value_index];
        values[i] = isnan(value) ? *fill : value;
    }
    return moments_of(values, count, &features->mean[index], &features->std[index]);
}

/* Categories stay 0 and 1: scaling a rare one would blow it up. */
dlt_status dlt_csv_features_measure(dlt_csv_features *features, dlt_csv_table *table,
                                    const dlt_csv_settings *settings, const int64_t *rows,
                                    int64_t count, const char *path) {
    double *values = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(values, count));
    for (int64_t f = 0; f < features->count && status == DLT_OK; f++)
        if (features->at[f].category < 0)
            status = measure_feature(features, f, table, settings, rows, count, path, values);
    dlt_free(values);
    return status;
}

double dlt_csv_feature_value(const dlt_csv_features *features, const double *row, int64_t index) {
    const dlt_csv_feature *feature = &features->at[index];
    double value = row[feature->column->value_index];
    if (feature->category >= 0)
        return (int64_t)value == feature->category ? 1.0 : 0.0;
    if (isnan(value))
        value = features->fill[index];
    return (value - features->mean[index]) / features->std[index];
}

/* Missing numbers, and whole numbers that float32 makes equal to others. */
static void note_numbers(const dlt_csv_features *features, int64_t index, dlt_csv_table *table,
                         const char *path) {
    const dlt_csv_column *column = features->at[index].column;
    const double exact_most = 16777216.0; /* 2^24 */
    int64_t filled = 0;
    int64_t rounded = 0;
    for (int64_t r = 0; r < table->rows; r++) {
        double value = table->values[r * table->width + column->value_index];
        filled += isnan(value);
        rounded +=
            fabs(value) > exact_most && value == floor(value) && (double)(float)value != value;
    }
    if (filled > 0)
        dlt_text_add(&table->notes, "%s: %lld missing values of column '%s' are replaced by %g\n",
                     path, (long long)filled, column->name, features->fill[index]);
    if (rounded > 0 && features->std[index] == 1)
        dlt_text_add(
            &table->notes,
            "%s: %lld whole numbers of column '%s' are beyond 2^24, where float32 cannot tell "
            "neighbours apart\n",
            path, (long long)rounded, column->name);
}

void dlt_csv_features_note(const dlt_csv_features *features, dlt_csv_table *table,
                           const char *path) {
    if (table->dropped_missing > 0)
        dlt_text_add(&table->notes, "%s: %lld records are left out for a missing value\n", path,
                     (long long)table->dropped_missing);
    if (table->dropped_unseen > 0)
        dlt_text_add(&table->notes,
                     "%s: %lld records are left out for a word that is no category\n", path,
                     (long long)table->dropped_unseen);
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        if (column->nameless && column->field >= 0)
            dlt_text_add(&table->notes,
                         "%s: column %s has neither name nor values and is left out\n", path,
                         column->name);
        if (column->unseen > 0)
            dlt_text_add(&table->notes,
                         "%s: %lld words of column '%s' are no category and become 0\n", path,
                         (long long)column->unseen, column->name);
        if (column->suspects > 0)
            dlt_text_add(
                &table->notes,
                "%s: %lld fields of column '%s' are a category such as '%s'; if it stands for a "
                "missing value, list it in `missing_tokens`\n",
                path, (long long)column->suspects, column->name, column->suspect);
    }
    for (int64_t f = 0; f < features->count; f++)
        if (features->at[f].category < 0)
            note_numbers(features, f, table, path);
}
