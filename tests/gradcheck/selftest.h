/* What the walks over layers, losses, optimizers, schedules, metrics and transforms share: counting
 * failures, the settings and the numbers of a self-test. A walk prints failures only; its exit code
 * says whether there were any. */
#ifndef GRADCHECK_SELFTEST_H
#define GRADCHECK_SELFTEST_H

#include "config/config.h"
#include "dltrain/real.h"

#include <stdbool.h>
#include <stdint.h>

/** One walk over a registry. */
typedef struct selftest_run {
    const char *kind;                          /* "loss" */
    const dlt_registry_entry *const *registry; /* borrowed */
    int64_t balance;                           /* of the heap, at the start */
    int failures;
    int selftests;
    int selftests_before;          /* the present row */
    const dlt_registry_entry *row; /* where the walk is; borrowed */
    uint64_t keys_set;             /* bit i: some self-test of the row sets its key i */
} selftest_run;

/** One self-test; made by selftest_open, released by selftest_close. */
typedef struct selftest_case {
    selftest_run *run; /* borrowed */
    const char *name;
    dlt_config *config; /* owned: the settings live in it */
    dlt_selection selection;
} selftest_case;

selftest_run selftest_begin(const char *kind, const dlt_registry_entry *const *registry);
/** Prints the total; the exit code. */
int selftest_end(selftest_run *run);

/** Around the self-tests of a row: each row has one at least, and each of its keys is set in one.
 */
void selftest_row_begin(selftest_run *run, const dlt_registry_entry *row);
void selftest_row_end(selftest_run *run);

/** Reads the settings of a self-test; false, counted as a failure, if that fails or if they choose
 * another row. */
bool selftest_open(selftest_run *run, const char *name, const char *settings, selftest_case *out);
void selftest_close(selftest_case *it);

__attribute__((format(printf, 3, 4))) void selftest_expect(selftest_case *it, bool right,
                                                           const char *format, ...);

/** |got - expected| <= tolerance; NaN only equals NaN. */
void selftest_near(selftest_case *it, const char *what, int64_t index, double got, double expected,
                   double tolerance);

/** A copy of count numbers, or random normal ones where `from` is NULL. Caller owns the result. */
dlt_real *selftest_numbers(int64_t count, const double *from, uint32_t stream);

/** Random class numbers below `classes`, or a copy. Caller owns the result. */
int32_t *selftest_labels(int64_t count, const int32_t *from, int64_t classes);

#endif
