#include "cli_internal.h"
#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "dltrain/trainer.h"
#include "options.h"
#include "ranks.h"
#include "time_limit.h"

#include <stdio.h>
#include <unistd.h>

static int exit_code(dlt_stop_reason reason) {
    switch (reason) {
    case DLT_STOP_SIGNAL:
    case DLT_STOP_TIME:
        return EXIT_STOPPED;
    case DLT_STOP_NONFINITE:
        return EXIT_NONFINITE;
    case DLT_STOP_STEPS:
    case DLT_STOP_FINISHED:
    case DLT_STOP_EARLY:
        break;
    }
    return EXIT_DONE;
}

static int train_run(const dlt_comm *comm, const char *path, const option_list *overrides,
                     const dlt_train_options *options) {
    dlt_run *run = NULL;
    dlt_train_result result = {0};
    dlt_status status = dlt_agree(comm, dlt_run_load(path, overrides->at, overrides->count, &run));
    if (status == DLT_OK)
        status = dlt_train(comm, run, options, &result);
    int code = status == DLT_OK ? exit_code(result.stop_reason) : report_agreed_failure(comm);
    if (code == EXIT_NONFINITE && dlt_comm_rank(comm) == 0)
        fprintf(stderr,
                "dltrain: the loss is no longer finite after update %lld; checkpoints written "
                "before are kept; lower the learning rate or set train.clip_norm\n",
                (long long)result.steps);
    dlt_run_destroy(&run);
    return code;
}

/* Called while this rank's other threads stand still: nothing but the message, and the end. */
static void end_hung_run(void *context, const char *report) {
    (void)context;
    if (report != NULL)
        fprintf(stderr, "dltrain: %s\n", report);
    _exit(EXIT_HUNG);
}

int run_train(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    dlt_train_options options = {.console = stdout, .on_hang = end_hung_run};
    const char *time_limit = NULL;
    const option_row rows[] = {{.name = "--set", .values = &overrides},
                               {.name = "--out", .value = &options.out},
                               {.name = "--time-limit", .value = &time_limit},
                               {.name = "--resume", .flag = &options.resume},
                               {.name = "--overwrite", .flag = &options.overwrite},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_time_limit(time_limit, &options.time_limit_s))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'train' takes one run file");
    if (options.resume && options.overwrite)
        return report_usage("--resume and --overwrite exclude each other");
    options.time_limit_s = limit_by_job(options.time_limit_s);
    options.is_terminal = shows_on_terminal();
    options.stop = catch_signals();
    dlt_comm *comm = NULL;
    if (dlt_comm_start(&comm) != DLT_OK)
        return report_failure();
    int code = train_run(comm, arguments.at[0], &overrides, &options);
    dlt_comm_finish(&comm);
    return code;
}
