/* What subcommands that run on many ranks share. */
#ifndef DLT_CLI_RANKS_H
#define DLT_CLI_RANKS_H

#include "dltrain/comm.h"

#include <signal.h>
#include <stdbool.h>

/* Prints the sentence of an agreed failure once, on rank 0, and returns EXIT_FAILED. */
int report_agreed_failure(const dlt_comm *comm);

/* The same of one for which there is no communicator: on the first process. */
int report_start_failure(void);

/* The same, after which the communicator, if there is one, is finished: the others stay until it is
 * said. */
int end_start_failure(dlt_comm **comm);

/* What becomes of a job that hangs: the report on stderr, and the end with EXIT_HUNG. For
 * dlt_watchdog_options. */
void end_hung_job(void *context, const char *report);

/* Catches SIGINT, SIGTERM, SIGUSR1, and SIGHUP and SIGQUIT unless they are ignored; the flag
 * becomes the signal's number. A second SIGINT ends the program at once. To be called when there is
 * something to finish: before that a signal simply ends the program. SIGPIPE is ignored from then
 * on. */
const volatile sig_atomic_t *catch_signals(void);

/* Sets the flag as SIGHUP does, where the launcher is gone. For dlt_watchdog_options. */
void stop_orphaned_rank(void *context);

/* True if what this process prints on stdout is shown on a terminal. Open MPI gives its processes a
 * terminal of their own to print into, so under mpirun it is mpirun's stdout that counts. */
bool shows_on_terminal(void);

#endif
