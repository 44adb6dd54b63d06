/* Who a process is, in words that another process, perhaps on another machine, can read and judge.
 */
#ifndef DLT_IO_PROCESS_H
#define DLT_IO_PROCESS_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct dlt_process {
    char host[128]; /* for people; machines may share a name */
    char boot[64];  /* of the running kernel; "": unknown */
    char space[64]; /* the namespace that the number is of; "": unknown */
    char job[96];   /* "Slurm job 17"; "": of no batch system */
    char since[32]; /* "2026-11-28 02:41:28 UTC" */
    char tag[17];   /* of this record alone: two of one process differ */
    long long pid;
    long long started; /* in ticks of the kernel's clock; 0: unknown */
} dlt_process;

/** The calling process, under a new tag. Not collective. Errors: none. */
dlt_process dlt_process_self(void);

/** Adds it as lines "key: value". */
void dlt_process_write(const dlt_process *process, dlt_text *out);
/** False if text is not what dlt_process_write has written. */
bool dlt_process_read(const char *text, dlt_process *out);

/** Whether both are numbered by one kernel, so that dlt_process_is_alive can tell. */
bool dlt_process_same_machine(const dlt_process *a, const dlt_process *b);
/** Of a process on this machine: a number that has become another process's is told by the start
 * time. A zombie is dead. */
bool dlt_process_is_alive(const dlt_process *process);

/** Parent and start time of a process of this machine; false if it is dead, or nobody can tell. */
bool dlt_process_look_up(long long pid, long long *parent, long long *started);

/** "process 17 on host node3, Slurm job 4711, since 2026-11-28 02:41:28 UTC"; returns out. */
const char *dlt_process_describe(const dlt_process *process, char *out, size_t bytes);

#endif
