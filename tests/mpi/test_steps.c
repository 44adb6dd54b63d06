/* Updates of a run, step by step, under every strategy: after the first of each kind no rank
 * allocates anything, in the step, in the prefetch thread or in the reduction; and the EMA of the
 * weights is what its formula says. */
#include "comm/collectives.h"
#include "engine/ema.h"
#include "engine/metric_sums.h"
#include "engine/state.h"
#include "engine/step.h"
#include "run/run.h"
#include "support/mpi_check.h"
#include "support/scratch.h"
#include "support/shard_file.h"

#include <math.h>

enum { SAMPLES = 90, SIDE = 6, CLASSES = 3, EPOCHS = 5 };

static const char RUN_FILE[] =
    "name: steps\n"
    "data: {train: %s/data.h5, transform: [horizontal_flip]}\n"
    "model:\n"
    "  - conv2d: {filters: 4, kernel: 3}\n"
    "  - batch_norm\n"
    "  - relu\n"
    "  - flatten\n"
    "  - dropout: 0.2\n"
    "  - dense: 3\n"
    "loss: cross_entropy\n"
    "optimizer: adam\n"
    "train: {epochs: 5, batch: 20, micro_batch: 3, clip_norm: 1, ema: 0.75}\n";

typedef struct session {
    mpi_check *check;
    dlt_run *run;
    dlt_task task;
    dlt_train_state state;
    dlt_strategy *strategy;
    dlt_loader *loader;
    dlt_stepper stepper;
    dlt_real *ema; /* as it must be */
} session;

static dlt_status write_data(const char *path) {
    static float x[SAMPLES * SIDE * SIDE];
    static int32_t y[SAMPLES];
    for (int i = 0; i < SAMPLES * SIDE * SIDE; i++)
        x[i] = (float)(i * 31 % 97) / 97;
    for (int i = 0; i < SAMPLES; i++)
        y[i] = i % CLASSES;
    const shard_file file = {.samples = SAMPLES,
                             .x_shape = {3, {SIDE, SIDE, 1}},
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

/* Rank 0 makes the files for all. */
static dlt_status write_files(const dlt_comm *comm, scratch *files) {
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(comm) == 0) {
        char text[1024];
        if (scratch_make(files) != 0)
            return dlt_agree_first(comm, dlt_fail(DLT_ERR_IO, "no scratch directory"));
        snprintf(text, sizeof text, RUN_FILE, files->directory);
        scratch_write(scratch_path(files, "run.yaml"), text, strlen(text));
        status = write_data(scratch_path(files, "data.h5"));
    }
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, files, (int64_t)sizeof *files);
}

static dlt_status start(session *it, scratch *files, const char *strategy_name) {
    const dlt_comm *comm = it->check->comm;
    char override[64];
    const char *const overrides[] = {override};
    snprintf(override, sizeof override, "comm.strategy=%s", strategy_name);
    DLT_TRY(dlt_run_load(scratch_path(files, "run.yaml"), overrides, 1, &it->run));
    dlt_task_options options = {.run = it->run, .comm = comm, .training = true};
    DLT_TRY(dlt_task_create(&options, &it->task));
    it->stepper = (dlt_stepper){.task = &it->task,
                                .state = &it->state,
                                .partition = dlt_task_training_partition(&it->task),
                                .train_metrics = dlt_sums_training_metrics(&it->task)};
    it->stepper.total_steps = EPOCHS * dlt_batch_partition_steps(&it->stepper.partition);
    const dlt_strategy_options strategy = {.task = &it->task,
                                           .partition = &it->stepper.partition,
                                           .train_metrics = it->stepper.train_metrics};
    DLT_TRY(dlt_strategy_create(&strategy, &it->strategy));
    dlt_model_init(it->task.model, 1);
    DLT_TRY(dlt_state_create(&it->task, it->strategy, &it->state));
    dlt_loader_options loader =
        dlt_task_loader_options(&it->task, &it->task.train, &it->stepper.partition, true);
    loader.sampler.end_epoch = EPOCHS;
    DLT_TRY(dlt_loader_create(&loader, &it->loader));
    it->stepper.strategy = it->strategy;
    it->stepper.source = dlt_source_of_loader(it->loader);
    return DLT_NEW(it->ema, dlt_model_param_elements(it->task.model));
}

static void finish(session *it) {
    dlt_free(it->ema);
    dlt_loader_destroy(&it->loader);
    dlt_state_destroy(&it->state);
    dlt_strategy_destroy(&it->strategy);
    dlt_task_destroy(&it->task);
    dlt_run_destroy(&it->run);
}

/* a <- w, then a <- a + (1 - 0.75) (w - a); this rank's ranges of it. */
static void check_ema(session *it) {
    const dlt_real *weight = dlt_model_params(it->task.model);
    const dlt_real rest = (dlt_real)0.25;
    int differ = 0;
    for (int i = 0; i < it->strategy->ops->range_count(it->strategy); i++) {
        dlt_range range = dlt_strategy_range(it->strategy, i);
        for (int64_t at = range.first; at < range.first + range.count; at++) {
            dlt_real before = it->ema[at];
            it->ema[at] = it->state.step == 1 ? weight[at] : before + rest * (weight[at] - before);
            differ += fabs((double)(it->ema[at] - it->state.ema[at])) > 1e-6;
        }
    }
    CHECK(it->check, differ == 0);
}

/* Evaluation sees the EMA, and training goes on with the weights. */
static void check_exchange(session *it) {
    uint64_t before = dlt_state_hash(&it->task, &it->state);
    dlt_range mine = dlt_strategy_range(it->strategy, 0);
    dlt_real ema = it->state.ema[mine.first];
    CHECK(it->check, dlt_ema_exchange(it->strategy, &it->state) == DLT_OK);
    dlt_real seen = dlt_model_params(it->task.model)[mine.first];
    CHECK(it->check, mine.count == 0 || memcmp(&seen, &ema, sizeof seen) == 0);
    CHECK(it->check, dlt_ema_exchange(it->strategy, &it->state) == DLT_OK);
    CHECK(it->check, dlt_state_hash(&it->task, &it->state) == before);
}

/* The first epoch has met every kind of batch, the short one too. */
static void check_steps(session *it) {
    const dlt_step_requests nothing = {.failure = DLT_OK};
    int64_t steps = dlt_batch_partition_steps(&it->stepper.partition);
    int64_t made = 0;
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        for (int64_t step = 0; step < steps; step++) {
            dlt_step_result result = {.finite = false};
            CHECK(it->check, dlt_step(&it->stepper, &nothing, &result) == DLT_OK);
            CHECK(it->check, result.finite);
            check_ema(it);
        }
        it->state.epoch++;
        it->state.epoch_step = 0;
        made = epoch == 0 ? dlt_alloc_made() : made;
    }
    CHECK(it->check, it->state.samples == EPOCHS * SAMPLES);
    CHECK(it->check, dlt_alloc_made() == made);
    check_exchange(it);
}

int main(int argc, char **argv) {
    mpi_check check;
    scratch files = {.next = 0};
    if (mpi_check_start(&check, &argc, &argv) != 0)
        return 1;
    dlt_status status = write_files(check.comm, &files);
    CHECK(&check, status == DLT_OK);
    for (int i = 0; status == DLT_OK && dlt_strategies[i] != NULL; i++) {
        session it = {.check = &check};
        status = dlt_agree(check.comm, start(&it, &files, dlt_strategies[i]->name));
        CHECK(&check, status == DLT_OK);
        if (status == DLT_OK)
            check_steps(&it);
        finish(&it);
    }
    CHECK(&check, dlt_barrier(check.comm) == DLT_OK);
    if (check.rank == 0)
        scratch_remove(&files);
    return mpi_check_finish(&check);
}
