/* Predictions of every sample of a data set. The model's output goes to a file beside the one that
 * is asked for; where that is a table, rank 0 makes it of the file in the end. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "comm/collectives.h"
#include "engine/evaluation.h"
#include "io/atomic_file.h"
#include "io/output.h"
#include "io/positioned.h"
#include "tools/inference.h"
#include "tools/prediction_file.h"
#include "tools/prediction_table.h"
#include "train/console.h"

#include <string.h>
#include <strings.h>

typedef struct prediction {
    dlt_applied *applied;
    const dlt_inference_options *options;
    dlt_console console;
    bool is_first; /* this is rank 0 */
    bool is_table;
    char *temporary; /* what the ranks write; owned */
} prediction;

static bool is_table(const char *path) {
    static const char ending[] = ".csv";
    const size_t length = strlen(path);
    return length >= sizeof ending - 1 &&
           strcasecmp(path + length + 1 - sizeof ending, ending) == 0;
}

/* What the ranks write into on the way to path. */
static char *name_temporary(const char *path) {
    dlt_text name = DLT_TEXT_EMPTY;
    dlt_text_add(&name, "%s%s", path, is_table(path) ? ".h5" : "");
    char *temporary = name.failed ? NULL : dlt_temporary_path(dlt_text_of(&name));
    dlt_text_destroy(&name);
    return temporary;
}

static dlt_status predict_samples(prediction *self, const dlt_prediction_places *places,
                                  int64_t *samples) {
    const dlt_task *task = &self->applied->task;
    dlt_prediction_writer writer = {.task = task, .places = *places};
    const dlt_comm *comm = self->applied->comm;
    dlt_status status = dlt_agree(comm, dlt_prediction_writer_open(&writer, self->temporary));
    dlt_progress bar;
    dlt_progress_begin(&bar, "predict", task->test.subset.count, "samples", self->console.out,
                       self->console.is_terminal);
    dlt_evaluation_options evaluation = {.task = task,
                                         .split = &task->test,
                                         .heartbeat =
                                             dlt_watchdog_heartbeat(self->applied->watchdog),
                                         .progress = &bar,
                                         .stop = self->options->stop,
                                         .sink = dlt_prediction_write,
                                         .sink_context = &writer};
    dlt_evaluation result = {0};
    if (status == DLT_OK)
        status = dlt_evaluate_split(&evaluation, &result);
    dlt_progress_end(&bar, NULL);
    dlt_heartbeat_phase(evaluation.heartbeat, DLT_PHASE_SAVING);
    dlt_status closed = dlt_prediction_writer_close(&writer);
    if (status == DLT_OK)
        status = dlt_agree(comm, closed);
    *samples = result.samples;
    dlt_evaluation_destroy(&result);
    return status;
}

static dlt_status give_name(const prediction *self) {
    const dlt_inference_options *options = self->options;
    if (!self->is_table)
        return dlt_file_commit(self->temporary, options->out);
    DLT_TRY(dlt_prediction_table_write(&self->applied->task, self->temporary, options->out,
                                       options->stop));
    dlt_file_remove(self->temporary);
    return DLT_OK;
}

static void report(prediction *self, int64_t samples) {
    const dlt_applied *applied = self->applied;
    const double scale = applied->task.identity.target_scale;
    dlt_console_note(&self->console,
                     "wrote predictions of %lld samples to %s, by the weights of update %lld in %s",
                     (long long)samples, self->options->out, (long long)applied->step,
                     applied->checkpoint);
    if (dlt_dataset_facts_of(applied->task.test.data)->has_records)
        dlt_console_note(&self->console,
                         "note: `sample` is the number of a record in the table, from 0, because "
                         "some records are left out");
    if (scale > 0 && scale != 1 && !self->is_table)
        dlt_console_note(&self->console, DLT_NOTE_OF_UNIT, "they are", scale);
}

/* A line of a table holds one prediction. */
static dlt_status check_table(const prediction *self) {
    const dlt_task *task = &self->applied->task;
    if (!self->is_table || (task->objective_count == 1 && task->objectives[0].rows.count == 1))
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG,
                    "a table has one prediction per sample, but this model has %s; give --out a "
                    "name that ends in .h5",
                    task->objective_count > 1 ? "several losses" : "one for each position");
}

static dlt_status predict_into(prediction *self) {
    const dlt_applied *applied = self->applied;
    DLT_TRY(check_table(self));
    const dlt_prediction_origin origin = {.checkpoint = applied->checkpoint,
                                          .step = applied->step,
                                          .data = self->options->data != NULL
                                                      ? self->options->data
                                                      : applied->run->settings.data.test};
    dlt_prediction_places places = {.at = {{0}}};
    dlt_status status = DLT_OK;
    if (self->is_first)
        status = dlt_prediction_file_make(&applied->task, &origin, self->temporary, &places);
    status = dlt_agree_first(applied->comm, status);
    if (status == DLT_OK)
        status = dlt_broadcast(applied->comm, &places, (int64_t)sizeof places);
    int64_t samples = 0;
    if (status == DLT_OK)
        status = predict_samples(self, &places, &samples);
    if (status == DLT_OK)
        status = dlt_agree_first(applied->comm, self->is_first ? give_name(self) : DLT_OK);
    if (status != DLT_OK && self->is_first)
        dlt_file_remove(self->temporary);
    if (status == DLT_OK)
        report(self, samples);
    return status;
}

/* Neither the output nor what the ranks write on the way to it may be an input. */
static dlt_status check_paths(const prediction *self, const dlt_file_set *inputs) {
    DLT_TRY(dlt_output_check(self->options->out, self->options->overwrite, inputs));
    if (dlt_file_set_has(inputs, self->temporary))
        return dlt_fail(DLT_ERR_ARG,
                        "%s is read by this command, and would be overwritten on the way to %s; "
                        "choose another output",
                        self->temporary, self->options->out);
    return DLT_OK;
}

/* What can be told before the data is read, and perhaps imported. */
static dlt_status check_ahead(const prediction *self) {
    const dlt_inference_options *options = self->options;
    dlt_file_set inputs = {.count = 0};
    dlt_status status = DLT_OK;
    if (options->data != NULL)
        status = dlt_file_set_add(&inputs, options->data);
    if (status == DLT_OK)
        status = check_paths(self, &inputs);
    dlt_file_set_destroy(&inputs);
    return status;
}

static bool holds_predictions(dlt_h5_lock *h5_lock, const char *path) {
    dlt_h5_file *file = NULL;
    if (!dlt_h5_is_hdf5(path))
        return dlt_prediction_table_is_one(path);
    bool is_known = dlt_h5_open(h5_lock, path, &file) == DLT_OK &&
                    dlt_h5_exists(file, dlt_prediction_column_name(DLT_PREDICTION_OUTPUT));
    dlt_h5_close(&file);
    return is_known;
}

/* Only earlier predictions are replaced, and only on demand. */
static dlt_status check_output(const prediction *self) {
    dlt_h5_lock *h5_lock = self->applied->task.h5_lock;
    const char *out = self->options->out;
    DLT_TRY(check_paths(self, dlt_h5_lock_has_read(h5_lock)));
    if (!dlt_path_exists(out) || holds_predictions(h5_lock, out))
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG,
                    "%s is not replaced, because it does not hold predictions; choose another "
                    "output",
                    out);
}

dlt_status dlt_predict(const dlt_comm *comm, const dlt_inference_options *options) {
    dlt_applied applied;
    prediction self = {.applied = &applied,
                       .options = options,
                       .console = dlt_console_make(comm, options->console, options->is_terminal),
                       .is_first = dlt_comm_rank(comm) == 0,
                       .is_table = is_table(options->out),
                       .temporary = name_temporary(options->out)};
    dlt_status status = dlt_agree(comm, self.temporary != NULL ? DLT_OK : DLT_ERR_MEM);
    if (status == DLT_OK)
        status = dlt_agree_first(comm, self.is_first ? check_ahead(&self) : DLT_OK);
    if (status == DLT_OK) {
        status = dlt_applied_create(comm, options, false, &applied);
        if (status == DLT_OK)
            status = dlt_agree_first(comm, self.is_first ? check_output(&self) : DLT_OK);
        if (status == DLT_OK)
            status = predict_into(&self);
        dlt_applied_destroy(&applied, status);
    }
    dlt_free(self.temporary);
    return status;
}
