/* Initial parameters from a file, in the place of those that the seed gives. */
#ifndef DLT_SESSION_INITIAL_WEIGHTS_H
#define DLT_SESSION_INITIAL_WEIGHTS_H

#include "checkpoint/checkpoint.h"
#include "session/engine.h"
#include "session/run_weights.h"

/** Takes parameters and running statistics from train.init_from, whose file is named in path.
 *  Collective: Collective
 *  Owns:       caller owns *report (dlt_init_report_destroy), also after a failure
 *  Errors:     as dlt_run_weights_named and dlt_checkpoint_read_params: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_engine_init_from(dlt_engine *engine, char path[DLT_PATH_BYTES],
                                            dlt_init_report *report);

#endif
