/* A ring of micro-batches that a thread fills ahead of the step. Each is claimed, in turn, by who
 * makes it: mostly the thread; the step's own, where it comes for one that nobody has begun. So a
 * step waits for nothing but the rest of what is being made, also where no core is free for the
 * thread. The thread is never woken: it sleeps for as long as the step needs for a quarter of the
 * ring, and looks. So a step makes no system call for its data. */
#include "data/loader.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "data/collator.h"
#include "data/ring.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

/* Who makes micro-batches. */
enum { READER = 0, STEPPER = 1, MAKERS = 2 };

/* One of the two, and the text of its failure, which belongs to its thread. */
typedef struct maker {
    dlt_collator collator;
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
} maker;

struct dlt_loader {
    dlt_loader_options options;
    dlt_ring ring;
    maker makers[MAKERS];
    pthread_t thread;
    bool has_thread;
    bool has_mutex;
    atomic_llong released; /* handed back by the step */
    atomic_bool waiting;   /* the step sleeps until `made` */

    /* The step's own. */
    int64_t taken;         /* given out by next */
    dlt_ring_entry *error; /* the micro-batch that could not be made; NULL: none */
    double wait_s;

    /* The thread's own. */
    double rested_s; /* when it last went to rest, with how many released */
    int64_t rested_released;
    double release_s; /* of one micro-batch by the step, about */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t made;
    pthread_cond_t stopped;
    dlt_batch_sampler sampler;
    int64_t
        claimed; /* micro-batches that somebody makes or has made; claimed - released <= depth */
    bool ended;  /* there are no more */
    bool stop;   /* the thread is asked to end */
};

/* The next micro-batch that nobody has claimed, to be made by `who`; NULL if there is none, or no
 * room. */
static dlt_ring_entry *claim(dlt_loader *loader, int who, dlt_micro_batch_id *id) {
    int64_t room = atomic_load(&loader->released) + loader->ring.depth;
    if (loader->ended || loader->stop || loader->claimed == room)
        return NULL;
    if (!dlt_batch_sampler_next(&loader->sampler, id)) {
        loader->ended = true;
        return NULL;
    }
    dlt_ring_entry *entry = &loader->ring.entries[loader->claimed++ % loader->ring.depth];
    entry->maker = who;
    return entry;
}

/* The error record belongs to this thread, so its text is carried over. */
static void make(dlt_loader *loader, const dlt_micro_batch_id *id, dlt_ring_entry *entry) {
    maker *who = &loader->makers[entry->maker];
    entry->status = dlt_collator_fill(&who->collator, id, &entry->buffers);
    if (entry->status == DLT_OK)
        return;
    snprintf(who->message, sizeof who->message, "%s", dlt_error_message());
    snprintf(who->trace, sizeof who->trace, "%s", dlt_error_trace());
}

static void announce(dlt_loader *loader, int64_t number, dlt_ring_entry *entry) {
    atomic_store(&entry->made, number);
    if (!atomic_load(&loader->waiting))
        return;
    pthread_mutex_lock(&loader->mutex);
    pthread_cond_signal(&loader->made);
    pthread_mutex_unlock(&loader->mutex);
}

/* How long the step is going to need for a quarter of the ring, as it did since the last rest: half
 * of what it has time for even if it then goes twice as fast, for nobody shares its core any more.
 */
static double time_to_rest(dlt_loader *loader) {
    const double least_s = 50e-6; /* what the system makes of less */
    const double most_s = 10e-3;  /* soon enough for a step that begins after a pause */
    double now = dlt_clock_s();
    int64_t released = atomic_load(&loader->released);
    int64_t since = released - loader->rested_released;
    /* Where nothing was taken, the rest becomes longer each time. */
    double longer_s = fmax(2 * loader->release_s, 4 * least_s / loader->ring.depth);
    loader->release_s = since > 0 ? (now - loader->rested_s) / (double)since : longer_s;
    loader->rested_s = now;
    loader->rested_released = released;
    loader->release_s = fmin(loader->release_s, 4 * most_s / loader->ring.depth);
    return fmax(loader->release_s * loader->ring.depth / 4, least_s);
}

/* With the mutex held; returns early if asked to stop. */
static void rest(dlt_loader *loader) {
    struct timespec until;
    double rest_s = time_to_rest(loader);
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + (int64_t)(1e9 * rest_s);
    until.tv_sec += (time_t)(nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    (void)pthread_cond_timedwait(&loader->stopped, &loader->mutex, &until);
}

/* What the thread is to make next, its number in *number; NULL at the end. */
static dlt_ring_entry *claim_or_rest(dlt_loader *loader, dlt_micro_batch_id *id, int64_t *number) {
    dlt_ring_entry *entry = NULL;
    pthread_mutex_lock(&loader->mutex);
    while (entry == NULL && !loader->ended && !loader->stop) {
        entry = claim(loader, READER, id);
        if (entry == NULL && !loader->ended && !loader->stop)
            rest(loader);
    }
    *number = loader->claimed;
    pthread_mutex_unlock(&loader->mutex);
    return entry;
}

static void *run_thread(void *context) {
    dlt_loader *loader = context;
    dlt_thread_name("dltrain-read");
    dlt_status status = DLT_OK;
    dlt_micro_batch_id id;
    int64_t number = 0;
    while (status == DLT_OK) {
        dlt_ring_entry *entry = claim_or_rest(loader, &id, &number);
        if (entry == NULL)
            break;
        make(loader, &id, entry);
        status = entry->status;
        announce(loader, number, entry);
    }
    return NULL;
}

static int64_t largest_count(const dlt_batch_partition *partition) {
    return dlt_min_i64(partition->micro_batch, dlt_min_i64(partition->batch, partition->samples));
}

/* Samples that this rank takes of a batch, at most. */
static int64_t most_of_batch(const dlt_batch_partition *partition) {
    int64_t micros = dlt_ceil_div(partition->batch, partition->micro_batch);
    return dlt_min_i64(partition->batch,
                       dlt_ceil_div(micros, partition->size) * partition->micro_batch);
}

static dlt_status make_buffers(dlt_loader *loader) {
    const dlt_loader_options *options = &loader->options;
    const dlt_batch_partition *partition = &options->sampler.partition;
    int64_t count = largest_count(partition);
    for (int who = 0; who < MAKERS; who++)
        DLT_TRY(dlt_collator_create(options, count, &loader->makers[who].collator));
    DLT_TRY(dlt_dataset_reserve(options->dataset, count,
                                dlt_subset_reach(&options->subset, most_of_batch(partition))));
    return dlt_ring_create(options, count, &loader->ring);
}

static dlt_status make_locks(dlt_loader *loader) {
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&loader->mutex, NULL) != 0)
        return dlt_fail(DLT_ERR_INTERNAL, "cannot create the prefetch mutex");
    /* Linux's condition variables need no resources and cannot fail to be made. */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&loader->made, NULL);
    (void)pthread_cond_init(&loader->stopped, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
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
        return dlt_fail(DLT_ERR_INTERNAL, "cannot start the prefetch thread");
    loader->has_thread = true;
    return DLT_OK;
}

/* Buffers have room for the largest class. */
static dlt_status fit_largest_class(dlt_loader_options *options) {
    const dlt_shape_classes *classes = &options->classes;
    for (int f = 0; f < options->field_count; f++) {
        if (options->fields[f].field < 0)
            return dlt_fail(DLT_ERR_ARG, "a loader's field %d is none of the data set's", f);
        if (!dlt_loader_field_is_ragged(options, f))
            continue;
        if (classes->count == 0 || options->fields[f].spec.shape.rank == 0)
            return dlt_fail(DLT_ERR_ARG, "a loader needs lengths for its ragged field %d", f);
        options->fields[f].spec.shape.dim[0] = classes->lengths[classes->count - 1];
    }
    return DLT_OK;
}

dlt_status dlt_loader_create(const dlt_loader_options *options, dlt_loader **out) {
    if (options->depth < 2)
        return dlt_fail(DLT_ERR_ARG, "a loader needs at least 2 buffers, not %d", options->depth);
    dlt_loader *loader = NULL;
    DLT_TRY(DLT_NEW(loader, 1));
    dlt_status status = DLT_OK;
    loader->options = *options;
    loader->sampler = options->sampler;
    DLT_TRY_OUT(fit_largest_class(&loader->options));
    loader->rested_s = dlt_clock_s();
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
    pthread_cond_signal(&loader->stopped);
    pthread_mutex_unlock(&loader->mutex);
    pthread_join(loader->thread, NULL);
}

void dlt_loader_destroy(dlt_loader **loader) {
    if (loader == NULL || *loader == NULL)
        return;
    dlt_loader *it = *loader;
    if (it->has_thread)
        stop_thread(it);
    if (it->has_mutex) {
        pthread_cond_destroy(&it->stopped);
        pthread_cond_destroy(&it->made);
        pthread_mutex_destroy(&it->mutex);
    }
    dlt_ring_destroy(&it->ring);
    for (int who = 0; who < MAKERS; who++)
        dlt_collator_destroy(&it->makers[who].collator);
    dlt_free(it);
    *loader = NULL;
}

/* With the mutex held: sleeps until the micro-batch is there that somebody else makes. */
static void wait_for_entry(dlt_loader *loader, const dlt_ring_entry *entry, int64_t number) {
    atomic_store(&loader->waiting, true);
    while (atomic_load(&entry->made) != number)
        pthread_cond_wait(&loader->made, &loader->mutex);
    atomic_store(&loader->waiting, false);
}

/* The micro-batch of that number, made by this thread unless the other one is at it; NULL if there
 * are no more. */
static dlt_ring_entry *obtain(dlt_loader *loader, int64_t number) {
    dlt_micro_batch_id id;
    dlt_ring_entry *mine = NULL;
    dlt_ring_entry *entry = &loader->ring.entries[(number - 1) % loader->ring.depth];
    pthread_mutex_lock(&loader->mutex);
    if (loader->claimed < number)
        mine = claim(loader, STEPPER, &id);
    bool none = loader->claimed < number;
    if (!none && mine == NULL)
        wait_for_entry(loader, entry, number);
    pthread_mutex_unlock(&loader->mutex);
    if (mine != NULL) {
        make(loader, &id, mine);
        atomic_store(&mine->made, number);
    }
    return none ? NULL : entry;
}

/* The time that the step gives to its data counts, whoever makes them. */
static dlt_ring_entry *obtain_timed(dlt_loader *loader, int64_t number) {
    double start = dlt_clock_s();
    dlt_ring_entry *entry = obtain(loader, number);
    loader->wait_s += dlt_clock_s() - start;
    return entry;
}

static dlt_status fail_again(const dlt_loader *loader) {
    const maker *who = &loader->makers[loader->error->maker];
    dlt_error_adopt(who->message, who->trace);
    return loader->error->status;
}

dlt_status dlt_loader_next(dlt_loader *loader, const dlt_micro_batch **out) {
    int64_t number = loader->taken + 1;
    dlt_ring_entry *entry = &loader->ring.entries[loader->taken % loader->ring.depth];
    *out = NULL;
    if (loader->error != NULL)
        return fail_again(loader);
    if (atomic_load(&entry->made) != number)
        entry = obtain_timed(loader, number);
    if (entry == NULL)
        return DLT_OK;
    if (entry->status != DLT_OK) {
        loader->error = entry;
        return fail_again(loader);
    }
    loader->taken = number;
    *out = &entry->buffers.batch;
    return DLT_OK;
}

void dlt_loader_release(dlt_loader *loader, const dlt_micro_batch *batch) {
    (void)batch;
    atomic_fetch_add(&loader->released, 1);
}

double dlt_loader_wait_s(const dlt_loader *loader) {
    return loader->wait_s;
}
