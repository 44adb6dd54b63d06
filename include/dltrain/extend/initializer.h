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

#ifdef __cplusplus
}
#endif
#endif
