/* Creating reports errors as a status. Executing cannot: an execution keeps the first failure and
 * skips the rest, and dlt_k_spoil_on_failure then fills the result with NaN. All scratch is the
 * caller's (scratchpad mode `user`), so that a call allocates nothing of its own. operations.c
 * hides the differences between oneDNN 2 and 3. */
#include "kernels/onednn/primitive.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

dlt_status dlt_k_open_onednn(dnnl_engine_t *engine, dnnl_stream_t *stream) {
    DLT_TRY(dlt_k_check_onednn(dnnl_engine_create(engine, dnnl_cpu, 0), "an engine"));
    return dlt_k_check_onednn(dnnl_stream_create(stream, *engine, dnnl_stream_default_flags),
                              "a stream");
}

dlt_status dlt_k_create_reorder(dnnl_engine_t engine, dlt_k_const_layout from,
                                dlt_k_const_layout to, dnnl_primitive_t *out) {
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(out, description);
    dnnl_primitive_desc_destroy(description);
    return dlt_k_check_onednn(status, "a copy");
}

bool dlt_k_is_reference(const_dnnl_primitive_desc_t description) {
    const char *name = "";
    dnnl_status_t status =
        dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&name);
    return status != dnnl_success || strstr(name, "ref") != NULL;
}

dlt_status dlt_k_describe_primitive(dnnl_engine_t engine, dlt_k_describe *describe,
                                    const dlt_k_operation *operation, const char *what,
                                    dnnl_primitive_desc_t *out) {
    dlt_status status = DLT_OK;
    dnnl_primitive_attr_t attributes = NULL;
    *out = NULL;
    DLT_TRY_OUT(dlt_k_check_onednn(dnnl_primitive_attr_create(&attributes), what));
    DLT_TRY_OUT(dlt_k_check_onednn(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), what));
    dnnl_status_t made = describe(operation, engine, attributes, out);
    if (made != dnnl_unimplemented)
        status = dlt_k_check_onednn(made, what);
out:
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

/* The library takes all pointers as writable but writes to outputs only. */
void dlt_k_point_memory(dlt_k_execution *call, dnnl_memory_t memory, const void *data) {
    if (call->status == dnnl_success)
        call->status = dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)data);
}

void dlt_k_execute(dlt_k_execution *call, dnnl_primitive_t primitive, int count,
                   const dnnl_exec_arg_t *arguments) {
    if (call->status == dnnl_success)
        call->status = dnnl_primitive_execute(primitive, call->stream, count, arguments);
    if (call->status == dnnl_success)
        call->status = dnnl_stream_wait(call->stream);
}

void dlt_k_execute_reorder(dlt_k_execution *call, dnnl_primitive_t reorder, dnnl_memory_t from,
                           dnnl_memory_t to) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    dlt_k_execute(call, reorder, 2, arguments);
}

void dlt_k_spoil_on_failure(const dlt_k_execution *call, int64_t count, dlt_real *out) {
    if (call->status != dnnl_success)
        for (int64_t i = 0; i < count; i++)
            out[i] = (dlt_real)NAN;
}

dlt_status dlt_k_create_array(dnnl_engine_t engine, dlt_k_const_layout operand,
                              dlt_k_const_layout values, dlt_k_array *array) {
    const char *what = "an array";
    DLT_TRY(dlt_k_check_onednn(
        dnnl_memory_create(&array->operand, operand, engine, DNNL_MEMORY_NONE), what));
    DLT_TRY(dlt_k_check_onednn(dnnl_memory_create(&array->values, values, engine, DNNL_MEMORY_NONE),
                               what));
    array->count = (int64_t)(dnnl_memory_desc_get_size(values) / sizeof(dlt_real));
    if (dnnl_memory_desc_equal(operand, values))
        return DLT_OK;
    return dlt_k_create_reorder(engine, values, operand, &array->round);
}

void dlt_k_destroy_array(dlt_k_array *array) {
    dnnl_primitive_destroy(array->round);
    dnnl_memory_destroy(array->operand);
    dnnl_memory_destroy(array->values);
}

int64_t dlt_k_rounded_bytes(const dlt_k_array *array) {
    return array->round != NULL ? dlt_k_slice_bytes(array->count * (int64_t)sizeof(uint16_t)) : 0;
}

void dlt_k_load_operand(dlt_k_execution *call, const dlt_k_array *array, const dlt_real *data,
                        void *slice) {
    if (array->round == NULL) {
        dlt_k_point_memory(call, array->operand, data);
        return;
    }
    dlt_k_point_memory(call, array->values, data);
    dlt_k_point_memory(call, array->operand, slice);
    dlt_k_execute_reorder(call, array->round, array->values, array->operand);
}
