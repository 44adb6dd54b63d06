/* `dltrain bench`: reads the options of each benchmark and calls it. step, compare and reduce run
 * on all ranks. kernels, data and checkpoint run on the first process; the others only compare
 * their command lines with it and end. */
#include "dltrain/bench.h"
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "dltrain/progress.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number above zero from an option; false after printing a sentence. */
static bool read_positive(const char *option, const char *text, double *out) {
    char *end = NULL;
    if (text == NULL)
        return true;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0) || value > 1e15) {
        (void)report_usage("'%s' takes a number above 0, found '%s'", option, text);
        return false;
    }
    *out = value;
    return true;
}

static bool read_count(const char *option, const char *text, int64_t *out) {
    double value = (double)*out;
    if (!read_positive(option, text, &value))
        return false;
    *out = (int64_t)value;
    if ((double)*out == value)
        return true;
    (void)report_usage("'%s' takes a whole number, found '%s'", option, text);
    return false;
}

typedef struct bench_job {
    dlt_status (*bench)(const dlt_comm *comm, const void *options);
    const void *options;
} bench_job;

static int do_bench(const dlt_comm *comm, const void *context) {
    const bench_job *job = context;
    return job->bench(comm, job->options) == DLT_OK ? EXIT_DONE : report_agreed_failure(comm);
}

static int run_collectively(dlt_status (*bench)(const dlt_comm *comm, const void *options),
                            const void *options, char *facts) {
    const bench_job job = {bench, options};
    return run_on_ranks(facts, do_bench, &job);
}

static dlt_status bench_step(const dlt_comm *comm, const void *options) {
    return dlt_bench_step(comm, options);
}

static int run_step(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    dlt_bench_step_options options = {.seconds = 4, .out = stdout};
    const char *seconds = NULL;
    const char *batch = NULL;
    int64_t samples = 0;
    const option_row rows[] = {{.name = "--seconds", .value = &seconds},
                               {.name = "--batch", .value = &batch},
                               {.name = "--strong", .flag = &options.strong},
                               {.name = "--profile", .flag = &options.profile},
                               {.name = "--set", .values = &overrides},
                               {.name = "--json", .flag = &options.json},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_positive("--seconds", seconds, &options.seconds) ||
        !read_count("--batch", batch, &samples))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'bench step' takes one workload or run file");
    options.workload = arguments.at[0];
    options.overrides = overrides.at;
    options.override_count = overrides.count;
    options.batch = samples;
    return run_collectively(bench_step, &options, describe_command("bench step", rows, NULL, NULL));
}

static dlt_status bench_compare(const dlt_comm *comm, const void *options) {
    return dlt_bench_compare(comm, options);
}

static int run_compare(int argc, char **argv) {
    option_list arguments = {.count = 0};
    option_list overrides = {.count = 0};
    option_list against = {.count = 0};
    dlt_bench_compare_options options = {.seconds = 8, .out = stdout};
    const char *seconds = NULL;
    const char *batch = NULL;
    int64_t samples = 0;
    const option_row rows[] = {{.name = "--seconds", .value = &seconds},
                               {.name = "--batch", .value = &batch},
                               {.name = "--set", .values = &overrides},
                               {.name = "--against", .values = &against},
                               {.name = "--allreduce", .flag = &options.allreduce},
                               {.name = "--json", .flag = &options.json},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_positive("--seconds", seconds, &options.seconds) ||
        !read_count("--batch", batch, &samples))
        return EXIT_USAGE;
    if (arguments.count != 1 || (against.count == 0 && !options.allreduce))
        return report_usage(
            "'bench compare' takes one workload or run file, and what to compare it "
            "with: --against KEY=VALUE or --allreduce");
    options.workload = arguments.at[0];
    options.overrides = overrides.at;
    options.override_count = overrides.count;
    options.against = against.at;
    options.against_count = against.count;
    options.batch = samples;
    return run_collectively(bench_compare, &options,
                            describe_command("bench compare", rows, NULL, NULL));
}

static dlt_status bench_reduce(const dlt_comm *comm, const void *options) {
    return dlt_bench_reduce(comm, options);
}

static int run_reduce(int argc, char **argv) {
    option_list arguments = {.count = 0};
    dlt_bench_reduce_options options = {.max_bytes = 128 << 20, .out = stdout};
    const char *max_bytes = NULL;
    int64_t bytes = options.max_bytes;
    const option_row rows[] = {{.name = "--max-bytes", .value = &max_bytes},
                               {.name = "--json", .flag = &options.json},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_count("--max-bytes", max_bytes, &bytes))
        return EXIT_USAGE;
    if (arguments.count != 0)
        return report_usage("'bench reduce' takes options only");
    options.max_bytes = bytes;
    return run_collectively(bench_reduce, &options,
                            describe_command("bench reduce", rows, NULL, NULL));
}

static int run_kernels(int argc, char **argv) {
    option_list arguments = {.count = 0};
    dlt_bench_kernels_options options = {.seconds = 0.1, .out = stdout};
    const char *seconds = NULL;
    const option_row rows[] = {{.name = "--table", .value = &options.table},
                               {.name = "--only", .value = &options.only},
                               {.name = "--seconds", .value = &seconds},
                               {.name = "--json", .flag = &options.json},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) ||
        !read_positive("--seconds", seconds, &options.seconds))
        return EXIT_USAGE;
    if (arguments.count != 0)
        return report_usage("'bench kernels' takes options only");
    return dlt_bench_kernels(&options) == DLT_OK ? EXIT_DONE : report_failure();
}

/* Where temporary files go, as other programs have it. */
static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

/* Options that benchmarks of a disk have in common; sizes and rounds as they are read. */
typedef struct disk_options {
    const char *folder;
    int64_t size; /* samples or parameters */
    int rounds;
    bool cold;
    bool json;
    dlt_progress_bar *progress;
} disk_options;

static bool read_disk_options(int argc, char **argv, const char *size_name, disk_options *out) {
    option_list arguments = {.count = 0};
    const char *size = NULL;
    const char *rounds = NULL;
    int64_t round_count = 5;
    const bool reads = strcmp(size_name, "--samples") == 0;
    const option_row rows[] = {{.name = size_name, .value = &size},
                               {.name = "--folder", .value = &out->folder},
                               {.name = "--rounds", .value = &rounds},
                               {.name = "--json", .flag = &out->json},
                               {.name = reads ? "--cold" : NULL, .flag = &out->cold},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments) || !read_count(size_name, size, &out->size) ||
        !read_count("--rounds", rounds, &round_count))
        return false;
    if (arguments.count != 0) {
        (void)report_usage("'bench %s' takes options only", argv[0]);
        return false;
    }
    out->rounds = round_count > 1000 ? 1000 : (int)round_count;
    return true;
}

static int run_disk_bench(disk_options *disk, dlt_status (*bench)(const disk_options *disk)) {
    if (dlt_progress_bar_create(stdout, shows_on_terminal(), &disk->progress) != DLT_OK)
        return report_failure();
    dlt_status status = bench(disk);
    dlt_progress_bar_destroy(&disk->progress);
    return status == DLT_OK ? EXIT_DONE : report_failure();
}

static dlt_status bench_data(const disk_options *disk) {
    return dlt_bench_data(&(dlt_bench_data_options){.samples = disk->size,
                                                    .folder = disk->folder,
                                                    .rounds = disk->rounds,
                                                    .cold = disk->cold,
                                                    .json = disk->json,
                                                    .progress = disk->progress,
                                                    .out = stdout});
}

static int run_data_bench(int argc, char **argv) {
    disk_options disk = {.folder = temporary_folder(), .size = 200000};
    if (!read_disk_options(argc, argv, "--samples", &disk))
        return EXIT_USAGE;
    return run_disk_bench(&disk, bench_data);
}

static dlt_status bench_checkpoint(const disk_options *disk) {
    return dlt_bench_checkpoint(&(dlt_bench_checkpoint_options){.params = disk->size,
                                                                .folder = disk->folder,
                                                                .rounds = disk->rounds,
                                                                .json = disk->json,
                                                                .progress = disk->progress,
                                                                .out = stdout});
}

static int run_checkpoint(int argc, char **argv) {
    disk_options disk = {.folder = temporary_folder(), .size = 5000000};
    if (!read_disk_options(argc, argv, "--params", &disk))
        return EXIT_USAGE;
    return run_disk_bench(&disk, bench_checkpoint);
}

static int run_on_first(int (*run)(int argc, char **argv), int argc, char **argv) {
    const option_list words = words_of(argc, argv, 1);
    if (!meet_to_work_alone("bench", &words))
        return EXIT_FAILED;
    return is_first_process() ? run(argc - 1, argv + 1) : EXIT_DONE;
}

int run_bench(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
        bool on_ranks; /* as of a subcommand */
    } benches[] = {{"step", run_step, true},        {"compare", run_compare, true},
                   {"reduce", run_reduce, true},    {"kernels", run_kernels, false},
                   {"data", run_data_bench, false}, {"checkpoint", run_checkpoint, false}};
    if (argc < 2)
        return report_usage("'bench' needs step, compare, reduce, kernels, data or checkpoint");
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        if (strcmp(argv[1], benches[i].name) == 0)
            return benches[i].on_ranks ? benches[i].run(argc - 1, argv + 1)
                                       : run_on_first(benches[i].run, argc, argv);
    return report_usage(
        "'bench' knows step, compare, reduce, kernels, data and checkpoint, not '%s'", argv[1]);
}
