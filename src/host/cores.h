/* Threads on cores of their own, while something is measured: two that the system has put on one
 * core, as it may for a while, would take twice as long. Binding is asked for and not insisted on.
 */
#ifndef DLT_HOST_CORES_H
#define DLT_HOST_CORES_H

#include "dltrain/status.h"

typedef struct dlt_cores dlt_cores;

/** The cores that this process may use. Not collective. Owns: caller owns *out. Errors: INTERNAL if
 *  hwloc cannot read the machine; MEM */
DLT_CHECKED dlt_status dlt_cores_open(dlt_cores **out);
void dlt_cores_close(dlt_cores **cores);

/** The calling thread is to run on core `number`, modulo how many there are. */
void dlt_cores_take(const dlt_cores *cores, int number);
/** It may run on all of them again. */
void dlt_cores_leave(const dlt_cores *cores);

#endif
