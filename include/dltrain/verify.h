/** Proving that a run has the same bits however it is spread over ranks, and that what an extension
 * adds computes what it says. */
#ifndef DLTRAIN_VERIFY_H
#define DLTRAIN_VERIFY_H

#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "dltrain/status.h"
#include "dltrain/trainer.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_verify_options {
    const char *out; /* scratch run folder, for a trace.txt beside what a run leaves; NULL:
                           runs/verify-NAME. One that an earlier verification left is replaced. */
    int64_t steps;   /* updates to run, fewer if the run file has fewer */
    /* stops with a checkpoint after so many of them, as if it had been asked to; 0: does not */
    int64_t stop_after;
    bool resume;                       /* goes on where stop_after stopped */
    const volatile sig_atomic_t *stop; /* as in dlt_train_options */
    dlt_watchdog *watchdog;            /* as in dlt_train_options */
} dlt_verify_options;

/** Trains the first updates of a run file and records a hash of the loss and of each tensor after
 * each of them: gradients, parameters, running state, optimizer states. After every update all
 * ranks compare what they hold. Two runs of the same file must leave the same trace.
 *  Collective: Collective; run and options equal on all ranks
 *  Errors:     as dlt_train; ARG if the folder holds a run that is no verification's
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_verify(const dlt_comm *comm, dlt_run *run,
                                  const dlt_verify_options *options, dlt_train_result *result);

/** Compares two traces (files, or folders of dlt_verify) and prints either that they are the same,
 * or the first update, node and tensor that differ.
 *  Collective: Not collective
 *  Errors:     IO, FORMAT; MISMATCH if they are of different models; MEM
 */
DLT_CHECKED dlt_status dlt_verify_compare(const char *first, const char *second, FILE *out,
                                          bool *same);

/** Opens an extension (dltrain/extend/extension.h) and runs the self-tests of everything that it
 * registers: known answers, and the gradients of layers and losses against central differences, in
 * the precision of the library. Prints a line per entry and per failure.
 *  Collective: Not collective
 *  Errors:     as opening it; MISMATCH if a self-test fails or an entry has none; MEM
 */
DLT_CHECKED dlt_status dlt_verify_extension(const char *path, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
