/* Writes snapshots on a thread, one at a time. `snapshot != NULL` means that the thread is busy.
 * dlt_writer_submit waits for the snapshot before, copies the tensors into memory that the writer
 * reuses, and hands the copy over. A failure stays recorded until the next submit or poll, with its
 * sentence, because the error record belongs to the thread. Without a thread the caller writes, and
 * no copy is made. */
#include "checkpoint/writer.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/thread.h"
#include "checkpoint/retention.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct dlt_writer {
    dlt_writer_options options;
    char *copy; /* of all tensors; owned */
    int64_t copy_bytes;
    pthread_t thread;
    bool has_thread;
    bool has_mutex;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t ordered_or_stopped;
    pthread_cond_t done;
    dlt_snapshot *snapshot; /* to be written or being written; owned; NULL: nothing to do */
    dlt_writer_order order;
    bool stop;
    dlt_writer_figures figures;
    dlt_status status; /* of the first failure that has not been reported */
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
};

/* First the best: a checkpoint that knows of a best state must not be there without it. */
static dlt_status carry_out(const dlt_writer_options *options, const dlt_snapshot *snapshot,
                            const dlt_writer_order *order) {
    if (order->best)
        DLT_TRY(dlt_checkpoint_store_best(options->h5_lock, options->folder, snapshot));
    if (order->generation)
        DLT_TRY(dlt_checkpoint_store(options->h5_lock, options->folder, order->step, options->keep,
                                     snapshot));
    return DLT_OK;
}

/* Before another attempt: a file server that fails over answers again, a moment's want of space
 * passes. An attempt leaves nothing behind, so the next one is as good as the first. */
static const double PAUSES_S[] = {0.1, 1};
enum { PAUSE_COUNT = sizeof PAUSES_S / sizeof PAUSES_S[0] };

static void pause_for(double seconds) {
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    (void)nanosleep(&time, NULL);
}

/* Says nothing of attempts that failed unless a later one succeeds: the last failure is the run's.
 */
static dlt_status carry_out_patiently(const dlt_writer_options *options,
                                      const dlt_snapshot *snapshot, const dlt_writer_order *order) {
    char message[DLT_ERROR_MESSAGE_BYTES] = "";
    dlt_status status = carry_out(options, snapshot, order);
    for (int attempt = 0; attempt < PAUSE_COUNT && status == DLT_ERR_IO; attempt++) {
        snprintf(message, sizeof message, "%s", dlt_error_message());
        pause_for(PAUSES_S[attempt]);
        status = carry_out(options, snapshot, order);
    }
    if (status == DLT_OK && message[0] != '\0')
        dlt_log(DLT_LOG_WARNING, "%s; another attempt succeeded", message);
    return status;
}

/* With the mutex held. The error record belongs to this thread, so its text is carried over. */
static void note_outcome(dlt_writer *writer, dlt_status status, double took_s) {
    writer->figures.write_s += took_s;
    writer->figures.last_s = took_s;
    writer->figures.count += status == DLT_OK;
    if (status == DLT_OK || writer->status != DLT_OK)
        return;
    writer->status = status;
    snprintf(writer->message, sizeof writer->message, "%s", dlt_error_message());
    snprintf(writer->trace, sizeof writer->trace, "%s", dlt_error_trace());
}

/* With the mutex held, which is given back while the disk works. */
static void write_snapshot(dlt_writer *writer) {
    const dlt_writer_order order = writer->order;
    dlt_snapshot *snapshot = writer->snapshot;
    pthread_mutex_unlock(&writer->mutex);
    double began = dlt_clock_s();
    dlt_status status = carry_out_patiently(&writer->options, snapshot, &order);
    dlt_snapshot_destroy(&snapshot);
    pthread_mutex_lock(&writer->mutex);
    note_outcome(writer, status, dlt_clock_s() - began);
    writer->snapshot = NULL;
    pthread_cond_signal(&writer->done);
}

static void *run_writer(void *context) {
    dlt_writer *writer = context;
    dlt_thread_name("dltrain-save");
    pthread_mutex_lock(&writer->mutex);
    while (!writer->stop) {
        if (writer->snapshot != NULL)
            write_snapshot(writer);
        else
            pthread_cond_wait(&writer->ordered_or_stopped, &writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

/* Signals are for the thread that takes the steps. */
static dlt_status start_thread(dlt_writer *writer) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int result = pthread_create(&writer->thread, NULL, run_writer, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "cannot start the thread that writes checkpoints");
    writer->has_thread = true;
    return DLT_OK;
}

static dlt_status make_locks(dlt_writer *writer) {
    if (pthread_mutex_init(&writer->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "cannot create the mutex of the checkpoint writer");
    /* Linux's condition variables need no resources and cannot fail to be made. */
    (void)pthread_cond_init(&writer->ordered_or_stopped, NULL);
    (void)pthread_cond_init(&writer->done, NULL);
    writer->has_mutex = true;
    return DLT_OK;
}

dlt_status dlt_writer_create(const dlt_writer_options *options, dlt_writer **out) {
    dlt_writer *writer = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(writer, 1));
    writer->options = *options;
    DLT_TRY_OUT(make_locks(writer));
    if (options->async)
        DLT_TRY_OUT(start_thread(writer));
    *out = writer;
    writer = NULL;
out:
    dlt_writer_destroy(&writer);
    return status;
}

static void stop_thread(dlt_writer *writer) {
    dlt_writer_settle(writer);
    pthread_mutex_lock(&writer->mutex);
    writer->stop = true;
    pthread_cond_signal(&writer->ordered_or_stopped);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
}

void dlt_writer_destroy(dlt_writer **writer) {
    if (writer == NULL || *writer == NULL)
        return;
    dlt_writer *it = *writer;
    if (it->has_thread)
        stop_thread(it);
    if (it->has_mutex) {
        pthread_cond_destroy(&it->done);
        pthread_cond_destroy(&it->ordered_or_stopped);
        pthread_mutex_destroy(&it->mutex);
    }
    dlt_free(it->copy);
    dlt_free(it);
    *writer = NULL;
}

static int64_t padded_bytes(const dlt_snapshot_tensor *tensor) {
    const int64_t line = 64;
    int64_t bytes = dlt_shape_count(&tensor->shape) * dlt_h5_type_bytes(tensor->type);
    return dlt_ceil_div(bytes, line) * line;
}

/* The same size each time but for the first. */
static dlt_status reserve_copy(dlt_writer *writer, const dlt_snapshot *snapshot) {
    int64_t bytes = 0;
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        bytes += padded_bytes(&snapshot->tensors[i]);
    if (bytes <= writer->copy_bytes)
        return DLT_OK;
    dlt_free(writer->copy);
    writer->copy_bytes = 0;
    DLT_TRY(DLT_NEW(writer->copy, bytes));
    writer->copy_bytes = bytes;
    return DLT_OK;
}

/* Lets the snapshot's tensors stand in the writer's own memory. */
static dlt_status copy_tensors(dlt_writer *writer, dlt_snapshot *snapshot) {
    DLT_TRY(reserve_copy(writer, snapshot));
    char *at = writer->copy;
    for (int64_t i = 0; i < snapshot->tensor_count; i++) {
        dlt_snapshot_tensor *tensor = &snapshot->tensors[i];
        int64_t bytes = dlt_shape_count(&tensor->shape) * dlt_h5_type_bytes(tensor->type);
        memcpy(at, tensor->data, (size_t)bytes);
        tensor->data = at;
        at += padded_bytes(tensor);
    }
    return DLT_OK;
}

/* The copy's memory is free: nothing is being written. */
static void give_order(dlt_writer *writer, dlt_snapshot **snapshot, const dlt_writer_order *order) {
    pthread_mutex_lock(&writer->mutex);
    writer->snapshot = *snapshot;
    writer->order = *order;
    *snapshot = NULL;
    if (writer->has_thread)
        pthread_cond_signal(&writer->ordered_or_stopped);
    else
        write_snapshot(writer);
    pthread_mutex_unlock(&writer->mutex);
}

dlt_status dlt_writer_submit(dlt_writer *writer, dlt_snapshot **snapshot,
                             const dlt_writer_order *order) {
    dlt_writer_settle(writer);
    dlt_status status = dlt_writer_poll(writer);
    if (status == DLT_OK && writer->has_thread)
        status = copy_tensors(writer, *snapshot);
    if (status == DLT_OK) {
        give_order(writer, snapshot, order);
        if (!writer->has_thread)
            status = dlt_writer_poll(writer);
    }
    dlt_snapshot_destroy(snapshot);
    return status;
}

bool dlt_writer_is_busy(dlt_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    bool busy = writer->snapshot != NULL;
    pthread_mutex_unlock(&writer->mutex);
    return busy;
}

void dlt_writer_settle(dlt_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    while (writer->snapshot != NULL)
        pthread_cond_wait(&writer->done, &writer->mutex);
    pthread_mutex_unlock(&writer->mutex);
}

dlt_status dlt_writer_poll(dlt_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    dlt_status status = writer->status;
    if (status != DLT_OK)
        dlt_error_adopt(writer->message, writer->trace);
    writer->status = DLT_OK;
    pthread_mutex_unlock(&writer->mutex);
    return status;
}

dlt_writer_figures dlt_writer_figures_of(dlt_writer *writer) {
    if (writer == NULL)
        return (dlt_writer_figures){0};
    pthread_mutex_lock(&writer->mutex);
    dlt_writer_figures figures = writer->figures;
    pthread_mutex_unlock(&writer->mutex);
    return figures;
}
