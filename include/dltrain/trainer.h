/** Training, evaluating and predicting: what the command line does, for any program. */
#ifndef DLTRAIN_TRAINER_H
#define DLTRAIN_TRAINER_H

#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "dltrain/status.h"
#include "dltrain/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why training ended. */
typedef enum dlt_stop_reason {
    DLT_STOP_FINISHED, /* all epochs done */
    DLT_STOP_EARLY,    /* the monitored value no longer improved */
    DLT_STOP_SIGNAL,   /* asked to stop; a checkpoint was written */
    DLT_STOP_TIME,     /* the time limit was near; a checkpoint was written */
    DLT_STOP_STEPS,    /* as many updates as were asked for; a checkpoint was written */
    DLT_STOP_NONFINITE /* loss or gradient became infinite or not a number */
} dlt_stop_reason;

/** "finished", "early_stopping", "signal", "time_limit", "nonfinite".
 *  Collective: Not collective
 *  Errors:     none
 */
const char *dlt_stop_reason_name(dlt_stop_reason reason);

typedef struct dlt_train_options {
    const char *out; /* run folder; NULL: runs/NAME */
    bool resume;     /* go on from the folder's newest good checkpoint */
    bool overwrite;  /* replace an existing run folder */
    FILE *console;   /* where rank 0 shows progress; NULL: nothing is shown */
    bool is_terminal;
    const volatile sig_atomic_t
        *stop;              /* non-zero asks all ranks to stop at the same update; may be NULL */
    dlt_watchdog *watchdog; /* borrowed; NULL: nobody watches */
    double time_limit_s;    /* from now: training stops with a checkpoint before it; 0: no limit */
} dlt_train_options;

typedef struct dlt_train_result {
    bool has_begun; /* set up, and training: also told with an error, which may then pass */
    dlt_stop_reason stop_reason;
    int64_t epochs; /* finished */
    int64_t steps;  /* updates done */
    double train_loss;
    double validation_loss; /* NAN without validation data */
    double test_loss;       /* NAN without test data */
    char state_hash[17];    /* of parameters, running state and optimizer states */
} dlt_train_result;

/** Trains as the run file says and leaves a run folder: config.yaml, metrics.jsonl, summary.json,
 *  checkpoints/.
 *  Collective: Collective; run and options equal on all ranks, but for console
 *  Errors:     all of a run's: agreed by all ranks, one sentence
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_train(const dlt_comm *comm, dlt_run *run,
                                 const dlt_train_options *options, dlt_train_result *result);

/** Which weights of a run folder are used. */
typedef struct dlt_inference_options {
    const char *run_dir;
    /* File; NULL: best.h5 if the run restores the best, else the newest good one. */
    const char *checkpoint;
    /* Data set, or a CSV table that is imported like the training data; NULL: the run file's test
     * data. */
    const char *data;
    const char *out; /* predict only: the file to write, a table if it ends in .csv, else HDF5 */
    bool overwrite;  /* predict only: replace earlier predictions */
    const volatile sig_atomic_t *stop; /* non-zero ends the command on all ranks; may be NULL */
    FILE *console;                     /* where rank 0 prints; NULL: nothing */
    bool is_terminal;
    dlt_watchdog *watchdog; /* borrowed; NULL: nobody watches */
} dlt_inference_options;

/** Prints loss and metrics of a data set under the weights of a run.
 *  Collective: Collective; options equal on all ranks, but for console
 *  Errors:     IO, FORMAT, MISMATCH, CONFIG, SHAPE, MEM: agreed by all ranks
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_evaluate(const dlt_comm *comm, const dlt_inference_options *options);

/** Writes predictions for every sample of a data set. HDF5: /prediction, /probability where the
 *  loss has some, /label for classes, and /target where the data set has targets; attributes name
 *  the checkpoint, its step, the data and the classes. CSV: sample, target, class and a probability
 *  for each class, or prediction.
 *  Collective: Collective; options equal on all ranks, but for console
 *  Errors:     as dlt_evaluate; ARG for an output that exists or is read; IO if the file cannot be
 *              written, and after a signal (nothing is left then)
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_predict(const dlt_comm *comm, const dlt_inference_options *options);

#ifdef __cplusplus
}
#endif
#endif
