#include "dltrain/catalog.h"
#include "cli_internal.h"

#include <stddef.h>
#include <stdio.h>

int run_list(int argc, char **argv) {
    if (argc > 2)
        return report_usage("'list' takes one kind");
    return dlt_catalog_list(argc > 1 ? argv[1] : NULL, stdout) == DLT_OK ? EXIT_DONE
                                                                         : report_failure();
}

int run_help(int argc, char **argv) {
    if (argc > 2)
        return report_usage("'help' takes one key");
    return dlt_catalog_help(argc > 1 ? argv[1] : NULL, stdout) == DLT_OK ? EXIT_DONE
                                                                         : report_failure();
}
