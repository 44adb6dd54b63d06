/* Measures the two limits of a processor. The peak is that of fused multiply-adds in registers, the
 * bandwidth that of the triad of STREAM (McCalpin 1995), each the best of many short trials.
 * dlt_limits_measure lets all ranks measure at the same time, because the ranks of a node share its
 * memory; the three arrays together are four times the size of the cache, within bounds. */
#include "bench/limits.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "host/machine.h"
#include "kernels/limits/limits.h"

/* The best of many trials: what disturbs a trial can only make it slower. They are shorter than the
 * time for which a core that is shared is given to one process. */
enum { TRIALS = 50 };
static const double TRIAL_S = 0.002;
static const double MOST_S = 0.2; /* of one measurement */

double dlt_limits_peak(void) {
    double best = 0;
    dlt_real sink = 0;
    int64_t rounds = 1000;
    for (int trial = 0; trial < TRIALS;) {
        double began = dlt_clock_s();
        double flops = (double)dlt_k_multiply_add(rounds, &sink);
        double took = dlt_clock_s() - began;
        if (took < TRIAL_S) {
            rounds *= 2;
            continue;
        }
        best = flops / took > best ? flops / took : best;
        trial++;
    }
    return best;
}

/* Repetitions of the triad that make up a trial. */
static int64_t repetitions_of(int64_t bytes) {
    const int64_t trial_bytes = 16 << 20;
    return dlt_max_i64(1, trial_bytes / bytes);
}

static double time_triad(int64_t count, const dlt_real *b, const dlt_real *c, dlt_real *a) {
    int64_t bytes = 3 * count * (int64_t)sizeof *a;
    int64_t repetitions = repetitions_of(bytes);
    double best = 0;
    double first = dlt_clock_s();
    for (int trial = 0; trial < TRIALS && dlt_clock_s() - first < MOST_S; trial++) {
        double began = dlt_clock_s();
        for (int64_t i = 0; i < repetitions; i++)
            dlt_k_triad(count, (dlt_real)0.5, b, c, a);
        double rate = (double)(bytes * repetitions) / (dlt_clock_s() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

dlt_status dlt_limits_triad(int64_t count, double *bytes_per_s) {
    dlt_real *arrays = NULL;
    DLT_TRY(DLT_NEW(arrays, 3 * count));
    for (int64_t i = 0; i < 3 * count; i++)
        arrays[i] = 1;
    *bytes_per_s = time_triad(count, arrays, arrays + count, arrays + 2 * count);
    dlt_free(arrays);
    return DLT_OK;
}

dlt_status dlt_limits_measure(const dlt_comm *comm, dlt_limits *out) {
    dlt_machine machine = {0};
    DLT_TRY(dlt_agree(comm, dlt_machine_read(&machine)));
    int sharing = dlt_comm_node_size(comm) < machine.cache_cores ? dlt_comm_node_size(comm)
                                                                 : machine.cache_cores;
    out->cache_bytes = machine.cache_bytes / sharing;
    /* Three arrays of this size are four times what the cache holds; from 96 to 384 MiB. */
    const int64_t least = 8 << 20;
    const int64_t most = 32 << 20;
    int64_t count = 4 * machine.cache_bytes / 3 / (int64_t)sizeof(dlt_real);
    count = dlt_min_i64(dlt_max_i64(count, least), most);
    DLT_TRY(dlt_barrier(comm));
    out->flops_per_s = dlt_limits_peak();
    DLT_TRY(dlt_barrier(comm));
    return dlt_agree(comm, dlt_limits_triad(count, &out->bytes_per_s));
}
