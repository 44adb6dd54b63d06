/* Drawing the values of a parameter: what the initialisers share. Element i takes position i of the
 * stream; everything is computed in double and rounded once. */
#ifndef DLT_LAYERS_INIT_INTERNAL_H
#define DLT_LAYERS_INIT_INTERNAL_H

#include "base/philox.h"
#include "dltrain/extend/initializer.h"

#include <stddef.h>

/** Normal of the given mean and standard deviation. */
void dlt_init_normal(const dlt_param_spec *spec, const dlt_stream *stream, double mean, double std,
                     dlt_real *values);

/** Uniform in [low, high). */
void dlt_init_uniform(const dlt_param_spec *spec, const dlt_stream *stream, double low, double high,
                      dlt_real *values);

/** All the same. */
void dlt_init_constant(const dlt_param_spec *spec, double value, dlt_real *values);

/** Variance scaling: values of mean 0 and variance scale / fan. */
void dlt_init_scaled_normal(const dlt_param_spec *spec, const dlt_stream *stream, double scale,
                            double fan, dlt_real *values);
void dlt_init_scaled_uniform(const dlt_param_spec *spec, const dlt_stream *stream, double scale,
                             double fan, dlt_real *values);

#endif
