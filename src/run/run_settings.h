/* The run file as a struct; its table of keys is the one place where the format is written down. */
#ifndef DLT_RUN_RUN_SETTINGS_H
#define DLT_RUN_RUN_SETTINGS_H

#include "checkpoint/settings.h"
#include "data/settings.h"
#include "dltrain/extend/keys.h"
#include "optim/regularize.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DLT_BATCH_ALL = -1,
    DLT_MICRO_BATCH_AUTO = -1,
    DLT_MICRO_BATCH_PER_RANK = -2,
    DLT_THREADS_AUTO = -1
};

typedef struct dlt_train_settings {
    int64_t epochs;
    int64_t batch;          /* samples per update, or DLT_BATCH_ALL */
    int64_t micro_batch;    /* samples, or DLT_MICRO_BATCH_AUTO, DLT_MICRO_BATCH_PER_RANK */
    double clip_norm;       /* NAN: off */
    double clip_value;      /* NAN: off */
    double ema;             /* decay of the moving average of the weights; NAN: off */
    const char *init_from;  /* NULL: initialised by the seed */
    bool strict;            /* init_from must have every parameter in its shape */
    int64_t validate_every; /* epochs */
    int64_t check_every;    /* updates between two replica checks; 0: off */
    double watchdog_s;      /* NAN: 20 times the median update, at least 60 s; 0: off */
    int64_t threads;        /* per rank, or DLT_THREADS_AUTO */
    const char *kernels;    /* table, or "auto" */
} dlt_train_settings;

typedef struct dlt_early_stopping_settings {
    const char *monitor; /* NULL: val_loss, or train_loss without validation */
    int64_t patience;    /* validations without improvement; -1: early stopping is off */
    double min_delta;
    bool restore_best;
} dlt_early_stopping_settings;

typedef struct dlt_log_settings {
    int64_t every_steps;
} dlt_log_settings;

/** In the order of dlt_strategies. */
enum { DLT_STRATEGY_REPLICATED, DLT_STRATEGY_SHARDED };
enum { DLT_COMPRESSION_FP32, DLT_COMPRESSION_BF16 };

typedef struct dlt_comm_settings {
    bool hierarchy;         /* reductions use the memory that the ranks of a node share */
    int64_t ranks_per_node; /* emulated nodes; 0: the nodes that there are */
    int strategy;           /* DLT_STRATEGY_REPLICATED or DLT_STRATEGY_SHARDED */
    int compression;        /* DLT_COMPRESSION_FP32 or DLT_COMPRESSION_BF16 */
    bool error_feedback;    /* with DLT_COMPRESSION_BF16 */
} dlt_comm_settings;

/** What may stand beside a loss. */
typedef struct dlt_loss_settings {
    const char *name;   /* NULL: dlt_run_name_loss */
    dlt_strings from;   /* prediction and target; count -1: the last node and the field y */
    const char *mask;   /* NULL: every row counts */
    const char *weight; /* NULL: every row counts alike */
    dlt_ints ignore;    /* the label of rows that do not count; count -1: none */
    double factor;      /* NAN: 1 */
} dlt_loss_settings;

/** What may stand beside a metric. */
typedef struct dlt_metric_settings {
    const char *name; /* NULL: the metric's, with the loss's before it where there are several */
    const char *loss; /* NULL: the first that the metric suits */
} dlt_metric_settings;

/** Losses and metrics of one run. */
enum { DLT_LOSSES_MAX = 8, DLT_METRICS_MAX = 16, DLT_LOSS_NAME_BYTES = 64 };

typedef struct dlt_run_settings {
    const char *name;
    dlt_strings extensions; /* absolute paths; count -1: none */
    int64_t seed;
    const char *precision; /* "fp32" or "bf16" */
    dlt_data_settings data;
    dlt_selection_list model;
    dlt_selection_list loss; /* with dlt_loss_settings */
    dlt_selection optimizer;
    dlt_selection schedule;
    dlt_regularize regularize;
    dlt_named_list parameters;  /* patterns of names, with dlt_param_settings */
    dlt_selection_list metrics; /* with dlt_metric_settings */
    dlt_train_settings train;
    dlt_early_stopping_settings early_stopping;
    dlt_checkpoint_settings checkpoint;
    dlt_comm_settings comm;
    dlt_log_settings log;
} dlt_run_settings;

extern const dlt_key dlt_run_keys[];
extern const dlt_key dlt_metric_keys[]; /* of dlt_metric_settings */

#endif
