#include "data/subset.h"

#include "base/philox.h"

dlt_permutation dlt_permutation_identity(int64_t count) {
    return (dlt_permutation){.count = (uint64_t)count, .identity = true};
}

dlt_permutation dlt_permutation_make(uint64_t seed, int purpose, uint64_t major, int64_t count) {
    dlt_permutation permutation = dlt_permutation_identity(count);
    if (count < 2)
        return permutation;
    permutation.identity = false;
    int bits = 64 - __builtin_clzll((uint64_t)count - 1);
    permutation.half_bits = (bits + 1) / 2;
    dlt_stream stream = dlt_stream_make(seed, (dlt_purpose)purpose, 0, major, 0);
    for (int round = 0; round < DLT_PERMUTATION_ROUNDS; round++)
        permutation.round_key[round] = dlt_stream_word(&stream, (uint64_t)round);
    return permutation;
}

/* The 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit changes
 * every output bit with probability close to one half. */
static inline uint32_t mix(uint32_t word) {
    word ^= word >> 16;
    word *= 0x85ebca6bu;
    word ^= word >> 13;
    word *= 0xc2b2ae35u;
    return word ^ (word >> 16);
}

/* One pass of a balanced Feistel network over 2 * half_bits bits. Each round is undone by
 * exchanging the halves and repeating it, so the pass is a bijection whatever `mix` is. */
static inline uint64_t encrypt(const dlt_permutation *permutation, uint64_t value) {
    const int half = permutation->half_bits;
    const uint32_t mask = (uint32_t)((UINT64_C(1) << half) - 1);
    uint32_t left = (uint32_t)(value >> half);
    uint32_t right = (uint32_t)value & mask;
    for (int round = 0; round < DLT_PERMUTATION_ROUNDS; round++) {
        uint32_t next = left ^ (mix(right ^ permutation->round_key[round]) & mask);
        left = right;
        right = next;
    }
    return (uint64_t)left << half | right;
}

int64_t dlt_permutation_at(const dlt_permutation *permutation, int64_t position) {
    if (permutation->identity)
        return position;
    /* Cycle walking: the cycle through a position below count comes back below count, after less
     * than four passes on average. */
    uint64_t value = (uint64_t)position;
    do
        value = encrypt(permutation, value);
    while (value >= permutation->count);
    return (int64_t)value;
}

dlt_order dlt_subset_order(const dlt_subset *subset, int64_t epoch) {
    return (dlt_order){
        .split = subset->split
                     ? dlt_permutation_make(subset->seed, DLT_PURPOSE_SPLIT, 0, subset->total)
                     : dlt_permutation_identity(subset->total),
        .epoch = subset->shuffle ? dlt_permutation_make(subset->seed, DLT_PURPOSE_ORDER,
                                                        (uint64_t)epoch, subset->count)
                                 : dlt_permutation_identity(subset->count),
        .first = subset->first,
    };
}

int64_t dlt_order_sample(const dlt_order *order, int64_t position) {
    int64_t within = dlt_permutation_at(&order->epoch, position);
    return dlt_permutation_at(&order->split, order->first + within);
}
