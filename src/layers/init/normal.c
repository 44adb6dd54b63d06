/* Normal of given mean and standard deviation, whole or cut at two standard deviations. */
#include "layers/init/init_internal.h"

#include <math.h>

typedef struct normal_settings {
    double mean;
    double std;
} normal_settings;

static const dlt_key keys[] = {
    {.name = "mean",
     .type = DLT_KEY_REAL,
     .offset = offsetof(normal_settings, mean),
     .default_value = "0",
     .help = "Mean."},
    {.name = "std",
     .type = DLT_KEY_REAL,
     .offset = offsetof(normal_settings, std),
     .default_value = "0.05",
     .minimum = 0,
     .maximum = 1e6,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Standard deviation before any cut; the default is Keras', PyTorch has 1."},
    {0},
};

/* Draws beyond two standard deviations are repeated: one in 22. After 64 repetitions, which happens
 * with probability 1e-86, the value is the mean. */
enum { DRAWS_MAX = 64 };

/* The draws of element i are this far apart in the stream, beyond any tensor's length. */
static const uint64_t DRAW_DISTANCE = UINT64_C(1) << 48;

static void fill_normal(const void *settings, const dlt_param_spec *spec, const dlt_stream *stream,
                        dlt_real *values) {
    const normal_settings *normal = settings;
    dlt_init_normal(spec, stream, normal->mean, normal->std, values);
}

static double draw_truncated(const dlt_stream *stream, uint64_t element) {
    for (uint64_t draw = 0; draw < DRAWS_MAX; draw++) {
        double value = dlt_stream_normal(stream, element + draw * DRAW_DISTANCE);
        if (fabs(value) <= 2)
            return value;
    }
    return 0;
}

static void fill_truncated_normal(const void *settings, const dlt_param_spec *spec,
                                  const dlt_stream *stream, dlt_real *values) {
    const normal_settings *normal = settings;
    int64_t count = dlt_shape_count(&spec->shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)(normal->mean + normal->std * draw_truncated(stream, (uint64_t)i));
}

const dlt_initializer_ops dlt_initializer_normal = {
    .entry = {"normal", "Normal of a given mean and standard deviation.", keys,
              sizeof(normal_settings)},
    .fill = fill_normal,
};

const dlt_initializer_ops dlt_initializer_truncated_normal = {
    .entry = {"truncated_normal",
              "Normal, values beyond two standard deviations drawn again (as Keras).", keys,
              sizeof(normal_settings)},
    .fill = fill_truncated_normal,
};
