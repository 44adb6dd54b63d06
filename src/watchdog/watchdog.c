/* The thread looks at the heartbeat at least once a second. After too long without progress it
 * posts a line at the rendezvous and waits for the others: a veto by any rank ends the rendezvous,
 * and the job goes on; else the lowest rank with a line reads all lines out to on_hang, and the
 * others end by themselves if the reader does not end the job. A rank without a rendezvous reports
 * alone. No MPI is called here, because it may be what hangs. The thread also ends a rank whose
 * launcher is gone. */
#include "watchdog/watchdog.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "watchdog/launcher.h"
#include "watchdog/rendezvous.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Setting up and writing a checkpoint may take long, and on some ranks longer than on others: those
 * that wait are well.
 */
static const double PATIENCE = 10;

struct dlt_watchdog {
    dlt_hang_handler *on_hang;
    dlt_orphan_handler *on_orphan; /* NULL: the program has nothing to finish */
    void *hang_context;
    dlt_heartbeat heartbeat;
    atomic_llong limit_ms;
    dlt_rendezvous rendezvous;
    atomic_bool has_place; /* the rendezvous is named */
    pthread_t thread;
    bool has_thread;
    bool has_mutex;
    pthread_mutex_t mutex; /* guards stop, describe and describe_context */
    pthread_cond_t stopped;
    bool stop;
    dlt_watchdog_describe *describe; /* may be NULL */
    void *describe_context;
};

/* What the thread alone knows. */
typedef struct watch {
    long long progress;
    double idle_s; /* without progress, as far as this process was awake */
    double looked_s;
    double asked_s; /* when it looked for a rendezvous */
    int vetoes;     /* looks at a rendezvous that this rank vetoes */
    bool orphaned;
    double orphaned_s;
} watch;

/* Sleeps; true when the watchdog is to end. */
static bool sleep_or_stop(dlt_watchdog *watchdog, double seconds) {
    double until = dlt_clock_s() + seconds;
    struct timespec deadline = {.tv_sec = (time_t)until};
    deadline.tv_nsec = (long)((until - (double)deadline.tv_sec) * 1e9);
    pthread_mutex_lock(&watchdog->mutex);
    int result = 0;
    while (!watchdog->stop && result == 0)
        result = pthread_cond_timedwait(&watchdog->stopped, &watchdog->mutex, &deadline);
    bool stop = watchdog->stop;
    pthread_mutex_unlock(&watchdog->mutex);
    return stop;
}

/* 0: never too long. */
static double limit_of(const dlt_watchdog *watchdog) {
    return (double)atomic_load(&watchdog->limit_ms) / 1000;
}

static double period_of(const dlt_watchdog *watchdog) {
    double limit_s = limit_of(watchdog);
    return limit_s > 0 ? fmin(1, limit_s / 8) : 1;
}

static dlt_phase phase_of(const dlt_watchdog *watchdog) {
    return (dlt_phase)atomic_load(&watchdog->heartbeat.phase);
}

static bool is_rendezvous(const dlt_watchdog *watchdog) {
    return atomic_load(&watchdog->has_place) && dlt_rendezvous_is_on(&watchdog->rendezvous);
}

/* Once another rank complains, half the time is enough: the ranks of a job that hangs stand still
 * since the same moment, but for an update. To one that complains while others write a checkpoint,
 * those have nothing to object. */
static bool is_too_long(const dlt_watchdog *watchdog, double idle_s) {
    double limit_s = limit_of(watchdog);
    dlt_phase phase = phase_of(watchdog);
    double most_s =
        phase == DLT_PHASE_SAVING || phase == DLT_PHASE_SETTING_UP ? PATIENCE * limit_s : limit_s;
    if (limit_s == 0 || idle_s >= most_s)
        return limit_s > 0;
    double half_s = (phase == DLT_PHASE_SETTING_UP ? most_s : limit_s) / 2;
    return idle_s >= half_s && is_rendezvous(watchdog);
}

/* Adds the time since the last look, but not what this process slept through: a batch system that
 * suspends a whole job and lets it go on has not made it hang. */
static bool look(const dlt_watchdog *watchdog, watch *seen) {
    double now = dlt_clock_s();
    long long progress = atomic_load(&watchdog->heartbeat.progress);
    seen->idle_s += fmin(now - seen->looked_s, fmax(1, limit_of(watchdog) / 4));
    seen->looked_s = now;
    if (progress != seen->progress)
        seen->idle_s = 0;
    seen->progress = progress;
    return is_too_long(watchdog, seen->idle_s);
}

/* Ranks notice at slightly different times, and a file system between nodes may show what others
 * wrote half a minute late: while setting up, where one rank may object to the others, there is
 * time for that. */
static double gathering_s(const dlt_watchdog *watchdog) {
    double limit_s = limit_of(watchdog);
    if (phase_of(watchdog) == DLT_PHASE_SETTING_UP)
        return fmin(fmax(limit_s, 2), 60);
    return fmin(fmax(limit_s / 4, 2), 15);
}

/* Others complain, but this rank has finished something of late, while they wait for it; they then
 * go on waiting. What is left of such a rendezvous is cleared away. Looks seldom, for the folder
 * may be on the disk of a cluster. */
static void veto(const dlt_watchdog *watchdog, watch *seen) {
    const int looks = 10;
    if (seen->looked_s - seen->asked_s < gathering_s(watchdog) / 4)
        return;
    seen->asked_s = seen->looked_s;
    if (!is_rendezvous(watchdog)) {
        seen->vetoes = 0;
        return;
    }
    if (seen->vetoes++ == 0)
        dlt_rendezvous_veto(&watchdog->rendezvous);
    else if (seen->vetoes > looks && !dlt_rendezvous_has_any_line(&watchdog->rendezvous))
        dlt_rendezvous_end(&watchdog->rendezvous);
}

static void hand_over(const dlt_watchdog *watchdog, const char *report) {
    watchdog->on_hang(watchdog->hang_context, report);
}

static void describe_work(const dlt_watchdog *watchdog, char *out, size_t bytes) {
    dlt_phase phase = phase_of(watchdog);
    const char *doing = atomic_load(&watchdog->heartbeat.doing);
    if (doing != NULL && (phase == DLT_PHASE_SETTING_UP || phase == DLT_PHASE_ENDING))
        snprintf(out, bytes, "%s", doing);
    else if (watchdog->describe != NULL)
        watchdog->describe(watchdog->describe_context, out, bytes);
    else
        snprintf(out, bytes, "%s",
                 phase == DLT_PHASE_SAVING ? "writing the results" : "evaluating");
}

static void describe_here(dlt_watchdog *watchdog, double idle_s,
                          char line[DLT_RENDEZVOUS_LINE_BYTES]) {
    char work[DLT_RENDEZVOUS_LINE_BYTES - 32];
    pthread_mutex_lock(&watchdog->mutex);
    describe_work(watchdog, work, sizeof work);
    pthread_mutex_unlock(&watchdog->mutex);
    snprintf(line, DLT_RENDEZVOUS_LINE_BYTES, "%s, for %.3g s", work, idle_s);
}

/* "nothing was finished for 60 s after update 41" */
static void add_heading(const dlt_watchdog *watchdog, double idle_s, dlt_text *report) {
    long long step = atomic_load(&watchdog->heartbeat.step);
    dlt_text_add(report, "nothing was finished for %.3g s", idle_s);
    if (phase_of(watchdog) != DLT_PHASE_SETTING_UP && step >= 0)
        dlt_text_add(report, " after update %lld", step);
}

static void read_out(const dlt_watchdog *watchdog, double idle_s) {
    dlt_text report = DLT_TEXT_EMPTY;
    add_heading(watchdog, idle_s, &report);
    dlt_text_add(&report, ":");
    dlt_rendezvous_read(&watchdog->rendezvous, &report);
    hand_over(watchdog, dlt_text_of(&report));
    dlt_text_destroy(&report);
}

/* Where there is no rendezvous. */
static void post_alone(dlt_watchdog *watchdog, double idle_s, const char *line) {
    dlt_text report = DLT_TEXT_EMPTY;
    pthread_mutex_lock(&watchdog->mutex);
    const int rank = watchdog->rendezvous.rank;
    pthread_mutex_unlock(&watchdog->mutex);
    add_heading(watchdog, idle_s, &report);
    dlt_text_add(&report, "\n  rank %d: %s", rank, line);
    hand_over(watchdog, dlt_text_of(&report));
    dlt_text_destroy(&report);
}

/* Waits for the lines of the others; true when the watchdog is to end. */
static bool gather_lines(dlt_watchdog *watchdog) {
    const double often_s = 0.1;
    const dlt_rendezvous *rendezvous = &watchdog->rendezvous;
    double until = dlt_clock_s() + gathering_s(watchdog);
    bool stop = false;
    while (!stop && !dlt_rendezvous_has_all_lines(rendezvous) &&
           !dlt_rendezvous_has_veto(rendezvous) && dlt_clock_s() < until)
        stop = sleep_or_stop(watchdog, often_s);
    return stop;
}

/* A rank is at work, this one or another; the first that sees it ends the rendezvous for all. */
static bool goes_on(const dlt_watchdog *watchdog, watch *seen) {
    const dlt_rendezvous *rendezvous = &watchdog->rendezvous;
    if (look(watchdog, seen) && !dlt_rendezvous_has_veto(rendezvous) &&
        dlt_rendezvous_has_line(rendezvous, rendezvous->rank))
        return false;
    dlt_rendezvous_end(rendezvous);
    seen->idle_s = 0;
    return true;
}

/* True if the watchdog has done its work, false if the job goes on. */
static bool raise_alarm(dlt_watchdog *watchdog, watch *seen) {
    char line[DLT_RENDEZVOUS_LINE_BYTES];
    double idle_s = seen->idle_s;
    describe_here(watchdog, idle_s, line);
    if (!atomic_load(&watchdog->has_place) ||
        dlt_rendezvous_post(&watchdog->rendezvous, line) != DLT_OK) {
        post_alone(watchdog, idle_s, line);
        return true;
    }
    if (gather_lines(watchdog))
        return true;
    if (goes_on(watchdog, seen))
        return false;
    if (dlt_rendezvous_is_reader(&watchdog->rendezvous)) {
        read_out(watchdog, idle_s);
        return true;
    }
    /* The reader ends the job; should it be lost too, this rank ends by itself. */
    if (!sleep_or_stop(watchdog, 2 + gathering_s(watchdog)))
        hand_over(watchdog, NULL);
    return true;
}

/* Without its launcher a rank writes its checkpoint and ends; one that cannot get on, because
 * another has ended, ends by itself, sooner than in a job that somebody watches. True when it is to
 * end at once. */
static bool is_lost(const dlt_watchdog *watchdog, const dlt_launcher *launcher, watch *seen) {
    const double briefly_s = 2;
    double limit_s = limit_of(watchdog);
    if (!seen->orphaned) {
        if (!dlt_launcher_is_gone(launcher))
            return false;
        seen->orphaned = true;
        seen->orphaned_s = seen->looked_s;
        if (watchdog->on_orphan != NULL)
            watchdog->on_orphan(watchdog->hang_context);
    }
    switch (phase_of(watchdog)) {
    case DLT_PHASE_SETTING_UP:
        return true;
    case DLT_PHASE_ENDING:
        return seen->looked_s - seen->orphaned_s >= briefly_s;
    case DLT_PHASE_SAVING:
        return false;
    default:
        return watchdog->on_orphan == NULL ||
               fmin(seen->idle_s, seen->looked_s - seen->orphaned_s) >= fmax(5, limit_s / 12);
    }
}

static void *run_watchdog(void *context) {
    dlt_watchdog *watchdog = context;
    dlt_thread_name("dltrain-watch");
    watch seen = {.looked_s = dlt_clock_s()};
    const dlt_launcher launcher = dlt_launcher_find();
    while (!sleep_or_stop(watchdog, period_of(watchdog))) {
        bool hangs = look(watchdog, &seen);
        if (is_lost(watchdog, &launcher, &seen)) {
            hand_over(watchdog, "the process that has started this rank is gone");
            break;
        }
        if (!hangs)
            veto(watchdog, &seen);
        else if (raise_alarm(watchdog, &seen))
            break;
    }
    return NULL;
}

static dlt_status make_locks(dlt_watchdog *watchdog) {
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&watchdog->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "cannot create the mutex of the watchdog");
    /* Linux's condition variables need no resources and cannot fail to be made. */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watchdog->stopped, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    watchdog->has_mutex = true;
    return DLT_OK;
}

/* Signals are for the thread that takes the steps. */
static dlt_status start_thread(dlt_watchdog *watchdog) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int result = pthread_create(&watchdog->thread, NULL, run_watchdog, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "cannot start the thread of the watchdog");
    watchdog->has_thread = true;
    return DLT_OK;
}

static void take_place(dlt_watchdog *watchdog) {
    if (watchdog->rendezvous.rank == 0)
        dlt_rendezvous_clean_up(&watchdog->rendezvous);
    atomic_store(&watchdog->has_place, true);
}

dlt_status dlt_watchdog_create(const dlt_watchdog_context *context, dlt_watchdog **out) {
    dlt_watchdog *watchdog = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(watchdog, 1));
    watchdog->on_hang = context->on_hang;
    watchdog->on_orphan = context->on_orphan;
    watchdog->hang_context = context->hang_context;
    dlt_watchdog_set_limit(watchdog, context->limit_s);
    atomic_store(&watchdog->heartbeat.step, -1);
    dlt_heartbeat_doing(&watchdog->heartbeat, DLT_PHASE_SETTING_UP, "starting MPI");
    pthread_mutex_lock(&watchdog->mutex);
    dlt_rendezvous_name(context->folder, context->job, context->rank, context->size,
                        &watchdog->rendezvous);
    pthread_mutex_unlock(&watchdog->mutex);
    if (context->size > 0 && context->folder != NULL)
        take_place(watchdog);
    DLT_TRY_OUT(make_locks(watchdog));
    DLT_TRY_OUT(start_thread(watchdog));
    *out = watchdog;
    watchdog = NULL;
out:
    dlt_watchdog_stop(&watchdog);
    return status;
}

void dlt_watchdog_stop(dlt_watchdog **watchdog) {
    if (watchdog == NULL || *watchdog == NULL)
        return;
    dlt_watchdog *it = *watchdog;
    if (it->has_thread) {
        pthread_mutex_lock(&it->mutex);
        it->stop = true;
        pthread_cond_signal(&it->stopped);
        pthread_mutex_unlock(&it->mutex);
        pthread_join(it->thread, NULL);
    }
    if (it->has_mutex) {
        pthread_cond_destroy(&it->stopped);
        pthread_mutex_destroy(&it->mutex);
    }
    dlt_free(it);
    *watchdog = NULL;
}

dlt_heartbeat *dlt_watchdog_heartbeat(dlt_watchdog *watchdog) {
    return watchdog != NULL ? &watchdog->heartbeat : NULL;
}

void dlt_watchdog_set_limit(dlt_watchdog *watchdog, double limit_s) {
    if (watchdog != NULL)
        atomic_store(&watchdog->limit_ms, (long long)(1000 * limit_s));
}

void dlt_watchdog_set_rendezvous(dlt_watchdog *watchdog, const dlt_watchdog_context *context) {
    if (watchdog == NULL || atomic_load(&watchdog->has_place))
        return;
    dlt_rendezvous_name(context->folder, context->job, context->rank, context->size,
                        &watchdog->rendezvous);
    if (context->size > 0)
        take_place(watchdog);
}

void dlt_watchdog_join(dlt_watchdog *watchdog, const dlt_comm *comm) {
    if (watchdog == NULL || atomic_load(&watchdog->has_place))
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->rendezvous.rank = dlt_comm_rank(comm);
    watchdog->rendezvous.size = dlt_comm_size(comm);
    pthread_mutex_unlock(&watchdog->mutex);
    take_place(watchdog);
}

void dlt_watchdog_ask(dlt_watchdog *watchdog, dlt_watchdog_describe *describe, void *context) {
    if (watchdog == NULL)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->describe = describe;
    watchdog->describe_context = context;
    pthread_mutex_unlock(&watchdog->mutex);
}
