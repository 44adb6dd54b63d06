/* `dltrain bench compare`: both sides are set up in the same processes and take rounds of equally
 * many steps in turn. The result is the median of the rounds' ratios because the speed of a machine
 * drifts. The first side's speed sizes a round, so that about 40 to 80 of them fit into the time. A
 * round takes as long as its slowest rank, which all ranks learn, so they stop after the same
 * round. */
#include "dltrain/bench.h"

#include "base/alloc.h"
#include "base/error.h"
#include "bench/harness.h"
#include "bench/report.h"
#include "bench/workload.h"
#include "comm/collectives.h"
#include "report/table.h"

enum { SIDES = 2, ROUNDS_LEAST = 9, ROUNDS_MOST = 513, ROUNDS_AIM = 41, WARM_UP_STEPS = 3 };

/* A workload set up in one of the two ways. */
typedef struct side {
    dlt_run *run;
    dlt_harness harness;
    double times[ROUNDS_MOST]; /* of a step, seconds */
} side;

typedef struct comparison {
    const dlt_comm *comm;
    const dlt_bench_compare_options *options;
    dlt_workload workload;
    side sides[SIDES];
    int rounds;
    int64_t steps;              /* of a round */
    double ratios[ROUNDS_MOST]; /* of the sides' times in a round */
} comparison;

/* The second side's overrides follow the common ones. */
static dlt_status load_run(comparison *self, int which) {
    const dlt_bench_compare_options *options = self->options;
    const int count = options->override_count + (which == 1 ? options->against_count : 0);
    const char **overrides = NULL;
    DLT_TRY(DLT_NEW(overrides, count));
    for (int i = 0; i < count; i++)
        overrides[i] = i < options->override_count ? options->overrides[i]
                                                   : options->against[i - options->override_count];
    dlt_status status =
        dlt_run_load(self->workload.path, overrides, count, &self->sides[which].run);
    dlt_free(overrides);
    return status;
}

static dlt_status load(comparison *self) {
    DLT_TRY(dlt_workload_find(self->options->workload, &self->workload));
    for (int which = 0; which < SIDES; which++)
        DLT_TRY(load_run(self, which));
    if (self->options->batch == 0 && self->sides[0].run->settings.train.batch < 1)
        return dlt_fail(DLT_ERR_ARG, "the run file's train.batch is 'all': give the number of "
                                     "samples of a step on each rank (--batch)");
    return DLT_OK;
}

static dlt_status set_up(comparison *self) {
    const dlt_bench_compare_options *options = self->options;
    DLT_TRY(dlt_agree(self->comm, load(self)));
    for (int which = 0; which < SIDES; which++)
        DLT_TRY(dlt_run_check_alike(self->comm, self->sides[which].run));
    for (int which = 0; which < SIDES; which++) {
        side *it = &self->sides[which];
        int64_t batch = options->batch > 0 ? options->batch : it->run->settings.train.batch;
        const dlt_harness_options harness = {.comm = self->comm,
                                             .run = it->run,
                                             .samples = self->workload.input,
                                             .batch = batch * dlt_comm_size(self->comm),
                                             .allreduce = which == 1 && options->allreduce};
        DLT_TRY(dlt_harness_create(&harness, &it->harness));
    }
    return DLT_OK;
}

/* As long a round as makes enough of them in the time, after a warm-up of both sides. */
static dlt_status find_steps(comparison *self) {
    const double wanted = self->options->seconds / SIDES / ROUNDS_AIM;
    double took = 0;
    for (int which = 0; which < SIDES; which++)
        DLT_TRY(dlt_harness_time(&self->sides[which].harness, WARM_UP_STEPS, &took));
    for (self->steps = 1;; self->steps *= 2) {
        double time_s = 0;
        DLT_TRY(dlt_harness_time(&self->sides[0].harness, self->steps, &time_s));
        DLT_TRY(dlt_max_real(self->comm, time_s, &took));
        if (took >= wanted / 2)
            return DLT_OK;
    }
}

/* In turn, so that a machine whose speed drifts slows both. */
static dlt_status run_rounds(comparison *self) {
    double elapsed = 0;
    DLT_TRY(find_steps(self));
    while (self->rounds < ROUNDS_LEAST ||
           (self->rounds < ROUNDS_MOST && elapsed < self->options->seconds)) {
        for (int which = 0; which < SIDES; which++) {
            double mine = 0;
            double slowest = 0;
            DLT_TRY(dlt_harness_time(&self->sides[which].harness, self->steps, &mine));
            DLT_TRY(dlt_max_real(self->comm, mine, &slowest));
            self->sides[which].times[self->rounds] = slowest / (double)self->steps;
            elapsed += slowest;
        }
        self->ratios[self->rounds] =
            self->sides[0].times[self->rounds] / self->sides[1].times[self->rounds];
        self->rounds++;
    }
    return DLT_OK;
}

static void name_other(const comparison *self, dlt_text *out) {
    for (int i = 0; i < self->options->against_count; i++)
        dlt_text_add(out, "%s%s", i > 0 ? " " : "", self->options->against[i]);
    if (self->options->allreduce)
        dlt_text_add(out, "%sMPI_Allreduce", self->options->against_count > 0 ? " " : "");
}

static dlt_status print_table(const comparison *self, const double *medians, double ratio) {
    static const dlt_table_column columns[] = {{"step of", DLT_LEFT},
                                               {"micro-batch", DLT_RIGHT},
                                               {"ms", DLT_RIGHT},
                                               {"samples/s", DLT_RIGHT},
                                               {"relative time", DLT_RIGHT}};
    dlt_table *table = NULL;
    dlt_text other = DLT_TEXT_EMPTY;
    name_other(self, &other);
    dlt_status status = dlt_text_check(&other);
    if (status == DLT_OK)
        status = dlt_table_create(columns, sizeof columns / sizeof columns[0], &table);
    for (int which = 0; which < SIDES && status == DLT_OK; which++) {
        const dlt_task *task = &self->sides[which].harness.engine.task;
        dlt_table_cell(table, "%s", which == 0 ? self->options->workload : dlt_text_of(&other));
        dlt_table_cell(table, "%lld", (long long)task->micro_batch);
        dlt_table_cell(table, "%.4g", 1e3 * medians[which]);
        dlt_table_cell(table, "%.1f", (double)task->batch / medians[which]);
        dlt_table_cell(table, "%.3f", which == 0 ? ratio : 1.0);
    }
    if (status == DLT_OK)
        status = dlt_table_print(table, 0, self->options->out);
    dlt_table_destroy(&table);
    dlt_text_destroy(&other);
    return status;
}

static dlt_status print_json(const comparison *self, const double *medians, double ratio) {
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_json json = {.text = &line};
    dlt_json_open(&json, NULL, '{');
    dlt_json_text(&json, "workload", self->options->workload);
    dlt_json_int(&json, "ranks", dlt_comm_size(self->comm));
    dlt_json_int(&json, "rounds", self->rounds);
    dlt_json_real(&json, "step_time_s", medians[0]);
    dlt_json_real(&json, "against_step_time_s", medians[1]);
    dlt_json_real(&json, "ratio", ratio);
    dlt_json_close(&json, '}');
    dlt_status status = dlt_bench_print_line(&line, self->options->out);
    dlt_text_destroy(&line);
    return status;
}

static dlt_status print(comparison *self) {
    double medians[SIDES];
    for (int which = 0; which < SIDES; which++)
        medians[which] = dlt_bench_median(self->rounds, self->sides[which].times);
    double ratio = dlt_bench_median(self->rounds, self->ratios);
    if (self->options->out == NULL)
        return DLT_OK;
    DLT_TRY(print_table(self, medians, ratio));
    return self->options->json ? print_json(self, medians, ratio) : DLT_OK;
}

static void tear_down(comparison *self) {
    for (int which = 0; which < SIDES; which++) {
        dlt_harness_destroy(&self->sides[which].harness);
        dlt_run_destroy(&self->sides[which].run);
    }
    dlt_free(self);
}

dlt_status dlt_bench_compare(const dlt_comm *comm, const dlt_bench_compare_options *options) {
    comparison *self = NULL;
    DLT_TRY(dlt_agree(comm, DLT_NEW(self, 1)));
    self->comm = comm;
    self->options = options;
    dlt_status status = set_up(self);
    if (status == DLT_OK)
        status = run_rounds(self);
    if (status == DLT_OK)
        status = dlt_agree_first(comm, dlt_comm_rank(comm) == 0 ? print(self) : DLT_OK);
    tear_down(self);
    return status;
}
