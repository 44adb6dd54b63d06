/* CSV tables (RFC 4180). The table is held in memory as numbers, since a median and the statistics
 * of a part drawn by the seed need all of it before the first sample can be written. */
#include "data/import/csv_settings.h"
#include "data/import/csv_table.h"
#include "data/import/format.h"
#include "data/import/moments.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"
#include "base/text.h"
#include "data/subset.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* One element of x: a number, or whether a word is a certain category. */
typedef struct csv_feature {
    const dlt_csv_column *column; /* borrowed from the table */
    int64_t category;             /* -1: a number */
} csv_feature;

typedef struct csv_state {
    dlt_format_site site;
    const dlt_csv_settings *settings;
    dlt_csv_table table;
    const dlt_csv_column *target; /* borrowed from the table */
    int64_t feature_count;
    csv_feature *features; /* owned */
    double *mean;          /* [feature_count]: x = (number - mean) / std; owned */
    double *std;
    double *fill; /* [feature_count]: what a missing number becomes; owned */
    dlt_text feature_names;
    dlt_text class_names;
    int64_t *order; /* records in the order of the split: test part, then training part; owned */
    int64_t test_rows;
    int64_t position; /* next in order */
} csv_state;

static int64_t features_of(const dlt_csv_column *column) {
    if (column->target || column->role == DLT_CSV_IGNORED)
        return 0;
    return column->role == DLT_CSV_NUMBER ? 1 : column->category_count;
}

static void name_feature(dlt_text *names, const csv_feature *feature) {
    dlt_text_add(names, "%s%s", names->used == 0 ? "" : "\n", feature->column->name);
    if (feature->category < 0)
        return;
    dlt_text_add(names, "=");
    for (const char *at = feature->column->categories[feature->category]; *at != '\0'; at++)
        dlt_text_add_bytes(names, *at == '\n' || *at == '\r' ? " " : at, 1);
}

static dlt_status make_features(csv_state *state) {
    const dlt_csv_table *table = &state->table;
    int64_t count = 0;
    for (int64_t c = 0; c < table->column_count; c++) {
        count += features_of(&table->columns[c]);
        if (table->columns[c].target)
            state->target = &table->columns[c];
    }
    if (count == 0 || count * (int64_t)sizeof(float) > DLT_SAMPLE_BYTES_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s makes %" PRId64 " features; 1 to %d are allowed",
                        state->settings->file, count, DLT_SAMPLE_BYTES_MAX / 4);
    DLT_TRY(DLT_NEW(state->features, count));
    for (int64_t c = 0; c < table->column_count; c++) {
        const dlt_csv_column *column = &table->columns[c];
        for (int64_t i = 0; i < features_of(column); i++) {
            csv_feature *feature = &state->features[state->feature_count++];
            feature->column = column;
            feature->category = column->role == DLT_CSV_NUMBER ? -1 : i;
            name_feature(&state->feature_names, feature);
        }
    }
    return dlt_text_check(&state->feature_names);
}

static dlt_status make_classes(csv_state *state) {
    const dlt_csv_column *target = state->target;
    const dlt_strings *given = &state->site.classes;
    if (target->role != DLT_CSV_CATEGORY)
        return DLT_OK;
    if (given->count > 0 && given->count != target->category_count)
        return dlt_fail(DLT_ERR_FORMAT,
                        "column '%s' of %s has %" PRId64
                        " classes, but the description names %" PRId64,
                        target->name, state->settings->file, target->category_count, given->count);
    for (int64_t i = 0; i < target->category_count; i++) {
        const char *name = given->count > 0 ? given->at[i] : target->categories[i];
        dlt_text_add(&state->class_names, "%s", i == 0 ? "" : "\n");
        for (; *name != '\0'; name++)
            dlt_text_add_bytes(&state->class_names, *name == '\n' || *name == '\r' ? " " : name, 1);
    }
    return dlt_text_check(&state->class_names);
}

static dlt_status split_rows(csv_state *state) {
    int64_t rows = state->table.rows;
    dlt_permutation permutation =
        dlt_permutation_make((uint64_t)state->settings->seed, DLT_PURPOSE_SPLIT, 0, 0, rows);
    DLT_TRY(DLT_NEW(state->order, rows));
    for (int64_t i = 0; i < rows; i++)
        state->order[i] = dlt_permutation_at(&permutation, i);
    state->test_rows = (int64_t)floor(state->settings->test * (double)rows + 0.5);
    if (state->test_rows >= rows || (state->settings->test > 0 && state->test_rows == 0))
        return dlt_fail(DLT_ERR_CONFIG,
                        "%s has %" PRId64 " records, too few for a test part of %g of them",
                        state->settings->file, rows, state->settings->test);
    return DLT_OK;
}

static double value_at(const csv_state *state, int64_t position, const csv_feature *feature) {
    return state->table.values[state->order[position] * state->table.width + feature->column->slot];
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

/* Fill, mean and deviation of one number from the training records; values has room for them. */
static dlt_status measure_feature(csv_state *state, int64_t index, double *values) {
    const csv_feature *feature = &state->features[index];
    int64_t train_rows = state->table.rows - state->test_rows;
    int64_t present = 0;
    for (int64_t i = 0; i < train_rows; i++) {
        double value = value_at(state, state->test_rows + i, feature);
        if (!isnan(value))
            values[present++] = value;
    }
    if (present == 0)
        return dlt_fail(DLT_ERR_FORMAT, "column '%s' of %s has no value in the training part",
                        feature->column->name, state->settings->file);
    DLT_TRY(moments_of(values, present, &state->fill[index], &state->std[index]));
    if (state->settings->missing == DLT_CSV_MISSING_MEDIAN)
        state->fill[index] = median(values, present);
    if (!state->settings->standardize) {
        state->std[index] = 1;
        return DLT_OK;
    }
    for (int64_t i = 0; i < train_rows; i++) {
        double value = value_at(state, state->test_rows + i, feature);
        values[i] = isnan(value) ? state->fill[index] : value;
    }
    return moments_of(values, train_rows, &state->mean[index], &state->std[index]);
}

static dlt_status measure_features(csv_state *state) {
    double *values = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(state->mean, state->feature_count));
    DLT_TRY_OUT(DLT_NEW(state->std, state->feature_count));
    DLT_TRY_OUT(DLT_NEW(state->fill, state->feature_count));
    DLT_TRY_OUT(DLT_NEW(values, state->table.rows));
    for (int64_t f = 0; f < state->feature_count; f++) {
        state->std[f] = 1; /* categories stay 0 and 1: scaling a rare one would blow it up */
        if (state->features[f].category < 0)
            DLT_TRY_OUT(measure_feature(state, f, values));
    }
out:
    dlt_free(values);
    return status;
}

static dlt_status read_table(csv_state *state) {
    char *path = NULL;
    DLT_TRY(dlt_format_locate(&state->site, state->settings->file, &path));
    dlt_status status = dlt_csv_table_read(path, state->settings, &state->table);
    dlt_free(path);
    return status;
}

static dlt_status open_csv(const dlt_format_site *site, void **out) {
    csv_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->site = *site;
    state->settings = site->format.settings;
    if (strlen(state->settings->separator) != 1 || strchr("\"\r\n", state->settings->separator[0]))
        return dlt_fail(DLT_ERR_CONFIG,
                        "the separator must be one character, not a quote or line "
                        "end: '%s'",
                        state->settings->separator);
    DLT_TRY(read_table(state));
    DLT_TRY(make_features(state));
    DLT_TRY(make_classes(state));
    DLT_TRY(split_rows(state));
    return measure_features(state);
}

static dlt_status begin_csv(void *opaque, dlt_part part, dlt_part_facts *facts) {
    csv_state *state = opaque;
    bool test = part == DLT_PART_TEST;
    bool labels = state->target->role == DLT_CSV_CATEGORY;
    state->position = test ? 0 : state->test_rows;
    if (part == DLT_PART_VALIDATION) {
        *facts = (dlt_part_facts){.samples = 0};
        return DLT_OK;
    }
    *facts = (dlt_part_facts){
        .samples = test ? state->test_rows : state->table.rows - state->test_rows,
        .x_type = DLT_H5_F32,
        .x_shape = {.rank = 1, .dim = {state->feature_count}},
        .y_type = labels ? DLT_H5_I32 : DLT_H5_F32,
        .class_names = labels ? dlt_text_of(&state->class_names) : NULL,
        .feature_names = dlt_text_of(&state->feature_names),
        .raw_count = state->settings->standardize ? state->feature_count : 0,
        .raw_mean = state->mean,
        .raw_std = state->std,
    };
    return DLT_OK;
}

/* A record of the test part may lie far outside the range in which its column was scaled. */
static dlt_status to_float(const csv_state *state, const dlt_csv_column *column, double value,
                           float *out) {
    if (!(fabs(value) <= (double)FLT_MAX))
        return dlt_fail(DLT_ERR_FORMAT,
                        "column '%s' of %s has a value that is too large once scaled", column->name,
                        state->settings->file);
    *out = (float)value;
    return DLT_OK;
}

static double feature_value(const csv_state *state, const double *row, int64_t index) {
    const csv_feature *feature = &state->features[index];
    double value = row[feature->column->slot];
    if (feature->category >= 0)
        return (int64_t)value == feature->category ? 1.0 : 0.0;
    if (isnan(value))
        value = state->fill[index];
    return (value - state->mean[index]) / state->std[index];
}

static dlt_status read_csv(void *opaque, int64_t count, void *x, void *y) {
    csv_state *state = opaque;
    float *features = x;
    for (int64_t i = 0; i < count; i++, features += state->feature_count) {
        int64_t record = state->order[state->position++];
        const double *row = &state->table.values[record * state->table.width];
        for (int64_t f = 0; f < state->feature_count; f++)
            DLT_TRY(to_float(state, state->features[f].column, feature_value(state, row, f),
                             &features[f]));
        double target = row[state->target->slot];
        if (state->target->role == DLT_CSV_CATEGORY)
            ((int32_t *)y)[i] = (int32_t)target;
        else
            DLT_TRY(to_float(state, state->target, target / state->settings->target_scale,
                             (float *)y + i));
    }
    return DLT_OK;
}

static void close_csv(void *opaque) {
    csv_state *state = opaque;
    dlt_csv_table_destroy(&state->table);
    dlt_text_destroy(&state->feature_names);
    dlt_text_destroy(&state->class_names);
    dlt_free(state->order);
    dlt_free(state->features);
    dlt_free(state->mean);
    dlt_free(state->std);
    dlt_free(state->fill);
    dlt_free(state);
}

const dlt_format_ops dlt_format_csv = {
    .choice = {.name = "csv",
               .summary = "A CSV table: numbers, categories, missing values, split by the seed.",
               .keys = dlt_csv_keys,
               .settings_size = sizeof(dlt_csv_settings)},
    .open = open_csv,
    .begin = begin_csv,
    .read = read_csv,
    .close = close_csv,
};
