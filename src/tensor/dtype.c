/* Names and sizes of element types. A real has the type that the build chose for dlt_real. */
#include "dltrain/real.h"
#include "dltrain/tensor.h"

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
