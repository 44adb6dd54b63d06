/* A program that registers what mine.c has, and trains a run file with it: no extension is opened.
 * Prints the hash of the state at the end. */
#include "mine.c"

#include <dltrain/dltrain.h>
#include <stdio.h>

static dlt_status register_all(void) {
    dlt_status status = dlt_register_layer(&swish);
    if (status == DLT_OK)
        status = dlt_register_loss(&cauchy);
    return status == DLT_OK ? dlt_register_optimizer(&trust) : status;
}

int main(int argc, char **argv) {
    dlt_comm *comm = NULL;
    dlt_run *run = NULL;
    dlt_train_result result;
    const dlt_train_options options = {.out = "own", .overwrite = true};
    dlt_status status = argc == 2 ? register_all() : DLT_ERR_ARG;
    if (status == DLT_OK)
        status = dlt_comm_start(&comm);
    if (status == DLT_OK)
        status = dlt_agree(comm, dlt_run_load(argv[1], NULL, 0, &run));
    if (status == DLT_OK)
        status = dlt_train(comm, run, &options, &result);
    if (status == DLT_OK && dlt_comm_rank(comm) == 0)
        printf("%s\n", result.state_hash);
    if (status != DLT_OK)
        fprintf(stderr, "%s\n", dlt_error_message());
    dlt_run_destroy(&run);
    dlt_comm_finish(&comm);
    return status == DLT_OK && dlt_register_layer(&swish) == DLT_ERR_CONFIG ? 0 : 1;
}
