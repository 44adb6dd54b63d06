/* Measures training steps in threads of one process that take the place of the ranks of a node;
 * each thread has a harness of its own (bench/harness.h). The first steps of a thread, in which
 * libraries start and memory is placed near its core, do not count. Results are kept by case,
 * because several numbers of ranks lead to the same one. A step of more than 8 micro-batches is
 * extrapolated from 4 and 8. */
#include "plan/local.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/harness.h"
#include "dltrain/kernels_info.h"
#include "plan/thread_group.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WARM_UP = 3, MEASURED_MOST = 8 };

/* One rank: a harness that one thread steps. */
typedef struct local_rank {
    dlt_harness harness;
    bool is_warm;
    double step_s; /* of all steps */
    double update_s;
    dlt_status status; /* the first failure, and its text, which belongs to the thread */
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
} local_rank;

typedef struct local_group {
    const dlt_local *local;
    int count;
    local_rank *ranks;
} local_group;

bool dlt_local_has_room(const dlt_local *local, int members) {
    const double usable = 0.25;
    double bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    return members == 1 || (double)local->held_bytes * members <= usable * bytes;
}

static void fail_rank(local_rank *it, dlt_status status) {
    if (status == DLT_OK || it->status != DLT_OK)
        return;
    it->status = status;
    snprintf(it->message, sizeof it->message, "%s", dlt_error_message());
    snprintf(it->trace, sizeof it->trace, "%s", dlt_error_trace());
}

/* Training on noise may diverge; it then begins anew, for only the time counts. */
static void take_step(const local_group *self, local_rank *it) {
    dlt_step_result result = {.finite = true};
    double began = dlt_clock_s();
    fail_rank(it, dlt_step(&it->harness.engine.stepper, &(dlt_step_requests){0}, &result));
    it->step_s += dlt_clock_s() - began;
    it->update_s += result.update_s;
    if (!result.finite)
        dlt_model_init(it->harness.engine.task.model, (uint64_t)self->local->run->settings.seed);
}

/* Memory lies near the core that writes it first, and all else is still unwritten. */
static void move_params(const local_group *self, local_rank *it) {
    dlt_model *model = it->harness.engine.task.model;
    dlt_forget(dlt_model_params(model),
               dlt_model_param_elements(model) * (int64_t)sizeof(dlt_real));
    dlt_model_init(model, (uint64_t)self->local->run->settings.seed);
}

/* The number of threads that a library starts is a matter of the thread that calls it. One after
 * the other, for some of it is the process's. */
static void warm_up(const local_group *self, int member, dlt_thread_group_member *self_member) {
    local_rank *it = &self->ranks[member];
    const dlt_task *task = &it->harness.engine.task;
    move_params(self, it);
    for (int turn = 0; turn < self->count; turn++) {
        if (turn == member)
            fail_rank(it, dlt_kernels_threads(task->kernels.name, task->placement.threads));
        dlt_thread_group_barrier(self_member);
    }
    for (int i = 0; i < WARM_UP; i++)
        take_step(self, it);
    it->step_s = 0;
    it->update_s = 0;
    it->is_warm = true;
}

/* The first trial does not count. */
static void work_step(void *context, int member, dlt_thread_group_member *self_member) {
    local_group *self = context;
    local_rank *it = &self->ranks[member];
    if (!it->is_warm)
        warm_up(self, member, self_member);
    take_step(self, it);
}

static dlt_status find_failure(const local_group *self) {
    for (int i = 0; i < self->count; i++)
        if (self->ranks[i].status != DLT_OK) {
            dlt_error_adopt(self->ranks[i].message, self->ranks[i].trace);
            return self->ranks[i].status;
        }
    return DLT_OK;
}

/* What disturbs a step disturbs its update as much, so of the whole time the share is taken, and of
 * steps the median. */
static dlt_status time_steps(local_group *self, dlt_local_figures *out) {
    dlt_thread_group_times times;
    double step_s = 0;
    double update_s = 0;
    DLT_TRY(dlt_thread_group_time(self->count, work_step, self, self->local->seconds, &times));
    DLT_TRY(find_failure(self));
    for (int i = 0; i < self->count; i++) {
        step_s += self->ranks[i].step_s;
        update_s += self->ranks[i].update_s;
    }
    *out = (dlt_local_figures){.step_s = times.median_s,
                               .update_s = times.median_s * update_s / step_s};
    dlt_model_memory_of(self->ranks[0].harness.engine.task.model, &out->arena);
    return DLT_OK;
}

static dlt_status measure(const dlt_local *local, const dlt_local_case *it,
                          dlt_local_figures *out) {
    local_group self = {.local = local};
    const dlt_harness_options options = {.comm = local->comm,
                                         .run = local->run,
                                         .samples = local->samples,
                                         .batch = it->micro_batch * it->micros,
                                         .micro_batch = it->micro_batch};
    DLT_TRY(DLT_NEW(self.ranks, it->members));
    dlt_status status = DLT_OK;
    for (int i = 0; status == DLT_OK && i < it->members; i++, self.count++)
        status = dlt_harness_create(&options, &self.ranks[i].harness);
    if (status == DLT_OK)
        status = time_steps(&self, out);
    for (int i = 0; i < self.count; i++)
        dlt_harness_destroy(&self.ranks[i].harness);
    dlt_free(self.ranks);
    return status;
}

static bool is_same(const dlt_local_case *a, const dlt_local_case *b) {
    return a->micro_batch == b->micro_batch && a->micros == b->micros && a->members == b->members;
}

static dlt_status measure_once(dlt_local *local, const dlt_local_case *it, dlt_local_figures *out) {
    for (int i = 0; i < local->count; i++)
        if (is_same(&local->kept[i].of, it)) {
            *out = local->kept[i].figures;
            return DLT_OK;
        }
    DLT_TRY(measure(local, it, out));
    if (local->count < DLT_LOCAL_KEPT) {
        local->kept[local->count].of = *it;
        local->kept[local->count++].figures = *out;
    }
    return DLT_OK;
}

dlt_status dlt_local_step(dlt_local *local, const dlt_local_case *it, dlt_local_figures *out) {
    if (it->micros <= MEASURED_MOST)
        return measure_once(local, it, out);
    dlt_local_case half = *it;
    dlt_local_case whole = *it;
    dlt_local_figures half_figures;
    half.micros = MEASURED_MOST / 2;
    whole.micros = MEASURED_MOST;
    DLT_TRY(measure_once(local, &half, &half_figures));
    DLT_TRY(measure_once(local, &whole, out));
    double micro_s = (out->step_s - half_figures.step_s) / (double)(whole.micros - half.micros);
    out->step_s += (double)(it->micros - MEASURED_MOST) * micro_s;
    return DLT_OK;
}
