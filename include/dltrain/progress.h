/** A progress bar for whatever takes a while: on a terminal a bar, elsewhere a line now and then.
 */
#ifndef DLTRAIN_PROGRESS_H
#define DLTRAIN_PROGRESS_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether a person sees what this process prints on out: out is a terminal, and not one with
 * TERM=dumb. Under mpirun it is mpirun's stdout that counts.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_is_terminal(FILE *out);

/** The present width of the terminal that shows out; 0 if it has none or does not tell.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_terminal_columns(FILE *out);

/** Prints words and a line end, folded to `columns` (0: not at all); `at` columns of the line are
 * taken already, and lines that follow begin with `indent` blanks.
 *  Collective: Not collective
 *  Errors:     none; what cannot be printed is lost
 */
void dlt_print_folded(FILE *out, const char *words, int at, int indent, int columns);

typedef struct dlt_progress_bar dlt_progress_bar;

/** Makes a bar that draws on out.
 *  Collective: Not collective
 *  Owns:       caller owns *bar; it borrows out
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_progress_bar_create(FILE *out, bool is_terminal, dlt_progress_bar **bar);

/** Shows that `done` of `total` units of a phase are finished; another label than before begins the
 * next phase.
 *  Collective: Not collective
 *  Errors:     none; what cannot be printed is lost
 */
void dlt_progress_bar_show(dlt_progress_bar *bar, const char *label, int64_t done, int64_t total,
                           const char *unit);

/** Ends the phase that is shown, so that other lines can be printed; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_progress_bar_clear(dlt_progress_bar *bar);

/** Takes the bar away; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_progress_bar_destroy(dlt_progress_bar **bar);

#ifdef __cplusplus
}
#endif
#endif
