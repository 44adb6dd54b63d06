/* What the benchmarks print. */
#ifndef DLT_BENCH_REPORT_H
#define DLT_BENCH_REPORT_H

#include "base/json.h"
#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Times and rates of a step; flops and bytes are of all ranks together, rates of one. */
typedef struct dlt_bench_step_result {
    const char *workload;
    const char *optimizer;
    const char *kernels;
    const char *precision;
    const char *blas_core;
    int64_t ranks;
    int64_t threads;
    int64_t batch;
    int64_t micro_batch;
    int64_t params;
    int64_t steps;
    double samples_per_s;
    double step_time_s_median;
    double step_time_s_p95;
    double flops;
    double bytes;
    double flops_per_s;
    double bytes_per_s;
    double limit_s;
    double limit_fraction;
    double comm_fraction;
    int64_t reduced_bytes; /* of a rank's gradient, of tables the rows that are reduced */
    int64_t
        needed_memory_bytes;   /* parameters, gradients, optimizer states, activations that live at
                              * once */
    int64_t held_memory_bytes; /* allocated for the step */
    int64_t peak_memory_bytes; /* of the process */
} dlt_bench_step_result;

/** An aligned table, and with json the object in one line. Errors: MEM, IO. */
DLT_CHECKED dlt_status dlt_bench_print_step(const dlt_bench_step_result *result, bool json,
                                            FILE *out);

/** Prints one line of text. Errors: MEM if it was not kept whole; IO. */
DLT_CHECKED dlt_status dlt_bench_print_line(const dlt_text *line, FILE *out);

/** The median; sorts values. */
double dlt_bench_median(int count, double *values);

/** Rounds that a benchmark may take of operations in turn. */
enum { DLT_BENCH_ROUNDS_MAX = 100 };

/** The median of up to DLT_BENCH_ROUNDS_MAX values, which stay as they are. */
double dlt_bench_round_median(int rounds, const double *values);
/** The median of a over b, round by round, since the speed of a machine drifts between rounds. */
double dlt_bench_round_ratio(int rounds, const double *a, const double *b);

#endif
