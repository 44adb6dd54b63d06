/* What an output may replace: an earlier output on demand, never a file that the same command
 * reads, under whatever name or link. */
#ifndef DLT_IO_OUTPUT_H
#define DLT_IO_OUTPUT_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** A file whatever it is called: links to it, hard or symbolic, are the same file. */
typedef struct dlt_file_id {
    dev_t device;
    ino_t inode;
    bool used; /* of a place in the set */
} dlt_file_id;

/** The files that a command reads. Zero-initialized: none. */
typedef struct dlt_file_set {
    int64_t count;
    int64_t room;
    dlt_file_id *at; /* [room]; owned */
} dlt_file_set;

/** Makes room for one more file. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_file_set_reserve(dlt_file_set *set);
/** Adds the file that path leads to; one that is not there is passed over. Allocates nothing for a
 * file of the set. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_file_set_add(dlt_file_set *set, const char *path);
/** Whether path leads to a file of the set. Not collective. Errors: none. */
bool dlt_file_set_has(const dlt_file_set *set, const char *path);
void dlt_file_set_destroy(dlt_file_set *set);

/** Whether a command may write its output to path, by way of the temporary file that
 *  dlt_temporary_path names: to be asked before any work is done. A symbolic link itself is
 *  replaced, not the file that it leads to.
 *  Collective: Not collective
 *  Errors:     ARG if path is empty, is an input (inputs may be NULL), is no regular file, or
 *              exists and overwrite is false; IO if nobody can tell; MEM
 */
DLT_CHECKED dlt_status dlt_output_check(const char *path, bool overwrite,
                                        const dlt_file_set *inputs);

#endif
