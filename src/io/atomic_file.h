/* Files that appear whole or not at all: written under a temporary name in the same directory,
 * fsync'ed, renamed, the directory fsync'ed. */
#ifndef DLT_IO_ATOMIC_FILE_H
#define DLT_IO_ATOMIC_FILE_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>

/** The temporary name for path (".NAME.tmp" beside it), a dlt_alloc copy owned by the caller, or
 * NULL. */
char *dlt_temporary_path(const char *path);

/** fsyncs temporary, renames it to path and fsyncs the directory. Errors: IO; temporary is then
 * removed. */
DLT_CHECKED dlt_status dlt_file_commit(const char *temporary, const char *path);

/** Writes bytes as a whole file, atomically. Errors: IO. */
DLT_CHECKED dlt_status dlt_file_write(const char *path, const void *data, size_t bytes);

/** Reads a whole file of at most limit bytes; caller owns *out (terminated by a zero byte). Errors:
 * IO, MEM. */
DLT_CHECKED dlt_status dlt_file_read(const char *path, size_t limit, char **out, size_t *bytes);

/** Makes a directory and its parents; an existing one is fine. Errors: IO. */
DLT_CHECKED dlt_status dlt_directory_make(const char *path);
bool dlt_path_exists(const char *path);
/** Bytes that can still be written to the file system of path; -1 if unknown. */
long long dlt_free_bytes(const char *path);

#endif
