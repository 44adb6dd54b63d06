/* `dltrain list` and `dltrain help`. The topics `launch` and `import` and the subcommands are
 * answered here, any other topic by the catalog of the library. `train` and `data` are subcommands
 * and sections of the run file, so both answers are printed. */
#include "dltrain/catalog.h"
#include "cli_internal.h"
#include "dltrain/progress.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Lines of help: as wide as the terminal, but no wider than reads well; this wide where there is
 * none. */
enum { COLUMNS_LEAST = 40, COLUMNS_MOST = 120, COLUMNS_ELSEWHERE = 100 };

int help_columns(void) {
    int columns = dlt_is_terminal(stdout) ? dlt_terminal_columns(stdout) : 0;
    if (columns <= 0)
        return COLUMNS_ELSEWHERE;
    return columns < COLUMNS_LEAST  ? COLUMNS_LEAST
           : columns > COLUMNS_MOST ? COLUMNS_MOST
                                    : columns;
}

int run_list(int argc, char **argv) {
    if (argc > 2)
        return report_usage("'list' takes one kind");
    return dlt_catalog_list(argc > 1 ? argv[1] : NULL, help_columns(), stdout) == DLT_OK
               ? EXIT_DONE
               : report_failure();
}

static void print_launch(void) {
    static const char *const scripts[][2] = {
        {"launch/mpirun", "starts dltrain on N ranks of this machine or of a hostfile"},
        {"launch/supervise", "trains, and starts again when a rank or a machine is lost"},
        {"launch/verify", "proves that a run file gives the same bits on any number of ranks"},
        {"launch/scaling", "measures how a run scales, beside the prediction of `dltrain plan`"},
        {"launch/slurm.sh, launch/pbs.sh", "jobs for Slurm and PBS, to be copied"},
        {"launch/hostfile.sh", "several machines without a batch system"},
    };
    dlt_print_folded(
        stdout,
        "mpirun starts several ranks, or one of these scripts; each prints its help with "
        "--help:",
        0, 0, help_columns());
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        printf("  %s\n      ", scripts[i][0]);
        dlt_print_folded(stdout, scripts[i][1], 6, 6, help_columns());
    }
}

/* A description to begin with; `dltrain help csv` and its kin explain the keys. */
static void print_import(void) {
    printf("Pictures in class folders, and a table, need no description:\n\n"
           "dltrain data import FOLDER --resize 64 --split 0.8,0.2 --out data/flowers\n"
           "dltrain data import table.csv --target label --out data/table\n\n"
           "A description says what the files of a dataset hold, for example my-set.yaml:\n\n"
           "name: my-set\n"
           "format:\n"
           "  csv:\n"
           "    file: table.csv\n"
           "    target: label\n"
           "    target_kind: class\n"
           "    missing: median\n"
           "    missing_tokens: [\"\", NA]\n"
           "    missing_category: category\n"
           "    encode: [one_hot: city]\n\n"
           "dltrain data import my-set.yaml --source FOLDER --out data/my-set\n\n"
           "`dltrain help csv`, `help images` and `help idx` explain the keys of each format.\n");
}

int run_help(int argc, char **argv) {
    if (argc > 2)
        return report_usage("'help' takes one key");
    const char *topic = argc > 1 ? argv[1] : NULL;
    bool is_launch = topic != NULL && strcmp(topic, "launch") == 0;
    if (is_launch)
        print_launch();
    bool is_import = topic != NULL && strcmp(topic, "import") == 0;
    if (is_import)
        print_import();
    bool known = is_launch || is_import || (topic != NULL && print_subcommand_help(topic));
    /* `train` and `data` are subcommands and sections of the run file, too. */
    if (known && strcmp(topic, "train") != 0 && strcmp(topic, "data") != 0)
        return EXIT_DONE;
    if (known)
        printf("\n");
    return dlt_catalog_help(topic, help_columns(), stdout) == DLT_OK ? EXIT_DONE : report_failure();
}
