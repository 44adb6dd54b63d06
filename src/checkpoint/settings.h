/* The `checkpoint:` section of the run file. */
#ifndef DLT_CHECKPOINT_SETTINGS_H
#define DLT_CHECKPOINT_SETTINGS_H

#include "dltrain/extend/keys.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_checkpoint_settings {
    int64_t every_steps;  /* 0: off */
    int64_t every_epochs; /* 0: off */
    double every_minutes; /* 0: off */
    double overhead;      /* share of the time; NAN: off */
    bool async;           /* written by a thread while training goes on */
    int64_t keep;         /* generations */
    bool best;            /* also keep the best one as best.h5 */
} dlt_checkpoint_settings;

extern const dlt_key dlt_checkpoint_keys[];

#endif
