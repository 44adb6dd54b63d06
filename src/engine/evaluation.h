/* Loss and metrics of a split of the data, the same bits on any number of ranks. */
#ifndef DLT_ENGINE_EVALUATION_H
#define DLT_ENGINE_EVALUATION_H

#include "engine/task.h"
#include "report/heartbeat.h"
#include "report/metrics_log.h"
#include "report/progress.h"

#include <signal.h>

/** One of several losses: its mean over the rows that count, without its factor. */
typedef struct dlt_named_loss {
    char name[DLT_LOSS_NAME_BYTES]; /* "price_loss" */
    double value;
} dlt_named_loss;

/** What an evaluation found. */
typedef struct dlt_evaluation {
    int64_t samples;
    double loss;
    int loss_count; /* 0 where there is one */
    dlt_named_loss losses[DLT_LOSSES_MAX];
    int metric_count;
    dlt_metric_result metrics[DLT_METRICS_MAX];
    int64_t matrix_rows; /* of the confusion matrix, if one was asked for */
    double *matrix;      /* [matrix_rows, matrix_rows], owned */
} dlt_evaluation;

/** What an evaluation does with each micro-batch besides counting: the model's outputs are those of
 * dlt_model_output_at until it returns. Not collective; its failure is agreed at the end. */
typedef dlt_status dlt_output_sink(void *context, const dlt_micro_batch *batch);

typedef struct dlt_evaluation_options {
    const dlt_task *task;
    const dlt_task_split *split;
    dlt_progress *progress;   /* borrowed; NULL: none */
    dlt_heartbeat *heartbeat; /* borrowed; NULL: nobody asks where this rank stands */
    dlt_output_sink *sink;    /* NULL: none */
    void *sink_context;
    const volatile sig_atomic_t *stop; /* non-zero on any rank: all give up; NULL: nobody asks */
} dlt_evaluation_options;

/** Runs the model over the split.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out (dlt_evaluation_destroy)
 *  Errors:     IO, FORMAT from the data, IO when it is to stop, those of the sink; MEM: agreed by
 *              all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_evaluate_split(const dlt_evaluation_options *options,
                                          dlt_evaluation *out);
void dlt_evaluation_destroy(dlt_evaluation *evaluation);

/** Loss and metrics from a block of sums (metric_sums.h). Not collective. Owns: caller owns *out,
 * also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_evaluation_of_sums(const dlt_task *task, const double *block,
                                              dlt_evaluation *out);

/** Writes loss and metrics into a record as PREFIX_loss, PREFIX_accuracy and so on. */
void dlt_evaluation_record(const dlt_evaluation *evaluation, const char *prefix,
                           dlt_record *record);

/** The value of "loss" or of a metric's name; false if there is none. */
bool dlt_evaluation_find(const dlt_evaluation *evaluation, const char *name, double *value,
                         bool *higher_is_better);

#endif
