/* A run folder as names: where in it lies what. */
#ifndef DLT_RUN_FOLDER_LAYOUT_H
#define DLT_RUN_FOLDER_LAYOUT_H

#include "dltrain/status.h"
#include "io/folder_lock.h"

/** Paths of a run folder; owned. */
typedef struct dlt_folder {
    char *root;
    char *config;
    char *metrics;
    char *summary;
    char *checkpoints;
    dlt_folder_lock *lock; /* on rank 0 of the job that owns the folder, else NULL */
} dlt_folder;

/** Names the folder's files. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_folder_name(const char *root, dlt_folder *out);
/** Gives the folder up, too, if it is owned, and removes it if it is empty and was made for this
 * job. NULL-safe members. */
void dlt_folder_destroy(dlt_folder *folder);

#endif
