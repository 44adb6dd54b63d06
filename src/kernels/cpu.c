#include "dltrain/kernels_info.h"

#include "base/error.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stddef.h>
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

bool dlt_blas_core_too_low(const char **better) {
    static const char *const fitting[] = {
        [CPU_BASE] = NULL, [CPU_AVX2] = "Haswell", [CPU_AVX512] = "SkylakeX"};
    cpu_level has = level_of_processor();
    *better = fitting[has];
    return level_of_core(dlt_blas_core_name()) < has;
}

typedef void set_threads(int);

/* oneDNN's threads are those of the OpenMP library that it was built with, which dltrain itself
 * does not link; so the function is looked up in what the program has loaded. */
static void set_openmp_threads(int threads) {
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program == NULL)
        return;
    void *symbol = dlsym(program, "omp_set_num_threads");
    if (symbol != NULL) {
        /* C has no conversion from an object pointer to a function; POSIX promises the bits. */
        set_threads *set = NULL;
        memcpy(&set, &symbol, sizeof set);
        set(threads);
    }
    dlclose(program);
}

dlt_status dlt_kernels_threads(int threads) {
    if (threads < 1)
        return dlt_fail(DLT_ERR_ARG, "the kernels need at least 1 thread, not %d", threads);
    openblas_set_num_threads(threads);
    set_openmp_threads(threads);
    return DLT_OK;
}
