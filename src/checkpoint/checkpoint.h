/* Writing a snapshot as a file that checks itself, and reading it back. */
#ifndef DLT_CHECKPOINT_CHECKPOINT_H
#define DLT_CHECKPOINT_CHECKPOINT_H

#include "base/text.h"
#include "checkpoint/snapshot.h"
#include "dltrain/status.h"
#include "io/h5.h"

/** Writes the snapshot to path, whole or not at all: free space is checked, the file is written
 * under a temporary name beside path, sealed with checksums, read back and compared, and only then
 * takes the place of what stood at path.
 *  Collective: Not collective
 *  Errors:     IO, naming path, with the bytes needed and available if space is short; MEM. The
 *              temporary is removed and what stood at path is untouched, except when only the sync
 *              of the directory failed: then the new file, whole, has taken its place
 */
DLT_CHECKED dlt_status dlt_checkpoint_save(dlt_h5_lock *h5_lock, const char *path,
                                           const dlt_snapshot *snapshot);

/** Checks every byte of a checkpoint without looking into it.
 *  Collective: Not collective
 *  Errors:     IO if it cannot be opened; FORMAT "checkpoint X is damaged: the checksum of
 *              /params/fc/weight does not match", or that it is cut short; MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_verify(const char *path);

/** Verifies a checkpoint and fills the tensors of `into`, or their parts, by name; its state values
 * and run file become those of the file. The tensors of both must be the same, but that the file
 * may have more of them below /error_feedback; into->model, unless NULL, must be the file's.
 *  Collective: Not collective
 *  Errors:     as verify; MISMATCH naming tensor and both shapes (or types) if it is of another
 *              model. Tensors are untouched in these cases; IO, MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_load(dlt_h5_lock *h5_lock, const char *path,
                                           dlt_snapshot *into);

/** Reads only state values, run file and model fingerprint into `into`, after verifying.
 *  Collective: Not collective
 *  Errors:     as verify
 */
DLT_CHECKED dlt_status dlt_checkpoint_read_state(dlt_h5_lock *h5_lock, const char *path,
                                                 dlt_snapshot *into);

/** What an initialisation took; zero to begin with. */
typedef struct dlt_init_report {
    int64_t count;       /* parameters of the model */
    int64_t taken_count; /* of them, that the file gave */
    int64_t statistics;  /* running statistics of the model */
    int64_t taken_statistics;
    dlt_text taken; /* their names; owned */
    dlt_text left;  /* the others, and why; owned */
} dlt_init_report;

void dlt_init_report_destroy(dlt_init_report *report);

/** Fills the tensors of `into` below /params/ from a checkpoint, or from any HDF5 file with these
 * names and shapes, numbers converted, and those below /buffers/ that the file has in their shape;
 * other tensors of `into` stay as they are. Not strict: so do parameters that the file lacks or has
 * in another shape. Parameters that only the file has are ignored with a warning in the log.
 *  Collective: Not collective
 *  Owns:       caller owns *report (dlt_init_report_destroy), also after a failure
 *  Errors:     IO; FORMAT if it is not an HDF5 file or a damaged checkpoint; MISMATCH naming a
 *              tensor that is missing or has another shape, or if none fits; tensors are untouched
 *              in these cases; FORMAT naming a tensor with a value that is not finite; MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_read_params(dlt_h5_lock *h5_lock, const char *path,
                                                  bool strict, dlt_snapshot *into,
                                                  dlt_init_report *report);

#endif
