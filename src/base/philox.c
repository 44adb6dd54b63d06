/* Philox4x32-10, and streams on top of it. dlt_stream_make folds seed, purpose, node and major into
 * the 64-bit key by one application of the generator, and puts minor into the upper half of the
 * counter; the lower half counts blocks of four 32-bit words. Nothing here has state, so ranks and
 * threads draw the same numbers in any order. */
#include "base/philox.h"

/* Constants of Salmon et al., section 4.3 and their reference code. */
static const uint32_t MULTIPLIER_0 = 0xD2511F53u;
static const uint32_t MULTIPLIER_1 = 0xCD9E8D57u;
static const uint32_t WEYL_0 = 0x9E3779B9u;
static const uint32_t WEYL_1 = 0xBB67AE85u;

dlt_philox_block dlt_philox4x32(const uint32_t key[2], const uint32_t counter[4]) {
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    return (dlt_philox_block){{c0, c1, c2, c3}};
}

dlt_stream dlt_stream_make(uint64_t seed, dlt_purpose purpose, uint32_t node, uint64_t major,
                           uint64_t minor) {
    /* The generator is its own hash: one application folds the words that do not fit into the
     * counter into the key. */
    const uint32_t seed_key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t use[4] = {(uint32_t)purpose, node, (uint32_t)major, (uint32_t)(major >> 32)};
    dlt_philox_block folded = dlt_philox4x32(seed_key, use);
    return (dlt_stream){.key = {folded.word[0], folded.word[1]},
                        .high = {(uint32_t)minor, (uint32_t)(minor >> 32)}};
}

dlt_philox_block dlt_stream_block(const dlt_stream *stream, uint64_t block) {
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), stream->high[0],
                                 stream->high[1]};
    return dlt_philox4x32(stream->key, counter);
}

uint32_t dlt_stream_word(const dlt_stream *stream, uint64_t element) {
    return dlt_stream_block(stream, element / 4).word[element % 4];
}

double dlt_stream_uniform(const dlt_stream *stream, uint64_t element) {
    return dlt_uniform_of(dlt_stream_word(stream, element));
}

double dlt_stream_normal(const dlt_stream *stream, uint64_t element) {
    const double two_pi = 6.283185307179586;
    uint64_t pair = element & ~(uint64_t)1;
    dlt_philox_block block = dlt_stream_block(stream, pair / 4);
    /* 1 - u lies in (0, 1], so that the logarithm is finite. */
    double radius = sqrt(-2.0 * log(1.0 - dlt_uniform_of(block.word[pair % 4])));
    double angle = two_pi * dlt_uniform_of(block.word[pair % 4 + 1]);
    return radius * (element % 2 == 0 ? cos(angle) : sin(angle));
}
