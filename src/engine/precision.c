/* Chooses onednn-bf16, a kernel table of its own, if `precision` asks for bf16, `train.kernels` is
 * auto or onednn, and build and processor have it; otherwise the run computes in fp32 and says why.
 * The measurement times one dense product in both tables in turn and keeps the best of twelve
 * trials, because a disturbance can only make a trial slower. */
#include "engine/precision.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"

#include <string.h>

static const char BF16_TABLE[] = "onednn-bf16";

bool dlt_precision_is_bf16(const dlt_run *run) {
    return strcmp(run->settings.precision, "bf16") == 0;
}

const char *dlt_precision_of(const dlt_kernels *kernels) {
    return strcmp(kernels->name, BF16_TABLE) == 0 ? "bf16" : "fp32";
}

/* The tables under the one with bf16 are for comparison, or for builds without oneDNN. */
static bool may_be_bf16(const dlt_run *run) {
    const char *asked = run->settings.train.kernels;
    return strcmp(asked, "auto") == 0 || strcmp(asked, "onednn") == 0;
}

dlt_status dlt_precision_select(const dlt_run *run, dlt_kernels *out) {
    if (dlt_precision_is_bf16(run) && may_be_bf16(run)) {
        dlt_status status = dlt_kernels_select(BF16_TABLE, out);
        if (status != DLT_ERR_UNSUPPORTED)
            return status;
    }
    return dlt_kernels_select(run->settings.train.kernels, out);
}

void dlt_precision_explain(const dlt_run *run, dlt_text *out) {
    dlt_kernels kernels;
    if (!may_be_bf16(run))
        dlt_text_add(out, "the kernels '%s' have no products in bf16", run->settings.train.kernels);
    else if (dlt_kernels_select(BF16_TABLE, &kernels) != DLT_OK)
        dlt_text_add(out, "%s", dlt_error_message());
}

bool dlt_precision_pays(const dlt_precision_rates *rates) {
    const double least = 1.5;
    return rates->bf16 >= least * rates->fp32;
}

/* A product as that of a wide layer: its operands are in the caches, and rounding them is a small
 * part. */
enum { ROWS = 256, INNER = 512, COLUMNS = 1024, TRIALS = 12 };

typedef struct timed_product {
    dlt_kernels kernels;
    dlt_dense dense;
    void *workspace;
    double best_s;
} timed_product;

static dlt_status prepare(const char *table, timed_product *self) {
    DLT_TRY(dlt_kernels_select(table, &self->kernels));
    self->dense = (dlt_dense){.n = ROWS, .d = INNER, .k = COLUMNS, .kernels = &self->kernels};
    DLT_TRY(self->kernels.dense_create(&self->dense));
    self->workspace = dlt_alloc(dlt_max_i64(self->dense.workspace_bytes, 1), 1);
    return self->workspace != NULL ? DLT_OK : DLT_ERR_MEM;
}

static void clear(timed_product *self) {
    if (self->dense.kernels != NULL)
        self->kernels.dense_destroy(&self->dense);
    dlt_free(self->workspace);
}

static void time_product(timed_product *self, const dlt_real *x, const dlt_real *weight,
                         dlt_real *y) {
    double began = dlt_clock_s();
    self->kernels.dense_forward(&self->dense, x, weight, NULL, y, self->workspace);
    double took = dlt_clock_s() - began;
    self->best_s = self->best_s == 0 || took < self->best_s ? took : self->best_s;
}

/* In turn, and the best of several trials: what disturbs one can only make it slower. */
static dlt_status time_products(timed_product *fp32, timed_product *bf16) {
    dlt_real *x = NULL;
    const int64_t count = ROWS * INNER + INNER * COLUMNS + ROWS * COLUMNS;
    DLT_TRY(DLT_NEW(x, count));
    for (int64_t i = 0; i < count; i++)
        x[i] = (dlt_real)(i % 7) - 3;
    dlt_real *weight = x + ROWS * INNER;
    dlt_real *y = weight + INNER * COLUMNS;
    for (int trial = 0; trial < TRIALS; trial++) {
        time_product(fp32, x, weight, y);
        if (bf16 != NULL)
            time_product(bf16, x, weight, y);
    }
    dlt_free(x);
    return DLT_OK;
}

dlt_status dlt_precision_measure(dlt_precision_rates *out) {
    const double flops = 2.0 * ROWS * INNER * COLUMNS;
    timed_product fp32 = {.best_s = 0};
    timed_product bf16 = {.best_s = 0};
    dlt_status status = prepare("auto", &fp32);
    DLT_TRY_OUT(status);
    status = prepare(BF16_TABLE, &bf16);
    bool has_bf16 = status != DLT_ERR_UNSUPPORTED;
    if (has_bf16)
        DLT_TRY_OUT(status);
    DLT_TRY_OUT(time_products(&fp32, has_bf16 ? &bf16 : NULL));
    *out = (dlt_precision_rates){.fp32 = flops / fp32.best_s,
                                 .bf16 = has_bf16 ? flops / bf16.best_s : 0};
out:
    clear(&fp32);
    clear(&bf16);
    return status;
}
