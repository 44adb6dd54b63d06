/* The folder that an import or a synthetic set goes to. */
#ifndef DLT_INGEST_OUTPUT_FOLDER_H
#define DLT_INGEST_OUTPUT_FOLDER_H

#include "dltrain/import.h"
#include "io/folder_lock.h"

#include <stddef.h>

typedef struct dlt_output_folder {
    const char *path;   /* borrowed */
    size_t there_bytes; /* of the beginning of the path that was there before */
} dlt_output_folder;

/** Makes the folder, and those above it, takes possession of it, removes what a killed import left
 * in it, and refuses to mix with a data set that is in it. The caller releases *lock and withdraws
 * the folder where the import fails, also here. Errors: ARG for an empty name or a folder that
 * another job owns; IO, MEM. */
DLT_CHECKED dlt_status dlt_output_folder_make(const dlt_import_output *output,
                                              dlt_output_folder *out, dlt_folder_lock **lock);

/** Removes what was made as far as it is empty. */
void dlt_output_folder_withdraw(const dlt_output_folder *folder);

#endif
