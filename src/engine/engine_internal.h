/* Module card: engine (level 7).
 *
 * What lives here: the exact step: what is computed (task.h), one update (step.h), how its
 * gradients become parameters (strategy.h), what is remembered between updates (state.h),
 * statistics over the batch (sync.h), evaluation (evaluation.h), the coverage checksum of samples
 * (coverage.h), and the checks that all ranks hold the same (alike.h, replicas.h). May include:
 * run, watchdog, checkpoint and below. It is where ranks, data and the model meet. Owns: a task
 * owns data sets, model and loss; a strategy owns its reducer.
 */
#ifndef DLT_ENGINE_INTERNAL_H
#define DLT_ENGINE_INTERNAL_H
#endif
