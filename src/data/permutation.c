/* Computes both methods from round keys of one Philox stream; a variant adds a hash of its number
 * to the keys. dlt_permutation_all takes 64 positions side by side so that the compiler vectorises
 * the rounds, with the same results as dlt_permutation_at. Every round can be undone whatever the
 * mixing function is, and dlt_permutation_find undoes them in reverse order. */
#include "data/permutation.h"

#include "base/cast.h"
#include "base/philox.h"
#include "kernels/vector.h"

#include <stddef.h>

dlt_permutation dlt_permutation_identity(int64_t count) {
    return (dlt_permutation){.count = (uint64_t)count, .identity = true};
}

dlt_permutation dlt_permutation_make(uint64_t seed, int purpose, uint32_t node, uint64_t major,
                                     int64_t count) {
    dlt_permutation permutation = dlt_permutation_identity(count);
    if (count < 2)
        return permutation;
    permutation.identity = false;
    permutation.small = count <= DLT_PERMUTATION_SMALL;
    int bits = 64 - __builtin_clzll((uint64_t)count - 1);
    permutation.high_bits = bits / 2;
    permutation.low_bits = bits - bits / 2;
    dlt_stream stream = dlt_stream_make(seed, (dlt_purpose)purpose, node, major, 0);
    for (int round = 0; round < DLT_PERMUTATION_ROUNDS; round++)
        permutation.round_key[round] = dlt_stream_word(&stream, (uint64_t)round);
    return permutation;
}

/* The 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit changes
 * every output bit with probability close to one half. */
DLT_K_INLINE uint32_t mix(uint32_t word) {
    word ^= word >> 16;
    word *= 0x85ebca6bu;
    word ^= word >> 13;
    word *= 0xc2b2ae35u;
    return word ^ (word >> 16);
}

/* What a variant adds to the keys; times odd factors, so that no round of two variants has the same
 * key. */
DLT_K_INLINE uint32_t word_of_variant(uint64_t variant) {
    return mix((uint32_t)variant ^ mix((uint32_t)(variant >> 32) + 1));
}

dlt_permutation dlt_permutation_variant(const dlt_permutation *permutation, uint64_t variant) {
    dlt_permutation other = *permutation;
    if (other.small) {
        other.round_key[0] += word_of_variant(variant);
        other.round_key[1] += 3 * word_of_variant(variant);
        return other;
    }
    for (uint32_t round = 0; round < DLT_PERMUTATION_ROUNDS; round++)
        other.round_key[round] += word_of_variant(variant) * (2 * round + 1);
    return other;
}

/* One pass of a Feistel network whose halves may differ by a bit. Each half in turn is changed by
 * what the other says, which repeating it undoes: the pass is a bijection whatever `mix` is. Luby
 * and Rackoff (1988, doi 10.1137/0217022) need four rounds; six serve halves of a few bits. `word`
 * is of the variant, 0 for none. */
DLT_K_INLINE uint64_t encrypt(const dlt_permutation *permutation, uint32_t word, uint64_t value) {
    const uint32_t *key = permutation->round_key;
    const uint32_t high_mask = (uint32_t)((UINT64_C(1) << permutation->high_bits) - 1);
    const uint32_t low_mask = (uint32_t)((UINT64_C(1) << permutation->low_bits) - 1);
    uint32_t high = (uint32_t)(value >> permutation->low_bits);
    uint32_t low = (uint32_t)value & low_mask;
    for (int round = 0; round < DLT_PERMUTATION_ROUNDS; round += 2) {
        uint32_t factor = 2 * (uint32_t)round + 1;
        high ^= mix(low ^ (key[round] + word * factor)) & high_mask;
        low ^= mix(high ^ (key[round + 1] + word * (factor + 2))) & low_mask;
    }
    return (uint64_t)high << permutation->low_bits | low;
}

/* The same rounds backwards. */
static inline uint64_t decrypt(const dlt_permutation *permutation, uint64_t value) {
    const uint32_t *key = permutation->round_key;
    const uint32_t high_mask = (uint32_t)((UINT64_C(1) << permutation->high_bits) - 1);
    const uint32_t low_mask = (uint32_t)((UINT64_C(1) << permutation->low_bits) - 1);
    uint32_t high = (uint32_t)(value >> permutation->low_bits);
    uint32_t low = (uint32_t)value & low_mask;
    for (int round = DLT_PERMUTATION_ROUNDS - 2; round >= 0; round -= 2) {
        low ^= mix(high ^ key[round + 1]) & low_mask;
        high ^= mix(low ^ key[round]) & high_mask;
    }
    return (uint64_t)high << permutation->low_bits | low;
}

enum { SWAP_ROUNDS = 48 };

/* One round of swap-or-not: x and its partner key - x (modulo the count) change places, or not, by
 * a bit that belongs to the pair. The round undoes itself. The key's bias is below count / 2^32. */
DLT_K_INLINE uint32_t swap_or_not(const dlt_permutation *permutation, uint32_t word, uint32_t round,
                                  uint32_t value) {
    const uint32_t count = (uint32_t)permutation->count;
    const uint32_t turn = round * 0x9e3779b9u;
    uint32_t random = mix((permutation->round_key[0] + word) ^ turn);
    uint32_t key = (uint32_t)(((uint64_t)random * count) >> 32);
    uint32_t partner = key >= value ? key - value : key + count - value;
    uint32_t pair = value > partner ? value : partner;
    uint32_t coin = mix(mix((permutation->round_key[1] + 3 * word) ^ turn) + pair * 0x85ebca77u);
    return coin & 1 ? partner : value;
}

DLT_K_INLINE uint64_t shuffle_small(const dlt_permutation *permutation, uint32_t word,
                                    uint64_t value) {
    uint32_t at = (uint32_t)value;
    for (uint32_t round = 0; round < SWAP_ROUNDS; round++)
        at = swap_or_not(permutation, word, round, at);
    return at;
}

int64_t dlt_permutation_at(const dlt_permutation *permutation, int64_t position) {
    if (permutation->identity)
        return position;
    if (permutation->small)
        return (int64_t)shuffle_small(permutation, 0, (uint64_t)position);
    /* Cycle walking: the cycle through a position below count comes back below count, after less
     * than two passes on average. */
    uint64_t value = (uint64_t)position;
    do
        value = encrypt(permutation, 0, value);
    while (value >= permutation->count);
    return (int64_t)value;
}

enum { PIECE = 64 };

/* One pass over the positions that are not below the count yet, or over all; how many are left. */
DLT_K_CLONES static int64_t walk(const dlt_permutation *permutation, int64_t count,
                                 const uint32_t words[PIECE], bool all, uint64_t values[PIECE]) {
    const dlt_permutation it = *permutation;
    int64_t left = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t next = encrypt(&it, words[i], values[i]);
        values[i] = all || values[i] >= it.count ? next : values[i];
        left += values[i] >= it.count;
    }
    return left;
}

/* Round by round, so that the positions of a piece are side by side. */
DLT_K_CLONES static void shuffle_piece(const dlt_permutation *permutation, int64_t count,
                                       const uint32_t words[PIECE], uint64_t values[PIECE]) {
    const dlt_permutation it = *permutation;
    uint32_t at[PIECE];
    for (int64_t i = 0; i < count; i++)
        at[i] = (uint32_t)values[i];
    for (uint32_t round = 0; round < SWAP_ROUNDS; round++)
        for (int64_t i = 0; i < count; i++)
            at[i] = swap_or_not(&it, words[i], round, at[i]);
    for (int64_t i = 0; i < count; i++)
        values[i] = at[i];
}

static void permute_piece(const dlt_permutation *permutation, int64_t count,
                          const int64_t *variants, int64_t *positions) {
    uint32_t words[PIECE] = {0};
    uint64_t values[PIECE];
    for (int64_t i = 0; i < count; i++)
        values[i] = (uint64_t)positions[i];
    for (int64_t i = 0; variants != NULL && i < count; i++)
        words[i] = word_of_variant((uint64_t)variants[i]);
    if (permutation->small) {
        shuffle_piece(permutation, count, words, values);
    } else {
        int64_t left = walk(permutation, count, words, true, values);
        while (left > 0)
            left = walk(permutation, count, words, false, values);
    }
    for (int64_t i = 0; i < count; i++)
        positions[i] = (int64_t)values[i];
}

void dlt_permutation_all(const dlt_permutation *permutation, int64_t count, const int64_t *variants,
                         int64_t *positions) {
    for (int64_t i = 0; !permutation->identity && i < count; i += PIECE)
        permute_piece(permutation, dlt_min_i64(PIECE, count - i),
                      variants == NULL ? NULL : variants + i, positions + i);
}

int64_t dlt_permutation_find(const dlt_permutation *permutation, int64_t value) {
    if (permutation->identity)
        return value;
    uint64_t position = (uint64_t)value;
    if (permutation->small) {
        for (uint32_t round = SWAP_ROUNDS; round-- > 0;)
            position = swap_or_not(permutation, 0, round, (uint32_t)position);
        return (int64_t)position;
    }
    do
        position = decrypt(permutation, position);
    while (position >= permutation->count);
    return (int64_t)position;
}
