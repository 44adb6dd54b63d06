/* Self-tests of registered entries, as the library's own are tested, but in the precision of the
 * program: known answers to about four digits, gradients against central differences. */
#ifndef DLT_TOOLS_SELFTEST_H
#define DLT_TOOLS_SELFTEST_H

#include "config/config.h"
#include "dltrain/extend/extension.h"

#include <stdbool.h>
#include <stdio.h>

/** The self-tests of one entry. */
typedef struct dlt_selftest {
    const char *kind;                          /* "layer" */
    const dlt_registry_entry *const *registry; /* borrowed */
    const dlt_registry_entry *entry;           /* borrowed */
    dlt_config *config;                        /* owned; settings live in it */
    dlt_kernels kernels;
    const char *name; /* of the self-test under way */
    FILE *out;        /* failures are printed here */
    bool is_exempt;   /* the entry needs none */
    int count;
    int failures;
    double worst; /* of all gradients: error as a share of what is allowed */
} dlt_selftest;

/** Reads the settings of the next self-test; false, counted as a failure, where they do not choose
 * the entry. */
bool dlt_selftest_choose(dlt_selftest *run, const char *name, const char *settings,
                         dlt_selection *out);

/** Counts and prints a failure unless `right`; returns it. */
__attribute__((format(printf, 3, 4))) bool dlt_selftest_expect(dlt_selftest *run, bool right,
                                                               const char *format, ...);

/** |got - expected| <= 1e-4 max(1, |expected|); NaN equals NaN alone. */
bool dlt_selftest_near(dlt_selftest *run, const char *what, int64_t index, double got,
                       double expected);

/** Copies numbers, or draws normal ones where `from` is NULL: a function of `stream`. */
void dlt_selftest_fill(int64_t count, const double *from, uint32_t stream, dlt_real *out);

/** Compares a gradient with (f(v + h) - f(v - h)) / 2h, element by element, h = 1/64 or |v| / 64.
 * Elements where a smaller step gives another slope, at a kink, and elements that are NaN are left
 * out. Allowed are 0.5 % of the largest element, and the rounding of f, a sum of terms of the given
 * magnitude in total, over h. */
void dlt_selftest_gradient(dlt_selftest *run, const char *what, double (*function)(void *context),
                           void *context, double magnitude, int64_t count, dlt_real *values,
                           const dlt_real *gradient);

/** One walk per kind over the entry's self-tests. Errors: MEM. */
typedef dlt_status dlt_selftest_walk(dlt_selftest *run);
dlt_selftest_walk dlt_selftest_layer, dlt_selftest_loss, dlt_selftest_optimizer,
    dlt_selftest_schedule, dlt_selftest_metric, dlt_selftest_transform;

#endif
