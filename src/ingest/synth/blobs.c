/* Gaussian clusters, one per class: centres uniform in [-box, box) in every feature, samples normal
 * around them. */
#include "ingest/synth/synth.h"

typedef struct blobs_settings {
    dlt_synth_size size; /* first */
    int64_t classes;
    int64_t features;
    double box;
    double spread;
} blobs_settings;

/* Positions in a sample's stream. */
enum { BLOBS_LABEL = 0, BLOBS_NOISE = 4 };

static void describe_blobs(const void *opaque, dlt_split_facts *facts) {
    const blobs_settings *settings = opaque;
    facts->x_shape = (dlt_shape){.rank = 1, .dim = {settings->features}};
}

static int64_t classes_blobs(const void *opaque) {
    return ((const blobs_settings *)opaque)->classes;
}

static void draw_blobs(const void *opaque, const dlt_stream *stream, void *x, void *y) {
    const blobs_settings *settings = opaque;
    float *features = x;
    int64_t label = (int64_t)(dlt_stream_uniform(stream, BLOBS_LABEL) * (double)settings->classes);
    dlt_stream centres = dlt_synth_parameters(settings->size.seed, (uint64_t)label);
    for (int64_t f = 0; f < settings->features; f++) {
        double centre = settings->box * (2 * dlt_stream_uniform(&centres, (uint64_t)f) - 1);
        double noise = dlt_stream_normal(stream, (uint64_t)(BLOBS_NOISE + f));
        features[f] = (float)(centre + settings->spread * noise);
    }
    *(int32_t *)y = (int32_t)label;
}

static const dlt_key blobs_keys[] = {DLT_SYNTH_KEYS(blobs_settings, size, "10000", "2000"),
                                     {.name = "classes",
                                      .type = DLT_KEY_INT,
                                      .offset = offsetof(blobs_settings, classes),
                                      .default_value = "3",
                                      .minimum = 1,
                                      .maximum = 1000,
                                      .help = "Number of clusters."},
                                     {.name = "features",
                                      .type = DLT_KEY_INT,
                                      .offset = offsetof(blobs_settings, features),
                                      .default_value = "2",
                                      .minimum = 1,
                                      .maximum = 1e6,
                                      .help = "Numbers per sample."},
                                     {.name = "box",
                                      .type = DLT_KEY_REAL,
                                      .offset = offsetof(blobs_settings, box),
                                      .default_value = "10",
                                      .minimum = 0,
                                      .maximum = 1e6,
                                      .help = "Centres lie within plus or minus this."},
                                     {.name = "spread",
                                      .type = DLT_KEY_REAL,
                                      .offset = offsetof(blobs_settings, spread),
                                      .default_value = "1",
                                      .minimum = 0,
                                      .maximum = 1e6,
                                      .help = "Standard deviation of a cluster in every feature."},
                                     {.name = NULL}};

const dlt_synth_ops dlt_synth_blobs = {
    .format = {.entry = {.name = "blobs",
                         .summary = "Gaussian clusters, one per class.",
                         .keys = blobs_keys,
                         .settings_size = sizeof(blobs_settings)},
               DLT_SYNTH_FORMAT},
    .describe = describe_blobs,
    .classes = classes_blobs,
    .draw = draw_blobs,
};
