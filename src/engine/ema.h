/* The exponential moving average of the weights: after update t, with decay d,
 *
 *   a <- w                       after the first update
 *   a <- a + (1 - d) (w - a)     after every other
 *
 * (Polyak and Juditsky 1992, doi 10.1137/0330046, average over the run; with decay as in Tarvainen
 * and Valpola 2017, arXiv 1703.01780). It is kept as a state beside the optimizer's own. What
 * evaluates takes it for the weights meanwhile. */
#ifndef DLT_ENGINE_EMA_H
#define DLT_ENGINE_EMA_H

#include "engine/state.h"
#include "engine/strategy.h"

/** Takes the weights after an update into the EMA. range: this rank's. Not collective. */
void dlt_ema_update(const dlt_task *task, dlt_train_state *state, dlt_range range);

/** Exchanges weights and EMA; nothing without one. Twice gives back what was, bit for bit. The
 * ranks may go on to read the weights when it returns.
 *  Collective: Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_ema_exchange(dlt_strategy *strategy, dlt_train_state *state);

#endif
