/* `dltrain train`. The watchdog starts first because MPI_Init can hang, the run file is read next
 * because the watchdog takes its limit and the run folder from it, then signals are caught, then
 * MPI starts. A failure before MPI is agreed once the ranks have started. The exit code tells a
 * supervisor whether to try again: EXIT_STOPPED says yes, EXIT_REFUSED says no. */
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "dltrain/trainer.h"
#include "hang_rank.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"
#include "time_limit.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_FOLDER_BYTES = 4096 };

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

/* What was refused to a resume is refused again, unless somebody changes a file: a supervisor that
 * tries again only wastes its allocation. A sentence about one rank ("rank 1: …", "rank 1 has …")
 * is another matter: its machine has another file, perhaps an old one that a network file system
 * remembers for a while. */
static int failure_code(dlt_status status, bool is_refused_resume) {
    const bool is_of_one_rank = strncmp(dlt_error_message(), "rank ", strlen("rank ")) == 0;
    const bool lasts =
        status == DLT_ERR_MISMATCH || status == DLT_ERR_CONFIG || status == DLT_ERR_SHAPE;
    return is_refused_resume && lasts && !is_of_one_rank ? EXIT_REFUSED : EXIT_FAILED;
}

/* loaded: how this rank fared so far. */
static int train_run(const dlt_comm *comm, dlt_status loaded, dlt_run *run, int hanging_rank,
                     const dlt_train_options *options) {
    dlt_train_result result = {0};
    dlt_status status = dlt_agree(comm, loaded);
    if (status == DLT_OK && hang_rank(comm, hanging_rank, options->stop) != EXIT_DONE)
        return EXIT_USAGE;
    if (status == DLT_OK)
        status = dlt_train(comm, run, options, &result);
    if (status != DLT_OK) {
        (void)report_agreed_failure(comm);
        return failure_code(status, options->resume && !result.has_begun);
    }
    int code = exit_code(result.stop_reason);
    if (code == EXIT_NONFINITE && dlt_comm_rank(comm) == 0)
        fprintf(stderr,
                "dltrain: the loss is no longer finite after update %lld; checkpoints written "
                "before are kept; lower the learning rate or set train.clip_norm\n",
                (long long)result.steps);
    return code;
}

/* Where --out does not say it. */
static const char *folder_of(const dlt_run *run, const char *out, char room[DEFAULT_FOLDER_BYTES]) {
    if (out != NULL)
        return out;
    snprintf(room, DEFAULT_FOLDER_BYTES, "runs/%s", dlt_run_name(run));
    return room;
}

/* For scripts that look after a run. */
static int print_folder(const char *path, const option_list *overrides, const char *out) {
    char room[DEFAULT_FOLDER_BYTES];
    dlt_run *run = NULL;
    if (!is_first_process())
        return EXIT_DONE;
    if (dlt_run_load(path, overrides->at, overrides->count, &run) != DLT_OK)
        return report_failure();
    printf("%s\n", folder_of(run, out, room));
    dlt_run_destroy(&run);
    return EXIT_DONE;
}

/* The run file is read before MPI starts, for the watchdog needs it, and MPI is watched, too. */
static int train_watched(const char *path, char *facts, const option_list *overrides,
                         int hanging_rank, dlt_train_options *options) {
    char room[DEFAULT_FOLDER_BYTES];
    dlt_run *run = NULL;
    dlt_comm *comm = NULL;
    const dlt_watchdog_options watch = {
        .folder = options->out, .on_hang = end_hung_job, .on_orphan = stop_orphaned_rank};
    dlt_status status = dlt_watchdog_start(&watch, &options->watchdog);
    if (status == DLT_OK)
        status = dlt_run_load(path, overrides->at, overrides->count, &run);
    if (status == DLT_OK)
        dlt_watchdog_adopt(options->watchdog, run, folder_of(run, options->out, room));
    options->stop = catch_signals();
    int code = start_ranks(facts, &comm) == DLT_OK
                   ? train_run(comm, status, run, hanging_rank, options)
                   : report_start_failure();
    dlt_run_destroy(&run);
    dlt_comm_finish(&comm);
    dlt_watchdog_stop(&options->watchdog);
    return code;
}

int run_train(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    dlt_train_options options = {.console = stdout};
    const char *time_limit = NULL;
    const char *hang = NULL;
    int hanging_rank = NO_HANG_RANK;
    bool asks_for_folder = false;
    const option_row rows[] = {{.name = "--set", .values = &overrides},
                               {.name = "--out", .value = &options.out},
                               {.name = "--time-limit", .value = &time_limit},
                               {.name = "--hang-rank", .value = &hang},
                               {.name = "--resume", .flag = &options.resume},
                               {.name = "--overwrite", .flag = &options.overwrite},
                               {.name = "--print-folder", .flag = &asks_for_folder},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_time_limit(time_limit, &options.time_limit_s) ||
        !read_hang_rank(hang, &overrides, &hanging_rank))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'train' takes one run file");
    if (options.resume && options.overwrite)
        return report_usage("--resume and --overwrite exclude each other");
    if (asks_for_folder) {
        const option_list words = words_of(argc, argv, 1);
        return meet_to_work_alone("train --print-folder", &words)
                   ? print_folder(arguments.at[0], &overrides, options.out)
                   : EXIT_FAILED;
    }
    char *facts = describe_command(argv[0], rows, NULL, NULL);
    options.time_limit_s = limit_by_job(options.time_limit_s);
    options.is_terminal = shows_on_terminal();
    return train_watched(arguments.at[0], facts, &overrides, hanging_rank, &options);
}
