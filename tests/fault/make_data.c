/* Usage: make_data KIND FILE.h5: a small data set of 60 samples [6] in 3 classes, with the flaw that KIND names. */
#include "base/error.h"
#include "io/h5.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 60, FEATURES = 6, CLASSES = 3, SPOILT = 41 };

typedef struct flaw {
    const char *kind;
    int64_t samples;
    int64_t features;
    int64_t labels; /* rows of y; -1: no y at all */
    float spoilt_value;
    int32_t spoilt_label;
} flaw;

static const flaw flaws[] = {
    {"good", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"nan", SAMPLES, FEATURES, SAMPLES, NAN, 1},
    {"infinite", SAMPLES, FEATURES, SAMPLES, INFINITY, 1},
    {"label_high", SAMPLES, FEATURES, SAMPLES, 0, 7},
    {"label_negative", SAMPLES, FEATURES, SAMPLES, 0, -1},
    {"wide", SAMPLES, FEATURES + 1, SAMPLES, 0, 1},
    {"unlabelled", SAMPLES, FEATURES, -1, 0, 1},
    {"short_labels", SAMPLES, FEATURES, SAMPLES - 5, 0, 1},
    {"yes_no", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"minus_one", SAMPLES, FEATURES, SAMPLES, 0, -1},
    {"constant", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"uneven", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"image", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"no_samples", 0, FEATURES, 0, 0, 1},
};

static const flaw *find_flaw(const char *kind) {
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++)
        if (strcmp(flaws[i].kind, kind) == 0)
            return &flaws[i];
    return NULL;
}

static dlt_status put(dlt_h5_file *file, const char *name, dlt_h5_type type, dlt_shape shape,
                      const void *rows) {
    const dlt_h5_layout layout = {0};
    dlt_h5_dataset *dataset = NULL;
    dlt_status status = dlt_h5_dataset_create(file, name, type, &shape, &layout, &dataset);
    if (status == DLT_OK && shape.dim[0] > 0)
        status = dlt_h5_write_rows(dataset, 0, shape.dim[0], rows);
    dlt_h5_dataset_close(&dataset);
    return status;
}

static dlt_status put_samples(dlt_h5_file *file, const flaw *it) {
    float x[SAMPLES * (FEATURES + 1)];
    int32_t y[SAMPLES];
    for (int i = 0; i < SAMPLES * (FEATURES + 1); i++)
        x[i] = (float)(i * 37 % 101) / 101;
    for (int i = 0; strcmp(it->kind, "constant") == 0 && i < SAMPLES; i++)
        x[i * FEATURES] = 2.5F;
    bool two = strcmp(it->kind, "yes_no") == 0 || strcmp(it->kind, "minus_one") == 0;
    for (int i = 0; i < SAMPLES; i++)
        y[i] = i % (two ? 2 : CLASSES);
    x[SPOILT * it->features] += it->spoilt_value;
    for (int i = 0; strcmp(it->kind, "uneven") == 0 && i < SAMPLES; i++)
        y[i] = i < SAMPLES / 2 ? 0 : y[i];
    y[SPOILT] = it->spoilt_label;
    dlt_shape shape = {2, {it->samples, it->features}};
    if (strcmp(it->kind, "image") == 0)
        shape = (dlt_shape){3, {it->samples, 2, it->features / 2}};
    dlt_status status = put(file, "x", DLT_H5_F32, shape, x);
    if (status == DLT_OK && it->labels >= 0)
        status = put(file, "y", DLT_H5_I32, (dlt_shape){1, {it->labels}}, y);
    return status;
}

int main(int argc, char **argv) {
    const flaw *it = argc == 3 ? find_flaw(argv[1]) : NULL;
    if (it == NULL) {
        fprintf(stderr, "usage: make_data KIND FILE.h5\n");
        return 2;
    }
    dlt_h5_gate *gate = NULL;
    dlt_h5_file *file = NULL;
    dlt_status status = dlt_h5_gate_create(&gate);
    if (status == DLT_OK)
        status = dlt_h5_create(gate, argv[2], &file);
    if (status == DLT_OK)
        status = put_samples(file, it);
    if (status != DLT_OK)
        fprintf(stderr, "make_data: %s\n", dlt_error_message());
    dlt_h5_close(&file);
    dlt_h5_gate_destroy(&gate);
    return status != DLT_OK;
}
