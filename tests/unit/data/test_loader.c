#include "data/loader.h"

#include "base/alloc.h"
#include "config/config.h"
#include "dltrain/extend/transform.h"
#include "support/document.h"
#include "support/fields.h"
#include "support/scratch.h"
#include "support/shard_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SAMPLES = 23, SIDE = 4, WIDTH = SIDE * SIDE, EPOCHS = 2, BATCH = 8, MICRO = 3 };

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
    dlt_dataset *dataset;
    dlt_config *config;
    dlt_selection selection[3];
    dlt_loader_options options;
} fixture;

static fixture it;

static int write_set(const char *path) {
    float x[SAMPLES * WIDTH];
    int32_t y[SAMPLES];
    for (int i = 0; i < SAMPLES * WIDTH; i++)
        x[i] = (float)(i + 1);
    for (int i = 0; i < SAMPLES; i++)
        y[i] = i % 5;
    const shard_file shard = {.samples = SAMPLES,
                              .x_shape = {2, {SIDE, SIDE}},
                              .x_type = DLT_H5_F32,
                              .x = x,
                              .y_type = DLT_H5_I32,
                              .y = y};
    return shard_file_write(it.h5_lock, path, &shard) != DLT_OK;
}

static void choose_transforms(void) {
    const char *const settings[3] = {"scale: 0.5", "random_crop: 2", "horizontal_flip"};
    it.config = document_of("{}");
    for (int i = 0; i < 3; i++)
        it.selection[i] = document_choose(it.config, settings[i], dlt_transforms);
}

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    it.dataset = NULL;
    if (scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK)
        return 1;
    const char *path = scratch_path(&it.files, "a.h5");
    choose_transforms();
    if (write_set(path) != 0 || open_x_y(it.h5_lock, path, NULL, NULL, true, &it.dataset) != DLT_OK)
        return 1;
    it.options = (dlt_loader_options){
        .dataset = it.dataset,
        .subset = {.seed = 5, .total = SAMPLES, .count = SAMPLES, .shuffle = true},
        .sampler = {.partition = {SAMPLES, BATCH, MICRO, 0, 1}, .end_epoch = EPOCHS},
        .transforms = {3, it.selection},
        .training = true,
        .seed = 5,
        .field_count = 2,
        .fields = {dlt_loader_field_reals(dlt_dataset_x(it.dataset)),
                   dlt_loader_field_integers(dlt_dataset_y(it.dataset), 5)},
        .depth = 2};
    it.options.fields[0].transformed = true;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dlt_config_destroy(&it.config);
    dlt_dataset_close(&it.dataset);
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

/* What a run saw at each position of each epoch. */
typedef struct record {
    dlt_real x[EPOCHS * SAMPLES][WIDTH];
    int32_t labels[EPOCHS * SAMPLES];
    int64_t samples[EPOCHS * SAMPLES];
    int met[EPOCHS * SAMPLES];
} record;

static void note_batch(const dlt_micro_batch *batch, record *out) {
    for (int64_t i = 0; i < batch->id.count; i++) {
        int64_t at = batch->id.epoch * SAMPLES + batch->id.position + i;
        memcpy(out->x[at], (const dlt_real *)batch->fields[0] + i * WIDTH, sizeof out->x[at]);
        out->labels[at] = ((const int32_t *)batch->fields[1])[i];
        out->samples[at] = batch->samples[i];
        out->met[at]++;
    }
}

static void run_rank(int rank, int size, record *out) {
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    it.options.sampler.partition.rank = rank;
    it.options.sampler.partition.size = size;
    assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
    for (;;) {
        assert_int_equal(dlt_loader_next(loader, &batch), DLT_OK);
        if (batch == NULL)
            break;
        note_batch(batch, out);
        dlt_loader_release(loader, batch);
    }
    assert_true(dlt_loader_wait_s(loader) >= 0);
    dlt_loader_destroy(&loader);
}

static void check_same_bytes_at_any_number_of_ranks(void) {
    record *alone = NULL;
    record *together = NULL;
    assert_int_equal(DLT_NEW(alone, 1), DLT_OK);
    run_rank(0, 1, alone);
    for (int i = 0; i < EPOCHS * SAMPLES; i++) {
        assert_int_equal(alone->met[i], 1);
        assert_int_equal(alone->labels[i], alone->samples[i] % 5);
    }
    for (int size = 2; size <= 5; size++) {
        assert_int_equal(DLT_NEW(together, 1), DLT_OK);
        for (int rank = 0; rank < size; rank++)
            run_rank(rank, size, together);
        assert_memory_equal(together, alone, sizeof *alone);
        dlt_free(together);
    }
    dlt_free(alone);
}

static void data_loader_gives_the_same_bytes_at_any_number_of_ranks(void **state) {
    (void)state;
    check_same_bytes_at_any_number_of_ranks();
}

static void
data_loader_with_shuffle_buffer_gives_the_same_bytes_at_any_number_of_ranks(void **state) {
    (void)state;
    it.options.subset.shuffle_buffer = (dlt_shuffle_buffer){.block = 3, .open = 4, .batch = BATCH};
    check_same_bytes_at_any_number_of_ranks();
}

static void data_loader_in_evaluation_leaves_augmentation_out(void **state) {
    (void)state;
    record *seen = NULL;
    assert_int_equal(DLT_NEW(seen, 1), DLT_OK);
    it.options.training = false;
    run_rank(0, 1, seen);
    for (int i = 0; i < EPOCHS * SAMPLES; i++)
        for (int d = 0; d < WIDTH; d++)
            assert_true(seen->x[i][d] == (dlt_real)(seen->samples[i] * WIDTH + d + 1) / 2);
    dlt_free(seen);
}

static void data_loader_with_values_delivers_reals(void **state) {
    (void)state;
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    it.options.fields[1] = dlt_loader_field_reals(dlt_dataset_y(it.dataset));
    assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
    assert_int_equal(dlt_loader_next(loader, &batch), DLT_OK);
    for (int64_t i = 0; i < batch->id.count; i++)
        assert_true(((const dlt_real *)batch->fields[1])[i] == (dlt_real)(batch->samples[i] % 5));
    dlt_loader_destroy(&loader);
}

static void data_loader_lends_several_batches_at_once(void **state) {
    (void)state;
    dlt_loader *loader = NULL;
    const dlt_micro_batch *first = NULL;
    const dlt_micro_batch *second = NULL;
    it.options.depth = 3;
    assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
    assert_int_equal(dlt_loader_next(loader, &first), DLT_OK);
    assert_int_equal(dlt_loader_next(loader, &second), DLT_OK);
    assert_ptr_not_equal(first->fields[0], second->fields[0]);
    assert_int_equal(first->id.position, 0);
    assert_int_equal(second->id.position, MICRO);
    dlt_loader_destroy(&loader);
}

static void data_loader_passes_on_the_failure_of_its_thread(void **state) {
    (void)state;
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    int64_t good = 0;
    it.options.subset.shuffle = false;
    it.options.fields[1].below = 4; /* the label of sample 4 is 4 */
    assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
    dlt_status status = dlt_loader_next(loader, &batch);
    for (; status == DLT_OK && batch != NULL; status = dlt_loader_next(loader, &batch)) {
        good++;
        dlt_loader_release(loader, batch);
    }
    assert_int_equal(status, DLT_ERR_FORMAT);
    assert_int_equal(good, 1);
    for (int i = 0; i < 2; i++) {
        dlt_error_clear();
        assert_int_equal(dlt_loader_next(loader, &batch), DLT_ERR_FORMAT);
        assert_non_null(strstr(dlt_error_message(), "label 4 at sample 4 of "));
    }
    dlt_loader_destroy(&loader);
}

static void data_loader_may_be_destroyed_at_any_time(void **state) {
    (void)state;
    it.options.sampler.end_epoch = INT64_MAX;
    for (int taken = 0; taken < 5; taken++) {
        dlt_loader *loader = NULL;
        const dlt_micro_batch *batch = NULL;
        assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
        for (int i = 0; i < taken; i++) {
            assert_int_equal(dlt_loader_next(loader, &batch), DLT_OK);
            dlt_loader_release(loader, batch);
        }
        dlt_loader_destroy(&loader);
        assert_null(loader);
    }
}

static void check_allocates_nothing_after_create(void) {
    dlt_loader *loader = NULL;
    const dlt_micro_batch *batch = NULL;
    assert_int_equal(dlt_loader_create(&it.options, &loader), DLT_OK);
    const int64_t made = dlt_alloc_made();
    do {
        assert_int_equal(dlt_loader_next(loader, &batch), DLT_OK);
        if (batch != NULL)
            dlt_loader_release(loader, batch);
    } while (batch != NULL);
    assert_int_equal(dlt_alloc_made(), made);
    dlt_loader_destroy(&loader);
}

static void data_loader_reads_small_batches_further_ahead(void **state) {
    (void)state;
    assert_int_equal(dlt_loader_depth(4, INT64_C(1) << 30), 4);
    assert_int_equal(dlt_loader_depth(600, 1), 600);
    assert_true(dlt_loader_depth(4, 1000) > 4);
    assert_true(dlt_loader_depth(4, 0) >= dlt_loader_depth(4, 1000));
}

static void data_loader_allocates_nothing_after_create(void **state) {
    (void)state;
    check_allocates_nothing_after_create();
    it.options.subset.shuffle_buffer = (dlt_shuffle_buffer){.block = 3, .open = 4, .batch = BATCH};
    check_allocates_nothing_after_create();
}

static void data_loader_create_survives_each_failing_allocation(void **state) {
    (void)state;
    const int64_t balance = dlt_alloc_balance();
    dlt_loader *loader = NULL;
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_dataset_close(&it.dataset);
        assert_int_equal(
            open_x_y(it.h5_lock, scratch_path(&it.files, "a.h5"), NULL, NULL, true, &it.dataset),
            DLT_OK);
        it.options.dataset = it.dataset;
        dlt_alloc_fail_at(nth);
        status = dlt_loader_create(&it.options, &loader);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_in_range(nth, 1, 1000);
        /* Room for picks, and for pages of both columns, stays with the data set. */
        assert_true(status == DLT_OK || dlt_alloc_balance() <= balance + 1 + 2 * 3);
    }
    dlt_alloc_fail_at(0);
    dlt_loader_destroy(&loader);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_loader_gives_the_same_bytes_at_any_number_of_ranks),
        ROW(data_loader_with_shuffle_buffer_gives_the_same_bytes_at_any_number_of_ranks),
        ROW(data_loader_in_evaluation_leaves_augmentation_out),
        ROW(data_loader_with_values_delivers_reals),
        ROW(data_loader_lends_several_batches_at_once),
        ROW(data_loader_passes_on_the_failure_of_its_thread),
        ROW(data_loader_may_be_destroyed_at_any_time),
        ROW(data_loader_allocates_nothing_after_create),
        ROW(data_loader_reads_small_batches_further_ahead),
        ROW(data_loader_create_survives_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_loader", tests, NULL, NULL);
}
