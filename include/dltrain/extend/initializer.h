/** An initialiser: the values of one parameter before the first update.
 *
 *  Element i of a parameter is a function of (seed, node, parameter, i) alone, computed in double,
 * so that it depends neither on the number of ranks nor on the kernel table.
 */
#ifndef DLTRAIN_EXTEND_INITIALIZER_H
#define DLTRAIN_EXTEND_INITIALIZER_H

#include "dltrain/extend/keys.h"
#include "dltrain/extend/layer.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dlt_stream;

typedef struct dlt_initializer_ops {
    dlt_registry_entry entry;
    /** Fills values [dlt_shape_count(&spec->shape)] from the positions of the stream. */
    void (*fill)(const void *settings, const dlt_param_spec *spec, const struct dlt_stream *stream,
                 dlt_real *values);
} dlt_initializer_ops;

/** Adds an initializer of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_initializer(const dlt_initializer_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
