#include "data/dataset.h"

#include "base/alloc.h"
#include "support/fields.h"
#include "support/scratch.h"
#include "support/shard_file.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SAMPLES = 400, WIDTH = 64, ROUNDS = 400, RUN = 40 };

typedef struct reader {
    dlt_dataset *dataset;
    int64_t first; /* reads samples [first, first + SAMPLES / 2), scattered */
    int wrong;
} reader;

/* Row i holds i throughout; rows in scattered order take the way through the shared staging. */
static void *read_again_and_again(void *context) {
    reader *self = context;
    dlt_real x[RUN][WIDTH];
    int64_t samples[RUN];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < RUN; i++)
            samples[i] = self->first + (i * 37 + round) % (SAMPLES / 2);
        if (read_x(self->dataset, samples, RUN, &x[0][0]) != DLT_OK)
            self->wrong++;
        for (int i = 0; i < RUN; i++)
            self->wrong += x[i][0] != (dlt_real)samples[i] || x[i][WIDTH - 1] != x[i][0];
    }
    return NULL;
}

static void data_dataset_reads_right_from_two_threads(void **state) {
    (void)state;
    static int16_t rows[SAMPLES][WIDTH];
    scratch files;
    dlt_h5_lock *h5_lock = NULL;
    dlt_dataset *dataset = NULL;
    pthread_t thread;
    for (int i = 0; i < SAMPLES * WIDTH; i++)
        rows[i / WIDTH][i % WIDTH] = (int16_t)(i / WIDTH);
    const shard_file shard = {
        .samples = SAMPLES, .x_shape = {1, {WIDTH}}, .x_type = DLT_H5_I16, .x = rows};
    assert_int_equal(scratch_make(&files), 0);
    const char *path = scratch_path(&files, "a.h5");
    assert_int_equal(dlt_h5_lock_create(&h5_lock), DLT_OK);
    assert_int_equal(shard_file_write(h5_lock, path, &shard), DLT_OK);
    assert_int_equal(open_x_y(h5_lock, path, NULL, NULL, false, &dataset), DLT_OK);
    reader lower = {.dataset = dataset, .first = 0};
    reader upper = {.dataset = dataset, .first = SAMPLES / 2};
    assert_int_equal(pthread_create(&thread, NULL, read_again_and_again, &lower), 0);
    read_again_and_again(&upper);
    pthread_join(thread, NULL);
    assert_int_equal(lower.wrong, 0);
    assert_int_equal(upper.wrong, 0);
    assert_null(dlt_dataset_reading(dataset));
    dlt_dataset_close(&dataset);
    dlt_h5_lock_destroy(&h5_lock);
    scratch_remove(&files);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(data_dataset_reads_right_from_two_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
