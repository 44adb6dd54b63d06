/* A run: its configuration and the settings read from it. */
#ifndef DLT_TRAIN_RUN_H
#define DLT_TRAIN_RUN_H

#include "config/config.h"
#include "dltrain/run.h"
#include "train/run_settings.h"

struct dlt_run {
    dlt_config *config;
    dlt_config *default_metrics; /* NULL if the run file names its own */
    dlt_run_settings settings;   /* borrows from config */
};

#endif
