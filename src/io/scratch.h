/* A folder for files that are gone when the command ends. */
#ifndef DLT_IO_SCRATCH_H
#define DLT_IO_SCRATCH_H

#include "dltrain/status.h"

#include <stddef.h>

/** Makes a folder parent/dltrain-PURPOSE-SPACE.PID-XXXXXX of a new name, and removes those for the
 *  same purpose that killed processes of this machine have left there. out has so many bytes and
 *  becomes empty on failure. Not collective. Errors: IO, also if parent is absent; ARG if the path
 *  is too long. */
DLT_CHECKED dlt_status dlt_scratch_make(const char *parent, const char *purpose, char *out,
                                        size_t bytes);
/** Removes the folder with the files in it; folders in it stay, and it with them. Not collective.
 * Errors: none. */
void dlt_scratch_remove(const char *folder);

#endif
