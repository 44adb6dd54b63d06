/* Variance 2 / fan, which keeps the scale of activations through ReLU (He et al. 2015, arXiv
 * 1502.01852, equations 10 and 14). The normal is not truncated, as in PyTorch (kaiming_normal_);
 * Keras cuts it at two standard deviations. */
#include "layers/init/init_internal.h"

typedef struct he_settings {
    int mode; /* index into modes */
} he_settings;

static const char *const modes[] = {"fan_in", "fan_out", NULL};

enum { MODE_FAN_OUT = 1 };

static const dlt_key keys[] = {
    {.name = "mode",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(he_settings, mode),
     .default_value = "fan_in",
     .enum_names = modes,
     .flags = DLT_KEY_SHORTHAND,
     .help =
         "fan_in keeps the scale in the forward pass, the default of Keras and PyTorch; fan_out "
         "in the backward pass."},
    {0},
};

static double fan_he(const he_settings *settings, const dlt_param_spec *spec) {
    return (double)(settings->mode == MODE_FAN_OUT ? spec->fan_out : spec->fan_in);
}

static void fill_uniform_he(const void *settings, const dlt_param_spec *spec,
                            const dlt_stream *stream, dlt_real *values) {
    dlt_init_scaled_uniform(spec, stream, 2, fan_he(settings, spec), values);
}

static void fill_normal_he(const void *settings, const dlt_param_spec *spec,
                           const dlt_stream *stream, dlt_real *values) {
    dlt_init_scaled_normal(spec, stream, 2, fan_he(settings, spec), values);
}

const dlt_initializer_ops dlt_initializer_he_uniform = {
    .entry = {"he_uniform", "Uniform in +-sqrt(6 / fan_in), for ReLU (Kaiming).", keys,
              sizeof(he_settings)},
    .fill = fill_uniform_he,
};

const dlt_initializer_ops dlt_initializer_he_normal = {
    .entry = {"he_normal", "Normal of variance 2 / fan_in, for ReLU (Kaiming).", keys,
              sizeof(he_settings)},
    .fill = fill_normal_he,
};
