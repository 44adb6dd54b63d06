/* `dltrain verify`: starts in the order of train.c, trains the first updates, and prints the hash
 * of the state. With --extension the first process runs the self-tests of an extension. With
 * --compare the first process compares two traces, and nothing is trained. A run
 * that --stop-after or a signal ended returns EXIT_STOPPED. */
#include "dltrain/verify.h"
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "hang_rank.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_STEPS = 20 };

/* A number of updates; false after printing a sentence. */
static bool read_updates(const char *option, const char *text, int64_t *out) {
    char *end = NULL;
    if (text == NULL)
        return true;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0 && *out >= 1 && *out <= 1000000000)
        return true;
    (void)report_usage("'%s' takes a number of updates, at least 1, found '%s'", option, text);
    return false;
}

static int compare_traces(const option_list *arguments) {
    bool same = false;
    if (arguments->count != 2)
        return report_usage("'verify --compare' takes two traces, or the folders they are in");
    if (!meet_to_work_alone("verify --compare", arguments))
        return EXIT_FAILED;
    if (!is_first_process())
        return EXIT_DONE;
    if (dlt_verify_compare(arguments->at[0], arguments->at[1], stdout, &same) != DLT_OK)
        return report_failure();
    return same ? EXIT_DONE : EXIT_FAILED;
}

static int verify_extension(const char *path, const option_list *arguments) {
    if (arguments->count != 0)
        return report_usage("'verify --extension' takes a shared object and nothing else");
    if (!meet_to_work_alone("verify --extension", arguments))
        return EXIT_FAILED;
    if (!is_first_process())
        return EXIT_DONE;
    return dlt_verify_extension(path, stdout) == DLT_OK ? EXIT_DONE : report_failure();
}

static int exit_code(const dlt_verify_options *options, const dlt_train_result *result) {
    if (result->stop_reason == DLT_STOP_NONFINITE)
        return EXIT_NONFINITE;
    if (result->stop_reason == DLT_STOP_SIGNAL)
        return EXIT_STOPPED;
    bool stopped = result->stop_reason == DLT_STOP_STEPS && result->steps < options->steps;
    return stopped ? EXIT_STOPPED : EXIT_DONE;
}

/* loaded: how this rank fared so far. */
static int verify_run(const dlt_comm *comm, dlt_status loaded, dlt_run *run, int hanging_rank,
                      const dlt_verify_options *options) {
    dlt_train_result result;
    dlt_status status = dlt_agree(comm, loaded);
    if (status == DLT_OK && hang_rank(comm, hanging_rank, options->stop) != EXIT_DONE)
        return EXIT_USAGE;
    if (status == DLT_OK)
        status = dlt_verify(comm, run, options, &result);
    int code = status == DLT_OK ? exit_code(options, &result) : report_agreed_failure(comm);
    if (status == DLT_OK && dlt_comm_rank(comm) == 0)
        printf("%s at np %d: %lld updates, state %s\n", dlt_run_name(run), dlt_comm_size(comm),
               (long long)result.steps, result.state_hash);
    return code;
}

static int verify_watched(const char *path, char *facts, const option_list *overrides,
                          int hanging_rank, dlt_verify_options *options) {
    char folder[4096];
    dlt_run *run = NULL;
    dlt_comm *comm = NULL;
    const dlt_watchdog_options watch = {
        .folder = options->out, .on_hang = end_hung_job, .on_orphan = stop_orphaned_rank};
    dlt_status status = dlt_watchdog_start(&watch, &options->watchdog);
    if (status == DLT_OK)
        status = dlt_run_load(path, overrides->at, overrides->count, &run);
    if (status == DLT_OK) {
        snprintf(folder, sizeof folder, "runs/verify-%s", dlt_run_name(run));
        dlt_watchdog_adopt(options->watchdog, run, options->out != NULL ? options->out : folder);
    }
    options->stop = catch_signals();
    int code = start_ranks(facts, &comm) == DLT_OK
                   ? verify_run(comm, status, run, hanging_rank, options)
                   : report_start_failure();
    dlt_run_destroy(&run);
    dlt_comm_finish(&comm);
    dlt_watchdog_stop(&options->watchdog);
    return code;
}

int run_verify(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    dlt_verify_options options = {.steps = DEFAULT_STEPS};
    const char *steps = NULL;
    const char *stop_after = NULL;
    const char *hang = NULL;
    const char *extension = NULL;
    int hanging_rank = NO_HANG_RANK;
    bool compare = false;
    const option_row rows[] = {{.name = "--set", .values = &overrides},
                               {.name = "--out", .value = &options.out},
                               {.name = "--steps", .value = &steps},
                               {.name = "--stop-after", .value = &stop_after},
                               {.name = "--hang-rank", .value = &hang},
                               {.name = "--resume", .flag = &options.resume},
                               {.name = "--compare", .flag = &compare},
                               {.name = "--extension", .value = &extension},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_updates("--steps", steps, &options.steps) ||
        !read_updates("--stop-after", stop_after, &options.stop_after) ||
        !read_hang_rank(hang, &overrides, &hanging_rank))
        return EXIT_USAGE;
    const bool is_run = steps != NULL || stop_after != NULL || hang != NULL || options.resume ||
                        options.out != NULL || overrides.count > 0;
    if (compare && (is_run || extension != NULL))
        return report_usage("'verify --compare' takes two traces and no other option");
    if (extension != NULL && is_run)
        return report_usage("'verify --extension' takes a shared object and nothing else");
    if (extension != NULL)
        return verify_extension(extension, &arguments);
    if (compare)
        return compare_traces(&arguments);
    if (arguments.count != 1)
        return report_usage("'verify' takes one run file");
    char *facts = describe_command(argv[0], rows, NULL, NULL);
    return verify_watched(arguments.at[0], facts, &overrides, hanging_rank, &options);
}
