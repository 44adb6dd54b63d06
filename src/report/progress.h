/* The progress of one phase of known length. On a terminal: a bar, redrawn at most ten times a
 * second on one line, which follows the terminal's width. Elsewhere: a plain line at most every ten
 * seconds, so that short phases show nothing. No escape codes anywhere. */
#ifndef DLT_REPORT_PROGRESS_H
#define DLT_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { DLT_PROGRESS_TEXT_BYTES = 160 };

/** Fields belong to the functions below; lives on the caller's stack, holds no memory. */
typedef struct dlt_progress {
    FILE *out;         /* borrowed; NULL shows nothing at all */
    const char *label; /* borrowed until end: "epoch 3/5" */
    const char *unit;  /* borrowed until end: "samples" */
    int64_t total;
    int64_t done;
    int64_t skipped;        /* done before the phase began */
    int64_t later_phases;   /* like this one, that follow it */
    double earlier_phase_s; /* how long one that is over took; 0: not known */
    double began_s;
    double shown_s;
    bool is_terminal;
    bool unicode;
    int drawn; /* columns of the bar that stands on the terminal's current line */
    char text[DLT_PROGRESS_TEXT_BYTES];
} dlt_progress;

/** Starts a phase of `total` units. is_terminal is the caller's isatty(fileno(out)).
 *  Collective: Not collective; other ranks than the one that shows pass out = NULL
 *  Errors:     none
 */
void dlt_progress_begin(dlt_progress *progress, const char *label, int64_t total, const char *unit,
                        FILE *out, bool is_terminal);

/** Tells that the phase goes on where an earlier run stopped: `done` units count as finished, but
 * not for the rate. Not collective. Errors: none. */
void dlt_progress_skip(dlt_progress *progress, int64_t done);

/** Tells how many phases like this one follow, and how long one took that is over (0: not known),
 * so that the time left for all of them can be shown. Not collective. Errors: none. */
void dlt_progress_follow(dlt_progress *progress, int64_t later_phases, double earlier_phase_s);

/** Tells that `done` units of the total are finished and, with text unless NULL, how it goes ("loss
 * 0.1234  accuracy 97.1 %"). Cheap where nothing is to be drawn: one look at the clock.
 *  Collective: Not collective
 *  Errors:     none; what cannot be printed is lost
 */
void dlt_progress_update(dlt_progress *progress, int64_t done, const char *text);

/** Ends the phase: takes the bar away and prints `line`, unless NULL, with a newline.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_progress_end(dlt_progress *progress, const char *line);

#endif
