/* Where the time of a run goes. */
#ifndef DLT_TRAIN_TIMING_H
#define DLT_TRAIN_TIMING_H

#include <stdint.h>

enum { DLT_TIMING_SAMPLES = 2048 };

/** Updates of a run, their durations thinned out evenly so that memory stays bounded. */
typedef struct dlt_timing {
    double train_s;  /* in updates, waiting for data included */
    double reduce_s; /* of it in the reduction */
    double wait_s;   /* of it waiting for data */
    int64_t samples;
    int64_t steps;
    int64_t stride; /* every stride-th step is kept */
    int kept;
    double step_s[DLT_TIMING_SAMPLES];
} dlt_timing;

void dlt_timing_add(dlt_timing *timing, double step_s, double reduce_s, int64_t samples);

/** The duration that the given share of the kept updates stays below (0.5: their median); 0 if
 * there was none. Sorts them. */
double dlt_timing_quantile_s(dlt_timing *timing, double share);

/** part / whole, 0 where whole is 0. */
double dlt_fraction(double part, double whole);

/** Largest resident memory of this process so far. */
int64_t dlt_peak_memory_bytes(void);

#endif
