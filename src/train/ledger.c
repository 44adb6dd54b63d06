#include "train/ledger.h"

#include "base/error.h"
#include "comm/collectives.h"

/* The output function of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
 * generators", doi 10.1145/2660193.2660195). As a bijection it gives distinct samples distinct
 * words; one sample in place of another goes unseen never, and several with a chance of 2^-64. */
static uint64_t mix(uint64_t word) {
    word += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

void dlt_ledger_enter(dlt_ledger *ledger, const int64_t *samples, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        ledger->sum += mix((uint64_t)samples[i]);
    ledger->count += count;
}

dlt_status dlt_ledger_merge(const dlt_comm *comm, dlt_ledger *mine, dlt_ledger *all) {
    uint64_t values[2] = {mine->sum, (uint64_t)mine->count};
    DLT_TRY(dlt_sum_u64(comm, values, 2));
    all->sum += values[0];
    all->count += (int64_t)values[1];
    *mine = (dlt_ledger){0};
    return DLT_OK;
}

dlt_status dlt_ledger_expect(const dlt_comm *comm, const dlt_subset *subset, dlt_ledger *out) {
    int rank = dlt_comm_rank(comm);
    int size = dlt_comm_size(comm);
    /* Of the split alone, in its own order: what the epoch's order does is what is to be proved. */
    dlt_subset plain = *subset;
    plain.shuffle = false;
    dlt_order order = dlt_subset_order(&plain, 0);
    dlt_ledger mine = {0};
    for (int64_t i = subset->count * rank / size; i < subset->count * (rank + 1) / size; i++) {
        int64_t sample = dlt_order_sample(&order, i);
        dlt_ledger_enter(&mine, &sample, 1);
    }
    *out = (dlt_ledger){0};
    return dlt_ledger_merge(comm, &mine, out);
}

dlt_status dlt_ledger_check(const dlt_ledger *done, const dlt_ledger *expected, int64_t epoch) {
    if (done->sum == expected->sum && done->count == expected->count)
        return DLT_OK;
    const char *how = done->count == expected->count ? "as many, but not each once" : "not as many";
    return dlt_fail(DLT_ERR_INTERNAL,
                    "epoch %lld computed %lld samples where the training data has %lld: %s",
                    (long long)epoch, (long long)done->count, (long long)expected->count, how);
}
