#include "train/plan/team.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "train/bench/report.h"

#include <pthread.h>
#include <stdbool.h>

enum { TRIALS_LEAST = 5, TRIALS_MOST = 1000 };

typedef struct team {
    dlt_team_work *work;
    void *context;
    dlt_barrier barrier;
    dlt_barrier_seat seat;
    double seconds;
    pthread_mutex_t start; /* held while threads are made; guards `abandoned` */
    bool abandoned;        /* a thread could not be made: nobody begins */
    bool done;             /* written by member 0 between two barriers */
    int trials;
    double times[TRIALS_MOST];
} team;

typedef struct member {
    team *team; /* borrowed */
    int number;
    pthread_t thread;
} member;

static void run_trials(team *self, int number) {
    double first = dlt_clock_s();
    for (int trial = -1; !self->done; trial++) {
        dlt_barrier_wait(&self->seat);
        double began = dlt_clock_s();
        self->work(self->context, number, &self->seat);
        dlt_barrier_wait(&self->seat);
        if (number == 0) {
            double now = dlt_clock_s();
            if (trial >= 0)
                self->times[self->trials++] = now - began;
            self->done = self->trials == TRIALS_MOST ||
                         (self->trials >= TRIALS_LEAST && now - first >= self->seconds);
        }
        dlt_barrier_wait(&self->seat);
    }
}

static void *run_member(void *context) {
    const member *self = context;
    pthread_mutex_lock(&self->team->start);
    bool abandoned = self->team->abandoned;
    pthread_mutex_unlock(&self->team->start);
    if (!abandoned)
        run_trials(self->team, self->number);
    return NULL;
}

/* Member 0 is the calling thread. */
static dlt_status run_members(team *self, member *members, int count) {
    int made = 1;
    pthread_mutex_lock(&self->start);
    while (made < count && !self->abandoned) {
        members[made] = (member){.team = self, .number = made};
        if (pthread_create(&members[made].thread, NULL, run_member, &members[made]) == 0)
            made++;
        else
            self->abandoned = true;
    }
    pthread_mutex_unlock(&self->start);
    if (!self->abandoned)
        run_trials(self, 0);
    for (int i = 1; i < made; i++)
        pthread_join(members[i].thread, NULL);
    if (self->abandoned)
        return dlt_fail(DLT_ERR_INTERNAL, "only %d threads can be had of the %d to measure with",
                        made, count);
    return DLT_OK;
}

dlt_status dlt_team_time(int members, dlt_team_work *work, void *context, double seconds,
                         dlt_team_times *out) {
    team *self = NULL;
    member *list = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(self, 1));
    DLT_TRY_OUT(DLT_NEW(list, members));
    self->work = work;
    self->context = context;
    self->seconds = seconds;
    self->seat = dlt_barrier_sit(&self->barrier, members);
    if (pthread_mutex_init(&self->start, NULL) != 0)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_INTERNAL, "no mutex can be had for measuring"));
    status = run_members(self, list, members);
    pthread_mutex_destroy(&self->start);
    if (status == DLT_OK) {
        out->median_s = dlt_bench_median(self->trials, self->times);
        out->best_s = self->times[0];
    }
out:
    dlt_free(list);
    dlt_free(self);
    return status;
}
