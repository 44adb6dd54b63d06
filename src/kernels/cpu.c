/* Compares the level of the processor's vectors with that of the kernels that OpenBLAS has chosen;
 * settle.c corrects a choice that is too low. dlt_kernels_libraries names the libraries that the
 * bits of a run depend on: the ranks compare that text, and a checkpoint keeps it. The C library
 * picks its functions by processor, too, so a hash of their results stands for libm. */
#include "dltrain/kernels_info.h"

#include "base/hash.h"
#include "kernels/kernels_internal.h"

#include <cblas.h>
#ifdef DLT_K_ONEDNN
#include <dnnl.h>
#endif
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* The C library has variants of its functions for processors, too, of which GLIBC_TUNABLES can take
 * some away. They differ in the last bit, so what they return tells them apart. */
static uint64_t hash_functions(void) {
    const int arguments = 1024; /* of 64, none differed with glibc's variants for FMA and without */
    uint64_t hash = 0;
    for (int i = 0; i < arguments; i++) {
        volatile double x = 0.03125 + 0.0107421875 * i;
        volatile float f = (float)x;
        const double all[] = {exp(-x),  log(x),  tanh(x),  pow(x, 0.37),   sin(x),
                              expf(-f), logf(f), tanhf(f), powf(f, 0.37F), erff(f)};
        hash = dlt_hash(hash, all, sizeof all);
    }
    return hash;
}

static void add(char *out, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *out, size_t bytes, const char *format, ...) {
    const size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + used, bytes - used, format, arguments);
    va_end(arguments);
}

void dlt_kernels_libraries(char *out, size_t bytes) {
    /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." */
    char version[32] = "";
    (void)sscanf(openblas_get_config(), "OpenBLAS %31s", version);
    const char *factor = getenv("OPENBLAS_BLOCK_FACTOR");
    snprintf(out, bytes, "OpenBLAS %s for %s", version, dlt_blas_core_name());
    if (factor != NULL)
        add(out, bytes, " with OPENBLAS_BLOCK_FACTOR=%.8s", factor);
#ifdef DLT_K_ONEDNN
    const dnnl_version_t *dnnl = dnnl_version();
    add(out, bytes, ", oneDNN %d.%d.%d for %s%s", dnnl->major, dnnl->minor, dnnl->patch,
        dlt_k_onednn_isa(), dlt_k_onednn_modes());
#endif
    char functions[17];
    dlt_hash_format(hash_functions(), functions);
    add(out, bytes, ", libm %.8s", functions);
}

bool dlt_blas_core_too_low(const char **better) {
    static const char *const fitting[] = {
        [CPU_BASE] = NULL, [CPU_AVX2] = "Haswell", [CPU_AVX512] = "SkylakeX"};
    cpu_level has = level_of_processor();
    *better = fitting[has];
    return level_of_core(dlt_blas_core_name()) < has;
}
