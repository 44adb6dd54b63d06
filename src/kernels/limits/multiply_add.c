/* Twelve chains of multiply-adds that do not wait for each other: more than the latency of one (4
 * cycles) times the units that start one per cycle (2), and with the two constants no more than the
 * 16 registers of AVX2. This file is compiled with -ffp-contract=fast, so that a product and its
 * sum become one instruction where there is one. */
#include "kernels/limits/limits.h"

#include "kernels/kernels_internal.h"
#include "kernels/vector.h"

enum { CHAINS = 12, ROUND = 64 };

/* The loop over vectors of `width` bytes, compiled for `instructions`. The factor and the addend
 * keep all values near 1. */
#define DEFINE_CHAINS(name, width, instructions)                                                   \
    instructions static int64_t name(int64_t rounds, dlt_real *sink) {                             \
        typedef dlt_real vector __attribute__((vector_size(width)));                               \
        const vector factor = (vector){0} + (dlt_real)0.5;                                         \
        const vector addend = (vector){0} + (dlt_real)0.5;                                         \
        vector chain[CHAINS];                                                                      \
        for (int i = 0; i < CHAINS; i++)                                                           \
            chain[i] = (vector){0} + (dlt_real)(1 + i);                                            \
        for (int64_t step = 0; step < rounds * ROUND; step++)                                      \
            for (int i = 0; i < CHAINS; i++)                                                       \
                chain[i] = chain[i] * factor + addend;                                             \
        for (int i = 1; i < CHAINS; i++)                                                           \
            chain[0] += chain[i];                                                                  \
        *sink = chain[0][0];                                                                       \
        return rounds * ROUND * CHAINS * 2 * (int64_t)((width) / sizeof(dlt_real));                \
    }

#if defined(__x86_64__) && defined(__GNUC__) && !defined(DLT_NO_CLONES)
DEFINE_CHAINS(multiply_add_v4, 64, __attribute__((target("avx512f,fma"))))
DEFINE_CHAINS(multiply_add_v3, 32, __attribute__((target("avx2,fma"))))
#endif
DEFINE_CHAINS(multiply_add_plain, 16, )

int64_t dlt_k_multiply_add(int64_t rounds, dlt_real *sink) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(DLT_NO_CLONES)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return multiply_add_v4(rounds, sink);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return multiply_add_v3(rounds, sink);
#endif
    return multiply_add_plain(rounds, sink);
}
