/* Formats the heading, the progress of an epoch, its closing line and evaluations. `out` is NULL on
 * all ranks but 0, so callers need not ask for the rank; nothing here is collective. A console that
 * can no longer be written to is not an error here: the loop of epoch.c notices it and stops the
 * run. */
#include "train/console.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "dltrain/kernels_info.h"
#include "dltrain/progress.h"
#include "engine/precision.h"
#include "report/format.h"
#include "train/confusion.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { COLUMNS_ELSEWHERE = 100 };

dlt_console dlt_console_make(const dlt_comm *comm, FILE *out, bool is_terminal) {
    return (dlt_console){.out = dlt_comm_rank(comm) == 0 ? out : NULL, .is_terminal = is_terminal};
}

void dlt_console_note(dlt_console *console, const char *format, ...) {
    if (console->out == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(console->out, format, arguments);
    va_end(arguments);
    fputc('\n', console->out);
    fflush(console->out);
}

static void note_data(dlt_console *console, const dlt_task *task) {
    char train[DLT_FORMAT_BYTES];
    char validation[DLT_FORMAT_BYTES];
    char test[DLT_FORMAT_BYTES];
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_console_note(console, "data       %s training, %s validation, %s test samples of %s",
                     dlt_format_count(task->train.subset.count, train),
                     dlt_format_count(task->validation.subset.count, validation),
                     dlt_format_count(task->test.subset.count, test),
                     dlt_shape_text(&task->input, shape));
}

void dlt_console_mapping(dlt_console *console, const char *source, const dlt_dataset *data) {
    if (data != NULL && dlt_dataset_mapping(data)[0] != '\0')
        dlt_console_note(console, "note       %s is mapped by name: %s", source,
                         dlt_dataset_mapping(data));
}

static void note_normalisation(dlt_console *console, const dlt_task *task) {
    const dlt_normalisation *found = &task->normalisation;
    char constant[96] = "";
    if (!found->computed)
        return;
    if (found->constant > 0)
        snprintf(constant, sizeof constant, "; %" PRId64 " of them constant, divided by 1",
                 found->constant);
    dlt_console_note(console,
                     "           standardize: mean and deviation of %" PRId64
                     " feature%s, computed from the training samples%s",
                     found->count, found->count == 1 ? "" : "s", constant);
}

/* The first classes stand for all where they are many. */
static void note_class_weights(dlt_console *console, const dlt_task *task) {
    enum { SHOWN = 8 };
    dlt_text line = DLT_TEXT_EMPTY;
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *of = &task->objectives[k];
        if (of->class_weights == NULL)
            continue;
        dlt_text_clear(&line);
        for (int64_t c = 0; c < of->rows.d && c < SHOWN; c++)
            dlt_text_add(&line, "%s%.4g", c > 0 ? ", " : "", of->class_weights[c]);
        dlt_console_note(console,
                         "           class_weights: balanced over the training samples: %s%s",
                         dlt_text_of(&line), of->rows.d > SHOWN ? ", ..." : "");
    }
    dlt_text_destroy(&line);
}

static void note_cores(dlt_console *console, const dlt_placement *placement) {
    char problem[512];
    char names[256];
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_text_add(&line, "cores      %d rank%s x %d thread%s on %d core%s", placement->ranks,
                 placement->ranks == 1 ? "" : "s", placement->threads,
                 placement->threads == 1 ? "" : "s", placement->cores,
                 placement->cores == 1 ? "" : "s");
    if (placement->machines > 1)
        dlt_text_add(&line, " of %d machines", placement->machines);
    dlt_console_note(console, "%s, %s", dlt_text_of(&line), dlt_binding_name(placement->binding));
    dlt_text_destroy(&line);
    if (dlt_placement_problem(placement, problem, sizeof problem)[0] != '\0')
        dlt_console_note(console, "note       %s", problem);
    if (dlt_openmp_runtimes(names, sizeof names) > 1)
        dlt_console_note(console,
                         "note       several OpenMP runtimes are loaded (%s); see `dltrain doctor`",
                         names);
}

static void note_batches(dlt_console *console, const dlt_task *task) {
    dlt_batch_partition partition = dlt_task_training_partition(task);
    int64_t micros = dlt_batch_partition_micros(&partition, 0);
    dlt_console_note(console,
                     "batch      %" PRId64 " samples in %" PRId64 " micro-batches of %" PRId64
                     ", %" PRId64 " updates per epoch",
                     task->batch, micros, task->micro_batch, dlt_batch_partition_steps(&partition));
    int ranks = dlt_comm_size(task->comm);
    if (ranks > micros)
        dlt_console_note(console,
                         "note       %" PRId64
                         " of %d ranks %s nothing to compute: a batch has only %" PRId64
                         " micro-batch%s; lower train.micro_batch or raise train.batch",
                         ranks - micros, ranks, ranks - micros == 1 ? "has" : "have", micros,
                         micros == 1 ? "" : "es");
}

static void note_ranks(dlt_console *console, const dlt_task *task) {
    int ranks = dlt_comm_size(task->comm);
    int nodes = dlt_comm_node_count(task->comm);
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_text_add(&line, "run        %s on %d rank%s", task->run->settings.name, ranks,
                 ranks == 1 ? "" : "s");
    if (nodes > 1)
        dlt_text_add(&line, " of %d nodes", nodes);
    dlt_console_note(console, "%s, kernels %s, OpenBLAS core %s", dlt_text_of(&line),
                     task->kernels.name, dlt_blas_core_name());
    dlt_text_destroy(&line);
}

/* What bf16 brings on this machine, where the run computes in it. */
static void note_precision(dlt_console *console, const dlt_task *task) {
    dlt_precision_rates rates;
    if (strcmp(dlt_precision_of(&task->kernels), "bf16") != 0 ||
        dlt_precision_measure(&rates) != DLT_OK)
        return;
    dlt_console_note(
        console,
        "precision  products in bf16, %.2f times as fast as in fp32 here (%.0f and %.0f "
        "GFLOP/s)%s",
        rates.bf16 / rates.fp32, 1e-9 * rates.bf16, 1e-9 * rates.fp32,
        dlt_precision_pays(&rates)
            ? ""
            : "; this machine gains little from bf16, and fp32 is more exact");
}

/* "mse", or "price: mse, ocean: 0.5 cross_entropy". */
static void note_losses(dlt_console *console, const dlt_task *task) {
    char params[DLT_FORMAT_BYTES];
    dlt_text losses = DLT_TEXT_EMPTY;
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *of = &task->objectives[k];
        const bool has_name = strcmp(of->name, of->ops->entry.name) != 0;
        dlt_text_add(&losses, "%s%s%s", k > 0 ? ", " : "", has_name ? of->name : "",
                     has_name ? ": " : "");
        if (of->factor != 1)
            dlt_text_add(&losses, "%g ", of->factor);
        dlt_text_add(&losses, "%s", of->ops->entry.name);
    }
    dlt_console_note(console, "model      %s parameters, %s %s, optimizer %s",
                     dlt_format_count(dlt_model_param_count(task->model), params),
                     task->objective_count > 1 ? "losses" : "loss", dlt_text_of(&losses),
                     task->run->settings.optimizer.kind->name);
    dlt_text_destroy(&losses);
}

void dlt_console_heading(dlt_console *console, const dlt_task *task) {
    if (console->out == NULL)
        return;
    note_ranks(console, task);
    note_cores(console, &task->placement);
    note_precision(console, task);
    note_data(console, task);
    dlt_console_mapping(console, task->run->settings.data.validation, task->validation_data);
    dlt_console_mapping(console, task->run->settings.data.test, task->test_data);
    note_normalisation(console, task);
    note_class_weights(console, task);
    note_losses(console, task);
    note_batches(console, task);
}

void dlt_console_epoch_begin(dlt_console *console, int64_t epoch, int64_t epochs, int64_t samples,
                             int64_t done) {
    snprintf(console->label, sizeof console->label, "epoch %" PRId64 "/%" PRId64, epoch, epochs);
    double now_s = dlt_clock_s();
    double earlier_s = console->epoch_began_s > 0 ? now_s - console->epoch_began_s : 0;
    console->epoch_began_s =
        done == 0 ? now_s : 0; /* an epoch that is resumed says nothing of the others */
    dlt_progress_begin(&console->bar, console->label, samples, "samples", console->out,
                       console->is_terminal);
    dlt_progress_skip(&console->bar, done);
    dlt_progress_follow(&console->bar, epochs - epoch, earlier_s);
}

void dlt_console_step(dlt_console *console, int64_t samples_done, double loss,
                      const dlt_metric_result *metric) {
    if (console->out == NULL)
        return;
    char text[DLT_PROGRESS_TEXT_BYTES];
    if (metric != NULL && metric->count > 0)
        snprintf(text, sizeof text, "loss %.4f  %s %.4f", loss, metric->values[0].name,
                 metric->values[0].value);
    else
        snprintf(text, sizeof text, "loss %.4f", loss);
    dlt_progress_update(&console->bar, samples_done, text);
}

static void add_evaluation(dlt_text *line, const char *prefix, const dlt_evaluation *evaluation) {
    dlt_text_add(line, "  %sloss %.4f", prefix, evaluation->loss);
    for (int i = 0; i < evaluation->metric_count; i++)
        if (evaluation->metrics[i].count > 0 && evaluation->metrics[i].matrix_rows == 0)
            dlt_text_add(line, "  %s%s %.4f", prefix, evaluation->metrics[i].values[0].name,
                         evaluation->metrics[i].values[0].value);
}

void dlt_console_epoch_end(dlt_console *console, const dlt_epoch_report *report) {
    if (console->out == NULL)
        return;
    char rate[DLT_FORMAT_BYTES];
    char time[DLT_FORMAT_BYTES];
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_text_add(&line, "epoch %" PRId64 "/%" PRId64 "  loss %.4f", report->epoch, report->epochs,
                 report->train_loss);
    if (report->train_metric != NULL && report->train_metric->count > 0)
        dlt_text_add(&line, "  %s %.4f", report->train_metric->values[0].name,
                     report->train_metric->values[0].value);
    if (report->validation != NULL)
        add_evaluation(&line, "val_", report->validation);
    dlt_text_add(&line, "  lr %.3g  %s  %s%s", report->lr,
                 dlt_format_rate(report->samples_per_s, "samples", rate),
                 dlt_format_duration(report->time_s, time), report->best ? "  best" : "");
    dlt_progress_end(&console->bar, dlt_text_of(&line));
    dlt_text_destroy(&line);
}

static int width_of(const dlt_console *console) {
    int columns = console->is_terminal ? dlt_terminal_columns(console->out) : 0;
    return columns > 0 ? columns : COLUMNS_ELSEWHERE;
}

static dlt_status show_matrix(dlt_console *console, const char *split, const char *folder,
                              const dlt_confusion *matrix) {
    if (dlt_confusion_print(matrix, width_of(console), console->out))
        return DLT_OK;
    dlt_text path = DLT_TEXT_EMPTY;
    dlt_status status;
    dlt_text_add(&path, "%s/confusion-%s.csv", folder, split);
    DLT_TRY_OUT(dlt_text_check(&path));
    DLT_TRY_OUT(dlt_confusion_write(matrix, dlt_text_of(&path)));
    dlt_console_note(console, "confusion  matrix of %" PRId64 " classes in %s",
                     matrix->evaluation->matrix_rows, dlt_text_of(&path));
out:
    dlt_text_destroy(&path);
    return status;
}

dlt_status dlt_console_evaluation(dlt_console *console, const char *split, const char *folder,
                                  const dlt_evaluation *evaluation, const char *class_names) {
    if (console->out == NULL)
        return DLT_OK;
    char count[DLT_FORMAT_BYTES];
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_text_add(&line, "%-9s", split);
    add_evaluation(&line, "", evaluation);
    dlt_text_add(&line, "  (%s samples)", dlt_format_count(evaluation->samples, count));
    dlt_console_note(console, "%s", dlt_text_of(&line));
    dlt_text_destroy(&line);
    if (evaluation->matrix_rows == 0)
        return DLT_OK;
    const dlt_confusion matrix = {.evaluation = evaluation, .class_names = class_names};
    return show_matrix(console, split, folder, &matrix);
}
