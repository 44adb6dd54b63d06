/* Keeps the window that was asked for last, since the batches of a rank come in order. Sorting is
 * by counting: there are few classes, and samples of one class keep the order of the epoch. Where
 * the last batch of the epoch is short, a place in the sorted row is drawn for it, so that it does
 * not always have the longest sequences. */
#include "data/length_order.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/philox.h"

enum { WINDOW_BATCHES = 64 };

/* Values of a stream's node that no other order of an epoch has. */
enum { NODE_BATCHES = 16, NODE_SHORT = 17 };

dlt_status dlt_length_order_create(const dlt_dataset *dataset, const dlt_shape_classes *classes,
                                   const dlt_subset *subset, int64_t batch, dlt_length_order *out) {
    const int64_t most = dlt_ceil_div(subset->count, batch);
    *out = (dlt_length_order){.dataset = dataset,
                              .classes = classes,
                              .seed = subset->seed,
                              .total = subset->count,
                              .batch = batch,
                              .window = dlt_min_i64(WINDOW_BATCHES, most) * batch,
                              .at = -1};
    const int64_t room = dlt_min_i64(out->window, subset->count);
    DLT_TRY(DLT_NEW(out->samples, room));
    DLT_TRY(DLT_NEW(out->sorted, room));
    return DLT_NEW(out->class_of, room);
}

void dlt_length_order_destroy(dlt_length_order *it) {
    dlt_free(it->samples);
    dlt_free(it->sorted);
    dlt_free(it->class_of);
    *it = (dlt_length_order){.at = -1};
}

static dlt_status sort_by_class(dlt_length_order *it, int64_t count) {
    int64_t place[DLT_SHAPE_CLASSES_MAX + 1] = {0};
    for (int64_t i = 0; i < count; i++) {
        int found = 0;
        DLT_TRY(dlt_dataset_shape_class(it->dataset, it->classes, &it->samples[i], 1, &found));
        it->class_of[i] = (int8_t)found;
        place[found + 1]++;
    }
    for (int c = 0; c < it->classes->count; c++)
        place[c + 1] += place[c];
    for (int64_t i = 0; i < count; i++)
        it->sorted[place[it->class_of[i]]++] = it->samples[i];
    return DLT_OK;
}

static dlt_status make_window(dlt_length_order *it, const dlt_order *order, int64_t epoch,
                              int64_t at) {
    const int64_t first = at * it->window;
    const int64_t count = dlt_min_i64(it->window, it->total - first);
    it->at = -1;
    dlt_order_samples(order, first, count, it->samples);
    DLT_TRY(sort_by_class(it, count));
    it->whole = count / it->batch;
    it->rest = count % it->batch;
    it->batches =
        dlt_permutation_make(it->seed, DLT_PURPOSE_ORDER, NODE_BATCHES, (uint64_t)epoch, it->whole);
    it->batches = dlt_permutation_variant(&it->batches, (uint64_t)at);
    const dlt_permutation places = dlt_permutation_make(it->seed, DLT_PURPOSE_ORDER, NODE_SHORT,
                                                        (uint64_t)epoch, it->whole + 1);
    it->short_at = it->rest > 0 ? dlt_permutation_at(&places, 0) : it->whole;
    it->epoch = epoch;
    it->at = at;
    return DLT_OK;
}

dlt_status dlt_length_order_samples(dlt_length_order *it, const dlt_order *order, int64_t epoch,
                                    int64_t position, int64_t count, int64_t *samples) {
    const int64_t at = position / it->window;
    if (it->at != at || it->epoch != epoch)
        DLT_TRY(make_window(it, order, epoch, at));
    const int64_t batch = (position - at * it->window) / it->batch;
    const int64_t within = (position - at * it->window) % it->batch;
    int64_t place = it->short_at;
    if (batch < it->whole)
        place = dlt_permutation_at(&it->batches, batch);
    int64_t first = place * it->batch + within;
    if (batch < it->whole && place >= it->short_at)
        first += it->rest;
    for (int64_t i = 0; i < count; i++)
        samples[i] = it->sorted[first + i];
    return DLT_OK;
}
