/* Usage: test_diverged FOLDER
 * A rank whose weights change behind the run's back: the error is told with the fact that training
 * had begun, for another attempt may succeed; a resume that is refused had not. */
#include "base/error.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"
#include "support/mpi_check.h"
#include "support/shard_file.h"
#include "train/observer.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLES = 40, PATH_BYTES = 1024 };

typedef struct meddler {
    bool meddles;
    dlt_model *model; /* of the run; borrowed */
} meddler;

static dlt_status note_model(void *context, const dlt_task *task, dlt_train_state *state) {
    meddler *self = context;
    (void)state;
    self->model = task->model;
    return DLT_OK;
}

static void meddle(void *context, const dlt_step_result *step) {
    const meddler *self = context;
    (void)step;
    if (self->meddles)
        dlt_model_params(self->model)[0] += 1;
}

static dlt_status prepare(const char *folder) {
    char path[PATH_BYTES];
    char text[2 * PATH_BYTES];
    float values[SAMPLES];
    dlt_h5_lock *h5_lock = NULL;
    for (int i = 0; i < SAMPLES; i++)
        values[i] = (float)i / SAMPLES;
    const shard_file set = {.samples = SAMPLES,
                            .x_shape = {1, {1}},
                            .x_type = DLT_H5_F32,
                            .x = values,
                            .y_type = DLT_H5_F32,
                            .y = values};
    DLT_TRY(dlt_directory_make(folder));
    snprintf(path, sizeof path, "%s/set.h5", folder);
    DLT_TRY(dlt_h5_lock_create(&h5_lock));
    dlt_status status = shard_file_write(h5_lock, path, &set);
    dlt_h5_lock_destroy(&h5_lock);
    int length = snprintf(text, sizeof text,
                          "{name: d, data: {train: %s/set.h5}, model: [{dense: 1}], loss: mse, "
                          "train: {batch: 8, epochs: 4, check_every: 1}}\n",
                          folder);
    snprintf(path, sizeof path, "%s/run.yaml", folder);
    return status != DLT_OK ? status : dlt_file_write(path, text, (size_t)length);
}

/* Resumes; the run file with an override. */
static dlt_status resume(mpi_check *it, const char *folder, const char *change,
                         const dlt_observer *observer, dlt_train_result *result) {
    char path[PATH_BYTES];
    char out[PATH_BYTES];
    dlt_run *run = NULL;
    snprintf(path, sizeof path, "%s/run.yaml", folder);
    snprintf(out, sizeof out, "%s/run", folder);
    CHECK(it, dlt_run_load(path, &change, change != NULL, &run) == DLT_OK);
    const dlt_train_options options = {.out = out, .resume = true};
    dlt_status status = dlt_train_observed(it->comm, run, &options, observer, result);
    dlt_run_destroy(&run);
    return status;
}

static void begin(mpi_check *it, const char *folder) {
    char path[PATH_BYTES];
    char out[PATH_BYTES];
    dlt_run *run = NULL;
    dlt_train_result result;
    meddler nobody = {.meddles = false};
    const dlt_observer until = {
        .context = &nobody, .last_step = 7, .begin = note_model, .after_update = meddle};
    snprintf(path, sizeof path, "%s/run.yaml", folder);
    snprintf(out, sizeof out, "%s/run", folder);
    CHECK(it, dlt_run_load(path, NULL, 0, &run) == DLT_OK);
    const dlt_train_options options = {.out = out, .overwrite = true};
    CHECK(it, dlt_train_observed(it->comm, run, &options, &until, &result) == DLT_OK);
    CHECK(it, result.has_begun);
    dlt_run_destroy(&run);
}

int main(int argc, char **argv) {
    mpi_check it;
    if (argc < 2 || mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    meddler self = {.meddles = it.rank == 1};
    const dlt_observer observer = {.context = &self, .begin = note_model, .after_update = meddle};
    dlt_train_result result;
    CHECK(&it, dlt_agree(it.comm, it.rank == 0 ? prepare(argv[1]) : DLT_OK) == DLT_OK);
    begin(&it, argv[1]);
    CHECK(&it, resume(&it, argv[1], "train.batch=10", NULL, &result) == DLT_ERR_MISMATCH);
    CHECK(&it, !result.has_begun);
    CHECK(&it, resume(&it, argv[1], NULL, &observer, &result) == DLT_ERR_MISMATCH);
    CHECK(&it, strstr(dlt_error_message(), "differs from rank 0's") != NULL);
    CHECK(&it, result.has_begun);
    return mpi_check_finish(&it);
}
