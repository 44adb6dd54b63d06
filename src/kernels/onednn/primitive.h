/* What plans and calls of oneDNN's primitives have in common. */
#ifndef DLT_KERNELS_PRIMITIVE_H
#define DLT_KERNELS_PRIMITIVE_H

#include "dltrain/extend/kernels.h"
#include "kernels/onednn/operations.h"

#include <dnnl.h>

/** bytes rounded up to the alignment of workspace slices. */
static inline int64_t dlt_k_slice_bytes(int64_t bytes) {
    return (bytes + 63) / 64 * 64;
}

/** One engine and one stream, on which everything runs at once. Errors: MEM, INTERNAL. */
DLT_CHECKED dlt_status dlt_k_open_onednn(dnnl_engine_t *engine, dnnl_stream_t *stream);

/** A copy from one layout or number type to another. Errors: MEM, INTERNAL. */
DLT_CHECKED dlt_status dlt_k_create_reorder(dnnl_engine_t engine, dlt_k_const_layout from,
                                            dlt_k_const_layout to, dnnl_primitive_t *out);

/** Describes an operation with its scratch in the caller's workspace. *out stays NULL where the
 * library cannot.
 *  Owns: caller owns *out. Errors: MEM, INTERNAL. */
DLT_CHECKED dlt_status dlt_k_describe_primitive(dnnl_engine_t engine, dlt_k_describe *describe,
                                                const dlt_k_operation *operation, const char *what,
                                                dnnl_primitive_desc_t *out);

/** Whether the library has nothing but plain C code for the operation, which is slower than what
 *  dltrain has of its own. */
bool dlt_k_is_reference(const_dnnl_primitive_desc_t description);

/** A run of primitives one after the other, and whether the library has refused anything. */
typedef struct dlt_k_execution {
    dnnl_stream_t stream;
    dnnl_status_t status;
} dlt_k_execution;

void dlt_k_point_memory(dlt_k_execution *call, dnnl_memory_t memory, const void *data);
void dlt_k_execute(dlt_k_execution *call, dnnl_primitive_t primitive, int count,
                   const dnnl_exec_arg_t *arguments);
void dlt_k_execute_reorder(dlt_k_execution *call, dnnl_primitive_t reorder, dnnl_memory_t from,
                           dnnl_memory_t to);

/** A call cannot return a failure. None is known once the plan was made; should one happen, NaN
 * stops the training with a reason instead of continuing on old numbers. */
void dlt_k_spoil_on_failure(const dlt_k_execution *call, int64_t count, dlt_real *out);

/** A plain array as an operand, in the type that is multiplied, and as it comes and goes: in float.
 */
typedef struct dlt_k_array {
    dnnl_memory_t operand;
    dnnl_memory_t values;
    dnnl_primitive_t round; /* float to bf16; NULL: operands are float */
    int64_t count;          /* elements */
} dlt_k_array;

/** Errors: MEM, INTERNAL. After a failure, too, the array is to be destroyed. */
DLT_CHECKED dlt_status dlt_k_create_array(dnnl_engine_t engine, dlt_k_const_layout operand,
                                          dlt_k_const_layout values, dlt_k_array *array);
void dlt_k_destroy_array(dlt_k_array *array);

/** Bytes of the slice for the rounded operand, 0 where operands are float. */
int64_t dlt_k_rounded_bytes(const dlt_k_array *array);

/** Points the operand at data, or at the slice, into which data is then rounded. */
void dlt_k_load_operand(dlt_k_execution *call, const dlt_k_array *array, const dlt_real *data,
                        void *slice);

#endif
