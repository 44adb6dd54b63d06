/* Room card: report (level 1).
 *
 * What lives here: what people and their scripts read of a run: metrics.jsonl and summary.json
 * (metrics_log.h), the progress bar (progress.h), aligned tables (table.h), numbers for people
 * (format.h). May include: base. Owns: no FILE; whoever wants to see something hands one in, and
 * nothing else is ever printed to.
 */
#ifndef DLT_REPORT_INTERNAL_H
#define DLT_REPORT_INTERNAL_H

#include "base/text.h"
#include "dltrain/status.h"
#include "report/metrics_log.h"
#include "report/progress.h"

#include <stdbool.h>
#include <stddef.h>

/** Replaces path by bytes, whole or not at all: temporary beside it, fsync, rename, fsync of the
 * directory. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_report_replace_file(const char *path, const char *data, size_t bytes);

/** Appends the record's fields to out, between opening and closing. Errors: MEM; INTERNAL if it has
 * too many fields. */
DLT_CHECKED dlt_status dlt_report_render(const dlt_record *record, const char *opening,
                                         const char *separator, const char *closing, dlt_text *out);

/** Terminal columns that text of UTF-8 takes, one per code point. */
size_t dlt_report_columns(const char *text);

enum { DLT_PROGRESS_LINE_BYTES = 1024 };

/** What a terminal of `width` columns shows for `progress` at the moment now_s: label, bar,
 * percent, text, rate, time left. Parts that do not fit are shortened, then left out, the least
 * important first; the bar takes what is left. */
void dlt_progress_line(const dlt_progress *progress, double now_s, int width, bool unicode,
                       char out[DLT_PROGRESS_LINE_BYTES]);

#endif
