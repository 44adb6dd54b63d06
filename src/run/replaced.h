/* A run that --overwrite replaces lies in .replaced in its folder until the new one has written its
 * first checkpoint; if that never comes, it is put back. */
#ifndef DLT_RUN_REPLACED_H
#define DLT_RUN_REPLACED_H

#include "io/output.h"
#include "run/folder_layout.h"

/** Removes what a run has written; anything else in the folder is not ours. Not collective. Errors:
 *  IO, MEM. */
DLT_CHECKED dlt_status dlt_run_files_remove(const dlt_folder *folder);

/** Fails if a file that a run writes, or that --overwrite removes, is among the inputs. Not
 * collective. Errors: ARG naming it; IO, MEM. */
DLT_CHECKED dlt_status dlt_run_files_check(const dlt_folder *folder, const dlt_file_set *inputs);

/** Puts the run aside. A process that is killed amid this leaves a folder that dlt_replaced_settle
 *  makes whole. Not collective. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_replaced_put_aside(const dlt_folder *folder);

/** If a run lies aside: removes it where the one that replaces it has a checkpoint, else removes
 *  that one and puts it back. Not collective. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_replaced_settle(const dlt_folder *folder, bool *put_back);

/** True if a run lies aside. */
bool dlt_replaced_is_there(const dlt_folder *folder);

#endif
