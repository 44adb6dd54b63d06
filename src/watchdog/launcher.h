/* Who has started this process as a rank of a job, and whether that is still there. A launcher that
 * is killed cannot stop its ranks, and one whose terminal is closed may not care: they would train
 * on, unwatched, beside the job that resumes them. */
#ifndef DLT_WATCHDOG_LAUNCHER_H
#define DLT_WATCHDOG_LAUNCHER_H

#include <stdbool.h>

enum { DLT_LAUNCHER_PROCESSES = 16 };

typedef struct dlt_launcher {
    int count; /* 0: none is known, as of a process that was started by hand */
    long long pid[DLT_LAUNCHER_PROCESSES];
    long long started[DLT_LAUNCHER_PROCESSES];
    long long parent; /* of this process */
} dlt_launcher;

/** The ancestors of this process up to the first that is no rank of the job: mpirun, orted, srun's
 * step; and on to the process that the variable DLTRAIN_GUARDIAN names, if it is among them. Not
 * collective. Errors: none. */
dlt_launcher dlt_launcher_find(void);

/** True once one of them has ended. Costs a look at a few files of /proc. Not collective. Errors:
 * none. */
bool dlt_launcher_is_gone(const dlt_launcher *launcher);

#endif
