#include "cli_internal.h"
#include "dltrain/kernels_info.h"
#include "dltrain/progress.h"
#include "launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const subcommand subcommands[] = {
    {"train",
     "RUN.yaml [--set KEY=VALUE]... [--out DIR] [--resume | --overwrite] [--time-limit 1h30m] "
     "[--print-folder]",
     "train a model as a run file says", run_train, true},
    {"plan",
     "RUN.yaml [--weak] [--ranks 1,2,4] [--ranks-per-node R] [--net 2us,12.5GB/s] [--input "
     "28,28,1] "
     "[--set KEY=VALUE]... [--json]",
     "say what a run will cost: per node of the model, in memory, and in time on 1 to 4096 ranks: "
     "step = compute "
     "+ additions + messages that backward does not hide + update (of a slice where sharded)",
     run_plan, true},
    {"eval", "RUN_DIR [--data PREFIX|FILE] [--checkpoint FILE]",
     "loss and metrics of a data set under the weights of a run", run_eval, true},
    {"predict",
     "RUN_DIR --out FILE.h5|FILE.csv [--data PREFIX|FILE] [--checkpoint FILE] [--overwrite]",
     "write predictions for every sample of a data set", run_predict, true},
    {"data",
     "import NAME|FILE.yaml --source DIR | import FOLDER|ARCHIVE [--resize H[xW]] [--crop] | "
     "import TABLE.csv --target COLUMN, each with [--split TRAIN[,VALIDATION],TEST] "
     "[--like RUN|FILE|PREFIX] [--set KEY=VALUE]... [--out DIR] [--shards N] [--overwrite] | "
     "synth digits|blobs|spirals|line --out DIR [--samples N] [--test-samples N] [--seed S] "
     "[--set KEY=VALUE]... [--shards N] [--overwrite] | info PREFIX|FILE [--x NAME] [--y NAME]",
     "make and describe data sets", run_data, false},
    {"inspect", "FILE|RUN_DIR|PREFIX", "describe a checkpoint, a run or a data set", run_inspect,
     false},
    {"list", "[KIND]",
     "list layers, losses, optimizers, schedules, metrics, transforms, initializers, formats",
     run_list, false},
    {"help", "[KEY]", "explain a key of the run file, a section or an entry of `list`", run_help,
     false},
    {"verify",
     "RUN.yaml [--steps S] [--set KEY=VALUE]... [--out DIR] [--stop-after K] [--resume] | "
     "--compare TRACE TRACE",
     "train the first updates and record a hash of every tensor; say where two records differ",
     run_verify, true},
    {"doctor", "", "look for trouble on this machine and say what to do", run_doctor, true},
    {"bench",
     "step WORKLOAD [--seconds S] [--batch B] [--strong] [--profile] [--set KEY=VALUE]... [--json] "
     "| compare WORKLOAD (--against KEY=VALUE | --allreduce)... | reduce [--max-bytes N] | kernels "
     "[--table NAME] [--only NAME] | data [--samples N] "
     "[--folder DIR] [--rounds R] [--cold] [--json] | checkpoint [--params N] [--folder DIR] "
     "[--rounds R] [--json]",
     "measure training steps, the reduction, the kernels, reading data or writing checkpoints "
     "beside the machine's limit",
     run_bench, true},
};

enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof subcommands[0] };

int report_failure(void) {
    fprintf(stderr, "dltrain: %s\n", dlt_error_message());
    return EXIT_FAILED;
}

static void print_usage(const subcommand *shown) {
    printf("  dltrain %s ", shown->name);
    dlt_print_folded(stdout, shown->arguments, (int)strlen(shown->name) + 11, 10, help_columns());
    printf("      ");
    dlt_print_folded(stdout, shown->summary, 6, 6, help_columns());
}

static int print_help(void) {
    printf("dltrain %s: data-parallel training on CPU clusters\n\n", DLT_VERSION);
    for (int i = 0; i < SUBCOMMAND_COUNT; i++)
        print_usage(&subcommands[i]);
    printf("\n");
    dlt_print_folded(
        stdout,
        "train, verify, eval and predict run on many ranks with `mpirun -np N dltrain "
        "...`; see `dltrain help launch`.\n"
        "Exit codes: 0 done, 1 error, 2 wrong usage, 3 loss not finite, 4 run file and run do "
        "not fit for --resume, 70 hung, 75 stopped by a signal or a time limit with a "
        "checkpoint written (continue with --resume).",
        0, 0, help_columns());
    return EXIT_DONE;
}

/* What `dltrain` alone prints. */
static int print_start_page(void) {
    printf("dltrain %s trains neural networks on one machine or a CPU cluster.\n\n"
           "  dltrain data synth digits --out data/digits    make a dataset to try it on\n"
           "  dltrain train run.yaml                         train as a run file says\n"
           "  mpirun -np 4 dltrain train run.yaml            the same on four ranks\n"
           "  dltrain eval runs/NAME                         loss and metrics of the test data\n"
           "  dltrain predict runs/NAME --out FILE.h5        predictions for each sample\n\n"
           "`dltrain help` explains each key of a run file, `dltrain help epochs` one of them.\n"
           "`dltrain help import` begins with data of your own, `dltrain --help` shows all "
           "commands.\n",
           DLT_VERSION);
    return EXIT_DONE;
}

static const subcommand *find_subcommand(const char *name) {
    for (int i = 0; i < SUBCOMMAND_COUNT; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

bool print_subcommand_help(const char *name) {
    const subcommand *found = find_subcommand(name);
    if (found != NULL)
        print_usage(found);
    return found != NULL;
}

static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What the first process does for all. */
static int run_alone(const subcommand *chosen, bool needs_help, int argc, char **argv) {
    char name[64];
    const option_list words = words_of(argc, argv, 2);
    snprintf(name, sizeof name, "%s%s", argc > 1 ? argv[1] : "none",
             chosen != NULL && needs_help ? " --help" : "");
    if (!meet_to_work_alone(name, &words))
        return EXIT_FAILED;
    if (!is_first_process())
        return EXIT_DONE;
    if (argc < 2)
        return print_start_page();
    if (chosen == NULL && strcmp(argv[1], "--version") == 0) {
        printf("dltrain %s\n", DLT_VERSION);
        return EXIT_DONE;
    }
    if (chosen == NULL)
        return print_help();
    if (!needs_help)
        return chosen->run(argc - 1, argv + 1);
    print_usage(chosen);
    return EXIT_DONE;
}

static int run_subcommand(int argc, char **argv) {
    static const char *const questions[] = {"--help", "-h", "--version"};
    if (argc < 2)
        return run_alone(NULL, false, argc, argv);
    const subcommand *chosen = find_subcommand(argv[1]);
    bool needs_help = asks_for_help(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (strcmp(argv[1], questions[i]) == 0)
            return run_alone(NULL, true, argc, argv);
    if (chosen == NULL)
        return report_usage("there is no subcommand '%s'", argv[1]);
    if (!chosen->on_ranks || needs_help)
        return run_alone(chosen, needs_help, argc, argv);
    return chosen->run(argc - 1, argv + 1);
}

/* Results that nobody got to see are no success. */
static int check_output(int code) {
    bool good = fflush(stdout) == 0 && !ferror(stdout);
    if (good || (code != EXIT_DONE && code != EXIT_STOPPED))
        return code;
    fprintf(stderr, "dltrain: cannot print: the output is closed or full%s\n",
            code == EXIT_STOPPED ? "; a checkpoint is written, go on with --resume" : "");
    return EXIT_FAILED;
}

/* Where a standard descriptor is closed the next file that is opened would take its place, and get
 * what is printed. One that cannot be written to takes it instead, so that printing fails as
 * before. */
static void hold_standard_descriptors(void) {
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
}

int main(int argc, char **argv) {
    hold_standard_descriptors();
    const char *name = argc > 1 ? argv[1] : "none";
    if (dlt_kernels_settle() != DLT_OK) {
        (void)report_usage("%s", dlt_error_message());
        return end_with_mistake(name, EXIT_FAILED);
    }
    int code = check_output(run_subcommand(argc, argv));
    return code == EXIT_USAGE ? end_with_mistake(name, code) : code;
}
