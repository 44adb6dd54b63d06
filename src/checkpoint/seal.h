/* The seal behind the HDF5 part of a checkpoint: checksums of every byte. */
#ifndef DLT_CHECKPOINT_SEAL_H
#define DLT_CHECKPOINT_SEAL_H

#include "checkpoint/names.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/** One line of a seal: a range of the file, normally a dataset. */
typedef struct dlt_seal_entry {
    char name[DLT_CHECKPOINT_NAME_BYTES];
    int64_t offset;
    int64_t bytes;
    uint64_t checksum; /* as written */
    uint64_t found;    /* as measured in the file */
} dlt_seal_entry;

typedef struct dlt_seal {
    dlt_seal_entry *entries; /* by ascending offset; owned */
    int64_t count;
    dlt_seal_entry structure; /* the bytes outside of the entries; its `bytes` is the HDF5 part's */
} dlt_seal;

/** The checksum of a dataset's bytes, the same as measuring them in the file. */
uint64_t dlt_seal_checksum(const void *data, int64_t bytes);

/** Reads the HDF5 part of the file and fills `found` of all entries and of the structure. Entries
 * must be in order. Errors: IO, FORMAT if the file is shorter than that, MEM. */
DLT_CHECKED dlt_status dlt_seal_measure(const char *path, dlt_seal *seal);

/** The first entry, or the structure, whose found checksum is not the written one; NULL if all are
 * right. */
const dlt_seal_entry *dlt_seal_damage(const dlt_seal *seal);

/** Writes the seal behind the HDF5 part. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_seal_append(const char *path, const dlt_seal *seal);

/** Whether the file ends as a sealed one does; false also if it cannot be read. */
bool dlt_seal_present(const char *path);

/** Reads and checks the seal itself. Errors: IO; FORMAT "checkpoint X is damaged: …"; MEM. */
DLT_CHECKED dlt_status dlt_seal_read(const char *path, dlt_seal *out);
void dlt_seal_destroy(dlt_seal *seal);

#endif
