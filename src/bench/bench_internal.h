/* Module card: bench (level 10).
 *
 * What lives here: timing of steps, kernels, reductions, data and checkpoints, one file per benchmark, and the
 * workloads that they share (workload.h, rig.h). May include: train and below. Owns: a rig owns its problem,
 * state and strategy.
 */
#ifndef DLT_BENCH_INTERNAL_H
#define DLT_BENCH_INTERNAL_H
#endif
