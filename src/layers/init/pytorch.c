/* What PyTorch's Linear and Conv2d start from, weight and bias alike: uniform in +-1 /
 * sqrt(fan_in), which is variance 1 / (3 fan_in) (its kaiming_uniform_ with a = sqrt 5). */
#include "layers/init/init_internal.h"

static void fill_pytorch(const void *settings, const dlt_param_spec *spec, const dlt_stream *stream,
                         dlt_real *values) {
    (void)settings;
    dlt_init_scaled_uniform(spec, stream, 1, 3 * (double)spec->fan_in, values);
}

const dlt_initializer_ops dlt_initializer_pytorch_uniform = {
    .entry = {.name = "pytorch_uniform",
              .summary = "Uniform in +-1 / sqrt(fan_in), PyTorch's default for weight and bias."},
    .fill = fill_pytorch,
};
