/* The state of a run as a snapshot: what is in it, that a run which takes it goes on with the same
 * bits, and what is refused. */
#include "checkpoint/checkpoint.h"
#include "support/small_run.h"

static bool has_tensor(const dlt_snapshot *snapshot, const char *name) {
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        if (strcmp(snapshot->tensors[i].name, name) == 0)
            return true;
    return false;
}

static void check_contents(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    dlt_snapshot *all = NULL;
    int64_t step = -1;
    CHECK(it->check,
          dlt_state_snapshot(&trainer->engine.task, NULL, &trainer->engine.state, &all) == DLT_OK);
    CHECK(it->check, has_tensor(all, "/params/conv2d_1/weight"));
    CHECK(it->check, has_tensor(all, "/buffers/batch_norm_1/running_mean"));
    CHECK(it->check, has_tensor(all, "/optim/mean/dense_1/weight"));
    CHECK(it->check, has_tensor(all, "/optim/average/dense_1/bias"));
    CHECK(it->check, dlt_snapshot_get_int(all, "step", &step) == DLT_OK && step == 3);
    CHECK(it->check, dlt_snapshot_get_int(all, "nothing", &step) == DLT_ERR_FORMAT);
    dlt_snapshot_destroy(&all);
}

/* Rank 0 saves for all. */
static void save(small_run *it, const char *path) {
    dlt_trainer *trainer = &it->trainer;
    dlt_snapshot *all = NULL;
    dlt_status status = dlt_state_assemble(trainer->engine.strategy, &trainer->engine.state);
    if (status == DLT_OK && it->check->rank == 0) {
        status = dlt_state_snapshot(&trainer->engine.task, NULL, &trainer->engine.state, &all);
        if (status == DLT_OK)
            status = dlt_checkpoint_save(trainer->engine.task.h5_lock, path, all);
    }
    dlt_snapshot_destroy(&all);
    CHECK(it->check, dlt_agree_first(it->check->comm, status) == DLT_OK);
}

static dlt_status load(small_run *it, const char *path) {
    dlt_trainer *trainer = &it->trainer;
    dlt_snapshot *kept = NULL;
    dlt_status status = dlt_state_snapshot(&trainer->engine.task, trainer->engine.strategy,
                                           &trainer->engine.state, &kept);
    if (status == DLT_OK)
        status = dlt_checkpoint_load(trainer->engine.task.h5_lock, path, kept);
    if (status == DLT_OK)
        status = dlt_state_adopt(trainer->engine.strategy, kept, &trainer->engine.state);
    dlt_snapshot_destroy(&kept);
    return status;
}

static bool start(small_run *it, scratch *files, const char *const *overrides, int count) {
    dlt_status status = small_run_open(it, files, overrides, count);
    if (status == DLT_OK)
        status = small_run_start(it);
    CHECK(it->check, status == DLT_OK);
    return dlt_agree(it->check->comm, status) == DLT_OK;
}

/* Three updates, saved, and four more, over the end of an epoch: with and without the file. */
static uint64_t check_goes_on(mpi_check *check, scratch *files, const char *strategy,
                              const char *path) {
    small_run it = {.check = check};
    uint64_t hash = 0;
    if (start(&it, files, &strategy, 1)) {
        small_run_steps(&it, 3);
        check_contents(&it);
        save(&it, path);
        small_run_steps(&it, 4);
        hash = small_run_hash(&it);
    }
    small_run_finish(&it);
    if (start(&it, files, &strategy, 1)) {
        CHECK(check, load(&it, path) == DLT_OK);
        CHECK(check, it.trainer.engine.state.step == 3 && it.trainer.engine.state.samples == 60);
        CHECK(check, small_run_load_from_here(&it.trainer) == DLT_OK);
        small_run_steps(&it, 4);
        CHECK(check, small_run_hash(&it) == hash);
    }
    small_run_finish(&it);
    return hash;
}

static void check_refused(mpi_check *check, scratch *files, const char *override_text,
                          const char *path) {
    small_run it = {.check = check};
    if (start(&it, files, &override_text, 1))
        CHECK(check, load(&it, path) == DLT_ERR_MISMATCH);
    small_run_finish(&it);
}

static void check_all(mpi_check *check, scratch *files) {
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(files, "state.h5"));
    uint64_t sharded = check_goes_on(check, files, "comm.strategy=sharded", path);
    uint64_t replicated = check_goes_on(check, files, "comm.strategy=replicated", path);
    CHECK(check, sharded == replicated);
    check_refused(check, files, "train.batch=30", path);
    check_refused(check, files, "train.micro_batch=4", path);
    check_refused(check, files, "seed=9", path);
    check_refused(check, files, "optimizer=sgd", path);
    check_refused(check, files, "model.0.conv2d.filters=5", path);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
