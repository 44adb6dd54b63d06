/* The thread that touches a lock's file, so that other machines see that its owner lives. */
#ifndef DLT_IO_FOLDER_LOCK_PULSE_H
#define DLT_IO_FOLDER_LOCK_PULSE_H

#include "dltrain/status.h"

typedef struct dlt_pulse dlt_pulse;

/** Touches the file now and then every so many seconds. The file that is there now, that is, not
 *  one that takes its place.
 *  Collective: Not collective
 *  Owns:       caller owns *out
 *  Errors:     IO, MEM; INTERNAL without a thread
 */
DLT_CHECKED dlt_status dlt_pulse_start(const char *path, double every_s, dlt_pulse **out);
/** NULL-safe. Errors: none. */
void dlt_pulse_stop(dlt_pulse **pulse);

#endif
