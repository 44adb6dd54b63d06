/* `dltrain eval` and `dltrain predict`, which differ in the function called and in --out and
 * --overwrite. The watchdog starts before MPI because a rank can hang in MPI_Init. The ranks agree
 * on its start once MPI runs. */
#include "cli_internal.h"
#include "dltrain/comm.h"
#include "dltrain/trainer.h"
#include "launch.h"
#include "options.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_inference_options(int argc, char **argv, dlt_inference_options *options,
                                   char **facts) {
    option_list arguments = {.count = 0};
    const option_row rows[] = {{.name = "--data", .value = &options->data},
                               {.name = "--out", .value = &options->out},
                               {.name = "--checkpoint", .value = &options->checkpoint},
                               {.name = "--overwrite", .flag = &options->overwrite},
                               {.name = NULL}};
    if (!read_options(argc, argv, rows, &arguments))
        return false;
    if (arguments.count != 1) {
        (void)report_usage("'%s' takes one run folder", argv[0]);
        return false;
    }
    *facts = describe_command(argv[0], rows, "the run folder", &arguments);
    options->run_dir = arguments.at[0];
    options->console = stdout;
    options->is_terminal = shows_on_terminal();
    options->stop = catch_signals();
    return true;
}

typedef dlt_status inference(const dlt_comm *comm, const dlt_inference_options *options);

static int infer_watched(inference *apply, dlt_status watched, char *facts,
                         const dlt_inference_options *options) {
    dlt_comm *comm = NULL;
    if (start_ranks(facts, &comm) != DLT_OK)
        return end_start_failure(&comm);
    dlt_status status = dlt_agree(comm, watched);
    if (status == DLT_OK)
        status = apply(comm, options);
    int code = status == DLT_OK ? EXIT_DONE : report_agreed_failure(comm);
    dlt_comm_finish(&comm);
    return code;
}

static int infer_on_ranks(inference *apply, char *facts, dlt_inference_options *options) {
    const dlt_watchdog_options watch = {.folder = options->run_dir, .on_hang = end_hung_job};
    dlt_status status = dlt_watchdog_start(&watch, &options->watchdog);
    int code = infer_watched(apply, status, facts, options);
    dlt_watchdog_stop(&options->watchdog);
    return code;
}

int run_eval(int argc, char **argv) {
    dlt_inference_options options = {.run_dir = NULL};
    char *facts = NULL;
    if (!read_inference_options(argc, argv, &options, &facts))
        return EXIT_USAGE;
    if (options.out != NULL) {
        free(facts);
        return report_usage("'eval' has no option '--out'");
    }
    if (options.overwrite) {
        free(facts);
        return report_usage("'eval' has no option '--overwrite'");
    }
    return infer_on_ranks(dlt_evaluate, facts, &options);
}

int run_predict(int argc, char **argv) {
    dlt_inference_options options = {.run_dir = NULL};
    char *facts = NULL;
    if (!read_inference_options(argc, argv, &options, &facts))
        return EXIT_USAGE;
    if (options.out == NULL) {
        free(facts);
        return report_usage("'predict' needs --out FILE.h5 or FILE.csv");
    }
    return infer_on_ranks(dlt_predict, facts, &options);
}
