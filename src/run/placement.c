/* Counts, per machine, how many ranks may use each core: every rank adds its own set of cores to
 * sums over its machine. The fair share of cores, the binding and the surplus of threads follow
 * from these counts, as sums or extremes over all ranks, so all ranks hold the same placement.
 * `asked` decides which collectives are called and must therefore be equal on all ranks. */
#include "run/placement.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "host/machine.h"
#include "run/run_settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a rank knows of its machine. */
typedef struct core_survey {
    uint64_t mine[DLT_CORES_MAX]; /* 1: this rank may use the core */
    /* ranks of the machine that may use each core; last, all of its ranks */
    uint64_t users[DLT_CORES_MAX + 1];
    int allowed; /* cores that this rank may use */
    int all;     /* cores of the machine */
    int place;   /* of this rank among those of its machine */
} core_survey;

static dlt_status take_survey(const dlt_comm *comm, core_survey *self) {
    DLT_TRY(dlt_agree(comm, dlt_machine_cores(self->mine, &self->allowed, &self->all)));
    memcpy(self->users, self->mine, sizeof self->mine);
    self->users[DLT_CORES_MAX] = 1;
    return dlt_machine_sum_u64(comm, self->users, DLT_CORES_MAX + 1, &self->place);
}

/* The small term is for thirds that add up to a little less than a whole. */
static int share_of(const core_survey *self) {
    double share = 0;
    for (int core = 0; core < DLT_CORES_MAX; core++)
        if (self->mine[core] != 0)
            share += 1 / (double)self->users[core];
    return (int)floor(fmax(1, share + 1e-6));
}

static int used_cores(const core_survey *self) {
    int count = 0;
    for (int core = 0; core < DLT_CORES_MAX; core++)
        count += self->users[core] != 0;
    return count;
}

static dlt_status least(const dlt_comm *comm, int mine, int *out) {
    int64_t most = 0;
    DLT_TRY(dlt_max_int(comm, -(int64_t)mine, &most));
    *out = (int)-most;
    return DLT_OK;
}

static dlt_status choose_threads(const dlt_comm *comm, const core_survey *self, int64_t asked,
                                 dlt_placement *out) {
    if (asked != DLT_THREADS_AUTO) {
        out->threads = dlt_int(asked);
        return DLT_OK;
    }
    return least(comm, share_of(self), &out->threads);
}

static dlt_status find_binding(const dlt_comm *comm, const core_survey *self, dlt_placement *out) {
    int64_t some_bound = 0;
    int64_t some_free = 0;
    bool bound = self->allowed < self->all;
    DLT_TRY(dlt_max_int(comm, bound, &some_bound));
    DLT_TRY(dlt_max_int(comm, !bound, &some_free));
    out->binding = some_bound == 0 ? DLT_UNBOUND : some_free == 0 ? DLT_BOUND : DLT_PARTLY_BOUND;
    return DLT_OK;
}

/* One rank of each machine counts for it. */
static dlt_status add_machines(const dlt_comm *comm, const core_survey *self, dlt_placement *out) {
    int cores = used_cores(self);
    int64_t threads = (int64_t)self->users[DLT_CORES_MAX] * out->threads;
    int64_t surplus = 0;
    bool counts = self->place == 0;
    uint64_t sums[] = {counts, counts ? (uint64_t)cores : 0};
    DLT_TRY(dlt_sum_u64(comm, sums, 2));
    DLT_TRY(dlt_max_int(comm, threads - cores, &surplus));
    out->machines = (int)sums[0];
    out->cores = (int)sums[1];
    out->surplus = surplus > 0 ? (int)surplus : 0;
    return DLT_OK;
}

dlt_status dlt_placement_find(const dlt_comm *comm, int64_t asked, dlt_placement *out) {
    core_survey self;
    *out = (dlt_placement){.ranks = dlt_comm_size(comm)};
    DLT_TRY(take_survey(comm, &self));
    DLT_TRY(choose_threads(comm, &self, asked, out));
    DLT_TRY(least(comm, self.allowed, &out->allowed));
    DLT_TRY(find_binding(comm, &self, out));
    return add_machines(comm, &self, out);
}

const char *dlt_binding_name(dlt_binding binding) {
    static const char *const names[] = {[DLT_UNBOUND] = "not bound",
                                        [DLT_BOUND] = "bound to cores",
                                        [DLT_PARTLY_BOUND] = "only some bound"};
    return names[binding];
}

const char *dlt_placement_problem(const dlt_placement *placement, char *out, int64_t bytes) {
    out[0] = '\0';
    if (placement->threads > placement->allowed)
        snprintf(
            out, (size_t)bytes,
            "a rank has %d threads and may use only %d core%s, so its threads wait for each other: "
            "lower train.threads, or start with `mpirun --map-by slot:PE=%d --bind-to core`",
            placement->threads, placement->allowed, placement->allowed == 1 ? "" : "s",
            placement->threads);
    else if (placement->surplus > 0)
        snprintf(out, (size_t)bytes,
                 "a machine has %d more thread%s than cores that its ranks may use, so they wait "
                 "for each "
                 "other: start fewer ranks, or lower train.threads if it is above 1",
                 placement->surplus, placement->surplus == 1 ? "" : "s");
    return out;
}
