/* A small run of one dense layer with momentum and a batch norm, in a scratch directory. */
#ifndef DLT_TESTS_CHECKPOINT_FIXTURE_H
#define DLT_TESTS_CHECKPOINT_FIXTURE_H

#include "base/alloc.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/snapshot.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { INPUTS = 5, UNITS = 3 };

/** The memory of a run; plain data, so that two can be compared as bytes. */
typedef struct run_memory {
    float weight[INPUTS * UNITS];
    float bias[UNITS];
    float momentum[INPUTS * UNITS];
    double running_mean[UNITS];
} run_memory;

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
} fixture;

static fixture it;

static inline int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    return scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK;
}

static inline int tear_down(void **state) {
    (void)state;
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static inline run_memory make_memory(float start) {
    run_memory memory;
    memset(&memory, 0, sizeof memory); /* padding too */
    for (int i = 0; i < INPUTS * UNITS; i++) {
        memory.weight[i] = start + 0.25f * (float)i;
        memory.momentum[i] = -start - (float)i;
    }
    for (int i = 0; i < UNITS; i++) {
        memory.bias[i] = start * (float)i;
        memory.running_mean[i] = 1e-3 * start * (double)i;
    }
    return memory;
}

/* A snapshot of memory, without state values. */
static inline dlt_snapshot *view(run_memory *memory) {
    const dlt_shape weight = {2, {INPUTS, UNITS}};
    const dlt_shape bias = {1, {UNITS}};
    dlt_snapshot *made = NULL;
    assert_int_equal(dlt_snapshot_create(&made), DLT_OK);
    assert_int_equal(
        dlt_snapshot_add(made, DLT_H5_F32, &weight, memory->weight, "/params/%s/weight", "fc"),
        DLT_OK);
    assert_int_equal(dlt_snapshot_add(made, DLT_H5_F32, &bias, memory->bias, "/params/fc/bias"),
                     DLT_OK);
    assert_int_equal(
        dlt_snapshot_add(made, DLT_H5_F32, &weight, memory->momentum, "/optim/momentum/fc/weight"),
        DLT_OK);
    assert_int_equal(
        dlt_snapshot_add(made, DLT_H5_F64, &bias, memory->running_mean, "/buffers/bn/running_mean"),
        DLT_OK);
    return made;
}

/* The same with everything a run keeps besides. */
static inline dlt_snapshot *view_all(run_memory *memory, int64_t step) {
    dlt_snapshot *made = view(memory);
    assert_int_equal(dlt_snapshot_set_int(made, "step", step), DLT_OK);
    assert_int_equal(dlt_snapshot_set_real(made, "val_loss", 0.125), DLT_OK);
    assert_int_equal(dlt_snapshot_set_text(made, "dataset", "mnist"), DLT_OK);
    assert_int_equal(dlt_snapshot_set_text(made, "empty", ""), DLT_OK);
    assert_int_equal(dlt_snapshot_set_run_file(made, "name: test\nseed: 7\n"), DLT_OK);
    assert_int_equal(dlt_snapshot_set_model(made, "00000000deadbeef"), DLT_OK);
    return made;
}

/* Saves the run of make_memory(start) at `step`. */
static inline dlt_status save_run(const char *path, float start, int64_t step) {
    run_memory memory = make_memory(start);
    dlt_snapshot *snapshot = view_all(&memory, step);
    dlt_status status = dlt_checkpoint_save(it.h5_lock, path, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static inline dlt_status load_run(const char *path, run_memory *memory) {
    dlt_snapshot *snapshot = view(memory);
    dlt_status status = dlt_checkpoint_load(it.h5_lock, path, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

/* A file as bytes; the caller frees. */
static inline unsigned char *read_bytes(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *bytes = (size_t)ftell(file);
    rewind(file);
    unsigned char *content = malloc(*bytes);
    assert_int_equal(fread(content, 1, *bytes, file), *bytes);
    fclose(file);
    return content;
}

#endif
