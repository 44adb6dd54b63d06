/* Usage: consumer LINE.yaml
 * A program of somebody who uses the installed library: draws a data set, trains on it, looks at
 * the loss. */
#include <dltrain/dltrain.h>

int main(int argument_count, char **arguments) {
    dlt_comm *comm = NULL;
    dlt_run *run = NULL;
    dlt_train_result result = {0};
    dlt_synth_options line = {.kind = "line", .output = {.folder = "line", .overwrite = true}};
    if (argument_count == 2 && dlt_comm_start(&comm) == DLT_OK &&
        dlt_synthesize(&line, NULL) == DLT_OK &&
        dlt_run_load(arguments[1], NULL, 0, &run) == DLT_OK &&
        dlt_train(comm, run, &(dlt_train_options){.overwrite = true}, &result) == DLT_OK)
        printf("test loss %g after %d updates\n", result.test_loss, (int)result.steps);
    fputs(dlt_error_message(), stderr);
    dlt_run_destroy(&run);
    dlt_comm_finish(&comm);
    return result.steps == 320 && result.test_loss < 0.02 ? 0 : 1;
}
