/* What the log and the record of metrics share. */
#ifndef DLT_REPORT_METRICS_LOG_INTERNAL_H
#define DLT_REPORT_METRICS_LOG_INTERNAL_H

#include "base/text.h"
#include "dltrain/status.h"
#include "report/metrics_log.h"

#include <stddef.h>

/** Replaces path by bytes, whole or not at all: temporary beside it, fsync, rename, fsync of the
 * directory. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_report_replace_file(const char *path, const char *data, size_t bytes);

/** Appends the record's fields to out, between opening and closing. Errors: MEM; INTERNAL if it has
 * too many fields. */
DLT_CHECKED dlt_status dlt_report_render(const dlt_record *record, const char *opening,
                                         const char *separator, const char *closing, dlt_text *out);

#endif
