/* Fills the tables onednn and onednn-bf16, and tells how much of the processor oneDNN may use. For
 * bf16, dense layers have functions of their own, while convolutions only have another create: the
 * plan holds the type of the operands, and the other functions serve both. */
#include "kernels/kernels_internal.h"

#include "kernels/onednn/onednn.h"

#include <dnnl.h>
#include <stddef.h>

void dlt_kernels_add_onednn(dlt_kernels *table) {
    table->name = "onednn";
    table->gemm = dlt_k_gemm_onednn;
    table->conv2d_create = dlt_k_create_conv2d_onednn;
    table->conv2d_destroy = dlt_k_destroy_conv2d_onednn;
    table->conv2d_forward = dlt_k_forward_conv2d_onednn;
    table->conv2d_backward_data = dlt_k_backward_data_conv2d_onednn;
    table->conv2d_backward_weights = dlt_k_backward_weights_conv2d_onednn;
    table->conv2d_backward = dlt_k_backward_conv2d_onednn;
}

bool dlt_kernels_can_add_bf16(void) {
    int has = (int)dnnl_get_effective_cpu_isa();
    int needed = (int)dnnl_cpu_isa_avx512_core_bf16;
    return (has & needed) == needed;
}

/* In the words of ONEDNN_MAX_CPU_ISA, which may have lowered it. */
const char *dlt_k_onednn_isa(void) {
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } known[] = {
        {dnnl_cpu_isa_sse41, "sse41"},
        {dnnl_cpu_isa_avx, "avx"},
        {dnnl_cpu_isa_avx2, "avx2"},
        {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
        {dnnl_cpu_isa_avx512_core, "avx512_core"},
        {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
        {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
#if DLT_ONEDNN_API == 3
        {dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16"},
        {dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16"},
#endif
        {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"}
    };
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].isa == isa)
            return known[i].name;
    return "another instruction set";
}

/* By ONEDNN_DEFAULT_FPMATH_MODE and ONEDNN_CPU_ISA_HINTS. */
const char *dlt_k_onednn_modes(void) {
    static const char *const modes[4] = {"", " with lower precision for fp32",
                                         " with ymm preferred",
                                         " with lower precision for fp32 and ymm preferred"};
    dnnl_fpmath_mode_t mode = dnnl_fpmath_mode_strict;
    const bool is_asked = dnnl_get_default_fpmath_mode(&mode) == dnnl_success;
    const bool is_lower = is_asked && mode != dnnl_fpmath_mode_strict;
    const bool is_narrow = dnnl_get_cpu_isa_hints() == dnnl_cpu_isa_prefer_ymm;
    return modes[(is_lower ? 1 : 0) + (is_narrow ? 2 : 0)];
}

void dlt_kernels_add_bf16(dlt_kernels *table) {
    table->name = "onednn-bf16";
    table->dense_create = dlt_k_create_dense_bf16;
    table->dense_destroy = dlt_k_destroy_dense_bf16;
    table->dense_forward = dlt_k_forward_dense_bf16;
    table->dense_backward_data = dlt_k_backward_data_dense_bf16;
    table->dense_backward_weights = dlt_k_backward_weights_dense_bf16;
    table->conv2d_create = dlt_k_create_conv2d_bf16;
}
