/* The run folder: config.yaml, metrics.jsonl, summary.json, checkpoints/. */
#ifndef DLT_TRAIN_FOLDER_H
#define DLT_TRAIN_FOLDER_H

#include "dltrain/comm.h"
#include "dltrain/trainer.h"
#include "train/run.h"

/** Paths of a run folder; owned. */
typedef struct dlt_folder {
    char *root;
    char *config;
    char *metrics;
    char *summary;
    char *checkpoints;
} dlt_folder;

/** Names the folder's files. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_folder_name(const char *root, dlt_folder *out);
void dlt_folder_destroy(dlt_folder *folder);

/** Refuses a folder that holds a run unless resuming or overwriting, and one without a run where
 * one is to be resumed. Writes nothing. Only rank 0 looks. Collective. Errors: ARG (agreed). */
DLT_CHECKED dlt_status dlt_folder_check(const dlt_comm *comm, const dlt_folder *folder, bool resume,
                                        bool overwrite);

/** Makes the folder ready for a run: removes the one that is overwritten, writes config.yaml. Only
 * rank 0 touches the file system. Collective. Errors: IO (agreed). */
DLT_CHECKED dlt_status dlt_folder_prepare(const dlt_comm *comm, const dlt_folder *folder,
                                          const dlt_run *run, bool overwrite);

/** Removes what a run has written, and the folder if nothing else is in it. Not collective; cannot
 * fail: what cannot be removed stays. */
void dlt_folder_discard(const dlt_folder *folder);

#endif
