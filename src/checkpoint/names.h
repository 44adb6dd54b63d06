/* The names of what a checkpoint holds. */
#ifndef DLT_CHECKPOINT_NAMES_H
#define DLT_CHECKPOINT_NAMES_H

#include <stdbool.h>

#define DLT_CHECKPOINT_RUN_FILE "/run_file"
#define DLT_CHECKPOINT_MODEL    "/model"
#define DLT_CHECKPOINT_STATE    "/state"

enum { DLT_CHECKPOINT_NAME_BYTES = 256 };

/** The absolute name, whether or not the visitor of io gave it with a slash. */
void dlt_checkpoint_full_name(const char *name, char out[DLT_CHECKPOINT_NAME_BYTES]);
/** True if name lies below the group, "/params" for example. */
bool dlt_checkpoint_is_below(const char *name, const char *group);

#endif
