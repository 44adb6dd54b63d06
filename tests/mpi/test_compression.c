/* The reduction in bf16 compression against a serial one that follows its definition, bit for bit,
 * and the bytes that it sends. */
#include "comm/error_feedback.h"
#include "comm/reducer.h"
#include "support/mpi_check.h"

#include <math.h>
#include <string.h>

enum { MICROS_MAX = 13, BATCHES = 4 };

/* Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195. */
static uint64_t mix(uint64_t at) {
    at += UINT64_C(0x9e3779b97f4a7c15);
    at = (at ^ (at >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    at = (at ^ (at >> 27)) * UINT64_C(0x94d049bb133111eb);
    return at ^ (at >> 31);
}

/* Gradients of different sizes and signs; one of them is infinite, once. */
static dlt_real value_of(int64_t batch, int64_t micro, int64_t element) {
    if (batch == 1 && micro == 0 && element == 3)
        return INFINITY;
    uint64_t at = mix((uint64_t)((batch * MICROS_MAX + micro) * 2000003 + element));
    return (dlt_real)((int64_t)at >> 40) * (dlt_real)(1 << at % 7);
}

/* To 8 significant bits, another way than the library's. Whole numbers, as here, are no subnormals.
 */
static double to_bf16(double value) {
    int exponent = 0;
    if (value == 0 || isinf(value))
        return value;
    (void)frexp(value, &exponent);
    return ldexp(nearbyint(ldexp(value, 8 - exponent)), exponent - 8);
}

/* A reducer's elements and what it should make of them. */
typedef struct reference {
    mpi_check *check;
    dlt_reducer_options options;
    dlt_reducer *reducer;
    double *residuals; /* [MICROS_MAX, reals]: of all micro-batches */
} reference;

static double tree_sum(const double *leaves, int64_t micros, int64_t first, int64_t width,
                       bool rounded) {
    if (width == 1)
        return leaves[first];
    double left = tree_sum(leaves, micros, first, width / 2, rounded);
    if (first + width / 2 >= micros)
        return left;
    dlt_real sum =
        (dlt_real)left + (dlt_real)tree_sum(leaves, micros, first + width / 2, width / 2, rounded);
    return rounded ? to_bf16((double)sum) : (double)sum;
}

/* Residuals are those of whole batches. */
static double leaf_of(const reference *it, int64_t batch, int64_t micros, int64_t micro,
                      int64_t element) {
    double *residual = &it->residuals[micro * it->options.real_count + element];
    bool kept = it->options.error_feedback && micros == it->options.micros[0];
    dlt_real wanted = value_of(batch, micro, element) + (kept ? (dlt_real)*residual : 0);
    double taken = to_bf16((double)wanted);
    if (kept)
        *residual = isfinite(taken) ? (double)wanted - taken : 0;
    return taken;
}

static double expected_of(const reference *it, int64_t batch, int64_t micros, int64_t element) {
    double leaves[MICROS_MAX];
    bool rounded = element < it->options.rounded_count;
    int64_t width = 1;
    while (width < micros)
        width *= 2;
    for (int64_t micro = 0; micro < micros; micro++)
        leaves[micro] = rounded ? leaf_of(it, batch, micros, micro, element)
                                : (double)value_of(batch, micro, element);
    return tree_sum(leaves, micros, 0, width, rounded);
}

/* All elements of short blocks; of long ones the ends, where rounding ends, and some between. */
static int64_t next_element(const reference *it, int64_t i) {
    const int64_t dense = 64;
    const int64_t stride = 997;
    int64_t limit = it->options.rounded_count;
    bool jumps = i > dense && i + stride + dense < it->options.real_count &&
                 (i + stride + dense < limit || i > limit + dense);
    return jumps ? i + stride : i + 1;
}

static bool is_owned(const dlt_reducer *reducer, int64_t element) {
    for (int i = 0; i < dlt_reducer_owned_count(reducer); i++)
        if (dlt_range_below(dlt_reducer_owned(reducer, i), element + 1) > 0 &&
            dlt_range_below(dlt_reducer_owned(reducer, i), element) <
                dlt_reducer_owned(reducer, i).count)
            return true;
    return false;
}

static void compare_total(const reference *it, const dlt_total *total, int64_t batch,
                          int64_t micros) {
    int differ = 0;
    for (int64_t i = 0; i < it->options.real_count; i = next_element(it, i)) {
        dlt_real expected = (dlt_real)expected_of(it, batch, micros, i);
        bool seen = i >= it->options.scattered_count || is_owned(it->reducer, i);
        differ += seen && memcmp(&total->reals[i], &expected, sizeof expected) != 0;
    }
    CHECK(it->check, differ == 0);
}

/* This rank's, and on rank 0 those of all. */
static void compare_residuals(const reference *it) {
    const dlt_error_feedback *feedback = dlt_reducer_error_feedback(it->reducer);
    int64_t rounded = it->options.rounded_count;
    dlt_real *all = NULL;
    int differ = 0;
    CHECK(it->check, feedback->leaves == it->options.micros[0] && feedback->elements == rounded);
    CHECK(it->check, DLT_NEW(all, feedback->leaves * rounded) == DLT_OK);
    CHECK(it->check, dlt_error_feedback_assemble(feedback, all) == DLT_OK);
    for (int64_t micro = 0; micro < feedback->leaves; micro++) {
        bool mine = micro >= feedback->first && micro < feedback->first + feedback->count;
        for (int64_t i = 0; i < rounded; i = next_element(it, i)) {
            double expected = it->residuals[micro * it->options.real_count + i];
            differ += mine && (double)dlt_error_feedback_of(feedback, micro)[i] != expected;
            differ += it->check->rank == 0 && (double)all[micro * rounded + i] != expected;
        }
    }
    CHECK(it->check, differ == 0);
    dlt_free(all);
}

static void run_batch(const reference *it, int64_t batch, int64_t micros, dlt_total *total) {
    const int64_t stride = 70001; /* as backward does, in steps that do not fit the buckets */
    mpi_check *check = it->check;
    CHECK(check, dlt_reducer_begin(it->reducer, micros) == DLT_OK);
    for (int64_t m = micros * check->rank / check->size;
         m < micros * (check->rank + 1) / check->size; m++) {
        dlt_sums leaf = dlt_reducer_leaf(it->reducer);
        for (int64_t i = 0; i < it->options.real_count; i++)
            leaf.reals[i] = value_of(batch, m, i);
        leaf.doubles[0] = (double)m;
        for (int64_t ready = 0; ready < it->options.real_count; ready += stride)
            dlt_reducer_ready(it->reducer, ready);
        dlt_reducer_push(it->reducer);
    }
    CHECK(check, dlt_reducer_finish(it->reducer, total) == DLT_OK);
    CHECK(check, total->doubles[0] == (double)(micros * (micros - 1) / 2));
}

static void check_reducer(mpi_check *check, const dlt_reducer_options *options) {
    reference it = {.check = check, .options = *options};
    CHECK(check, dlt_reducer_create(check->comm, options, &it.reducer) == DLT_OK);
    CHECK(check, DLT_NEW(it.residuals, MICROS_MAX * options->real_count) == DLT_OK);
    int64_t made = dlt_alloc_made();
    for (int64_t batch = 0; batch < BATCHES && it.reducer != NULL; batch++) {
        int64_t micros = options->micros[batch % 3 == 2];
        dlt_total total = {0};
        run_batch(&it, batch, micros, &total);
        if (options->common_count > 0) /* what is not with its owners is there after that */
            CHECK(check, dlt_reducer_share(it.reducer, DLT_CHANGED_NOTHING) == DLT_OK);
        compare_total(&it, &total, batch, micros);
    }
    CHECK(check, dlt_alloc_made() == made);
    if (options->error_feedback)
        compare_residuals(&it);
    dlt_free(it.residuals);
    dlt_reducer_destroy(&it.reducer);
}

/* Everything rounded, or batch statistics behind the gradients; the total everywhere, or with its
 * owners. */
static void check_kinds(mpi_check *check, int64_t reals, int64_t rounded, const int64_t micros[2]) {
    dlt_reducer_options options = {.real_count = reals,
                                   .double_count = 1,
                                   .micros = micros,
                                   .micros_count = 2,
                                   .rounded_count = rounded,
                                   .error_feedback = true};
    check_reducer(check, &options);
    options.grain = 64;
    options.scattered_count = rounded;
    options.common_count = rounded;
    check_reducer(check, &options);
    options.error_feedback = false;
    check_reducer(check, &options);
}

/* Over all ranks, of a batch of several buckets. */
static uint64_t count_sent(mpi_check *check, int64_t rounded) {
    const int64_t micros = 4;
    const reference it = {.check = check,
                          .options = {.real_count = 1100004,
                                      .double_count = 1,
                                      .micros = &micros,
                                      .micros_count = 1,
                                      .rounded_count = rounded}};
    reference made = it;
    dlt_total total = {0};
    CHECK(check, dlt_reducer_create(check->comm, &it.options, &made.reducer) == DLT_OK);
    run_batch(&made, 0, micros, &total);
    uint64_t mine = (uint64_t)dlt_reducer_sent_bytes(made.reducer);
    uint64_t all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    dlt_reducer_destroy(&made.reducer);
    return all;
}

/* Half as many; what is rounded in part lies between, which slices go how often being a matter of
 * the nodes. */
static void check_sent_bytes(mpi_check *check) {
    bool sends = dlt_comm_node_count(check->comm) > 1;
    uint64_t exact = count_sent(check, 0);
    uint64_t part = count_sent(check, 550002);
    CHECK(check, (exact > 0) == sends);
    CHECK(check, 2 * count_sent(check, 1100004) == exact);
    CHECK(check, !sends || (part < exact && 2 * part > exact));
}

static void check_all(mpi_check *check) {
    static const int64_t micros[][2] = {{1, 1}, {2, 1}, {3, 2}, {5, 3}, {8, 5}, {MICROS_MAX, 4}};
    for (size_t m = 0; m < sizeof micros / sizeof micros[0]; m++) {
        check_kinds(check, 1000, 1000, micros[m]);
        check_kinds(check, 1003, 832, micros[m]);
    }
    check_kinds(check, 100, 16, micros[3]);
    check_kinds(check, 1100003, 1080000, micros[2]);
    check_sent_bytes(check);
}

static void check_arrangement(mpi_check *check, dlt_arrangement arrangement) {
    dlt_comm *whole = check->comm;
    dlt_comm *arranged = NULL;
    CHECK(check, dlt_comm_arrange(whole, &arrangement, &arranged) == DLT_OK);
    if (arranged == NULL)
        return;
    check->comm = arranged;
    check_all(check);
    check->comm = whole;
    dlt_comm_finish(&arranged);
}

int main(int argc, char **argv) {
    mpi_check check;
    if (mpi_check_start(&check, &argc, &argv) != 0)
        return 1;
    for (int ranks_per_node = 0; ranks_per_node <= 3; ranks_per_node++)
        check_arrangement(&check, (dlt_arrangement){.ranks_per_node = ranks_per_node});
    return mpi_check_finish(&check);
}
