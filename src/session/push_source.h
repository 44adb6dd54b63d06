/* A source of batches that the program hands over: it takes this rank's samples of one batch and
 * gives them to the step in micro-batches. */
#ifndef DLT_SESSION_PUSH_SOURCE_H
#define DLT_SESSION_PUSH_SOURCE_H

#include "dltrain/array.h"
#include "session/engine.h"

typedef struct dlt_push_source dlt_push_source;

/** Samples of zeros: they stand in for training data while a task is created. */
typedef struct dlt_push_template {
    dlt_arrays arrays;
    dlt_array *at; /* owned */
    char **zeros;  /* owned, each owned */
} dlt_push_template;

/** As many samples as a whole batch has, of the fields that `batch` declares.
 *  Collective: Not collective
 *  Owns:       caller owns *out (dlt_push_template_destroy)
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_push_template_create(const dlt_arrays *batch, int64_t samples,
                                                dlt_push_template *out);
void dlt_push_template_destroy(dlt_push_template *it);

/** Makes room for this rank's samples of the engine's batches.
 *  Collective: Not collective
 *  Owns:       caller owns *out; it borrows engine
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_push_source_create(dlt_engine *engine, dlt_push_source **out);
void dlt_push_source_destroy(dlt_push_source **source);
dlt_source dlt_source_of_pushes(dlt_push_source *source);

/** This rank's samples of a batch. Not collective. */
void dlt_push_source_share(const dlt_push_source *source, int64_t *first, int64_t *count);

/** Takes samples, converted and checked as those of a file.
 *  Collective: Not collective
 *  Errors:     ARG, SHAPE, FORMAT; MEM
 */
DLT_CHECKED dlt_status dlt_push_source_take(dlt_push_source *source, const dlt_arrays *samples);

/** OK if this rank has what the next update needs. Errors: ARG, or that of the last take. */
DLT_CHECKED dlt_status dlt_push_source_ready(const dlt_push_source *source);
/** After an update: the next one needs samples of its own. */
void dlt_push_source_clear(dlt_push_source *source);

#endif
