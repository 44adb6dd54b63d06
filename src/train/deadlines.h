/* Decisions by the clock: when a checkpoint is due and when the time limit is near. Each rank has
 * its own clock; what they decide travels as a reduction flag with the next update, so that all act
 * alike. */
#ifndef DLT_TRAIN_DEADLINES_H
#define DLT_TRAIN_DEADLINES_H

#include "checkpoint/settings.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_deadlines {
    double began_s; /* of the run, and the last checkpoint's begin: clock readings */
    double saved_s;
    double step_ended_s; /* 0: no update yet */
    double slowest_step_s;
    double longest_pause_s; /* between two updates: evaluation, waiting for a checkpoint */
    double save_cost_s;     /* of a checkpoint, from its begin until it is on disk */
} dlt_deadlines;

/** Deadlines from now on; the cost of a checkpoint is guessed from its size until one is measured.
 */
dlt_deadlines dlt_deadlines_make(double now_s, int64_t checkpoint_bytes);

/** Takes note of a finished update. */
void dlt_deadlines_step(dlt_deadlines *deadlines, double began_s, double ended_s);

/** True if a checkpoint is due by minutes or by cost: its measured cost, were it paid by the
 * updates in full, stays below the share `overhead` of the time since the last one (compare Mohan
 * et al. 2021, "CheckFreq", FAST '21). Never more often than once a minute by cost. */
bool dlt_deadlines_save_due(const dlt_deadlines *deadlines, const dlt_checkpoint_settings *settings,
                            double now_s);

/** True if another update, what may follow it and a checkpoint might end after the limit, in
 * seconds since the run began; 0: no limit. */
bool dlt_deadlines_time_up(const dlt_deadlines *deadlines, double limit_s, double now_s);

#endif
