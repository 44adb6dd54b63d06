/* Rounds, adds, packs and unpacks bf16 values. The loops are plain bit arithmetic without branches,
 * so compilers turn them into vector code. A rounded value is exactly a bf16 one, so packing it
 * loses nothing. A message is received into the end of its values' own memory and unpacked from the
 * front, in blocks of 1024 through the stack, so it needs no second buffer. */
#include "comm/compression.h"

#include "base/cast.h"
#include "comm/bf16.h"

#include <string.h>

static inline dlt_real round_real(dlt_real value) {
    return (dlt_real)dlt_bf16_round((float)value);
}

static void round_plainly(dlt_real *leaf, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        leaf[i] = round_real(leaf[i]);
}

void dlt_compression_round_leaf(dlt_real *restrict leaf, dlt_real *restrict residual,
                                int64_t count) {
    if (residual == NULL) {
        round_plainly(leaf, count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        dlt_real wanted = leaf[i] + residual[i];
        dlt_real taken = round_real(wanted);
        dlt_real left = wanted - taken;
        leaf[i] = taken;
        residual[i] = dlt_bf16_is_finite((float)taken) ? left : 0;
    }
}

void dlt_compression_add(dlt_real *restrict into, const dlt_real *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] = round_real(into[i] + from[i]);
}

void dlt_compression_add_to(dlt_real *restrict sum, const dlt_real *restrict left,
                            const dlt_real *restrict right, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        sum[i] = round_real(left[i] + right[i]);
}

static const int64_t PACKED = (int64_t)sizeof(uint16_t);
static const int64_t REAL = (int64_t)sizeof(dlt_real);

int64_t dlt_compression_bytes(int64_t count, int64_t rounded) {
    return rounded * PACKED + (count - rounded) * REAL;
}

void dlt_compression_pack(const dlt_real *values, int64_t count, int64_t rounded, void *message) {
    uint16_t *packed = message;
    for (int64_t i = 0; i < rounded; i++)
        packed[i] = dlt_bf16_bits((float)values[i]);
    memcpy(packed + rounded, values + rounded, (size_t)((count - rounded) * REAL));
}

void *dlt_compression_landing(dlt_real *values, int64_t rounded) {
    return (char *)values + rounded * (REAL - PACKED);
}

/* Elements that are read before they are overwritten by what they become; a block's values end
 * before the next block's packed ones begin. */
enum { BLOCK = 1024 };

void dlt_compression_unpack(dlt_real *values, int64_t rounded) {
    uint16_t packed[BLOCK];
    const char *message = dlt_compression_landing(values, rounded);
    for (int64_t first = 0; first < rounded; first += BLOCK) {
        int64_t now = dlt_min_i64(BLOCK, rounded - first);
        memcpy(packed, message + first * PACKED, (size_t)(now * PACKED));
        for (int64_t i = 0; i < now; i++)
            values[first + i] = (dlt_real)dlt_bf16_of_bits(packed[i]);
    }
}
