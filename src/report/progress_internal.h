/* The line that a progress bar shows, apart from when and where it is drawn. */
#ifndef DLT_REPORT_PROGRESS_INTERNAL_H
#define DLT_REPORT_PROGRESS_INTERNAL_H

#include "report/progress.h"

#include <stdbool.h>
#include <stddef.h>

enum { DLT_PROGRESS_LINE_BYTES = 1024 };

/** What a terminal of `width` columns shows for `progress` at the moment now_s: label, bar,
 * percent, text, rate, time left. Parts that do not fit are shortened, then left out, the least
 * important first; the bar takes what is left. */
void dlt_progress_line(const dlt_progress *progress, double now_s, int width, bool unicode,
                       char out[DLT_PROGRESS_LINE_BYTES]);

#endif
