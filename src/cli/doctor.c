#include "dltrain/doctor.h"
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>

int run_doctor(int argc, char **argv) {
    option_list arguments = {.count = 0};
    const char *folder = ".";
    const option_row rows[] = {{.name = "--folder", .value = &folder}, {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments))
        return EXIT_USAGE;
    if (arguments.count != 0)
        return report_usage("'doctor' takes no arguments");
    dlt_comm *comm = NULL;
    if (start_ranks(describe_command(argv[0], rows, NULL, NULL), &comm) != DLT_OK)
        return end_start_failure(&comm);
    int findings = 0;
    int code = dlt_doctor(comm, folder, stdout, &findings) == DLT_OK
                   ? (findings > 0 ? EXIT_FAILED : EXIT_DONE)
                   : report_agreed_failure(comm);
    dlt_comm_finish(&comm);
    return code;
}
