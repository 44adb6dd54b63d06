/* The run folder: config.yaml, metrics.jsonl, summary.json, checkpoints/. */
#ifndef DLT_RUN_FOLDER_H
#define DLT_RUN_FOLDER_H

#include "dltrain/comm.h"
#include "report/heartbeat.h"
#include "run/folder_layout.h"
#include "run/run.h"

#include <signal.h>
#include <stdbool.h>

/** Of a job that wants a folder for itself and may have to wait. */
typedef struct dlt_folder_claim {
    dlt_heartbeat *heartbeat;          /* NULL: nobody watches */
    const volatile sig_atomic_t *stop; /* NULL: nobody interrupts */
} dlt_folder_claim;

/** Takes possession of the folder, before anything in it is read: it belongs to one job at a time,
 * until dlt_folder_destroy. Then makes whole what a job that was killed amid --overwrite has left;
 * *put_back, on rank 0: the run that it was to replace is there again. Only rank 0 acts.
 * Collective. Errors: ARG naming the owner if there is another; IO, MEM (agreed). */
DLT_CHECKED dlt_status dlt_folder_own(const dlt_comm *comm, const dlt_folder_claim *claim,
                                      dlt_folder *folder, bool *put_back);
/** Whether nobody has taken the folder over. Not collective. Errors: IO. */
DLT_CHECKED dlt_status dlt_folder_still_own(const dlt_folder *folder);

/** Refuses a folder that holds a run unless resuming or overwriting, and one without a run where
 * one is to be resumed. Writes nothing. Only rank 0 looks. Collective. Errors: ARG (agreed). */
DLT_CHECKED dlt_status dlt_folder_check(const dlt_comm *comm, const dlt_folder *folder, bool resume,
                                        bool overwrite);

/** Makes the folder ready for a run: writes config.yaml (run NULL: leaves it). The run that is
 * overwritten is put aside, or removed at once. Only rank 0 touches the file system. Collective.
 * Errors: IO (agreed). */
DLT_CHECKED dlt_status dlt_folder_prepare(const dlt_comm *comm, const dlt_folder *folder,
                                          const dlt_run *run, bool overwrite, bool aside);

/** Of a run that was put aside: removes it if the new one has a checkpoint; else removes the new
 * one, puts the old one back, and returns true. Not collective; what cannot be done is a warning.
 */
bool dlt_folder_settle(const dlt_folder *folder);

/** Removes what a run has written. Not collective; cannot fail: what cannot be removed stays. */
void dlt_folder_discard(const dlt_folder *folder);

#endif
