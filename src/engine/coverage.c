/* Adds up hashes of sample indices (SplitMix64's output function). The expected checksum comes from
 * the split in its own order, never from the epoch's order, because that order is under test. Each
 * rank computes a share, of the subset or of its complement, whichever is cheaper, and one sum of
 * two integers over the ranks completes it. */
#include "engine/coverage.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "kernels/vector.h"

/* The output function of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
 * generators", doi 10.1145/2660193.2660195). As a bijection it gives distinct samples distinct
 * words; one sample in place of another goes unseen never, and several with a chance of 2^-64. */
DLT_K_INLINE uint64_t mix(uint64_t word) {
    word += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

void dlt_coverage_add(dlt_coverage *coverage, const int64_t *samples, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        coverage->sum += mix((uint64_t)samples[i]);
    coverage->count += count;
}

dlt_status dlt_coverage_merge(const dlt_comm *comm, dlt_coverage *mine, dlt_coverage *all) {
    uint64_t values[2] = {mine->sum, (uint64_t)mine->count};
    DLT_TRY(dlt_sum_u64(comm, values, 2));
    all->sum += values[0];
    all->count += (int64_t)values[1];
    *mine = (dlt_coverage){0};
    return DLT_OK;
}

/* The coverage checksum of samples [first, last) by index; in vectors, for there may be a great
 * many. */
DLT_K_CLONES static uint64_t sum_of_range(int64_t first, int64_t last) {
    uint64_t sum = 0;
    for (int64_t i = first; i < last; i++)
        sum += mix((uint64_t)i);
    return sum;
}

/* A rank's share of the range [first, last) of positions. */
typedef struct sample_share {
    int64_t first;
    int64_t last;
} sample_share;

static sample_share share_of(const dlt_comm *comm, int64_t first, int64_t last) {
    int64_t count = last - first;
    int rank = dlt_comm_rank(comm);
    int size = dlt_comm_size(comm);
    return (sample_share){first + count * rank / size, first + count * (rank + 1) / size};
}

static dlt_coverage of_range(sample_share range) {
    return (dlt_coverage){.sum = sum_of_range(range.first, range.last),
                          .count = range.last - range.first};
}

static dlt_coverage of_positions(const dlt_order *order, sample_share range) {
    enum { PIECE = 1024 };
    int64_t samples[PIECE];
    dlt_coverage coverage = {0};
    for (int64_t i = range.first; i < range.last; i += PIECE) {
        int64_t count = dlt_min_i64(PIECE, range.last - i);
        dlt_order_samples(order, i, count, samples);
        dlt_coverage_add(&coverage, samples, count);
    }
    return coverage;
}

static void subtract(dlt_coverage *from, dlt_coverage what) {
    from->sum -= what.sum;
    from->count -= what.count;
}

/* Of the split alone, in its own order: what the epoch's order does is what is to be proved. The
 * samples of a split take longer to find than those of the whole data set to add up: where most of
 * them are in the subset, it is the whole without the others. */
static dlt_coverage expect_share(const dlt_comm *comm, const dlt_subset *subset) {
    const int64_t first = subset->first;
    const int64_t last = first + subset->count;
    dlt_subset whole = *subset;
    whole.shuffle = false;
    whole.first = 0;
    whole.count = subset->total;
    dlt_order order = dlt_subset_order(&whole, 0);
    if (!subset->split)
        return of_range(share_of(comm, first, last));
    if (2 * subset->count <= subset->total)
        return of_positions(&order, share_of(comm, first, last));
    dlt_coverage mine = of_range(share_of(comm, 0, subset->total));
    subtract(&mine, of_positions(&order, share_of(comm, 0, first)));
    subtract(&mine, of_positions(&order, share_of(comm, last, subset->total)));
    return mine;
}

dlt_status dlt_coverage_expect(const dlt_comm *comm, const dlt_subset *subset, dlt_coverage *out) {
    dlt_coverage mine = expect_share(comm, subset);
    *out = (dlt_coverage){0};
    return dlt_coverage_merge(comm, &mine, out);
}

dlt_status dlt_coverage_check(const dlt_coverage *done, const dlt_coverage *expected,
                              int64_t epoch) {
    if (done->sum == expected->sum && done->count == expected->count)
        return DLT_OK;
    const char *how = done->count == expected->count ? "as many, but not each once" : "not as many";
    return dlt_fail(DLT_ERR_INTERNAL,
                    "epoch %lld computed %lld samples where the training data has %lld: %s",
                    (long long)epoch, (long long)done->count, (long long)expected->count, how);
}
