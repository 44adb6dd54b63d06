/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC11, doi 10.1145/2063384.2063405). A number is a pure function of
 * what it is for, never of the rank or of what was drawn before, so any rank can draw any number.
 */
#ifndef DLT_BASE_PHILOX_H
#define DLT_BASE_PHILOX_H

#include <math.h>
#include <stdint.h>

typedef struct dlt_philox_block {
    uint32_t word[4];
} dlt_philox_block;

/** The raw generator: ten rounds over a 128-bit counter with a 64-bit key. */
dlt_philox_block dlt_philox4x32(const uint32_t key[2], const uint32_t counter[4]);

/* What a number is for. Values are part of the file format: checkpoints of older versions resume
 * with the same numbers only if these stay. */
typedef enum dlt_purpose {
    DLT_PURPOSE_INIT = 1,
    DLT_PURPOSE_ORDER = 2,
    DLT_PURPOSE_SPLIT = 3,
    DLT_PURPOSE_DROPOUT = 4,
    DLT_PURPOSE_AUGMENT = 5,
    DLT_PURPOSE_SYNTHESIS = 6,
    DLT_PURPOSE_TEST = 7
} dlt_purpose;

/** A stream of random numbers: all that identifies it, and nothing that advances. */
typedef struct dlt_stream {
    uint32_t key[2];
    uint32_t high[2]; /* upper half of the counter */
} dlt_stream;

/** The stream of (seed, purpose, node, major, minor); major is an epoch or step, minor a sample or
 *  micro-batch. Distinct arguments give independent streams. */
dlt_stream dlt_stream_make(uint64_t seed, dlt_purpose purpose, uint32_t node, uint64_t major,
                           uint64_t minor);

/** Four random words at position `block` of the stream (element = 4 * block + 0..3). */
dlt_philox_block dlt_stream_block(const dlt_stream *stream, uint64_t block);

/** The word at position `element` of the stream. */
uint32_t dlt_stream_word(const dlt_stream *stream, uint64_t element);

/** Uniform in [0, 1) with 24 bits, exact in float. */
static inline double dlt_uniform_of(uint32_t word) {
    return (double)(word >> 8) * 0x1p-24;
}

/** Uniform in [0, 1) at position `element` of the stream. */
double dlt_stream_uniform(const dlt_stream *stream, uint64_t element);

/** Standard normal at position `element` of the stream (Box and Muller 1958; elements 2i and 2i+1
 * share a pair of uniforms). */
double dlt_stream_normal(const dlt_stream *stream, uint64_t element);

#endif
