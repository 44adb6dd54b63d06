/* The end of an epoch, and evaluations during a run: what the trainer and a session have in
 * common. */
#ifndef DLT_SESSION_EPOCH_H
#define DLT_SESSION_EPOCH_H

#include "engine/evaluation.h"
#include "session/engine.h"

/** Loss and metrics of a split of the engine's task, under the EMA of the weights where there is
 * one.
 *  Collective: Collective
 *  Owns:       caller owns *out (dlt_evaluation_destroy)
 *  Errors:     as dlt_evaluate_split
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_engine_evaluate(dlt_engine *engine, const dlt_task_split *split,
                                           dlt_evaluation *out);

/** What the end of an epoch found. */
typedef struct dlt_epoch_end {
    double train_loss;
    bool validated;
    bool best; /* the monitored value is the best so far */
} dlt_epoch_end;

/** Checks that every sample was computed once, evaluates the validation split where that is due,
 * and judges the monitored value. The epoch is still the state's when it returns.
 *  Collective: Collective
 *  Owns:       *validation is replaced where the epoch was validated; the caller destroys it
 *  Errors:     INTERNAL for samples that were left out; as dlt_evaluate_split; CONFIG for an
 *              unknown monitor; MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_engine_end_epoch(dlt_engine *engine, dlt_evaluation *validation,
                                            dlt_epoch_end *out);

/** Begins the epoch after the state's. Not collective. */
void dlt_engine_next_epoch(dlt_engine *engine);

/** The mean loss of the samples of the epoch under way. */
double dlt_engine_epoch_loss(const dlt_engine *engine);

#endif
