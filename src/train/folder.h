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

/** Makes the folder ready for a run: refuses one that holds a run unless resuming or overwriting,
 * writes config.yaml. Only rank 0 touches the file system. Collective: Collective. Errors: ARG if a
 * run is there already; IO. Agreed. */
DLT_CHECKED dlt_status dlt_folder_prepare(const dlt_comm *comm, const dlt_folder *folder,
                                          const dlt_run *run, bool resume, bool overwrite);

#endif
