/* Names of roles, names and sizes of element types. A real has the type that the build chose for
 * dlt_real. */
#include "dltrain/extend/role.h"
#include "dltrain/real.h"
#include "dltrain/tensor.h"

#include <stddef.h>

const char *const dlt_param_role_names[] = {[DLT_PARAM_WEIGHT] = "weight",
                                            [DLT_PARAM_BIAS] = "bias",
                                            [DLT_PARAM_NORM_SCALE] = "norm_scale",
                                            [DLT_PARAM_EMBEDDING] = "embedding",
                                            NULL};

const char *dlt_dtype_name(dlt_dtype dtype) {
    if (dtype == DLT_DTYPE_I32)
        return "int32";
    return sizeof(dlt_real) == sizeof(double) ? "float64" : "float32";
}

int64_t dlt_dtype_bytes(dlt_dtype dtype) {
    return dtype == DLT_DTYPE_I32 ? (int64_t)sizeof(int32_t) : (int64_t)sizeof(dlt_real);
}

int64_t dlt_tensor_bytes(const dlt_tensor_spec *tensor, int64_t n) {
    return n * dlt_shape_count(&tensor->shape) * dlt_dtype_bytes(tensor->dtype);
}
