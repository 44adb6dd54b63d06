/* Uniform between two bounds. */
#include "layers/init/init_internal.h"

typedef struct uniform_settings {
    double low;
    double high;
} uniform_settings;

static const dlt_key keys[] = {
    {.name = "low",
     .type = DLT_KEY_REAL,
     .offset = offsetof(uniform_settings, low),
     .default_value = "-0.05",
     .help = "Lower bound; the default is Keras', PyTorch has 0."},
    {.name = "high",
     .type = DLT_KEY_REAL,
     .offset = offsetof(uniform_settings, high),
     .default_value = "0.05",
     .help = "Upper bound; the default is Keras', PyTorch has 1."},
    {0},
};

static void fill_uniform(const void *settings, const dlt_param_spec *spec, const dlt_stream *stream,
                         dlt_real *values) {
    const uniform_settings *uniform = settings;
    dlt_init_uniform(spec, stream, uniform->low, uniform->high, values);
}

const dlt_initializer_ops dlt_initializer_uniform = {
    .entry = {"uniform", "Uniform between two bounds.", keys, sizeof(uniform_settings)},
    .fill = fill_uniform,
};
