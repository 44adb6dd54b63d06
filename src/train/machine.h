/* What the operating system says of this machine and of what this process may use of it. */
#ifndef DLT_TRAIN_MACHINE_H
#define DLT_TRAIN_MACHINE_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dlt_machine {
    int cores;   /* of the machine */
    int threads; /* hardware threads of the machine */
    int allowed; /* hardware threads this process may run on */
    /* of the largest cache beside a core, and the cores that share it; 0 and 1 where unknown */
    int64_t cache_bytes;
    int cache_cores;
} dlt_machine;

/** Asks hwloc. Not collective. Errors: INTERNAL if hwloc cannot read the machine. */
DLT_CHECKED dlt_status dlt_machine_read(dlt_machine *out);

/** The kind of file system of a path ("ext4", "nfs", "lustre", "tmpfs", or its number in hexadecimal). */
const char *dlt_file_system_name(const char *path, char *out, size_t bytes);

#endif
