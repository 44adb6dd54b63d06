/* Many blocks of Philox4x32-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405) side by side, each
 * round over all of them, which the compiler turns into vector code; the same words as
 * dlt_stream_block of base gives. */
#ifndef DLT_KERNELS_PHILOX_H
#define DLT_KERNELS_PHILOX_H

#include "kernels/vector.h"

#include <stdint.h>

/* More blocks at a time than GCC unrolls whole (16), which would hide the loops from its
 * vectoriser. */
enum { DLT_K_PHILOX_BLOCKS = 32, DLT_K_PHILOX_WORDS = 4 * DLT_K_PHILOX_BLOCKS };

/* The words of blocks first, first + 1, ... in the order of the elements that use them. */
DLT_K_INLINE void dlt_k_philox(const uint32_t key[2], const uint32_t high[2], uint64_t first,
                               uint32_t *restrict out) {
    uint32_t word[4][DLT_K_PHILOX_BLOCKS];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (uint64_t i = 0; i < DLT_K_PHILOX_BLOCKS; i++) {
        word[0][i] = (uint32_t)(first + i);
        word[1][i] = (uint32_t)((first + i) >> 32);
        word[2][i] = high[0];
        word[3][i] = high[1];
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < DLT_K_PHILOX_BLOCKS; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * word[0][i];
            uint64_t p1 = (uint64_t)0xCD9E8D57u * word[2][i];
            word[0][i] = (uint32_t)(p1 >> 32) ^ word[1][i] ^ k0;
            word[1][i] = (uint32_t)p1;
            word[2][i] = (uint32_t)(p0 >> 32) ^ word[3][i] ^ k1;
            word[3][i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < DLT_K_PHILOX_BLOCKS; i++) {
        out[4 * i + 0] = word[0][i];
        out[4 * i + 1] = word[1][i];
        out[4 * i + 2] = word[2][i];
        out[4 * i + 3] = word[3][i];
    }
}

#endif
