/* What a run computes, before it computes anything: parts of the data, batches, shapes and loss,
 * equal on all ranks; and a refusal of all ranks where one of them cannot go on. */
#include "support/small_run.h"

static void check_defaults(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    const dlt_task *task = &it.trainer.engine.task;
    CHECK(check, small_run_open(&it, files, NULL, 0) == DLT_OK);
    CHECK(check, task->batch == 20 && task->micro_batch == 3);
    CHECK(check, task->output_count == SMALL_CLASSES && !task->binary);
    CHECK(check, task->input.rank == 3 && dlt_shape_count(&task->input) == SMALL_FEATURES);
    CHECK(check, task->train.data != NULL && task->train.subset.count == SMALL_SAMPLES);
    CHECK(check, task->validation.data == NULL && task->test.data == NULL);
    CHECK(check, strcmp(dlt_task_metric(task, 0)->entry.name, "accuracy") == 0);
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

/* Of equal logits: ln 3 each, and the gradient is the softmax less one at the label. */
static void check_loss(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    const dlt_real logits[2 * SMALL_CLASSES] = {0};
    const int32_t labels[2] = {0, 2};
    const dlt_target target = {.labels = labels};
    dlt_real gradient[2 * SMALL_CLASSES];
    CHECK(check, small_run_open(&it, files, NULL, 0) == DLT_OK);
    dlt_loss_sum sum = dlt_task_loss(&it.trainer.engine.task, 2, logits, &target, gradient);
    CHECK(check, fabs(sum.loss - 2 * log(3)) < 1e-6 && sum.weight == 2);
    CHECK(check, fabs((double)gradient[0] + 2.0 / 3) < 1e-6);
    CHECK(check, fabs((double)gradient[3] - 1.0 / 3) < 1e-6);
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
