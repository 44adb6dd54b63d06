/* What a run computes: data sets, their splits, the model, the loss and the metrics. Training,
 * evaluation and prediction all stand on it. */
#ifndef DLT_ENGINE_TASK_H
#define DLT_ENGINE_TASK_H

#include "data/batch_sampler.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "data/subset.h"
#include "dltrain/comm.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "io/h5.h"
#include "model/model.h"
#include "report/heartbeat.h"
#include "run/placement.h"
#include "run/run.h"

#include <stdbool.h>
#include <stdint.h>

/** A split of the run's data: which samples of which data set. Empty where data is NULL. */
typedef struct dlt_task_split {
    dlt_dataset *data; /* borrowed from the task */
    dlt_subset subset;
    dlt_real *origin; /* target values of its first sample, owned by the task; NULL for labels */
} dlt_task_split;

/** Mean and standard deviation of the training samples, for the transform `standardize`; owned. */
typedef struct dlt_normalisation {
    int64_t count;    /* 0: the training data has none */
    int64_t constant; /* of computed ones, those without a spread, whose std is 1 */
    bool computed;    /* from the training samples, not stored with them */
    double *mean;
    double *std;
} dlt_normalisation;

typedef struct dlt_task {
    const dlt_comm *comm;     /* borrowed */
    const dlt_run *run;       /* borrowed */
    dlt_heartbeat *heartbeat; /* borrowed; NULL: nobody asks where this rank stands */
    dlt_kernels kernels;
    dlt_placement placement;
    dlt_h5_lock *h5_lock;
    dlt_dataset *train_data;
    dlt_dataset *validation_data; /* NULL if it is a part of the training data, or none */
    dlt_dataset *test_data;
    dlt_task_split train;
    dlt_task_split validation;
    dlt_task_split test;
    dlt_normalisation normalisation;
    double *class_weights; /* [output_count] where the loss balances classes, else NULL; owned */
    dlt_identity identity; /* of the training data */
    int64_t batch;         /* samples per update */
    int64_t micro_batch;   /* samples computed at once */
    dlt_shape input;       /* of one sample */
    dlt_model *model;
    const dlt_loss_ops *loss;
    int64_t output_count; /* elements of one sample's output */
    bool binary;          /* targets are 0 or 1 per output element */
} dlt_task;

/** Pointers may be NULL where nothing else is said. */
typedef struct dlt_task_options {
    const dlt_run *run;
    const dlt_comm *comm;
    dlt_heartbeat *heartbeat; /* NULL: nobody asks where this rank stands */
    bool training;            /* opens the training data; false: only what stands in `data` */
    int64_t micro_batch;      /* of a checkpoint that is resumed; 0: from the run file */
    int64_t threads;          /* of a checkpoint that is resumed; 0: from the run file */
    /* training: samples of this shape are made elsewhere and no data set is opened; NULL: from the
     * data sets of the run file */
    const dlt_shape *synthetic_input;
    const char
        *evaluate; /* not training: the data set to evaluate or predict, becomes the test split */
    const char
        *checkpoint; /* not training: the file whose weights will be used; has the normalisation */
    bool evaluate_needs_target;     /* not training: fails if that data set has no targets */
    const dlt_arrays *train_arrays; /* training: samples in memory in the place of data.train */
    const dlt_arrays *validation_arrays; /* training: in the place of data.validation */
    const dlt_arrays *evaluate_arrays;   /* not training: in the place of `evaluate` */
    /* not training: the task whose weights will be used, in the place of a checkpoint; borrowed
     * while the task is created; NULL: a checkpoint has them */
    const struct dlt_task *trained;
    /* not training: a tensor of the model that becomes its last output, as `from` says it */
    const char *output;
    const char *evaluate_source; /* of what an import has just made that data set, named as imports
                                    do; NULL: it is the user's own */
} dlt_task_options;

/** Opens the data, builds the model and checks that everything fits, on all ranks alike.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out, also after a failure; it borrows run and comm
 *  Errors:     IO, FORMAT, CONFIG, SHAPE, MISMATCH, MEM: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_task_create(const dlt_task_options *options, dlt_task *out);
void dlt_task_destroy(dlt_task *task);

/** How a split is cut for evaluation: one pass in file order, one batch of micro-batches. */
dlt_batch_partition dlt_task_evaluation_partition(const dlt_task *task,
                                                  const dlt_task_split *split);
/** How the training split is cut into batches. */
dlt_batch_partition dlt_task_training_partition(const dlt_task *task);

/** A loader's options for a split, everything but the batch sampler's start filled in. */
dlt_loader_options dlt_task_loader_options(const dlt_task *task, const dlt_task_split *split,
                                           const dlt_batch_partition *partition, bool training);

/** How the targets of a data set are read for the task's loss. */
dlt_loader_field dlt_task_target_field(const dlt_task *task, const dlt_field_facts *facts);
/** The targets of a micro-batch; neither pointer set where it has none. */
dlt_target dlt_task_target(const dlt_task *task, const dlt_micro_batch *batch);

/** The loss of n samples: sums, and the gradient of the sum unless dprediction is NULL. */
dlt_loss_sum dlt_task_loss(const dlt_task *task, int64_t n, const dlt_real *prediction,
                           const dlt_target *target, dlt_real *dprediction);

/** The call of a metric on n samples of a split. */
dlt_metric_call dlt_task_metric_call(const dlt_task *task, const dlt_task_split *split, int64_t n,
                                     const dlt_real *prediction, const dlt_target *target);

const dlt_metric_ops *dlt_task_metric(const dlt_task *task, int64_t index);

/** The default micro-batch: an eighth of the batch, at least 32, at most half of it and 512. A
 * function of the run file alone, so that runs on any number of ranks agree. */
int64_t dlt_micro_batch_auto(int64_t batch);

#endif
