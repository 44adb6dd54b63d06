#include "dltrain/kernels_info.h"

#include "kernels/kernels_internal.h"

#include <cblas.h>
#ifdef DLT_K_ONEDNN
#include <dnnl.h>
#endif
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

/* Instruction sets that OpenBLAS's kernels for x86-64 are written for. */
typedef enum cpu_level { CPU_BASE, CPU_AVX2, CPU_AVX512 } cpu_level;

static cpu_level level_of_processor(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return CPU_AVX2;
#endif
    return CPU_BASE;
}

/* By OpenBLAS's own names (driver/others/dynamic.c); those not listed stay below AVX2. */
static cpu_level level_of_core(const char *core) {
    static const struct {
        const char *name;
        cpu_level level;
    } known[] = {{"Haswell", CPU_AVX2},
                 {"Zen", CPU_AVX2},
                 {"SkylakeX", CPU_AVX512},
                 {"Cooperlake", CPU_AVX512},
                 {"SapphireRapids", CPU_AVX512}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(core, known[i].name) == 0)
            return known[i].level;
    return CPU_BASE;
}

const char *dlt_cpu_level(void) {
    static const char *const names[] = {
        [CPU_BASE] = "x86-64", [CPU_AVX2] = "x86-64-v3", [CPU_AVX512] = "x86-64-v4"};
#ifdef __x86_64__
    return names[level_of_processor()];
#else
    (void)names;
    return "generic";
#endif
}

const char *dlt_blas_core_name(void) {
    return openblas_get_corename();
}

void dlt_kernels_libraries(char *out, size_t bytes) {
    /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." */
    char version[32] = "";
    (void)sscanf(openblas_get_config(), "OpenBLAS %31s", version);
    int used = snprintf(out, bytes, "OpenBLAS %s for %s", version, dlt_blas_core_name());
    if (used < 0 || (size_t)used >= bytes)
        return;
#ifdef DLT_K_ONEDNN
    const dnnl_version_t *dnnl = dnnl_version();
    snprintf(out + used, bytes - (size_t)used, ", oneDNN %d.%d.%d for %s", dnnl->major, dnnl->minor,
             dnnl->patch, dlt_k_onednn_isa());
#endif
}

bool dlt_blas_core_too_low(const char **better) {
    static const char *const fitting[] = {
        [CPU_BASE] = NULL, [CPU_AVX2] = "Haswell", [CPU_AVX512] = "SkylakeX"};
    cpu_level has = level_of_processor();
    *better = fitting[has];
    return level_of_core(dlt_blas_core_name()) < has;
}
