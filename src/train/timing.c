/* Keeps durations of updates in bounded memory: when the array is full, every second one is dropped
 * and from then on half as many are recorded. dlt_timing_quantile_s sorts the array in place, which
 * is harmless, because every second of sorted durations is an even sample, too. */
#include "train/timing.h"

#include <stdlib.h>
#include <sys/resource.h>

/* Drops every second kept duration, so that there is room for as many steps again. */
static void thin_out(dlt_timing *timing) {
    for (int i = 0; i < timing->kept / 2; i++)
        timing->step_s[i] = timing->step_s[2 * i];
    timing->kept /= 2;
    timing->stride *= 2;
}

void dlt_timing_add(dlt_timing *timing, double step_s, double reduce_s, int64_t samples) {
    timing->stride += timing->stride == 0;
    timing->train_s += step_s;
    timing->reduce_s += reduce_s;
    timing->samples += samples;
    if (timing->kept == DLT_TIMING_SAMPLES)
        thin_out(timing);
    if (timing->steps++ % timing->stride == 0)
        timing->step_s[timing->kept++] = step_s;
}

static int compare_reals(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double dlt_timing_quantile_s(dlt_timing *timing, double share) {
    if (timing->kept == 0)
        return 0;
    int index = (int)(share * timing->kept);
    qsort(timing->step_s, (size_t)timing->kept, sizeof timing->step_s[0], compare_reals);
    return timing->step_s[index < timing->kept ? index : timing->kept - 1];
}

double dlt_fraction(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

int64_t dlt_peak_memory_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (int64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}
