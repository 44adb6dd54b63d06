/* What `bench data` found out, and printing it. */
#ifndef DLT_BENCH_DATA_REPORT_H
#define DLT_BENCH_DATA_REPORT_H

#include "bench/data_files.h"
#include "bench/report.h"
#include "data/dataset.h"
#include "data/subset.h"
#include "dltrain/bench.h"

#include <stdbool.h>

/** The orders of samples. The buffer is the one that `data.shuffle_buffer: auto` takes for sets
 * that are too large to be kept or read sample by sample. */
typedef enum dlt_bench_order {
    DLT_BENCH_SEQUENTIAL,
    DLT_BENCH_SHUFFLED,
    DLT_BENCH_SHUFFLE_BUFFER,
    DLT_BENCH_ORDERS
} dlt_bench_order;

enum { DLT_BENCH_TRIALS = DLT_BENCH_LAYOUTS * DLT_BENCH_ORDERS, DLT_BENCH_DATA_BATCH = 128 };

/** One layout in one order: samples/s of every round. Trials are sorted by layout, then order. */
typedef struct dlt_bench_trial {
    int layout;
    dlt_bench_order kind;
    bool is_auto;                           /* the order that `data.shuffle_buffer: auto` gives */
    dlt_dataset *dataset;                   /* owned by the benchmark */
    dlt_subset subset;                      /* all samples, in that order */
    double plain[DLT_BENCH_ROUNDS_MAX];     /* by pread */
    double read[DLT_BENCH_ROUNDS_MAX];      /* as stored */
    double delivered[DLT_BENCH_ROUNDS_MAX]; /* as reals with labels, by the loader */
} dlt_bench_trial;

/** Prints the table of all trials, and with options->json the object. compressed: the size of the
 * compressed file by that of the plain one.
 *  Not collective. Errors: MEM; IO if options->out cannot be written */
DLT_CHECKED dlt_status dlt_bench_data_report(const dlt_bench_data_options *options,
                                             const dlt_bench_trial *trials, double compressed);

#endif
