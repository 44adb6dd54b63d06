/* The order of an epoch over sequences of different length: batches of about one length each, so
 * that little is padded. Samples of a shuffled window of 64 batches are sorted by shape class and
 * cut into batches, which are then shuffled within the window: a function of (seed, epoch) alone,
 * in which every sample has its place once. */
#ifndef DLT_DATA_LENGTH_ORDER_H
#define DLT_DATA_LENGTH_ORDER_H

#include "data/dataset.h"
#include "data/shape_classes.h"
#include "data/subset.h"

typedef struct dlt_length_order {
    const dlt_dataset *dataset; /* borrowed, like the others */
    const dlt_shape_classes *classes;
    uint64_t seed;
    int64_t total; /* samples of the epoch */
    int64_t batch;
    int64_t window;   /* samples of one, but of the last */
    int64_t epoch;    /* of the window at hand */
    int64_t at;       /* number of the window at hand; -1: none */
    int64_t whole;    /* batches in it */
    int64_t rest;     /* samples of the short batch, the epoch's last; 0: there is none */
    int64_t short_at; /* its place in the sorted row */
    dlt_permutation batches;
    int64_t *samples; /* [window] as the epoch has them; owned */
    int64_t *sorted;  /* [window] by class; owned */
    int8_t *class_of; /* [window]; owned */
} dlt_length_order;

/** Makes room for one window. Not collective. Owns: caller owns *out, also after a failure; it
 * borrows the data set and the classes. Errors: MEM. */
DLT_CHECKED dlt_status dlt_length_order_create(const dlt_dataset *dataset,
                                               const dlt_shape_classes *classes,
                                               const dlt_subset *subset, int64_t batch,
                                               dlt_length_order *out);
void dlt_length_order_destroy(dlt_length_order *it);

/** The samples at `count` positions of one batch. `order`: of the epoch, over which the windows
 * are laid. Allocates nothing. Errors: FORMAT for a sequence that no class holds. */
DLT_CHECKED dlt_status dlt_length_order_samples(dlt_length_order *it, const dlt_order *order,
                                                int64_t epoch, int64_t position, int64_t count,
                                                int64_t *samples);

#endif
