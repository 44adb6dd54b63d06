/* Builds a table of kernels by name, one layer over the other: ref, blas, onednn, onednn-bf16.
 * Every table but ref calls OpenBLAS, so its kernels are settled first (settle.c). `auto` is onednn
 * if the build has oneDNN, else blas. It is never onednn-bf16, because rounding to bf16 changes
 * results: only `precision: bf16` asks for that table. */
#include "kernels/kernels_internal.h"

#include "base/error.h"
#include "dltrain/kernels_info.h"

#include <string.h>

static dlt_status select_onednn(dlt_kernels *out) {
#ifdef DLT_K_ONEDNN
    dlt_kernels_add_onednn(out);
    return DLT_OK;
#else
    (void)out;
    return dlt_fail(DLT_ERR_UNSUPPORTED, "this build has no oneDNN; choose the kernels 'blas'");
#endif
}

static dlt_status select_bf16(dlt_kernels *out) {
    DLT_TRY(select_onednn(out));
#ifdef DLT_K_ONEDNN
    if (dlt_kernels_can_add_bf16()) {
        dlt_kernels_add_bf16(out);
        return DLT_OK;
    }
#endif
    return dlt_fail(
        DLT_ERR_UNSUPPORTED,
        "this processor has no instructions for products in bf16 (AVX-512 BF16 or AMX)");
}

dlt_status dlt_kernels_select(const char *name, dlt_kernels *out) {
    *out = dlt_kernels_ref;
    if (strcmp(name, "ref") == 0)
        return DLT_OK;
    DLT_TRY(dlt_kernels_settle());
    dlt_kernels_add_blas(out);
    if (strcmp(name, "blas") == 0)
        return DLT_OK;
    if (strcmp(name, "onednn") == 0)
        return select_onednn(out);
    if (strcmp(name, "onednn-bf16") == 0)
        return select_bf16(out);
    if (strcmp(name, "auto") != 0)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "unknown kernels '%s'; expected auto, ref, blas, onednn or onednn-bf16",
                        name);
#ifdef DLT_K_ONEDNN
    dlt_kernels_add_onednn(out);
#endif
    return DLT_OK;
}
