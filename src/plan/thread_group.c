/* A trial lies between two barriers of all members; member 0, the calling thread, times it. Member
 * 0 also decides, between the second barrier and a third, whether to go on, so all members read the
 * same `done`. New threads wait at the mutex `start` until all have been created; if one cannot be,
 * none begins. The barriers are the arrivals (comm/arrivals.h) by which the ranks of a node wait
 * for each other. */
#include "plan/thread_group.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/report.h"
#include "host/cores.h"

#include <pthread.h>
#include <stdbool.h>

enum { TRIALS_LEAST = 5, TRIALS_MOST = 1000 };

typedef struct group {
    dlt_thread_group_work *work;
    void *context;
    int count;
    dlt_arrival *arrival;   /* [count] */
    dlt_arrival **arrivals; /* [count] */
    double seconds;
    dlt_cores *cores;      /* owned */
    pthread_mutex_t start; /* held while threads are made; guards `abandoned` */
    bool abandoned;        /* a thread could not be made: nobody begins */
    bool done;             /* written by member 0 between two barriers */
    int trials;
    double times[TRIALS_MOST];
} group;

typedef struct member {
    group *group; /* borrowed */
    int number;
    pthread_t thread;
} member;

void dlt_thread_group_barrier(dlt_thread_group_member *self_member) {
    dlt_arrive(&self_member->arrivals, ++self_member->stage);
    dlt_await(&self_member->arrivals, self_member->stage);
}

static void run_trials(group *self, int number) {
    dlt_thread_group_member self_member = {
        .arrivals = {.of = self->arrivals, .count = self->count, .mine = number}};
    double first = dlt_clock_s();
    dlt_cores_take(self->cores, number);
    for (int trial = -1; !self->done; trial++) {
        dlt_thread_group_barrier(&self_member);
        double began = dlt_clock_s();
        self->work(self->context, number, &self_member);
        dlt_thread_group_barrier(&self_member);
        if (number == 0) {
            double now = dlt_clock_s();
            if (trial >= 0)
                self->times[self->trials++] = now - began;
            self->done = self->trials == TRIALS_MOST ||
                         (self->trials >= TRIALS_LEAST && now - first >= self->seconds);
        }
        dlt_thread_group_barrier(&self_member);
    }
}

static void *run_member(void *context) {
    const member *self = context;
    pthread_mutex_lock(&self->group->start);
    bool abandoned = self->group->abandoned;
    pthread_mutex_unlock(&self->group->start);
    if (!abandoned)
        run_trials(self->group, self->number);
    return NULL;
}

static dlt_status place_members(group *self, int count) {
    self->count = count;
    DLT_TRY(DLT_NEW(self->arrival, count));
    DLT_TRY(DLT_NEW(self->arrivals, count));
    for (int i = 0; i < count; i++)
        self->arrivals[i] = &self->arrival[i];
    return DLT_OK;
}

/* Member 0 is the calling thread. */
static dlt_status run_members(group *self, member *members, int count) {
    int made = 1;
    pthread_mutex_lock(&self->start);
    while (made < count && !self->abandoned) {
        members[made] = (member){.group = self, .number = made};
        if (pthread_create(&members[made].thread, NULL, run_member, &members[made]) == 0)
            made++;
        else
            self->abandoned = true;
    }
    pthread_mutex_unlock(&self->start);
    if (!self->abandoned)
        run_trials(self, 0);
    dlt_cores_leave(self->cores);
    for (int i = 1; i < made; i++)
        pthread_join(members[i].thread, NULL);
    if (self->abandoned)
        return dlt_fail(DLT_ERR_INTERNAL,
                        "only %d of the %d threads for measuring could be started", made, count);
    return DLT_OK;
}

dlt_status dlt_thread_group_time(int members, dlt_thread_group_work *work, void *context,
                                 double seconds, dlt_thread_group_times *out) {
    group *self = NULL;
    member *list = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(self, 1));
    DLT_TRY_OUT(DLT_NEW(list, members));
    self->work = work;
    self->context = context;
    self->seconds = seconds;
    DLT_TRY_OUT(dlt_cores_open(&self->cores));
    DLT_TRY_OUT(place_members(self, members));
    if (pthread_mutex_init(&self->start, NULL) != 0)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_INTERNAL, "cannot create the mutex for measuring"));
    status = run_members(self, list, members);
    pthread_mutex_destroy(&self->start);
    if (status == DLT_OK) {
        out->median_s = dlt_bench_median(self->trials, self->times);
        out->best_s = self->times[0];
    }
out:
    if (self != NULL) {
        dlt_cores_close(&self->cores);
        dlt_free(self->arrival);
        dlt_free(self->arrivals);
    }
    dlt_free(list);
    dlt_free(self);
    return status;
}
