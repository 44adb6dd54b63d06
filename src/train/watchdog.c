#include "train/watchdog.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "io/atomic_file.h"
#include "io/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MEETING_FOLDER "/.watchdog"

enum { LINE_BYTES = 512, PATH_ROOM = 4096 };

/* A checkpoint may take long on a slow disk, and the ranks that wait for it are well; unless one
 * that does not wait for it complains. */
static const double SAVING_PATIENCE = 10;

struct dlt_watchdog {
    dlt_watchdog_options options;
    atomic_llong limit_ms;
    pthread_t thread;
    bool has_thread;
    bool has_mutex;
    pthread_mutex_t mutex; /* guards stop */
    pthread_cond_t stopped;
    bool stop;
};

/* What the thread alone knows. */
typedef struct watch {
    long long progress;
    double idle_s; /* without progress, as far as this process was awake */
    double looked_s;
} watch;

static void meeting_path(const char *folder, const char *name, char out[PATH_ROOM]) {
    snprintf(out, PATH_ROOM, "%s" MEETING_FOLDER "/%s", folder, name);
}

void dlt_watchdog_clear(const char *folder) {
    char path[PATH_ROOM];
    meeting_path(folder, "", path);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        meeting_path(folder, entry->d_name, path);
        if (entry->d_name[0] != '.')
            (void)unlink(path);
    }
    closedir(directory);
    meeting_path(folder, "", path);
    (void)rmdir(path);
}

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

static double limit_of(const dlt_watchdog *watchdog) {
    return (double)atomic_load(&watchdog->limit_ms) / 1000;
}

static double period_of(const dlt_watchdog *watchdog) {
    return fmin(1, limit_of(watchdog) / 8);
}

/* Another rank has begun to report. */
static bool is_meeting(const dlt_watchdog *watchdog) {
    char path[PATH_ROOM];
    meeting_path(watchdog->options.folder, "", path);
    return dlt_path_exists(path);
}

static bool is_too_long(const dlt_watchdog *watchdog, double idle_s) {
    double limit_s = limit_of(watchdog);
    if (atomic_load(&watchdog->options.marks->phase) != DLT_PHASE_SAVING)
        return idle_s >= limit_s;
    return idle_s >= SAVING_PATIENCE * limit_s || (idle_s >= limit_s && is_meeting(watchdog));
}

/* Adds the time since the last look, but not what this process slept through: a batch system that
 * suspends a whole job and lets it go on has not made it hang. */
static bool look(const dlt_watchdog *watchdog, watch *seen) {
    double now = dlt_clock_s();
    long long progress = atomic_load(&watchdog->options.marks->progress);
    seen->idle_s += fmin(now - seen->looked_s, fmax(1, limit_of(watchdog) / 4));
    seen->looked_s = now;
    if (progress != seen->progress)
        seen->idle_s = 0;
    seen->progress = progress;
    return is_too_long(watchdog, seen->idle_s);
}

static dlt_status write_line(const char *path, const char *line) {
    int fd = dlt_posix_open(path, O_CREAT | O_TRUNC | O_WRONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot write %s", path);
    dlt_status status = dlt_posix_write(fd, path, line, strlen(line));
    close(fd);
    return status;
}

/* Whole or not at all, but not synced: what matters is that it is there soon. */
static dlt_status leave_line(const dlt_watchdog *watchdog, const char *line) {
    char path[PATH_ROOM];
    char temporary[PATH_ROOM];
    char name[32];
    meeting_path(watchdog->options.folder, "", path);
    DLT_TRY(dlt_directory_make(path));
    snprintf(name, sizeof name, "rank-%d.tmp", watchdog->options.rank);
    meeting_path(watchdog->options.folder, name, temporary);
    snprintf(name, sizeof name, "rank-%d", watchdog->options.rank);
    meeting_path(watchdog->options.folder, name, path);
    DLT_TRY(write_line(temporary, line));
    if (rename(temporary, path) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot rename %s", temporary);
    return DLT_OK;
}

static bool has_line(const dlt_watchdog *watchdog, int rank) {
    char path[PATH_ROOM];
    char name[32];
    snprintf(name, sizeof name, "rank-%d", rank);
    meeting_path(watchdog->options.folder, name, path);
    return dlt_path_exists(path);
}

static void add_line(const dlt_watchdog *watchdog, int rank, dlt_text *report) {
    char path[PATH_ROOM];
    char name[32];
    char *line = NULL;
    size_t bytes = 0;
    snprintf(name, sizeof name, "rank-%d", rank);
    meeting_path(watchdog->options.folder, name, path);
    if (!has_line(watchdog, rank) || dlt_file_read(path, LINE_BYTES, &line, &bytes) != DLT_OK)
        dlt_text_add(report, "\n  rank %d: no answer; it is stopped, or its node is out of reach",
                     rank);
    else
        dlt_text_add(report, "\n  rank %d: %s", rank, line);
    dlt_free(line);
}

/* One rank speaks for all: the lowest that has left a line, and it alone, even if one below it
 * wakes up later. */
static bool is_speaker(const dlt_watchdog *watchdog) {
    char path[PATH_ROOM];
    for (int rank = 0; rank < watchdog->options.rank; rank++)
        if (has_line(watchdog, rank))
            return false;
    meeting_path(watchdog->options.folder, "report", path);
    int fd = dlt_posix_open(path, O_CREAT | O_EXCL | O_WRONLY);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void hand_over(const dlt_watchdog *watchdog, const char *report) {
    watchdog->options.on_hang(watchdog->options.hang_context, report);
}

static void speak_for_all(const dlt_watchdog *watchdog, double idle_s) {
    dlt_text report = DLT_TEXT_EMPTY;
    dlt_text_add(&report, "nothing was finished for %.3g s after update %lld:", idle_s,
                 (long long)atomic_load(&watchdog->options.marks->step));
    for (int rank = 0; rank < watchdog->options.size; rank++)
        add_line(watchdog, rank, &report);
    hand_over(watchdog, dlt_text_of(&report));
    dlt_text_destroy(&report);
}

/* Ranks notice at slightly different times. */
static double gathering_s(const dlt_watchdog *watchdog) {
    return fmin(fmax(limit_of(watchdog) / 4, 2), 15);
}

static bool have_all_lines(const dlt_watchdog *watchdog) {
    int rank = 0;
    while (rank < watchdog->options.size && has_line(watchdog, rank))
        rank++;
    return rank == watchdog->options.size;
}

/* Waits for the lines of the others; true when the watchdog is to end. */
static bool gather_lines(dlt_watchdog *watchdog) {
    const double often_s = 0.1;
    double until = dlt_clock_s() + gathering_s(watchdog);
    bool stop = false;
    while (!stop && !have_all_lines(watchdog) && dlt_clock_s() < until)
        stop = sleep_or_stop(watchdog, often_s);
    return stop;
}

/* True if the watchdog has done its work, false if the run has gone on meanwhile. */
static bool raise_alarm(dlt_watchdog *watchdog, watch *seen) {
    char line[LINE_BYTES];
    double idle_s = seen->idle_s;
    watchdog->options.describe(watchdog->options.describe_context, line, sizeof line);
    if (leave_line(watchdog, line) != DLT_OK) {
        hand_over(watchdog, line);
        return true;
    }
    if (gather_lines(watchdog))
        return true;
    if (!look(watchdog, seen)) {
        dlt_watchdog_clear(watchdog->options.folder);
        return false;
    }
    if (is_speaker(watchdog)) {
        speak_for_all(watchdog, idle_s);
        return true;
    }
    /* The speaker ends the job; should it be lost too, this rank ends by itself. */
    if (!sleep_or_stop(watchdog, 2 + gathering_s(watchdog)))
        hand_over(watchdog, NULL);
    return true;
}

static void *run_watchdog(void *context) {
    dlt_watchdog *watchdog = context;
    dlt_thread_name("dltrain-watch");
    watch seen = {.looked_s = dlt_clock_s()};
    while (!sleep_or_stop(watchdog, period_of(watchdog)))
        if (look(watchdog, &seen) && raise_alarm(watchdog, &seen))
            break;
    return NULL;
}

static dlt_status make_locks(dlt_watchdog *watchdog) {
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&watchdog->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "no mutex can be had for the watchdog");
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
        return dlt_fail(DLT_ERR_INTERNAL, "no thread can be had for the watchdog");
    watchdog->has_thread = true;
    return DLT_OK;
}

dlt_status dlt_watchdog_create(const dlt_watchdog_options *options, dlt_watchdog **out) {
    dlt_watchdog *watchdog = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(watchdog, 1));
    watchdog->options = *options;
    dlt_watchdog_set_limit(watchdog, options->limit_s);
    DLT_TRY_OUT(make_locks(watchdog));
    DLT_TRY_OUT(start_thread(watchdog));
    *out = watchdog;
    watchdog = NULL;
out:
    dlt_watchdog_destroy(&watchdog);
    return status;
}

void dlt_watchdog_destroy(dlt_watchdog **watchdog) {
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

void dlt_watchdog_set_limit(dlt_watchdog *watchdog, double limit_s) {
    atomic_store(&watchdog->limit_ms, (long long)(1000 * limit_s));
}
