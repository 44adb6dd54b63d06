/* All that a step works on, put together: communicator, task, strategy, state, batch statistics and
 * source, in the order in which they depend on each other. */
#ifndef DLT_SESSION_ENGINE_H
#define DLT_SESSION_ENGINE_H

#include "engine/denominators.h"
#include "engine/state.h"
#include "engine/step.h"
#include "engine/strategy.h"
#include "engine/sync.h"
#include "engine/task.h"

#include <stdbool.h>
#include <stdint.h>

/** It stays where it is: the stepper borrows from the other members. Zero before the first call. */
typedef struct dlt_engine {
    dlt_comm *comm; /* owned; arranged as the run file says */
    dlt_task task;
    dlt_strategy *strategy; /* owned */
    dlt_train_state state;
    dlt_denominators *denominators; /* owned */
    dlt_sync *sync;                 /* owned */
    dlt_loader *loader;             /* owned; NULL where the samples come from elsewhere */
    dlt_coverage full_epoch;        /* what the coverage checksum of a whole epoch must be */
    dlt_stepper stepper;
} dlt_engine;

/** Makes the communicator of an engine, arranged as the run file says.
 *  Collective: Collective; run equal on all ranks
 *  Owns:       the engine is destroyed by the caller, also after a failure
 *  Errors:     MPI; MEM
 */
DLT_CHECKED dlt_status dlt_engine_arrange(const dlt_comm *comm, const dlt_run *run,
                                          dlt_engine *engine);

/** Opens the data and builds the model, on the engine's communicator.
 *  Collective: Collective; options equal on all ranks; options->comm is not looked at
 *  Owns:       borrows what options names until destroy
 *  Errors:     as dlt_task_create
 */
DLT_CHECKED dlt_status dlt_engine_open(dlt_engine *engine, const dlt_task_options *options);

typedef struct dlt_engine_options {
    int64_t steps;        /* of an epoch, each a whole batch; 0: one pass over the training split */
    bool whole_gradients; /* every rank is to see all of the gradient, because somebody looks on */
} dlt_engine_options;

/** Makes strategy, parameters by the run's seed, state and batch statistics: a fresh run before its
 *  first update. It has no source yet.
 *  Collective: Collective; options equal on all ranks
 *  Errors:     CONFIG, MEM, MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_engine_start(dlt_engine *engine, const dlt_engine_options *options);

/** Makes the training split the source, from the state's place in the epochs on, in place of the
 *  loader before.
 *  Collective: Collective
 *  Errors:     CONFIG or SHAPE from transforms; MEM; INTERNAL if no thread can be started: agreed
 */
DLT_CHECKED dlt_status dlt_engine_load(dlt_engine *engine);

/** The hash of the whole state, on all ranks.
 *  Collective: Collective
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_engine_hash(dlt_engine *engine, uint64_t *out);

/** Releases all parts; an engine of zeros has none.
 *  Collective: Collective
 *  Errors:     none
 */
void dlt_engine_destroy(dlt_engine *engine);

#endif
