/* `dltrain doctor`: all ranks examine their machines, rank 0 prints. Any finding makes the program
 * fail, so that a script notices. */
#include "dltrain/doctor.h"
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>

static int look_around(const dlt_comm *comm, const void *folder) {
    int findings = 0;
    if (dlt_doctor(comm, folder, stdout, &findings) != DLT_OK)
        return report_agreed_failure(comm);
    return findings > 0 ? EXIT_FAILED : EXIT_DONE;
}

int run_doctor(int argc, char **argv) {
    option_list arguments = {.count = 0};
    const char *folder = ".";
    const option_row rows[] = {{.name = "--folder", .value = &folder}, {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments))
        return EXIT_USAGE;
    if (arguments.count != 0)
        return report_usage("'doctor' takes no arguments");
    return run_on_ranks(describe_command(argv[0], rows, NULL, NULL), look_around, folder);
}
