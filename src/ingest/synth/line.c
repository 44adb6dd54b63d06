/* Points of a line with noise: y = slope x + intercept + noise n, x uniform in [-1, 1), n standard
 * normal. */
#include "ingest/synth/synth.h"

typedef struct line_settings {
    dlt_synth_size size; /* first */
    double slope;
    double intercept;
    double noise;
} line_settings;

/* Positions in a sample's stream. */
enum { LINE_X = 0, LINE_NOISE = 4 };

static void describe_line(const void *settings, dlt_split_facts *facts) {
    (void)settings;
    facts->x_shape = (dlt_shape){.rank = 1, .dim = {1}};
    facts->y_type = DLT_H5_F32;
}

static void draw_line(const void *opaque, const dlt_stream *stream, void *x, void *y) {
    const line_settings *settings = opaque;
    double position = 2 * dlt_stream_uniform(stream, LINE_X) - 1;
    double noise = settings->noise * dlt_stream_normal(stream, LINE_NOISE);
    *(float *)x = (float)position;
    *(float *)y = (float)(settings->slope * position + settings->intercept + noise);
}

static const dlt_key line_keys[] = {DLT_SYNTH_KEYS(line_settings, size, "1000", "200"),
                                    {.name = "slope",
                                     .type = DLT_KEY_REAL,
                                     .offset = offsetof(line_settings, slope),
                                     .default_value = "3",
                                     .minimum = -1e6,
                                     .maximum = 1e6,
                                     .help = "Slope of the line."},
                                    {.name = "intercept",
                                     .type = DLT_KEY_REAL,
                                     .offset = offsetof(line_settings, intercept),
                                     .default_value = "0",
                                     .minimum = -1e6,
                                     .maximum = 1e6,
                                     .help = "Value of the line at x = 0."},
                                    {.name = "noise",
                                     .type = DLT_KEY_REAL,
                                     .offset = offsetof(line_settings, noise),
                                     .default_value = "0.1",
                                     .minimum = 0,
                                     .maximum = 1e6,
                                     .help = "Standard deviation of the noise on y."},
                                    {.name = NULL}};

const dlt_synth_ops dlt_synth_line = {
    .format = {.entry = {.name = "line",
                         .summary = "Points of a line with noise, for linear regression.",
                         .keys = line_keys,
                         .settings_size = sizeof(line_settings)},
               DLT_SYNTH_FORMAT},
    .describe = describe_line,
    .draw = draw_line,
};
