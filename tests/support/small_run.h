/* A small classifier and its data, on all ranks, for tests of the engine and of the trainer's
 * parts: the run is set up as the trainer does it, and stands before its first update. */
#ifndef DLT_TESTS_SMALL_RUN_H
#define DLT_TESTS_SMALL_RUN_H

#include "comm/collectives.h"
#include "engine/metric_sums.h"
#include "support/mpi_check.h"
#include "support/scratch.h"
#include "support/shard_file.h"
#include "train/trainer_parts.h"

#include <math.h>

enum { SMALL_SAMPLES = 90, SMALL_SIDE = 6, SMALL_CLASSES = 3, SMALL_EPOCHS = 5 };
enum { SMALL_FEATURES = SMALL_SIDE * SMALL_SIDE };

static const char small_run_file[] =
    "name: small\n"
    "data: {train: %s/data.h5, transform: [horizontal_flip]}\n"
    "model:\n"
    "  - conv2d: {filters: 4, kernel: 3}\n"
    "  - batch_norm\n"
    "  - relu\n"
    "  - flatten\n"
    "  - dropout: 0.2\n"
    "  - dense: 3\n"
    "loss: cross_entropy\n"
    "metrics: [accuracy]\n"
    "optimizer: adam\n"
    "train: {epochs: 5, batch: 20, micro_batch: 3, clip_norm: 1, ema: 0.75}\n"
    "checkpoint: {every_epochs: 0, best: false, async: false}\n";

typedef struct small_run {
    mpi_check *check;
    dlt_run *run;
    dlt_train_options options;
    dlt_trainer trainer;
} small_run;

static inline float small_pixel(int64_t sample, int64_t feature) {
    return (float)((sample * SMALL_FEATURES + feature) * 31 % 97) / 97;
}

static inline int32_t small_label(int64_t sample) {
    return (int32_t)(sample % SMALL_CLASSES);
}

static inline dlt_status small_run_write_data(const char *path) {
    static float x[SMALL_SAMPLES * SMALL_FEATURES];
    static int32_t y[SMALL_SAMPLES];
    for (int64_t i = 0; i < SMALL_SAMPLES; i++) {
        for (int64_t k = 0; k < SMALL_FEATURES; k++)
            x[i * SMALL_FEATURES + k] = small_pixel(i, k);
        y[i] = small_label(i);
    }
    const shard_file file = {.samples = SMALL_SAMPLES,
                             .x_shape = {3, {SMALL_SIDE, SMALL_SIDE, 1}},
                             .x_type = DLT_H5_F32,
                             .x = x,
                             .y_type = DLT_H5_I32,
                             .y = y};
    dlt_h5_lock *h5_lock = NULL;
    DLT_TRY(dlt_h5_lock_create(&h5_lock));
    dlt_status status = shard_file_write(h5_lock, path, &file);
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}

/* Rank 0 makes the files for all. Collective. */
static inline dlt_status small_run_write_files(const dlt_comm *comm, scratch *files) {
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(comm) == 0) {
        char text[1024];
        if (scratch_make(files) != 0)
            return dlt_agree_first(comm, dlt_fail(DLT_ERR_IO, "no scratch directory"));
        snprintf(text, sizeof text, small_run_file, files->directory);
        scratch_write(scratch_path(files, "run.yaml"), text, strlen(text));
        status = small_run_write_data(scratch_path(files, "data.h5"));
    }
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, files, (int64_t)sizeof *files);
}

/* Data, model and loss. Collective; `it` is zero but for `check`. */
static inline dlt_status small_run_open(small_run *it, scratch *files, const char *const *overrides,
                                        int count) {
    dlt_trainer *trainer = &it->trainer;
    DLT_TRY(dlt_run_load(scratch_path(files, "run.yaml"), overrides, count, &it->run));
    trainer->run = it->run;
    trainer->options = &it->options;
    trainer->saved_step = -1;
    trainer->stop_reason = DLT_STOP_FINISHED;
    const dlt_task_options options = {.run = it->run, .training = true};
    DLT_TRY(dlt_engine_arrange(it->check->comm, it->run, &trainer->engine));
    trainer->comm = trainer->engine.comm;
    return dlt_engine_open(&trainer->engine, &options);
}

/* The loader from the state's place in the epochs on. Collective. */
static inline dlt_status small_run_load_from_here(dlt_trainer *trainer) {
    return dlt_engine_load(&trainer->engine);
}

/* The rest, up to the first update. Collective. */
static inline dlt_status small_run_start(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    DLT_TRY(dlt_engine_start(&trainer->engine, &(dlt_engine_options){.steps = 0}));
    return small_run_load_from_here(trainer);
}

/* Collective. */
static inline void small_run_finish(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    dlt_writer_destroy(&trainer->writer);
    dlt_record_destroy(&trainer->record);
    dlt_evaluation_destroy(&trainer->validation);
    dlt_engine_destroy(&trainer->engine);
    dlt_folder_destroy(&trainer->folder);
    dlt_run_destroy(&it->run);
    *it = (small_run){.check = it->check};
}

/* So many updates. Collective. */
static inline void small_run_steps(small_run *it, int64_t count) {
    const dlt_step_requests nothing = {.failure = DLT_OK};
    dlt_trainer *trainer = &it->trainer;
    int64_t per_epoch = dlt_batch_partition_steps(&trainer->engine.stepper.partition);
    for (int64_t i = 0; i < count; i++) {
        dlt_step_result result = {.finite = false};
        if (trainer->engine.state.epoch_step == per_epoch) {
            trainer->engine.state.epoch++;
            trainer->engine.state.epoch_step = 0;
        }
        CHECK(it->check, dlt_step(&trainer->engine.stepper, &nothing, &result) == DLT_OK);
        CHECK(it->check, result.finite);
    }
}

/* The hash of the whole state, which rank 0 has; 0 elsewhere. Collective. */
static inline uint64_t small_run_hash(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    CHECK(it->check,
          dlt_state_assemble(trainer->engine.strategy, &trainer->engine.state) == DLT_OK);
    return it->check->rank == 0 ? dlt_state_hash(&trainer->engine.task, &trainer->engine.state) : 0;
}

/* A test program: the files, `body`, and the end. */
static inline int small_run_main(int argc, char **argv,
                                 void (*body)(mpi_check *check, scratch *files)) {
    mpi_check check;
    scratch files = {.next = 0};
    if (mpi_check_start(&check, &argc, &argv) != 0)
        return 1;
    dlt_status status = small_run_write_files(check.comm, &files);
    CHECK(&check, status == DLT_OK);
    if (status == DLT_OK)
        body(&check, &files);
    CHECK(&check, dlt_barrier(check.comm) == DLT_OK);
    if (check.rank == 0)
        scratch_remove(&files);
    return mpi_check_finish(&check);
}

#endif
