/* Odd HDF5 files read as data: what the tests of them share. Each has three samples of one number,
 * 1.5, -2 and 3 or the like, and the labels 2, 0, 1, unless its flaw is there. Numbers come as the
 * nearest float32. */
#ifndef DLT_TESTS_ODD_HDF5_H
#define DLT_TESTS_ODD_HDF5_H

#include "base/error.h"
#include "data/dataset.h"
#include "support/fields.h"
#include "unit/ingest/odd.h"

#include <hdf5.h>

enum { SAMPLES = 3, CLASSES = 8 };

typedef struct odd_data {
    const char *flaw;
    void (*write)(hid_t file);
    void (*damage)(void); /* of the closed file; NULL for none */
    odd_fate fate;
    dlt_real expected[SAMPLES];
    const char *words; /* of the refusal */
} odd_data;

static const float reals[SAMPLES] = {1.5F, -2, 3};
static const int32_t wholes[SAMPLES] = {100, -2, 3};
static const int32_t labels_written[SAMPLES] = {2, 0, 1};

/* A dataset of three numbers. */
static inline void put_numbers(hid_t file, const char *name, hid_t type, hid_t creation,
                               hid_t memory, const void *values) {
    const hsize_t count = SAMPLES;
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (values != NULL)
        assert_true(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static inline void put_labels(hid_t file) {
    put_numbers(file, "y", H5T_STD_I32LE, H5P_DEFAULT, H5T_NATIVE_INT32, labels_written);
}

static inline void put_reals(hid_t file, hid_t type, hid_t creation) {
    put_numbers(file, "x", type, creation, H5T_NATIVE_FLOAT, reals);
    put_labels(file);
}

static inline void put_wholes(hid_t file, hid_t type) {
    put_numbers(file, "x", type, H5P_DEFAULT, H5T_NATIVE_INT32, wholes);
    put_labels(file);
}

static inline void f32(hid_t file) {
    put_reals(file, H5T_IEEE_F32LE, H5P_DEFAULT);
}

static inline void i16_big(hid_t file) {
    put_wholes(file, H5T_STD_I16BE);
}

static inline hid_t in_chunks(void) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(creation, 1, (const hsize_t[]){2}) >= 0);
    return creation;
}

#define ARE_REALS            .expected = {1.5F, -2, 3}
#define ARE_WHOLES           .expected = {100, -2, 3}
#define REFUSED_SAYING(text) .fate = REFUSED, .words = text

static inline dlt_status read_data(dlt_real *x, int32_t *labels) {
    const int64_t order[SAMPLES] = {0, 1, 2};
    dlt_dataset *dataset = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(open_x_y(it.h5_lock, scratch_path(&it.files, "in/a.h5"), "x", "y", true, &dataset));
    DLT_TRY_OUT(read_x(dataset, order, SAMPLES, x));
    DLT_TRY_OUT(read_labels(dataset, order, SAMPLES, CLASSES, labels));
out:
    dlt_dataset_close(&dataset);
    return status;
}

static inline void try_file(const odd_data *odd) {
    dlt_real x[SAMPLES];
    int32_t labels[SAMPLES];
    odd_begin();
    hid_t file =
        H5Fcreate(scratch_path(&it.files, "in/a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    odd->write(file);
    assert_true(H5Fclose(file) >= 0);
    if (odd->damage != NULL)
        odd->damage();
    const dlt_status status = read_data(x, labels);
    if (odd->fate == REFUSED) {
        odd_expect_refusal(odd->flaw, status, odd->words);
        return;
    }
    odd_expect_success(odd->flaw, status);
    for (int i = 0; i < SAMPLES; i++)
        if (x[i] != odd->expected[i] || labels[i] != labels_written[i])
            fail_msg("%s: sample %d is %g, %d", odd->flaw, i, (double)x[i], (int)labels[i]);
}

#endif
