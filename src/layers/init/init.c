/* The model calls dlt_param_init for each parameter. It derives a random stream from the seed, the
 * node and the parameter, and hands the stream to the initialiser of the run file; a parameter
 * without an initialiser is filled with its constant. Every rank fills all parameters by itself and
 * gets the same bits. The other functions are the distributions that initialisers share. */
#include "layers/init/init_internal.h"

#include <math.h>

void dlt_init_normal(const dlt_param_spec *spec, const dlt_stream *stream, double mean, double std,
                     dlt_real *values) {
    int64_t count = dlt_shape_count(&spec->shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)(mean + std * dlt_stream_normal(stream, (uint64_t)i));
}

void dlt_init_uniform(const dlt_param_spec *spec, const dlt_stream *stream, double low, double high,
                      dlt_real *values) {
    int64_t count = dlt_shape_count(&spec->shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)(low + (high - low) * dlt_stream_uniform(stream, (uint64_t)i));
}

void dlt_init_constant(const dlt_param_spec *spec, double value, dlt_real *values) {
    int64_t count = dlt_shape_count(&spec->shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)value;
}

void dlt_init_scaled_normal(const dlt_param_spec *spec, const dlt_stream *stream, double scale,
                            double fan, dlt_real *values) {
    dlt_init_normal(spec, stream, 0, sqrt(scale / fan), values);
}

void dlt_init_scaled_uniform(const dlt_param_spec *spec, const dlt_stream *stream, double scale,
                             double fan, dlt_real *values) {
    /* The variance of a uniform in [-a, a) is a^2 / 3. */
    double limit = sqrt(3 * scale / fan);
    dlt_init_uniform(spec, stream, -limit, limit, values);
}

void dlt_param_init(const dlt_param_spec *spec, uint64_t seed, uint32_t node, uint32_t param,
                    dlt_real *values) {
    if (spec->init == NULL || spec->init->kind == NULL) {
        dlt_init_constant(spec, spec->constant, values);
        return;
    }
    /* Every entry of the registry is the first member of its ops. */
    const dlt_initializer_ops *ops = (const dlt_initializer_ops *)(const void *)spec->init->kind;
    dlt_stream stream = dlt_stream_make(seed, DLT_PURPOSE_INIT, node, param, 0);
    ops->fill(spec->init->settings, spec, &stream, values);
}
