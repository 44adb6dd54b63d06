/* Usage: make_data KIND FILE.h5: a small data set of 60 samples [6] in 3 classes, with the flaw
 *        that KIND names. */
#include "base/error.h"
#include "io/h5.h"

#include <hdf5.h>
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
    {"grey_uint8", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"grey_uint16", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"grey_float32", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"bytes", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"words", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"no_samples", 0, FEATURES, 0, 0, 1},
    {"marked", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"sequences", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"two_splits", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"link_to_nowhere", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"source_gone", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"own_source", SAMPLES, FEATURES, SAMPLES, 0, 1},
    {"raw_outside", SAMPLES, FEATURES, SAMPLES, 0, 1},
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

/* Of 0 to 1; or as pixels, of 0 to 255 or 0 to 65535. */
static dlt_status put_inputs(dlt_h5_file *file, const char *kind, dlt_shape shape, const float *x) {
    uint8_t bytes[SAMPLES * (FEATURES + 1)];
    uint16_t words[SAMPLES * (FEATURES + 1)];
    const bool are_bytes = strcmp(kind, "bytes") == 0 || strcmp(kind, "grey_uint8") == 0;
    if (!are_bytes && strcmp(kind, "words") != 0 && strcmp(kind, "grey_uint16") != 0)
        return put(file, "x", DLT_H5_F32, shape, x);
    for (int i = 0; i < SAMPLES * (FEATURES + 1); i++) {
        bytes[i] = (uint8_t)(255 * x[i]);
        words[i] = (uint16_t)(257 * bytes[i]);
    }
    if (are_bytes)
        return put(file, "x", DLT_H5_U8, shape, bytes);
    return put(file, "x", DLT_H5_U16, shape, words);
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
    if (strncmp(it->kind, "grey_", strlen("grey_")) == 0)
        shape = (dlt_shape){4, {it->samples, 2, it->features / 2, 1}};
    dlt_status status = put_inputs(file, it->kind, shape, x);
    if (status == DLT_OK && it->labels >= 0)
        status = put(file, "y", DLT_H5_I32, (dlt_shape){1, {it->labels}}, y);
    return status;
}

/* A ragged field beside x and y: sample i has i % 12 numbers below 9. */
static dlt_status put_sequences(dlt_h5_file *file) {
    int32_t values[SAMPLES * 12];
    int64_t offsets[SAMPLES + 1] = {0};
    for (int i = 0; i < SAMPLES; i++) {
        offsets[i + 1] = offsets[i] + i % 12;
        for (int64_t k = offsets[i]; k < offsets[i + 1]; k++)
            values[k] = (int32_t)(k * 5 % 9);
    }
    DLT_TRY(put(file, "words/values", DLT_H5_I32, (dlt_shape){1, {offsets[SAMPLES]}}, values));
    return put(file, "words/offsets", DLT_H5_I64, (dlt_shape){1, {SAMPLES + 1}}, offsets);
}

/* x anew: an external link, a virtual dataset over a file, or raw bytes outside HDF5. */
static bool put_elsewhere(hid_t file, const char *kind) {
    const hsize_t extent[2] = {SAMPLES, FEATURES};
    hid_t space = H5Screate_simple(2, extent, NULL);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    bool done = H5Ldelete(file, "x", H5P_DEFAULT) >= 0;
    if (strcmp(kind, "link_to_nowhere") == 0)
        return done &&
               H5Lcreate_external("gone.h5", "/x", file, "x", H5P_DEFAULT, H5P_DEFAULT) >= 0;
    if (strcmp(kind, "raw_outside") == 0)
        done = done &&
               H5Pset_external(creation, "/etc/passwd", 0, SAMPLES * FEATURES * sizeof(float)) >= 0;
    else
        done = done &&
               H5Pset_virtual(creation, space, strcmp(kind, "own_source") == 0 ? "." : "gone.h5",
                              "x", space) >= 0;
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    done = done && dataset >= 0 && H5Dclose(dataset) >= 0;
    return done && H5Pclose(creation) >= 0 && H5Sclose(space) >= 0;
}

/* One file of a training and a test set, as the exercises of a well-known course have it. */
static bool put_two_splits(hid_t file) {
    static const char *const links[][2] = {
        {"x", "train_set_x"}, {"y", "train_set_y"}, {"x", "test_set_x"}, {"y", "test_set_y"}};
    bool done = true;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        done = done &&
               H5Lcreate_hard(file, links[i][0], file, links[i][1], H5P_DEFAULT, H5P_DEFAULT) >= 0;
    return done && H5Ldelete(file, "x", H5P_DEFAULT) >= 0 && H5Ldelete(file, "y", H5P_DEFAULT) >= 0;
}

static bool put_foreign(const char *path, const char *kind) {
    static const char *const elsewhere[] = {"link_to_nowhere", "source_gone", "own_source",
                                            "raw_outside"};
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    bool done = file >= 0;
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (strcmp(kind, elsewhere[i]) == 0)
            done = done && put_elsewhere(file, kind);
    if (strcmp(kind, "two_splits") == 0)
        done = done && put_two_splits(file);
    return H5Fclose(file) >= 0 && done;
}

int main(int argc, char **argv) {
    const flaw *it = argc == 3 ? find_flaw(argv[1]) : NULL;
    if (it == NULL) {
        fprintf(stderr, "usage: make_data KIND FILE.h5\n");
        return 2;
    }
    dlt_h5_lock *h5_lock = NULL;
    dlt_h5_file *file = NULL;
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = dlt_h5_create(h5_lock, argv[2], &file);
    if (status == DLT_OK)
        status = put_samples(file, it);
    if (status == DLT_OK && strcmp(argv[1], "sequences") == 0)
        status = put_sequences(file);
    if (status == DLT_OK && strcmp(argv[1], "marked") == 0)
        status = dlt_h5_write_reals(file, "x", "_FillValue", 1, (const double[]){0});
    if (status != DLT_OK)
        fprintf(stderr, "make_data: %s\n", dlt_error_message());
    dlt_h5_close(&file);
    const bool done = status == DLT_OK && put_foreign(argv[2], argv[1]);
    dlt_h5_lock_destroy(&h5_lock);
    return !done;
}
