/* How long a run may take: what the command line says, and what the batch system is known to allow.
 */
#ifndef DLT_CLI_TIME_LIMIT_H
#define DLT_CLI_TIME_LIMIT_H

#include <stdbool.h>

/* Seconds of "1h30m", "45m", "2d", "90s" or a plain number of seconds; text NULL: 0. On failure
 * prints a sentence and returns false. */
bool read_time_limit(const char *text, double *seconds);

/* The smaller of a limit (0: none) and the time that is left in this Slurm job, which Slurm gives
 * as SLURM_JOB_END_TIME in seconds since 1970; the limit where there is none. */
double limit_by_job(double limit_s);

#endif
