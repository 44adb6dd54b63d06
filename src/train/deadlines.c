/* The cost of a checkpoint is a guess, 0.05 s and 100 MB/s, until the first one has been measured.
 * The time is up when twice the slowest update and a checkpoint, plus the longest pause so far, no
 * longer fit before the limit. Callers read the clock and pass the times in. */
#include "train/deadlines.h"

#include <math.h>

/* A slow disk's bytes per second and a slow file system's answer, until there is a measurement. */
static const double GUESSED_BYTES_PER_S = 1e8;
static const double GUESSED_ANSWER_S = 0.05;
/* Losing less than this is not worth a checkpoint of its own. */
static const double SHORTEST_INTERVAL_S = 60;

dlt_deadlines dlt_deadlines_make(double now_s, int64_t checkpoint_bytes) {
    return (dlt_deadlines){.began_s = now_s,
                           .saved_s = now_s,
                           .save_cost_s =
                               GUESSED_ANSWER_S + (double)checkpoint_bytes / GUESSED_BYTES_PER_S};
}

void dlt_deadlines_step(dlt_deadlines *deadlines, double began_s, double ended_s) {
    if (deadlines->step_ended_s > 0)
        deadlines->longest_pause_s =
            fmax(deadlines->longest_pause_s, began_s - deadlines->step_ended_s);
    deadlines->slowest_step_s = fmax(deadlines->slowest_step_s, ended_s - began_s);
    deadlines->step_ended_s = ended_s;
}

bool dlt_deadlines_save_due(const dlt_deadlines *deadlines, const dlt_checkpoint_settings *settings,
                            double now_s) {
    double since_s = now_s - deadlines->saved_s;
    if (settings->every_minutes > 0 && since_s >= 60 * settings->every_minutes)
        return true;
    if (isnan(settings->overhead))
        return false;
    return since_s >= fmax(deadlines->save_cost_s / settings->overhead, SHORTEST_INTERVAL_S);
}

bool dlt_deadlines_time_up(const dlt_deadlines *deadlines, double limit_s, double now_s) {
    /* Twice, because the next update or checkpoint may be slower than any before. */
    double needed_s =
        2 * (deadlines->slowest_step_s + deadlines->save_cost_s) + deadlines->longest_pause_s;
    return limit_s > 0 && now_s + needed_s >= deadlines->began_s + limit_s;
}
