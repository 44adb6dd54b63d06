/* Writing parts of an existing file at given offsets: several processes may fill one file at once.
 */
#ifndef DLT_IO_POSITIONED_H
#define DLT_IO_POSITIONED_H

#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_positioned_file {
    int descriptor;   /* -1: closed */
    const char *path; /* borrowed */
} dlt_positioned_file;

/** Opens an existing file. Not collective. Errors: IO. */
DLT_CHECKED dlt_status dlt_positioned_open(const char *path, dlt_positioned_file *out);
/** Writes all bytes at offset. Not collective. Errors: IO. */
DLT_CHECKED dlt_status dlt_positioned_write(const dlt_positioned_file *file, int64_t offset,
                                            const void *data, int64_t bytes);
/** Forces what was written to the disk and closes. Not collective. Errors: IO; the file is closed
 * all the same. */
DLT_CHECKED dlt_status dlt_positioned_finish(dlt_positioned_file *file);

/** Removes a file if it is there. */
void dlt_file_remove(const char *path);

#endif
