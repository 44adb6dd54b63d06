/* Finds a sample by arithmetic, without a table. The part of a held-out sample follows from its
 * position, and a hash of key and part places the run in the part. For a kept sample, the number of
 * runs before it is guessed by proportion, then corrected step by step: the number of kept samples
 * before a run never decreases from part to part. */
#include "data/holdout.h"

#include "base/cast.h"
#include "base/philox.h"

/* Node of the stream; 0 is the split by single samples. */
enum { NODE_HOLDOUT = 1 };

dlt_holdout dlt_holdout_make(uint64_t seed, int64_t total, int64_t kept, int64_t length) {
    dlt_stream stream = dlt_stream_make(seed, DLT_PURPOSE_SPLIT, NODE_HOLDOUT, 0, 0);
    /* With at least as many samples kept as a run has, every part has room for one:
     * total / ceil(held / length) >= total length / (held + length) >= length. */
    length = dlt_min_i64(length, kept);
    return (dlt_holdout){.key = (uint64_t)stream.key[0] << 32 | stream.key[1],
                         .total = total,
                         .kept = kept,
                         .length = length,
                         .parts = dlt_ceil_div(total - kept, length)};
}

/* The output function of SplitMix64 (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195). */
static uint64_t mix(uint64_t word) {
    word += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* The first parts have one sample more, where the set does not divide evenly. */
static int64_t begin_of_part(const dlt_holdout *it, int64_t part) {
    return part * (it->total / it->parts) + dlt_min_i64(part, it->total % it->parts);
}

/* The first sample of the run that a part holds out. The remainder favours some places, by less
 * than (room + 1) / 2^64 of their share: for 2^40 samples by one part in 10^7, which no experiment
 * could see. */
static int64_t begin_of_run(const dlt_holdout *it, int64_t part) {
    int64_t begin = begin_of_part(it, part);
    int64_t room = begin_of_part(it, part + 1) - begin - it->length;
    return begin + (int64_t)(mix(it->key ^ (uint64_t)part) % ((uint64_t)room + 1));
}

/* Runs before the kept sample of that position: those whose part of the kept samples lies
 * before it. A guess is at most a part or two away. */
static int64_t runs_before(const dlt_holdout *it, int64_t position) {
    int64_t part = (int64_t)((double)position / (double)it->kept * (double)it->parts);
    while (part > 0 && begin_of_run(it, part - 1) - (part - 1) * it->length > position)
        part--;
    while (part < it->parts && begin_of_run(it, part) - part * it->length <= position)
        part++;
    return part;
}

int64_t dlt_holdout_at(const dlt_holdout *it, int64_t position) {
    if (position < it->kept) {
        int64_t held_before = runs_before(it, position) * it->length;
        return position + dlt_min_i64(held_before, it->total - it->kept);
    }
    int64_t held = position - it->kept;
    return begin_of_run(it, held / it->length) + held % it->length;
}
