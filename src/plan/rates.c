/* Times three loops in a thread group. flops_per_s: fused multiply-adds in registers. bytes_per_s:
 * the triad, over arrays meant to exceed the cache. exchange_s: what the ranks of a node do with
 * one step's gradients, less the same traffic in private buffers without barriers, so that only the
 * price of sharing is left. Peaks take the best trial, the exchange the median. */
#include "plan/rates.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/add.h"
#include "dltrain/real.h"
#include "kernels/limits/limits.h"
#include "plan/thread_group.h"

#include <stdbool.h>
#include <string.h>

static const double SECONDS = 0.2; /* of one measurement */

static const int64_t ROUNDS = 20000; /* of the loop of multiply-adds: about a millisecond */

typedef struct peak_work {
    int64_t flops; /* of one trial; written by member 0 */
} peak_work;

static void work_peak(void *context, int member, dlt_thread_group_member *self_member) {
    (void)self_member;
    peak_work *self = context;
    dlt_real sink = 0;
    int64_t flops = dlt_k_multiply_add(ROUNDS, &sink);
    if (member == 0)
        self->flops = flops;
}

static dlt_status measure_peak(int cores, double *flops_per_s) {
    peak_work work = {0};
    dlt_thread_group_times times;
    DLT_TRY(dlt_thread_group_time(cores, work_peak, &work, SECONDS, &times));
    *flops_per_s = (double)work.flops / times.best_s;
    return DLT_OK;
}

typedef struct triad_work {
    int64_t count; /* elements of each of a member's three arrays */
    dlt_real *arrays;
} triad_work;

/* Every array is written in turn: what never was would be read from one page of zeros, which the
 * system shows for all. The first trial, which does not count, leaves none. */
static void work_triad(void *context, int member, dlt_thread_group_member *self_member) {
    (void)self_member;
    const triad_work *self = context;
    dlt_real *a = self->arrays + 3 * self->count * member;
    dlt_real *b = a + self->count;
    dlt_real *c = b + self->count;
    dlt_k_triad(self->count, (dlt_real)0.5, b, c, a);
    dlt_k_triad(self->count, (dlt_real)0.5, c, a, b);
    dlt_k_triad(self->count, (dlt_real)0.5, a, b, c);
}

/* All members' arrays together are four times what the cache holds, 96 to 384 MB. */
static dlt_status measure_triad(const dlt_machine *machine, int cores, double *bytes_per_s) {
    int64_t all = dlt_min_i64(dlt_max_i64(4 * machine->cache_bytes, 96 << 20), 384 << 20);
    triad_work work = {.count = all / cores / 3 / (int64_t)sizeof(dlt_real)};
    dlt_thread_group_times times = {.best_s = 1};
    DLT_TRY(DLT_NEW(work.arrays, 3 * work.count * cores));
    dlt_status status = dlt_thread_group_time(cores, work_triad, &work, SECONDS, &times);
    /* Three triads of three arrays each. */
    *bytes_per_s = 9 * (double)work.count * sizeof(dlt_real) / times.best_s;
    dlt_free(work.arrays);
    return status;
}

/* What the ranks of a node do with the gradients of a step, without the rest of the step. */
typedef struct exchange_work {
    bool shares; /* false: the same traffic to buffers of its own, without barriers: what a rank
                 * alone does, too */
    int members;
    int64_t count;
    dlt_real *gradients; /* [members, count] */
    dlt_real *params;    /* [members, count] */
    dlt_real *total;     /* [count] */
} exchange_work;

typedef struct slice {
    int64_t first;
    int64_t count;
} slice;

static slice slice_of(const exchange_work *self, int member) {
    int64_t first = self->count * member / self->members;
    return (slice){.first = first, .count = self->count * (member + 1) / self->members - first};
}

static void add_slice(const exchange_work *self, slice mine) {
    const int64_t block = 2048; /* as the reduction has it */
    int64_t end = mine.first + mine.count;
    const dlt_real *last = self->gradients + (self->members - 1) * self->count;
    for (int64_t at = mine.first; at < end; at += block) {
        int64_t now = dlt_min_i64(block, end - at);
        for (int i = 1; i + 1 < self->members; i++)
            dlt_add_reals(self->gradients + at, self->gradients + i * self->count + at, now);
        dlt_k_triad(now, 1, self->gradients + at, last + at, self->total + at);
    }
}

/* Every member writes a buffer of its own, they meet, each adds its slice of all buffers, they
 * meet, and every member adds the whole sum to its parameters. */
static void work_replicated(void *context, int member, dlt_thread_group_member *self_member) {
    const exchange_work *self = context;
    dlt_real *mine = self->gradients + member * self->count;
    memset(mine, 0, (size_t)self->count * sizeof *mine);
    if (self->shares) {
        dlt_thread_group_barrier(self_member);
        add_slice(self, slice_of(self, member));
        dlt_thread_group_barrier(self_member);
    }
    dlt_add_reals(self->params + member * self->count, self->shares ? self->total : mine,
                  self->count);
}

/* Every member reads the parameters, which all share, and writes a buffer of its own; they meet,
 * each adds its slice of all buffers and that to its slice of the parameters, and they meet. */
static void work_sharded(void *context, int member, dlt_thread_group_member *self_member) {
    const exchange_work *self = context;
    slice part = slice_of(self, member);
    dlt_real *mine = self->gradients + member * self->count;
    dlt_real *params = self->params + (self->shares ? 0 : member * self->count);
    dlt_add_reals(mine, params, self->count);
    if (self->shares) {
        dlt_thread_group_barrier(self_member);
        add_slice(self, part);
    }
    dlt_add_reals(params + part.first, (self->shares ? self->total : mine) + part.first,
                  part.count);
    if (self->shares)
        dlt_thread_group_barrier(self_member);
}

/* Nobody writes all of its own parameters where each updates a slice; but a rank alone has written
 * all. */
static void write_params(void *context, int member, dlt_thread_group_member *self_member) {
    (void)self_member;
    const exchange_work *self = context;
    dlt_real *params = self->params + member * self->count;
    memset(params, 0, (size_t)self->count * sizeof *params);
}

/* Larger gradients take as many times as long: no cache holds these. */
static const int64_t EXCHANGE_BYTES_MOST = 256 << 20;

static dlt_status time_exchange(exchange_work *work, bool sharded, double *seconds) {
    dlt_thread_group_times shared;
    dlt_thread_group_times alone;
    dlt_thread_group_work *way = sharded ? work_sharded : work_replicated;
    DLT_TRY(dlt_thread_group_time(work->members, write_params, work, 0, &shared));
    work->shares = true;
    DLT_TRY(dlt_thread_group_time(work->members, way, work, SECONDS, &shared));
    work->shares = false;
    DLT_TRY(dlt_thread_group_time(work->members, way, work, SECONDS, &alone));
    *seconds = shared.median_s > alone.median_s ? shared.median_s - alone.median_s : 0;
    return DLT_OK;
}

static dlt_status measure_exchange(int cores, const dlt_rates_exchange *exchange, double *seconds) {
    *seconds = 0;
    if (cores == 1 || exchange->gradient_bytes == 0)
        return DLT_OK;
    int64_t held = (2 * (int64_t)cores + 1) * exchange->gradient_bytes;
    double times = held > EXCHANGE_BYTES_MOST ? (double)held / (double)EXCHANGE_BYTES_MOST : 1;
    exchange_work work = {.members = cores,
                          .count = (int64_t)((double)exchange->gradient_bytes / times) /
                                   (int64_t)sizeof(dlt_real)};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(work.gradients, cores * work.count));
    DLT_TRY_OUT(DLT_NEW(work.params, cores * work.count));
    DLT_TRY_OUT(DLT_NEW(work.total, work.count));
    DLT_TRY_OUT(time_exchange(&work, exchange->sharded, seconds));
    *seconds *= times;
out:
    dlt_free(work.gradients);
    dlt_free(work.params);
    dlt_free(work.total);
    return status;
}

dlt_status dlt_rates_measure(const dlt_machine *machine, int cores,
                             const dlt_rates_exchange *exchange, dlt_rates *out) {
    *out = (dlt_rates){.cores = cores};
    DLT_TRY(measure_peak(cores, &out->flops_per_s));
    DLT_TRY(measure_triad(machine, cores, &out->bytes_per_s));
    return measure_exchange(cores, exchange, &out->exchange_s);
}
