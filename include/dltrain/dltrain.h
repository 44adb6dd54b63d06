/** Everything that users of the library need: one include.
 *
 *  A program that trains: dlt_comm_start, dlt_run_load, dlt_train, dlt_run_destroy,
 *  dlt_comm_finish; every status looked at, dlt_error_message on failure.
 */
#ifndef DLTRAIN_DLTRAIN_H
#define DLTRAIN_DLTRAIN_H

#include "dltrain/array.h"
#include "dltrain/bench.h"
#include "dltrain/builder.h"
#include "dltrain/catalog.h"
#include "dltrain/comm.h"
#include "dltrain/doctor.h"
#include "dltrain/import.h"
#include "dltrain/inspect.h"
#include "dltrain/kernels_info.h"
#include "dltrain/line_sink.h"
#include "dltrain/plan.h"
#include "dltrain/progress.h"
#include "dltrain/real.h"
#include "dltrain/run.h"
#include "dltrain/session.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "dltrain/trainer.h"
#include "dltrain/verify.h"
#include "dltrain/watchdog.h"

#endif
