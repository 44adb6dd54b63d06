/* A dataset of ten samples in memory, its shards in a scratch folder, and what reading must give. */
#ifndef TESTS_DATASET_FIXTURE_H
#define TESTS_DATASET_FIXTURE_H

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "support/fields.h"
#include "support/scratch.h"
#include "support/shard_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SAMPLES = 10, WIDTH = 3 };

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
    dlt_dataset *dataset;
    uint8_t x[SAMPLES * WIDTH];
    int32_t y[SAMPLES];
    shard_file shard; /* of all samples */
} fixture;

static fixture it;

static inline int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    it.dataset = NULL;
    for (int i = 0; i < SAMPLES * WIDTH; i++)
        it.x[i] = (uint8_t)(5 * i);
    for (int i = 0; i < SAMPLES; i++)
        it.y[i] = i % 4;
    it.shard = (shard_file){.samples = SAMPLES,
                            .x_shape = {1, {WIDTH}},
                            .x_type = DLT_H5_U8,
                            .x = it.x,
                            .y_type = DLT_H5_I32,
                            .y = it.y};
    return scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK;
}

static inline int tear_down(void **state) {
    (void)state;
    dlt_dataset_close(&it.dataset);
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static inline const char *write_shard(const char *name, const shard_file *shard) {
    const char *path = scratch_path(&it.files, name);
    assert_int_equal(shard_file_write(it.h5_lock, path, shard), DLT_OK);
    return path;
}

/* Samples [first, first + count) of the fixture as a file of their own. */
static inline void write_part(const char *name, int64_t first, int64_t count) {
    shard_file part = it.shard;
    part.samples = count;
    part.x = it.x + first * WIDTH;
    part.y = it.y + first;
    (void)write_shard(name, &part);
}

static inline void open_set(const char *source) {
    assert_int_equal(open_x_y(it.h5_lock, source, NULL, NULL, true, &it.dataset), DLT_OK);
}

static inline void expect_message(const char *text) {
    if (strstr(dlt_error_message(), text) == NULL)
        fail_msg("expected '%s' in '%s'", text, dlt_error_message());
}

static inline void expect_refusal(const char *source, dlt_status code, const char *text) {
    assert_int_equal(open_x_y(it.h5_lock, source, NULL, NULL, true, &it.dataset), code);
    assert_null(it.dataset);
    expect_message(text);
}

static inline void check_samples(const int64_t *samples, int64_t count) {
    dlt_real x[2 * SAMPLES * WIDTH];
    int32_t labels[2 * SAMPLES];
    assert_int_equal(read_x(it.dataset, samples, count, x), DLT_OK);
    assert_int_equal(read_labels(it.dataset, samples, count, 4, labels), DLT_OK);
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(labels[i], it.y[samples[i]]);
        for (int64_t d = 0; d < WIDTH; d++)
            assert_true(x[i * WIDTH + d] == it.x[samples[i] * WIDTH + d]);
    }
}

static inline void check_orders_of_reading(void) {
    const int64_t forward[SAMPLES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const int64_t mixed[SAMPLES + 1] = {9, 3, 4, 5, 0, 0, 8, 7, 1, 2, 6};
    check_samples(forward, SAMPLES);
    check_samples(mixed, SAMPLES + 1);
    check_samples(forward, 0);
}

#endif
