#include "base/alloc.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "io/atomic_file.h"
#include "io/output.h"
#include "io/positioned.h"
#include "train/apply.h"
#include "train/console.h"
#include "train/evaluation.h"

#include <string.h>

/* The file is made by rank 0 with all its room; then every rank writes its own samples at their
 * place in the contiguous datasets, so that nothing of the size of the data set is gathered
 * anywhere. */

typedef struct output_places {
    int64_t prediction; /* offsets in the file; -1: not written */
    int64_t probability;
    int64_t label;
} output_places;

typedef struct writer {
    const dlt_problem *problem;
    output_places places;
    dlt_positioned_file file;
    dlt_real *probability; /* of one micro-batch, owned */
    int32_t *label;
} writer;

static bool has_labels(const dlt_problem *problem) {
    return problem->loss->target == DLT_TARGET_LABELS;
}

static dlt_status make_dataset(dlt_h5_file *file, const char *name, dlt_h5_type type,
                               const dlt_shape *shape) {
    dlt_h5_layout layout = {0};
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_create(file, name, type, shape, &layout, &dataset));
    /* Writing the last row makes HDF5 allocate all of them. */
    char *row = dlt_alloc(dlt_shape_count(shape) / shape->dim[0], sizeof(double));
    dlt_status status =
        row != NULL ? dlt_h5_write_rows(dataset, shape->dim[0] - 1, 1, row) : DLT_ERR_MEM;
    dlt_free(row);
    dlt_h5_dataset_close(&dataset);
    return status;
}

static dlt_shape output_shape(const dlt_problem *problem, int64_t columns) {
    dlt_shape shape = {.rank = 1, .dim = {problem->test.subset.count}};
    if (columns > 0) {
        const dlt_shape *output = dlt_model_output(problem->model);
        for (int i = 0; i < output->rank && shape.rank < DLT_SHAPE_MAX; i++)
            shape.dim[shape.rank++] = output->dim[i];
    }
    return shape;
}

static dlt_status make_datasets(const dlt_problem *problem, dlt_h5_file *file) {
    dlt_shape rows = output_shape(problem, problem->output_count);
    dlt_shape single = output_shape(problem, 0);
    DLT_TRY(make_dataset(file, "prediction", DLT_H5_F32, &rows));
    if (problem->loss->probabilities != NULL)
        DLT_TRY(make_dataset(file, "probability", DLT_H5_F32, &rows));
    if (has_labels(problem))
        DLT_TRY(make_dataset(file, "label", DLT_H5_I32, &single));
    return DLT_OK;
}

static dlt_status find_place(dlt_h5_file *file, const char *name, int64_t *out) {
    *out = -1;
    if (!dlt_h5_exists(file, name))
        return DLT_OK;
    dlt_h5_dataset *dataset = NULL;
    DLT_TRY(dlt_h5_dataset_open(file, name, &dataset));
    const dlt_h5_info *info = dlt_h5_dataset_info(dataset);
    dlt_status status = DLT_OK;
    if (info->contiguous)
        *out = info->offset;
    else
        status = dlt_fail(DLT_ERR_INTERNAL, "%s is not contiguous", name);
    dlt_h5_dataset_close(&dataset);
    return status;
}

static dlt_status create_file(const dlt_problem *problem, const char *path, output_places *out) {
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_h5_create(problem->gate, path, &file));
    dlt_status status = make_datasets(problem, file);
    if (status == DLT_OK)
        status = dlt_h5_finish(&file);
    dlt_h5_close(&file);
    DLT_TRY(status);
    DLT_TRY(dlt_h5_open(problem->gate, path, &file));
    status = find_place(file, "prediction", &out->prediction);
    if (status == DLT_OK)
        status = find_place(file, "probability", &out->probability);
    if (status == DLT_OK)
        status = find_place(file, "label", &out->label);
    dlt_h5_close(&file);
    return status;
}

static void find_labels(int64_t n, int64_t d, const dlt_real *prediction, int32_t *label) {
    for (int64_t i = 0; i < n; i++) {
        const dlt_real *row = prediction + i * d;
        int32_t best = 0;
        for (int64_t k = 1; k < d; k++)
            best = row[k] > row[best] ? (int32_t)k : best;
        label[i] = best;
    }
}

static dlt_status write_batch(void *context, const dlt_micro_batch *batch,
                              const dlt_real *prediction) {
    const writer *self = context;
    const dlt_problem *problem = self->problem;
    int64_t n = batch->stop.count;
    int64_t d = problem->output_count;
    int64_t first = batch->stop.position;
    int64_t row_bytes = d * (int64_t)sizeof(dlt_real);
    DLT_TRY(dlt_positioned_write(&self->file, self->places.prediction + first * row_bytes,
                                 prediction, n * row_bytes));
    if (self->places.probability >= 0) {
        problem->loss->probabilities(&problem->kernels, n, d, prediction, self->probability);
        DLT_TRY(dlt_positioned_write(&self->file, self->places.probability + first * row_bytes,
                                     self->probability, n * row_bytes));
    }
    if (self->places.label < 0)
        return DLT_OK;
    find_labels(n, d, prediction, self->label);
    int64_t label_bytes = (int64_t)sizeof *self->label;
    return dlt_positioned_write(&self->file, self->places.label + first * label_bytes, self->label,
                                n * label_bytes);
}

static dlt_status open_writer(writer *self, const char *path) {
    int64_t elements = self->problem->micro_batch * self->problem->output_count;
    DLT_TRY(DLT_NEW(self->probability, elements));
    DLT_TRY(DLT_NEW(self->label, self->problem->micro_batch));
    return dlt_positioned_open(path, &self->file);
}

static dlt_status write_predictions(dlt_applied *applied, const dlt_apply_options *options,
                                    const char *temporary, const output_places *places,
                                    int64_t *samples) {
    writer self = {.problem = &applied->problem, .places = *places, .file = {.descriptor = -1}};
    dlt_status status = dlt_agree(applied->comm, open_writer(&self, temporary));
    dlt_console console = dlt_console_make(applied->comm, options->console, options->is_terminal);
    dlt_progress bar;
    dlt_progress_begin(&bar, "predict", applied->problem.test.subset.count, "samples", console.out,
                       console.is_terminal);
    dlt_evaluation_options evaluation = {.problem = &applied->problem,
                                         .part = &applied->problem.test,
                                         .marks = dlt_watchdog_marks(applied->watchdog),
                                         .progress = &bar,
                                         .sink = write_batch,
                                         .sink_context = &self};
    dlt_evaluation result = {0};
    if (status == DLT_OK)
        status = dlt_evaluate_part(&evaluation, &result);
    dlt_progress_end(&bar, NULL);
    dlt_mark_phase(evaluation.marks, DLT_PHASE_SAVING);
    dlt_status finished = dlt_positioned_finish(&self.file);
    if (status == DLT_OK)
        status = dlt_agree(applied->comm, finished);
    *samples = result.samples;
    dlt_evaluation_destroy(&result);
    dlt_free(self.probability);
    dlt_free(self.label);
    return status;
}

static dlt_status predict_into(dlt_applied *applied, const dlt_apply_options *options,
                               const char *temporary) {
    bool first = dlt_comm_rank(applied->comm) == 0;
    output_places places = {0};
    dlt_status status = first ? create_file(&applied->problem, temporary, &places) : DLT_OK;
    status = dlt_agree_first(applied->comm, status);
    if (status == DLT_OK)
        status = dlt_broadcast(applied->comm, &places, (int64_t)sizeof places);
    int64_t samples = 0;
    if (status == DLT_OK)
        status = write_predictions(applied, options, temporary, &places, &samples);
    if (status != DLT_OK) {
        if (first)
            dlt_file_remove(temporary);
        return status;
    }
    DLT_TRY(
        dlt_agree_first(applied->comm, first ? dlt_file_commit(temporary, options->out) : DLT_OK));
    dlt_console console = dlt_console_make(applied->comm, options->console, options->is_terminal);
    dlt_console_note(&console, "wrote predictions of %lld samples to %s", (long long)samples,
                     options->out);
    return DLT_OK;
}

/* Only earlier predictions are replaced, and only on demand. */
static dlt_status check_output(const dlt_applied *applied, const dlt_apply_options *options) {
    dlt_h5_gate *gate = applied->problem.gate;
    dlt_h5_file *file = NULL;
    DLT_TRY(dlt_output_check(options->out, options->overwrite, dlt_h5_gate_has_read(gate)));
    if (!dlt_path_exists(options->out))
        return DLT_OK;
    dlt_status status = dlt_h5_open(gate, options->out, &file);
    bool known = status == DLT_OK && dlt_h5_exists(file, "prediction");
    dlt_h5_close(&file);
    return known ? DLT_OK
                 : dlt_fail(DLT_ERR_ARG,
                            "%s is not replaced, because it does not hold predictions; choose "
                            "another output",
                            options->out);
}

dlt_status dlt_predict(const dlt_comm *comm, const dlt_apply_options *options) {
    dlt_applied applied;
    dlt_status status = dlt_applied_create(comm, options, false, &applied);
    if (status == DLT_OK)
        status = dlt_agree_first(comm, dlt_comm_rank(comm) == 0 ? check_output(&applied, options)
                                                                : DLT_OK);
    if (status == DLT_OK) {
        char *temporary = dlt_temporary_path(options->out);
        status = dlt_agree(comm, temporary != NULL ? DLT_OK : DLT_ERR_MEM);
        if (status == DLT_OK)
            status = predict_into(&applied, options, temporary);
        dlt_free(temporary);
    }
    dlt_applied_destroy(&applied, status);
    return status;
}
