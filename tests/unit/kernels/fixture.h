/* Random arrays, comparison, and the tables to walk. */
#ifndef KERNELS_FIXTURE_H
#define KERNELS_FIXTURE_H

#include "base/alloc.h"
#include "base/philox.h"
#include "dltrain/extend/kernels.h"
#include "dltrain/kernels_info.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const fixture_tables[] = {"ref", "blas", "onednn"};
enum { FIXTURE_TABLES = sizeof fixture_tables / sizeof fixture_tables[0] };

/* False where this build lacks the table. */
static inline bool fixture_select(const char *name, dlt_kernels *out) {
    assert_int_equal(dlt_kernels_threads(name, 1), DLT_OK);
    dlt_status status = dlt_kernels_select(name, out);
    if (status != DLT_ERR_UNSUPPORTED)
        assert_int_equal(status, DLT_OK);
    return status == DLT_OK;
}

static inline dlt_real *fixture_zeros(int64_t count) {
    dlt_real *values = dlt_alloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

/* Standard normal numbers; another tag gives other numbers. */
static inline dlt_real *fixture_normal(int64_t count, uint64_t tag) {
    dlt_real *values = fixture_zeros(count);
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, tag);
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
    return values;
}

static inline dlt_real *fixture_absolute(int64_t count, const dlt_real *values) {
    dlt_real *out = fixture_zeros(count);
    for (int64_t i = 0; i < count; i++)
        out[i] = (dlt_real)fabs((double)values[i]);
    return out;
}

/* Two sums of `terms` products of the same numbers, in whatever order, differ by at most
 * 2 gamma(terms) times the sum of the products' magnitudes (Higham 2002, Accuracy and Stability of
 * Numerical Algorithms, section 3.1), gamma(k) being about k eps / 2. A few operations more, such
 * as a bias, count as terms. */
static inline void fixture_expect_sums(int64_t count, int64_t terms, const dlt_real *expected,
                                       const dlt_real *magnitude, const dlt_real *actual) {
    const double eps = sizeof(dlt_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    for (int64_t i = 0; i < count; i++) {
        double bound = (double)(terms + 2) * eps * (double)magnitude[i];
        if (!(fabs((double)expected[i] - (double)actual[i]) <= bound))
            fail_msg("element %lld: %g, expected %g within %g", (long long)i, (double)actual[i],
                     (double)expected[i], bound);
    }
}

/* |actual - expected| <= roundings * eps * (|expected| + scale) */
static inline void fixture_expect_near(int64_t count, double roundings, double scale,
                                       const double *expected, const dlt_real *actual) {
    const double eps = sizeof(dlt_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    for (int64_t i = 0; i < count; i++) {
        double bound = roundings * eps * (fabs(expected[i]) + scale);
        if (!(fabs((double)actual[i] - expected[i]) <= bound))
            fail_msg("element %lld: %g, expected %g within %g", (long long)i, (double)actual[i],
                     expected[i], bound);
    }
}

static inline bool fixture_has_nan(int64_t count, const dlt_real *values) {
    for (int64_t i = 0; i < count; i++)
        if (isnan(values[i]))
            return true;
    return false;
}

#endif
