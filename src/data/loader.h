/* The prefetch thread: reads, converts and transforms the micro-batches of an itinerary ahead of
 * the step. */
#ifndef DLT_DATA_LOADER_H
#define DLT_DATA_LOADER_H

#include "data/dataset.h"
#include "data/itinerary.h"
#include "data/subset.h"
#include "dltrain/plugin/keys.h"
#include "dltrain/target.h"

typedef struct dlt_loader dlt_loader;

/** A micro-batch in memory; borrowed from the loader between next and release. */
typedef struct dlt_micro_batch {
    dlt_stop stop;
    dlt_real *x;            /* [count, x] */
    dlt_target target;      /* [count]; neither pointer set where no targets are wanted */
    const int64_t *samples; /* [count] indices in the data set */
} dlt_micro_batch;

typedef struct dlt_loader_options {
    dlt_dataset *dataset; /* borrowed */
    dlt_subset subset;
    dlt_itinerary itinerary;
    dlt_chosen_list transforms; /* borrowed */
    bool training;              /* random transforms are applied */
    uint64_t seed;
    bool with_target;
    dlt_target_kind target_kind;
    int64_t classes;               /* of labels; or elements of one row of values */
    const dlt_target_range *range; /* that values may have; NULL: any */
    const double *mean; /* normalisation for `standardize`, of the training set; may be NULL */
    const double *std;
    int64_t feature_count;
    int depth; /* micro-batches ahead, at least 2; more where they are small */
} dlt_loader_options;

/** Micro-batches that are read ahead where `asked` are asked for: small ones cost little and are
 * soon used. */
int dlt_loader_depth(int asked, int64_t micro_batch_bytes);

/** Checks the transforms, allocates the ring and starts the thread.
 *  Not collective. Owns: caller owns *out; it borrows all that options names until destroy.
 *  Errors: CONFIG or SHAPE from transforms; MEM; INTERNAL if no thread can be started */
DLT_CHECKED dlt_status dlt_loader_create(const dlt_loader_options *options, dlt_loader **out);
/** Stops the thread and releases everything; quick also when the itinerary is not at its end. */
void dlt_loader_destroy(dlt_loader **loader);

/** The next micro-batch; made here and now if the thread has not begun it, else waiting for it if
 * need be. *out NULL at the end of the itinerary. After a failure, that failure (same text), now
 * and ever after. */
DLT_CHECKED dlt_status dlt_loader_next(dlt_loader *loader, const dlt_micro_batch **out);
/** Hands the buffer back; no system call; several out at once go back in the order in which they
 * came.
 */
void dlt_loader_release(dlt_loader *loader, const dlt_micro_batch *batch);
/** Seconds that next took, since create, for micro-batches that were not there: waiting for them or
 * making them. */
double dlt_loader_wait_s(const dlt_loader *loader);

#endif
