/* `dltrain inspect`: the library finds out whether the path is a checkpoint, a run folder or a
 * dataset. Only the first process runs it. */
#include "dltrain/inspect.h"
#include "cli_internal.h"
#include "options.h"

#include <stdio.h>

int run_inspect(int argc, char **argv) {
    option_list arguments = {.count = 0};
    const option_row rows[] = {{.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments))
        return EXIT_USAGE;
    if (arguments.count != 1)
        return report_usage("'inspect' takes a checkpoint, a run folder or a data set");
    return dlt_inspect(arguments.at[0], stdout) == DLT_OK ? EXIT_DONE : report_failure();
}
