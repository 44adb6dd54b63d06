/* What the operating system says of this machine and of what this process may use of it. */
#ifndef DLT_HOST_MACHINE_H
#define DLT_HOST_MACHINE_H

#include "dltrain/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct dlt_machine {
    int cores;   /* of the machine */
    int threads; /* hardware threads of the machine */
    /* of the largest cache beside a core, and the cores that share it; 0 and 1 where unknown */
    int64_t cache_bytes;
    int cache_cores;
} dlt_machine;

/** Asks hwloc. Not collective. Errors: INTERNAL if hwloc cannot read the machine. */
DLT_CHECKED dlt_status dlt_machine_read(dlt_machine *out);

/** Cores are known by the number of their first hardware thread, below this. */
enum { DLT_CORES_MAX = 2048 };

/** Sets mark[c] to 1 for each core that this process may use, to 0 for the others. *count: how many
 *  are marked; *all: how many the machine has. Not collective. Errors: INTERNAL if hwloc cannot
 *  read the machine. */
DLT_CHECKED dlt_status dlt_machine_cores(uint64_t mark[DLT_CORES_MAX], int *count, int *all);

/** The kind of file system of a path ("ext4", "nfs", "lustre", "tmpfs", or its number in
 * hexadecimal). */
const char *dlt_file_system_name(const char *path, char *out, size_t bytes);

#endif
