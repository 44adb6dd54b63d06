/* One epoch of a run: what it leaves in the state, when it validates, and how it ends before its
 * last update. */
#include "support/small_run.h"

static bool start(small_run *it, scratch *files, const char *const *overrides, int count) {
    dlt_status status = small_run_open(it, files, overrides, count);
    if (status == DLT_OK)
        status = small_run_start(it);
    CHECK(it->check, status == DLT_OK);
    return dlt_agree(it->check->comm, status) == DLT_OK;
}

/* Validation data after every second epoch; the state stands at the beginning of the next one. */
static void check_two_epochs(mpi_check *check, scratch *files) {
    static const char *const overrides[] = {"data.validation=0.2", "train.validate_every=2"};
    small_run it = {.check = check};
    dlt_trainer *trainer = &it.trainer;
    if (start(&it, files, overrides, 2)) {
        CHECK(check, dlt_trainer_epoch(trainer) == DLT_OK);
        CHECK(check, trainer->engine.state.epoch == 1 && trainer->engine.state.epoch_step == 0);
        CHECK(check, trainer->engine.state.step == 4 && trainer->engine.state.samples == 72);
        CHECK(check, trainer->engine.state.epoch_sums[DLT_SUM_WEIGHT] == 0);
        CHECK(check, trainer->engine.state.coverage.count == 0);
        CHECK(check, !trainer->has_validation && !trainer->stopping);
        double first = trainer->train_loss;
        CHECK(check, isfinite(first) && first > 0);
        CHECK(check, dlt_trainer_epoch(trainer) == DLT_OK);
        CHECK(check, trainer->engine.state.epoch == 2 && trainer->engine.state.step == 8);
        CHECK(check, trainer->has_validation && trainer->validation.samples == 18);
        CHECK(check, trainer->train_loss != first);
    }
    small_run_finish(&it);
}

/* The loss of an epoch is the mean over its samples; the last update is short. */
static void check_loss(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    double sum = 0;
    if (start(&it, files, NULL, 0)) {
        const dlt_step_requests nothing = {.failure = DLT_OK};
        for (int step = 0; step < 5; step++) {
            dlt_step_result result = {.finite = false};
            CHECK(check, dlt_step(&it.trainer.engine.stepper, &nothing, &result) == DLT_OK);
            sum += result.loss * (double)result.samples;
        }
    }
    small_run_finish(&it);
    if (start(&it, files, NULL, 0)) {
        CHECK(check, dlt_trainer_epoch(&it.trainer) == DLT_OK);
        CHECK(check, fabs(it.trainer.train_loss - sum / SMALL_SAMPLES) < 1e-9);
    }
    small_run_finish(&it);
}

/* A signal that the last rank alone has got stops all ranks after the same update. */
static void check_stop(mpi_check *check, scratch *files) {
    static const volatile sig_atomic_t signal = SIGTERM;
    small_run it = {.check = check};
    if (start(&it, files, NULL, 0)) {
        it.options.stop = check->rank == check->size - 1 ? &signal : NULL;
        CHECK(check, dlt_trainer_epoch(&it.trainer) == DLT_OK);
        CHECK(check, it.trainer.stopping && it.trainer.stop_reason == DLT_STOP_SIGNAL);
        CHECK(check, it.trainer.engine.state.step == 1 && it.trainer.engine.state.epoch == 0);
    }
    small_run_finish(&it);
}

static void check_not_finite(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    if (start(&it, files, NULL, 0)) {
        small_run_steps(&it, 2);
        dlt_model_params(it.trainer.engine.task.model)[0] = (dlt_real)NAN;
        CHECK(check, dlt_trainer_epoch(&it.trainer) == DLT_OK);
        CHECK(check, it.trainer.stop_reason == DLT_STOP_NONFINITE && it.trainer.stopping);
        CHECK(check, it.trainer.engine.state.step == 2);
    }
    small_run_finish(&it);
}

/* A sample that was lost before is noticed at the end of the epoch. */
static void check_coverage(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    if (start(&it, files, NULL, 0)) {
        it.trainer.engine.full_epoch.count++;
        CHECK(check, dlt_trainer_epoch(&it.trainer) == DLT_ERR_INTERNAL);
        CHECK(check, strstr(dlt_error_message(), "epoch 1 computed 90 samples") != NULL);
    }
    small_run_finish(&it);
}

static void check_all(mpi_check *check, scratch *files) {
    check_two_epochs(check, files);
    check_loss(check, files);
    check_stop(check, files);
    check_not_finite(check, files);
    check_coverage(check, files);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
