/* The epoch coverage checksum: balances for any cut of an epoch over the ranks, and only for a
 * whole one. */
#include "data/batch_sampler.h"
#include "engine/coverage.h"
#include "support/mpi_check.h"

#include <string.h>

static dlt_batch_partition make_cut(const mpi_check *it, const dlt_subset *subset, int64_t batch,
                                    int64_t micro_batch) {
    return (dlt_batch_partition){.samples = subset->count,
                                 .batch = batch,
                                 .micro_batch = micro_batch,
                                 .rank = it->rank,
                                 .size = it->size};
}

/* Enters what this rank computes of the epoch's updates [first, last). */
static dlt_coverage walk(const dlt_subset *subset, const dlt_batch_partition *partition,
                         int64_t first, int64_t last) {
    dlt_coverage mine = {0};
    dlt_order order = dlt_subset_order(subset, 0);
    dlt_batch_sampler sampler = {.partition = *partition, .step = first, .end_epoch = 1};
    dlt_micro_batch_id id;
    while (dlt_batch_sampler_next(&sampler, &id) && id.step < last)
        for (int64_t i = 0; i < id.count; i++) {
            int64_t sample = dlt_order_sample(&order, id.position + i);
            dlt_coverage_add(&mine, &sample, 1);
        }
    return mine;
}

/* Two parts of an epoch, merged one after the other as around a checkpoint in its middle. */
static void check_whole_epoch(mpi_check *it, const dlt_subset *subset, int64_t batch,
                              int64_t micro_batch) {
    dlt_batch_partition partition = make_cut(it, subset, batch, micro_batch);
    int64_t steps = dlt_batch_partition_steps(&partition);
    dlt_coverage expected = {0};
    dlt_coverage all = {0};
    CHECK(it, dlt_coverage_expect(it->comm, subset, &expected) == DLT_OK);
    CHECK(it, expected.count == subset->count);
    for (int half = 0; half < 2; half++) {
        dlt_coverage mine = walk(subset, &partition, half * steps / 2, (half + 1) * steps / 2);
        CHECK(it, dlt_coverage_merge(it->comm, &mine, &all) == DLT_OK);
        CHECK(it, mine.count == 0 && mine.sum == 0);
    }
    CHECK(it, dlt_coverage_check(&all, &expected, 1) == DLT_OK);
}

/* Rank 0 computes `entered` where the epoch has samples 0 to 9. */
static void check_refused(mpi_check *it, const int64_t *entered, int64_t count, const char *why) {
    const dlt_subset subset = {.total = 10, .count = 10};
    dlt_coverage expected = {0};
    dlt_coverage all = {0};
    dlt_coverage mine = {0};
    CHECK(it, dlt_coverage_expect(it->comm, &subset, &expected) == DLT_OK);
    if (it->rank == 0)
        dlt_coverage_add(&mine, entered, count);
    CHECK(it, dlt_coverage_merge(it->comm, &mine, &all) == DLT_OK);
    CHECK(it, dlt_coverage_check(&all, &expected, 3) == DLT_ERR_INTERNAL);
    CHECK(it, strstr(dlt_error_message(), why) != NULL);
}

static void check_wrong_epochs(mpi_check *it) {
    static const int64_t twice[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 8};
    static const int64_t short_by_one[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    /* The plain sum of these indices is right. */
    static const int64_t shifted[] = {0, 1, 2, 3, 4, 5, 6, 8, 8, 8};
    check_refused(it, twice, 10, "computed 10 samples where the training data has 10");
    check_refused(it, short_by_one, 9, "epoch 3 computed 9 samples where the training data has 10");
    check_refused(it, shifted, 10, "not each once");
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    const dlt_subset whole = {.seed = 5, .total = 1003, .count = 1003, .shuffle = true};
    const dlt_subset split = {
        .seed = 5, .total = 1003, .first = 17, .count = 801, .split = true, .shuffle = true};
    check_whole_epoch(&it, &whole, 64, 8);
    check_whole_epoch(&it, &whole, 1003, 1003);
    check_whole_epoch(&it, &split, 100, 33);
    check_whole_epoch(&it, &split, 1, 1);
    dlt_subset minor = split;
    minor.count = 300;
    check_whole_epoch(&it, &minor, 100, 33);
    dlt_subset with_buffer = split;
    with_buffer.first = 0;
    with_buffer.kept = with_buffer.count;
    with_buffer.shuffle_buffer = (dlt_shuffle_buffer){.block = 16, .open = 5, .batch = 100};
    check_whole_epoch(&it, &with_buffer, 100, 33);
    check_wrong_epochs(&it);
    return mpi_check_finish(&it);
}
