/* The thread that shows that the owner of a run folder is alive. */
#include "io/folder_lock_pulse.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct dlt_pulse {
    int fd;
    double every_s;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* guards stop */
    pthread_cond_t stopped;
    bool stop;
};

/* With the mutex held. By the clock of the day, which every system's condition variables know: a
 * jump of it costs one beat too many or too late. */
static void sleep_until_next(dlt_pulse *pulse) {
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)pulse->every_s;
    (void)pthread_cond_timedwait(&pulse->stopped, &pulse->mutex, &until);
}

static void *run_pulse(void *context) {
    dlt_pulse *pulse = context;
    dlt_thread_name("dltrain-lock");
    pthread_mutex_lock(&pulse->mutex);
    while (!pulse->stop) {
        pthread_mutex_unlock(&pulse->mutex);
        /* A file server that does not answer stops this thread alone. */
        (void)futimens(pulse->fd, NULL);
        pthread_mutex_lock(&pulse->mutex);
        if (!pulse->stop)
            sleep_until_next(pulse);
    }
    pthread_mutex_unlock(&pulse->mutex);
    return NULL;
}

/* Signals are for the thread that works. */
static int start_thread(dlt_pulse *pulse) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int result = pthread_create(&pulse->thread, NULL, run_pulse, pulse);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

dlt_status dlt_pulse_start(const char *path, double every_s, dlt_pulse **out) {
    dlt_pulse *pulse = NULL;
    *out = NULL;
    DLT_TRY(DLT_NEW(pulse, 1));
    pulse->every_s = every_s;
    pulse->fd = dlt_posix_open(path, O_WRONLY);
    if (pulse->fd < 0) {
        dlt_free(pulse);
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    }
    (void)pthread_mutex_init(&pulse->mutex, NULL);
    (void)pthread_cond_init(&pulse->stopped, NULL);
    pulse->has_thread = start_thread(pulse) == 0;
    if (!pulse->has_thread) {
        dlt_pulse_stop(&pulse);
        return dlt_fail(DLT_ERR_INTERNAL, "cannot create the thread that keeps %s", path);
    }
    *out = pulse;
    return DLT_OK;
}

void dlt_pulse_stop(dlt_pulse **pulse) {
    if (pulse == NULL || *pulse == NULL)
        return;
    dlt_pulse *it = *pulse;
    if (it->has_thread) {
        pthread_mutex_lock(&it->mutex);
        it->stop = true;
        pthread_cond_signal(&it->stopped);
        pthread_mutex_unlock(&it->mutex);
        pthread_join(it->thread, NULL);
    }
    pthread_cond_destroy(&it->stopped);
    pthread_mutex_destroy(&it->mutex);
    close(it->fd);
    dlt_free(it);
    *pulse = NULL;
}
