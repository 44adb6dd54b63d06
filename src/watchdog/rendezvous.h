/* Where the ranks of a job that hangs meet: a folder in the run folder, for MPI cannot be used
 * then. Every rank leaves a line there that says where it stands, or a veto, because it is still at
 * work; one of them reads out all lines. */
#ifndef DLT_WATCHDOG_RENDEZVOUS_H
#define DLT_WATCHDOG_RENDEZVOUS_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>

enum {
    DLT_RENDEZVOUS_LINE_BYTES = 512,
    DLT_RENDEZVOUS_ROOT_BYTES = 3800,
    DLT_RENDEZVOUS_FOLDER_BYTES = 3840
};

typedef struct dlt_rendezvous {
    int rank;
    int size;
    char root[DLT_RENDEZVOUS_ROOT_BYTES];   /* of the run; "": the ranks have no rendezvous */
    char path[DLT_RENDEZVOUS_FOLDER_BYTES]; /* of the rendezvous */
} dlt_rendezvous;

/** job: what the launcher calls the job, the same on all ranks; NULL: unknown. Rendezvous of other
 * jobs in the same folder are then told apart from this one's. root: borrowed; NULL: no place. */
void dlt_rendezvous_name(const char *root, const char *job, int rank, int size,
                         dlt_rendezvous *out);

/** Removes what earlier jobs left; of jobs without a name all. To be called by one rank. What
 * cannot be removed stays. */
void dlt_rendezvous_clean_up(const dlt_rendezvous *rendezvous);

/** Another rank has begun to report. */
bool dlt_rendezvous_is_on(const dlt_rendezvous *rendezvous);

/** Says where this rank stands. Errors: IO, MEM; also if there is no rendezvous. */
DLT_CHECKED dlt_status dlt_rendezvous_post(const dlt_rendezvous *rendezvous, const char *line);
/** Vetoes: says that this rank is at work, so that the job does not hang. What cannot be said
 * remains unsaid. */
void dlt_rendezvous_veto(const dlt_rendezvous *rendezvous);

bool dlt_rendezvous_has_line(const dlt_rendezvous *rendezvous, int rank);
bool dlt_rendezvous_has_any_line(const dlt_rendezvous *rendezvous);
bool dlt_rendezvous_has_all_lines(const dlt_rendezvous *rendezvous);
bool dlt_rendezvous_has_veto(const dlt_rendezvous *rendezvous);

/** One rank reads out the lines: the lowest that has left one, and it alone, even if one below it
 * wakes up later. */
bool dlt_rendezvous_is_reader(const dlt_rendezvous *rendezvous);
/** Adds the lines of all ranks. */
void dlt_rendezvous_read(const dlt_rendezvous *rendezvous, dlt_text *report);

/** The job goes on: everything is removed. */
void dlt_rendezvous_end(const dlt_rendezvous *rendezvous);

#endif
