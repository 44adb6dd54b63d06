/* Dropout by Philox4x32-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405): element i takes word
 * i % 4 of block i / 4 of its stream, as dlt_stream_word of base does. Here many blocks are
 * computed side by side, each round over all of them, which the compiler turns into vector code. */
#include "kernels/ref/ref.h"

#include "kernels/vector.h"

/* More blocks at a time than GCC unrolls whole (16), which would hide the loops from its
 * vectoriser. */
enum { BLOCKS = 32, WORDS = 4, ROUNDS = 10 };

/* The words of blocks first, first + 1, ... in the order of the elements that use them. */
DLT_K_INLINE void generate_philox(const uint32_t key[2], const uint32_t high[2], uint64_t first,
                                  uint32_t *restrict out) {
    uint32_t word[WORDS][BLOCKS];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (uint64_t i = 0; i < BLOCKS; i++) {
        word[0][i] = (uint32_t)(first + i);
        word[1][i] = (uint32_t)((first + i) >> 32);
        word[2][i] = high[0];
        word[3][i] = high[1];
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BLOCKS; i++) {
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
    for (int i = 0; i < BLOCKS; i++) {
        out[WORDS * i + 0] = word[0][i];
        out[WORDS * i + 1] = word[1][i];
        out[WORDS * i + 2] = word[2][i];
        out[WORDS * i + 3] = word[3][i];
    }
}

DLT_K_CLONES
void dlt_k_dropout(int64_t count, const uint32_t key[2], const uint32_t high[2], uint32_t threshold,
                   dlt_real scale, const dlt_real *x, dlt_real *y) {
    for (int64_t start = 0; start < count; start += WORDS * BLOCKS) {
        uint32_t random[WORDS * BLOCKS];
        generate_philox(key, high, (uint64_t)start / WORDS, random);
        int64_t size = count - start < WORDS * BLOCKS ? count - start : WORDS * BLOCKS;
        for (int64_t i = 0; i < size; i++) {
            dlt_real scaled = x[start + i] * scale;
            y[start + i] = random[i] >= threshold ? scaled : 0;
        }
    }
}
