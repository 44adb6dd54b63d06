/* Room card: checkpoint (level 4).
 *
 * What lives here: the state of a run as named tensors and values (snapshot.h), writing, verifying
 * and reading it (checkpoint.h), the folder of generations (retention.h), the `checkpoint:` section
 * of the run file (settings.h), the description for people (dltrain/checkpoint.h). May include:
 * io, report, config, tensor, base; it knows no model. Owns: the format below.
 *
 * A checkpoint is an HDF5 file with a seal behind it. The HDF5 part holds one contiguous dataset
 * per tensor (/params/…, /optim/…, /extra/…, /residuals/…), per state value (/state/NAME: int64, float64, or text
 * as uint8 with its terminator), and the texts /run_file and /model. Any HDF5 tool can read it;
 * what stands behind the end that the superblock gives is ignored by the library.
 *
 * The seal is text: a line "CHECKSUM OFFSET BYTES NAME" per dataset, a line for all bytes outside
 * of them, named "(structure)", and a footer of fixed length with the length and checksum of these
 * lines. It lets every byte be checked, and the tensor that is damaged be named, before the HDF5
 * library, which may crash on damaged metadata, sees the file.
 */
#ifndef DLT_CHECKPOINT_INTERNAL_H
#define DLT_CHECKPOINT_INTERNAL_H

#include "checkpoint/checkpoint.h"
#include "checkpoint/snapshot.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DLT_CHECKPOINT_RUN_FILE "/run_file"
#define DLT_CHECKPOINT_MODEL    "/model"
#define DLT_CHECKPOINT_STATE    "/state"

enum { DLT_CHECKPOINT_NAME_BYTES = 256 };

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

/** The absolute name, whether or not the visitor of io gave it with a slash. */
void dlt_checkpoint_full_name(const char *name, char out[DLT_CHECKPOINT_NAME_BYTES]);
/** True if name lies below the group, "/params" for example. */
bool dlt_checkpoint_is_below(const char *name, const char *group);

/** Reads state values, run file and model fingerprint of an open file. Errors: IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_checkpoint_read_values(dlt_h5_file *file, dlt_snapshot *into);

#endif
