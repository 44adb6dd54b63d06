/* What a run computes, before it computes anything: parts of the data, batches, shapes and loss,
 * equal on all ranks; and a refusal of all ranks where one of them cannot go on. */
#include "support/small_run.h"

static void check_defaults(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    const dlt_task *task = &it.trainer.engine.task;
    CHECK(check, small_run_open(&it, files, NULL, 0) == DLT_OK);
    CHECK(check, task->batch == 20 && task->micro_batch == 3);
    CHECK(check, task->objective_count == 1 && task->objectives[0].rows.count == 1);
    CHECK(check, task->objectives[0].rows.d == SMALL_CLASSES);
    CHECK(check, task->input.rank == 3 && dlt_shape_count(&task->input) == SMALL_FEATURES);
    CHECK(check, task->train.data != NULL && task->train.subset.count == SMALL_SAMPLES);
    CHECK(check, task->validation.data == NULL && task->test.data == NULL);
    CHECK(check, strcmp(task->metrics[0].ops->entry.name, "accuracy") == 0);
    small_run_finish(&it);
}

static void check_parts(mpi_check *check, scratch *files) {
    static const char *const overrides[] = {"data.validation=0.2", "train.batch=all",
                                            "train.micro_batch=per_rank"};
    small_run it = {.check = check};
    const dlt_task *task = &it.trainer.engine.task;
    CHECK(check, small_run_open(&it, files, overrides, 3) == DLT_OK);
    CHECK(check, task->train.subset.count == 72 && task->validation.subset.count == 18);
    CHECK(check, task->validation.data == task->train_data);
    CHECK(check, task->batch == 72);
    CHECK(check, task->micro_batch == (72 + check->size - 1) / check->size);
    dlt_batch_partition training = dlt_task_training_partition(task);
    dlt_batch_partition evaluation = dlt_task_evaluation_partition(task, &task->validation);
    CHECK(check, training.rank == check->rank && training.size == check->size);
    CHECK(check, training.samples == 72 && dlt_batch_partition_steps(&training) == 1);
    CHECK(check, evaluation.samples == 18 && dlt_batch_partition_steps(&evaluation) == 1);
    small_run_finish(&it);
}

/* Parameters of zero give equal logits: ln 3 each, and the gradient is the softmax less one at the
 * label. */
static void check_loss(mpi_check *check, scratch *files) {
    enum { N = 3 };
    small_run it = {.check = check};
    dlt_real x[N * SMALL_FEATURES] = {0};
    int32_t labels[N] = {0, 2, 1};
    dlt_micro_batch batch = {.id = {.count = N}, .fields = {x, labels}};
    double block[DLT_TRAINING_SUMS_MAX] = {0};
    const dlt_real *const origins[DLT_LOSSES_MAX] = {NULL};
    CHECK(check, small_run_open(&it, files, NULL, 0) == DLT_OK);
    dlt_task *task = &it.trainer.engine.task;
    memset(dlt_model_params(task->model), 0,
           (size_t)dlt_model_param_elements(task->model) * sizeof(dlt_real));
    const dlt_model_call call = dlt_task_model_call(task, &batch);
    dlt_model_forward(task->model, &call, NULL);
    const dlt_objectives_call losses = {
        .batch = &batch, .origins = origins, .metrics = 1, .training = true, .block = block};
    dlt_objectives_compute(task, &losses);
    const dlt_real *gradient = dlt_model_output_gradient(task->model, 0, 0);
    CHECK(check, fabs(block[DLT_SUM_LOSS] - N * log(3)) < 1e-6 && block[DLT_SUM_WEIGHT] == N);
    CHECK(check, fabs((double)gradient[0] + 2.0 / 3) < 1e-6);
    CHECK(check, fabs((double)gradient[3] - 1.0 / 3) < 1e-6);
    CHECK(check, fabs(dlt_objectives_total(task, block) - log(3)) < 1e-6);
    small_run_finish(&it);
}

static void check_refused(mpi_check *check, scratch *files, const char *override_text,
                          dlt_status expected, const char *words) {
    small_run it = {.check = check};
    CHECK(check, small_run_open(&it, files, &override_text, 1) == expected);
    CHECK(check, strstr(dlt_error_message(), words) != NULL);
    small_run_finish(&it);
}

/* The last rank has another run file, in which the data is missing. */
static void check_one_rank_fails(mpi_check *check, scratch *files) {
    static const char *const missing[] = {"data.train=nowhere"};
    small_run it = {.check = check};
    bool last = check->rank == check->size - 1;
    CHECK(check, small_run_open(&it, files, missing, last ? 1 : 0) == DLT_ERR_IO);
    CHECK(check, strstr(dlt_error_message(), "nowhere") != NULL);
    small_run_finish(&it);
}

static void check_all(mpi_check *check, scratch *files) {
    check_defaults(check, files);
    check_parts(check, files);
    check_loss(check, files);
    check_refused(check, files, "train.batch=91", DLT_ERR_CONFIG, "only 90 training samples");
    check_refused(check, files, "loss=mse", DLT_ERR_SHAPE, "has output [3]");
    check_refused(check, files, "model.5.dense.units=2", DLT_ERR_FORMAT, "label");
    check_one_rank_fails(check, files);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
