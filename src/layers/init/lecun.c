/* Variance 1 / fan_in (LeCun, Bottou, Orr, Müller 1998, "Efficient BackProp", section 4.6). The
 * normal is not truncated; Keras cuts it at two standard deviations. */
#include "layers/init/init_internal.h"

static void fill_uniform_lecun(const void *settings, const dlt_param_spec *spec,
                               const dlt_stream *stream, dlt_real *values) {
    (void)settings;
    dlt_init_scaled_uniform(spec, stream, 1, (double)spec->fan_in, values);
}

static void fill_normal_lecun(const void *settings, const dlt_param_spec *spec,
                              const dlt_stream *stream, dlt_real *values) {
    (void)settings;
    dlt_init_scaled_normal(spec, stream, 1, (double)spec->fan_in, values);
}

const dlt_initializer_ops dlt_initializer_lecun_uniform = {
    .entry = {.name = "lecun_uniform", .summary = "Uniform in +-sqrt(3 / fan_in)."},
    .fill = fill_uniform_lecun,
};

const dlt_initializer_ops dlt_initializer_lecun_normal = {
    .entry = {.name = "lecun_normal", .summary = "Normal of variance 1 / fan_in."},
    .fill = fill_normal_lecun,
};
