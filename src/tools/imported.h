/* Samples for one command from files that are no data set: a table, say, which is imported by the
 * recipe of the one that the run was trained on. The first rank of each machine imports into a
 * folder of its own, where temporary files go ($TMPDIR). Nothing of it is left once all ranks have
 * opened it, so that whatever ends the job later leaves nothing. */
#ifndef DLT_TOOLS_IMPORTED_H
#define DLT_TOOLS_IMPORTED_H

#include "dltrain/comm.h"
#include "report/heartbeat.h"
#include "session/find_checkpoint.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct dlt_imported {
    bool is_needed;                /* the source is no data set */
    char folder[DLT_PATH_BYTES];   /* "": there is none */
    char data_set[DLT_PATH_BYTES]; /* what to open in place of the source */
    bool owns;                     /* this rank removes the folder */
} dlt_imported;

typedef struct dlt_imported_options {
    const dlt_comm *comm;
    const char *source;     /* what the user has named */
    const char *checkpoint; /* has the recipe */
    bool needs_target;
    dlt_heartbeat *heartbeat;          /* NULL: nobody asks where this rank stands */
    const volatile sig_atomic_t *stop; /* non-zero: gives up; may be NULL */
    FILE *console;                     /* takes a note on what was left out; may be NULL */
} dlt_imported_options;

/** Looks whether the source is a data set, and imports it if it is not.
 *  Collective: Collective; options equal on all ranks, but for console
 *  Owns:       caller removes *out, also after a failure
 *  Errors:     IO, FORMAT, CONFIG, MEM: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_imported_make(const dlt_imported_options *options, dlt_imported *out);
/** Lets the sentence of a failure name the source in place of the file that was made of it. Not
 * collective. Errors: none. */
void dlt_imported_blame_source(const dlt_imported *imported, const char *source);
/** Removes the files once all ranks have opened them. Not collective. Errors: none; what cannot be
 * removed stays. */
void dlt_imported_remove(dlt_imported *imported);

#endif
