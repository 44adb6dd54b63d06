/* Loss and metrics of a part of the data against a plain loop over its samples; each sample once,
 * whatever the number of ranks; and failures of one rank are failures of all. */
#include "support/small_run.h"

/* Samples one by one, so that the model can be asked for each by itself. */
static const char *const overrides[] = {"train.micro_batch=1", "data.validation=0.2"};

typedef struct seen {
    int64_t count;
    int64_t positions; /* their sum */
    int64_t fails_at;  /* the sink fails at this one of its calls; 0: never */
} seen;

static dlt_status note_output(void *context, const dlt_micro_batch *batch) {
    seen *it = context;
    it->count += batch->id.count;
    it->positions += batch->id.position;
    if (it->count == it->fails_at)
        return dlt_fail(DLT_ERR_IO, "the sink is full");
    return DLT_OK;
}

/* Mean loss and accuracy of the part, computed on this rank alone. */
static void expect(const dlt_trainer *trainer, double *loss, double *accuracy) {
    const dlt_task *task = &trainer->engine.task;
    const dlt_subset *subset = &task->validation.subset;
    dlt_order order = dlt_subset_order(subset, 0);
    *loss = 0;
    *accuracy = 0;
    for (int64_t i = 0; i < subset->count; i++) {
        int64_t sample = dlt_order_sample(&order, i);
        int32_t label = small_label(sample);
        dlt_real x[SMALL_FEATURES];
        for (int64_t k = 0; k < SMALL_FEATURES; k++)
            x[k] = (dlt_real)small_pixel(sample, k);
        const dlt_model_call call = {.n = 1, .inputs = {x}};
        dlt_model_forward(task->model, &call, NULL);
        const dlt_real *logits = dlt_model_output_at(task->model, 0, 0);
        double sum = 0;
        bool best = true;
        for (int c = 0; c < SMALL_CLASSES; c++) {
            sum += exp((double)logits[c]);
            best = best && logits[c] <= logits[label];
        }
        *loss += (log(sum) - (double)logits[label]) / (double)subset->count;
        *accuracy += best / (double)subset->count;
    }
}

static void check_values(small_run *it) {
    const dlt_trainer *trainer = &it->trainer;
    seen mine = {0};
    const dlt_evaluation_options options = {.task = &trainer->engine.task,
                                            .split = &trainer->engine.task.validation,
                                            .sink = note_output,
                                            .sink_context = &mine};
    dlt_evaluation found;
    double loss = 0;
    double accuracy = 0;
    double value = 0;
    bool higher = false;
    CHECK(it->check, dlt_evaluate_split(&options, &found) == DLT_OK);
    expect(trainer, &loss, &accuracy);
    CHECK(it->check, found.samples == 18 && fabs(found.loss - loss) < 1e-5);
    CHECK(it->check, dlt_evaluation_find(&found, "accuracy", &value, &higher) && higher);
    CHECK(it->check, fabs(value - accuracy) < 1e-9);
    CHECK(it->check, dlt_evaluation_find(&found, "loss", &value, &higher) && !higher);
    CHECK(it->check, value == found.loss);
    CHECK(it->check, !dlt_evaluation_find(&found, "top_k", &value, &higher));
    int64_t sums[2] = {mine.count, mine.positions};
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    CHECK(it->check, sums[0] == 18 && sums[1] == 17 * 18 / 2);
    dlt_evaluation_destroy(&found);
}

/* The last rank's sink, or its wish to stop, ends the evaluation on all. */
static void check_failures(small_run *it) {
    static const volatile sig_atomic_t signal = SIGTERM;
    bool last = it->check->rank == it->check->size - 1;
    seen mine = {.fails_at = last ? 2 : 0};
    dlt_evaluation_options options = {.task = &it->trainer.engine.task,
                                      .split = &it->trainer.engine.task.validation,
                                      .sink = note_output,
                                      .sink_context = &mine};
    dlt_evaluation found;
    CHECK(it->check, dlt_evaluate_split(&options, &found) == DLT_ERR_IO);
    CHECK(it->check, strstr(dlt_error_message(), "the sink is full") != NULL);
    dlt_evaluation_destroy(&found);
    options.sink = NULL;
    options.stop = last ? &signal : NULL;
    CHECK(it->check, dlt_evaluate_split(&options, &found) == DLT_ERR_IO);
    CHECK(it->check, strstr(dlt_error_message(), "stopped by a signal") != NULL);
    dlt_evaluation_destroy(&found);
}

static void check_all(mpi_check *check, scratch *files) {
    small_run it = {.check = check};
    dlt_status status = small_run_open(&it, files, overrides, 2);
    if (status == DLT_OK)
        status = small_run_start(&it);
    CHECK(check, status == DLT_OK);
    if (dlt_agree(check->comm, status) == DLT_OK) {
        small_run_steps(&it, 2);
        uint64_t before = small_run_hash(&it);
        check_values(&it);
        check_failures(&it);
        CHECK(check, small_run_hash(&it) == before);
    }
    small_run_finish(&it);
}

int main(int argc, char **argv) {
    return small_run_main(argc, argv, check_all);
}
