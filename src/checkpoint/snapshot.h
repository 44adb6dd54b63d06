/* The state of a run at one step, as the checkpoint sees it: named tensors whose memory belongs to
 * the run, named values, and two texts. It knows no model; the names carry the meaning. */
#ifndef DLT_CHECKPOINT_SNAPSHOT_H
#define DLT_CHECKPOINT_SNAPSHOT_H

#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

/** Below this stands what belongs to single micro-batches, which a reader may need only in part, or
 * not at all. */
#define DLT_SNAPSHOT_ERROR_FEEDBACK "/error_feedback"

/** Elements [first, first + count) of a tensor, in row-major order. */
typedef struct dlt_snapshot_part {
    int64_t first;
    int64_t count;
} dlt_snapshot_part;

typedef struct dlt_snapshot_tensor {
    char *name; /* "/params/fc/weight", "/optim/momentum/fc/weight", "/buffers/bn/running_mean" */
    dlt_h5_type type;
    dlt_shape shape;
    void *data;         /* borrowed; save reads it, load fills it */
    bool is_partial;    /* load fills only these parts of it: */
    int64_t part_count; /* possibly none */
    int64_t part_room;
    dlt_snapshot_part *parts; /* owned */
} dlt_snapshot_tensor;

typedef enum dlt_state_kind { DLT_STATE_INT, DLT_STATE_REAL, DLT_STATE_TEXT } dlt_state_kind;

typedef struct dlt_state_value {
    char *name; /* without "/state/" */
    dlt_state_kind kind;
    int64_t integer;
    double real;
    char *text; /* owned; NULL unless kind is TEXT */
} dlt_state_value;

typedef struct dlt_snapshot {
    dlt_snapshot_tensor *tensors; /* in the order of adding */
    int64_t tensor_count;
    int64_t tensor_room;
    dlt_state_value *state; /* in the order of first setting */
    int64_t state_count;
    int64_t state_room;
    char *run_file; /* the resolved run file; NULL if not set */
    uint64_t
        contents; /* of the file that was read last: a hash of the checksums in its seal; else 0 */
    char *model;  /* what must agree besides names and shapes: the model's fingerprint; or NULL */
} dlt_snapshot;

/** Makes an empty snapshot.
 *  Collective: Not collective
 *  Owns:       caller owns *out
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_snapshot_create(dlt_snapshot **out);
/** NULL-safe; the tensors' memory is left alone. */
void dlt_snapshot_destroy(dlt_snapshot **snapshot);

/** Adds a tensor under a name made like printf: dlt_snapshot_add(s, DLT_H5_F32, &shape, data,
 * "/optim/%s/%s", state, parameter).
 *  Collective: Not collective
 *  Owns:       borrows data; copies the name
 *  Errors:     MEM; INTERNAL if the name is taken, is too long, or lies outside of /params, /optim,
 *              /buffers and /error_feedback
 */
__attribute__((format(printf, 5, 6))) DLT_CHECKED dlt_status
dlt_snapshot_add(dlt_snapshot *snapshot, dlt_h5_type type, const dlt_shape *shape, void *data,
                 const char *name_format, ...);

/** Load leaves the rest of the tensor that was added last alone, and fills this part of it, and
 * those of further calls; of no elements: none. Errors: MEM. */
DLT_CHECKED dlt_status dlt_snapshot_limit(dlt_snapshot *snapshot, const dlt_snapshot_part *part);

/** Sets the value of that name, replacing an earlier one. Errors: MEM. */
DLT_CHECKED dlt_status dlt_snapshot_set_int(dlt_snapshot *snapshot, const char *name,
                                            int64_t value);
DLT_CHECKED dlt_status dlt_snapshot_set_real(dlt_snapshot *snapshot, const char *name,
                                             double value);
DLT_CHECKED dlt_status dlt_snapshot_set_text(dlt_snapshot *snapshot, const char *name,
                                             const char *value);
DLT_CHECKED dlt_status dlt_snapshot_set_run_file(dlt_snapshot *snapshot, const char *text);
DLT_CHECKED dlt_status dlt_snapshot_set_model(dlt_snapshot *snapshot, const char *fingerprint);

/** Finds a value. Errors: FORMAT "the checkpoint has no state value 'step'", or if it is of another
 * kind. The text is borrowed. */
DLT_CHECKED dlt_status dlt_snapshot_get_int(const dlt_snapshot *snapshot, const char *name,
                                            int64_t *out);
DLT_CHECKED dlt_status dlt_snapshot_get_real(const dlt_snapshot *snapshot, const char *name,
                                             double *out);
DLT_CHECKED dlt_status dlt_snapshot_get_text(const dlt_snapshot *snapshot, const char *name,
                                             const char **out);
/** True if a value of that name exists: for what older checkpoints lack. */
bool dlt_snapshot_has(const dlt_snapshot *snapshot, const char *name);

/** The tensor of that name, or NULL; borrowed. */
const dlt_snapshot_tensor *dlt_snapshot_find(const dlt_snapshot *snapshot, const char *name);

/** Bytes of all tensors. */
int64_t dlt_snapshot_bytes(const dlt_snapshot *snapshot);

#endif
