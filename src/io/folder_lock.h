/* A folder that belongs to one job at a time, on this machine and on all that see the folder over a
 * network: a run folder, a verification's, a study's. The owner is a file .lock in it, made by
 * link(2), which is atomic on NFS, too, that names the owner's machine, process and start time. A
 * thread of the owner touches it every few seconds.
 *
 * An owner that is dead loses the folder: at once where its process can be looked up, because it
 * runs under the same kernel; else after its file has not changed for DLT_FOLDER_LOCK_STALE_S on
 * the clock of whoever waits. */
#ifndef DLT_IO_FOLDER_LOCK_H
#define DLT_IO_FOLDER_LOCK_H

#include "dltrain/status.h"

#include <signal.h>
#include <stdatomic.h>

#define DLT_FOLDER_LOCK_BEAT_S  5.0
#define DLT_FOLDER_LOCK_STALE_S 60.0

typedef struct dlt_folder_lock dlt_folder_lock;

/** How to wait for a sign of life of an owner on another machine. */
typedef struct dlt_folder_lock_patience {
    double stale_s;                    /* 0: DLT_FOLDER_LOCK_STALE_S */
    atomic_llong *progress;            /* counts the looks, for a watchdog; may be NULL */
    const volatile sig_atomic_t *stop; /* non-zero ends the waiting; may be NULL */
} dlt_folder_lock_patience;

/** Makes the folder if needed and takes possession of it. Of several that try at once exactly one
 *  succeeds.
 *  Collective: Not collective; by one process of a job
 *  Owns:       caller owns *out
 *  Errors:     ARG naming the owner if there is one; IO, MEM, INTERNAL. Nothing is left behind
 *              then, but for folders around one that several jobs made and gave up.
 */
DLT_CHECKED dlt_status dlt_folder_lock_take(const char *folder,
                                            const dlt_folder_lock_patience *patience,
                                            dlt_folder_lock **out);

/** Whether the folder is still this job's: before every write that another owner could suffer from,
 *  because a machine that slept for long may have lost it.
 *  Collective: Not collective
 *  Errors:     IO if another job has taken the folder over
 */
DLT_CHECKED dlt_status dlt_folder_lock_check(const dlt_folder_lock *lock);

/** Gives the folder up, and removes it if it is empty and was made here. NULL-safe.
 *  Collective: Not collective
 *  Errors:     none; what cannot be removed stays
 */
void dlt_folder_lock_release(dlt_folder_lock **lock);

#endif
