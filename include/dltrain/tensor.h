/** Tensors as a model sees them: the type of their elements and the shape of one sample. */
#ifndef DLTRAIN_TENSOR_H
#define DLTRAIN_TENSOR_H

#include "dltrain/shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Type of the elements. Gradients exist of reals alone. */
typedef enum dlt_dtype {
    DLT_DTYPE_REAL, /* dlt_real: float, or double in the double build */
    DLT_DTYPE_I32   /* int32_t: indices, labels */
} dlt_dtype;

typedef struct dlt_tensor_spec {
    dlt_dtype dtype;
    dlt_shape shape; /* of one sample */
} dlt_tensor_spec;

/** "float32" (in the double build "float64") or "int32".
 *  Collective: Not collective
 *  Errors:     none
 */
const char *dlt_dtype_name(dlt_dtype dtype);

/** Bytes of one element.
 *  Collective: Not collective
 *  Errors:     none
 */
int64_t dlt_dtype_bytes(dlt_dtype dtype);

/** Bytes of n samples.
 *  Collective: Not collective
 *  Errors:     none
 */
int64_t dlt_tensor_bytes(const dlt_tensor_spec *tensor, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
