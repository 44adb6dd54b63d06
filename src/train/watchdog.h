/* The watchdog: a thread on each rank that notices when nothing gets finished any more, lets every
 * rank say where it stands, and hands one merged message to the program, which ends the job. MPI
 * cannot be used in that state, so the ranks meet in the run folder. */
#ifndef DLT_TRAIN_WATCHDOG_H
#define DLT_TRAIN_WATCHDOG_H

#include "dltrain/status.h"
#include "dltrain/trainer.h"
#include "train/marks.h"

typedef struct dlt_watchdog dlt_watchdog;

/** Writes where this rank stands, as a few words, into out. Called by the watchdog's thread. */
typedef void dlt_watchdog_describe(void *context, char *out, size_t bytes);

typedef struct dlt_watchdog_options {
    const char *folder; /* of the run; borrowed */
    int rank;
    int size;
    double limit_s;                  /* without progress; above 0 */
    const dlt_marks *marks;          /* borrowed */
    dlt_watchdog_describe *describe; /* borrowed context */
    void *describe_context;
    dlt_hang_handler *on_hang;
    void *hang_context;
} dlt_watchdog_options;

/** Removes what an earlier job left in the folder. To be called by one rank before any starts its
 *  watchdog. Not collective; what cannot be removed stays. */
void dlt_watchdog_clear(const char *folder);

/** Starts watching.
 *  Collective: Not collective
 *  Owns:       caller owns *out; it borrows what options names until destroy
 *  Errors:     MEM; INTERNAL if no thread can be had
 */
DLT_CHECKED dlt_status dlt_watchdog_create(const dlt_watchdog_options *options, dlt_watchdog **out);
/** NULL-safe. */
void dlt_watchdog_destroy(dlt_watchdog **watchdog);

/** Another limit from now on. */
void dlt_watchdog_set_limit(dlt_watchdog *watchdog, double limit_s);

#endif
