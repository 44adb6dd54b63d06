/* Spiral arms in the plane, one per class: at t uniform in [0, 1) the arm k of K is at radius t and
 * angle 2 pi (turns t + k / K), plus normal noise. No straight line separates the classes. */
#include "ingest/synth/synth.h"

#include <math.h>

typedef struct spirals_settings {
    dlt_synth_size size; /* first */
    int64_t arms;
    double turns;
    double noise;
} spirals_settings;

/* Positions in a sample's stream; the two normals share a pair of uniforms. */
enum { SPIRALS_ARM = 0, SPIRALS_T = 1, SPIRALS_NOISE_X = 4, SPIRALS_NOISE_Y = 5 };

static const double two_pi = 6.283185307179586;

static void describe_spirals(const void *settings, dlt_split_facts *facts) {
    (void)settings;
    facts->x_shape = (dlt_shape){.rank = 1, .dim = {2}};
}

static int64_t classes_spirals(const void *opaque) {
    return ((const spirals_settings *)opaque)->arms;
}

static void draw_spirals(const void *opaque, const dlt_stream *stream, void *x, void *y) {
    const spirals_settings *settings = opaque;
    float *point = x;
    double arms = (double)settings->arms;
    int64_t arm = (int64_t)(dlt_stream_uniform(stream, SPIRALS_ARM) * arms);
    double t = dlt_stream_uniform(stream, SPIRALS_T);
    double angle = two_pi * (settings->turns * t + (double)arm / arms);
    point[0] =
        (float)(t * cos(angle) + settings->noise * dlt_stream_normal(stream, SPIRALS_NOISE_X));
    point[1] =
        (float)(t * sin(angle) + settings->noise * dlt_stream_normal(stream, SPIRALS_NOISE_Y));
    *(int32_t *)y = (int32_t)arm;
}

static const dlt_key spirals_keys[] = {DLT_SYNTH_KEYS(spirals_settings, size, "10000", "2000"),
                                       {.name = "arms",
                                        .type = DLT_KEY_INT,
                                        .offset = offsetof(spirals_settings, arms),
                                        .default_value = "3",
                                        .minimum = 1,
                                        .maximum = 1000,
                                        .help = "Number of arms, one per class."},
                                       {.name = "turns",
                                        .type = DLT_KEY_REAL,
                                        .offset = offsetof(spirals_settings, turns),
                                        .default_value = "0.75",
                                        .minimum = 0,
                                        .maximum = 100,
                                        .help = "Turns of an arm from the centre to its end."},
                                       {.name = "noise",
                                        .type = DLT_KEY_REAL,
                                        .offset = offsetof(spirals_settings, noise),
                                        .default_value = "0.02",
                                        .minimum = 0,
                                        .maximum = 100,
                                        .help =
                                            "Standard deviation of the noise in each direction; "
                                            "an arm ends at radius 1."},
                                       {.name = NULL}};

const dlt_synth_ops dlt_synth_spirals = {
    .format = {.entry = {.name = "spirals",
                         .summary = "Spiral arms in the plane, one per class.",
                         .keys = spirals_keys,
                         .settings_size = sizeof(spirals_settings)},
               DLT_SYNTH_FORMAT},
    .describe = describe_spirals,
    .classes = classes_spirals,
    .draw = draw_spirals,
};
