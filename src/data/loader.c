#include "data/loader.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "data/transform_plan.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

/* The buffers of one micro-batch; `batch` points into them. */
typedef struct ring_slot {
    dlt_micro_batch batch;
    int64_t *samples; /* owned */
    int32_t *labels;  /* owned; NULL unless labels are wanted */
    dlt_real *values; /* owned; NULL unless values are wanted */
} ring_slot;

struct dlt_loader {
    dlt_loader_options options;
    dlt_transform_plan plan;
    int64_t width;       /* elements of one sample */
    ring_slot *ring;     /* owned; [options.depth] */
    dlt_order order;     /* of epoch_of_order; the thread's own */
    int64_t order_epoch; /* -1: none yet */
    pthread_t thread;
    bool has_thread;
    bool has_mutex;
    double wait_s; /* the consumer's own */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t filled_or_ended;
    pthread_cond_t emptied_or_stopped;
    int64_t filled;   /* micro-batches the thread has made */
    int64_t taken;    /* given out by next */
    int64_t released; /* handed back; filled - released <= depth */
    bool ended;       /* the thread makes no more */
    bool stop;        /* the thread is asked to end */
    dlt_status status;
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
};

static dlt_status read_target(dlt_loader *loader, ring_slot *slot, int64_t count) {
    const dlt_loader_options *options = &loader->options;
    if (!options->with_target)
        return DLT_OK;
    if (options->target_kind == DLT_TARGET_LABELS)
        return dlt_dataset_read_labels(options->dataset, slot->samples, count, options->classes,
                                       slot->labels);
    return dlt_dataset_read_values(options->dataset, slot->samples, count, options->classes,
                                   slot->values);
}

static dlt_status fill_slot(dlt_loader *loader, const dlt_stop *stop, ring_slot *slot) {
    const dlt_loader_options *options = &loader->options;
    if (loader->order_epoch != stop->epoch) {
        loader->order = dlt_subset_order(&options->subset, stop->epoch);
        loader->order_epoch = stop->epoch;
    }
    dlt_order_samples(&loader->order, stop->position, stop->count, slot->samples);
    DLT_TRY(dlt_dataset_read_x(options->dataset, slot->samples, stop->count, slot->batch.x));
    for (int64_t i = 0; i < stop->count; i++)
        dlt_transform_plan_apply(&loader->plan, options->seed, stop->epoch, slot->samples[i],
                                 slot->batch.x + i * loader->width);
    slot->batch.stop = *stop;
    return read_target(loader, slot, stop->count);
}

/* The slot to fill next, once it is free; NULL when asked to stop. */
static ring_slot *wait_for_slot(dlt_loader *loader) {
    ring_slot *slot = NULL;
    pthread_mutex_lock(&loader->mutex);
    while (!loader->stop && loader->filled - loader->released == loader->options.depth)
        pthread_cond_wait(&loader->emptied_or_stopped, &loader->mutex);
    if (!loader->stop)
        slot = &loader->ring[loader->filled % loader->options.depth];
    pthread_mutex_unlock(&loader->mutex);
    return slot;
}

static void announce_slot(dlt_loader *loader) {
    pthread_mutex_lock(&loader->mutex);
    loader->filled++;
    pthread_cond_signal(&loader->filled_or_ended);
    pthread_mutex_unlock(&loader->mutex);
}

/* The error record belongs to this thread, so its text is carried over. */
static void announce_end(dlt_loader *loader, dlt_status status) {
    pthread_mutex_lock(&loader->mutex);
    loader->ended = true;
    loader->status = status;
    if (status != DLT_OK) {
        snprintf(loader->message, sizeof loader->message, "%s", dlt_error_message());
        snprintf(loader->trace, sizeof loader->trace, "%s", dlt_error_trace());
    }
    pthread_cond_signal(&loader->filled_or_ended);
    pthread_mutex_unlock(&loader->mutex);
}

static void *run_thread(void *context) {
    dlt_loader *loader = context;
    dlt_thread_name("dltrain-read");
    dlt_itinerary itinerary = loader->options.itinerary;
    dlt_status status = DLT_OK;
    dlt_stop stop;
    while (status == DLT_OK && dlt_itinerary_next(&itinerary, &stop)) {
        ring_slot *slot = wait_for_slot(loader);
        if (slot == NULL)
            break;
        status = fill_slot(loader, &stop, slot);
        if (status == DLT_OK)
            announce_slot(loader);
    }
    announce_end(loader, status);
    return NULL;
}

static int64_t largest_count(const dlt_cut *cut) {
    return dlt_min_i64(cut->micro_batch, dlt_min_i64(cut->batch, cut->samples));
}

/* Samples that this rank takes of a batch, at most. */
static int64_t most_of_batch(const dlt_cut *cut) {
    int64_t micros = dlt_ceil_div(cut->batch, cut->micro_batch);
    return dlt_min_i64(cut->batch, dlt_ceil_div(micros, cut->size) * cut->micro_batch);
}

static dlt_status make_slot(const dlt_loader *loader, int64_t count, ring_slot *slot) {
    const dlt_loader_options *options = &loader->options;
    DLT_TRY(DLT_NEW(slot->samples, count));
    slot->batch.samples = slot->samples;
    DLT_TRY(DLT_NEW(slot->batch.x, count * loader->width));
    slot->batch.target.kind = options->target_kind;
    if (!options->with_target)
        return DLT_OK;
    if (options->target_kind == DLT_TARGET_LABELS)
        DLT_TRY(DLT_NEW(slot->labels, count));
    else
        DLT_TRY(DLT_NEW(slot->values, count * options->classes));
    slot->batch.target.labels = slot->labels;
    slot->batch.target.values = slot->values;
    return DLT_OK;
}

static dlt_status make_buffers(dlt_loader *loader) {
    const dlt_loader_options *options = &loader->options;
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(options->dataset);
    const dlt_cut *cut = &options->itinerary.cut;
    int64_t count = largest_count(cut);
    const dlt_transform_site site = {.shape = facts->x_shape,
                                     .feature_count = options->feature_count,
                                     .mean = options->mean,
                                     .std = options->std};
    loader->width = dlt_shape_count(&facts->x_shape);
    loader->order_epoch = -1;
    DLT_TRY(dlt_transform_plan_make(&options->transforms, &site, options->training, &loader->plan));
    DLT_TRY(dlt_dataset_reserve(options->dataset, count,
                                dlt_subset_reach(&options->subset, most_of_batch(cut))));
    DLT_TRY(DLT_NEW(loader->ring, options->depth));
    for (int i = 0; i < options->depth; i++)
        DLT_TRY(make_slot(loader, count, &loader->ring[i]));
    return DLT_OK;
}

static dlt_status make_locks(dlt_loader *loader) {
    if (pthread_mutex_init(&loader->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "no mutex can be had for reading ahead");
    /* Linux's condition variables need no resources and cannot fail to be made. */
    (void)pthread_cond_init(&loader->filled_or_ended, NULL);
    (void)pthread_cond_init(&loader->emptied_or_stopped, NULL);
    loader->has_mutex = true;
    return DLT_OK;
}

/* Signals are for the thread that takes the steps. */
static dlt_status start_thread(dlt_loader *loader) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int result = pthread_create(&loader->thread, NULL, run_thread, loader);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "no thread can be had for reading ahead");
    loader->has_thread = true;
    return DLT_OK;
}

dlt_status dlt_loader_create(const dlt_loader_options *options, dlt_loader **out) {
    if (options->depth < 2)
        return dlt_fail(DLT_ERR_ARG, "a loader needs at least 2 buffers, not %d", options->depth);
    dlt_loader *loader = NULL;
    DLT_TRY(DLT_NEW(loader, 1));
    dlt_status status = DLT_OK;
    loader->options = *options;
    DLT_TRY_OUT(make_buffers(loader));
    DLT_TRY_OUT(make_locks(loader));
    DLT_TRY_OUT(start_thread(loader));
    *out = loader;
    loader = NULL;
out:
    dlt_loader_destroy(&loader);
    return status;
}

static void stop_thread(dlt_loader *loader) {
    pthread_mutex_lock(&loader->mutex);
    loader->stop = true;
    pthread_cond_signal(&loader->emptied_or_stopped);
    pthread_mutex_unlock(&loader->mutex);
    pthread_join(loader->thread, NULL);
}

static void free_ring(dlt_loader *loader) {
    for (int i = 0; loader->ring != NULL && i < loader->options.depth; i++) {
        dlt_free(loader->ring[i].samples);
        dlt_free(loader->ring[i].batch.x);
        dlt_free(loader->ring[i].labels);
        dlt_free(loader->ring[i].values);
    }
    dlt_free(loader->ring);
}

void dlt_loader_destroy(dlt_loader **loader) {
    if (loader == NULL || *loader == NULL)
        return;
    dlt_loader *it = *loader;
    if (it->has_thread)
        stop_thread(it);
    if (it->has_mutex) {
        pthread_cond_destroy(&it->emptied_or_stopped);
        pthread_cond_destroy(&it->filled_or_ended);
        pthread_mutex_destroy(&it->mutex);
    }
    free_ring(it);
    dlt_transform_plan_destroy(&it->plan);
    dlt_free(it);
    *loader = NULL;
}

/* With the mutex held: sleeps until there is something to take or nothing more to come. */
static void wait_for_batch(dlt_loader *loader) {
    if (loader->taken < loader->filled || loader->ended)
        return;
    double start = dlt_clock_s();
    while (loader->taken == loader->filled && !loader->ended)
        pthread_cond_wait(&loader->filled_or_ended, &loader->mutex);
    loader->wait_s += dlt_clock_s() - start;
}

dlt_status dlt_loader_next(dlt_loader *loader, const dlt_micro_batch **out) {
    dlt_status status = DLT_OK;
    *out = NULL;
    pthread_mutex_lock(&loader->mutex);
    wait_for_batch(loader);
    if (loader->taken < loader->filled) {
        *out = &loader->ring[loader->taken % loader->options.depth].batch;
        loader->taken++;
    } else if (loader->status != DLT_OK) {
        status = loader->status;
        dlt_error_adopt(loader->message, loader->trace);
    }
    pthread_mutex_unlock(&loader->mutex);
    return status;
}

void dlt_loader_release(dlt_loader *loader, const dlt_micro_batch *batch) {
    (void)batch;
    pthread_mutex_lock(&loader->mutex);
    loader->released++;
    pthread_cond_signal(&loader->emptied_or_stopped);
    pthread_mutex_unlock(&loader->mutex);
}

double dlt_loader_wait_s(const dlt_loader *loader) {
    return loader->wait_s;
}
