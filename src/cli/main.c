/* Finds the subcommand, prints usage and help, and ends the process. The kernels are settled first,
 * while there is a single thread. A subcommand that is not `on_ranks` runs on the first process,
 * after all processes of the launch have compared their command lines. The end checks that stdout
 * took everything, and reports a wrong command line only after every process has started MPI,
 * because one that leaves early keeps the others waiting in MPI_Init. */
#include "cli_internal.h"
#include "commands.h"
#include "dltrain/kernels_info.h"
#include "dltrain/progress.h"
#include "launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const subcommand subcommands[] = {
    {"train", "train the model of a run file", run_train, true},
    {"plan",
     "predict the cost of a run: per node of the model, in memory, and in time on 1 to 4096 ranks: "
     "step = compute + additions + messages that backward does not hide + update (of a slice where "
     "sharded)",
     run_plan, true},
    {"eval", "loss and metrics of a dataset under the weights of a run", run_eval, true},
    {"predict", "write predictions for every sample of a dataset", run_predict, true},
    {"data", "make and describe datasets", run_data, false},
    {"inspect", "describe a checkpoint, a run or a dataset", run_inspect, false},
    {"list",
     "list layers, losses, optimizers, schedules, metrics, transforms, initializers, formats",
     run_list, false},
    {"help", "explain a key of the run file, a section or an entry of `list`", run_help, false},
    {"verify",
     "train the first updates and record a hash of every tensor; say where two records differ",
     run_verify, true},
    {"doctor", "examine this machine, and report each problem with its remedy", run_doctor, true},
    {"bench",
     "measure training steps, the reduction, the kernels, reading data or writing checkpoints "
     "beside the machine's limit",
     run_bench, true},
    {"generate", "print the manual page, or the completions of bash or zsh", run_generate, false},
    {NULL, NULL, NULL, false}};

enum { OPTION_WIDTH = 30 };

int report_failure(void) {
    fprintf(stderr, "dltrain: %s\n", dlt_error_message());
    return EXIT_FAILED;
}

static void print_folded_below(const char *words, int indent) {
    printf("%*s", indent, "");
    dlt_print_folded(stdout, words, indent, indent, help_columns());
}

static void print_form(const command_form *form) {
    char line[256];
    snprintf(line, sizeof line, "%s%s%s%s", form->name, form->arguments[0] != '\0' ? " " : "",
             form->arguments, form->options->name != NULL ? " [OPTION]..." : "");
    printf("  dltrain ");
    dlt_print_folded(stdout, line, 10, 10, help_columns());
}

static void print_usage(const subcommand *shown) {
    for (const command_form *form = NULL; (form = next_form(form, shown->name)) != NULL;) {
        print_form(form);
        print_folded_below(form->summary != NULL ? form->summary : shown->summary, 6);
    }
}

static void print_option(const command_option *option) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
    if (strlen(left) > OPTION_WIDTH)
        printf("    %s\n%*s", left, OPTION_WIDTH + 6, "");
    else
        printf("    %-*s  ", OPTION_WIDTH, left);
    dlt_print_folded(stdout, option->help, OPTION_WIDTH + 6, OPTION_WIDTH + 6, help_columns());
}

/* Usage, and each option with its meaning. */
static void print_full_usage(const subcommand *shown) {
    for (const command_form *form = NULL; (form = next_form(form, shown->name)) != NULL;) {
        print_form(form);
        print_folded_below(form->summary != NULL ? form->summary : shown->summary, 6);
        for (const command_option *option = form->options; option->name != NULL; option++)
            print_option(option);
    }
}

static int print_help(void) {
    printf("dltrain %s: data-parallel training on CPU clusters\n\n", DLT_VERSION);
    for (const subcommand *shown = subcommands; shown->name != NULL; shown++)
        print_usage(shown);
    printf("\n");
    dlt_print_folded(
        stdout,
        "`dltrain SUBCOMMAND --help` explains each option. train, verify, eval and predict run on "
        "many ranks with `mpirun -np N dltrain ...`; see `dltrain help launch`.",
        0, 0, help_columns());
    printf("Exit codes:\n");
    for (const exit_code_row *row = exit_code_rows; row->meaning != NULL; row++) {
        printf("  %2d  ", row->code);
        dlt_print_folded(stdout, row->meaning, 6, 6, help_columns());
    }
    return EXIT_DONE;
}

/* What `dltrain` alone prints. */
static int print_start_page(void) {
    printf("dltrain %s trains neural networks on one machine or a CPU cluster.\n\n"
           "  dltrain data synth digits --out data/digits    make a dataset to try it on\n"
           "  dltrain train run.yaml                         train the model of a run file\n"
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
    for (const subcommand *found = subcommands; found->name != NULL; found++)
        if (strcmp(found->name, name) == 0)
            return found;
    return NULL;
}

bool print_subcommand_help(const char *name) {
    const subcommand *found = find_subcommand(name);
    if (found != NULL)
        print_full_usage(found);
    return found != NULL;
}

static bool asks_for_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What the first process does for all. */
static int run_alone(const subcommand *selection, bool needs_help, int argc, char **argv) {
    char name[64];
    const option_list words = words_of(argc, argv, 2);
    snprintf(name, sizeof name, "%s%s", argc > 1 ? argv[1] : "none",
             selection != NULL && needs_help ? " --help" : "");
    if (!meet_to_work_alone(name, &words))
        return EXIT_FAILED;
    if (!is_first_process())
        return EXIT_DONE;
    if (argc < 2)
        return print_start_page();
    if (selection == NULL && strcmp(argv[1], "--version") == 0) {
        printf("dltrain %s\n", DLT_VERSION);
        return EXIT_DONE;
    }
    if (selection == NULL)
        return print_help();
    if (!needs_help)
        return selection->run(argc - 1, argv + 1);
    print_full_usage(selection);
    return EXIT_DONE;
}

static int run_subcommand(int argc, char **argv) {
    static const char *const questions[] = {"--help", "-h", "--version"};
    if (argc < 2)
        return run_alone(NULL, false, argc, argv);
    const subcommand *selection = find_subcommand(argv[1]);
    bool needs_help = asks_for_help(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (strcmp(argv[1], questions[i]) == 0)
            return run_alone(NULL, true, argc, argv);
    if (selection == NULL)
        return report_usage("there is no subcommand '%s'", argv[1]);
    if (!selection->on_ranks || needs_help)
        return run_alone(selection, needs_help, argc, argv);
    return selection->run(argc - 1, argv + 1);
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
