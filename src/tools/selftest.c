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

static double value_at(double (*function)(void *context), void *context, double at,
                       dlt_real *value) {
    const dlt_real kept = *value;
    *value = (dlt_real)at;
    const double result = function(context);
    *value = kept;
    return result;
}

/* (f(v + h) - f(v - h)) / 2h; bend: how much the slopes on both sides differ. */
static double difference(double (*function)(void *context), void *context, double step,
                         dlt_real *value, double *bend) {
    const double kept = (double)*value;
    const double reach = step * fmax(1, fabs(kept));
    const double high = (double)(dlt_real)(kept + reach);
    const double low = (double)(dlt_real)(kept - reach);
    const double above = value_at(function, context, high, value);
    const double here = value_at(function, context, kept, value);
    const double below = value_at(function, context, low, value);
    *bend = fabs((above - here) / (high - kept) - (here - below) / (kept - low));
    return (above - below) / (high - low);
}

/* True if a smaller step gives another slope, or still different ones on both sides, so that the
 * first one crossed a kink. */
static bool is_kink(double (*function)(void *context), void *context, double slope, double noise,
                    dlt_real *value) {
    double bend = 0;
    const double nearer = difference(function, context, STEP / 4, value, &bend);
    return fabs(nearer - slope) > GRADIENT * fabs(slope) + noise ||
           bend > 0.25 * fabs(slope) + 4 * noise;
}

void dlt_selftest_gradient(dlt_selftest *run, const char *what, double (*function)(void *context),
                           void *context, double magnitude, int64_t count, dlt_real *values,
                           const dlt_real *gradient) {
    const double noise = 4 * FLT_EPSILON * magnitude / STEP;
    double error = 0;
    double most = 0;
    int64_t at = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(values[i])) /* masked */
            continue;
        double bend = 0;
        const double slope = difference(function, context, STEP, &values[i], &bend);
        const double own = fabs(slope - (double)gradient[i]);
        most = fmax(most, fabs(slope));
        if (own <= error || (own > GRADIENT * fabs(slope) + noise &&
                             is_kink(function, context, slope, noise, &values[i])))
            continue;
        error = isnan(own) ? INFINITY : own;
        at = i;
    }
    const double share = error / (GRADIENT * most + noise + DBL_MIN);
    run->worst = fmax(run->worst, share);
    dlt_selftest_expect(run, share <= 1,
                        "the gradient of %s differs from central differences, most at element "
                        "%lld, where it is %g: %.3g times what is allowed",
                        what, (long long)at, count > 0 ? (double)gradient[at] : 0, share);
}
