/* The processes of one launch, before they do anything: what each of them was asked to do, whether
 * that is the same for all, and the sentence about a command line that is wrong. */
#ifndef DLT_CLI_LAUNCH_H
#define DLT_CLI_LAUNCH_H

#include "dltrain/comm.h"
#include "options.h"

#include <stdbool.h>

/* The facts of a command: program, name of the subcommand, options and, under argument_name unless
 * it is NULL, its arguments; without --set, which shows in the run. Freed by start_ranks; NULL
 * without memory. */
char *describe_command(const char *name, const option_row *rows, const char *argument_name,
                       const option_list *arguments);

/* dlt_comm_start_alike with these facts, which it frees. *comm is to be finished after a failure,
 * too. */
dlt_status start_ranks(char *facts, dlt_comm **comm);

/* Starts the ranks, lets them do a job, which returns the exit code, and finishes. Nobody watches:
 * MPI ends such ranks with their launcher, and they have nothing to finish. */
int run_on_ranks(char *facts, int (*job)(const dlt_comm *comm, const void *context),
                 const void *context);

/* The words of a command line from number `first` on. */
option_list words_of(int argc, char **argv, int first);

/* For what the first process does alone: compares the command lines of all processes of the launch,
 * as words. False after saying that they differ. */
bool meet_to_work_alone(const char *name, const option_list *words);

/* Says what is wrong with the command line (report_usage noted it), or that the ranks differ;
 * returns the exit code, which is `code` on the first process of ranks that are alike. */
int end_with_mistake(const char *name, int code);

#endif
