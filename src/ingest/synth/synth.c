/* Serves all kinds with one state and one set of functions; a kind only describes and draws.
 * Because each sample has a stream of its own, threads draw shares of a block in any order. A block
 * is shared only if, by the time of the block before it, drawing it takes a millisecond or more.
 * The calling thread draws every share that no thread could be started for. */
#include "ingest/synth/synth.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

/* Values of a stream's node. */
enum { STREAM_SAMPLES = 0, STREAM_PARAMETERS = 1 };

/* Threads that draw at a time, at most; a disk has enough with those. */
enum { SHARES_MAX = 16 };

typedef struct synth_state {
    const dlt_synth_ops *ops;
    const void *settings;
    const dlt_synth_size *size;
    dlt_split split;
    int64_t sample;  /* next */
    double sample_s; /* that drawing one takes, about; 0: not known yet */
    dlt_split_facts facts;
    dlt_text class_names;
} synth_state;

dlt_stream dlt_synth_parameters(int64_t seed, uint64_t index) {
    return dlt_stream_make((uint64_t)seed, DLT_PURPOSE_SYNTHESIS, STREAM_PARAMETERS, 0, index);
}

dlt_status dlt_synth_open(const dlt_format_context *context, void **out) {
    synth_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->ops = (const dlt_synth_ops *)context->format.kind;
    state->settings = context->format.settings;
    state->size = context->format.settings;
    int64_t classes = state->ops->classes == NULL ? 0 : state->ops->classes(state->settings);
    for (int64_t i = 0; i < classes; i++)
        dlt_text_add(&state->class_names, "%s%" PRId64, i == 0 ? "" : "\n", i);
    return dlt_text_check(&state->class_names);
}

dlt_status dlt_synth_begin(void *opaque, dlt_split split, dlt_split_facts *facts) {
    synth_state *state = opaque;
    state->split = split;
    state->sample = 0;
    *facts = (dlt_split_facts){.x_type = DLT_H5_F32, .y_type = DLT_H5_I32};
    facts->samples = split == DLT_SPLIT_TRAIN  ? state->size->samples
                     : split == DLT_SPLIT_TEST ? state->size->test_samples
                                               : 0;
    if (state->ops->classes != NULL)
        facts->class_names = dlt_text_of(&state->class_names);
    state->ops->describe(state->settings, facts);
    state->facts = *facts;
    return DLT_OK;
}

/* Neighbouring samples to draw. */
typedef struct worker_share {
    const synth_state *state;
    int64_t first; /* of the split */
    int64_t count;
    char *x; /* of the first one */
    char *y;
} worker_share;

static void *draw_share(void *context) {
    const worker_share *self = context;
    const synth_state *state = self->state;
    int64_t x_bytes =
        dlt_shape_count(&state->facts.x_shape) * dlt_h5_type_bytes(state->facts.x_type);
    int64_t y_bytes = dlt_h5_type_bytes(state->facts.y_type);
    for (int64_t i = 0; i < self->count; i++) {
        dlt_stream stream =
            dlt_stream_make((uint64_t)state->size->seed, DLT_PURPOSE_SYNTHESIS, STREAM_SAMPLES,
                            (uint64_t)state->split, (uint64_t)(self->first + i));
        state->ops->draw(state->settings, &stream, self->x + i * x_bytes, self->y + i * y_bytes);
    }
    return NULL;
}

/* As many shares as the machine can draw at a time, if drawing so many samples takes much longer
 * than starting threads does: a sample depends on its own index alone. */
static int count_shares(const synth_state *state, int64_t count) {
    const double worth_s = 1e-3;
    if (state->sample_s * (double)count < worth_s)
        return 1;
    return (int)dlt_max_i64(1, dlt_min_i64(SHARES_MAX, sysconf(_SC_NPROCESSORS_ONLN)));
}

/* The last share is this thread's; one that gets no thread of its own, too. */
static void draw_shares(worker_share *shares, int count) {
    pthread_t threads[SHARES_MAX];
    bool started[SHARES_MAX];
    for (int i = 0; i + 1 < count; i++)
        started[i] = pthread_create(&threads[i], NULL, draw_share, &shares[i]) == 0;
    draw_share(&shares[count - 1]);
    for (int i = 0; i + 1 < count; i++) {
        if (started[i])
            pthread_join(threads[i], NULL);
        else
            draw_share(&shares[i]);
    }
}

dlt_status dlt_synth_read(void *opaque, int64_t count, void *const *fields) {
    synth_state *state = opaque;
    char *const x = fields[0];
    char *const y = fields[1];
    worker_share shares[SHARES_MAX];
    int64_t x_bytes =
        dlt_shape_count(&state->facts.x_shape) * dlt_h5_type_bytes(state->facts.x_type);
    int64_t y_bytes = dlt_h5_type_bytes(state->facts.y_type);
    const int share_count = count_shares(state, count);
    for (int i = 0; i < share_count; i++) {
        int64_t first = i * count / share_count;
        shares[i] = (worker_share){.state = state,
                                   .first = state->sample + first,
                                   .count = (i + 1) * count / share_count - first,
                                   .x = x + first * x_bytes,
                                   .y = y + first * y_bytes};
    }
    double began = dlt_clock_s();
    draw_shares(shares, share_count);
    state->sample_s = (dlt_clock_s() - began) * share_count / (double)dlt_max_i64(count, 1);
    state->sample += count;
    return DLT_OK;
}

void dlt_synth_close(void *opaque) {
    synth_state *state = opaque;
    dlt_text_destroy(&state->class_names);
    dlt_free(state);
}
