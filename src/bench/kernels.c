/* `dltrain bench kernels`: a kernel's time is the best of up to 20 trials because a disturbance can
 * only slow a trial down. Its limit is the larger of two times: its operations at the peak of
 * multiply-adds, and its bytes at the rate of a triad over as many bytes. Without --table all
 * tables are measured from the lowest up; a higher one repeats only products and convolutions,
 * because it takes the other kernels over from the one below. */
#include "dltrain/bench.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/philox.h"
#include "bench/kernel_cases.h"
#include "bench/limits.h"
#include "bench/report.h"
#include "config/config.h"
#include "dltrain/kernels_info.h"
#include "engine/precision.h"
#include "report/table.h"

#include <string.h>

enum { TRIALS = 20, LABELS = 64, FEATURES = 8 * 4096 };

typedef struct kernel_bench {
    const dlt_bench_kernels_options *options;
    double flops_per_s;
    dlt_precision_rates rates;
    dlt_kernels kernels; /* the table under way */
    dlt_kernel_memory memory;
    dlt_config *config; /* behind the optimizers' settings */
    dlt_table *table;
    dlt_text line;
    dlt_json json;
} kernel_bench;

static dlt_status allocate(kernel_bench *self) {
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_SYNTHESIS, 0, 0, 0);
    dlt_kernel_memory *memory = &self->memory;
    for (int a = 0; a < DLT_KERNEL_ARRAYS; a++) {
        DLT_TRY(DLT_NEW(memory->array[a], DLT_KERNEL_ELEMENTS));
        for (int64_t i = 0; i < DLT_KERNEL_ELEMENTS; i += 4) {
            dlt_philox_block block = dlt_stream_block(&stream, (uint64_t)i / 4);
            for (int word = 0; word < 4; word++)
                memory->array[a][i + word] = (dlt_real)(dlt_uniform_of(block.word[word]) - 0.5);
        }
    }
    DLT_TRY(DLT_NEW(memory->features, FEATURES));
    for (int i = 0; i < FEATURES; i++)
        memory->features[i] = 1;
    DLT_TRY(DLT_NEW(memory->labels, LABELS));
    return dlt_config_parse("{}", "bench", NULL, 0, &self->config);
}

static double time_calls(kernel_bench *self, const dlt_kernel_case *of, int64_t calls) {
    double began = dlt_clock_s();
    for (int64_t i = 0; i < calls; i++)
        of->family->call(&self->memory, of);
    return dlt_clock_s() - began;
}

/* Seconds of one call: the best of several trials, as for the limits, since what disturbs a trial
 * can only make it slower. The first call may also make the library compile something. */
static double time_case(kernel_bench *self, const dlt_kernel_case *of) {
    double wanted = self->options->seconds / TRIALS;
    double first = time_calls(self, of, 1);
    double best = time_calls(self, of, 1);
    best = first < best ? first : best;
    int64_t calls = dlt_max_i64(1, (int64_t)(wanted / (best + 1e-9)));
    double began = dlt_clock_s();
    for (int trial = 0; trial < TRIALS && dlt_clock_s() - began < self->options->seconds; trial++) {
        double took = time_calls(self, of, calls) / (double)calls;
        best = took < best ? took : best;
    }
    return best;
}

/* The least time a call can take: its arithmetic at the peak, or its bytes at the rate of a triad
 * that moves as many. */
static dlt_status find_limit(const kernel_bench *self, const dlt_kernel_case *of, double *limit_s) {
    const int64_t arrays = 3;
    double bytes = of->family->bytes(of);
    double bytes_per_s = 0;
    DLT_TRY(dlt_limits_triad(dlt_max_i64(64, (int64_t)bytes / arrays / (int64_t)sizeof(dlt_real)),
                             &bytes_per_s));
    double moving = bytes / bytes_per_s;
    double computing = of->family->flops != NULL ? of->family->flops(of) / self->flops_per_s : 0;
    *limit_s = moving > computing ? moving : computing;
    return DLT_OK;
}

static void add_row(kernel_bench *self, const char *table, const dlt_kernel_case *of, double took,
                    double limit_s) {
    bool computes = of->family->flops != NULL;
    double rate = 1e-9 * (computes ? of->family->flops(of) : of->family->bytes(of)) / took;
    dlt_table_cell(self->table, "%s", of->family->name);
    dlt_table_cell(self->table, "%s", of->where);
    dlt_table_cell(self->table, "%s", table);
    dlt_table_cell(self->table, "%.2f", 1e6 * took);
    dlt_table_cell(self->table, "%.1f %s", rate, computes ? "GFLOP/s" : "GB/s   ");
    dlt_table_cell(self->table, "%.2f", limit_s / took);
    dlt_json_open(&self->json, NULL, '{');
    dlt_json_text(&self->json, "kernel", of->family->name);
    dlt_json_text(&self->json, "where", of->where);
    dlt_json_text(&self->json, "table", table);
    dlt_json_real(&self->json, "time_s", took);
    dlt_json_real(&self->json, computes ? "gflops_per_s" : "gbytes_per_s", rate);
    dlt_json_real(&self->json, "limit_fraction", limit_s / took);
    dlt_json_close(&self->json, '}');
}

static dlt_status make_plan(dlt_kernel_memory *memory, const dlt_kernel_case *of, int64_t *bytes) {
    const dlt_kernels *kernels = memory->kernels;
    if (of->family->is_convolution) {
        memory->conv = (dlt_conv2d){
            .n = of->n, .geometry = dlt_kernel_case_geometry(of), .k = of->k, .groups = 1};
        DLT_TRY(kernels->conv2d_create(&memory->conv));
        *bytes = memory->conv.workspace_bytes;
    }
    if (of->family->layer != NULL) {
        memory->dense = of->family->layer(of);
        memory->dense.kernels = kernels;
        DLT_TRY(kernels->dense_create(&memory->dense));
        *bytes = memory->dense.workspace_bytes;
    }
    return DLT_OK;
}

static void destroy_plan(dlt_kernel_memory *memory, const dlt_kernel_case *of) {
    if (of->family->is_convolution)
        memory->kernels->conv2d_destroy(&memory->conv);
    if (of->family->layer != NULL)
        memory->kernels->dense_destroy(&memory->dense);
}

static dlt_status prepare(kernel_bench *self, const dlt_kernel_case *of) {
    dlt_kernel_memory *memory = &self->memory;
    if (of->family->optimizer != NULL)
        return dlt_config_choose(self->config, of->family->optimizer, dlt_optimizers,
                                 &memory->optimizer);
    int64_t bytes = 0;
    DLT_TRY(make_plan(memory, of, &bytes));
    memory->workspace = dlt_alloc(dlt_max_i64(bytes, 1), 1);
    if (memory->workspace != NULL)
        return DLT_OK;
    destroy_plan(memory, of);
    return DLT_ERR_MEM;
}

static void clear(kernel_bench *self, const dlt_kernel_case *of) {
    dlt_kernel_memory *memory = &self->memory;
    destroy_plan(memory, of);
    dlt_free(memory->workspace);
    memory->workspace = NULL;
}

static dlt_status run_case(kernel_bench *self, const char *table, const dlt_kernel_case *of) {
    double limit_s = 0;
    DLT_TRY(find_limit(self, of, &limit_s));
    DLT_TRY(prepare(self, of));
    add_row(self, table, of, time_case(self, of), limit_s);
    clear(self, of);
    return DLT_OK;
}

/* A table repeats the entries that it takes over from the one below: those are timed there only. */
static bool is_new(const dlt_kernel_family *family, bool is_lowest, bool adds_products) {
    bool is_product = family->flops != NULL;
    return is_lowest || (is_product && adds_products);
}

static dlt_status run_table(kernel_bench *self, const char *name, bool is_lowest) {
    const dlt_bench_kernels_options *options = self->options;
    DLT_TRY(dlt_kernels_select(name, &self->kernels));
    self->memory.kernels = &self->kernels;
    bool adds_products = strcmp(name, "ref") != 0;
    for (int i = 0; i < dlt_kernel_case_count; i++) {
        const dlt_kernel_case *of = &dlt_kernel_cases[i];
        bool wanted = options->only == NULL ||
                      strncmp(of->family->name, options->only, strlen(options->only)) == 0;
        if (!wanted || !is_new(of->family, is_lowest, adds_products))
            continue;
        bool from_table = of->family->optimizer == NULL;
        DLT_TRY(run_case(self, from_table ? self->kernels.name : "", of));
    }
    return DLT_OK;
}

static dlt_status run_tables(kernel_bench *self) {
    static const char *const names[] = {"ref", "blas", "onednn", "onednn-bf16"};
    if (self->options->table != NULL)
        return run_table(self, self->options->table, true);
    for (int i = 0; i < 4; i++) {
        dlt_kernels kernels;
        /* A build without oneDNN has two tables, and a processor without bf16 three. */
        if (i < 2 || dlt_kernels_select(names[i], &kernels) == DLT_OK)
            DLT_TRY(run_table(self, names[i], i == 0));
    }
    return DLT_OK;
}

static void add_rates(const kernel_bench *self, dlt_text *out) {
    const dlt_precision_rates *rates = &self->rates;
    dlt_text_add(out, "\nproducts of matrices: %.1f GFLOP/s in fp32", 1e-9 * rates->fp32);
    if (rates->bf16 > 0)
        dlt_text_add(out, ", %.1f in bf16: %.2f times as fast", 1e-9 * rates->bf16,
                     rates->bf16 / rates->fp32);
    else
        dlt_text_add(out, ", none in bf16 on this machine");
    dlt_text_add(out, "\npeak %.1f GFLOP/s in fused multiply-adds, OpenBLAS core %s",
                 1e-9 * self->flops_per_s, dlt_blas_core_name());
}

static dlt_status print(const kernel_bench *self) {
    FILE *out = self->options->out;
    dlt_text rates = DLT_TEXT_EMPTY;
    DLT_TRY(dlt_table_print(self->table, 0, out));
    add_rates(self, &rates);
    dlt_status status = dlt_bench_print_line(&rates, out);
    dlt_text_destroy(&rates);
    if (status != DLT_OK || !self->options->json)
        return status;
    return dlt_bench_print_line(&self->line, out);
}

static dlt_status run(kernel_bench *self) {
    static const dlt_table_column columns[] = {{"kernel", DLT_LEFT}, {"shape of", DLT_LEFT},
                                               {"table", DLT_LEFT},  {"us", DLT_RIGHT},
                                               {"rate", DLT_RIGHT},  {"of its limit", DLT_RIGHT}};
    DLT_TRY(dlt_kernels_threads("auto", 1));
    DLT_TRY(allocate(self));
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &self->table));
    self->flops_per_s = dlt_limits_peak();
    DLT_TRY(dlt_precision_measure(&self->rates));
    dlt_json_open(&self->json, NULL, '{');
    dlt_json_real(&self->json, "flops_per_s", self->flops_per_s);
    dlt_json_real(&self->json, "fp32_products_flops_per_s", self->rates.fp32);
    dlt_json_real(&self->json, "bf16_products_flops_per_s", self->rates.bf16);
    dlt_json_open(&self->json, "kernels", '[');
    DLT_TRY(run_tables(self));
    dlt_json_close(&self->json, ']');
    dlt_json_close(&self->json, '}');
    return self->options->out != NULL ? print(self) : DLT_OK;
}

dlt_status dlt_bench_kernels(const dlt_bench_kernels_options *options) {
    kernel_bench self = {.options = options, .line = DLT_TEXT_EMPTY};
    self.json = (dlt_json){.text = &self.line};
    dlt_status status = run(&self);
    dlt_table_destroy(&self.table);
    dlt_text_destroy(&self.line);
    dlt_config_destroy(&self.config);
    for (int a = 0; a < DLT_KERNEL_ARRAYS; a++)
        dlt_free(self.memory.array[a]);
    dlt_free(self.memory.features);
    dlt_free(self.memory.labels);
    return status;
}
