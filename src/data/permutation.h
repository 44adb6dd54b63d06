/* Bijections on [0, count) that need no table. Above DLT_PERMUTATION_SMALL positions: a Feistel
 * network with cycle walking (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"),
 * which is fast, but on a few positions neither even (its six rounds of a few bits reach some
 * orders several times as often as others) nor of both parities. Up to that many: the swap-or-not
 * shuffle (Hoang, Morris, Rogaway 2012, doi 10.1007/978-3-642-32009-5_1), each of whose rounds
 * swaps a random half of the pairs (x, key - x). Its chain of orders halves the distance from
 * uniform in about every round: after 48 rounds, every order of up to six positions has its share
 * to 4e-10, computed from the chain's matrix.
 *
 * The threshold is where the orders of the network can no longer be told from random ones by their
 * parity or by the places of a few positions, while a position costs ten times as much below it. */
#ifndef DLT_DATA_PERMUTATION_H
#define DLT_DATA_PERMUTATION_H

#include <stdbool.h>
#include <stdint.h>

enum { DLT_PERMUTATION_ROUNDS = 6, DLT_PERMUTATION_SMALL = 1024 };

/** A bijection on [0, count). */
typedef struct dlt_permutation {
    uint64_t count;
    int high_bits; /* the network permutes [0, 2^(high_bits + low_bits)), less than 2 count */
    int low_bits;
    uint32_t round_key[DLT_PERMUTATION_ROUNDS];
    bool identity;
    bool small; /* swap-or-not, of the first two keys */
} dlt_permutation;

/** The permutation of (seed, purpose, node, major): distinct arguments give unrelated ones.
 *  Not collective; the same on every rank. Errors: none */
dlt_permutation dlt_permutation_make(uint64_t seed, int purpose, uint32_t node, uint64_t major,
                                     int64_t count);
dlt_permutation dlt_permutation_identity(int64_t count);
/** Another one of the same count, unrelated for each variant; cheap enough to be made per sample.
 */
dlt_permutation dlt_permutation_variant(const dlt_permutation *permutation, uint64_t variant);

/** Where a position in [0, count) goes. */
int64_t dlt_permutation_at(const dlt_permutation *permutation, int64_t position);
/** Puts where they go in place of count positions; variants, unless NULL, says by which variant
 * each: many at a time take a tenth of the time that they take one by one. */
void dlt_permutation_all(const dlt_permutation *permutation, int64_t count, const int64_t *variants,
                         int64_t *positions);
/** The position that goes to a value in [0, count). */
int64_t dlt_permutation_find(const dlt_permutation *permutation, int64_t value);

#endif
