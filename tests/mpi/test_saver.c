/* Checkpoints of a run: one per step at most, none of parameters that are not finite; a resumed run
 * and one that goes back to its best stand where they stood. */
#include "checkpoint/retention.h"
#include "io/atomic_file.h"
#include "support/small_run.h"

/* A run with its folder, in which rank 0 writes. */
static bool start(small_run *it, scratch *files) {
    dlt_trainer *trainer = &it->trainer;
    dlt_status status = small_run_open(it, files, NULL, 0);
    if (status == DLT_OK)
        status = small_run_start(it);
    if (status == DLT_OK)
        status = dlt_folder_name(scratch_path(files, "run"), &trainer->folder);
    if (status == DLT_OK && it->check->rank == 0) {
        const dlt_writer_options options = {.h5_lock = trainer->engine.task.h5_lock,
                                            .folder = trainer->folder.checkpoints,
                                            .keep = 2};
        status = dlt_directory_make(trainer->folder.root);
        if (status == DLT_OK)
            status = dlt_checkpoint_folder_prepare(trainer->folder.checkpoints);
        if (status == DLT_OK)
            status = dlt_writer_create(&options, &trainer->writer);
    }
    CHECK(it->check, status == DLT_OK);
    return dlt_agree(it->check->comm, status) == DLT_OK;
}

/* What rank 0 sees; true elsewhere. */
static bool has_checkpoint(const small_run *it, int64_t step) {
    const char *folder = it->trainer.folder.checkpoints;
    char *path =
        step >= 0 ? dlt_checkpoint_step_path(folder, step) : dlt_checkpoint_best_path(folder);
    bool is_there = path != NULL && dlt_path_exists(path);
    dlt_free(path);
    return it->check->rank != 0 || is_there;
}

static int64_t written(const small_run *it) {
    return dlt_writer_figures_of(it->trainer.writer).count;
}

/* Leaves checkpoints of updates 2, which is the best, and 4. */
static void check_saved(small_run *it, uint64_t hash[2]) {
    dlt_trainer *trainer = &it->trainer;
    int64_t unit = it->check->rank == 0;
    small_run_steps(it, 2);
    hash[0] = small_run_hash(it);
    trainer->engine.state.best_step = 2;
    trainer->engine.state.best_value = 0.5;
    CHECK(it->check, dlt_trainer_save(trainer, true, true) == DLT_OK);
    CHECK(it->check, trainer->saved_step == 2 && written(it) == unit);
    CHECK(it->check, has_checkpoint(it, 2) && has_checkpoint(it, -1));
    CHECK(it->check, dlt_trainer_save(trainer, true, false) == DLT_OK);
    CHECK(it->check, written(it) == unit); /* the step has a checkpoint */
    CHECK(it->check, dlt_trainer_save(trainer, false, false) == DLT_OK);
    CHECK(it->check, written(it) == unit); /* nothing was asked for */
    small_run_steps(it, 2);
    CHECK(it->check, dlt_trainer_save(trainer, true, false) == DLT_OK);
    CHECK(it->check, dlt_trainer_finish_saving(trainer) == DLT_OK);
    CHECK(it->check, has_checkpoint(it, 4) && written(it) == 2 * unit);
    hash[1] = small_run_hash(it);
}

static void check_not_finite(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    int64_t before = written(it);
    small_run_steps(it, 1);
    dlt_model_params(trainer->engine.task.model)[0] = (dlt_real)INFINITY;
    CHECK(it->check, dlt_trainer_save(trainer, true, true) == DLT_OK);
    CHECK(it->check, trainer->stopping && trainer->stop_reason == DLT_STOP_NONFINITE);
    CHECK(it->check, written(it) == before && trainer->saved_step == 4);
}

/* The newest one first, and then back to the best. */
static void check_resumed(small_run *it, const uint64_t hash[2]) {
    dlt_trainer *trainer = &it->trainer;
    CHECK(it->check, dlt_trainer_resume(trainer) == DLT_OK);
    CHECK(it->check, trainer->engine.state.step == 4 && trainer->saved_step == 4);
    CHECK(it->check,
          trainer->engine.state.best_step == 2 && trainer->engine.state.best_value == 0.5);
    CHECK(it->check, small_run_hash(it) == hash[1]);
    CHECK(it->check, dlt_trainer_restore_best(trainer) == DLT_OK);
    CHECK(it->check, trainer->engine.state.step == 2 && small_run_hash(it) == hash[0]);
}

/* best.h5 of another update is not taken for this run's. */
static void check_foreign_best(small_run *it) {
    dlt_trainer *trainer = &it->trainer;
    CHECK(it->check, small_run_load_from_here(trainer) == DLT_OK);
    small_run_steps(it, 1);
    uint64_t before = small_run_hash(it);
    trainer->engine.state.best_step = 1;
    CHECK(it->check, dlt_trainer_restore_best(trainer) == DLT_OK);
    CHECK(it->check, small_run_hash(it) == before);
}

static void check_all(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    uint64_t hash[2] = {0};
    if (start(&it, files)) {
        check_saved(&it, hash);
        check_not_finite(&it);
    }
    small_run_finish(&it);
    CHECK(check, dlt_barrier(check->comm) == DLT_OK);
    if (start(&it, files)) {
        check_resumed(&it, hash);
        check_foreign_best(&it);
    }
    small_run_finish(&it);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
