/* Module card: bench (level 10).
 *
 * What lives here: timing of steps, kernels, reductions, data and checkpoints, one file per
 * benchmark, and the workloads that they share (workload.h, harness.h). May include: train and
 * below. Owns: a harness owns its engine and samples.
 */
#ifndef DLT_BENCH_INTERNAL_H
#define DLT_BENCH_INTERNAL_H
#endif
