/* --hang-rank R: one rank waits for a debugger before it trains. */
#ifndef DLT_CLI_HANG_RANK_H
#define DLT_CLI_HANG_RANK_H

#include "dltrain/comm.h"
#include "options.h"

#include <signal.h>
#include <stdbool.h>

enum { NO_HANG_RANK = -1 };

/* Reads the option's value; NULL: no rank waits. A rank under a debugger stands still at each
 * breakpoint, so a further override switches the watchdog off. False after noting a sentence. */
bool read_hang_rank(const char *text, option_list *overrides, int *rank);

/* On rank `rank`: says how to attach a debugger, and returns once one that has attached lets the
 * process go on, after SIGCONT, or when *stop is set. The others return at once and wait in their
 * next collective. EXIT_DONE; EXIT_USAGE on all ranks where there is no such rank. */
int hang_rank(const dlt_comm *comm, int rank, const volatile sig_atomic_t *stop);

#endif
