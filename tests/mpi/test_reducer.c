/* The exact reduction against a serial sum over the canonical tree, bit for bit, for many numbers
 * of micro-batches and lengths. */
#include "comm/reducer.h"
#include "support/mpi_check.h"

#include <string.h>

enum { MICROS_MAX = 33 };

/* Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195: far cheaper than the project's own
 * generator. */
static uint64_t mix(uint64_t at) {
    at += UINT64_C(0x9e3779b97f4a7c15);
    at = (at ^ (at >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    at = (at ^ (at >> 27)) * UINT64_C(0x94d049bb133111eb);
    return at ^ (at >> 31);
}

/* Values of very different size, so that another order of additions gives other bits. */
static double value_of(int64_t batch, int64_t micro, int64_t element) {
    uint64_t at = (uint64_t)((batch * MICROS_MAX + micro) * 200003 + element);
    double signed_part = (double)((int64_t)mix(at) >> 11);
    return signed_part * (double)(UINT64_C(1) << (at * 7 + at / 5) % 23);
}

/* The value of the tree's node over [first, first + width), recursing from the root. */
static dlt_real real_sum(int64_t batch, int64_t micros, int64_t element, int64_t first,
                         int64_t width) {
    if (width == 1)
        return (dlt_real)value_of(batch, first, element);
    dlt_real left = real_sum(batch, micros, element, first, width / 2);
    if (first + width / 2 >= micros)
        return left;
    return left + real_sum(batch, micros, element, first + width / 2, width / 2);
}

static double double_sum(int64_t batch, int64_t micros, int64_t element, int64_t first,
                         int64_t width) {
    if (width == 1)
        return value_of(batch, first, element);
    double left = double_sum(batch, micros, element, first, width / 2);
    if (first + width / 2 >= micros)
        return left;
    return left + double_sum(batch, micros, element, first + width / 2, width / 2);
}

static int64_t root_width(int64_t micros) {
    int64_t width = 1;
    while (width < micros)
        width *= 2;
    return width;
}

typedef struct lengths {
    int64_t reals;
    int64_t doubles;
} lengths;

static void fill_leaf(dlt_sums leaf, const lengths *count, int64_t batch, int64_t micro) {
    for (int64_t i = 0; i < count->reals; i++)
        leaf.reals[i] = (dlt_real)value_of(batch, micro, i);
    for (int64_t i = 0; i < count->doubles; i++)
        leaf.doubles[i] += value_of(batch, micro, i); /* they are given as zero */
}

/* All elements of a short block; of a long one those near the ends and a sample of the others. */
static int64_t next_element(int64_t i, int64_t count) {
    const int64_t dense = 64;
    const int64_t stride = 997;
    return i < dense || i + stride >= count ? i + 1 : i + stride;
}

static int same_total(const dlt_total *total, const lengths *count, int64_t batch, int64_t micros) {
    int64_t width = root_width(micros);
    for (int64_t i = 0; i < count->reals; i = next_element(i, count->reals)) {
        dlt_real expected = real_sum(batch, micros, i, 0, width);
        if (memcmp(&total->reals[i], &expected, sizeof expected) != 0)
            return 0;
    }
    for (int64_t i = 0; i < count->doubles; i = next_element(i, count->doubles)) {
        double expected = double_sum(batch, micros, i, 0, width);
        if (memcmp(&total->doubles[i], &expected, sizeof expected) != 0)
            return 0;
    }
    return 1;
}

/* As backward does: the leaf is ready bit by bit, in steps that do not fit the buckets. */
static void push_in_parts(dlt_reducer *reducer, const lengths *count) {
    const int64_t stride = 70001;
    for (int64_t ready = 0; ready < count->reals; ready += stride)
        dlt_reducer_ready(reducer, ready);
    dlt_reducer_push(reducer);
}

static void check_flags(mpi_check *it, const dlt_total *total) {
    CHECK(it, total->flags[0] == it->size - 1);
    CHECK(it, total->flags[1] == 0);
    CHECK(it, total->flags[2] == 5);
    CHECK(it, total->flags[3] == 0.25);
}

static void run_batch(mpi_check *it, dlt_reducer *reducer, const lengths *count, int64_t batch,
                      int64_t micros, dlt_total *total) {
    CHECK(it, dlt_reducer_begin(reducer, micros) == DLT_OK);
    int64_t loud = batch % it->size;
    dlt_reducer_set_flags(reducer, (double[DLT_REDUCTION_FLAGS]){it->rank, -it->rank,
                                                                 it->rank == loud ? 5 : 0, 0.25});
    for (int64_t m = micros * it->rank / it->size; m < micros * (it->rank + 1) / it->size; m++) {
        fill_leaf(dlt_reducer_leaf(reducer), count, batch, m);
        push_in_parts(reducer, count);
    }
    CHECK(it, dlt_reducer_finish(reducer, total) == DLT_OK);
    check_flags(it, total);
}

/* Whole batches and a short last one, several epochs with one reducer. */
static void check_lengths(mpi_check *it, lengths count, int64_t micros, int64_t last) {
    const int64_t numbers[] = {micros, last};
    const dlt_reducer_options options = {.real_count = count.reals,
                                         .double_count = count.doubles,
                                         .micros = numbers,
                                         .micros_count = 2};
    dlt_reducer *reducer = NULL;
    CHECK(it, dlt_reducer_create(it->comm, &options, &reducer) == DLT_OK);
    if (reducer == NULL)
        return;
    int64_t made = dlt_alloc_made();
    for (int64_t batch = 0; batch < 5; batch++) {
        int64_t now = batch % 3 == 2 ? last : micros;
        dlt_total total = {0};
        run_batch(it, reducer, &count, batch, now, &total);
        CHECK(it, same_total(&total, &count, batch, now));
    }
    CHECK(it, dlt_alloc_made() == made);
    dlt_reducer_destroy(&reducer);
}

/* Owners get the total of their ranges, and what they write is everywhere. */
static void check_owned(mpi_check *it, dlt_reducer *reducer, const dlt_total *total,
                        const dlt_reducer_options *options, int64_t batch) {
    dlt_real *common = dlt_reducer_common(reducer);
    int64_t width = root_width(options->micros[0]);
    for (int i = 0; i < dlt_reducer_owned_count(reducer); i++) {
        dlt_range range = dlt_reducer_owned(reducer, i);
        for (int64_t at = range.first; at < range.first + range.count; at++) {
            if (at < options->common_count)
                common[at] = total->reals[at];
            if (at % 997 != 0)
                continue;
            dlt_real expected = real_sum(batch, options->micros[0], at, 0, width);
            CHECK(it, memcmp(&total->reals[at], &expected, sizeof expected) == 0);
        }
    }
    CHECK(it, dlt_reducer_share(reducer, DLT_CHANGED_ALL) == DLT_OK);
    for (int64_t at = 0; at < options->real_count; at += 499) {
        dlt_real expected = real_sum(batch, options->micros[0], at, 0, width);
        const dlt_real *where = at < options->common_count ? common : total->reals;
        CHECK(it, memcmp(&where[at], &expected, sizeof expected) == 0);
    }
}

/* The first reals scattered and written by their owners, the rest whole everywhere; more than one
 * bucket. */
static void check_scattered(mpi_check *it, int64_t grain, int64_t reals, int64_t common) {
    const int64_t micros = 5;
    const dlt_reducer_options options = {.real_count = reals,
                                         .double_count = 1,
                                         .micros = &micros,
                                         .micros_count = 1,
                                         .grain = grain,
                                         .scattered_count = common,
                                         .common_count = common};
    lengths count = {.reals = reals, .doubles = 1};
    dlt_reducer *reducer = NULL;
    CHECK(it, dlt_reducer_create(it->comm, &options, &reducer) == DLT_OK);
    if (reducer == NULL)
        return;
    for (int64_t batch = 0; batch < 2; batch++) {
        dlt_total total = {0};
        run_batch(it, reducer, &count, batch, micros, &total);
        check_owned(it, reducer, &total, &options, batch);
    }
    dlt_reducer_destroy(&reducer);
}

static void check_unplanned_number(mpi_check *it) {
    const int64_t numbers[] = {4};
    const dlt_reducer_options options = {
        .real_count = 3, .double_count = 1, .micros = numbers, .micros_count = 1};
    dlt_reducer *reducer = NULL;
    CHECK(it, dlt_reducer_create(it->comm, &options, &reducer) == DLT_OK);
    CHECK(it, dlt_reducer_begin(reducer, 5) == DLT_ERR_INTERNAL);
    dlt_reducer_destroy(&reducer);
}

static void check_all_lengths(mpi_check *it) {
    static const lengths short_counts[] = {{0, 1}, {1, 0}, {1, 1}, {2, 3}, {17, 2}, {1000, 130}};
    static const int64_t micros[] = {1, 2, 3, 4, 5, 7, 8, 13, MICROS_MAX};
    for (size_t c = 0; c < sizeof short_counts / sizeof short_counts[0]; c++)
        for (size_t m = 0; m < sizeof micros / sizeof micros[0]; m++)
            check_lengths(it, short_counts[c], micros[m], micros[m] / 2 + 1);
    check_lengths(it, (lengths){100003, 3}, 6, 1);
    /* Several buckets. */
    check_lengths(it, (lengths){1100003, 2}, 3, 2);
    check_scattered(it, 4096, 100003, 90000);
    check_scattered(it, 16, 1100003, 1100000);
}

/* Flat, on the node as it is, and on emulated nodes of 1, 2 and 3 ranks. */
static void check_arrangement(mpi_check *it, dlt_arrangement arrangement) {
    dlt_comm *whole = it->comm;
    dlt_comm *arranged = NULL;
    CHECK(it, dlt_comm_arrange(whole, &arrangement, &arranged) == DLT_OK);
    if (arranged == NULL)
        return;
    it->comm = arranged;
    check_all_lengths(it);
    it->comm = whole;
    dlt_comm_finish(&arranged);
}

int main(int argc, char **argv) {
    mpi_check it;
    if (mpi_check_start(&it, &argc, &argv) != 0)
        return 1;
    check_arrangement(&it, (dlt_arrangement){.flat = true});
    for (int ranks_per_node = 0; ranks_per_node <= 3; ranks_per_node++)
        check_arrangement(&it, (dlt_arrangement){.ranks_per_node = ranks_per_node});
    check_unplanned_number(&it);
    return mpi_check_finish(&it);
}
