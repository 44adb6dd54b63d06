/* Variance gain^2 * 2 / (fan_in + fan_out) (Glorot and Bengio 2010, AISTATS, equation 16). The
 * normal is not truncated, as in PyTorch; Keras cuts it at two standard deviations. */
#include "layers/init/init_internal.h"

typedef struct glorot_settings {
    double gain;
} glorot_settings;

static const dlt_key keys[] = {
    {.name = "gain",
     .type = DLT_KEY_REAL,
     .offset = offsetof(glorot_settings, gain),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e6,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor of all values."},
    {0},
};

static double scale_glorot(const glorot_settings *settings) {
    return 2 * settings->gain * settings->gain;
}

static double fan_glorot(const dlt_param_spec *spec) {
    return (double)spec->fan_in + (double)spec->fan_out;
}

static void fill_uniform_glorot(const void *settings, const dlt_param_spec *spec,
                                const dlt_stream *stream, dlt_real *values) {
    dlt_init_scaled_uniform(spec, stream, scale_glorot(settings), fan_glorot(spec), values);
}

static void fill_normal_glorot(const void *settings, const dlt_param_spec *spec,
                               const dlt_stream *stream, dlt_real *values) {
    dlt_init_scaled_normal(spec, stream, scale_glorot(settings), fan_glorot(spec), values);
}

#define UNIFORM_SUMMARY "Uniform in +-gain * sqrt(6 / (fan_in + fan_out)); Glorot is Xavier."
#define NORMAL_SUMMARY  "Normal of variance gain^2 * 2 / (fan_in + fan_out); Glorot is Xavier."

const dlt_initializer_ops dlt_initializer_glorot_uniform = {
    .entry = {"glorot_uniform", UNIFORM_SUMMARY, keys, sizeof(glorot_settings)},
    .fill = fill_uniform_glorot,
};

const dlt_initializer_ops dlt_initializer_xavier_uniform = {
    .entry = {"xavier_uniform", UNIFORM_SUMMARY, keys, sizeof(glorot_settings)},
    .fill = fill_uniform_glorot,
};

const dlt_initializer_ops dlt_initializer_glorot_normal = {
    .entry = {"glorot_normal", NORMAL_SUMMARY, keys, sizeof(glorot_settings)},
    .fill = fill_normal_glorot,
};

const dlt_initializer_ops dlt_initializer_xavier_normal = {
    .entry = {"xavier_normal", NORMAL_SUMMARY, keys, sizeof(glorot_settings)},
    .fill = fill_normal_glorot,
};
