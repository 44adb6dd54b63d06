/* Synthetic data sets: a sample is a pure function of the seed, the split and its index, so any of
 * them can be drawn without the others, in any number, in constant memory. */
#ifndef DLT_INGEST_SYNTH_SYNTH_H
#define DLT_INGEST_SYNTH_SYNTH_H

#include "base/philox.h"
#include "dltrain/extend/keys.h"
#include "ingest/format.h"

#include <stddef.h>
#include <stdint.h>

/* The settings of every kind begin with these, and its table with DLT_SYNTH_KEYS. */
typedef struct dlt_synth_size {
    int64_t samples;
    int64_t test_samples;
    int64_t seed;
} dlt_synth_size;

#define DLT_SYNTH_KEYS(settings, field, train_samples, held_out_samples)                           \
    {.name = "samples",                                                                            \
     .type = DLT_KEY_INT,                                                                          \
     .offset = offsetof(settings, field) + offsetof(dlt_synth_size, samples),                      \
     .default_value = (train_samples),                                                             \
     .minimum = 1,                                                                                 \
     .maximum = 1e12,                                                                              \
     .help = "Samples of the training split."},                                                    \
        {.name = "test_samples",                                                                   \
         .type = DLT_KEY_INT,                                                                      \
         .offset = offsetof(settings, field) + offsetof(dlt_synth_size, test_samples),             \
         .default_value = (held_out_samples),                                                      \
         .minimum = 0,                                                                             \
         .maximum = 1e12,                                                                          \
         .help = "Samples of the test split; 0 for none."},                                        \
    {                                                                                              \
        .name = "seed", .type = DLT_KEY_INT,                                                       \
        .offset = offsetof(settings, field) + offsetof(dlt_synth_size, seed),                      \
        .default_value = "1", .minimum = 0, .maximum = 1e18, .help = "Seed of all random numbers." \
    }

/* One kind. Its file's exported symbol is `format`, which must stand first. */
typedef struct dlt_synth_ops {
    dlt_format_ops format;
    /* Fills in what a sample is: types, shape, class names. */
    void (*describe)(const void *settings, dlt_split_facts *facts);
    /* Optional: the number of classes, which are then named "0", "1" and so on. */
    int64_t (*classes)(const void *settings);
    /* Draws one sample from its stream; settings start with the size. */
    void (*draw)(const void *settings, const dlt_stream *stream, void *x, void *y);
} dlt_synth_ops;

/* The format's functions for every kind. */
dlt_status dlt_synth_open(const dlt_format_context *context, void **out);
dlt_status dlt_synth_begin(void *opaque, dlt_split split, dlt_split_facts *facts);
dlt_status dlt_synth_read(void *opaque, int64_t count, void *const *fields);
void dlt_synth_close(void *opaque);

#define DLT_SYNTH_FORMAT                                                                           \
    .synthetic = true, .open = dlt_synth_open, .begin = dlt_synth_begin, .read = dlt_synth_read,   \
    .close = dlt_synth_close

/* Fixed parameters of a data set, such as cluster centres, come from this stream; samples never do.
 */
dlt_stream dlt_synth_parameters(int64_t seed, uint64_t index);

#endif
