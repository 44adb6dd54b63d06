/* Dropout by Philox4x32-10: element i takes word i % 4 of block i / 4 of its stream, as
 * dlt_stream_word of base does. */
#include "kernels/ref/ref.h"

#include "kernels/philox.h"

DLT_K_CLONES
void dlt_k_dropout(int64_t count, const uint32_t key[2], const uint32_t high[2], uint32_t threshold,
                   dlt_real scale, const dlt_real *x, dlt_real *y) {
    for (int64_t start = 0; start < count; start += DLT_K_PHILOX_WORDS) {
        uint32_t random[DLT_K_PHILOX_WORDS];
        dlt_k_philox(key, high, (uint64_t)start / 4, random);
        int64_t size = count - start < DLT_K_PHILOX_WORDS ? count - start : DLT_K_PHILOX_WORDS;
        for (int64_t i = 0; i < size; i++) {
            dlt_real scaled = x[start + i] * scale;
            y[start + i] = random[i] >= threshold ? scaled : 0;
        }
    }
}
