/* The exact reduction against a serial sum over the canonical tree, bit for bit, for many numbers
 * of micro-batches and lengths. */
#include "base/philox.h"
#include "comm/reducer.h"
#include "support/mpi_check.h"

#include <math.h>
#include <string.h>

enum { MICROS_MAX = 33 };

static const dlt_stream stream = {.key = {1, 2}, .high = {3, 4}};

/* Values of very different size, so that another order of additions gives other bits. */
static double value_of(int64_t batch, int64_t micro, int64_t element) {
    uint64_t at = (uint64_t)((batch * MICROS_MAX + micro) * 200003 + element);
    double normal = dlt_stream_normal(&stream, at);
    return ldexp(normal, (int)((at * 7 + at / 5) % 23));
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

static int same_total(const dlt_sums *total, const lengths *count, int64_t batch, int64_t micros) {
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

static void run_batch(mpi_check *it, dlt_reducer *reducer, const lengths *count, int64_t batch,
                      int64_t micros) {
    CHECK(it, dlt_reducer_begin(reducer, micros) == DLT_OK);
    for (int64_t m = micros * it->rank / it->size; m < micros * (it->rank + 1) / it->size; m++) {
        fill_leaf(dlt_reducer_leaf(reducer), count, batch, m);
        dlt_reducer_push(reducer);
    }
    int64_t loud = batch % it->size;
    double votes[DLT_VOTES] = {it->rank, -it->rank, it->rank == loud ? 5 : 0, 0.25};
    dlt_sums total = {0};
    CHECK(it, dlt_reducer_finish(reducer, votes, &total) == DLT_OK);
    CHECK(it, same_total(&total, count, batch, micros));
    CHECK(it, votes[0] == it->size - 1);
    CHECK(it, votes[1] == 0);
    CHECK(it, votes[2] == 5);
    CHECK(it, votes[3] == 0.25);
}

/* Whole batches and a short last one, several epochs with one reducer. */
static void check_lengths(mpi_check *it, lengths count, int64_t micros, int64_t last) {
    const int64_t numbers[] = {micros, last};
    dlt_reducer *reducer = NULL;
    CHECK(it,
          dlt_reducer_create(it->comm, count.reals, count.doubles, numbers, 2, &reducer) == DLT_OK);
    if (reducer == NULL)
        return;
    int64_t made = dlt_alloc_made();
    for (int64_t batch = 0; batch < 5; batch++)
        run_batch(it, reducer, &count, batch, batch % 3 == 2 ? last : micros);
    CHECK(it, dlt_alloc_made() == made);
    dlt_reducer_destroy(&reducer);
}

static void check_unplanned_number(mpi_check *it) {
    const int64_t numbers[] = {4};
    dlt_reducer *reducer = NULL;
    CHECK(it, dlt_reducer_create(it->comm, 3, 1, numbers, 1, &reducer) == DLT_OK);
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
    /* Longer than one exchange of messages: slices of several chunks. */
    check_lengths(it, (lengths){200003, 2}, 5, 2);
}

/* Flat, on the node as it is, and on pretended nodes of 1, 2 and 3 ranks. */
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
