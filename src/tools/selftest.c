/* What the walks over self-tests share. The library's own entries are tested in double, where a
 * difference quotient is good to ten digits; an extension is compiled for the program's floats, so
 * the step is large and the bound wide. It finds what is wrong, not what is inexact. */
#include "tools/selftest.h"

#include "base/error.h"
#include "base/philox.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>

static const double KNOWN_ANSWER = 1e-4;
static const double GRADIENT = 0.005;
static const double STEP = 1.0 / 64;

bool dlt_selftest_expect(dlt_selftest *run, bool right, const char *format, ...) {
    va_list arguments;
    if (right)
        return true;
    run->failures++;
    fprintf(run->out, "%s '%s', self-test '%s': ", run->kind, run->entry->name, run->name);
    va_start(arguments, format);
    vfprintf(run->out, format, arguments);
    va_end(arguments);
    fputc('\n', run->out);
    return false;
}

bool dlt_selftest_choose(dlt_selftest *run, const char *name, const char *settings,
                         dlt_selection *out) {
    run->name = name;
    run->count++;
    const bool read = dlt_config_choose(run->config, settings, run->registry, out) == DLT_OK;
    if (!dlt_selftest_expect(run, read, "settings \"%s\": %s", settings, dlt_error_message()))
        return false;
    return dlt_selftest_expect(run, out->kind == run->entry, "settings \"%s\" choose another entry",
                               settings);
}

bool dlt_selftest_near(dlt_selftest *run, const char *what, int64_t index, double got,
                       double expected) {
    const bool near = isnan(expected)
                          ? isnan(got)
                          : fabs(got - expected) <= KNOWN_ANSWER * fmax(1, fabs(expected));
    return dlt_selftest_expect(run, near, "%s %lld is %.9g, expected %.9g", what, (long long)index,
                               got, expected);
}

void dlt_selftest_fill(int64_t count, const double *from, uint32_t stream_number, dlt_real *out) {
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, stream_number, 0, 0);
    for (int64_t i = 0; i < count; i++)
        out[i] = (dlt_real)(from != NULL ? from[i] : dlt_stream_normal(&stream, (uint64_t)i));
}

static double difference(double (*function)(void *context), void *context, dlt_real *value) {
    const dlt_real kept = *value;
    const double step = STEP * fmax(1, fabs((double)kept));
    const dlt_real high = (dlt_real)((double)kept + step);
    const dlt_real low = (dlt_real)((double)kept - step);
    *value = high;
    const double above = function(context);
    *value = low;
    const double below = function(context);
    *value = kept;
    return (above - below) / ((double)high - (double)low);
}

void dlt_selftest_gradient(dlt_selftest *run, const char *what, double (*function)(void *context),
                           void *context, double magnitude, int64_t count, dlt_real *values,
                           const dlt_real *gradient) {
    const double noise = 4 * FLT_EPSILON * magnitude / STEP;
    double error = 0;
    double most = 0;
    int64_t at = 0;
    for (int64_t i = 0; i < count; i++) {
        const double numeric = difference(function, context, &values[i]);
        const double own = fabs(numeric - (double)gradient[i]);
        most = fmax(most, fabs(numeric));
        if (!(own <= error)) {
            error = isnan(own) ? INFINITY : own;
            at = i;
        }
    }
    const double share = count == 0 ? 0 : error / (GRADIENT * most + noise + DBL_MIN);
    run->worst = fmax(run->worst, share);
    dlt_selftest_expect(run, share <= 1,
                        "the gradient of %s differs from central differences, most at element "
                        "%lld, where it is %g: %.3g times what is allowed",
                        what, (long long)at, count > 0 ? (double)gradient[at] : 0, share);
}
