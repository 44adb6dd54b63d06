/* Where the ranks of a job that hangs meet: a folder in the run folder, for MPI cannot be used then. Every rank leaves a
 * line there that says where it stands, or objects, because it is still at work; one of them reads out all lines. */
#ifndef DLT_WATCHDOG_MEETING_H
#define DLT_WATCHDOG_MEETING_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>

enum {
    DLT_MEETING_LINE_BYTES = 512,
    DLT_MEETING_ROOT_BYTES = 3800,
    DLT_MEETING_FOLDER_BYTES = 3840
};

typedef struct dlt_meeting {
    int rank;
    int size;
    char root[DLT_MEETING_ROOT_BYTES];   /* of the run; "": the ranks have no place to meet */
    char path[DLT_MEETING_FOLDER_BYTES]; /* of the meeting */
} dlt_meeting;

/** job: what the launcher calls the job, the same on all ranks; NULL: unknown. Meetings of other jobs in the same folder
 *  are then told apart from this one's. root: borrowed; NULL: no place. */
void dlt_meeting_name(const char *root, const char *job, int rank, int size, dlt_meeting *out);

/** Removes what earlier jobs left; of jobs without a name all. To be called by one rank. What cannot be removed stays. */
void dlt_meeting_sweep(const dlt_meeting *meeting);

/** Another rank has begun to report. */
bool dlt_meeting_is_on(const dlt_meeting *meeting);

/** Says where this rank stands. Errors: IO, MEM; also if there is no place to meet. */
DLT_CHECKED dlt_status dlt_meeting_speak(const dlt_meeting *meeting, const char *line);
/** Says that this rank is at work, so that the job does not hang. What cannot be said remains unsaid. */
void dlt_meeting_object(const dlt_meeting *meeting);

bool dlt_meeting_has_line(const dlt_meeting *meeting, int rank);
bool dlt_meeting_has_any_line(const dlt_meeting *meeting);
bool dlt_meeting_has_all_lines(const dlt_meeting *meeting);
bool dlt_meeting_has_objection(const dlt_meeting *meeting);

/** One rank reads out the lines: the lowest that has left one, and it alone, even if one below it wakes up later. */
bool dlt_meeting_is_reader(const dlt_meeting *meeting);
/** Adds the lines of all ranks. */
void dlt_meeting_read(const dlt_meeting *meeting, dlt_text *report);

/** The job goes on: everything is removed. */
void dlt_meeting_end(const dlt_meeting *meeting);

#endif
