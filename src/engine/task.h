/* What a run computes: data sets, their splits, the model, the loss and the metrics. Training,
 * evaluation and prediction all stand on it. */
#ifndef DLT_ENGINE_TASK_H
#define DLT_ENGINE_TASK_H

#include "data/batch_sampler.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "data/subset.h"
#include "dltrain/comm.h"
#include "dltrain/extend/metric.h"
#include "engine/objective.h"
#include "engine/task_field.h"
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
    /* of each loss the target values of the first row, owned by the task; NULL for labels */
    dlt_real *origins[DLT_LOSSES_MAX];
    bool has_targets; /* its data set has all fields that losses take */
} dlt_task_split;

/** Mean and standard deviation of the training samples, for the transform `standardize`; owned. */
typedef struct dlt_normalisation {
    int64_t count;    /* 0: the training data has none */
    int64_t constant; /* of computed ones, those without a spread, whose std is 1 */
    bool computed;    /* from the training samples, not stored with them */
    double *mean;
    double *std;
} dlt_normalisation;

/** A metric of the run and the loss whose prediction, target and rows it takes. */
typedef struct dlt_task_metric {
    const dlt_metric_ops *ops; /* borrowed */
    const void *settings;      /* borrowed */
    int objective;
    const char *name; /* the run file's, for its first value; NULL: its own. Borrowed */
    bool with_loss;   /* its names come after that of its loss */
} dlt_task_metric;

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
    dlt_identity identity; /* of the training data */
    int64_t batch;         /* samples per update */
    int64_t micro_batch;   /* samples computed at once */
    int field_count;
    dlt_task_field fields[DLT_FIELDS_MAX]; /* those of the data, then the lengths of ragged ones */
    char *length_names[DLT_FIELDS_MAX];    /* owned: of the latter */
    dlt_shape_classes classes;             /* lengths to which ragged fields are padded */
    int64_t trained_length; /* not training: the largest of those in training; 0: unknown */
    dlt_shape input;        /* of one sample of the first field */
    dlt_model *model;
    int objective_count;
    dlt_objective *objectives; /* [objective_count], owned */
    int metric_count;
    dlt_task_metric metrics[DLT_METRICS_MAX];
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

/** The call of the model for a micro-batch: its samples and inputs; the rest is the caller's. */
dlt_model_call dlt_task_model_call(const dlt_task *task, const dlt_micro_batch *batch);

/** The targets of a split: the field that loss `k` takes, as a loader delivers it. False where they
 * are computed by the model, or the split has none. */
bool dlt_task_target_field(const dlt_task *task, const dlt_task_split *split, int k,
                           dlt_loader_field *out);

/** The default micro-batch: an eighth of the batch, at least 32, at most half of it and 512. A
 * function of the run file alone, so that runs on any number of ranks agree. */
int64_t dlt_micro_batch_auto(int64_t batch);

#endif
