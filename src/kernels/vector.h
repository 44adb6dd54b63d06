/* What the loops of ref/ share so that the compiler makes vector code of them. */
#ifndef DLT_KERNELS_VECTOR_H
#define DLT_KERNELS_VECTOR_H

/* Compiles a function for plain x86-64, AVX2 and AVX-512 and picks one when the program is loaded.
 * Levels (x86-64-v3) and not processors (haswell): GCC selects the latter by the model's name,
 * which no AMD processor matches. C11 mode keeps multiplications and additions apart
 * (-ffp-contract=off) and nothing reorders sums, so all three give the same bits. Sanitizers cannot
 * instrument the selection, which runs before they are set up. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 &&           \
    !defined(DLT_NO_CLONES)
#define DLT_K_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define DLT_K_CLONES
#endif

/* A helper of a cloned function: must be inlined to be compiled for the clone's instructions. */
#define DLT_K_INLINE static inline __attribute__((always_inline))

#endif
