/* The watchdog's inside: a thread on each rank that notices when nothing gets finished any more,
 * lets every rank say where it stands, and hands one merged message to the program, which ends the
 * job. */
#ifndef DLT_WATCHDOG_WATCHDOG_H
#define DLT_WATCHDOG_WATCHDOG_H

#include "dltrain/comm.h"
#include "dltrain/status.h"
#include "dltrain/watchdog.h"
#include "report/heartbeat.h"

/** Writes where this rank stands, as a few words, into out. Called by the watchdog's thread. */
typedef void dlt_watchdog_describe(void *context, char *out, size_t bytes);

/** How long may nothing be finished, where neither run file nor updates say so. */
#define DLT_WATCHDOG_LEAST_S 60.0

/** A watchdog with all that dlt_watchdog_start finds out by itself. */
typedef struct dlt_watchdog_context {
    const char *folder; /* of the run; NULL: no rendezvous */
    const char *job;    /* what the launcher calls it; NULL: unknown */
    int rank;
    int size;       /* 0: not known yet */
    double limit_s; /* without progress; 0: never */
    dlt_hang_handler *on_hang;
    dlt_orphan_handler *on_orphan; /* may be NULL */
    void *hang_context;
} dlt_watchdog_context;

/** Starts watching.
 *  Collective: Not collective
 *  Owns:       caller owns *out
 *  Errors:     MEM; INTERNAL if no thread can be started
 */
DLT_CHECKED dlt_status dlt_watchdog_create(const dlt_watchdog_context *context, dlt_watchdog **out);

/** Where the thread that works says what it does; NULL of NULL. Not collective. Errors: none. */
dlt_heartbeat *dlt_watchdog_heartbeat(dlt_watchdog *watchdog);

/** Another limit from now on; NULL-safe. */
void dlt_watchdog_set_limit(dlt_watchdog *watchdog, double limit_s);

/** Where the ranks meet, from now on, where the watchdog was created without a folder; NULL-safe.
 */
void dlt_watchdog_set_rendezvous(dlt_watchdog *watchdog, const dlt_watchdog_context *context);

/** Who this rank is, where its launcher did not say so; NULL-safe. */
void dlt_watchdog_join(dlt_watchdog *watchdog, const dlt_comm *comm);

/** Who says where this rank stands in training; describe NULL: nobody any more, and what the last
 *  one borrows is no longer in use. NULL-safe. */
void dlt_watchdog_ask(dlt_watchdog *watchdog, dlt_watchdog_describe *describe, void *context);

#endif
