#include "data/synth/synth.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>

/* Values of a stream's node. */
enum { STREAM_SAMPLES = 0, STREAM_PARAMETERS = 1 };

typedef struct synth_state {
    const dlt_synth_ops *ops;
    const void *settings;
    const dlt_synth_size *size;
    dlt_part part;
    int64_t sample; /* next */
    dlt_part_facts facts;
    dlt_text class_names;
} synth_state;

dlt_stream dlt_synth_parameters(int64_t seed, uint64_t index) {
    return dlt_stream_make((uint64_t)seed, DLT_PURPOSE_SYNTHESIS, STREAM_PARAMETERS, 0, index);
}

dlt_status dlt_synth_open(const dlt_format_site *site, void **out) {
    synth_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->ops = (const dlt_synth_ops *)site->format.kind;
    state->settings = site->format.settings;
    state->size = site->format.settings;
    int64_t classes = state->ops->classes == NULL ? 0 : state->ops->classes(state->settings);
    for (int64_t i = 0; i < classes; i++)
        dlt_text_add(&state->class_names, "%s%" PRId64, i == 0 ? "" : "\n", i);
    return dlt_text_check(&state->class_names);
}

dlt_status dlt_synth_begin(void *opaque, dlt_part part, dlt_part_facts *facts) {
    synth_state *state = opaque;
    state->part = part;
    state->sample = 0;
    *facts = (dlt_part_facts){.x_type = DLT_H5_F32, .y_type = DLT_H5_I32};
    facts->samples = part == DLT_PART_TRAIN ? state->size->samples : state->size->test_samples;
    if (state->ops->classes != NULL)
        facts->class_names = dlt_text_of(&state->class_names);
    state->ops->describe(state->settings, facts);
    state->facts = *facts;
    return DLT_OK;
}

dlt_status dlt_synth_read(void *opaque, int64_t count, void *x, void *y) {
    synth_state *state = opaque;
    int64_t x_bytes =
        dlt_shape_count(&state->facts.x_shape) * dlt_h5_type_bytes(state->facts.x_type);
    int64_t y_bytes = dlt_h5_type_bytes(state->facts.y_type);
    for (int64_t i = 0; i < count; i++) {
        dlt_stream stream =
            dlt_stream_make((uint64_t)state->size->seed, DLT_PURPOSE_SYNTHESIS, STREAM_SAMPLES,
                            (uint64_t)state->part, (uint64_t)state->sample++);
        state->ops->draw(state->settings, &stream, (char *)x + i * x_bytes,
                         (char *)y + i * y_bytes);
    }
    return DLT_OK;
}

void dlt_synth_close(void *opaque) {
    synth_state *state = opaque;
    dlt_text_destroy(&state->class_names);
    dlt_free(state);
}
