/* File descriptors behind a status: calls that a signal interrupted are taken up again, short reads
 * and writes are completed. */
#ifndef DLT_IO_POSIX_H
#define DLT_IO_POSIX_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

/** open(2), new files with mode 0666 less the umask; negative with errno set on failure. A pipe
 * without a writer is empty to a reader, who does not wait for one; nothing else depends on that.
 */
int dlt_posix_open(const char *path, int flags);

/** Reads up to bytes; *got is less only at the end of the file. Errors: IO. */
DLT_CHECKED dlt_status dlt_posix_read(int fd, const char *path, void *out, size_t bytes,
                                      size_t *got);
/** Reads exactly bytes at offset. Errors: IO; FORMAT "PATH is truncated: …" at the end of the file.
 */
DLT_CHECKED dlt_status dlt_posix_read_at(int fd, const char *path, int64_t offset, void *out,
                                         size_t bytes);
DLT_CHECKED dlt_status dlt_posix_write(int fd, const char *path, const void *data, size_t bytes);
DLT_CHECKED dlt_status dlt_posix_sync(int fd, const char *path);

#endif
