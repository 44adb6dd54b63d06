/* In what numbers a run multiplies: the key `precision` and the kernel table that it leads to. */
#ifndef DLT_ENGINE_PRECISION_H
#define DLT_ENGINE_PRECISION_H

#include "base/text.h"
#include "dltrain/extend/kernels.h"
#include "dltrain/status.h"
#include "run/run.h"

#include <stdbool.h>

/** Whether the run file asks for products in bf16. */
bool dlt_precision_is_bf16(const dlt_run *run);

/** "fp32" or "bf16": what a table multiplies. */
const char *dlt_precision_of(const dlt_kernels *kernels);

/** The run's kernel table: that of train.kernels, with products in bf16 where `precision` asks for
 *  them and this machine has them, which the table's name tells. Not collective; the table must be
 *  compared over the ranks.
 *  Errors: UNSUPPORTED if this build lacks the table. */
DLT_CHECKED dlt_status dlt_precision_select(const dlt_run *run, dlt_kernels *out);

/** Floating-point operations per second of one rank's products of matrices. */
typedef struct dlt_precision_rates {
    double fp32;
    double bf16; /* rounding the operands included; 0: this machine or build has no such products */
} dlt_precision_rates;

/** Measures for a tenth of a second, with as many threads as were set. Not collective. Errors: MEM,
 * INTERNAL. */
DLT_CHECKED dlt_status dlt_precision_measure(dlt_precision_rates *out);

/** Whether bf16 is worth its rounding: products at least 1.5 times as fast. */
bool dlt_precision_pays(const dlt_precision_rates *rates);

/** Why a run with `precision: bf16` computes in fp32 after all: "this processor has no …". */
void dlt_precision_explain(const dlt_run *run, dlt_text *out);

#endif
