/* What a person sees of a training run: a heading, a bar per epoch, one line per finished epoch.
 * Silent on ranks and programs without a console. */
#ifndef DLT_TRAIN_CONSOLE_H
#define DLT_TRAIN_CONSOLE_H

#include "dltrain/trainer.h"
#include "engine/evaluation.h"
#include "engine/state.h"
#include "engine/task.h"
#include "report/progress.h"

typedef struct dlt_console {
    FILE *out; /* NULL: silent */
    bool is_terminal;
    dlt_progress bar;
    char label[48];
    double epoch_began_s; /* 0: in the middle, or not yet */
} dlt_console;

dlt_console dlt_console_make(const dlt_comm *comm, FILE *out, bool is_terminal);

/** The heading: ranks, data, model, batches, and what is worth a note. */
void dlt_console_heading(dlt_console *console, const dlt_task *task);
/** Says what of a data set is read in another order than it is stored in; NULL: there is none. */
void dlt_console_mapping(dlt_console *console, const char *source, const dlt_dataset *data);
void dlt_console_note(dlt_console *console, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Begins the bar of an epoch of so many samples, of which `done` were trained on before a resume.
 */
void dlt_console_epoch_begin(dlt_console *console, int64_t epoch, int64_t epochs, int64_t samples,
                             int64_t done);
void dlt_console_step(dlt_console *console, int64_t samples_done, double loss,
                      const dlt_metric_result *metric);

/** What is known of a finished epoch. */
typedef struct dlt_epoch_report {
    int64_t epoch; /* 1 for the first */
    int64_t epochs;
    double train_loss;
    const dlt_metric_result *train_metric; /* NULL: none */
    const dlt_evaluation *validation;      /* NULL: none */
    double lr;
    double samples_per_s;
    double time_s;
    bool best;
} dlt_epoch_report;

void dlt_console_epoch_end(dlt_console *console, const dlt_epoch_report *report);

/** A finished evaluation of a named split: one line, and the confusion matrix if there is one; a
 * large one as folder/confusion-<split>.csv. Not collective; only rank 0 acts. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_console_evaluation(dlt_console *console, const char *split,
                                              const char *folder, const dlt_evaluation *evaluation,
                                              const char *class_names);

#endif
