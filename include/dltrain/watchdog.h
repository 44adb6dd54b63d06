/** What keeps a job from hanging: a thread on each rank that watches over it from before MPI starts
 * until it has ended. */
#ifndef DLTRAIN_WATCHDOG_H
#define DLTRAIN_WATCHDOG_H

#include "dltrain/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_watchdog dlt_watchdog;
typedef struct dlt_run dlt_run;

/** What the program does when the job hangs: report says where the ranks stand, or is NULL on ranks
 * that have nothing to add. Called by a thread of the library while the others stand still, so MPI
 * cannot be used; it is expected to end the process. */
typedef void dlt_hang_handler(void *context, const char *report);

/** What the program does when the launcher that started this rank has died or was killed: it asks
 * for an end, as a signal does. Called once, by a thread of the library. The rank is given the time
 * for its checkpoint; where it cannot go on the hang handler is called. */
typedef void dlt_orphan_handler(void *context);

typedef struct dlt_watchdog_options {
    const dlt_run *run; /* its train.watchdog_s says how long is too long; NULL: the default */
    const char *folder; /* where ranks that hang meet, one that all of them see: the run folder;
                                  NULL: runs/NAME, or said later */
    dlt_hang_handler *on_hang; /* required */
    dlt_orphan_handler
        *on_orphan; /* NULL: there is nothing to finish, the hang handler is called at once */
    void *hang_context;
} dlt_watchdog_options;

/** Starts to watch over a job: that is best before dlt_comm_start, so that a rank which is lost
 *  while MPI starts does not hold up the others. What dlt_train, dlt_evaluate, dlt_predict and
 *  dlt_verify get hold of tells it of their progress. It is stopped after dlt_comm_finish; or
 *  before a program does something else, of which it knows nothing.
 *  Collective: Not collective
 *  Owns:       caller owns *out; it borrows the context
 *  Errors:     MEM; INTERNAL if no thread can be had
 */
DLT_CHECKED dlt_status dlt_watchdog_start(const dlt_watchdog_options *options, dlt_watchdog **out);

/** Tells a watchdog that was started before the run file was read of the run and of its folder.
 * NULL-safe.
 *  Collective: Not collective; once
 *  Errors:     none
 */
void dlt_watchdog_adopt(dlt_watchdog *watchdog, const dlt_run *run, const char *folder);

/** Ends it; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_watchdog_stop(dlt_watchdog **watchdog);

#ifdef __cplusplus
}
#endif
#endif
