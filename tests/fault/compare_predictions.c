/* Usage: compare_predictions FILE.h5 FILE.csv: both hold the same predictions, to the last bit; the
 * table in the unit of the user's, times target_scale. */
#include "base/alloc.h"
#include "base/error.h"
#include "io/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_BYTES = 256, FIELDS_MOST = 64 };

/* The fields of a line, as RFC 4180 has them, but for line ends in them. */
typedef struct record {
    int count;
    char at[FIELDS_MOST][FIELD_BYTES];
} record;

static bool read_record(FILE *file, record *out) {
    int c = fgetc(file);
    if (c == EOF)
        return false;
    for (out->count = 0; c != EOF && out->count < FIELDS_MOST; out->count++) {
        int used = 0;
        bool is_quoted = c == '"';
        if (is_quoted)
            c = fgetc(file);
        for (; c != EOF && used < FIELD_BYTES - 1; c = fgetc(file)) {
            if (is_quoted && c == '"' && (c = fgetc(file)) != '"')
                is_quoted = false;
            if (!is_quoted && (c == ',' || c == '\n'))
                break;
            out->at[out->count][used++] = (char)c;
        }
        out->at[out->count][used] = '\0';
        if (c == '\n') {
            out->count++;
            return true;
        }
        c = fgetc(file);
    }
    return true;
}

typedef struct column {
    int64_t rows;
    int64_t width; /* 0: not in the file */
    float *values;
    int32_t *labels;
    int64_t *numbers;
} column;

static dlt_status read_column(dlt_h5_file *file, const char *name, column *out) {
    *out = (column){.width = 0};
    if (!dlt_h5_exists(file, name))
        return DLT_OK;
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    const dlt_h5_info *info = dlt_h5_dataset_info(dataset);
    const int64_t count = dlt_shape_count(&info->shape);
    out->rows = info->shape.dim[0];
    out->width = count / out->rows;
    void *rows = NULL;
    dlt_status status;
    if (info->type == DLT_H5_I32) {
        status = DLT_NEW(out->labels, count);
        rows = out->labels;
    } else if (info->type == DLT_H5_I64) {
        status = DLT_NEW(out->numbers, count);
        rows = out->numbers;
    } else {
        status = DLT_NEW(out->values, count);
        rows = out->values;
    }
    if (status == DLT_OK)
        status = dlt_h5_read_rows(dataset, 0, out->rows, rows);
    dlt_h5_dataset_close(&dataset);
    return status;
}

/* The name of a class, or its number where there are none. */
static const char *class_of(const char *names, int64_t label) {
    static char text[FIELD_BYTES];
    snprintf(text, sizeof text, "%lld", (long long)label);
    for (int64_t i = 0; names != NULL && i < label; i++)
        names = strchr(names, '\n') != NULL ? strchr(names, '\n') + 1 : NULL;
    if (names != NULL)
        snprintf(text, sizeof text, "%.*s", (int)strcspn(names, "\n"), names);
    return text;
}

static int differences;

static void expect(bool is_so, int64_t row, const char *what) {
    if (!is_so && differences++ < 5)
        fprintf(stderr, "row %lld: %s differs\n", (long long)row, what);
}

/* What the targets were divided by. */
static double scale = 1;

static void compare(const column *one, const char *names, const record *line, int *field,
                    int64_t row, const char *what) {
    const double factor =
        strcmp(what, "target") == 0 || strcmp(what, "prediction") == 0 ? scale : 1;
    for (int64_t e = 0; e < one->width; e++, (*field)++) {
        const char *text = line->at[*field];
        const int64_t at = row * one->width + e;
        char *end = NULL;
        if (one->labels != NULL)
            expect(strcmp(text, class_of(names, one->labels[at])) == 0, row, what);
        else if (names != NULL && strcmp(what, "target") == 0)
            expect(strcmp(text, class_of(names, (int64_t)one->values[at])) == 0, row, what);
        else
            expect(strtof(text, &end) == (float)((double)one->values[at] * factor) && *end == '\0',
                   row, what);
    }
}

static dlt_status compare_files(dlt_h5_file *file, FILE *csv) {
    static const char *const datasets[] = {"target", "label", "prediction", "probability"};
    static record line;
    column columns[4];
    column samples;
    char *names = NULL;
    int64_t row = 0;
    int64_t scales = 0;
    double *scale_at = NULL;
    DLT_TRY(dlt_h5_read_text(file, "/", "class_names", &names));
    DLT_TRY(dlt_h5_read_reals(file, "/", "target_scale", &scales, &scale_at));
    if (scales == 1)
        scale = scale_at[0];
    dlt_free(scale_at);
    for (int i = 0; i < 4; i++)
        DLT_TRY(read_column(file, datasets[i], &columns[i]));
    DLT_TRY(read_column(file, "sample", &samples));
    if (columns[3].width > 0)
        columns[2].width = 0; /* of which the table has the probabilities */
    for (bool is_heading = true; read_record(csv, &line); is_heading = false) {
        int field = 1;
        if (is_heading)
            continue;
        const int64_t sample = samples.numbers != NULL ? samples.numbers[row] : row;
        expect(strtoll(line.at[0], NULL, 10) == sample, row, "the sample");
        for (int i = 0; i < 4; i++)
            compare(&columns[i], names, &line, &field, row, datasets[i]);
        expect(field == line.count, row, "the number of fields");
        row++;
    }
    expect(row == columns[2].rows, row, "the number of rows");
    for (int i = 0; i < 4; i++) {
        dlt_free(columns[i].values);
        dlt_free(columns[i].labels);
    }
    dlt_free(samples.numbers);
    dlt_free(names);
    return DLT_OK;
}

int main(int argc, char **argv) {
    dlt_h5_lock *h5_lock = NULL;
    dlt_h5_file *file = NULL;
    FILE *csv = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (csv == NULL)
        return 2;
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = dlt_h5_open(h5_lock, argv[1], &file);
    if (status == DLT_OK)
        status = compare_files(file, csv);
    if (status != DLT_OK)
        fprintf(stderr, "%s\n", dlt_error_message());
    dlt_h5_close(&file);
    dlt_h5_lock_destroy(&h5_lock);
    fclose(csv);
    return status == DLT_OK && differences == 0 ? 0 : 1;
}
