#include "data/itinerary.h"

#include "base/cast.h"

int64_t dlt_cut_steps(const dlt_cut *cut) {
    return dlt_ceil_div(cut->samples, cut->batch);
}

int64_t dlt_cut_batch(const dlt_cut *cut, int64_t step) {
    return dlt_min_i64(cut->batch, cut->samples - step * cut->batch);
}

int64_t dlt_cut_micros(const dlt_cut *cut, int64_t step) {
    return dlt_ceil_div(dlt_cut_batch(cut, step), cut->micro_batch);
}

int dlt_cut_micro_counts(const dlt_cut *cut, int64_t micros[2]) {
    micros[0] = dlt_cut_micros(cut, 0);
    micros[1] = dlt_cut_micros(cut, dlt_cut_steps(cut) - 1);
    return micros[1] == micros[0] ? 1 : 2;
}

void dlt_cut_run(int64_t micros, int rank, int size, int64_t *first, int64_t *last) {
    *first = rank * micros / size;
    *last = (rank + 1) * micros / size;
}

static dlt_stop make_stop(const dlt_itinerary *itinerary, int64_t micro) {
    const dlt_cut *cut = &itinerary->cut;
    int64_t before = micro * cut->micro_batch;
    int64_t left = dlt_cut_batch(cut, itinerary->step) - before;
    return (dlt_stop){.epoch = itinerary->epoch,
                      .step = itinerary->step,
                      .micro = micro,
                      .position = itinerary->step * cut->batch + before,
                      .count = dlt_min_i64(cut->micro_batch, left)};
}

static void go_to_next_step(dlt_itinerary *itinerary) {
    itinerary->micro = 0;
    itinerary->step++;
    if (itinerary->step < dlt_cut_steps(&itinerary->cut))
        return;
    itinerary->step = 0;
    itinerary->epoch++;
}

bool dlt_itinerary_next(dlt_itinerary *itinerary, dlt_stop *out) {
    const dlt_cut *cut = &itinerary->cut;
    /* A resume right at the end of an epoch stands one step behind its last. */
    if (itinerary->step >= dlt_cut_steps(cut)) {
        itinerary->step = 0;
        itinerary->epoch++;
    }
    while (cut->samples > 0 && itinerary->epoch < itinerary->end_epoch) {
        int64_t first = 0;
        int64_t last = 0;
        dlt_cut_run(dlt_cut_micros(cut, itinerary->step), cut->rank, cut->size, &first, &last);
        if (first + itinerary->micro < last) {
            *out = make_stop(itinerary, first + itinerary->micro);
            itinerary->micro++;
            return true;
        }
        go_to_next_step(itinerary);
    }
    return false;
}
